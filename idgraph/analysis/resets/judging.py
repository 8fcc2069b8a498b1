"""What is wrong with a reset, decided from what is loaded and from nothing else.

A finding needs its evidence: that an account was first used from a new address is said only where
earlier sign-ins are known, that a log does not show a reset only where a log of that time is
loaded. That the person was told of the reset (NIST SP 800-63B-4, section 4.2) no log read here
says, so nothing is said of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta

import numpy as np

from idgraph.analysis.resets.answer import UNKNOWN, ResetEvent
from idgraph.analysis.resets.event_log import WhoIsWho
from idgraph.analysis.resets.findings import Finding
from idgraph.analysis.resets.history import Known
from idgraph.analysis.resets.tickets import Case
from idgraph.analysis.window import moment_of
from idgraph.catalogue import Flow
from idgraph.graph import Flag, TrustGraph
from idgraph.vocabulary.resets import proof_rank

STEP_UP = timedelta(minutes=60)
"""How long before a reset its executor's sign-in with several factors counts as a step-up."""

_STEP_UP_FOR = frozenset(
    {"secret_rotate", "key_create", "login_profile", "recovery_contact_change", "federation_reset"}
)
_ASKED_FOR = frozenset(  # by somebody who has to be known
    {"password_admin", "mfa_reset", "mfa_register", "tap", "recovery_contact_change"}
) | {"login_profile", UNKNOWN}
_NEEDS_FACTOR = frozenset({"mfa_reset", "mfa_register", "tap"})
_KNOWLEDGE, _AUTHENTICATOR = proof_rank("knowledge"), proof_rank("authenticator")


def findings(
    reset: ResetEvent, case: Case, known: Known, vendors: Mapping[str, str]
) -> Iterator[Finding]:
    """Yield what is wrong with a reset; `vendors` says who works for an outside company."""
    yield from _parties(reset, case, known)
    yield from _joined(reset, case, known)
    yield from _duties(reset, known, vendors)
    yield from _assurance(reset, case, known)
    yield from _order(reset)
    yield from _first_use(reset, case, known)


def _parties(reset: ResetEvent, case: Case, known: Known) -> Iterator[Finding]:
    if reset.identity == UNKNOWN:
        yield Finding("UNKNOWN_IDENTITY")
    elif known.who.graph is not None and known.who.graph.n and not known.who.knows(reset.identity):
        yield Finding("IDENTITY_NOT_IN_GRAPH")
    if reset.requester == UNKNOWN:
        yield Finding("UNKNOWN_REQUESTER")
    if UNKNOWN in reset.approvers:
        yield Finding("UNKNOWN_APPROVER")
    if UNKNOWN in reset.executors:
        yield Finding("UNKNOWN_EXECUTOR")
    if reset.assisted and reset.proof == UNKNOWN and reset.method in _ASKED_FOR:
        yield Finding("UNKNOWN_PROOF")
    if reset.assisted and case.ticket is None and not known.tickets:
        yield Finding("UNKNOWN_TICKET")


def _joined(reset: ResetEvent, case: Case, known: Known) -> Iterator[Finding]:
    """Yield how the ticket and the log disagree."""
    if case.act is None:
        log = known.shows(reset.executed_at, reset.tenant) if reset.executed_at else None
        if log is not None:
            yield Finding("TICKET_WITHOUT_EVENT", f"its last entry is of {log.last}")
        return
    if case.ticket is None:
        if reset.assisted and known.tickets:
            yield Finding("RESET_WITHOUT_TICKET")
        return
    method = case.ticket.text("method")
    if method and method != case.act.method:
        yield Finding("METHOD_DIFFERS", f"the ticket says {method}, the log {case.act.method}")
    named = [known.who.node(each) for each in case.ticket.texts("executors")]
    did = case.act.executors
    if named and did and not set(did) & set(named):
        yield Finding("EXECUTOR_DIFFERS", f"the log names {known.names(did)}")


def _duties(reset: ResetEvent, known: Known, vendors: Mapping[str, str]) -> Iterator[Finding]:
    approvers = set(reset.approvers) - {UNKNOWN}
    if reset.requester in approvers:
        yield Finding("SELF_APPROVED", known.names([reset.requester]))
    if both := approvers & set(reset.executors):
        yield Finding("SELF_EXECUTED", known.names(both))
    shared = {
        vendors[one]
        for one in approvers & vendors.keys()
        for other in vendors.keys() & set(reset.executors)
        if one != other and vendors[one] == vendors[other]
    }
    if shared and is_privileged(known.who, reset.identity):
        yield Finding("SAME_VENDOR", ", ".join(sorted(shared)))


def _assurance(reset: ResetEvent, case: Case, known: Known) -> Iterator[Finding]:
    weak = reset.proof != UNKNOWN and proof_rank(reset.proof) <= _KNOWLEDGE
    if weak and reset.assisted and _has_factor(reset, case, known):
        yield Finding("RECOVERY_BELOW_AAL", f"proof {reset.proof}")
    if case.act is not None and reset.method in _STEP_UP_FOR:
        stepped = _stepped_up(reset, case, known)
        if stepped is False:
            yield Finding("STEP_UP_MISSING")


def _has_factor(reset: ResetEvent, case: Case, known: Known) -> bool:
    """Return whether the account is known to have a second factor."""
    return reset.method in _NEEDS_FACTOR or known.history(reset.identity).had_factors(case.at)


def _stepped_up(reset: ResetEvent, case: Case, known: Known) -> bool | None:
    """Return whether the executor gave a second factor for it; None where no log can say."""
    if reset.proof != UNKNOWN and proof_rank(reset.proof) >= _AUTHENTICATOR:
        return True
    if case.act is None:
        return None
    if strength := case.act.text("strength"):
        return strength == "multiple"
    scope, at = case.act.main.scope, moment_of(case.act.at)
    if at is None or not known.shows_sign_ins(scope, case.act.at):
        return None
    last = [known.history(each).last_with_factors(case.act.at) for each in case.act.executors]
    moments = [moment for each in last if (moment := moment_of(each)) is not None]
    return any(at - moment <= STEP_UP for moment in moments)


def _order(reset: ResetEvent) -> Iterator[Finding]:
    if "" not in {reset.approved_at, reset.executed_at} and reset.executed_at < reset.approved_at:
        yield Finding("EXECUTED_BEFORE_APPROVED")
    if "" not in {reset.requested_at, reset.executed_at} and reset.executed_at < reset.requested_at:
        yield Finding("REQUESTED_AFTER_EXECUTED")
    if "" not in {reset.approved_at, reset.first_use_at} and reset.first_use_at < reset.approved_at:
        yield Finding("USED_BEFORE_APPROVED")


def _first_use(reset: ResetEvent, case: Case, known: Known) -> Iterator[Finding]:
    address = reset.first_use_ip
    if address and known.history(reset.identity).is_new(address, case.at):
        yield Finding("FIRST_USE_FROM_NEW_IP", address)


def is_privileged(who: WhoIsWho, identity: str) -> bool:
    """Return whether an identity holds something privileged; what it could take does not count."""
    at = who.position(identity)
    if at is None or who.graph is None:
        return False
    held = _holdings(who.graph, at)
    return bool((who.graph.has(Flag.PRIVILEGED) & held).any())


def _holdings(graph: TrustGraph, start: int) -> np.ndarray:
    """Return which nodes are reached over edges of rights alone."""
    rights = np.array([kind.flow is Flow.RIGHTS for kind in graph.catalogue.edge_kinds], bool)
    keep = rights[graph.edge_kinds]
    source, target = graph.source[keep], graph.target[keep]
    held = np.zeros(graph.n, bool)
    front = np.zeros(graph.n, bool)
    front[start] = True
    while front.any():
        held |= front
        reached = np.zeros(graph.n, bool)
        reached[target[front[source]]] = True
        front = reached & ~held
    return held
