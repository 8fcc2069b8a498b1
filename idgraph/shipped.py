"""What ships with idgraph beside its code: the sample company and the notebooks."""

from __future__ import annotations

import os
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path

from idgraph.errors import IdGraphError, StoreError

DEFAULT_STORE = "idgraph.duckdb"
STORE_VARIABLE = "IDGRAPH_STORE"


def shipped(name: str) -> Path:
    """Return a folder that ships with idgraph: in the installed package, or in the checkout."""
    here = Path(__file__).resolve().parent
    for folder in (here / "_shipped" / name, here.parent / name):
        if folder.is_dir():
            return folder
    raise StoreError(f"the folder {name}", "is not part of this installation", hint="Reinstall.")


def jupyter(folder: str | Path, store: str | None) -> tuple[list[str], dict[str, str]]:
    """Put the notebooks into a folder, keeping what is there, and return how to open them.

    Raises
    ------
    IdGraphError
        JupyterLab is not installed, or the folder cannot be written.
    """
    if find_spec("jupyterlab") is None:
        raise IdGraphError(
            "JupyterLab", "is not installed", hint="Install it: pip install 'idgraph[lab]'."
        )
    url = store or os.environ.get(STORE_VARIABLE) or DEFAULT_STORE
    there = "://" in url or Path(url).exists()
    if not there and url != DEFAULT_STORE:
        raise StoreError(f"no store at {url}", "was found", hint="Check the path.")
    target = Path(folder)
    make_folder(target)
    try:
        for notebook in sorted(shipped("notebooks").glob("*.ipynb")):
            if not (target / notebook.name).exists():
                shutil.copyfile(notebook, target / notebook.name)
    except OSError as error:
        raise _unwritable(target, error) from None
    command = [sys.executable, "-m", "jupyterlab", str(target)]
    if not there:
        return command, {}
    return command, {STORE_VARIABLE: url if "://" in url else str(Path(url).resolve())}


def make_folder(folder: Path) -> None:
    """Make a folder where there is none; raises IdGraphError where that cannot be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(folder, error) from None


def _unwritable(folder: Path, error: OSError) -> IdGraphError:
    return IdGraphError(
        f"the folder {folder}",
        f"cannot be written ({error.strerror})",
        hint="Name a folder that you may write to.",
    )
