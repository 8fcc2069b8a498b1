"""Resets that happened: who asked, who approved, who executed, by which proof, and what is wrong.

A reset is what a log shows (`reset_acts`), what a ticket tells, or both (`reset_tickets`). The log
says what was done, when and by whom; the ticket who asked, who approved and on what proof. A party
that nobody names is the text "unknown" and a finding, never left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from idgraph.analysis.provenance import UNKNOWN_ORIGIN, Provenance
from idgraph.analysis.resets.acts import Act, acts_of, refused
from idgraph.analysis.resets.answer import UNKNOWN, Refused, ResetEvent, Resets
from idgraph.analysis.resets.event_log import Event, WhoIsWho, events_of
from idgraph.analysis.resets.history import Known, Span
from idgraph.analysis.resets.judging import findings
from idgraph.analysis.resets.tickets import Case, cases_of
from idgraph.vocabulary.events import EVENT_KINDS, MFA_METHOD_REMOVED, RESET_TICKET, SIGN_IN

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ResetEvent", "Resets", "resets"]

_RESETS = frozenset(
    {
        MFA_METHOD_REMOVED.name,
        *(kind.name for kind in EVENT_KINDS.values() if kind.reset),
    }
)


def resets(
    events: pd.DataFrame,
    *,
    who: WhoIsWho | None = None,
    taken: Mapping[str, str] | None = None,
    provenance: Provenance = UNKNOWN_ORIGIN,
) -> Resets:
    """Return the resets among the events of a store, each judged by what is loaded.

    `who` says which node an id or alias means; without it ends stay as the logs wrote them.
    `taken` says of each source when it was exported.
    """
    named = who or WhoIsWho()
    told = events_of(events[events["kind"].isin([*_RESETS, RESET_TICKET.name])], named)
    tickets = [each for each in told if each.kind == RESET_TICKET.name]
    acts = acts_of(told)
    known = _known(events, named, acts, taken or {})
    vendors = _vendors(tickets, named)
    ids = _ids(tickets)
    found = [_judged(case, known, vendors, ids) for case in cases_of(acts, tickets)]
    return Resets(
        events=tuple(sorted(found, key=lambda each: (each.at, each.id))),
        names=_names(found, [*told, *known.done], named),
        refused=tuple(Refused(each.identity, each.at) for each in refused(told)),
        notes=tuple(_notes(known, found)),
        provenance=provenance,
    )


def _known(
    events: pd.DataFrame, who: WhoIsWho, acts: Iterable[Act], taken: Mapping[str, str]
) -> Known:
    """Return what is loaded, with all that the identities and executors concerned have done."""
    concerned = {
        node
        for act in acts
        for party in (act.identity, *act.executors)
        for node in who.one_with(party)
    }
    is_ticket, is_sign_in = events["kind"] == RESET_TICKET.name, events["kind"] == SIGN_IN.name
    logs = events[~is_ticket]
    actors = {text for text in logs["actor"].unique() if text and who.node(text) in concerned}
    return Known(
        who=who,
        tickets=bool(is_ticket.any()),
        audits=_spans(events[~is_ticket & ~is_sign_in], taken),
        sign_ins=_spans(events[is_sign_in], taken),
        done=events_of(logs[logs["actor"].isin(actors)], who),
    )


def _spans(events: pd.DataFrame, taken: Mapping[str, str]) -> tuple[Span, ...]:
    """Return what each source covers."""
    timed = events[events["at"] != ""]
    ends = timed.groupby(timed["source"].astype(str))["at"].agg(["min", "max"])
    return tuple(
        Span(source.partition(":")[2], first, last, taken.get(source, ""))
        for source, first, last in ends.itertuples(name=None)
    )


def _vendors(tickets: Iterable[Event], who: WhoIsWho) -> dict[str, str]:
    """Return for which vendor people work: the one for which tickets say that they executed."""
    found: dict[str, set[str]] = {}
    for ticket in tickets:
        if vendor := ticket.text("vendor"):
            for each in ticket.texts("executors"):
                found.setdefault(who.node(each), set()).add(vendor)
    return {party: next(iter(names)) for party, names in found.items() if len(names) == 1}


def _ids(tickets: Sequence[Event]) -> dict[str, str]:
    """Return how each ticket is called: by its number, unless it speaks of several resets."""
    numbers = Counter(each.text("ticket") for each in tickets)
    return {
        each.id: each.text("ticket") if numbers[each.text("ticket")] == 1 else each.id
        for each in tickets
    }


def _judged(
    case: Case, known: Known, vendors: Mapping[str, str], ids: Mapping[str, str]
) -> ResetEvent:
    reset = _told(case, known, vendors, ids)
    return replace(reset, findings=tuple(findings(reset, case, known, vendors)))


def _told(
    case: Case, known: Known, vendors: Mapping[str, str], ids: Mapping[str, str]
) -> ResetEvent:
    reset = _by_log(case.act) if case.act else _by_ticket(case, known.who, ids)
    if case.ticket is not None:
        reset = _with_ticket(reset, case.ticket, known.who)
    used = _first_use(case.act, known) if case.act else None
    vendor = reset.vendor or next(
        (vendors[each] for each in reset.executors if each in vendors), ""
    )
    return replace(
        reset,
        vendor=vendor,
        first_use_at=used.at if used else "",
        first_use_ip=used.text("ip") if used else "",
    )


def _first_use(act: Act, known: Known) -> Event | None:
    """Return the first thing that the identity did after a reset, apart from the reset."""
    return known.history(act.identity).first_from(act.at, {each.id for each in act.events})


def _by_log(act: Act) -> ResetEvent:
    own = (act.identity,) if act.by_itself else ()
    return ResetEvent(
        id=act.main.id,
        identity=act.identity or UNKNOWN,
        method=act.method,
        channel=act.text("channel") or UNKNOWN,
        requester=own[0] if own else UNKNOWN,
        approvers=() if own else (UNKNOWN,),
        executors=act.executors or (UNKNOWN,),
        ticket=act.text("ticket"),
        tenant=act.text("tenant") or act.main.scope,
        executed_at=act.at,
        evidence=tuple(dict.fromkeys(each.evidence for each in act.events)),
    )


def _by_ticket(case: Case, who: WhoIsWho, ids: Mapping[str, str]) -> ResetEvent:
    ticket = case.ticket
    assert ticket is not None  # noqa: S101  a case has an act or a ticket
    return ResetEvent(
        id=ids[ticket.id],
        identity=who.node(ticket.target),
        method=ticket.text("method") or UNKNOWN,
        executed_at=ticket.text("executed_at"),
    )


def _with_ticket(reset: ResetEvent, ticket: Event, who: WhoIsWho) -> ResetEvent:
    """Return a reset with what its ticket adds; what the log says is not overruled."""
    executors = [who.node(each) for each in ticket.texts("executors")]
    known = [each for each in reset.executors if each != UNKNOWN]
    approvers = tuple(who.node(each) for each in ticket.texts("approvers"))
    asked = ticket.text("requester")
    return replace(
        reset,
        channel=ticket.text("channel") or reset.channel,
        proof=ticket.text("proof") or reset.proof,
        requester=who.node(asked) if asked else reset.requester,
        approvers=approvers or reset.approvers,
        executors=tuple(dict.fromkeys((*known, *executors))) or (UNKNOWN,),
        vendor=ticket.text("vendor"),
        ticket=ticket.text("ticket"),
        tenant=reset.tenant or ticket.text("tenant"),
        requested_at=ticket.text("requested_at"),
        approved_at=ticket.text("approved_at"),
        evidence=(*reset.evidence, ticket.evidence),
    )


def _names(found: Iterable[ResetEvent], told: Iterable[Event], who: WhoIsWho) -> dict[str, str]:
    """Return what the parties are called: by the graph, or else by the logs."""
    logged: dict[str, str] = {}
    for event in told:
        for party, name in (
            (event.actor, event.text("actor_name")),
            (event.target, event.text("target_name")),
        ):
            if party and name:
                logged.setdefault(party, name)
    parties = {
        party
        for each in found
        for party in (each.identity, each.requester, *each.approvers, *each.executors)
    }
    names = {each: who.name(each) or logged.get(each, "") or _bare(each) for each in parties}
    return {party: name for party, name in sorted(names.items()) if name}


def _bare(party: str) -> str:
    return party.removeprefix("upn:") if party.startswith("upn:") else ""


def _notes(known: Known, found: Sequence[ResetEvent]) -> Iterator[str]:
    if not known.tickets:
        yield "who asked and who approved, as no register of tickets is loaded"
    if not known.audits:
        yield "what was done, as no log of it is loaded"
    if found and not known.sign_ins:
        yield "who used what was reset, as no sign-ins are loaded"
