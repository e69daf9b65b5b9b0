"""The processes below one, looked at again and again while something runs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from hyperframes_dist._tools.process import processes


@contextmanager
def repeatedly(look: Callable[[], object], interval: float) -> Iterator[None]:
    """Call *look* every *interval* seconds in a thread for the length of the block."""
    stop = threading.Event()

    def go() -> None:
        while not stop.wait(interval):
            look()

    thread = threading.Thread(target=go)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def processes_below(root: int) -> list[int]:
    """All that *root* started, and what those did."""
    children: dict[int, list[int]] = {}
    for number, facts in processes():
        children.setdefault(int(facts[1]), []).append(number)
    found = list(children.get(root, ()))
    for pid in found:
        found += children.get(pid, ())
    return found
