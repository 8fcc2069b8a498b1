"""Making what is sent next while the server still writes what was sent before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def ahead(made: Iterable[T]) -> Iterator[T]:
    """Yield what is made, in order, with the next one under way in a thread of its own.

    What goes wrong in the making is raised where it would have been yielded.
    """
    rest = iter(made)
    with ThreadPoolExecutor(1, "idgraph-ahead") as worker:
        coming = worker.submit(_next, rest)
        while found := coming.result():
            coming = worker.submit(_next, rest)
            yield found[0]


def _next(rest: Iterator[T]) -> tuple[T] | None:
    for each in rest:
        return (each,)
    return None
