"""Writes the sample company: `python -m sample_data.generate --out sample_data/northlight`.

The same seed gives the same bytes. Another seed changes the ordinary people around the story,
never the story.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from random import Random

from sample_data import (
    aws_files,
    desks,
    estate,
    ids,
    incident,
    log_records,
    moments,
    plan,
    register,
)
from sample_data.arm_records import arm_records
from sample_data.azurehound_shape import Casing, Json, Record, write
from sample_data.directory_records import directory_records
from sample_data.moments import Moment

BEFORE, AZUREHOUND = "azurehound-before.json", "azurehound.json"
OWNERS, SECRETS = "owners.csv", "keyvault-secrets.json"
RESETS, TICKETS = "resets.csv", "tickets.csv"
AUDIT, SIGN_INS = "directory-audits.json", "sign-ins.json"
AWS = "aws"
FILES = (BEFORE, AZUREHOUND, OWNERS, SECRETS, RESETS, TICKETS, AUDIT, SIGN_INS)
MOMENTS = {BEFORE: Moment.BEFORE, AZUREHOUND: Moment.LATEST}


def records(seed: int = plan.SEED, moment: Moment = Moment.LATEST) -> Iterator[Record]:
    """Yield every record of an export, in the order of the file."""
    yield from moments.at(moment, _all(seed))


def _all(seed: int) -> Iterator[Record]:
    yield from directory_records(Random(seed))  # noqa: S311  names, not secrets
    yield from arm_records()


def generate(out: Path, seed: int = plan.SEED, casing: Casing = Casing.AS_IS) -> None:
    """Write the files of the company into a folder."""
    out.mkdir(parents=True, exist_ok=True)
    for name, moment in MOMENTS.items():
        with (out / name).open("w", encoding="utf-8", newline="\n") as stream:
            write(stream, records(seed, moment), casing)
    for name, text in _texts():
        (out / name).write_bytes(text.encode())
    for name, text in aws_files.files():
        path = out / AWS / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())


def _texts() -> Iterator[tuple[str, str]]:
    yield OWNERS, owners()
    yield SECRETS, secrets()
    yield RESETS, _table(desks.COLUMNS, (it.cells() for it in desks.PATHS))
    yield TICKETS, log_records.tickets(incident.TICKETS)
    yield AUDIT, log_records.page("directoryAudits", map(log_records.audit, incident.AUDIT))
    yield SIGN_INS, log_records.page("signIns", map(log_records.sign_in, incident.SIGN_INS))


def owners() -> str:
    """Return the register of owners as CSV."""
    rows = ((it.node, it.owner, it.claim, it.source, it.date) for it in register.ROWS)
    return _table(("node", "owner", "claim", "source", "date"), rows)


def _table(columns: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    text = io.StringIO(newline="")
    table = csv.writer(text, lineterminator="\n")
    table.writerow(columns)
    table.writerows(rows)
    return text.getvalue()


def secrets() -> str:
    """Return what `az keyvault secret list` prints for each vault: metadata, no values."""
    return json.dumps([_secret(it) for it in estate.SECRETS], indent=2) + "\n"


def _secret(it: estate.Secret) -> Json:
    tags = dict(it.tags)
    if it.opens:
        tags["ClientId"] = it.opens.client
    if it.credential:
        tags["KeyId"] = ids.credential_id(it.credential)
    return {
        "attributes": {
            "created": "2025-09-01T09:12:44+00:00",
            "enabled": it.enabled,
            "expires": it.expires,
            "notBefore": None,
            "recoverableDays": 90,
            "recoveryLevel": "Recoverable",
            "updated": "2025-09-01T09:12:44+00:00",
        },
        "contentType": "application/x-client-secret" if it.opens else "",
        "id": it.id,
        "managed": None,
        "name": it.name,
        "tags": tags or None,
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the command line and write the files."""
    parser = argparse.ArgumentParser(prog="python -m sample_data.generate", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder to write into")
    parser.add_argument("--seed", type=int, default=plan.SEED)
    parser.add_argument("--casing", type=Casing, choices=list(Casing), default=Casing.AS_IS)
    given = parser.parse_args(arguments)
    generate(given.out, given.seed, given.casing)


if __name__ == "__main__":
    main()
