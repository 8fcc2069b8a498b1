"""AzureHound: what `azurehound list` writes of Entra ID and Azure.

AzureHound gives ids in upper case since mid-2026 and in lower case before; it leaves out what is
false, empty or zero; `meta` stands last. Ids come out in lower case and missing flags as False.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from idgraph.records import Record, Source
from loaders._files import File, find, opened
from loaders._json import elements
from loaders._reading import Loader, Progress, Reading
from loaders.azurehound import azure, entra, links, roles
from loaders.azurehound.coverage import IGNORED, coverage
from loaders.azurehound.export import Export, finish, parse_export, tenant_named

NAME = "azurehound"
UNKNOWN_TENANT = "unknown"
CONVERTERS = {
    **entra.CONVERTERS,
    **links.CONVERTERS,
    **roles.CONVERTERS,
    **azure.CONVERTERS,
}


def parse(
    paths: Sequence[Path], *, scope: str | None = None, progress: Progress | None = None
) -> Reading:
    """Return a reading of the files of one tenant.

    Raises
    ------
    InputError
        A path holds no file to read. What a file holds is judged as it is read.
    """
    files = find(paths, ".json")
    read = partial(_read, files=files, scope=scope or "", progress=progress)
    return Reading([file.name for file in files], read)


def _read(
    reading: Reading, *, files: Sequence[File], scope: str, progress: Progress | None
) -> Iterator[Record]:
    export = Export(counts=reading.counts, scope=scope)
    for file in files:
        with opened(file, progress) as stream:
            parts = elements(stream, file.name, wanted=("data", "meta"))
            yield from parse_export(parts, file.name, export, CONVERTERS)

    tenant = next(iter(export.tenants), scope)
    yield from finish(export, tenant)
    reading.source = _source(tenant)
    yield from coverage(export.seen, whole=export.whole)


def identify(paths: Sequence[Path], *, scope: str | None = None) -> Source:
    """Return the source of files: their tenant, found without converting a record.

    Raises
    ------
    InputError
        A file is no JSON.
    """
    for file in find(paths, ".json"):
        with opened(file, None) as stream:
            tenant = tenant_named(elements(stream, file.name, wanted=("data", "meta")), file.name)
        if tenant:
            return _source(tenant)
    return _source(scope or "")


def _source(tenant: str) -> Source:
    return Source(loader=NAME, scope=tenant.lower() or UNKNOWN_TENANT)


LOADER = Loader(
    name=NAME,
    reads="Entra ID and Azure as AzureHound collects them: .json, .zip, .gz or a folder of these",
    record_kinds=(*CONVERTERS, *IGNORED),
    parse=parse,
    quick_identify=identify,
)
