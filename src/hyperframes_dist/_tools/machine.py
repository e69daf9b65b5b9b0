"""
What this machine, or a container on it, has to offer: processors, memory; how busy it is.
"""

from __future__ import annotations

import math
import os
import platform

from .._model.machine import Machine
from .cgroup import memory_limit, processor_limit

# A worker's Chrome and encoder at 1080p stay below this.
_WORKER_BYTES = 1 << 30


def this_machine() -> Machine:
    """This machine, as of now."""
    return Machine(
        cores=_cores(),
        memory_mb=max(1, _memory() >> 20),
        system=f"{platform.system()}-{platform.machine()}".lower(),
        load=os.getloadavg()[0],
    )


def most_workers() -> int:
    """One worker per processor this process may use, as its memory allows; at least 1."""
    return max(1, min(_cores(), _memory() // _WORKER_BYTES))


def processors() -> frozenset[int]:
    """The numbers of the processors that the calling thread may use."""
    return frozenset(os.sched_getaffinity(0))


def _cores() -> int:
    return max(1, math.ceil(min(len(processors()), processor_limit())))


def _memory() -> int:
    physical = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return int(min(physical, memory_limit()))
