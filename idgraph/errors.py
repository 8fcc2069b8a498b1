"""Errors that a user can act on: subject, fault, place and hint."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class IdGraphError(Exception):
    """A fault somebody can mend; its text is one sentence, with a place and a hint when known."""

    exit_code = 2

    def __init__(
        self, subject: str, fault: str, *, place: str | None = None, hint: str | None = None
    ) -> None:
        self.subject = subject
        self.fault = fault
        self.place = place
        self.hint = hint
        super().__init__(subject, fault)

    def __str__(self) -> str:
        at = f" (at {self.place})" if self.place else ""
        hint = f" {self.hint}" if self.hint else ""
        return f"{self.subject} {self.fault}{at}.{hint}"


class ModelError(IdGraphError, ValueError):
    """A kind, guard or rule was declared wrongly; raised at import."""


class UnknownNameError(IdGraphError, LookupError):
    """A name that is not in the store, the catalogue or a list of choices."""


class AmbiguousNameError(IdGraphError, LookupError):
    """A name that several nodes answer to; `candidates` lists (id, kind, name)."""

    def __init__(self, name: str, candidates: Iterable[tuple[str, str, str]]) -> None:
        self.candidates = tuple(candidates)
        super().__init__(
            repr(name),
            f"names {len(self.candidates)} different things",
            hint="Use one of the ids listed.",
        )


class InputError(IdGraphError, ValueError):
    """A file or record that cannot be understood; nothing of it was stored."""


class StoreError(IdGraphError, RuntimeError):
    """A store that cannot be opened, read or written."""


class StoreBusyError(StoreError):
    """Another process holds the store."""


class StoreVersionError(StoreError):
    """The store was written by a newer version of idgraph."""


class StaleLoadError(StoreError):
    """A load that is older than what the store already holds of the same source."""


class TooLargeToDrawError(IdGraphError, ValueError):
    """More nodes than a picture can hold; the message says how to narrow."""


def did_you_mean(name: str, choices: Iterable[str]) -> str | None:
    """Return a hint naming the closest choice, or None."""
    by_fold = {choice.casefold(): choice for choice in choices}
    close = get_close_matches(name.casefold(), by_fold, n=1, cutoff=0.6)
    return f"Did you mean {by_fold[close[0]]}?" if close else None
