// name: groups_of_identity
// question: Which groups is an identity in, at any depth?
// graph: the name of the graph
// identity: the id of the identity
MATCH (now:IdGraph {graph: $graph, id: 'idgraph:head'})
MATCH (who:IdGraph {graph: $graph, id: $identity})
MATCH steps = (who)-[:MEMBER_OF*1..12]->(group:IdGraph)
WHERE all(step IN relationships(steps) WHERE step.opened <= now.head < step.closed)
RETURN group.id AS id, group.name AS name, min(length(steps)) AS depth
ORDER BY depth, id
