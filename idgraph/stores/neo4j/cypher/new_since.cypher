// name: new_since
// question: Which observed relations are new since a load?
// graph: the name of the graph
// load (int): the number of the load
MATCH (now:IdGraph {graph: $graph, id: 'idgraph:head'})
MATCH (source:IdGraph {graph: $graph})-[edge]->(target:IdGraph)
WHERE edge.projection IS NULL AND edge.opened > $load AND edge.opened <= now.head < edge.closed
RETURN source.id AS source, type(edge) AS kind, target.id AS target, edge.opened AS load,
  edge.evidence AS evidence
ORDER BY load, source, kind, target, evidence
