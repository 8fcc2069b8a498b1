"""The object that `idgraph.open()` returns: every question is one call.

Nothing here decides anything: stores keep, rules derive, analysis answers, views show. The
explorer finds what a typed name means, hands each part to the next, and gives back an answer
that can also be viewed.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from idgraph.analysis import engine as engines
from idgraph.analysis.changes import Changes
from idgraph.analysis.changes.found import changes
from idgraph.analysis.changes.marks import Marks
from idgraph.analysis.diff import Compared, Diff
from idgraph.analysis.diff.of_reach import ReachDiff, reach_diff
from idgraph.analysis.engine import Part
from idgraph.analysis.evidence import edge_texts
from idgraph.analysis.exposed import Exposed, exposed
from idgraph.analysis.exposed.reset_paths import ResetPaths
from idgraph.analysis.find import NameIndex, Role
from idgraph.analysis.methods import METHODS
from idgraph.analysis.path import Paths, paths
from idgraph.analysis.provenance import Provenance
from idgraph.analysis.rank import ORDER, Rank, rank
from idgraph.analysis.reach import Identity, Reach, reach
from idgraph.analysis.resets import ResetEvent, Resets, resets
from idgraph.analysis.resets.event_log import WhoIsWho, events_of
from idgraph.analysis.scenario import Scenario
from idgraph.analysis.survivors import Question, survivors
from idgraph.analysis.survivors.asking import actions_named, missing_reset
from idgraph.analysis.survivors.clock import Kill
from idgraph.analysis.survivors.taken import logged_kinds, taken
from idgraph.analysis.window import Window, moment_of, window_of
from idgraph.answers import Coverage, LoadAnswer, Loads, ReachAnswer, SurvivorsAnswer
from idgraph.catalogue import EdgeKind
from idgraph.derive import CATALOGUE, RULES_VERSION
from idgraph.errors import InputError, StoreError, UnknownNameError
from idgraph.graph import TrustGraph
from idgraph.ownership.unowned import Unowned, unowned
from idgraph.records import Source
from idgraph.shipped import DEFAULT_STORE, STORE_VARIABLE, make_folder, shipped
from idgraph.snapshot import Coverage as Seen
from idgraph.stores import open_store
from idgraph.stores.protocol import AnswersCypher, Load, Store
from idgraph.views.of_reach import Owners

if TYPE_CHECKING:
    from loaders import Reading, Share

BATCH = 20_000  # records written at a time
_DIGITS_OF_DAY = 8  # 20261120 is a day, a shorter number that of a load

EXAMPLE_IDENTITY = "ada.marlowe@northlight.example"
SAMPLE_SEEN_AT = "2026-11-02T06:00:00Z"  # after the incident
SAMPLE_SEEN_BEFORE = "2026-10-26T06:00:00Z"


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleFile:
    """A file of the sample company, or a folder: what reads it, when the platform was looked at."""

    loader: str
    name: str
    seen_at: str = SAMPLE_SEEN_AT
    scope: str | None = None


SAMPLE_FILES = (
    SampleFile(loader="azurehound", name="azurehound-before.json", seen_at=SAMPLE_SEEN_BEFORE),
    SampleFile(loader="azure_keyvault", name="keyvault-secrets.json", seen_at=SAMPLE_SEEN_BEFORE),
    SampleFile(loader="owners_csv", name="owners.csv", seen_at=SAMPLE_SEEN_BEFORE),
    SampleFile(loader="reset_register", name="resets.csv", seen_at=SAMPLE_SEEN_BEFORE),
    SampleFile(loader="azurehound", name="azurehound.json"),
    SampleFile(loader="tickets_csv", name="tickets.csv"),
    SampleFile(loader="entra_audit", name="directory-audits.json"),
    SampleFile(loader="entra_signins", name="sign-ins.json"),
    SampleFile(loader="aws_iam", name="aws", seen_at=SAMPLE_SEEN_BEFORE),  # several accounts
)
"""In the order in which they are loaded: a source's earlier moment first, and AWS last, because its
rules then run in the fewest loads."""

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
        """Load an export as one new moment of its source; of several sources, as one of each.

        Raises
        ------
        InputError
            The files cannot be understood, or `strict` and a record was rejected: nothing is
            stored.
        StaleLoadError
            The store holds a later moment of this source; what was loaded of others stays.
        """
        import loaders  # noqa: PLC0415  loaders are read by the top floor only

        reader, files = loaders.loader(loader), [Path(each) for each in paths]
        shares = reader.shares(files, scope=scope)
        if strict and len(shares) > 1:  # a load is stored before the next one is read
            for share in shares:
                _refuse_rejected(_read_through(share.read(None)))
        return LoadAnswer.of(
            self._load(
                share,
                share.source or Source(loader=reader.name, scope=scope or ""),
                observed_at,
                strict=strict,
                is_log=reader.is_log,
                progress=progress,
            )
            for share in shares
        )

    def _load(
        self,
        share: Share,
        source: Source,
        observed_at: str | None,
        *,
        strict: bool,
        is_log: bool,
        progress: Progress | None,
    ) -> LoadAnswer:
        reading = share.read(progress)
        moment = observed_at or reading.observed_at
        with self.store.begin(
            source,
            observed_at=moment or self._guessed(source, _newest(share.paths), is_log=is_log),
            observed_is_guess=moment is None,
            files=reading.files,
        ) as writing:
            records = iter(reading)
            while batch := list(islice(records, BATCH)):
                writing.write(batch)
            counts = reading.counts
            if strict:
                _refuse_rejected(reading)
            if reading.source != share.source:
                raise InputError(
                    f"the files {', '.join(reading.files)}",
                    "changed while they were read",
                    hint="Load them again.",
                )
            load = writing.commit()
        return LoadAnswer(
            loads=(load,),
            accepted=counts.accepted,
            ignored=dict(counts.ignored),
            rejected=tuple((each.place, each.reason) for each in counts.rejected),
            values_dropped=counts.values_dropped,
        )

    def _guessed(self, source: Source | None, moment: str, *, is_log: bool) -> str:
        """Return a guess of when files were taken: of a log not before what is known of it.

        An older part of a log adds to what is there, so its file's time is no reason to refuse it.
        """
        known: list[str] = []
        with suppress(StoreError):  # a store to be made holds nothing
            known += [each.observed_at for each in self.store.loads() if each.source == source]
        return max([moment, *known], key=_instant) if is_log else moment

    def reach(
        self,
        identity: str | None = None,
        *,
        reset: str | None = None,
        reset_event: str | None = None,
        passes: Iterable[str] = (),
        as_of: str | None = None,
        profile: str = "strict",
        engine: str | None = None,
        window: Window | str | None = None,
    ) -> ReachAnswer:
        """Return the NHIs, privileged roles, secret stores and data that an identity reaches.

        `reset` is a reset method by name, a full takeover if left out; `reset_event` is a reset
        that a log or ticket holds, which says whom and how.
        `window` marks the steps that were added inside it; the graph is read for it.
        `engine` is `memory` (the whole graph is read), `server` (the store is walked level by
        level) or, if left out, chosen by the size of the graph; the answer is the same.

        Raises
        ------
        UnknownNameError, AmbiguousNameError
            Nothing, or more than one thing, is called so.
        InputError
            The window cannot be understood, or is asked for of the engine `server`; or nothing
            says from whom to start.
        """
        known = None if reset_event is None else self.resets(as_of=as_of)
        event = None if known is None else known.find(str(reset_event))
        if event is not None:
            identity, reset = _told_by(event, identity, reset)
            reset = reset if reset in METHODS else None
        if identity is None:
            raise missing_reset(None)
        marks = self._marks(window, as_of=as_of, profile=profile, engine=engine)
        engine = engine if marks is None else engines.MEMORY
        asked = self._asked_from(identity, (), as_of=as_of, profile=profile, engine=engine)
        start = asked.find(identity, "identity")
        _check_told(event, asked.graph, start, known)
        found = reach(
            asked.graph,
            start,
            scenario=Scenario(reset, frozenset(passes)),
            evidence=asked.evidence,
            provenance=asked.provenance,
        )
        owners = partial(self.owners, as_of=as_of)
        return ReachAnswer(
            found.walk,
            found.provenance,
            found.evidence,
            marks,
            owners=owners,
            event=event,
            started=known.sentence(event) if known and event else "",
        )

    def _marks(
        self, window: Window | str | None, *, as_of: str | None, profile: str, engine: str | None
    ) -> Marks | None:
        """Return what was added inside a window, None when none was asked for."""
        asked = window_of(window)
        if asked is None:
            return None
        if engine == engines.SERVER:
            raise InputError(
                f"the window {asked}",
                f"cannot be marked by the engine {engines.SERVER}",
                hint=f"Choose the engine {engines.MEMORY}.",
            )
        moment = self._moment(as_of)
        return Marks.of(self.store, asked, as_of=moment, profile=profile)

    def path(
        self,
        identity: str,
        target: str,
        *,
        k: int = 3,
        reset: str | None = None,
        passes: Iterable[str] = (),
        as_of: str | None = None,
        profile: str = "strict",
        engine: str | None = None,
    ) -> Paths:
        """Return the best k paths from an identity to a target, each step explained.

        `reset` and `engine` are as for `reach`.

        Raises
        ------
        UnknownNameError, AmbiguousNameError
            Nothing, or more than one thing, is called so.
        """
        asked = self._asked_from(identity, (target,), as_of=as_of, profile=profile, engine=engine)
        return paths(
            asked.graph,
            asked.find(identity, "identity"),
            asked.find(target, "target"),
            k,
            scenario=Scenario(reset, frozenset(passes)),
            evidence=asked.evidence,
            provenance=asked.provenance,
        )

    def exposed(
        self,
        target: str,
        *,
        passes: Iterable[str] = (),
        nhis: bool = False,
        limit: int | None = None,
        as_of: str | None = None,
        profile: str = "strict",
    ) -> Exposed:
        """Return whose reset reaches a target, by the way to reset them, weakest proof first.

        `nhis` asks about non-human identities, too; `limit` is the number listed for each way.

        Raises
        ------
        UnknownNameError, AmbiguousNameError
            Nothing, or more than one thing, is called so.
        """
        asked = self._asked(as_of, profile)
        moment = self._moment(as_of)
        return exposed(
            asked.graph,
            asked.find(target, "target"),
            ways=ResetPaths(asked.graph, self.store.snapshot(moment)).into,
            passes=frozenset(passes),
            nhis=nhis,
            limit=limit,
            evidence=asked.evidence,
            provenance=asked.provenance,
        )

    def rank(
        self,
        *,
        classes: Iterable[str] = ORDER,
        reset: str | None = None,
        passes: Iterable[str] = (),
        nhis: bool = False,
        limit: int | None = None,
        as_of: str | None = None,
        profile: str = "strict",
    ) -> Rank:
        """Return every identity by what its reset opens, the worst first.

        `classes` are those that count, the weightiest first; `nhis` ranks non-human identities,
        too; `limit` is the number listed, while all are ranked.

        Raises
        ------
        UnknownNameError
            There is no such class or reset method.
        InputError
            The reset method makes no sense on any identity.
        """
        asked = self._asked(as_of, profile)
        return rank(
            asked.graph,
            Scenario(reset, frozenset(passes)),
            classes=tuple(classes),
            nhis=nhis,
            limit=limit,
            provenance=asked.provenance,
        )

    def resets(
        self,
        *,
        window: Window | str | None = None,
        identity: str | None = None,
        as_of: str | None = None,
    ) -> Resets:
        """Return the resets that logs and tickets tell of, each with what is wrong with it.

        An identity that no directory knows is found by its id or name in the logs.

        Raises
        ------
        UnknownNameError, AmbiguousNameError
            Neither a directory nor a log knows the identity, or it names more than one thing.
        InputError
            The window cannot be understood.
        """
        asked = self._asked(as_of, "strict")
        moment = self._moment(as_of)
        found = resets(
            self.store.events(moment),
            who=WhoIsWho(asked.graph, self.store.aliases(moment)),
            taken={
                str(each.source): each.observed_at
                for each in _of_the_moment(self.store.loads(), moment)
            },
            provenance=asked.provenance,
        ).where(window=window)
        if identity is None:
            return found
        try:
            wanted = str(asked.graph.ids[asked.find(identity, "identity")])
        except UnknownNameError:
            logged = found.where(identity=identity)
            if not logged:
                raise
            return logged
        return found.where(identity=wanted)

    def survivors(
        self,
        identity: str | None = None,
        reset: str | None = None,
        *,
        reset_event: str | None = None,
        at: str | None = None,
        killed: Iterable[str] = (),
        variant: str | None = None,
        now: str | None = None,
        as_of: str | None = None,
    ) -> SurvivorsAnswer:
        """Return what outlives the reset of an identity, until when, and what ends it.

        `reset` is a method, or `reset_event` a reset that a log or ticket holds, which says whom,
        how and when. `at` is the moment of the reset, `now` that from which further actions are
        counted: the present by default; a day alone is its end. `killed` are actions already
        taken: `revoke_sessions`, or with its moment `revoke_sessions=2026-11-02T15:00Z`. Actions
        that a loaded log shows are counted, too.

        Raises
        ------
        UnknownNameError, AmbiguousNameError
            Nothing, or more than one thing, is called so; there is no such method or action.
        InputError
            The method makes no sense here, or a moment is none or before the reset.
        """
        known = None if reset_event is None else self.resets(as_of=as_of)
        event = None
        if known is not None and reset_event is not None:
            event = known.find(reset_event)
            identity, reset = _told_by(event, identity, reset)
            at = at or event.at
        if identity is None or reset is None:
            raise missing_reset(identity)
        asked = self._asked(as_of, "strict")
        start, moment = asked.find(identity, "identity"), self._moment(as_of)
        _check_told(event, asked.graph, start, known)
        present = _instant(_utc(now) or datetime.now(UTC).isoformat(timespec="seconds"))
        when = _instant(_utc(at) or present.isoformat())
        question = Question(
            reset=reset,
            at=when,
            now=present,
            variant=variant,
            killed=actions_named(killed, max(present, when), _moment_named),
            logged=self._logged_actions(asked.graph, start, when, moment),
            seen_at=self._seen_at(moment),
        )
        found = survivors(
            asked.graph, self.store.snapshot(moment), start, question, asked.provenance
        )
        return SurvivorsAnswer(
            identity=found.identity,
            change=found.change,
            rows=found.rows,
            clock=found.clock,
            notes=found.notes,
            provenance=found.provenance,
        )

    def _logged_actions(
        self, graph: TrustGraph, start: int, at: datetime, as_of: str | None
    ) -> tuple[Kill, ...]:
        frame = self.store.events(as_of)
        frame = frame[frame["kind"].isin(sorted(logged_kinds()))]
        events = events_of(frame, WhoIsWho(graph, self.store.aliases(as_of)))
        platform = graph.catalogue.node_kinds[int(graph.kinds[start])].platform
        return taken(events, str(graph.ids[start]), platform, at)

    def _seen_at(self, as_of: str | None) -> datetime:
        """Return the oldest moment that an answer about the present rests on."""
        return min(_instant(each.observed_at) for each in _of_the_moment(self.store.loads(), as_of))

    def changes(self, window: Window | str, *, identity: str | None = None) -> Changes:
        """Return what was granted, created, added, changed or removed inside a window.

        Raises
        ------
        InputError
            The window cannot be understood.
        UnknownNameError, AmbiguousNameError
            Nothing, or more than one thing, is called like the identity.
        """
        asked = self._asked(None, "strict")
        found = changes(self.store, window_of(window) or Window(), provenance=asked.provenance)
        if identity is None:
            return found
        try:
            at = asked.find(identity, "identity")
        except UnknownNameError:
            gone = found.named(identity)  # an account that was made and deleted since
            if gone is None:
                raise
            return found.about(gone)
        graph = asked.graph
        return found.about(Identity(str(graph.ids[at]), graph.kind_name(at), str(graph.names[at])))

    def diff(self, before: str, after: str | None = None, *, profile: str = "strict") -> Diff:
        """Return what is different between two moments, each a time or the number of a load.

        `after` is now where it is left out.

        Raises
        ------
        InputError, UnknownNameError, StoreError
            A moment is not a time, no load has this number, or nothing was seen by then.
        """
        then, now = self._moments(before, after)
        compared = Compared.of(self.store, then, now, profile)
        return compared.diff(self._provenance(now, profile))

    def diff_reach(
        self,
        identity: str,
        before: str,
        after: str | None = None,
        *,
        reset: str | None = None,
        passes: Iterable[str] = (),
        profile: str = "strict",
    ) -> ReachDiff:
        """Return what an identity reaches at one moment and not at another, and why.

        Raises
        ------
        UnknownNameError, AmbiguousNameError
            At neither moment is anything called so, or more than one thing is.
        InputError, StoreError
            A moment is not a time, or nothing was seen by then.
        """
        moments = self._moments(before, after)
        compared = Compared.of(self.store, *moments, profile)
        scenario = Scenario(reset=reset, passes=frozenset(passes))
        wanted = self._identity_at(identity, moments, compared)
        answers = [
            self._reach_at(wanted, side, compared, scenario, self._provenance(at, profile))
            for side, at in enumerate(moments)
        ]
        return reach_diff(answers[0], answers[1], compared, compared.diff())

    def _moments(self, before: str, after: str | None) -> tuple[str | None, str | None]:
        """Return two moments; two loads that were seen at the same one cannot be compared.

        Raises
        ------
        InputError
            They are two loads of one moment.
        """
        then, now = self._named_moment(before), self._named_moment(after)
        if then == now and after is not None and before.strip() != after.strip():
            raise InputError(
                f"the moments {before} and {after}",
                f"are one: both were seen at {then}",
                hint="A load's number stands for the moment that it was seen; `idgraph loads` "
                "lists them.",
            )
        return then, now

    def _identity_at(
        self, text: str, moments: tuple[str | None, str | None], compared: Compared
    ) -> str:
        """Return the id of what a text means at the later of two moments, or else the earlier."""
        for side in (1, 0):
            graph = compared.projections[side].graph
            names = NameIndex.of(graph, self.store.aliases(moments[side]))
            try:
                return str(graph.ids[names.find(text, role="identity")])
            except UnknownNameError:
                if side == 0:
                    raise
        raise AssertionError  # pragma: no cover  one of the two returned or raised

    def _reach_at(
        self,
        node: str,
        side: int,
        compared: Compared,
        scenario: Scenario,
        provenance: Provenance,
    ) -> Reach | None:
        graph = compared.projections[side].graph
        if node not in graph.ids:
            return None
        evidence = compared.evidence(side)
        return reach(graph, node, scenario, evidence=evidence, provenance=provenance)

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

    def cypher(self, name: str, /, **parameters: str | int) -> pd.DataFrame:
        """Return the answer to a named Cypher query; `idgraph cypher` lists them.

        Raises
        ------
        UnknownNameError
            There is no such query.
        InputError
            A parameter is missing, not known, or not of its type.
        StoreError
            The store is not kept in Neo4j.
        """
        if not isinstance(self.store, AnswersCypher):
            raise StoreError(
                f"the store {self.store.url}",
                "is not kept in Neo4j, and only Neo4j answers Cypher",
                hint="Load into Neo4j: idgraph load … --store neo4j://HOST.",
            )
        return self.store.cypher(name, parameters)

    def graph(self, *, as_of: str | None = None, profile: str = "strict") -> TrustGraph:
        """Return the trust graph of a moment under a profile."""
        return self._asked(as_of, profile).graph

    def _asked_from(
        self,
        identity: str,
        targets: Iterable[str],
        *,
        as_of: str | None,
        profile: str,
        engine: str | None,
    ) -> _Asked | Part:
        """Return what a question about an identity needs: the whole graph, or its part of it."""
        self._moment(as_of)
        if engines.chosen(self.store, engine, as_of=as_of, profile=profile) == engines.MEMORY:
            return self._asked(as_of, profile)
        return Part(self.store, identity, targets, self._provenance(None, profile))

    def _asked(self, as_of: str | None, profile: str) -> _Asked:
        """Return what a question needs; kept until the store holds a newer moment."""
        moment = self._moment(as_of)
        key = (self.store.head(moment), moment, profile)
        if self._kept is None or self._kept[0] != key:
            self._kept = (key, _Asked(self, key))
        return self._kept[1]

    def _named_moment(self, text: str | None) -> str | None:
        """Return a moment in UTC from a time, a day or the number of a load.

        Raises
        ------
        UnknownNameError
            No load has this number.
        """
        if text is None or not text.strip().isdecimal() or len(text.strip()) >= _DIGITS_OF_DAY:
            return self._moment(text)
        numbers = {each.number: each.observed_at for each in self.store.loads()}
        if int(text) not in numbers:
            raise UnknownNameError(
                f"load {text.strip()}", "does not exist", hint="idgraph loads lists them."
            )
        return self._moment(numbers[int(text)])

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
            coverage=seen,
            never_loaded=_never_loaded(loads),
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
        return edge_texts(store, [behind[int(edge)] for edge in edges])


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
    target = Path(path) if path else Path(tempfile.mkdtemp(prefix="idgraph-")) / "northlight.duckdb"
    make_folder(target.parent)
    target.unlink(missing_ok=True)
    explorer = Explorer(open_store(str(target)), EXAMPLE_IDENTITY)
    load_sample(explorer, progress=progress)
    return explorer


def load_sample(explorer: Explorer, *, progress: Progress | None = None) -> None:
    """Load the sample company, both moments of it, into the explorer's store."""
    folder = shipped("sample_data") / "northlight"
    for each in SAMPLE_FILES:
        explorer.load(
            each.loader,
            folder / each.name,
            scope=each.scope,
            observed_at=each.seen_at,
            progress=progress,
        )


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


_WHOSE_IS_OPEN = frozenset({"UNKNOWN_IDENTITY", "IDENTITY_NOT_IN_GRAPH"})


def _told_by(event: ResetEvent, identity: str | None, reset: str | None) -> tuple[str, str | None]:
    """Return whom a question about a reset is about, and by which method.

    Raises
    ------
    InputError
        It does not say whose it was, no graph source knows them, or it was of another method.
    """
    subject = f"the reset {event.id}"
    if reset is not None and event.method in METHODS and reset != event.method:
        raise InputError(
            subject, f"was {event.method}, not {reset}", hint="Leave one of the two out."
        )
    if identity is None and not _WHOSE_IS_OPEN.isdisjoint(event.codes):
        raise InputError(
            subject,
            "does not say whose it was"
            if "UNKNOWN_IDENTITY" in event.codes
            else "is of an account that no loaded directory knows",
            hint="Name the identity as well, if you know whose it was.",
        )
    return identity or event.identity, reset or event.method


def _check_told(
    event: ResetEvent | None, graph: TrustGraph, start: int, known: Resets | None
) -> None:
    """Refuse an identity that is not the one that was reset.

    Raises
    ------
    InputError
        The reset was of another identity.
    """
    if event is None or known is None or not _WHOSE_IS_OPEN.isdisjoint(event.codes):
        return
    if str(graph.ids[start]) != event.identity:
        raise InputError(
            f"the reset {event.id}",
            f"was of {known.name(event.identity)}, not of {graph.names[start]}",
            hint="Leave one of the two out.",
        )


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


def _moment_named(text: str) -> datetime:
    return _instant(_utc(text) or text)


def _instant(text: str) -> datetime:
    moment = moment_of(text)
    if moment is None:
        raise InputError(
            f"the moment {text!r}", "is not a time", hint="Write it as 2026-11-20T14:00Z."
        )
    return moment


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


def _never_loaded(loads: Iterable[Load]) -> tuple[tuple[str, str], ...]:
    """Return the loaders that brought nothing to a moment, with what they read."""
    loaded = {each.source.loader for each in loads}
    return tuple((name, reads) for name, reads in loaders() if name not in loaded)


def _missing_words(seen: Seen) -> str:
    part = f" ({seen.count:,} seen, not for certain all)" if seen.count else ""
    return seen.about or f"{seen.record}{part} of {seen.source}"


def _read_through(reading: Reading) -> Reading:
    for _ in reading:
        pass
    return reading


def _refuse_rejected(reading: Reading) -> None:
    rejected = reading.counts.rejected
    if rejected:
        raise InputError(
            f"the load of {', '.join(reading.files)}",
            f"has {len(rejected):,} rejected records, the first because it {rejected[0].reason}",
            place=rejected[0].place,
            hint="Nothing was stored. Leave out --strict to load the rest.",
        )


def _newest(paths: Iterable[str | Path]) -> str:
    """Return the time of the newest file, which stands in for when the platform was looked at."""
    times = [Path(each).stat().st_mtime for each in paths if Path(each).exists()]
    moment = datetime.fromtimestamp(max(times), UTC) if times else datetime.now(UTC)
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")
