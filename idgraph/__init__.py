"""What an identity reset opens, what survives it, who answers for it, and what to cut.

`idgraph.open("idgraph.duckdb")` returns an Explorer, which asks the questions;
`idgraph.sample()` returns one on the company that ships with the package.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from idgraph.explorer import Explorer, open, sample  # noqa: A004  idgraph.open is the word

__all__ = ["Explorer", "open", "sample"]


def __getattr__(name: str) -> Any:
    """Reach the explorer when it is first asked for: `import idgraph` stays quick."""
    if name in __all__:
        from idgraph import explorer  # noqa: PLC0415  lazily on purpose

        return getattr(explorer, name)
    if name == "__version__":
        from importlib.metadata import version  # noqa: PLC0415  lazily on purpose

        return version("idgraph")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
