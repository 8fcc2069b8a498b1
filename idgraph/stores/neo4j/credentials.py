"""Who we are to a server: from the environment, a keyring or a prompt, never from a URL."""

from __future__ import annotations

import getpass
import importlib
import os
import sys

from idgraph.errors import StoreError

USERNAME, PASSWORD = "NEO4J_USERNAME", "NEO4J_PASSWORD"
DEFAULT_USER = "neo4j"
_SERVICE = "idgraph"


def credentials(uri: str) -> tuple[str, str]:
    """Return user name and password for a server.

    Raises
    ------
    StoreError
        None are known, and nobody is there to be asked.
    """
    user = os.environ.get(USERNAME) or DEFAULT_USER
    password = os.environ.get(PASSWORD) or _from_keyring(uri, user) or _asked(uri, user)
    if not password:
        raise StoreError(
            f"the password for {uri}",
            "is not known",
            hint=f"Set {USERNAME} and {PASSWORD}.",
        )
    return user, password


def _from_keyring(uri: str, user: str) -> str | None:
    """Return what a keyring holds under `idgraph:<uri>`, if the package keyring is there."""
    try:
        keyring = importlib.import_module("keyring")
    except ImportError:
        return None
    try:
        found = keyring.get_password(f"{_SERVICE}:{uri}", user)
    except keyring.errors.KeyringError:
        return None
    return found if isinstance(found, str) else None


def _asked(uri: str, user: str) -> str | None:
    if not (sys.stdin and sys.stdin.isatty() and sys.stderr.isatty()):
        return None
    try:
        return getpass.getpass(f"Password of {user} at {uri}: ", stream=sys.stderr)
    except EOFError:
        return None
