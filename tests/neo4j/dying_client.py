"""A client that loads and kills itself: `dying_client.py URL BATCH before|after LOAD`."""

from __future__ import annotations

import os
import signal
import sys

from idgraph.stores.neo4j import Neo4jStore
from idgraph.stores.neo4j.lease import Lease
from tests.neo4j.company import loading
from tests.neo4j.examples import load_all


def main(url: str, batch: str, moment: str, number: str) -> None:
    write = Lease.write

    def deadly(self, statements):
        due = self.batch + 1 == int(batch)
        if due and moment == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        answers = write(self, statements)
        if due:
            os.kill(os.getpid(), signal.SIGKILL)
        return answers

    Lease.write = deadly
    load_all(Neo4jStore(url), [loading(int(number))])


if __name__ == "__main__":
    main(*sys.argv[1:])
