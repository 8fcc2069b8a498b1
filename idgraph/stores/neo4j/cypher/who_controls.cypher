// name: who_controls
// question: Who can take a step that ends at a node?
// graph: the name of the graph
// target: the id of the node
MATCH (now:IdGraph {graph: $graph, id: 'idgraph:head'})
MATCH (who:IdGraph)-[step]->(target:IdGraph {graph: $graph, id: $target})
WHERE step.flow IS NOT NULL AND step.opened <= now.head < step.closed
RETURN who.id AS id, who.kind AS kind, who.name AS name, type(step) AS by,
  coalesce(step.guards, []) AS guards, count(*) AS ways
ORDER BY id, by, guards
