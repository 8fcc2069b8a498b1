"""A store's URL: which server, which graph in it, and whether the way there is encrypted."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import parse_qsl, urlsplit

from idgraph.errors import StoreError

SCHEMES = ("neo4j", "neo4j+s", "neo4j+ssc", "bolt", "bolt+s", "bolt+ssc")
DEFAULT_GRAPH = "default"

_HINT = "Write it as neo4j+s://HOST?graph=NAME; credentials go to the environment."
_OPTIONS = ("graph", "database", "tls")


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a graph is kept; there are no credentials in it."""

    uri: str  # what the driver opens: scheme, host, port
    graph: str = DEFAULT_GRAPH
    database: str | None = None  # None: the account's home
    encrypt: bool = False  # where the scheme leaves it open

    @property
    def url(self) -> str:
        """The address as people write it."""
        parts = [f"graph={self.graph}"] if self.graph != DEFAULT_GRAPH else []
        parts += [f"database={self.database}"] if self.database else []
        return f"{self.uri}?{'&'.join(parts)}" if parts else self.uri

    @property
    def subject(self) -> str:
        """What errors speak of."""
        return f"the store {self.url}"


def address(url: str) -> Address:
    """Return what a URL says.

    Raises
    ------
    StoreError
        It is not the URL of a Neo4j store, or holds credentials.
    """
    parts = urlsplit(url)
    if "@" in parts.netloc:
        raise StoreError(
            "the URL of the store",
            "holds credentials, and URLs end up in histories and logs",
            hint="Put them into NEO4J_USERNAME and NEO4J_PASSWORD.",
        )
    host = _host(url)
    if parts.scheme not in SCHEMES or parts.path.strip("/") or parts.fragment:
        raise StoreError(f"the store {url!r}", "is not at an address of Neo4j", hint=_HINT)
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    for name in options:
        if name not in _OPTIONS:
            known = ", ".join(_OPTIONS)
            raise StoreError(
                f"the option {name!r} of the store's URL", "is not known", hint=f"Known: {known}."
            )
    return Address(
        uri=f"{parts.scheme}://{parts.netloc}",
        graph=options.get("graph") or DEFAULT_GRAPH,
        database=options.get("database") or None,
        encrypt="+" not in parts.scheme and _encrypts(options.get("tls", ""), host),
    )


def _host(url: str) -> str:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise StoreError(f"the store {url!r}", "has no valid port", hint=_HINT) from None
    if not parts.hostname:
        raise StoreError(f"the store {url!r}", "names no host", hint=_HINT)
    return parts.hostname


def _encrypts(wanted: str, host: str) -> bool:
    if wanted not in {"", "on", "off"}:
        raise StoreError("the option tls of the store's URL", f"is {wanted!r}, not on or off")
    return wanted == "on" or (not wanted and not _is_here(host))


def _is_here(host: str) -> bool:
    """Return whether a host is this machine: what is said to it crosses no network."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"
