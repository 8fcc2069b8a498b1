"""The credential report: AWS is asked to make it, waited for, and it is cut to what is kept.

Source: IAM User Guide, "Generate credential reports for your AWS account": a report is made at
most every four hours, and an older one is given out until then.
"""

from __future__ import annotations

import csv
import io
import time
from dataclasses import dataclass
from typing import Any

from idgraph.pull.asking import MALFORMED, faults, outcome_of
from idgraph.pull.calls import Call, named
from idgraph.pull.keeping import report_columns
from idgraph.pull.pulled import Asked, Outcome

GENERATE, GET = named("iam.GenerateCredentialReport"), named("iam.GetCredentialReport")
WAITS = (0.5, 1, 2, 4, 8, 8, 8, 8, 8, 8)  # seconds between one look and the next
_NOT_READY = "ReportNotReady"


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialReport:
    """What became of the credential report."""

    text: str = ""  # CSV, "" when there is none
    dropped: int = 0  # columns that are not kept
    lines: tuple[Asked, ...]

    @property
    def is_read(self) -> bool:
        """Whether the report was given out."""
        return bool(self.text)


def credential_report(client: Any, account: str, *, wait: bool = True) -> CredentialReport:
    """Have the report made and return it.

    Raises
    ------
    Stop
        The credentials are no longer good.
    """
    made = _answer(GENERATE, lambda: _made(client, WAITS if wait else ()))
    got = _answer(GET, lambda: _cut(client.get_credential_report()["Content"]))
    text, dropped = got[2] if isinstance(got[2], tuple) else ("", 0)
    count = max(text.count("\n") - 1, 0)
    lines = (
        _line(GENERATE, made, account, record="" if text else GENERATE.parts[0].record),
        _line(GET, got, account, record=GET.parts[0].record, items=count),
    )
    return CredentialReport(text=text, dropped=dropped, lines=lines)


def _made(client: Any, waits: tuple[float, ...]) -> str:
    """Wait until the report is made.

    Raises
    ------
    TimeoutError
        It is not, for a minute.
    """
    for wait in (*waits, None):
        if client.generate_credential_report().get("State") == "COMPLETE":
            return ""
        if wait is not None:
            time.sleep(wait)
    raise TimeoutError


def _cut(content: Any) -> tuple[str, int]:
    """Return the report with the columns that are kept, and how many were dropped.

    Raises
    ------
    ValueError
        It is no such report.
    """
    rows = csv.DictReader(io.StringIO(bytes(content).decode()))
    columns = list(rows.fieldnames or ())
    kept = report_columns(columns)
    if "arn" not in kept:
        raise ValueError
    out = io.StringIO()
    writer = csv.DictWriter(out, kept, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue(), len(columns) - len(kept)


def _answer(call: Call, ask: Any) -> tuple[Outcome, str, Any]:
    try:
        return Outcome.OK, "", ask()
    except TimeoutError:
        return Outcome.FAILED, _NOT_READY, None
    except (KeyError, TypeError, ValueError, csv.Error):
        return Outcome.FAILED, MALFORMED, None
    except faults() as fault:
        return *outcome_of(call, fault), None


def _line(
    call: Call, answer: tuple[Outcome, str, Any], account: str, *, record: str, items: int = 0
) -> Asked:
    return Asked(
        service=call.service,
        operation=call.operation,
        account=account,
        region="",
        record=record,
        outcome=answer[0],
        code=answer[1],
        items=items,
        calls=1,
    )
