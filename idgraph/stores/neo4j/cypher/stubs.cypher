// name: stubs
// question: What do exports refer to that none describes, and how often?
// graph: the name of the graph
MATCH (now:IdGraph {graph: $graph, id: 'idgraph:head'})
MATCH (stub:IdGraph {graph: $graph, is_stub: true})
WHERE stub.opened <= now.head < stub.closed
RETURN stub.id AS id, stub.kind AS kind,
  count { (stub)-[edge]-() WHERE edge.projection IS NULL AND edge.opened <= now.head < edge.closed }
    AS edges
ORDER BY edges DESC, id
