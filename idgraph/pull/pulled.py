"""What a pull brought: the files, what became of every call, and what stays unseen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from idgraph.analysis.display import ROWS_SHOWN, count_of, mimebundle
from idgraph.errors import IdGraphError

if TYPE_CHECKING:
    import pandas as pd

_NAMED = 3  # regions told by name


class Outcome(StrEnum):
    """What became of a call."""

    OK = "ok"
    DENIED = "denied"  # AWS says that the caller may not
    FAILED = "failed"  # AWS, or the way to it, did not answer
    SKIPPED = "skipped"  # not asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One call in one region, as far as it went the same way."""

    service: str
    operation: str
    account: str
    region: str  # "" for what is not of a region
    record: str  # the record kind of the loader whose completeness hangs on it
    outcome: Outcome
    code: str = ""  # AWS's own, or the name of the fault
    items: int = 0
    calls: int = 0  # how often it was asked: once, or once for each item of another call

    def to_json(self) -> dict[str, Any]:
        """Return it as `pull.json` holds it."""
        return {each.name.capitalize(): getattr(self, each.name) for each in fields(self)}

    @property
    def sentence(self) -> str:
        """What happened, in words, wherever it was."""
        why = f" ({self.code})" if self.code else ""
        times = f", {self.calls:,} times" if self.calls > 1 else ""
        call = f"{self.service}:{self.operation}"
        said = {
            Outcome.OK: f"{call} was answered",
            Outcome.DENIED: f"{call} was denied",
            Outcome.FAILED: f"{call} failed",
            Outcome.SKIPPED: "not asked",  # by no fault of its own: what matters is why
        }
        return f"{said[self.outcome]}{why}{times}"


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Pulled:
    """What was pulled of one AWS account; `repr` is one line, a notebook shows a table."""

    account: str
    caller: str  # the ARN that asked
    at: str  # when it was begun, UTC
    regions: tuple[str, ...]
    folder: Path
    files: tuple[Path, ...]
    calls: tuple[Asked, ...]
    dropped: int  # fields that were left out of the files

    UNSEEN: ClassVar[tuple[str, ...]] = ("not seen whole", "because", "where")

    @property
    def gaps(self) -> tuple[Asked, ...]:
        """The calls that were not answered."""
        return tuple(each for each in self.calls if each.outcome is not Outcome.OK)

    @property
    def unseen(self) -> tuple[tuple[str, str, str], ...]:
        """What was not seen whole, why, and where: the gaps, those of one reason together."""
        where: dict[tuple[str, str], list[str]] = {}
        for each in self.gaps:
            where.setdefault((each.sentence, each.record), []).append(each.region)
        records: dict[tuple[str, str], list[str]] = {}
        for (why, record), regions in where.items():
            records.setdefault((why, _places(regions)), []).append(record)
        return tuple((", ".join(filter(None, r)), *what) for what, r in records.items())

    def __repr__(self) -> str:
        made = sum(each.calls for each in self.calls)
        unseen = len({each.record for each in self.gaps if each.record})
        kinds = count_of(unseen, "kind of record is", "kinds of records are")
        return (
            f"AWS account {self.account}: {count_of(made, 'call')} in "
            f"{count_of(len(self.regions), 'region')}, {count_of(len(self.files), 'file')} in "
            f"{self.folder}; {kinds} not seen whole"
        )

    def explain(self) -> str:
        """Return what was asked, and what was not answered, in words."""
        said = [
            f"{self.caller} asked account {self.account} at {self.at}.",
            f"{count_of(self.dropped, 'field')} that idgraph does not read were not written.",
        ]
        return "\n".join([*said, *(f"{_sentence(each)}." for each in self.unseen)])

    def to_frame(self) -> pd.DataFrame:
        """Return the calls, a row for each way in which one went in a region."""
        import pandas as pd

        names = [each.name for each in fields(Asked)]
        return pd.DataFrame(
            [[getattr(each, n) for n in names] for each in self.calls], columns=names
        )

    def to_json(self) -> dict[str, Any]:
        """Return what was pulled as `idgraph pull aws --json` prints it."""
        return {
            "account": self.account,
            "caller": self.caller,
            "at": self.at,
            "regions": list(self.regions),
            "folder": str(self.folder),
            "files": [each.name for each in self.files],
            "dropped": self.dropped,
            "calls": [
                {each.name: getattr(asked, each.name) for each in fields(Asked)}
                for asked in self.calls
            ],
        }

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        return mimebundle(repr(self), self.UNSEEN, self.unseen[:ROWS_SHOWN], len(self.unseen))


class PullError(IdGraphError):
    """A pull that could not go on; `pulled` is what is on disk, None when there is nothing."""

    pulled: Pulled | None = None


class PullInterruptedError(KeyboardInterrupt):
    """Ctrl-C in the middle of a pull; `pulled` is what is on disk."""

    def __init__(self, pulled: Pulled) -> None:
        super().__init__(f"stopped; {pulled!r}")
        self.pulled = pulled


def _sentence(unseen: tuple[str, str, str]) -> str:
    record, why, where = unseen
    return f"{record} not seen whole: {why}{f' in {where}' if where else ''}"


def _places(regions: Sequence[str]) -> str:
    named = list(dict.fromkeys(each for each in regions if each))
    return ", ".join(named) if len(named) <= _NAMED else f"{len(named):,} regions"
