"""The rules of BloodHound CE, with its known errors, for comparison.

Kinds of `strict` are used wherever they mean the same; a kind that starts with BH_ says what
`strict` does not. Two of its errors cannot be repeated: it compares access policies letter by
letter, and exports are in lower case here; it keys registrations by their client id, so that
edges to a registration's object id end nowhere there.
"""

from __future__ import annotations

from idgraph.derive.bloodhound import (
    applications,
    azure_roles,
    contains,
    directory_roles,
    grants,
    groups,
    node_groups,
    owners,
    passwords,
    vault_policies,
)
from idgraph.derive.entra import privileged_roles, runs_as
from idgraph.derive.rules import Rule

RULES: tuple[Rule, ...] = (
    contains.RULE,
    directory_roles.RULE,
    passwords.RULE,
    groups.RULE,
    applications.RULE,
    grants.RULE,
    owners.RULE,
    runs_as.RULE,
    privileged_roles.RULE,  # a class of roles, the same in every profile
    azure_roles.RULE,
    vault_policies.RULE,
    node_groups.RULE,
)
