"""One file a source: a parsed export in, records out."""

from __future__ import annotations

from loaders import (
    aws_cloudtrail,
    aws_iam,
    azure_keyvault,
    azurehound,
    entra_audit,
    entra_signins,
    okta_system_log,
    owners_csv,
    reset_register,
    tickets_csv,
)
from loaders._reading import Counts, Loader, Progress, Reading, Share, Tally, named

LOADERS = (
    azurehound.LOADER,
    azure_keyvault.LOADER,
    owners_csv.LOADER,
    aws_iam.LOADER,
    reset_register.LOADER,
    entra_audit.LOADER,
    entra_signins.LOADER,
    okta_system_log.LOADER,
    aws_cloudtrail.LOADER,
    tickets_csv.LOADER,
)

__all__ = ["LOADERS", "Counts", "Loader", "Progress", "Reading", "Share", "Tally", "loader"]


def loader(name: str) -> Loader:
    """Return the loader of a name.

    Raises
    ------
    UnknownNameError
        There is none.
    """
    return named(name, LOADERS)
