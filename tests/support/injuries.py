"""
What goes wrong with processes and files, done to them: by kind, at a seeded moment.
"""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from hyperframes_dist._tools.process import processes

WORDS = {
    "chrome": lambda line: b"--user-data-dir=" in line and b"--type=" not in line,
    "renderer": lambda line: b"--type=renderer" in line,
    "gpu": lambda line: b"--type=gpu-process" in line,
    "ffmpeg": lambda line: b"ffmpeg" in line.partition(b"\0")[0],
    "worker": lambda line: b"spawn_main" in line or b"forkserver" in line,
}
"""How the command line of a process of each kind is told."""

_TICK = 0.01


def descendants(pid: int) -> list[int]:
    """The living processes that *pid* started, and those they started, and so on."""
    parents = {
        number: int(facts[1]) for number, facts in processes() if facts[0] != "Z"
    }
    found, waiting = [], [pid]
    while waiting:
        above = waiting.pop()
        below = [number for number, parent in parents.items() if parent == above]
        found += below
        waiting += below
    return found


def command_line(pid: int) -> bytes:
    """What *pid* was started with; empty if it is gone."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    return b""


def find(kind: str, above: Callable[[], list[int]]) -> list[int]:
    """The processes of *kind* among those *above* gives."""
    return [pid for pid in above() if WORDS[kind](command_line(pid))]


@contextlib.contextmanager
def struck(
    kind: str,
    number: signal.Signals,
    after: float,
    *,
    above: Callable[[], list[int]],
    pick: int = 0,
) -> Iterator[list[int]]:
    """
    In the block, send a signal to one process of *kind*, *after* so many seconds.

    Yields:
        Who was met, filled meanwhile; nobody where none came in time.
    """
    met: list[int] = []
    over = threading.Event()

    def strike() -> None:
        over.wait(after)
        while not over.is_set() and not met:
            for pid in find(kind, above)[pick:] or find(kind, above)[:1]:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, number)
                    met.append(pid)
                    break
            over.wait(_TICK)

    thread = threading.Thread(target=strike)
    thread.start()
    try:
        yield met
    finally:
        over.set()
        thread.join()
        # Whoever was stopped and not ended by us must not wait for ever.
        for pid in met:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGCONT)


def wait_gone(pids: list[int], seconds: float = 10) -> list[int]:
    """Those of *pids* that still live after so many *seconds* at most."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        living = {number for number, facts in processes() if facts[0] not in "ZX"}
        pids = [pid for pid in pids if pid in living]
        if not pids:
            break
        time.sleep(0.05)
    return pids


def _flip(path: Path, dice: random.Random) -> None:
    data = bytearray(path.read_bytes())
    data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)
    path.write_bytes(data)


def _truncate(path: Path, dice: random.Random) -> None:
    path.write_bytes(path.read_bytes()[: dice.randrange(path.stat().st_size)])


def _double(path: Path, dice: random.Random) -> None:
    path.write_bytes(path.read_bytes() * 2)


def _lengthen(path: Path, dice: random.Random) -> None:
    path.write_bytes(path.read_bytes() + dice.randbytes(dice.randrange(1, 99)))


def _reorder(path: Path, dice: random.Random) -> None:
    data = path.read_bytes()
    middle = dice.randrange(1, len(data))
    changed = data[middle:] + data[:middle]
    # Half of nothing but the same byte would be itself again.
    path.write_bytes(changed if changed != data else data[1:])


def _empty(path: Path, dice: random.Random) -> None:
    path.write_bytes(b"")


def _remove(path: Path, dice: random.Random) -> None:
    path.unlink()


def _become_folder(path: Path, dice: random.Random) -> None:
    path.unlink()
    path.mkdir()


def _become_link(path: Path, dice: random.Random) -> None:
    away = path.with_name(f"{path.name}.elsewhere")
    path.rename(away)
    data = away.read_bytes()
    away.write_bytes(data[:-1] + bytes([data[-1] ^ 1]) if data else b"x")
    path.symlink_to(away)


DAMAGES = {
    "flipped": _flip,
    "truncated": _truncate,
    "doubled": _double,
    "lengthened": _lengthen,
    "reordered": _reorder,
    "emptied": _empty,
    "removed": _remove,
    "a folder": _become_folder,
    "a link": _become_link,
}
"""What happens to a file, by name; each leaves other bytes than there were."""


def swap(one: Path, other: Path) -> None:
    """Give each the other's bytes."""
    held = one.with_name(f"{one.name}.held")
    one.rename(held)
    other.rename(one)
    held.rename(other)


PROCESSES = Path("/sys/fs/cgroup/pids")
"""Where groups of processes are made that may be so many and no more."""


@contextlib.contextmanager
def few_processes(name: str, most: int) -> Iterator[Path]:
    """A group of *most* processes and threads; who writes 0 into the file joins it."""
    group = PROCESSES / name
    group.mkdir()
    try:
        (group / "pids.max").write_text(str(most))
        yield group / "cgroup.procs"
    finally:
        wait_gone([int(pid) for pid in (group / "cgroup.procs").read_text().split()])
        group.rmdir()


@contextlib.contextmanager
def small_disk(place: Path, kilobytes: int) -> Iterator[Path]:
    """A file system of its own at *place*, so large and no larger; takes root."""
    place.mkdir()
    options = f"size={kilobytes}k"
    subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)],
        check=True,
        capture_output=True,
    )
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True, capture_output=True)
        shutil.rmtree(place, ignore_errors=True)
