"""Answers in plain sentences: for a page, a ticket, or somebody reading aloud."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from idgraph.analysis.scenario import Scenario
from idgraph.catalogue import GUARD_KINDS

if TYPE_CHECKING:
    from idgraph.analysis.reach import Reach, Step, Target

CLASS_WORDS = {
    "privileged": ("privileged role or scope", "privileged roles and scopes"),
    "nhis": ("non-human identity", "non-human identities"),
    "secret_stores": ("secret store", "secret stores"),
    "data": ("data store", "data stores"),
}
"""The classes, most telling first, for one and for many."""

ASSUMPTIONS = {
    "app_instance_lock": "no app instance lock keeps credentials off the service principal",
    "app_home_tenant": "the application is registered in this tenant",
    "password_writeback": "password writeback is on for accounts that come from on premises",
    "restricted_management_unit": "the account is in no restricted management unit",
    "eligible_role_protection": "a role somebody is only eligible for does not protect the account",
    "tap_policy": "the account may use a Temporary Access Pass",
    "elevate_access_by_service_principal": "a service principal may elevate its access in Azure",
    "role_assignment_condition": "no condition narrows the right to assign roles",
    "shared_key_access": "the storage account accepts its keys",
    "secret_tag": "the secret still holds the credential that its tag names",
}
_GUARDS = {kind.name: kind.reads for kind in GUARD_KINDS}


def count(name: str, number: int) -> str:
    """Return how many there are of a class, in words: "1 secret store"."""
    one, many = CLASS_WORDS[name]
    return f"{number:,} {one if number == 1 else many}"


def scenario_words(scenario: Scenario) -> str:
    """Return what the attacker is taken to have."""
    takeover = (
        f"a {scenario.reset} reset"
        if scenario.reset
        else ("a full takeover: signed in as the identity, its own second factor passed")
    )
    more = f", passing {', '.join(sorted(scenario.passes))}" if scenario.passes else ""
    return takeover + more


def assumption_words(guard: str) -> str:
    """Return what is taken to be so where the export does not say."""
    fact = guard.partition(":")[2]
    return ASSUMPTIONS.get(fact, fact.replace("_", " "))


def guard_words(guard: str) -> str:
    """Return what the attacker must do about one guard."""
    kind, _, subject = guard.partition(":")
    return f"the attacker {_GUARDS.get(kind, kind)} ({subject})"


def headline(reach: Reach) -> str:
    """Return the answer in one sentence."""
    told = [count(name, len(reach.classes[name])) for name in CLASS_WORDS if reach.classes[name]]
    if not told:
        return (
            f"{reach.identity.name} reaches no non-human identity, privileged role, secret "
            "store or data store on what was loaded."
        )
    return f"{reach.identity.name} reaches {_listed(told)}{_unsure(reach.targets)}."


def _unsure(targets: Sequence[Target]) -> str:
    conditional = sum(each.verdict == "reached_if" for each in targets)
    unknown = sum(each.verdict == "cannot_tell" for each in targets)
    told = [f"{conditional:,} only under a condition"] * bool(conditional)
    told += [f"{unknown:,} cannot be told"] * bool(unknown)
    return f"; of these, {_listed(told)}" if told else ""


def explain_reach(reach: Reach) -> str:
    """Return the answer as a text: what, by which path, under which conditions, what is unseen."""
    parts = [headline(reach), f"Taken to have happened: {scenario_words(reach.scenario)}."]
    worst = most_telling(reach)
    if worst:
        parts.append(f"The most telling path, to {worst.name} ({verdict_words(worst)}):")
        parts += path_lines(worst.path)
    parts += _conditions(reach)
    if reach.assumes:
        parts.append(
            "Assumed, because the export does not say: "
            + "; ".join(map(assumption_words, reach.assumes))
            + "."
        )
    if reach.guards_cut:
        parts.append("Some sets of conditions were cut: a smaller one than shown may suffice.")
    if reach.provenance.missing:
        parts.append(
            f"Not seen: {len(reach.provenance.missing)} kinds of records; `coverage` lists them."
        )
    return "\n".join(parts)


def most_telling(reach: Reach) -> Target | None:
    """Return the target to show first: privileged before data before secrets before NHIs."""
    for name in ("privileged", "data", "secret_stores", "nhis"):
        if reach.classes[name]:
            return reach.classes[name][0]
    return None


def verdict_words(target: Target) -> str:
    """Return a verdict with what it hangs on."""
    if target.verdict == "reached_if":
        return f"reached if {_listed([guard_words(guard) for guard in target.guards])}"
    if target.verdict == "cannot_tell":
        return f"cannot tell: {_listed(list(target.blind_spots))} is not known"
    return "reached"


def path_lines(path: Iterable[Step]) -> list[str]:
    """Return a path as numbered sentences."""
    return [f"  {number}. {step.sentence}." for number, step in enumerate(path, 1)]


def _conditions(reach: Reach) -> list[str]:
    """Return one sentence for each set of guards, with how many targets hang on it."""
    hanging: dict[tuple[str, ...], int] = {}
    for target in reach.targets:
        if target.verdict == "reached_if":
            hanging[target.guards] = hanging.get(target.guards, 0) + 1
    return [
        f"{number:,} more only if {_listed([guard_words(guard) for guard in guards])}."
        for guards, number in sorted(hanging.items(), key=lambda each: (-each[1], each[0]))
    ]


def _listed(words: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))
