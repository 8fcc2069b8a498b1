// name: kinds_of_edges
// question: How many edges of each kind are there, observed and derived?
// graph: the name of the graph
MATCH (now:IdGraph {graph: $graph, id: 'idgraph:head'})
MATCH (:IdGraph {graph: $graph})-[edge]->(:IdGraph)
WHERE edge.opened <= now.head < edge.closed
RETURN type(edge) AS kind, edge.flow AS flow, count(*) AS edges,
  count(edge.projection) AS derived
ORDER BY kind
