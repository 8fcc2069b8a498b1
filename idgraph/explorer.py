"""The object that `idgraph.open()` returns: every question is one call.

Nothing here decides anything: stores keep, rules derive, analysis answers, views show. The
explorer finds what a typed name means, hands each part to the next, and gives back an answer
that can also be viewed.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, time
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import pandas as pd

from idgraph.analysis.find import NameIndex, Role
from idgraph.analysis.path import Paths, paths
from idgraph.analysis.provenance import Provenance
from idgraph.analysis.reach import reach
from idgraph.analysis.scenario import Scenario
from idgraph.answers import Coverage, LoadAnswer, Loads, ReachAnswer
from idgraph.catalogue import EdgeKind
from idgraph.derive import CATALOGUE, RULES_VERSION
from idgraph.errors import InputError, StoreError
from idgraph.graph import TrustGraph
from idgraph.ownership.unowned import Unowned, unowned
from idgraph.records import Source
from idgraph.shipped import DEFAULT_STORE, STORE_VARIABLE, make_folder, shipped
from idgraph.snapshot import Coverage as Seen
from idgraph.stores import open_store
from idgraph.stores.protocol import Load, Store
from idgraph.views.of_reach import Owners

BATCH = 20_000  # records written at a time

EXAMPLE_IDENTITY = "ada.marlowe@northlight.example"
SAMPLE_SEEN_AT = "2026-11-02T06:00:00Z"
SAMPLE_FILES = (
    ("azurehound", "azurehound.json"),
    ("azure_keyvault", "keyvault-secrets.json"),
    ("owners_csv", "owners.csv"),
)

Progress = Callable[[int, int], None]


class Explorer:
    """Questions to one store. Names are found in any case, and every answer can be shown."""

    def __init__(self, store: Store, example_identity: str = "") -> None:
        self.store = store
        self.example_identity = example_identity  # of the sample company
        self._kept: tuple[tuple[int, str | None, str], _Asked] | None = None

    def __repr__(self) -> str:
        loads = self.store.loads()
        sources = sorted({str(each.source) for each in loads})
        return f"Explorer({self.store.url!r}: {len(loads)} loads of {', '.join(sources)})"

    def load(
        self,
        loader: str,
        *paths: str | Path,
        scope: str | None = None,
        observed_at: str | None = None,
        strict: bool = False,
        progress: Progress | None = None,
    ) -> LoadAnswer:
        """Load an export as one new moment of its source.

        Raises
        ------
        InputError
            The files cannot be understood, or `strict` and a record was rejected: nothing is
            stored.
        StaleLoadError
            The store holds a later moment of this source.
        """
        import loaders  # noqa: PLC0415  loaders are read by the top floor only

        reader, files = loaders.loader(loader), [Path(each) for each in paths]
        source = reader.identify(files, scope=scope)
        reading = reader.parse(files, scope=scope, progress=progress)
        moment = observed_at or reading.observed_at
        with self.store.begin(
            source or Source(loader=reader.name, scope=scope or ""),
            observed_at=moment or _newest(files),
            observed_is_guess=moment is None,
            files=reading.files,
        ) as writing:
            records = iter(reading)
            while batch := list(islice(records, BATCH)):
                writing.write(batch)
            counts = reading.counts
            if strict and counts.rejected:
                first = counts.rejected[0]
                raise InputError(
                    f"the load of {', '.join(reading.files)}",
                    f"has {len(counts.rejected):,} rejected records, the first because it "
                    f"{first.reason}",
                    place=first.place,
                    hint="Nothing was stored. Leave out --strict to load the rest.",
                )
            if reading.source != source:
                raise InputError(
                    f"the files {', '.join(reading.files)}",
                    "changed while they were read",
                    hint="Load them again.",
                )
            load = writing.commit()
        return LoadAnswer(
            load=load,
            accepted=counts.accepted,
            ignored=dict(counts.ignored),
            rejected=tuple((each.place, each.reason) for each in counts.rejected),
            values_dropped=counts.values_dropped,
        )

    def reach(
        self,
        identity: str,
        *,
        passes: Iterable[str] = (),
        as_of: str | None = None,
        profile: str = "strict",
    ) -> ReachAnswer:
        """Return the NHIs, privileged roles, secret stores and data that an identity reaches.

        Raises
        ------
        UnknownNameError, AmbiguousNameError
            Nothing, or more than one thing, is called so.
        """
        asked = self._asked(as_of, profile)
        found = reach(
            asked.graph,
            asked.find(identity, "identity"),
            scenario=Scenario(passes=frozenset(passes)),
            evidence=asked.evidence,
            provenance=asked.provenance,
        )
        owners = partial(self.owners, as_of=as_of)
        return ReachAnswer(found.walk, found.provenance, found.evidence, owners=owners)

    def path(
        self,
        identity: str,
        target: str,
        *,
        k: int = 3,
        passes: Iterable[str] = (),
        as_of: str | None = None,
        profile: str = "strict",
    ) -> Paths:
        """Return the best k paths from an identity to a target, each step explained.

        Raises
        ------
        UnknownNameError, AmbiguousNameError
            Nothing, or more than one thing, is called so.
        """
        asked = self._asked(as_of, profile)
        return paths(
            asked.graph,
            asked.find(identity, "identity"),
            asked.find(target, "target"),
            k,
            scenario=Scenario(passes=frozenset(passes)),
            evidence=asked.evidence,
            provenance=asked.provenance,
        )

    def unowned(self, *, as_of: str | None = None, kinds: Iterable[str] = ()) -> Unowned:
        """Return the nodes that ought to have a named owner and have no valid one."""
        moment = self._moment(as_of)
        return unowned(
            self.store.snapshot(moment),
            kinds=[_node_kind(name) for name in kinds],
            evidence=self._texts,
            provenance=self._provenance(moment, "strict"),
        )

    def owners(self, *, as_of: str | None = None) -> Owners:
        """Return who answers for nodes, as views show it."""
        answer = self.unowned(as_of=as_of)
        return Owners(
            unowned={
                each.id: ", ".join(dict.fromkeys(reason.code for reason in each.reasons))
                for each in answer.unowned
            }
        )

    def loads(self) -> Loads:
        """Return what was loaded, oldest first."""
        return Loads(self.store.loads())

    def coverage(self, *, as_of: str | None = None) -> Coverage:
        """Return what was seen of each source, and what was not."""
        snapshot = self.store.snapshot(self._moment(as_of))
        return Coverage(
            loaded=tuple(each for each in snapshot.coverage if each.complete),
            missing=tuple(each for each in snapshot.coverage if not each.complete),
            notes=tuple(note.text for note in snapshot.notes),
            conflicts=tuple(
                f"{each.node}: {each.field} is said to be {' and '.join(each.values)}; "
                f"{each.kept} is used"
                for each in snapshot.conflicts
            ),
        )

    def kinds(self, names: Iterable[str] = ()) -> pd.DataFrame:
        """Return what edge kinds mean: those named, or all that can be walked."""
        return pd.DataFrame([_kind_row(kind) for kind in _chosen_kinds(names)])

    def graph(self, *, as_of: str | None = None, profile: str = "strict") -> TrustGraph:
        """Return the trust graph of a moment under a profile."""
        return self._asked(as_of, profile).graph

    def _asked(self, as_of: str | None, profile: str) -> _Asked:
        """Return what a question needs; kept until the store holds a newer moment."""
        moment = self._moment(as_of)
        key = (self.store.head(moment), moment, profile)
        if self._kept is None or self._kept[0] != key:
            self._kept = (key, _Asked(self, key))
        return self._kept[1]

    def _moment(self, as_of: str | None) -> str | None:
        """Return a moment in UTC, the end of the day where only a day is given.

        Raises
        ------
        InputError
            It is not a time.
        StoreError
            The store holds nothing that was seen by then.
        """
        moment = _utc(as_of)
        if self.store.head(moment) == 0:
            loads = self.store.loads()
            subject = f"the store {self.store.url}"
            if not loads:
                raise StoreError(
                    subject, "is empty", hint="Load something: idgraph load azurehound FILE."
                )
            first = min(each.observed_at for each in loads)
            raise StoreError(
                subject,
                f"holds nothing that was seen by {moment}",
                hint=f"What it holds was first seen at {first}.",
            )
        return moment

    def _texts(self, rows: Sequence[int]) -> dict[int, tuple[str, ...]]:
        return {row: each.evidence for row, each in self.store.evidence(rows).items()}

    def _provenance(self, as_of: str | None, profile: str) -> Provenance:
        seen = self.store.coverage(as_of)
        loads = _of_the_moment(self.store.loads(), as_of)
        return Provenance(
            store=self.store.url,
            loads=tuple(each.number for each in loads),
            as_of=as_of or max((each.observed_at for each in loads), default=None),
            profile=profile,
            rules_version=RULES_VERSION,
            loaded=tuple(
                f"{each.record}: {each.count:,} of {each.source}" for each in seen if each.complete
            ),
            missing=tuple(_missing_words(each) for each in seen if not each.complete),
        )


class _Asked:
    """The graph of one moment and profile, with what a question about it needs."""

    def __init__(self, explorer: Explorer, key: tuple[int, str | None, str]) -> None:
        self._explorer = explorer
        self._head, self._as_of, self._profile = key
        store = explorer.store
        self.graph = store.graph(as_of=self._as_of, profile=self._profile)
        self._names = NameIndex.of(self.graph, store.aliases(self._as_of))
        self.provenance = explorer._provenance(self._as_of, self._profile)  # noqa: SLF001  its part

    def find(self, text: str, role: Role) -> int:
        """Return the position of what a text names."""
        return self._names.find(text, role=role)

    def evidence(self, edges: Sequence[int]) -> list[tuple[str, ...]]:
        """Return the evidence of edges, as texts.

        Raises
        ------
        StoreError
            The store has moved on since the graph was read.
        """
        store = self._explorer.store
        if store.head(self._as_of) != self._head:
            raise StoreError(
                f"the store {store.url}", "holds a newer load than this answer", hint="Ask again."
            )
        behind = store.rows_behind(edges, as_of=self._as_of, profile=self._profile)
        told = store.evidence(sorted({row for rows in behind.values() for row in rows}))
        texts = {row: each.evidence for row, each in told.items()}
        return [
            tuple(dict.fromkeys(text for row in behind[int(edge)] for text in texts.get(row, ())))
            for edge in edges
        ]


def open(  # noqa: A001  `idgraph.open` is the word
    url: str | Path | None = None, *, create: bool = False
) -> Explorer:
    """Return an explorer of a store, a `.duckdb` file: IDGRAPH_STORE or idgraph.duckdb by default.

    Raises
    ------
    StoreError
        There is no store there, and `create` was not asked for.
    """
    wanted = str(url or os.environ.get(STORE_VARIABLE) or DEFAULT_STORE)
    store = open_store(wanted)
    if not create:
        store.loads()  # says at once when there is nothing, or nothing that can be read
    return Explorer(store)


def sample(path: str | Path | None = None, *, progress: Progress | None = None) -> Explorer:
    """Return an explorer of the sample company, loaded afresh; by default into a temporary file."""
    folder = shipped("sample_data") / "northlight"
    target = Path(path) if path else Path(tempfile.mkdtemp(prefix="idgraph-")) / "northlight.duckdb"
    make_folder(target.parent)
    target.unlink(missing_ok=True)
    explorer = Explorer(open_store(str(target)), EXAMPLE_IDENTITY)
    for loader, name in SAMPLE_FILES:
        explorer.load(
            loader, folder / name, observed_at=SAMPLE_SEEN_AT, progress=progress, scope=None
        )
    return explorer


def loaders() -> list[tuple[str, str]]:
    """Return what can be loaded: the loader's name and what it reads."""
    import loaders as known  # noqa: PLC0415  loaders are read by the top floor only

    return [(each.name, each.reads) for each in known.LOADERS]


def explain_kinds(name: str | None = None) -> list[dict[str, Any]]:
    """Return what edge kinds mean: the one named, or all that can be walked."""
    return [_kind_row(kind) for kind in _chosen_kinds([name.upper()] if name else ())]


def _chosen_kinds(names: Iterable[str]) -> list[EdgeKind]:
    chosen = [CATALOGUE.edge(name) for name in sorted(names)]
    return chosen or [kind for kind in CATALOGUE.edge_kinds if kind.walkable]


def _kind_row(kind: EdgeKind) -> dict[str, Any]:
    return {
        "kind": kind.name,
        "reads": f"… {kind.reads} …",
        "flow": kind.flow.value,
        "allows": kind.allows,
        "verify": kind.verify,
        "remove": kind.remove,
        "logged": kind.logged,
        "controls": [
            f"{each.framework} {each.version} {each.id} {each.title}" for each in kind.controls
        ],
        "misses": kind.misses,
        "source": kind.source,
        "bloodhound": kind.bloodhound,
        "derived": kind.derived,
    }


def _utc(as_of: str | None) -> str | None:
    """Return a time as ISO 8601 in UTC, the end of the day where only a day is given."""
    if as_of is None:
        return None
    text = as_of.strip()
    try:
        day = date.fromisoformat(text)
    except ValueError:
        moment = _instant(text)
    else:
        moment = datetime.combine(day, time(23, 59, 59), UTC)
    return moment.isoformat().replace("+00:00", "Z")


def _instant(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise InputError(
            f"the moment {text!r}", "is not a time", hint="Write it as 2026-11-20T14:00Z."
        ) from None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _node_kind(name: str) -> str:
    """Return the name of a node kind, written in any case."""
    by_fold = {kind.name.casefold(): kind.name for kind in CATALOGUE.node_kinds}
    return CATALOGUE.node(by_fold.get(name.casefold(), name)).name


def _of_the_moment(loads: Iterable[Load], as_of: str | None) -> list[Load]:
    """Return the newest load of each source, of those seen at a moment."""
    newest = {
        each.source: each
        for each in loads
        if as_of is None or _instant(each.observed_at) <= _instant(as_of)
    }
    return sorted(newest.values(), key=lambda each: each.number)


def _missing_words(seen: Seen) -> str:
    part = f" ({seen.count:,} seen, not for certain all)" if seen.count else ""
    return seen.about or f"{seen.record}{part} of {seen.source}"


def _newest(paths: Iterable[str | Path]) -> str:
    """Return the time of the newest file, which stands in for when the platform was looked at."""
    times = [Path(each).stat().st_mtime for each in paths if Path(each).exists()]
    moment = datetime.fromtimestamp(max(times), UTC) if times else datetime.now(UTC)
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")
