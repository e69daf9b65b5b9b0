"""
What this machine, or a container on it, has to offer: processors, memory; how busy it is.

Linux keeps a container's limits in control groups, directories one below the other; what a
process may use is the least of those above it. Both versions are read (cgroups(7), and
Documentation/admin-guide/cgroup-v2.rst, sched-bwc.rst and cgroup-v1/memory.rst of the kernel);
where there is none, or none can be read, there is no limit.
"""

from __future__ import annotations

import contextlib
import math
import os
import platform
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from .._model.checks import check_number
from .._model.machine import Machine

MOST_WORKERS = 256
"""More browsers at once than any machine has a use for."""

# A worker's Chrome and encoder at 1080p stay below this.
_WORKER_BYTES = 1 << 30
OWN = Path("/proc/self")


def this_machine(proc: Path = OWN) -> Machine:
    """This machine, as of now, as far as the process at *proc* may have it."""
    return Machine(
        cores=_cores(proc),
        memory_mb=max(1, _memory(proc) >> 20),
        system=f"{platform.system()}-{platform.machine()}".lower(),
        load=os.getloadavg()[0],
    )


def most_workers(proc: Path = OWN) -> int:
    """
    One worker per processor the process at *proc* may use, as its memory allows.

    At least 1.
    """
    return max(1, min(_cores(proc), _memory(proc) // _WORKER_BYTES))


def check_workers(workers: int | None) -> None:
    """
    Refuse a number of workers that no machine has.

    Raises:
        InputError: *workers* is neither None nor a whole number from 1 to `MOST_WORKERS`.
    """
    if workers is not None:
        check_number("workers", workers, 1, MOST_WORKERS)


def processors() -> frozenset[int]:
    """The numbers of the processors that the calling thread may use."""
    return frozenset(os.sched_getaffinity(0))


def _cores(proc: Path) -> int:
    return max(1, math.ceil(min(len(processors()), processor_limit(proc))))


def _memory(proc: Path) -> int:
    physical = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return int(min(physical, memory_limit(proc)))


def processor_limit(proc: Path = OWN) -> float:
    """
    How many processors the process at *proc* may keep busy on average.

    Need not be whole; infinite without a limit.
    """
    return min(map(_group_processors, _groups(proc, "cpu")), default=math.inf)


def memory_limit(proc: Path = OWN) -> float:
    """Bytes the process at *proc* may have; infinite without a limit."""
    return min(map(_group_memory, _groups(proc, "memory")), default=math.inf)


def _group_processors(group: Path) -> float:
    match _words(group / "cpu.max") or [
        *_words(group / "cpu.cfs_quota_us"),
        *_words(group / "cpu.cfs_period_us"),
    ]:
        case [quota, period] if quota.isdigit():
            return int(quota) / int(period)
    return math.inf  # "max", "-1", or no such file


def _group_memory(group: Path) -> float:
    match _words(group / "memory.max") or _words(group / "memory.limit_in_bytes"):
        case [limit] if limit.isdigit():
            return int(limit)
    return math.inf


def _groups(proc: Path, controller: str) -> Iterator[Path]:
    """The directories of *proc*'s groups, of either version, that may limit *controller*."""
    mounts = list(_mounts(proc))
    for line in _lines(proc / "cgroup"):
        _, controllers, path = line.split(":", 2)
        wanted = controller if controllers else "cgroup2"
        if not controllers or controller in controllers.split(","):
            for names, root, point in mounts:
                if wanted in names:
                    yield from _upwards(point, root, path)


def _mounts(proc: Path) -> Iterator[tuple[list[str], str, Path]]:
    """Hierarchies: their controllers or version, the group that is mounted, and where."""
    for line in _lines(proc / "mountinfo"):
        before, _, after = line.partition(" - ")
        root, point = before.split()[3:5]
        system, _, options = after.split(maxsplit=2)
        if system in ("cgroup", "cgroup2"):
            yield [system, *options.split(",")], root, Path(point)


def _upwards(point: Path, root: str, path: str) -> Iterator[Path]:
    """The group at *path*, and those above it as far as they are mounted."""
    inside = PurePosixPath(path)
    # A namespace names groups from its own root, whichever group is mounted.
    with contextlib.suppress(ValueError):
        inside = inside.relative_to(root)
    own = PurePosixPath(*(part for part in inside.parts if part not in ("/", "..")))
    yield from (point / group for group in (own, *own.parents))


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text().splitlines()
    except OSError:
        return []


def _words(path: Path) -> list[str]:
    return " ".join(_lines(path)).split()
