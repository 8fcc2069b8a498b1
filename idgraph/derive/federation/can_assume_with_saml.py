"""Whom an application of Entra lets take on IAM roles: the app roles that name role and provider.

The gallery application "AWS Single-Account Access" sends the value of the app roles that a user is
assigned as the roles that the user may choose from. IAM takes the assertion where the role trusts
the provider named with it, and the provider was given the metadata of that application.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from idgraph.catalogue import ASSUME, UNKNOWN, EdgeKind, Flow
from idgraph.derive.aws.guards import guards_of
from idgraph.derive.aws.links import Fan, Head
from idgraph.derive.aws.policy import Condition
from idgraph.derive.blind_spots import MAY_LEAD_TO
from idgraph.derive.federation.aws_applications import (
    Application,
    Applications,
    SamlRole,
    applications_of,
)
from idgraph.derive.federation.saml_trust import SIGN_IN, SamlTrust, saml_trust
from idgraph.derive.rules import Findings, Rule
from idgraph.snapshot import Snapshot
from idgraph.vocabulary import aws, entra
from idgraph.vocabulary.common import BLIND_SPOT, between

PROVIDER = ASSUME.of("saml_provider_tenant")
_NESTED = ASSUME.of("direct_member")

CAN_ASSUME_WITH_SAML = EdgeKind(
    name="CAN_ASSUME_WITH_SAML",
    reads="can, through an application of Entra, assume",
    ends=between((entra.USER, entra.GROUP), (aws.ROLE,)),
    flow=Flow.CONTROL,
    derived=True,
    allows="Take on the role with the assertion that the application gives to whoever is assigned "
    "the app role, for up to the role's longest session.",
    verify="The app role's value (role and SAML provider) and who is assigned it in Entra; the "
    "role's trust policy; the metadata of the SAML provider, whose entity id names the tenant.",
    remove="Remove the assignment in Entra, or the provider from the role's trust policy; then "
    "deny sessions of the role that began earlier (aws:TokenIssueTime).",
    logged="Entra sign-in log of the application; CloudTrail: AssumeRoleWithSAML, with the subject "
    "and the issuer.",
    frameworks=("ATT&CK:T1199", "ATT&CK:T1078.004", "NIST-CSF:PR.AA-04", "CSA-CCM:IAM-05"),
    source="Microsoft Learn: Microsoft Entra SSO integration with AWS Single-Account Access; IAM "
    "User Guide: Create a role for SAML 2.0 federation; Configure SAML assertions for the "
    "authentication response",
    misses="Roles that claims rules of the application name without an app role; other identity "
    "providers (Okta has no inventory here); conditional access.",
)


@dataclass(frozen=True, slots=True)
class _Taken:
    """A role that an application's assertions take on, and how."""

    role: int
    guards: tuple[str, ...]
    rows: tuple[int, ...]


def _find(snapshot: Snapshot, findings: Findings) -> None:
    applications, saml = applications_of(snapshot), saml_trust(snapshot)
    fan = Fan(findings, CAN_ASSUME_WITH_SAML, "roles", "SAML providers")
    for application in applications.all:
        if application.enabled:
            for assigned, row, named in _named(applications, application):
                nested = (_NESTED,) if assigned in applications.nesting else ()
                for each in taken(saml, application, named):
                    guards = tuple(sorted({*each.guards, *nested}))
                    rows = (row, application.row, *each.rows)
                    fan.add(assigned, (Head(each.role),), guards, rows)
                if named.role.lower() not in saml.by_arn:
                    blind(findings, assigned, row, named)
    fan.close()


def _named(
    applications: Applications, application: Application
) -> Iterator[tuple[int, int, SamlRole]]:
    """Yield who is assigned which role through an application, with the row of the assignment."""
    snapshot = applications.snapshot
    table = snapshot.edges[entra.HAS_APP_ROLE.name]
    people = snapshot.is_kind(entra.USER.name, entra.GROUP.name)[table.source]
    some = table.where(people & (table.target == application.node))
    ids = some.text("app_role_id").tolist()
    disabled = snapshot.false("account_enabled")
    for who, row, app_role in zip(some.source.tolist(), some.row.tolist(), ids, strict=True):
        named = application.roles.get(app_role.lower())
        if named and not disabled[who]:
            yield who, row, named


def taken(
    saml: SamlTrust, application: Application, named: SamlRole, *, forged: bool = False
) -> Iterator[_Taken]:
    """Yield how the assertions of an application take on a role with a provider.

    A forged one says whatever the trust policy asks of it; who issued it stays the tenant.
    """
    role = saml.by_arn.get(named.role.lower(), -1)
    trusted = role >= 0 and saml.estate.account_of.get(role) == named.account
    if not trusted or saml.gone(named.provider, named.account):
        return
    doubt = _of_tenant(saml, application, named.provider)
    if doubt is None:
        return
    issuer = {"saml:iss": (_issuer(application.tenant),)}
    for says in [{}] if forged else _audiences(application, named):
        for way in saml.ways(role, named.provider, says | issuer):
            needs = [each for each in way.needs if not (forged and _of_assertion(each))]
            guards = (*guards_of(needs, saml.estate.arn(role)), *doubt)
            yield _Taken(role, tuple(sorted(set(guards))), tuple(saml.estate.rows(way.statements)))


def _audiences(application: Application, named: SamlRole) -> list[dict[str, tuple[str, ...]]]:
    """Return where the application sends its assertions, one at a time."""
    usual = SIGN_IN.get(named.role.split(":")[1], SIGN_IN["aws"])
    return [{"saml:aud": (each,)} for each in application.audiences or (usual,)]


def _of_assertion(need: object) -> bool:
    return isinstance(need, Condition) and need.key.lower().startswith("saml:")


def _issuer(tenant: str) -> str:
    return f"https://sts.windows.net/{tenant}/"


def _of_tenant(saml: SamlTrust, application: Application, provider: str) -> tuple[str, ...] | None:
    """Return the doubt whether a provider stands for the application's tenant, None if it cannot.

    Entra's issuer may end in more than the tenant: a gallery application with several instances
    has one each.
    """
    at = saml.estate.snapshot.position(provider)
    said = saml.estate.snapshot.node_properties[at] if at >= 0 else {}
    issuer = str(said.get("entity_id", "")).lower()
    if not issuer:
        return (PROVIDER,)
    return () if issuer.startswith(_issuer(application.tenant).rstrip("/")) else None


def blind(findings: Findings, assigned: int, row: int, named: SamlRole) -> None:
    """Say that a role was not loaded which an application gives to somebody."""
    account = findings.node(named.account, aws.ACCOUNT, named.account)
    text = f"{named.role.rpartition('/')[2]} of {named.account}, not loaded"
    blind = findings.node(f"blind:saml-role:{named.role}", BLIND_SPOT, text)
    findings.link(MAY_LEAD_TO, assigned, blind, evidence=(row,))
    guard = UNKNOWN.of(f"IAM role of {named.role}")
    findings.link(MAY_LEAD_TO, blind, account, guards=(guard,))


RULE = Rule(
    name="roles of SAML applications",
    kinds=(CAN_ASSUME_WITH_SAML, MAY_LEAD_TO),
    find=_find,
    nodes=(BLIND_SPOT,),
)
