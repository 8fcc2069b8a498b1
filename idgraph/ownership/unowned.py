"""Nodes that ought to have a named owner and have no valid one, with the reasons.

A registration and a service principal are judged separately, each by its own list. One valid
owner suffices. A node is undecided when data that was not loaded could still give it one. Service
principals of Microsoft's own applications, and roles that services of AWS made for themselves, are
nobody's here to own, and are left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from idgraph.analysis import display
from idgraph.analysis.provenance import UNKNOWN_ORIGIN, Provenance
from idgraph.graph import Bools
from idgraph.ownership.claims import DIRECTORY_OWNER, Claims, Code, Judge, claims
from idgraph.snapshot import Snapshot

if TYPE_CHECKING:
    import pandas as pd

RowEvidence = Callable[[Sequence[int]], Mapping[int, tuple[str, ...]]]

MICROSOFT = frozenset(
    ("f8cdef31-a31e-4b4a-93e4-5f571e91255a", "72f988bf-86f1-41af-91ab-2d7cd011db47")
)
MOST_TOLD = 20

_OWN_LIST = "owner_list_read"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why one claim does not count, or why there is none; evidence as the store has it."""

    code: Code
    claim: str
    evidence: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the reason as `--json` prints it."""
        return {"code": self.code.value, "claim": self.claim, "evidence": list(self.evidence)}


@dataclass(frozen=True, slots=True)
class Ownerless:
    """A node without a valid owner, or one of which that cannot be decided."""

    id: str
    kind: str
    name: str
    reasons: tuple[Reason, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the node as `--json` prints it."""
        return {
            "id": self.id,
            "kind": self.kind,
            "name": self.name,
            "reasons": [each.to_json() for each in self.reasons],
        }


@dataclass(frozen=True, eq=False, repr=False)
class Unowned:
    """The answer to "who has no valid owner?", sorted by kind and id."""

    unowned: tuple[Ownerless, ...]
    undecided: tuple[Ownerless, ...]
    provenance: Provenance = UNKNOWN_ORIGIN

    def __len__(self) -> int:
        return len(self.unowned)

    @cached_property
    def counts(self) -> dict[str, int]:
        """The number of nodes, unowned or undecided, that each reason is given for."""
        found = Counter(
            code
            for each in (*self.unowned, *self.undecided)
            for code in {reason.code.value for reason in each.reasons}
        )
        return {code.value: found[code.value] for code in Code if found[code.value]}

    @property
    def summary(self) -> str:
        """The answer in a line."""
        said = display.count_of(len(self.unowned), "node has", "nodes have")
        return f"{said} no valid owner, {len(self.undecided):,} cannot be decided"

    def __repr__(self) -> str:
        return display.plain(f"Unowned({self.summary})")

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        rows = list(self._rows())
        return display.mimebundle(self.summary, _COLUMNS, rows[: display.ROWS_SHOWN], len(rows))

    def _rows(self) -> Iterator[tuple[Any, ...]]:
        for verdict, some in (("unowned", self.unowned), ("undecided", self.undecided)):
            for each in some:
                for reason in each.reasons:
                    yield (
                        verdict,
                        each.kind,
                        each.id,
                        each.name,
                        reason.code.value,
                        reason.claim,
                        reason.evidence,
                    )

    def to_frame(self) -> pd.DataFrame:
        """Return a row for each reason of each node."""
        import pandas as pd

        return pd.DataFrame(list(self._rows()), columns=_COLUMNS)

    def to_json(self) -> dict[str, Any]:
        """Return the answer as `idgraph unowned --json` prints it."""
        return {
            "unowned": [each.to_json() for each in self.unowned],
            "undecided": [each.to_json() for each in self.undecided],
        }

    def explain(self) -> str:
        """Return the answer in plain sentences."""
        lines = [f"{self.summary}."]
        for head, some in (("No valid owner", self.unowned), ("Undecided", self.undecided)):
            if some:
                lines += ["", f"{head} ({len(some):,}):"]
                lines += [f"  {_told(each)}" for each in some[:MOST_TOLD]]
            if len(some) > MOST_TOLD:
                lines.append(f"  … and {len(some) - MOST_TOLD:,} more, in to_frame().")
        if self.provenance.missing:
            lines += ["", f"Not loaded: {'; '.join(self.provenance.missing)}."]
        return "\n".join(display.plain(each) for each in lines)


_COLUMNS = ["verdict", "kind", "id", "name", "code", "claim", "evidence"]


def _told(node: Ownerless) -> str:
    said = [
        f"its {reason.claim} {reason.code.reads}" if reason.claim else f"it {reason.code.reads}"
        for reason in node.reasons
    ]
    return f"{node.name} ({node.kind}): {'; '.join(said)}."


def unowned(
    snapshot: Snapshot,
    *,
    evidence: RowEvidence | None = None,
    provenance: Provenance = UNKNOWN_ORIGIN,
    kinds: Iterable[str] = (),
) -> Unowned:
    """Return the nodes that want an owner and have no valid one, of some kinds or of all.

    `evidence` returns the evidence texts of store rows, by row; it is called once.
    """
    stated = claims(snapshot)
    judge = Judge(stated)
    found = _Found(stated, judge, _wanting(snapshot, tuple(kinds)))
    told = _Telling(stated, found, evidence)
    sure = [node for node, codes in found.codes.items() if not _any_undecided(codes)]
    unsure = [node for node, codes in found.codes.items() if _any_undecided(codes)]
    return Unowned(told.tell(sure), told.tell(unsure), provenance)


def _any_undecided(codes: list[tuple[Code, int]]) -> bool:
    return any(code.undecided for code, _ in codes)


class _Found:
    """For each node without a valid owner: its codes, each with a claim or -1."""

    def __init__(self, stated: Claims, judge: Judge, wanting: Bools) -> None:
        self.snapshot = stated.snapshot
        self.codes: dict[int, list[tuple[Code, int]]] = {}
        for node, mine in judge.by_node():
            if wanting[node]:
                self.codes[node] = [(judge.code(at), at) for at in mine]
                self._add_unread(node, stated, mine)
        claimed = np.zeros(self.snapshot.n, bool)
        claimed[stated.node] = True
        for node in np.flatnonzero(wanting & ~claimed).tolist():
            code = Code.NO_OWNER if self._collected[node] else Code.OWNER_DATA_NOT_LOADED
            self.codes[node] = [(code, -1)]

    def _add_unread(self, node: int, stated: Claims, mine: Sequence[int]) -> None:
        """Say when the node's own list, which might name a valid owner, was not read."""
        listed = any(stated.claim[at] == DIRECTORY_OWNER for at in mine)
        if not listed and not self._collected[node]:
            self.codes[node].append((Code.OWNER_DATA_NOT_LOADED, -1))

    @cached_property
    def _collected(self) -> Bools:
        """Whether all that is said about a node's owner was collected.

        Where a kind has a list of owners, that list was read; elsewhere the record was.
        """
        kinds = self.snapshot.catalogue.node_kinds
        listing = np.array([_OWN_LIST in kind.properties for kind in kinds], bool)
        read = self.snapshot.true(_OWN_LIST) | ~listing[self.snapshot.kinds]
        collected: Bools = read & ~self.snapshot.stub
        return collected


def _wanting(snapshot: Snapshot, of_kinds: Sequence[str]) -> Bools:
    kinds = np.array([kind.wants_owner for kind in snapshot.catalogue.node_kinds], bool)
    home = snapshot.value("app_owner_organization_id")
    microsoft = np.array([str(each or "").casefold() in MICROSOFT for each in home], bool)
    by_a_service = snapshot.true("service_linked")
    wanting: Bools = kinds[snapshot.kinds] & ~microsoft & ~by_a_service
    return wanting & snapshot.is_kind(*of_kinds) if of_kinds else wanting


class _Telling:
    """Turns codes into reasons; evidence is fetched once, for all of them."""

    def __init__(self, stated: Claims, found: _Found, evidence: RowEvidence | None) -> None:
        self.claims = stated
        self.snapshot = stated.snapshot
        self.codes = found.codes
        rows = sorted(
            {self._row(node, at) for node, codes in self.codes.items() for _, at in codes} - {-1}
        )
        self.texts = evidence(rows) if evidence is not None and rows else {}

    def _row(self, node: int, at: int) -> int:
        return self.claims.row[at] if at >= 0 else int(self.snapshot.node_row[node])

    def tell(self, nodes: Sequence[int]) -> tuple[Ownerless, ...]:
        """Return the rows of some nodes, by kind and id."""
        told = (self._node(node) for node in nodes)
        return tuple(sorted(told, key=lambda each: (each.kind, each.id)))

    def _node(self, node: int) -> Ownerless:
        snapshot = self.snapshot
        kind = snapshot.catalogue.node_kinds[snapshot.kinds[node]].name
        reasons = {self._reason(node, code, at) for code, at in self.codes[node]}
        ordered = sorted(reasons, key=lambda each: (each.code.value, each.claim, each.evidence))
        return Ownerless(str(snapshot.ids[node]), kind, str(snapshot.names[node]), tuple(ordered))

    def _reason(self, node: int, code: Code, at: int) -> Reason:
        texts = self.texts.get(self._row(node, at), ())
        said = f"{self.claims.claim[at]}: {self.claims.text[at]}" if at >= 0 else ""
        return Reason(code, said, texts)
