"""What the resets of a path open: the accounts that it covers, by what its method gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np

from idgraph.catalogue import ASSUME, MFA, UNKNOWN, EdgeKind, Flow
from idgraph.derive.blind_spots import MAY_LEAD_TO
from idgraph.derive.desk.paths import Covered, RegisteredPath, covered, registered_paths
from idgraph.derive.entra.activation import factor_asked, with_factor
from idgraph.derive.entra.hubs import Guards, Links, Source
from idgraph.derive.rules import Findings, Rule
from idgraph.graph import Ints
from idgraph.snapshot import Snapshot
from idgraph.vocabulary.common import BLIND_SPOT, HUB, POWER, between
from idgraph.vocabulary.entra import APP, SERVICE_PRINCIPAL, USER
from idgraph.vocabulary.resets import AWS_ACCOUNTS, SECOND_FACTOR, Gives, MethodGives

_REGISTER = "The organisation's register of reset paths"
_MISSES = (
    "It takes the register at its word. A disabled account, a guest that no path names, and what "
    "is reset on platforms other than Entra ID and AWS, are left out; so is an account whose "
    "password one path gives and whose second factor another."
)
_VERIFY = "What the path covers by the register, against what the desk's tool lets it reset."
_REMOVE = (
    "Take the account out of what the path covers; ask for a stronger proof, or for approval by "
    "somebody else."
)

DESK_GIVES_PASSWORD = EdgeKind(
    name="DESK_GIVES_PASSWORD",
    reads="can give a new password of",
    ends=((POWER, HUB), *between((HUB,), (USER, *AWS_ACCOUNTS))),
    flow=Flow.CONTROL,
    derived=True,
    allows="Sign in with the new password; the account's second factor is still asked for where "
    "one is registered and required.",
    verify=_VERIFY,
    remove=_REMOVE,
    logged="The ticket of the desk; audit log, UserManagement: Reset user password; CloudTrail: "
    "CreateLoginProfile, UpdateLoginProfile.",
    frameworks=("ATT&CK:T1098", "ATT&CK:T1078.004", "NIST-CSF:PR.AA-02", "CSA-CCM:IAM-15"),
    source=f"{_REGISTER}; Microsoft Learn: Reset a user's password; IAM API Reference: "
    "CreateLoginProfile, UpdateLoginProfile",
    misses=_MISSES,
)
DESK_GIVES_FACTOR = EdgeKind(
    name="DESK_GIVES_FACTOR",
    reads="can give a second factor of",
    ends=((POWER, HUB), *between((HUB,), (USER, *AWS_ACCOUNTS, SECOND_FACTOR))),
    flow=Flow.CONTROL,
    derived=True,
    allows="Enrol a second factor of one's own and, with the password, sign in.",
    verify=_VERIFY,
    remove=_REMOVE,
    logged="The ticket of the desk; audit log, UserManagement: Admin deleted security info, then "
    "User registered security info; CloudTrail: DeactivateMFADevice, EnableMFADevice.",
    frameworks=("ATT&CK:T1556.006", "ATT&CK:T1098.005", "NIST-CSF:PR.AA-02", "CSA-CCM:IAM-14"),
    source=f"{_REGISTER}; Microsoft Learn: Manage user authentication methods for Microsoft Entra "
    "multifactor authentication; IAM API Reference: DeactivateMFADevice",
    misses=_MISSES,
)
DESK_GIVES_PASS = EdgeKind(
    name="DESK_GIVES_PASS",
    reads="can give a Temporary Access Pass of",
    ends=((POWER, HUB), *between((HUB,), (USER, *AWS_ACCOUNTS, SECOND_FACTOR))),
    flow=Flow.CONTROL,
    derived=True,
    allows="Sign in with the pass alone: it counts as strong authentication and lets one register "
    "methods that outlive it.",
    verify=_VERIFY,
    remove=_REMOVE,
    logged="The ticket of the desk; audit log, UserManagement: Admin registered temporary access "
    "pass method.",
    frameworks=("ATT&CK:T1098.005", "ATT&CK:T1556.006", "NIST-CSF:PR.AA-02", "CSA-CCM:IAM-14"),
    source=f"{_REGISTER}; Microsoft Learn: Configure Temporary Access Pass",
    misses=_MISSES,
)
DESK_CHANGES_CONTACT = EdgeKind(
    name="DESK_CHANGES_CONTACT",
    reads="can change the recovery contact of",
    ends=((POWER, HUB), *between((HUB,), (USER, *AWS_ACCOUNTS))),
    flow=Flow.CONTROL,
    derived=True,
    allows="Receive the codes of a self-service reset, and so set a new password.",
    verify=_VERIFY,
    remove=_REMOVE,
    logged="The ticket of the desk; audit log, UserManagement: Update user, Admin updated security "
    "info; then Reset password (self-service).",
    frameworks=("ATT&CK:T1098", "ATT&CK:T1556.006", "NIST-CSF:PR.AA-02", "CSA-CCM:IAM-15"),
    source=f"{_REGISTER}; Microsoft Learn: Privileged roles and permissions in Microsoft Entra "
    "ID, Who can perform sensitive actions",
    misses=_MISSES,
)
DESK_GIVES_CREDENTIAL = EdgeKind(
    name="DESK_GIVES_CREDENTIAL",
    reads="can give a credential of",
    ends=((POWER, HUB), *between((HUB,), (APP, SERVICE_PRINCIPAL, *AWS_ACCOUNTS))),
    flow=Flow.CONTROL,
    derived=True,
    allows="Authenticate with the new secret, certificate or access key; no second factor is asked "
    "for.",
    verify=_VERIFY,
    remove=_REMOVE,
    logged="The ticket of the desk; audit log, ApplicationManagement: Update application - "
    "Certificates and secrets management; CloudTrail: CreateAccessKey.",
    frameworks=("ATT&CK:T1098.001", "OWASP-NHI:NHI7:2025", "NIST-CSF:PR.AA-01", "CSA-CCM:IAM-14"),
    source=f"{_REGISTER}; Microsoft Learn: addPassword (Microsoft Graph); IAM API Reference: "
    "CreateAccessKey",
    misses=_MISSES,
)
DESK_RESETS_FEDERATION = EdgeKind(
    name="DESK_RESETS_FEDERATION",
    reads="can sign in, by a federation set anew, as",
    ends=((POWER, HUB), *between((HUB,), (USER, *AWS_ACCOUNTS, SECOND_FACTOR))),
    flow=Flow.CONTROL,
    derived=True,
    allows="Sign assertions for every account of the domain, the second factor among the claims.",
    verify=f"{_VERIFY} Then federatedIdpMfaBehavior of the domain.",
    remove=_REMOVE,
    logged="The ticket of the desk; audit log, DirectoryManagement: Set domain authentication, Set "
    "federation settings on domain.",
    frameworks=("ATT&CK:T1484.002", "ATT&CK:T1606.002", "NIST-CSF:PR.AA-04", "CSA-CCM:IAM-14"),
    source=f"{_REGISTER}; Microsoft Learn: internalDomainFederation (Microsoft Graph)",
    misses=_MISSES,
)


@dataclass(frozen=True, slots=True)
class _Way:
    """What one kind of gift opens, and what is taken to be so."""

    kind: EdgeKind
    assumes: Guards = ()
    gives_factor: bool = False


_WAYS: Mapping[Gives, _Way] = MappingProxyType(
    {
        Gives.PASSWORD: _Way(DESK_GIVES_PASSWORD),
        Gives.FACTOR: _Way(DESK_GIVES_FACTOR, gives_factor=True),
        Gives.PASS: _Way(DESK_GIVES_PASS, (ASSUME.of("tap_policy"),), gives_factor=True),
        Gives.CONTACT: _Way(DESK_CHANGES_CONTACT),
        Gives.CREDENTIAL: _Way(DESK_GIVES_CREDENTIAL),
        Gives.ASSERTION: _Way(
            DESK_RESETS_FEDERATION, (ASSUME.of("federated_second_factor"),), gives_factor=True
        ),
    }
)
KIND_OF: Mapping[Gives, EdgeKind] = MappingProxyType({each: _WAYS[each].kind for each in _WAYS})


@dataclass(slots=True)
class _Class:
    """Accounts that several paths cover under one name, and who resets them."""

    covered: Covered
    method: MethodGives
    sources: list[Source] = field(default_factory=list)


def _find(snapshot: Snapshot, findings: Findings) -> None:
    links = Links(findings)
    classes: dict[tuple[Gives, str], _Class] = {}
    for path in registered_paths(snapshot):
        if path.executors:
            for some in covered(snapshot, path):
                key = (path.method.gives, some.id)
                each = classes.setdefault(key, _Class(some, path.method))
                each.sources.append(_source(links, path, some))
    for each in classes.values():
        _link(links, each)
    links.close()


def _source(links: Links, path: RegisteredPath, some: Covered) -> Source:
    """Return what resets some accounts: the path, or a blind spot where that is not certain."""
    power = path.power(links.findings)
    if some.certain:
        return Source(power, some.row)
    snapshot = links.findings.snapshot
    subject = path.subject(snapshot)
    unknown = (UNKNOWN.of(f"tenant of {subject}"),)
    name = f"the tenant that {snapshot.names[path.at]} covers, not stated"
    blind = links.findings.node(f"blind:reset-path:{subject}", BLIND_SPOT, name, path.at)
    links.add(MAY_LEAD_TO, power, blind, some.row, unknown)
    return Source(blind, some.row, unknown, MAY_LEAD_TO)


def _link(links: Links, some: _Class) -> None:
    way, members = _WAYS[some.method.gives], some.covered.members
    strong = _asked(links, members) if way.gives_factor else members[:0]
    factors = [with_factor(links.findings, each) for each in strong.tolist()]
    snapshot = links.findings.snapshot
    guards: list[Guards] = [
        (*_left(snapshot, some.method, account), *way.assumes)
        for account in np.append(members, strong).tolist()
    ]
    hub = (some.covered.id, f"{some.covered.words} ({way.kind.reads})")
    targets = np.append(members, np.array(factors, np.int32)).astype(np.int32)
    links.through_hub(way.kind, hub, some.sources, targets, guards)


def _left(snapshot: Snapshot, method: MethodGives, account: int) -> Guards:
    """Return what a reset leaves standing: no second factor where none is registered."""
    arn = str(snapshot.ids[account])
    none = snapshot.node_properties[account].get("mfa") is False
    return tuple(each for each in method.guards(arn) if not (none and each == MFA.of(arn)))


def _asked(links: Links, members: Ints) -> Ints:
    """Return the accounts of which an activation asks the second factor."""
    asked: Ints = members[factor_asked(links.findings.snapshot)[members]]
    return asked


RULE = Rule(
    name="desk resets",
    kinds=(*KIND_OF.values(), MAY_LEAD_TO),
    find=_find,
    nodes=(POWER, HUB, BLIND_SPOT, SECOND_FACTOR),
)
