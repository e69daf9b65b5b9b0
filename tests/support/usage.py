"""
What a process holds, counted again and again, and the line that is fitted to the counts.
"""

from __future__ import annotations

import math
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

import attrs

from hyperframes_dist._browser.cdp import command
from hyperframes_dist._render.warm import WarmBrowser
from hyperframes_dist.progress import Control
from injuries import descendants

_PAGE_KIB = os.sysconf("SC_PAGE_SIZE") / 1024


@attrs.frozen(kw_only=True)
class Usage:
    """
    What this process holds at one moment.

    Attributes:
        memory: KiB of this process that are its alone, or in use.
        browsers: Likewise of the processes below it; each counts what they share.
        descriptors: Open files, pipes and sockets.
        threads: Of this process.
        processes: Below it.
        files: Files and directories among the temporary ones.
        contexts: Browser contexts.
    """

    memory: float
    browsers: float
    descriptors: int
    threads: int
    processes: int
    files: int
    contexts: int


def look(browser: WarmBrowser | None = None) -> Usage:
    """What there is now; *browser* is asked for its contexts."""
    below = descendants(os.getpid())
    return Usage(
        memory=_resident(os.getpid()),
        browsers=sum(map(_resident, below)),
        descriptors=_count("/proc/self/fd"),
        threads=_count("/proc/self/task"),
        processes=len(below),
        files=_below(tempfile.gettempdir()),
        contexts=0 if browser is None else _contexts(browser),
    )


def _below(folder: str) -> int:
    # Unlike rglob it passes over a directory that somebody removes meanwhile.
    return sum(len(files) + len(folders) for _, folders, files in os.walk(folder))


def _count(folder: str) -> int:
    return sum(1 for _ in Path(folder).iterdir())


def _resident(pid: int) -> float:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE_KIB
    except OSError:
        return 0.0


def _contexts(warm: WarmBrowser) -> int:
    browser = warm._browser
    if browser is None or not browser.alive:
        return 0
    asked = command(browser.connection, "Target.getBrowserContexts", {}, timeout=30)
    return len(browser.loop.run(asked, Control())["browserContextIds"])


@attrs.frozen(kw_only=True)
class Line:
    """
    The straight line that lies closest to a row of counts.

    Attributes:
        first: Where it begins.
        slope: What it rises by from one count to the next.
        error: The standard error of *slope*.
    """

    first: float
    slope: float
    error: float

    def rises(self, bound: float) -> bool:
        """Whether it rises by more than *bound*, and surely: by three standard errors."""
        return self.slope - 3 * self.error > bound


def fit(counts: Sequence[float]) -> Line:
    """The line through *counts*, of which there are at least three."""
    number = len(counts)
    middle, mean = (number - 1) / 2, sum(counts) / number
    spread = sum((x - middle) ** 2 for x in range(number))
    slope = sum((x - middle) * y for x, y in enumerate(counts)) / spread
    first = mean - slope * middle
    rest = sum((y - first - slope * x) ** 2 for x, y in enumerate(counts))
    error = math.sqrt(rest / (number - 2) / spread)
    return Line(first=first, slope=slope, error=error)
