"""What an edge rests on, in words: the method that a rule found it by, and where each fact stands.

A statement of a policy is named as AWS names it, by its policy and its Sid, beside its place.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from idgraph.derive.aws.methods import method_of
from idgraph.stores.protocol import Detail, Store


def edge_texts(store: Store, behind: Sequence[Sequence[int]]) -> list[tuple[str, ...]]:
    """Return the evidence of edges as texts, by the rows behind each, read in one request."""
    wanted = sorted({row for rows in behind for row in rows if row >= 0})
    told = {row: tuple(_words(each)) for row, each in store.evidence(wanted).items()}
    return [
        tuple(
            dict.fromkeys((*_methods(rows), *(text for row in rows for text in told.get(row, ()))))
        )
        for rows in behind
    ]


def _methods(rows: Iterable[int]) -> Iterable[str]:
    """Return the methods among rows, ahead of all places."""
    return (f"by {method}" for method in map(method_of, rows) if method is not None)


def _words(detail: Detail) -> Iterable[str]:
    policy = str(detail.properties.get("policy", ""))
    if not policy:
        return detail.evidence
    sid = str(detail.properties.get("sid", ""))
    named = f"{_policy_name(policy)}{f', Sid {sid}' if sid else ''}"
    return (f"{place} ({named})" for place in detail.evidence)


def _policy_name(policy: str) -> str:
    """Return what a policy is called, by its id: one that is not managed with its holder."""
    holder, mark, own = policy.rpartition("#")
    if not mark:
        return f"policy {policy.rpartition(':policy/')[2]}"
    kind, _, name = own.partition("/")
    of = holder.rpartition("/")[2].rpartition(":")[2]
    if kind == "trust":
        return f"trust policy of {of}"
    return f"policy {name} of {of}" if name else f"policy of {of}"
