// name: privileged_identities
// question: Who holds a privileged role or scope, directly or through groups?
// graph: the name of the graph
MATCH (now:IdGraph {graph: $graph, id: 'idgraph:head'})
MATCH (who:IdGraph {graph: $graph})-[held:MEMBER_OF*0..8]->()-[last]->(target:IdGraph {is_privileged: true})
WHERE (who.is_person OR who.is_nhi)
  AND last.flow = 'rights' AND type(last) <> 'MEMBER_OF' AND last.opened <= now.head < last.closed
  AND all(step IN held WHERE step.opened <= now.head < step.closed)
RETURN DISTINCT who.id AS id, who.kind AS kind, who.name AS name, type(last) AS by,
  target.id AS target, target.name AS target_name
ORDER BY id, target, by
