"""What goes wrong between a client and a server, on purpose."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable
from urllib.parse import urlsplit

from idgraph.stores.neo4j.lease import Lease

COMMIT = b"\x00\x02\xb0\x12\x00\x00"  # the message as Bolt sends it
SECONDS_TO_COMMIT = 1.0


class Proxy:
    """A way to the server that is cut once: after so many bytes, or before a commit is answered."""

    def __init__(self, uri: str, cut_after: int = 10**9) -> None:
        parts = urlsplit(uri)
        self.target = (parts.hostname, parts.port)
        self.left = cut_after
        self.loses_answer = False  # to the next commit
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

    def _forward(self, source: socket.socket, target: socket.socket, there: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(4096):
                if there and self._is_cut(data, target, source):
                    break
                target.sendall(data)
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _is_cut(self, data: bytes, server: socket.socket, client: socket.socket) -> bool:
        self.left -= len(data)
        if self.loses_answer and data.endswith(COMMIT):
            self.loses_answer = False
            self.cuts += 1
            client.shutdown(socket.SHUT_RDWR)
            server.sendall(data)
            time.sleep(SECONDS_TO_COMMIT)
            return True
        if self.cuts or self.left > 0:
            return False
        self.cuts += 1
        return True


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
