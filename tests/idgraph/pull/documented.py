"""The parts of docs/aws.md that follow from the table of calls; with `--write`, put there anew."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

from idgraph.pull.calls import calls, policy

DOCUMENT = Path(__file__).parents[3] / "docs" / "aws.md"


def call_rows():
    """Return the rows of the table of calls."""
    return [
        f"| {call.service} | `{call.operation}` | {_where(call)} | {call.why} |" for call in calls()
    ]


def _where(call):
    if call.of:
        return "each " + " or ".join(sorted({_short(name) for name in call.of}))
    return "region" if call.regional else "account"


def _short(name):
    return f"`{name.partition('/')[0].partition('.')[2]}`"


def written(text):
    """Return the document with both parts as the table has them."""
    rows = "\n".join(call_rows())
    text = re.sub(r"(\| --- \| --- \| --- \| --- \|\n)(?:\|.*\n)*", rf"\1{rows}\n", text, count=1)
    block = json.dumps(policy(), indent=2)
    return re.sub(
        r"```json\n\{\n  \"Version\".*?```", f"```json\n{block}\n```", text, flags=re.DOTALL
    )


if __name__ == "__main__" and "--write" in sys.argv:
    DOCUMENT.write_text(written(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
