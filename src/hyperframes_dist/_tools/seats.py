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
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Self

from .machine import processors
from .process import members


class Seat:
    """
    A worker's claim to a processor, one of those the calling thread may use.

    It is taken for the length of a ``with`` block. Without a free one, or where no such claims
    can be made, nothing is ever bound.

    Attributes:
        realm: Begins the names of seats; workers of other realms do not count.
    """

    realm = "hyperframes_dist/processor"

    def __init__(self) -> None:
        self._all = processors()
        self._own: int | None = None
        self._bound = 0

    def __enter__(self) -> Self:
        self._claim, self._asking = _socket(), _socket()
        if len(self._all) > 1:
            free = (n for n in sorted(self._all) if self._done(self._claim.bind, n))
            self._own = next(free, None)
        return self

    def __exit__(self, *_: object) -> None:
        self._bind_only(0)
        self._claim.close()
        self._asking.close()

    def settle(self, group: int) -> None:
        """
        Bind the process *group* to this seat's processor, or let it go, as others come and go.

        Cheap while nothing changes: call it for every frame.
        """
        self._bind_only(group if self._is_full() else 0)

    def _is_full(self) -> bool:
        """Whether every processor has a worker, this one among them."""
        if self._own is None:
            return False
        others = self._all - {self._own}
        return all(self._done(self._asking.connect, n) for n in others)

    def _done(self, call: Callable[[str], None], processor: int) -> bool:
        """Whether *call* can be made with the name of *processor*."""
        try:
            call(self.name_of(processor))
        except OSError:
            return False
        return True

    @classmethod
    def name_of(cls, processor: int) -> str:
        """The abstract name of the seat at *processor*."""
        return f"\0{cls.realm}/{processor}"

    def _bind_only(self, group: int) -> None:
        """Bind *group*, or nothing if it is 0, and let go what was bound before."""
        if group == self._bound:
            return
        if self._bound:
            _bind_group(self._bound, self._all)
        self._bound = group
        if group:
            _bind_group(group, self._where)

    @property
    def _where(self) -> frozenset[int]:
        own = self._own
        return frozenset({own}) if self._bound and own is not None else self._all

    def sit(self) -> None:
        """
        Have the calling thread, which is ours, and what it starts run where the group does.

        They wait their turn and interrupt nothing that draws: SCHED_BATCH in sched(7).
        """
        _bind((0,), self._where)
        with contextlib.suppress(OSError):
            os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))


def _socket() -> socket.socket:
    return socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)


def threads(group: int) -> Iterable[int]:
    """Every thread of the process *group*, by number."""
    for process in members(group):
        with contextlib.suppress(OSError):
            yield from (
                int(task.name) for task in Path("/proc", str(process), "task").iterdir()
            )


def _bind_group(group: int, processors: frozenset[int]) -> None:
    """Bind each thread of *group*, also one that another made before it was bound."""
    bound = set[int]()
    while new := set(threads(group)) - bound:
        _bind(new, processors)
        bound |= new


def _bind(threads: Iterable[int], processors: frozenset[int]) -> None:
    for thread in threads:
        # It may have ended, or be another user's by now.
        with contextlib.suppress(OSError):
            os.sched_setaffinity(thread, processors)
