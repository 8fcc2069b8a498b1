"""The Global Administrator is the administrator of the tenant."""

from __future__ import annotations

from idgraph.catalogue import EdgeKind, Flow
from idgraph.derive.entra.tenants import administered_tenants, global_administrator
from idgraph.derive.rules import Findings, Rule
from idgraph.snapshot import Snapshot
from idgraph.vocabulary.common import POWER, between
from idgraph.vocabulary.entra import ROLE, TENANT

ADMINISTERS_TENANT = EdgeKind(
    name="ADMINISTERS_TENANT",
    reads="administers",
    ends=between((ROLE, POWER), (TENANT,)),
    flow=Flow.CONTROL,
    derived=True,
    allows="Change everything in the directory: accounts, credentials, policies, federation.",
    verify="Assignments of Global Administrator, active and eligible, through groups as well.",
    remove="Keep Global Administrator to few emergency and eligible accounts.",
    logged="Audit log, under each thing that is changed.",
    frameworks=("ATT&CK:T1078.004", "NIST-CSF:PR.AA-05", "CSA-CCM:IAM-09", "CSA-CCM:IAM-10"),
    source="Microsoft Learn: Microsoft Entra built-in roles, Global Administrator",
    bloodhound="AZGlobalAdmin",
    misses="Roles that become Global Administrator have edges of their own.",
)

TENANT_GIVES_ADMINISTRATOR = EdgeKind(
    name="TENANT_GIVES_ADMINISTRATOR",
    reads="gives whoever holds it the role",
    ends=between((TENANT,), (ROLE, POWER)),
    flow=Flow.CONTROL,
    derived=True,
    allows="Act as Global Administrator: whoever holds the directory itself, or signs assertions "
    "that it accepts for any account, is one of its administrators.",
    verify="Federation settings of the tenant's domains, and who changed them last.",
    remove="Take back the trust that was given: federation settings, signing certificates.",
    logged="Audit log: Set federation settings on domain, Set domain authentication.",
    frameworks=("ATT&CK:T1484.002", "ATT&CK:T1606.002", "NIST-CSF:PR.AA-04", "CSA-CCM:IAM-09"),
    source="Microsoft Learn: Microsoft Entra built-in roles, Global Administrator; MITRE ATT&CK, "
    "Trust Modification",
    misses="Domains are not told apart: one that is federated is taken for the whole tenant.",
)


def _find(snapshot: Snapshot, findings: Findings) -> None:
    for tenant in administered_tenants(snapshot):
        node = snapshot.position(tenant)
        if node >= 0:
            administrator = global_administrator(findings, tenant)
            row = snapshot.node_row[administrator] if administrator < snapshot.n else -1
            findings.link(ADMINISTERS_TENANT, administrator, node, evidence=(row,))
            own = snapshot.node_row[node]
            findings.link(TENANT_GIVES_ADMINISTRATOR, node, administrator, evidence=(own,))


RULE = Rule(
    name="entra tenant administrators",
    kinds=(ADMINISTERS_TENANT, TENANT_GIVES_ADMINISTRATOR),
    find=_find,
    nodes=(POWER,),
)
