"""What the explorer hands back beyond a bare result: loads, coverage, and a reach with its page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd

from idgraph.analysis.display import ROWS_SHOWN, count_of, mimebundle, plain
from idgraph.analysis.reach import Reach
from idgraph.analysis.resets import ResetEvent
from idgraph.analysis.survivors import Survivors
from idgraph.shipped import make_folder
from idgraph.snapshot import Coverage as Seen
from idgraph.stores.protocol import Load
from idgraph.views.html import write_html
from idgraph.views.notebook import mimebundle as picture_bundle
from idgraph.views.of_reach import Owners, picture_of_reach
from idgraph.views.picture import DRAWN_BY_DEFAULT, Picture
from idgraph.views.timeline import Timeline

MOST_IGNORED = 12  # names of what a load left out that are told; JSON has all


@dataclass(frozen=True)
class LoadAnswer:
    """What was loaded, of one source or of several, and what became of every input record."""

    loads: tuple[Load, ...]  # one a source
    accepted: int
    ignored: Mapping[str, int]  # by record kind
    rejected: tuple[tuple[str, str], ...]  # (place, reason)
    values_dropped: int  # fields that held a secret value or a part of one

    @classmethod
    def of(cls, answers: Iterable[LoadAnswer]) -> LoadAnswer:
        """Return the loads of several sources as one answer."""
        some = tuple(answers)
        return cls(
            loads=tuple(load for each in some for load in each.loads),
            accepted=sum(each.accepted for each in some),
            ignored=dict(sum((Counter(each.ignored) for each in some), Counter())),
            rejected=tuple(place for each in some for place in each.rejected),
            values_dropped=sum(each.values_dropped for each in some),
        )

    def __repr__(self) -> str:
        return f"{self.title}: {self.summary}"

    @property
    def load(self) -> Load:
        """The load, of several sources the last."""
        return self.loads[-1]

    @property
    def title(self) -> str:
        """Which load it is, or which they are."""
        numbers = f"load {self.loads[0].number}"
        if len(self.loads) > 1:
            numbers = f"loads {self.loads[0].number} to {self.load.number}"
        return f"{numbers} of {', '.join(str(each.source) for each in self.loads)}"

    @property
    def summary(self) -> str:
        """What became of the records, in a line."""
        new = sum(each.opened for each in self.loads)
        ended = sum(each.closed for each in self.loads)
        facts = count_of(new, "fact is", "facts are")
        changes = f"{facts} new, {ended:,} ended" if new or ended else "nothing changed"
        accepted = count_of(self.accepted, "record")
        return (
            f"{accepted} accepted, {sum(self.ignored.values()):,} ignored, "
            f"{len(self.rejected):,} rejected; {changes}"
        )

    def to_json(self) -> dict[str, Any]:
        """Return the answer as `idgraph load --json` prints it.

        Of several sources the numbers are sums and `loads` has each; `load` is the last.
        """
        return {
            **_loads_json(self.loads),
            "accepted": self.accepted,
            "ignored": dict(sorted(self.ignored.items())),
            "rejected": [{"place": place, "reason": why} for place, why in self.rejected],
            "values_dropped": self.values_dropped,
        }

    def hints(self) -> list[str]:
        """Return what to know or to do next."""
        seen = f"Seen at {self.load.observed_at}"
        said = [
            f"{seen}, by the file's time: --observed-at says better."
            if self.load.observed_is_guess
            else f"{seen}."
        ]
        if self.load.stubs:
            stubs = count_of(self.load.stubs, "node is", "nodes are")
            said.append(f"{stubs} only referred to, by this or other loads.")
        found = sum(each.conflicts for each in self.loads)
        if found:
            conflicts = count_of(found, "contradiction")
            said.append(f"{conflicts} between records of this load: idgraph coverage")
        if self.ignored:
            most = sorted(self.ignored.items(), key=lambda each: (-each[1], each[0]))
            kinds = ", ".join(f"{count:,} {name}" for name, count in most[:MOST_IGNORED])
            more = len(most) - MOST_IGNORED
            said.append(f"Ignored: {kinds}{f' and {more:,} more names' if more > 0 else ''}.")
        if self.values_dropped:
            said.append(f"{self.values_dropped:,} fields with secret values were dropped.")
        stated = sum(each.nodes + each.edges for each in self.loads)
        only_events = self.accepted and not stated
        next_ = "resets" if only_events else "unowned"
        return [*said, f"Next: idgraph reach IDENTITY, idgraph {next_}, idgraph coverage"]

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        rows = [{"place": place, "reason": why} for place, why in self.rejected]
        return _table(self, pd.DataFrame(rows, columns=["place", "reason"]))


def _table(answer: object, frame: pd.DataFrame) -> dict[str, str]:
    rows = frame.head(ROWS_SHOWN).itertuples(index=False)
    return mimebundle(repr(answer), list(frame.columns), rows, len(frame))


def _loads_json(loads: Sequence[Load]) -> dict[str, Any]:
    said = _load_json(loads[-1])
    if len(loads) == 1:
        return said
    each = [_load_json(load) for load in loads]
    summed = ("nodes", "edges", "opened", "closed", "conflicts")
    return {
        **said,
        **{name: sum(one[name] for one in each) for name in summed},
        "source": ", ".join(one["source"] for one in each),
        "files": [file for one in each for file in one["files"]],
        "loads": each,
    }


def _load_json(load: Load) -> dict[str, Any]:
    return {
        "load": load.number,
        "source": str(load.source),
        "nodes": load.nodes,
        "edges": load.edges,
        "accepted": load.accepted,
        "ignored": dict(sorted(load.ignored.items())),
        "rejected": load.rejected,
        "opened": load.opened,
        "closed": load.closed,
        "conflicts": load.conflicts,
        "stubs": load.stubs,
        "observed_at": load.observed_at,
        "observed_is_guess": load.observed_is_guess,
        "loaded_at": load.loaded_at,
        "files": list(load.files),
    }


@dataclass(frozen=True)
class Loads:
    """The loads of a store, oldest first; each is a moment of its source."""

    loads: tuple[Load, ...]

    def __repr__(self) -> str:
        return f"{len(self.loads)} loads of {len({each.source for each in self.loads})} sources"

    def to_frame(self) -> pd.DataFrame:
        """Return one row a load."""
        rows = [
            {
                "load": each.number,
                "source": str(each.source),
                "observed_at": each.observed_at,
                "guessed": each.observed_is_guess,
                "loaded_at": each.loaded_at,
                "nodes": each.nodes,
                "edges": each.edges,
                "rejected": each.rejected,
                "opened": each.opened,
                "closed": each.closed,
                "files": ", ".join(each.files),
            }
            for each in self.loads
        ]
        return pd.DataFrame(rows)

    def to_json(self) -> dict[str, Any]:
        """Return the answer as `idgraph loads --json` prints it."""
        return {"loads": [_load_json(each) for each in self.loads]}

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        return _table(self, self.to_frame())


@dataclass(frozen=True)
class Coverage:
    """What was seen of each source, and what was not."""

    loaded: tuple[Seen, ...]
    missing: tuple[Seen, ...]
    notes: tuple[str, ...]  # what resolving could not decide
    conflicts: tuple[str, ...]

    def __repr__(self) -> str:
        return f"{count_of(len(self.loaded), 'record kind')} loaded whole, {len(self.missing)} not"

    def to_frame(self) -> pd.DataFrame:
        """Return one row a record kind of a source, those not seen whole first."""
        rows = [
            {
                "seen": "whole" if each.complete else "partly" if each.count else "not",
                "record": each.record,
                "count": each.count,
                "about": each.about,
                "source": each.source,
            }
            for each in (*self.missing, *self.loaded)
        ]
        return pd.DataFrame(rows, columns=["seen", "record", "count", "about", "source"])

    def to_json(self) -> dict[str, Any]:
        """Return the answer as `idgraph coverage --json` prints it."""
        return {
            "loaded": [_seen_json(each) for each in self.loaded],
            "missing": [_seen_json(each) for each in self.missing],
            "notes": list(self.notes),
            "conflicts": list(self.conflicts),
        }

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        return _table(self, self.to_frame())


def _seen_json(seen: Seen) -> dict[str, Any]:
    return {
        "source": seen.source,
        "record": seen.record,
        "count": seen.count,
        "complete": seen.complete,
        "about": seen.about,
    }


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class ReachAnswer(Reach):
    """What an identity reaches, and the page of it; from a reset that happened, which one."""

    owners: Callable[[], Owners]
    event: ResetEvent | None = None
    started: str = ""  # that reset as a sentence

    def to_json(self, **asked: bool) -> dict[str, Any]:
        """Return the answer as `idgraph reach --json` prints it; see `Reach.to_json`."""
        said = super().to_json(**asked)
        if self.event is not None:
            said["scenario"]["reset_event"] = self.event.id
        return said

    def explain(self) -> str:
        """Return the answer in plain sentences, the reset that it starts from first."""
        told = super().explain()
        return f"{plain(self.from_reset)}\n{told}" if self.event else told

    @property
    def from_reset(self) -> str:
        """The reset that it starts from, in words; "" where it starts from none."""
        return f"From the reset {self.event.id}: {self.started}" if self.event else ""

    def picture(self) -> Picture:
        """Return what a view shows: the paths to all targets, with who answers for each node."""
        return picture_of_reach(self, owners=self.owners(), tool_version=version("idgraph"))

    def view(self, path: str | Path | None = None, *, limit: int | None = None) -> Path:
        """Write the offline HTML view and return where; by default named after the identity.

        Raises
        ------
        TooLargeToDrawError
            `limit` is above what a browser can draw.
        """
        target = Path(path) if path else Path(f"reach-{_file_name(self.identity.name)}.html")
        make_folder(target.parent)
        write_html(self.picture(), target, limit=limit or DRAWN_BY_DEFAULT)
        return target

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return picture_bundle(self.picture())


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class SurvivorsAnswer(Survivors):
    """What survives a reset, and the chart of it."""

    def timeline(self) -> Timeline:
        """Return the chart of what survives until when; `write` puts it into a file."""
        return Timeline(self)


def _file_name(name: str) -> str:
    """Return a name that is safe as a file's on every system."""
    kept = "".join(each if each.isascii() and each.isalnum() else "-" for each in name.casefold())
    return "-".join(filter(None, kept.split("-")))[:60] or "identity"
