"""Who could be phoned about a target, in words: the one request that opens it first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from idgraph.analysis import display
from idgraph.analysis.exposed.reset_paths import (
    APPLICATION,
    DESK,
    OWNER,
    ROLE_HOLDERS,
    SELF,
    USER,
    VENDOR,
)
from idgraph.analysis.scenario import Scenario
from idgraph.analysis.telling import not_loaded, tell_path, tell_verdict
from idgraph.analysis.unasked import tell_unasked
from idgraph.vocabulary.resets import proof_words

if TYPE_CHECKING:
    from idgraph.analysis.exposed import Exposed
    from idgraph.analysis.exposed.ways import Exposure, ResetWay

TOLD = 5  # identities of a way told in words
NAMED = 3  # executors named
UNKNOWN_WAY = "Nobody is known to carry out their resets; a full takeover is assumed"

_EXECUTORS = {
    ROLE_HOLDERS: "whoever holds the role {name}",
    APPLICATION: "the application {name}",
    OWNER: "the owner {name}",
    USER: "the user {name}",
    DESK: "the desk {name}",
    VENDOR: "the vendor {vendor} ({name})",
    SELF: "the person, by {name}",
}


def tell_exposed(answer: Exposed) -> str:
    """Return whose reset reaches a target, in words."""
    lines = [f"{answer.summary[:1].upper()}{answer.summary[1:]}.", *tell_unasked(answer.unasked)]
    lines += tell_call(answer)
    for way in answer.ways:
        lines += ["", f"{way_in_words(way)} ({display.count_of(way.total, *_IDENTITIES)}):"]
        for each in way.identities[:TOLD]:
            lines += _tell_exposure(each, answer.target.name)
        more = way.total - min(TOLD, len(way.identities))
        if more:
            lines.append(f"  … and {more:,} more, in to_frame().")
    return "\n".join(display.plain(each) for each in [*lines, "", not_loaded(answer.provenance)])


_IDENTITIES = ("identity", "identities")


def tell_call(answer: Exposed) -> Iterator[str]:
    """Yield which one request opens the target, and who may carry it out; nothing where none."""
    if answer.call is None:
        return
    way, each = answer.call
    yield (
        f"One request opens it: {each.name} ({each.id}) is reset by {who_in_words(way)} "
        f"({method_in_words(way.method)}); proof: {proof_words(way.proof)}; "
        f"{_approvals_in_words(way.approvals)}."
    )
    executors = executors_in_words(way, but=each.id)
    if executors:
        yield f"It may be carried out by {executors}."


def way_in_words(way: ResetWay) -> str:
    """Return a way to reset as a heading."""
    if not way.is_known:
        return UNKNOWN_WAY
    said = [f"{method_in_words(way.method)} by {who_in_words(way)}"]
    said += [f"asked for by {way.channel}"] * bool(way.channel)
    said.append(f"proof: {proof_words(way.proof)}")
    said.append(_approvals_in_words(way.approvals))
    itself = [each.name for each in way.executors] == [way.name]  # an owner, a user
    executors = "" if itself else executors_in_words(way)
    holders = {each.id for each in way.executors}
    shared = way.executor != SELF and any(each.id in holders for each in way.identities)
    alone = ", nobody on their own account" if shared else ""
    said += [f"carried out by {executors}{alone}"] * bool(executors)
    text = "; ".join(said)
    return f"{text[:1].upper()}{text[1:]}"


def method_in_words(name: str) -> str:
    """Return what is done in a reset, by the name of its method."""
    return Scenario(reset=name or None).method.words


def who_in_words(way: ResetWay) -> str:
    """Return who carries out the resets of a way."""
    form = _EXECUTORS.get(way.executor, "{name}")
    return form.format(name=way.name, vendor=way.vendor)


def executors_in_words(way: ResetWay, *, but: str = "") -> str:
    """Return the accounts and groups that can carry it out, `but` one, the first few by name."""
    names = [each.name for each in way.executors if each.id != but]
    more = len(names) - NAMED
    said = [*names[:NAMED], *([f"{more:,} more"] if more > 0 else [])]
    return display.listed(said)


def _approvals_in_words(approvals: int | None) -> str:
    if approvals is None:
        return "nobody says how many approve it"
    return (
        f"{display.count_of(approvals, 'approval')} needed" if approvals else "no approval needed"
    )


def _tell_exposure(each: Exposure, target: str) -> Iterator[str]:
    verdict = tell_verdict(target, each.verdict, each.hops, each.guards, each.blind_spots)
    yield f"  From {each.name} ({each.id}): {verdict}"
    yield from tell_path(each.path)
