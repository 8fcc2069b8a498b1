"""A registration's credential signs in as its service principals."""

from __future__ import annotations

from collections import defaultdict

from idgraph.catalogue import ASSUME, EdgeKind, Flow
from idgraph.derive.closures import tenant_of
from idgraph.derive.entra.hubs import Links
from idgraph.derive.rules import Findings, Rule
from idgraph.snapshot import Snapshot
from idgraph.vocabulary.entra import APP, SERVICE_PRINCIPAL

RUNS_AS = EdgeKind(
    name="RUNS_AS",
    reads="signs in as",
    ends=((APP, SERVICE_PRINCIPAL),),
    flow=Flow.RIGHTS,
    derived=True,
    allows="Every credential of the registration gets tokens of the service principal, with all "
    "that was granted to it.",
    verify="Equal application (client) ids of the registration and the service principal.",
    remove="Disable or delete the service principal, or take its permissions and roles away.",
    logged="Service principal sign-in log, with the id of the credential.",
    frameworks=("ATT&CK:T1550.001", "OWASP-NHI:NHI5:2025", "NIST-CSF:ID.AM-02"),
    source="Microsoft Learn: Application and service principal objects in Microsoft Entra ID",
    bloodhound="AZRunsAs",
    misses="Service principals in tenants that were not loaded.",
)
ENABLED_AGAIN = ASSUME.of("service_principal_enabled")


def _find(snapshot: Snapshot, findings: Findings) -> None:
    tenant, links = tenant_of(snapshot), Links(findings)
    app_ids = [str(each or "").lower() for each in snapshot.value("app_id")]
    homes = [str(each or "").lower() for each in snapshot.value("app_owner_organization_id")]
    disabled, asks = snapshot.false("account_enabled"), ((), (ENABLED_AGAIN,))
    registrations = defaultdict(list)
    for at in snapshot.of_kind(APP.name):
        registrations[app_ids[at]].append(int(at))
    for at in snapshot.of_kind(SERVICE_PRINCIPAL.name):
        for app in registrations[app_ids[at]] if app_ids[at] else ():
            # An instance in another tenant takes the home registration's credentials, too.
            if tenant[app] in (tenant[at], homes[at] or tenant[at]):
                links.add(
                    RUNS_AS, app, int(at), int(snapshot.node_row[at]), asks[int(disabled[at])]
                )
    links.close()


RULE = Rule(name="entra application instances", kinds=(RUNS_AS,), find=_find)
