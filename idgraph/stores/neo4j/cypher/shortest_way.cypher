// name: shortest_way
// question: Is there a way from one node to another on which nothing is guarded, and how long is it?
// graph: the name of the graph
// source: the id of the first node
// target: the id of the last node
MATCH (now:IdGraph {graph: $graph, id: 'idgraph:head'})
MATCH (source:IdGraph {graph: $graph, id: $source}), (target:IdGraph {graph: $graph, id: $target})
WHERE source <> target
MATCH way = SHORTEST 1 (source)
  (()-[step WHERE step.flow IS NOT NULL AND step.guards IS NULL
    AND step.opened <= now.head < step.closed]->())+ (target)
RETURN length(way) AS edges, [node IN nodes(way) | node.id] AS nodes,
  [edge IN relationships(way) | type(edge)] AS kinds
