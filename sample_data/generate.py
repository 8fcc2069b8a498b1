"""Writes the sample company: `python -m sample_data.generate --out sample_data/northlight`.

The same seed gives the same bytes. Another seed changes the ordinary people around the story,
never the story.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random

from sample_data import estate, ids, plan, register
from sample_data.arm_records import arm_records
from sample_data.azurehound_shape import Casing, Json, Record, write
from sample_data.directory_records import directory_records

AZUREHOUND, OWNERS, SECRETS = "azurehound.json", "owners.csv", "keyvault-secrets.json"
FILES = (AZUREHOUND, OWNERS, SECRETS)


def records(seed: int = plan.SEED) -> Iterator[Record]:
    """Yield every record of the export, in the order of the file."""
    yield from directory_records(Random(seed))  # noqa: S311  names, not secrets
    yield from arm_records()


def generate(out: Path, seed: int = plan.SEED, casing: Casing = Casing.AS_IS) -> None:
    """Write the files of the company into a folder."""
    out.mkdir(parents=True, exist_ok=True)
    with (out / AZUREHOUND).open("w", encoding="utf-8", newline="\n") as stream:
        write(stream, records(seed), casing)
    (out / OWNERS).write_bytes(owners().encode())
    (out / SECRETS).write_bytes(secrets().encode())


def owners() -> str:
    """Return the register of owners as CSV."""
    text = io.StringIO(newline="")
    table = csv.writer(text, lineterminator="\n")
    table.writerow(("node", "owner", "claim", "source", "date"))
    for row in register.ROWS:
        table.writerow((row.node, row.owner, row.claim, row.source, row.date))
    return text.getvalue()


def secrets() -> str:
    """Return what `az keyvault secret list` prints for each vault: metadata, no values."""
    return json.dumps([_secret(it) for it in estate.SECRETS], indent=2) + "\n"


def _secret(it: estate.Secret) -> Json:
    tags = {}
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
