// name: members_of_group
// question: Who is in a group, at any depth?
// graph: the name of the graph
// group: the id of the group
MATCH (now:IdGraph {graph: $graph, id: 'idgraph:head'})
MATCH (group:IdGraph {graph: $graph, id: $group})
MATCH steps = (who:IdGraph)-[:MEMBER_OF*1..12]->(group)
WHERE all(step IN relationships(steps) WHERE step.opened <= now.head < step.closed)
RETURN who.id AS id, who.kind AS kind, who.name AS name, min(length(steps)) AS depth
ORDER BY depth, id
