// name: next_steps
// question: What can an identity do next, and on which conditions?
// graph: the name of the graph
// identity: the id of the identity
MATCH (now:IdGraph {graph: $graph, id: 'idgraph:head'})
MATCH (who:IdGraph {graph: $graph, id: $identity})-[step]->(target:IdGraph)
WHERE step.flow IS NOT NULL AND step.opened <= now.head < step.closed
RETURN type(step) AS by, target.id AS id, target.kind AS kind, target.name AS name,
  coalesce(step.guards, []) AS guards, count(*) AS ways
ORDER BY by, id, guards
