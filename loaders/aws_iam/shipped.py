"""AWS-managed policies as they were once: documents for those attached whose own were not read.

`aws_managed_policies.json.gz` holds, by ARN, the default version, when it was made, and the
document. Source: AWS, as moto 5.2.5 (Apache-2.0) ships them in `moto.iam.aws_managed_policies`,
newest version of 2026-09-30. AWS may have changed a policy since: whoever reads the copy is told.
`python -m tests.loaders.managed_policies --write` writes it anew.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from idgraph.records import Record
from idgraph.vocabulary import aws
from loaders._fields import Item, escaped, known
from loaders.aws_iam.documents import Version, statements
from loaders.aws_iam.export import Export, Seen, node

FILE = "aws_managed_policies.json.gz"
SHIPPED = "AWS-managed policy, shipped copy"


@dataclass(frozen=True, slots=True)
class Copy:
    """A managed policy of AWS's own, as it was on a day."""

    version: str  # v1 …
    made: str  # when that version was made: ISO 8601
    document: Mapping[str, Any]


@cache
def copies() -> Mapping[str, Copy]:
    """Return the copies by ARN; read when first asked for."""
    with gzip.open(Path(__file__).with_name(FILE), "rt", encoding="utf-8") as file:
        return {arn: Copy(*said) for arn, said in json.load(file).items()}


def seen_on() -> str:
    """Return the day of the newest policy in the copy: what AWS changed later is not in it."""
    return max(each.made for each in copies().values())[:10]


def records(export: Export) -> Iterator[Record]:
    """Yield the policies that are attached and were not read, as far as the copy has them."""
    for arn in sorted(export.wanted.keys() - export.documents):
        if ":iam::aws:policy/" in arn and arn in copies():
            yield from _policy(arn, copies()[arn], export)


def _policy(arn: str, copy: Copy, export: Export) -> Iterator[Record]:
    export.record = SHIPPED
    seen = export.seen.setdefault(SHIPPED, Seen())
    seen.count += 1
    seen.from_copy.add(arn.rpartition("/")[2])
    export.documents.add(arn)
    place = f"{FILE} (of {copy.made[:10]})#/{escaped(arn)}"
    item = Item({}, place, [])
    said = known(policy_type="aws", default_version=copy.version, document_read=True)
    yield node(item, export, aws.POLICY, arn, name=arn.rpartition("/")[2], properties=said)
    document = Item(dict(copy.document), f"{place}/2", item.faults)
    yield from statements(document, export, arn, Version(copy.version))
