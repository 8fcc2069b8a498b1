"""What driver and server find wrong, each in one sentence without credentials or data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from neo4j import exceptions

from idgraph.errors import StoreError, StoreVersionError
from idgraph.stores.neo4j.address import Address
from idgraph.stores.neo4j.credentials import PASSWORD, USERNAME
from idgraph.stores.neo4j.schema import OLDEST_SERVER

NEEDED = f"idgraph needs Neo4j {OLDEST_SERVER[0]}.{OLDEST_SERVER[1]} or newer."


@dataclass(frozen=True, slots=True)
class Fault:
    """A kind of error: how it is known, and what is said of it."""

    known: Callable[[Exception], bool]
    text: str  # may hold {database}
    hint: str
    error: type[StoreError] = StoreError


def _says(*words: str) -> Callable[[Exception], bool]:
    """Return a test whether an error, or what it came from, speaks of something."""

    def known(error: Exception) -> bool:
        cause: BaseException | None = error
        while cause is not None:
            text = f"{type(cause).__name__} {cause}"
            if any(word in text for word in words):
                return True
            cause = cause.__cause__ or cause.__context__
        return False

    return known


def _has_code(*parts: str) -> Callable[[Exception], bool]:
    return lambda error: any(part in _code(error) for part in parts)


def _is(kind: type[Exception]) -> Callable[[Exception], bool]:
    return lambda error: isinstance(error, kind)


def _code(error: Exception) -> str:
    return (isinstance(error, exceptions.Neo4jError) and error.code) or ""


# The first that fits is said. What a server says itself may hold data and is never shown.
REFUSALS = (
    Fault(
        _has_code("AuthenticationRateLimit"),
        "was given too many wrong passwords",
        "Wait half a minute.",
    ),
    Fault(
        _is(exceptions.AuthError),
        "does not accept the user name and password",
        f"Check {USERNAME} and {PASSWORD}.",
    ),
    Fault(
        _has_code("DatabaseNotFound"),
        "has no database named {database!r}",
        "Check database=NAME in the URL; Community has one, neo4j.",
    ),
    Fault(
        _has_code("Security"),
        "does not allow this account to do that",
        "See which grants it needs in docs/neo4j.md.",
    ),
    Fault(
        _is(exceptions.ConstraintError),
        "has a constraint of another application that forbids what was to be written",
        "Give idgraph a database of its own: database=NAME in the URL, or another server.",
    ),
    Fault(
        _has_code("OutOfMemory"),
        "ran out of memory",
        "Give the server more heap, or load less at once.",
    ),
)
FAILURES = (
    Fault(
        _is(exceptions.UnsupportedServerProduct),
        "runs on a server that is too old, or is no Neo4j",
        NEEDED,
        StoreVersionError,
    ),
    Fault(
        _says("SSL", "certificate"),
        "cannot be reached over TLS",
        "Check its certificate; for a server without TLS add tls=off to the URL.",
    ),
    Fault(
        _says("handshake", "Handshake", "version"),
        "does not speak a version of Bolt that this driver knows",
        f"Bolt is on port 7687, not 7474; {NEEDED}",
        StoreVersionError,
    ),
    Fault(
        _is(exceptions.ConfigurationError),
        "cannot be opened with such a URL",
        "Write it as neo4j+s://HOST?graph=NAME.",
    ),
)


def fault(error: Exception, address: Address) -> StoreError:
    """Return what is said of an error."""
    refused = isinstance(error, exceptions.Neo4jError)
    for each in REFUSALS if refused else FAILURES:
        if each.known(error):
            text = each.text.format(database=address.database)
            return each.error(address.subject, text, hint=each.hint)
    if refused:
        what = _code(error) or type(error).__name__
        return StoreError(address.subject, f"could not do what was asked ({what})")
    return StoreError(
        address.subject,
        "cannot be reached, or stopped answering",
        hint="Check host and port, and that the server runs.",
    )
