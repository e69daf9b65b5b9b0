"""The processes below one, looked at again and again while something runs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


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
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        children.setdefault(parent, []).append(int(stat.parent.name))
    found = list(children.get(root, ()))
    for pid in found:
        found += children.get(pid, ())
    return found
