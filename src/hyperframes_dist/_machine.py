"""
What this machine has to offer: processors, memory, and how busy it is.
"""

from __future__ import annotations

import os
import platform

from ._perf import Machine

# A worker's Chrome and encoder at 1080p stay below this.
_WORKER_BYTES = 1 << 30


def this_machine() -> Machine:
    """This machine, as of now."""
    return Machine(
        cores=len(processors()),
        memory_mb=max(1, _memory() >> 20),
        system=f"{platform.system()}-{platform.machine()}".lower(),
        load=os.getloadavg()[0],
    )


def most_workers() -> int:
    """One worker per processor, as memory allows; at least 1."""
    return max(1, min(len(processors()), _memory() // _WORKER_BYTES))


def processors() -> frozenset[int]:
    """The numbers of the processors that the calling thread may use."""
    return frozenset(os.sched_getaffinity(0))


def _memory() -> int:
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
