"""What goes wrong between a client and a server, on purpose."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable
from urllib.parse import urlsplit

from idgraph.stores.neo4j.lease import Lease


class Proxy:
    """A way to the server that is cut once, after so many bytes went towards it."""

    def __init__(self, uri: str, cut_after: int) -> None:
        parts = urlsplit(uri)
        self.target = (parts.hostname, parts.port)
        self.left = cut_after
        self.cuts = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.uri = f"bolt://127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self.listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                server = socket.create_connection(self.target)
                for ends in ((client, server, True), (server, client, False)):
                    threading.Thread(target=self._forward, args=ends, daemon=True).start()

    def _forward(self, source: socket.socket, target: socket.socket, counts: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(4096):
                if counts and not self.cuts:
                    self.left -= len(data)
                    if self.left <= 0:
                        self.cuts += 1
                        break
                target.sendall(data)
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


def at_every_batch(monkeypatch, before: Callable[[int], None], after: Callable[[int], None]):
    """Do something around each batch that a load writes; batches count from 1."""
    write = Lease.write

    def watched(self, statements):
        number = self.batch + 1
        before(number)
        answers = write(self, statements)
        after(number)
        return answers

    monkeypatch.setattr(Lease, "write", watched)


def nothing(number: int) -> None:
    """Do nothing around a batch."""
