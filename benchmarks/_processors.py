"""Whose the processors' seconds are: every thread below a process, by the work it does."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import attrs
from _below import processes_below, repeatedly
from _race import own_seconds

_INTERVAL = 0.05
_TICKS = os.sysconf("SC_CLK_TCK")

WORK = {
    "raster": "Chrome: painting the layers (raster)",
    "page": "Chrome: script, style, layers of the page",
    "compositing": "Chrome: putting layers together",
    "protocol": "Chrome: protocol, requests",
    "other chrome": "Chrome: everything else",
    "x264": "ffmpeg: x264",
    "other ffmpeg": "ffmpeg: reading pixels, colours, files",
    "python": "Python: plan, protocol, hand-over",
    "unseen": "too short to be seen",
}
"""Kinds of work, in the order a frame goes through them."""

CHROME = ("raster", "page", "compositing", "protocol", "other chrome")
"""What the browser does, whoever drives it."""


@attrs.define
class Usage:
    """
    Processor seconds by kind of work.

    Attributes:
        seconds: By a key of `WORK`.
        kernel: The part of them spent in the kernel.
    """

    seconds: dict[str, float] = attrs.field(factory=dict)
    kernel: dict[str, float] = attrs.field(factory=dict)


@contextmanager
def watch_processors() -> Iterator[Usage]:
    """Look now and then at all threads that start below this process in the block."""
    usage, own, began = Usage(), os.getpid(), own_seconds()
    last: dict[str, tuple[str, float, float]] = {}
    # What an earlier contestant left running is not this one's.
    others = frozenset(processes_below(own))
    watching = 0.0

    def look() -> None:
        nonlocal watching
        last.update(_threads_of(set(processes_below(own)) - others))
        watching = time.thread_time()

    with repeatedly(look, _INTERVAL):
        yield usage
    usage.seconds, usage.kernel = _sums(last)
    unseen = own_seconds() - began - watching - sum(usage.seconds.values())
    usage.seconds["unseen"] = max(0.0, unseen)


def _sums(
    threads: Mapping[str, tuple[str, float, float]],
) -> tuple[dict[str, float], dict[str, float]]:
    seconds: Counter[str] = Counter()
    kernel: Counter[str] = Counter()
    for work, user, system in threads.values():
        seconds[work] += user + system
        kernel[work] += system
    return dict(seconds), dict(kernel)


def _threads_of(pids: Iterable[int]) -> dict[str, tuple[str, float, float]]:
    """What each thread of *pids* does, and its seconds, by its number."""
    found = {}
    for pid in pids:
        try:
            line = Path(f"/proc/{pid}/cmdline").read_bytes()
            if not line:
                # It is about to end and no longer says what it was.
                continue
            for task in Path(f"/proc/{pid}/task").iterdir():
                name, user, system = _times(task)
                found[task.name] = (_work_of(line, name), user, system)
        except (OSError, ValueError):
            # It has ended meanwhile.
            continue
    return found


def _times(task: Path) -> tuple[str, float, float]:
    head, _, rest = (task / "stat").read_text().rpartition(")")
    fields = rest.split()
    name = head.partition("(")[2]
    return name, int(fields[11]) / _TICKS, int(fields[12]) / _TICKS


def _work_of(command: bytes, thread: str) -> str:
    """The key of `WORK` for *thread* of the process *command*."""
    if b"--type=renderer" in command:
        return "raster" if thread.startswith("ThreadPoolForeg") else "page"
    if b"--type=gpu-process" in command:
        return "compositing"
    if b"--type=" in command:
        return "other chrome"
    if b"headless-shell" in command or b"headless_shell" in command:
        return "protocol"
    if b"ffmpeg" in command:
        return "x264" if "libx264" in thread else "other ffmpeg"
    return "python"
