"""AWS: `aws iam get-account-authorization-details`, and the ordinary list calls beside it.

Any number of files, in any order, each as the command line prints it; what a file is, its members
say. Several pages and several accounts may lie side by side: each account is a source of its own,
and so are an organisation, an Identity Center and its identity store (see `sources`). Nothing but
the authorisation details is needed: every other list turns a guarded path into a certain one, or
into none.

A policy of an organisation is `describe-policy` with its `Targets` (of `list-targets-for-policy`)
put beside `PolicySummary` and `Content`; policies of resources are a list `ResourcePolicies` of
`Arn` and `Policy`, because the calls that print them leave the resource out. For the same reason an
account or a unit of an organisation may name its `ParentId`, a permission set what was read along
(`InlinePolicy`, `AttachedManagedPolicies`, `PermissionsBoundary`), and a SAML provider the
`EntityId` of its metadata.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from idgraph.errors import InputError
from idgraph.records import Record, Source
from idgraph.vocabulary import aws
from loaders._fields import Item
from loaders._files import File, find, renamed
from loaders._reading import Counts, Loader, Progress, Reading, Share
from loaders.aws_iam import pulled, shipped
from loaders.aws_iam.answers import ACCOUNT, CONVERTERS, NEEDED, REPORT
from loaders.aws_iam.coverage import coverage
from loaders.aws_iam.export import Export, node
from loaders.aws_iam.files import note_details, read_file
from loaders.aws_iam.sources import Belongs, Homes, Level

__all__ = ["ACCOUNT", "CONVERTERS", "LOADER", "NEEDED", "REPORT", "divide", "parse"]

NAME = "aws_iam"


@dataclass(frozen=True, slots=True)
class _Plan:
    """The sources that files are of, and where what names none belongs."""

    homes: Homes
    files: tuple[File, ...]
    sources: tuple[Belongs, ...]  # those to read

    @property
    def levels(self) -> frozenset[Level]:
        return frozenset(each.level for each in self.sources)


def parse(
    paths: Sequence[Path], *, scope: str | None = None, progress: Progress | None = None
) -> Reading:
    """Return a reading of the answers of AWS; its source is None where they are of several.

    Raises
    ------
    InputError
        A path holds no file to read. What a file holds is judged as it is read.
    """
    files = _find(paths)
    read = partial(_read_all, files=files, scope=scope or "", progress=progress)
    return Reading([file.name for file in files], read)


def divide(paths: Sequence[Path], *, scope: str | None = None) -> tuple[Share, ...]:
    """Return what the answers of AWS hold of each account, organisation and Identity Center.

    Every file is read once for it, and then once for each source that it holds something of.

    Raises
    ------
    InputError
        The files cannot be understood, or hold nothing of the `scope`.
    """
    plan = _plan(_find(paths), scope or "")
    return tuple(_share(plan, each) for each in plan.sources)


def _find(paths: Sequence[Path]) -> tuple[File, ...]:
    return find(paths, ".json", ".csv", deep=True)


def _share(plan: _Plan, belongs: Belongs) -> Share:
    files = renamed(plan.homes.files_of(belongs))
    source = Source(loader=NAME, scope=belongs.id)

    def all_of_it(reading: Reading, progress: Progress | None) -> Iterator[Record]:
        yield from _read(reading.counts, files, plan, belongs, progress)
        reading.source = source

    def read(progress: Progress | None) -> Reading:
        return Reading([file.name for file in files], partial(all_of_it, progress=progress))

    return Share(source=source, paths=tuple({file.path: None for file in files}), read=read)


def _plan(files: Sequence[File], scope: str) -> _Plan:
    """Read all files once to find out what they are of."""
    homes, counts = Homes(files, scope), Counts()
    for file in files:
        for _ in read_file(file, Export(counts, homes), None):
            pass
    found = homes.sources
    if not found:
        raise InputError(
            files[0].name,
            "names no account",
            place=f"{files[0].name}#",
            hint="Load it with the other answers of its account, or name the account with --scope.",
        )
    wanted = tuple(each for each in found if scope in ("", each.id))
    if not wanted:
        raise InputError(
            files[0].name,
            f"holds nothing of {scope}, but of {', '.join(each.id for each in found)}",
            hint="Leave --scope out to load all.",
        )
    return _Plan(homes, tuple(files), wanted)


def _read_all(
    reading: Reading, *, files: Sequence[File], scope: str, progress: Progress | None
) -> Iterator[Record]:
    plan = _plan(files, scope)
    for each in plan.sources:
        yield from _read(reading.counts, plan.homes.files_of(each), plan, each, progress)
    if len(plan.sources) == 1:
        reading.source = Source(loader=NAME, scope=plan.sources[0].id)


def _read(
    counts: Counts,
    files: Sequence[File],
    plan: _Plan,
    belongs: Belongs,
    progress: Progress | None,
) -> Iterator[Record]:
    """Yield what files hold of one source."""
    export = Export(counts, plan.homes, belongs, is_first=belongs == plan.homes.sources[0])
    for file in files:
        yield from read_file(file, export, progress)
    note_details(export)
    for kind, _, later in export.later:
        export.record = kind
        yield from later.convert(export.account)
    yield from shipped.records(export)
    if export.account:
        export.record = ACCOUNT
        place = Item({}, f"{files[0].name}#", [])
        said = {"account_id": export.account}
        yield node(place, export, aws.ACCOUNT, export.account, name="", properties=said)
    yield from coverage(export, belongs.level, plan.levels)


LOADER = Loader(
    name=NAME,
    reads="AWS accounts: `aws iam get-account-authorization-details` and the list calls beside it",
    record_kinds=(
        *dict.fromkeys(kind for kind, _ in CONVERTERS.values()),
        REPORT,
        ACCOUNT,
        shipped.SHIPPED,
        pulled.PULL,
    ),
    parse=parse,
    divide=divide,
)
