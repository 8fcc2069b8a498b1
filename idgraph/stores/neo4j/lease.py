"""One writer at a time: a lease in the head of the graph that expires by the server's clock.

Every batch checks and renews it in its own transaction and carries a number, so that a batch whose
answer was lost can be sent again, and a writer that stood still too long can write no more.
"""

from __future__ import annotations

import os
import platform
import secrets
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, LiteralString

from idgraph.errors import StoreBusyError, StoreError, StoreVersionError
from idgraph.stores.neo4j.connection import Server, Transaction
from idgraph.stores.neo4j.schema import (
    CONSTRAINT,
    HEAD_ID,
    HEAD_LABEL,
    LABEL,
    SCHEMA_VERSION,
)
from idgraph.stores.writers import is_running

SECONDS = 60.0

Statement = tuple[str, Mapping[str, Any]]

_MINE: set[str] = set()  # the leases that this process really holds

_UNIQUE: LiteralString = (
    f"CREATE CONSTRAINT {CONSTRAINT} IF NOT EXISTS "
    f"FOR (n:{LABEL}) REQUIRE (n.graph, n.id) IS UNIQUE"
)
_FIRST: LiteralString = (
    f"MERGE (now:{LABEL} {{graph: $graph, id: $id}}) "
    f"ON CREATE SET now:{HEAD_LABEL}, now.head = 0, now.swept = 0, now.superseded = 0, "
    "now.form = $form, now.opened = 0, now.closed = 0 "
    "SET now.touched = timestamp() "  # locks it, so that two who ask take turns
    "RETURN now.form AS form, now.head AS head, now.lease AS lease, now.lease_pid AS pid, "
    "now.lease_host AS host, now.lease_until > timestamp() AS lasts, "
    "coalesce(now.loading, 0) > now.head AS unfinished, now.superseded > 0 AS superseded"
)
_TAKE: LiteralString = (
    f"MATCH (now:{LABEL} {{graph: $graph, id: $id}}) "
    "SET now.lease = $token, now.lease_pid = $pid, now.lease_host = $host, "
    "now.lease_until = timestamp() + $length, now.batch = 0"
)
_FENCE: LiteralString = (
    f"MATCH (now:{LABEL} {{graph: $graph, id: $id}}) SET now.touched = timestamp() "
    "WITH now WHERE now.lease = $token OR now.ended = $token "
    "WITH now, coalesce(now.ended = $token, false) OR now.batch >= $batch AS done "
    "SET now.batch = CASE WHEN done THEN now.batch ELSE $batch END, "
    "now.lease_until = timestamp() + $length RETURN done"
)
_RENEW: LiteralString = (
    f"MATCH (now:{LABEL} {{graph: $graph, id: $id}}) WHERE now.lease = $token "
    "SET now.lease_until = timestamp() + $length"
)
RELEASE: LiteralString = (
    f"MATCH (now:{LABEL} {{graph: $graph, id: $id}}) WHERE now.lease = $token "
    "SET now.ended = $token REMOVE now.lease, now.lease_pid, now.lease_host, now.lease_until"
)


@dataclass
class Lease:
    """The right to write, with what the graph was like when it was taken."""

    server: Server
    token: str
    head: int
    unfinished: bool  # a load was cut off and has to be undone
    superseded: bool  # something is kept that only readers of an older head may need
    batch: int = 0
    _over: threading.Event = field(default_factory=threading.Event)

    @property
    def parameters(self) -> dict[str, Any]:
        """What every statement under the lease may refer to."""
        return {
            "graph": self.server.address.graph,
            "id": HEAD_ID,
            "token": self.token,
            "length": int(SECONDS * 1000),
        }

    def write(self, statements: Iterable[Statement]) -> list[list[Any]]:
        """Run statements in one transaction, once, and return what each answered.

        Raises
        ------
        StoreBusyError
            Another writer took the lease over.
        """
        self.batch += 1
        batch, listed = self.batch, list(statements)

        def work(transaction: Transaction) -> list[list[Any]] | None:
            fence = transaction.run(_FENCE, self.parameters, batch=batch).single()
            if fence is None:
                return None
            if fence["done"]:
                return [[] for _ in listed]
            return [
                [record.values() for record in transaction.run(text, {**self.parameters, **more})]
                for text, more in listed
            ]

        answers = self.server.write(work)
        if answers is None:
            raise self._lost()
        return answers

    def read(self, statement: Statement) -> list[list[Any]]:
        """Return what a statement finds."""
        text, more = statement
        given = {**self.parameters, **more}
        return self.server.read(
            lambda transaction: [record.values() for record in transaction.run(text, given)]
        )

    def _lost(self) -> StoreBusyError:
        return StoreBusyError(
            self.server.address.subject,
            "was taken over by another load while this one stood still",
            hint="Nothing of this load is visible; load it again.",
        )

    def keep_alive(self) -> None:
        """Renew in the background, so that long thinking does not lose the lease."""
        threading.Thread(target=self._renew, name="idgraph-lease", daemon=True).start()

    def _renew(self) -> None:
        while not self._over.wait(SECONDS / 3):
            try:
                self.server.write(lambda transaction: _consumed(transaction, self.parameters))
            except StoreError:
                continue  # the next batch says what is wrong

    def release(self) -> None:
        """Give it back; nothing happens when it is no longer held."""
        self.end()
        parameters = self.parameters
        self.server.write(lambda transaction: transaction.run(RELEASE, parameters).consume())

    def end(self) -> None:
        """Stop renewing."""
        self._over.set()
        _MINE.discard(self.token)


def _consumed(transaction: Transaction, parameters: dict[str, Any]) -> None:
    transaction.run(_RENEW, parameters).consume()


def take(server: Server) -> Lease:
    """Return a new lease.

    Raises
    ------
    StoreBusyError
        A living writer holds it.
    StoreVersionError
        The graph was written by a newer idgraph.
    """
    server.run(_UNIQUE)
    token = secrets.token_hex(8)

    def work(transaction: Transaction) -> Any:
        parameters = {
            "graph": server.address.graph,
            "id": HEAD_ID,
            "token": token,
            "form": SCHEMA_VERSION,
            "pid": os.getpid(),
            "host": platform.node(),
            "length": int(SECONDS * 1000),
        }
        state = transaction.run(_FIRST, parameters).single(strict=True)
        check_form(server, state["form"])
        if state["lease"] is not None and state["lease"] != token and _lives(state):
            raise StoreBusyError(
                server.address.subject,
                f"is being loaded by another process (number {state['pid']} on {state['host']})",
                hint="Wait until that load has ended; reading is possible meanwhile.",
            )
        transaction.run(_TAKE, parameters).consume()
        return state

    state = server.write(work)
    _MINE.add(token)
    return Lease(server, token, state["head"], state["unfinished"], state["superseded"])


def check_form(server: Server, form: int) -> None:
    """Raise StoreVersionError unless this idgraph knows the form of what is kept."""
    if form > SCHEMA_VERSION:
        raise StoreVersionError(
            server.address.subject,
            f"was written by a newer idgraph (its form is {form}, this one knows {SCHEMA_VERSION})",
            hint="Upgrade idgraph: pip install --upgrade idgraph.",
        )


def _lives(state: Any) -> bool:
    if not state["lasts"]:
        return False
    if state["host"] != platform.node():
        return True
    if state["pid"] == os.getpid():
        return state["lease"] in _MINE
    return is_running(state["pid"])
