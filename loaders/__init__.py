"""One file a source: a parsed export in, records out."""

from __future__ import annotations

from loaders import azure_keyvault, azurehound, owners_csv
from loaders._reading import Counts, Loader, Progress, Reading, Tally, named

LOADERS = (azurehound.LOADER, azure_keyvault.LOADER, owners_csv.LOADER)

__all__ = ["LOADERS", "Counts", "Loader", "Progress", "Reading", "Tally", "loader"]


def loader(name: str) -> Loader:
    """Return the loader of a name.

    Raises
    ------
    UnknownNameError
        There is none.
    """
    return named(name, LOADERS)
