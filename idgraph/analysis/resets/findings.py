"""What can be wrong with a reset: codes that stay the same, in words, with control ids."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from idgraph.errors import ModelError, UnknownNameError, did_you_mean
from idgraph.frameworks import Control, control

_LIST = Path(__file__).with_name("findings.toml")


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingKind:
    """A kind of finding; `reads` completes "It …", `doubt` marks what is only not known."""

    code: str
    reads: str
    controls: tuple[Control, ...]
    doubt: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """A finding on one reset; `detail` says what of it, in words, and may be empty."""

    code: str
    detail: str = ""

    @property
    def kind(self) -> FindingKind:
        """What findings of this code are."""
        return finding_kind(self.code)

    @property
    def sentence(self) -> str:
        """The finding as a sentence."""
        return f"It {self.kind.reads}{f': {self.detail}' if self.detail else ''}."

    def to_json(self) -> dict[str, Any]:
        """Return the finding as `--json` prints it."""
        kind = self.kind
        return {
            "code": self.code,
            "reads": kind.reads,
            "detail": self.detail,
            "doubt": kind.doubt,
            "controls": [f"{each.framework} {each.version} {each.id}" for each in kind.controls],
        }


def finding_kind(code: str) -> FindingKind:
    """Return a kind of finding by its code.

    Raises
    ------
    UnknownNameError
        There is none.
    """
    try:
        return finding_kinds()[code]
    except KeyError:
        hint = did_you_mean(code, finding_kinds())
        raise UnknownNameError(f"finding {code!r}", "does not exist", hint=hint) from None


@cache
def finding_kinds() -> Mapping[str, FindingKind]:
    """Return every kind of finding by its code, in the order of the list.

    Raises
    ------
    ModelError
        The list states a code twice or leaves something out.
    """
    table = tomllib.loads(_LIST.read_text(encoding="utf-8"))["finding"]
    kinds = [_kind(**each) for each in table]
    found = {kind.code: kind for kind in kinds}
    if len(found) < len(kinds):
        raise ModelError("the list of findings", "states a code twice")
    return MappingProxyType(found)


def _kind(*, code: str, reads: str, controls: list[str], doubt: bool = False) -> FindingKind:
    return FindingKind(
        code=code, reads=reads, controls=tuple(control(name) for name in controls), doubt=doubt
    )
