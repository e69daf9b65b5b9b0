"""
What a caller can watch and stop: progress events, cancellation, deadlines.

A long call carries one `Control`; every wait in the library asks it how long it may
last. Nothing here knows what is being done.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Literal, Protocol

import attrs

from .errors import Cancelled, DeadlineExceeded, InputError

__all__ = ["Cancel", "Progress", "ProgressCallback", "Stage"]

# How long a caller's wish may go unnoticed while nothing is done.
_TICK = 0.1

Stage = Literal["plan", "render", "assemble"]


@attrs.frozen(kw_only=True)
class Progress:
    """
    One step forward.

    Attributes:
        stage: What is being done.
        done: Units finished: frames while rendering, steps otherwise.
        total: Units in all.
        detail: The step, for a person.
        elapsed: Seconds since the call began.
        rate: Units finished a second in this stage, such as frames; None before the first.
    """

    stage: Stage
    done: int
    total: int
    detail: str = ""
    elapsed: float = attrs.field(default=0.0, eq=False)
    rate: float | None = attrs.field(default=None, eq=False)

    @property
    def fraction(self) -> float:
        """How much of this stage is done, from 0 to 1."""
        return self.done / self.total if self.total else 1.0

    @property
    def eta(self) -> float | None:
        """Seconds this stage has still to go at its *rate*; None before that is known."""
        return (self.total - self.done) / self.rate if self.rate else None


ProgressCallback = Callable[[Progress], None]
"""
Called from the thread the call was made from, with its context; must return quickly.

What it raises ends the call.
"""


class Cancel(Protocol):
    """Anything with ``is_set()``, such as `threading.Event`."""

    def is_set(self) -> bool:
        """Whether the caller wants the call to stop."""
        ...


def soonest(deadline: float | None, timeout: float | None) -> float | None:
    """
    The deadline of a call that is also given so many seconds from now.

    Raises:
        InputError: *timeout* is no number above 0, or *deadline* no number.
    """
    if deadline is not None and not _is_number(deadline):
        raise InputError(
            f"deadline {deadline!r} is no moment on the clock of time.monotonic(); give "
            "time.monotonic() + 60, or timeout=60"
        )
    if timeout is None:
        return deadline
    if not (_is_number(timeout) and 0 < timeout < math.inf):
        raise InputError(f"timeout {timeout!r} is not a number of seconds above 0")
    end = time.monotonic() + timeout
    return end if deadline is None else min(deadline, end)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


@attrs.define
class _Pace:
    """When a call began, and how fast the stage it is at goes."""

    _begun: float = attrs.field(factory=time.monotonic, init=False)
    _stage: str = ""
    _first: tuple[float, int] = (0.0, 0)

    def of(self, stage: str, done: int) -> tuple[float, float | None]:
        """Seconds since the beginning; units a second since the stage was first told of."""
        now = time.monotonic()
        if stage != self._stage:
            self._stage, self._first = stage, (now, done)
        since, before = self._first
        rate = (done - before) / (now - since) if now > since else 0.0
        return now - self._begun, rate or None


@attrs.frozen
class Control:
    """
    A caller's three wishes, as one value.

    Attributes:
        report: Receives progress events; None for nobody.
        cancel: Stops the call when set.
        deadline: When the call must have ended, on the clock of `time.monotonic`.
    """

    report: ProgressCallback | None = None
    cancel: Cancel | None = None
    deadline: float | None = None
    _pace: _Pace = attrs.field(factory=_Pace, init=False, eq=False)

    def __attrs_post_init__(self) -> None:
        if self.report is not None and not callable(self.report):
            raise InputError(f"progress {self.report!r} is not a function")
        if self.cancel is not None and not hasattr(self.cancel, "is_set"):
            raise InputError(
                f"cancel {self.cancel!r} cannot be set; give a threading.Event()"
            )

    def check(self) -> None:
        """
        Raise if the call should not go on.

        Raises:
            Cancelled: *cancel* is set.
            DeadlineExceeded: *deadline* has passed.
        """
        if self.cancel is not None and self.cancel.is_set():
            raise Cancelled("cancelled by the caller")
        if self.deadline is not None and time.monotonic() >= self.deadline:
            raise DeadlineExceeded("the caller's deadline passed")

    def slice(self, seconds: float) -> float:
        """How long one wait of at most *seconds* may last before the next `check`."""
        if self.deadline is None:
            return seconds
        return max(0.0, min(seconds, self.deadline - time.monotonic()))

    def sleep(self, seconds: float) -> None:
        """
        Do nothing for so many *seconds*, or until the call should not go on.

        Raises:
            Cancelled, DeadlineExceeded: As `check` does.
        """
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.check()
            time.sleep(self.slice(min(left, _TICK)))
        self.check()

    def tell(self, stage: Stage, done: int, total: int, detail: str = "") -> None:
        """Report a step, then check."""
        if self.report is not None:
            elapsed, rate = self._pace.of(stage, done)
            self.report(
                Progress(
                    stage=stage,
                    done=done,
                    total=total,
                    detail=detail,
                    elapsed=elapsed,
                    rate=rate,
                )
            )
        self.check()
