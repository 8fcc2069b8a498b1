"""The way to a server: opened when needed, retried where that is safe, faults in a sentence."""

from __future__ import annotations

import re
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import neo4j
from neo4j import exceptions

from idgraph.errors import StoreVersionError
from idgraph.stores.neo4j.address import Address
from idgraph.stores.neo4j.credentials import credentials
from idgraph.stores.neo4j.faults import fault
from idgraph.stores.neo4j.schema import OLDEST_SERVER

T = TypeVar("T")

Transaction = neo4j.ManagedTransaction
Record = neo4j.Record

_CONNECT_SECONDS = 10.0


class Server:
    """One database of one server; `patience` is how long, in seconds, a lost one is waited for."""

    def __init__(self, address: Address, *, patience: float = 30.0) -> None:
        self.address = address
        self.patience = patience
        self._driver: neo4j.Driver | None = None
        self._closing: weakref.finalize[[], Server] | None = None

    def close(self) -> None:
        """Close the connections; they open again when they are needed."""
        if self._closing is not None:
            self._closing()
        self._driver = None

    def read(self, work: Callable[[Transaction], T]) -> T:
        """Return what a transaction that only reads finds; it is repeated if it is cut off."""
        return self._repeated(neo4j.READ_ACCESS, lambda session: session.execute_read(work))

    def write(self, work: Callable[[Transaction], T]) -> T:
        """Do work that may be repeated after it was done: a lost answer says nothing."""
        return self._repeated(neo4j.WRITE_ACCESS, lambda session: session.execute_write(work))

    def _repeated(self, access: str, work: Callable[[neo4j.Session], T]) -> T:
        """Do what the driver repeats, and again where the answer to a commit was lost."""
        give_up = time.monotonic() + self.patience
        while True:
            try:
                with self._session(access, raw=(exceptions.IncompleteCommit,)) as session:
                    return work(session)
            except exceptions.IncompleteCommit as error:
                if time.monotonic() > give_up:
                    raise fault(error, self.address) from error

    def run(self, text: str, **parameters: Any) -> list[neo4j.Record]:
        """Run a statement that brings its own transactions or changes the schema."""
        with self._session(neo4j.WRITE_ACCESS) as session:
            return list(session.run(text, parameters))

    @contextmanager
    def _session(
        self, access: str, raw: tuple[type[Exception], ...] = ()
    ) -> Iterator[neo4j.Session]:
        with self.faults(raw):
            driver = self._opened()
            with driver.session(
                database=self.address.database, default_access_mode=access
            ) as session:
                yield session

    def _opened(self) -> neo4j.Driver:
        if self._driver is None:
            driver = self._new_driver()
            try:
                driver.verify_connectivity()
                self._check_version(driver.get_server_info().agent)
            except BaseException:
                driver.close()
                raise
            self._driver = driver
            self._closing = weakref.finalize(self, driver.close)
        return self._driver

    def _new_driver(self) -> neo4j.Driver:
        options: dict[str, Any] = {"encrypted": True} if self.address.encrypt else {}
        return neo4j.GraphDatabase.driver(
            self.address.uri,
            auth=credentials(self.address.uri),
            connection_timeout=_CONNECT_SECONDS,
            connection_acquisition_timeout=self.patience + _CONNECT_SECONDS,
            max_transaction_retry_time=self.patience,
            notifications_min_severity=neo4j.NotificationMinimumSeverity.OFF,
            telemetry_disabled=True,
            user_agent="idgraph",
            **options,
        )

    def _check_version(self, agent: str) -> None:
        """Refuse a server that is too old; what calls itself otherwise is left to prove itself."""
        found = re.match(r"Neo4j/(\d+)\.(\d+)", agent)
        if found and (int(found[1]), int(found[2])) < OLDEST_SERVER:
            raise StoreVersionError(
                self.address.subject,
                f"runs on {agent.replace('/', ' ')}, which is too old",
                hint=f"idgraph needs Neo4j {OLDEST_SERVER[0]}.{OLDEST_SERVER[1]} or newer.",
            )

    @contextmanager
    def faults(self, raw: tuple[type[Exception], ...] = ()) -> Iterator[None]:
        """Say in one sentence, without credentials, what the driver or the server found wrong."""
        try:
            yield
        except (exceptions.DriverError, exceptions.Neo4jError, OSError) as error:
            if isinstance(error, raw):
                raise
            raise fault(error, self.address) from error
