// name: without_directory_owner
// question: Which nodes ought to have an owner and have none in the directory?
// graph: the name of the graph
MATCH (now:IdGraph {graph: $graph, id: 'idgraph:head'})
MATCH (node:IdGraph {graph: $graph, wants_owner: true})
WHERE node.opened <= now.head < node.closed
  AND NOT exists { ()-[edge:OWNS]->(node) WHERE edge.opened <= now.head < edge.closed }
RETURN node.id AS id, node.kind AS kind, node.name AS name
ORDER BY id
