"""Text that came from a tenant, made safe to print: the one place where terminals are guarded.

Display names are chosen by whoever may write to the directory. Control characters could move
the cursor or recolour the screen, and bidirectional overrides could show one name as another;
both are shown as visible escapes instead.
"""

from __future__ import annotations

import re
import unicodedata

_HARMFUL = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ud800-\udfff\ufeff\ufff9-\ufffb]"
)


def plain(text: object, limit: int | None = None) -> str:
    """Return a text with every control and direction character shown as an escape.

    With a limit, a longer text is cut in the middle, so that both ends stay readable.
    """
    shown = _HARMFUL.sub(_escape, unicodedata.normalize("NFC", str(text)))
    if limit is None or len(shown) <= limit:
        return shown
    head = (limit - 1) * 2 // 3
    return f"{shown[:head]}…{shown[len(shown) - (limit - 1 - head) :]}"


def _escape(match: re.Match[str]) -> str:
    return ascii(match.group())[1:-1].replace("\\n", "\\x0a").replace("\\r", "\\x0d")
