"""A table in Jupyter: one line, and the first rows as HTML in which everything is escaped."""

from __future__ import annotations

from html import escape
from typing import Any

import pandas as pd

from idgraph.views.plain import plain

ROWS_SHOWN = 20


def mimebundle(line: str, frame: pd.DataFrame) -> dict[str, Any]:
    """Return what `_repr_mimebundle_` gives for an answer that is a table."""
    shown = frame.head(ROWS_SHOWN).map(plain)
    more = len(frame) - len(shown)
    rest = f"<p>{more:,} more rows: <code>.to_frame()</code> has them all.</p>" if more else ""
    table = shown.to_html(escape=True, index=False, border=0) if len(frame) else ""
    return {
        "text/plain": plain(line),
        "text/html": f"<p>{escape(plain(line))}</p>{table}{rest}",
    }
