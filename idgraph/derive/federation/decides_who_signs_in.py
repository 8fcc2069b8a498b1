"""Who makes an application of Entra say that he is somebody else, and signs in to AWS as anybody.

AWS believes what the application's assertions say, if the certificate that it was given signed
them. Entra keeps that key and signs for whoever signs in; what the assertion says of him is the
application's own setting. So whoever writes its claims, or makes himself its owner to do so, signs
in as any user of the Identity Center, or with any role that trusts the SAML provider. A signing
certificate that is merely added opens nothing until somebody gives it to AWS, too; to act as the
service principal itself signs no assertion.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from idgraph.catalogue import EdgeKind, Flow
from idgraph.derive.aws.links import Fan, Head
from idgraph.derive.blind_spots import MAY_LEAD_TO
from idgraph.derive.entra.applications import Writes, find_writers
from idgraph.derive.entra.hubs import Guards, Links, Source
from idgraph.derive.entra.owners import ownerships
from idgraph.derive.entra.permissions import (
    APPLICATION_READ_WRITE_ALL,
    APPLICATION_READ_WRITE_OWNED_BY,
    DIRECTORY_READ_WRITE_ALL,
)
from idgraph.derive.entra.roles import actions
from idgraph.derive.entra.runs_as import ENABLED_AGAIN
from idgraph.derive.federation.aws_applications import Application, applications_of
from idgraph.derive.federation.can_assume_with_saml import taken
from idgraph.derive.federation.identity_center import IdentityCenter, identity_center
from idgraph.derive.federation.saml_trust import SamlTrust, saml_trust
from idgraph.derive.rules import Findings, Rule
from idgraph.graph import Ints
from idgraph.snapshot import Snapshot
from idgraph.vocabulary import aws
from idgraph.vocabulary.common import BLIND_SPOT, HUB, POWER, between
from idgraph.vocabulary.entra import ROLE, SERVICE_IDENTITIES, USER

CLAIMS = Writes(
    registrations=actions("none"),
    own_registrations=actions("none"),
    service_principals=actions(
        r"serviceprincipals/(policies/update|owners/update|allproperties/(alltasks|update))"
    ),
)

CAN_WRITE_CLAIMS = EdgeKind(
    name="CAN_WRITE_CLAIMS",
    reads="can write",
    ends=(
        *between((USER, *SERVICE_IDENTITIES), (POWER,)),
        *between((ROLE, POWER, *SERVICE_IDENTITIES), (HUB,)),
        *between((HUB,), (POWER,)),
    ),
    flow=Flow.CONTROL,
    derived=True,
    allows="Set what the application's assertions say: as whom a user signs in (NameID), with "
    "which role. Entra signs them with the certificate that AWS trusts.",
    verify="Single sign-on, Attributes & Claims of the application; its claims mapping policies; "
    "its owners; roles that update policies or owners of service principals.",
    remove="Take the role, the permission or the ownership away; set the claims back; compare them "
    "with those of the gallery application.",
    logged="Entra audit log, ApplicationManagement: Update service principal, Add owner to service "
    "principal; Policy: Add policy to service principal.",
    frameworks=("ATT&CK:T1484.002", "ATT&CK:T1606.002", "NIST-CSF:PR.AA-05", "CSA-CCM:IAM-10"),
    source="Microsoft Learn: Customize SAML token claims; Enterprise application permissions for "
    "custom roles (Manage user attributes and claims); Default user permissions, Object ownership",
    misses="A custom role without applicationPolicies/basic/update writes no policy that is there; "
    "provisioning, by which others may make users and memberships in Identity Center; signing "
    "certificates that AWS was given in advance.",
)
SIGNS_IN_ANYBODY = EdgeKind(
    name="SIGNS_IN_ANYBODY",
    reads="can sign in as",
    ends=(*between((POWER,), (aws.SSO_USER, aws.ROLE, HUB)), *between((HUB,), (aws.SSO_USER,))),
    flow=Flow.CONTROL,
    derived=True,
    allows="Sign in as any user of the Identity Center, or take on any role that trusts the SAML "
    "provider: an assertion of the application is believed whatever it says.",
    verify="The identity source of Identity Center, or the role's trust in the SAML provider; the "
    "certificate given to AWS is the one that the application signs with.",
    remove="Cut those who can write the application's claims and set them back; then end the "
    "sessions of all roles behind it. Conditions on SAML:sub do not help: the forger writes that.",
    logged="CloudTrail: UserAuthentication, AssumeRoleWithSAML, with a user that Entra's sign-in "
    "log does not show at that moment.",
    frameworks=("ATT&CK:T1606.002", "ATT&CK:T1199", "NIST-CSF:PR.AA-04", "CSA-CCM:IAM-16"),
    source="MITRE ATT&CK: Forge Web Credentials: SAML Tokens; IAM Identity Center User Guide: "
    "Connect to an external identity provider; IAM User Guide: SAML 2.0 federation",
    misses="Providers whose application is not known, because no app role names them.",
)


@dataclass
class Powers(Links):
    """Writers of service principals, turned to a power over a few of them."""

    powers: dict[int, int] = field(default_factory=dict)

    def through_hub(
        self,
        kind: EdgeKind,
        hub: tuple[str, str],
        sources: Iterable[Source],
        targets: Ints,
        guards: Guards | Sequence[Guards] = (),  # noqa: ARG002  a lock keeps credentials, not claims
    ) -> None:
        """Add a hub to the powers over those targets that have one."""
        some = [self.powers[at] for at in targets.tolist() if at in self.powers]
        named = (hub[0], "applications that sign people in to AWS")
        super().through_hub(kind, named, sources, np.array(some, np.int32))


def _find(snapshot: Snapshot, findings: Findings) -> None:
    center, saml = identity_center(snapshot), saml_trust(snapshot)
    some = [each for each in applications_of(snapshot).all if each.roles or center.stores_of(each)]
    if not some:
        return
    powers = {each.node: _power(findings, each) for each in some}
    _writers(snapshot, findings, powers)
    _users(center, findings, some, powers)
    _roles(saml, findings, some, powers)


def _power(findings: Findings, application: Application) -> int:
    """Return the power to say who signs in through an application."""
    snapshot, at = findings.snapshot, application.node
    name = f"Claims of {snapshot.names[at]}"
    return findings.node(f"{snapshot.ids[at]}#saml_claims", POWER, name, at)


def _writers(snapshot: Snapshot, findings: Findings, powers: dict[int, int]) -> None:
    everything = (APPLICATION_READ_WRITE_ALL, DIRECTORY_READ_WRITE_ALL)
    links = Powers(findings, powers=powers)
    find_writers(snapshot, links, CAN_WRITE_CLAIMS, CLAIMS, permissions=everything)
    owned = ownerships(snapshot, *everything, APPLICATION_READ_WRITE_OWNED_BY)
    of_them = owned.where(np.isin(owned.owned, list(powers)))
    ends = np.array([powers[int(at)] for at in of_them.owned], np.int32)
    links.add(CAN_WRITE_CLAIMS, of_them.owner, ends, of_them.row, of_them.guards)
    links.close()


def _users(
    center: IdentityCenter,
    findings: Findings,
    some: Iterable[Application],
    powers: dict[int, int],
) -> None:
    """Lead to every user of the stores that applications name, through a hub for each store."""
    sources: dict[str, list[Source]] = defaultdict(list)
    for each in some:
        for store in center.stores_of(each):
            sources[store].append(Source(powers[each.node], each.row, _doubt(each)))
    links = Links(findings)
    for store, powerful in sorted(sources.items()):
        users = np.array(center.users_of[store], np.int32)
        hub = (store, f"users of the identity store {store}")
        links.through_hub(SIGNS_IN_ANYBODY, hub, powerful, users)
    links.close()


def _roles(
    saml: SamlTrust, findings: Findings, some: Iterable[Application], powers: dict[int, int]
) -> None:
    """Lead to every role that trusts a SAML provider which an application's app roles name."""
    fan = Fan(findings, SIGNS_IN_ANYBODY, "roles", "SAML providers")
    for each in some:
        for head in _heads(saml, each):
            fan.add(powers[each.node], (head,), _doubt(each), (each.row,))
    fan.close()


def _heads(saml: SamlTrust, application: Application) -> Iterator[Head]:
    named = {each.provider.lower(): each for each in application.roles.values()}
    for provider, one in sorted(named.items()):
        for role in saml.roles_of.get(provider, ()):
            for each in taken(saml, application, one.of(saml.estate.arn(role)), forged=True):
                yield Head(each.role, each.guards, each.rows)


def _doubt(application: Application) -> Guards:
    """Return that a disabled application is enabled again, by those who may write its claims."""
    return () if application.enabled else (ENABLED_AGAIN,)


RULE = Rule(
    name="claims of applications that sign in to AWS",
    kinds=(CAN_WRITE_CLAIMS, SIGNS_IN_ANYBODY, MAY_LEAD_TO),
    find=_find,
    nodes=(POWER, HUB, BLIND_SPOT),
)
