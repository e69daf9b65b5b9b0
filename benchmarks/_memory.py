"""How much memory a process and all below it take."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import attrs


@attrs.define
class Peak:
    """Most memory seen, in bytes of proportional set size."""

    bytes: int = 0


@contextmanager
def watch_memory(interval: float = 0.1) -> Iterator[Peak]:
    """Sample this process and all below it for the length of the block."""
    peak, stop = Peak(), threading.Event()

    def sample() -> None:
        while not stop.wait(interval):
            peak.bytes = max(peak.bytes, _tree_bytes(os.getpid()))

    thread = threading.Thread(target=sample)
    thread.start()
    try:
        yield peak
    finally:
        stop.set()
        thread.join()


def _tree_bytes(root: int) -> int:
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        children.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    total, waiting = 0, [root]
    while waiting:
        pid = waiting.pop()
        waiting += children.get(pid, [])
        total += _bytes_of(pid)
    return total


def _bytes_of(pid: int) -> int:
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0
    for line in text.splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return 0
