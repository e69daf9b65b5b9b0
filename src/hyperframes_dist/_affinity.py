"""
Each worker on a processor of its own, while this machine has a worker for every one of them.

A frame passes from Chrome's threads to ours and on to the encoder's. Where all processors are
busy, waking the next thread on another one gains nothing and costs an interrupt and a cold
cache (decision 0023). While one is free nothing is bound: a worker alone uses more than one.
What encodes never interrupts what draws.

Workers of other processes count too. A worker's seat is a Unix socket with an abstract name
(unix(7)) that says which processor: it has one holder at a time, and none once that process
has ended. Nothing is ever sent to it.
"""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Iterable
from pathlib import Path
from typing import Self

from ._process import members


class Seat:
    """
    A worker's claim to a processor, one of those the calling thread may use; close it.

    Without a free one, or on a system without such claims, nothing is ever bound.
    """

    def __init__(self) -> None:
        self._all = _allowed()
        self._claim, self._asking = _socket(), _socket()
        self._own, self._bound = -1, 0
        if len(self._all) > 1:
            self._own = next(filter(self._take, sorted(self._all)), -1)

    def _take(self, processor: int) -> bool:
        try:
            self._claim.bind(_name(processor))
        except OSError:
            return False
        return True

    def settle(self, group: int) -> None:
        """
        Bind the process *group* to this seat's processor, or let it go, as others come and go.

        Cheap while nothing changes: call it for every frame.
        """
        full = self._own >= 0 and all(map(self._is_taken, self._all - {self._own}))
        self._bind_only(group if full else 0)

    def _bind_only(self, group: int) -> None:
        """Bind *group*, or nothing if it is 0, and let go what was bound before."""
        if group == self._bound:
            return
        if self._bound:
            _bind(_threads(self._bound), self._all)
        self._bound = group
        if group:
            _bind(_threads(group), self._where)

    def _is_taken(self, processor: int) -> bool:
        try:
            self._asking.connect(_name(processor))
        except OSError:
            return False
        return True

    def sit(self) -> None:
        """
        Have the calling thread, which is ours, and what it starts run where the group does.

        They wait their turn and interrupt nothing that draws: SCHED_BATCH in sched(7).
        """
        _bind((0,), self._where)
        with contextlib.suppress(AttributeError, OSError):
            os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))

    @property
    def _where(self) -> frozenset[int]:
        return frozenset({self._own}) if self._bound else self._all

    def close(self) -> None:
        """Let go what is bound, and give the processor back."""
        self._bind_only(0)
        self._claim.close()
        self._asking.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _allowed() -> frozenset[int]:
    try:
        return frozenset(os.sched_getaffinity(0))
    except (AttributeError, OSError):
        return frozenset()


def _name(processor: int) -> str:
    return f"\0hyperframes_dist/processor/{processor}"


def _socket() -> socket.socket:
    return socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)


def _threads(group: int) -> Iterable[int]:
    for process in members(group):
        with contextlib.suppress(OSError):
            yield from (
                int(task.name) for task in Path("/proc", str(process), "task").iterdir()
            )


def _bind(threads: Iterable[int], processors: frozenset[int]) -> None:
    for thread in threads:
        # It may have ended, or be another user's by now.
        with contextlib.suppress(OSError):
            os.sched_setaffinity(thread, processors)
