"""Owner claims: the node they are about, and the owner if the text names one that is known."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from idgraph.graph import Texts
from idgraph.resolve.frames import texts
from idgraph.snapshot import BlindSpotNote, Claim

_GUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\Z")
_CLIENT = "appid:"

NOBODY = -1


@dataclass(frozen=True)
class Names:
    """Every id and alias by which a node is known, without regard to case."""

    exact: dict[str, int]
    ids: dict[str, tuple[int, ...]]
    aliases: dict[str, tuple[int, ...]]

    def meant(self, text: str) -> tuple[str, tuple[int, ...]]:
        """Return the id or alias a text stands for, and the nodes that answer to it."""
        if text in self.exact:
            return text, (self.exact[text],)
        for spelling in _spellings(text.strip().casefold()):
            found = self.ids.get(spelling) or self.aliases.get(spelling)
            if found:
                return spelling, found
        return text, ()


def _spellings(text: str) -> Iterator[str]:
    yield text
    if _GUID.match(text):
        yield f"{_CLIENT}{text}"
    text = text.removeprefix("upn:")  # loaders call every address a UPN
    if "@" in text:
        yield f"upn:{text}"
        yield f"mail:{text}"


def names_of(ids: Texts, aliases: Texts, alias_of: Iterable[int]) -> Names:
    """Return the names of nodes; `ids` by position."""
    exact = {name: at for at, name in enumerate(ids)}
    return Names(
        exact,
        _folded(zip(ids, range(len(ids)), strict=True)),
        _folded(zip(aliases, alias_of, strict=True)),
    )


def _folded(pairs: Iterable[tuple[str, int]]) -> dict[str, tuple[int, ...]]:
    table: dict[str, tuple[int, ...]] = {}
    for name, at in pairs:
        key = name.casefold()
        table[key] = tuple(sorted({*table.get(key, ()), int(at)}))
    return table


def resolve_claims(
    frame: pd.DataFrame, names: Names
) -> tuple[tuple[Claim, ...], tuple[BlindSpotNote, ...]]:
    """Return the claims about known nodes, by row, and what could not be decided."""
    columns = ("node", "owner", "claim", "said_by", "said_at")
    rows = np.asarray(frame["row"], np.int64).tolist()
    stated = sorted(zip(rows, *(texts(frame[name]) for name in columns), strict=True))
    claims: list[Claim] = []
    notes: list[BlindSpotNote] = []
    for row, node, owner, claim, said_by, said_at in stated:
        about, unclear = _about(node, row, names)
        holder, doubt = _owner(owner, row, names)
        claims += [Claim(each, holder, owner, claim, said_by, said_at, row) for each in about]
        notes += unclear
        notes += doubt if about else []
    return tuple(claims), tuple(notes)


def _about(text: str, row: int, names: Names) -> tuple[tuple[int, ...], list[BlindSpotNote]]:
    """Return the nodes a claim is about: by client id, all that have it."""
    spelling, found = names.meant(text)
    if not found:
        said = f"An owner is claimed for {text}, which is not loaded (row {row})."
        return (), [BlindSpotNote("CLAIM_ABOUT_UNKNOWN_NODE", text, said)]
    if len(found) > 1 and not spelling.startswith(_CLIENT):
        return (), [_ambiguous(text, row, "An owner is claimed for")]
    return found, []


def _owner(text: str, row: int, names: Names) -> tuple[int, list[BlindSpotNote]]:
    _, found = names.meant(text)
    if len(found) > 1:
        return NOBODY, [_ambiguous(text, row, "The owner is said to be")]
    return (found[0] if found else NOBODY), []


def _ambiguous(text: str, row: int, said: str) -> BlindSpotNote:
    return BlindSpotNote(
        "AMBIGUOUS_ALIAS", text, f"{said} {text}, which means several objects (row {row})."
    )
