"""How much memory a process and all below it take."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import attrs
from _below import processes_below, repeatedly


@attrs.define
class Peak:
    """Most memory seen, in bytes of proportional set size."""

    bytes: int = 0


@contextmanager
def watch_memory(interval: float = 0.1) -> Iterator[Peak]:
    """Sample this process and all below it for the length of the block."""
    peak, own = Peak(), os.getpid()

    def sample() -> None:
        pids = [own, *processes_below(own)]
        peak.bytes = max(peak.bytes, sum(map(_bytes_of, pids)))

    with repeatedly(sample, interval):
        yield peak


def _bytes_of(pid: int) -> int:
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0
    for line in text.splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return 0
