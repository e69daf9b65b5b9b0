"""What benchmarks share: the machine, a composition at a size, memory of what we start."""

from __future__ import annotations

import os
import platform
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import attrs

import hyperframes_dist as hf

HERE = Path(__file__).parent


def describe_machine() -> str:
    """Processors, memory and versions, on one line."""
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    cores = len(os.sched_getaffinity(0))
    python = platform.python_version()
    return (
        f"{cores} x {model}, {memory:.0f} GiB, Python {python}, "
        f"hyperframes_dist {hf.__version__}, {hf.probe_chrome().product}"
    )


def write_peer(folder: Path, width: int, height: int, seconds: float = 10) -> Path:
    """The composition the peers are measured with, at a size."""
    folder.mkdir(parents=True, exist_ok=True)
    html = (HERE / "compositions/peer/index.html").read_text()
    html = html.replace("__WIDTH__", str(width)).replace("__HEIGHT__", str(height))
    html = html.replace('data-duration="10"', f'data-duration="{seconds:g}"')
    (folder / "index.html").write_text(html)
    return folder


def summary(values: list[float], unit: str = "s") -> str:
    """Median and range of *values*."""
    middle = statistics.median(values)
    return (
        f"{middle:.2f} {unit} ({min(values):.2f}-{max(values):.2f}, {len(values)} runs)"
    )


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


@contextmanager
def stopwatch(into: list[float]) -> Iterator[None]:
    """Append the block's seconds to *into*."""
    began = time.monotonic()
    yield
    into.append(time.monotonic() - began)
