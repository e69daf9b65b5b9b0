"""
What a job tells of itself in its store while it runs, and how it is told to stop there.

A mark is a small file whose name says how far the job is, so whoever lists a folder has read
all of them. Marks are told at leisure and may get lost: no job waits for them, or fails with
them.
"""

from __future__ import annotations

import contextlib
import logging
import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import attrs

from .._model.codec import to_json
from .._model.keys import cancel_key, faults_folder, marks_folder, render_folder
from .._model.results import ChunkResult
from ..errors import Cancelled, DeadlineExceeded, HyperframesError, SeamError
from ..progress import Cancel, Control, Progress
from ..transport import Transport, open_transport, store_address
from .jobs import (
    Answer,
    AssembleJob,
    ChunkJob,
    Helped,
    HelpJob,
    Job,
    SoundJob,
    check_render_name,
)
from .layout import put_bytes

logger = logging.getLogger(__name__)

# A look is a request to the store, which on S3 costs money as a second of a worker does.
_LOOK_SECONDS = 1.0
_MARK_SECONDS = 2.0
_LONGEST = 2000
_MARK = re.compile(r"(\d+)\.(\d+)\.(\d+)\.(\d+)\.(\d+)", re.ASCII)


_NO_FAULTS = (Cancelled, DeadlineExceeded, SeamError)
"""What a render goes on after, if somebody wants it to."""


@attrs.frozen(kw_only=True)
class Fault:
    """
    What a job has failed with, where trying it again would not help.

    Attributes:
        error: Class of the error.
        reason: What it said.
    """

    error: str
    reason: str


@attrs.frozen
class Mark:
    """
    How far a job was at a moment.

    Attributes:
        done: Units finished: frames of a chunk, steps of another job.
        total: Units in all; 0 while that is not known.
        first: Units that were finished when it was first told of.
        begun: Milliseconds of the worker's clock then.
        at: Milliseconds of the worker's clock at this moment.
    """

    done: int
    total: int
    first: int
    begun: int
    at: int

    @classmethod
    def read(cls, name: str) -> Mark | None:
        """The mark whose file has that *name*."""
        found = _MARK.fullmatch(name)
        return cls(*map(int, found.groups())) if found else None

    @property
    def name(self) -> str:
        """The name of its file."""
        return f"{self.done}.{self.total}.{self.first}.{self.begun}.{self.at}"

    @property
    def rate(self) -> float | None:
        """Units a second since it was first told of."""
        seconds = (self.at - self.begun) / 1000
        return (self.done - self.first) / seconds if seconds > 0 else None


def job_name(job: Job) -> str:
    """What *job* is called among the jobs of its render."""
    if isinstance(job, ChunkJob):
        return f"{job.plan_hash}/chunk-{job.index:04d}"
    if isinstance(job, HelpJob):
        return f"{job.plan_hash}/help-{job.index:04d}"
    if isinstance(job, SoundJob | AssembleJob):
        return f"{job.plan_hash}/{job.kind}"
    return job.kind


def cancel_render(store: Path | str, render: str, *, undo: bool = False) -> None:
    """
    Have every job of a render stop within seconds, and no other one of it begin.

    Finished segments are kept: after *undo* the render goes on from them.

    Args:
        store: The store, a path or an address for `open_transport`.
        render: The render's name there, which need not have begun.
        undo: Let its jobs begin again.

    Raises:
        InputError: *render* is no name.
        TransportError: The store did not answer.
    """
    transport = open_transport(store_address(store))
    key = cancel_key(check_render_name(render))
    if undo:
        transport.delete(key)
    else:
        put_bytes(transport, b"cancel\n", key)


def note_asked(transport: Transport, render: str) -> None:
    """Note that somebody has asked for *render*, so that it is found before it is begun."""
    mark = Mark(0, 0, 0, 0, 0)
    put_bytes(transport, b"", f"{marks_folder(render)}/plan/{mark.name}")


def forget_render(transport: Transport, render: str) -> None:
    """Remove all that was noted of a render that has ended; what it made stays."""
    for key in [*transport.list(render_folder(render))]:
        transport.delete(key)


class Marker:
    """
    Tells the store how far one job is, and the job whether to go on.

    Attributes:
        control: What the job is run with.
    """

    def __init__(
        self, transport: Transport, render: str, name: str, control: Control
    ) -> None:
        self._transport, self._cancel = transport, cancel_key(render)
        self._folder = f"{marks_folder(render)}/{name}"
        self._fault = f"{faults_folder(render)}/{name}"
        self._outer, self._told = control, False
        self._stop, self._cancelled = threading.Event(), False
        self._latest: Mark | None = None
        self._key = ""
        self._thread = threading.Thread(target=self._run, name="hyperframes-marks")
        self.control = attrs.evolve(control, report=self._report, cancel=self)

    def is_set(self) -> bool:
        """Whether somebody wants the job to stop: its caller, or the store."""
        outer: Cancel | None = self._outer.cancel
        return self._cancelled or (outer is not None and outer.is_set())

    @property
    def cancelled_here(self) -> bool:
        """Whether it was the store that wanted the job to stop."""
        return self._cancelled

    def look(self) -> None:
        """Ask the store whether to go on; raises nothing."""
        with self._tolerant():
            self._cancelled |= self._transport.find(self._cancel) is not None

    def tell(self, done: int, total: int) -> None:
        """Note that so much is done."""
        now = time.time_ns() // 1_000_000
        last = self._latest
        known = last is not None and last.total > 0
        first, begun = (last.first, last.begun) if last and known else (done, now)
        self._latest = Mark(done, total, first, begun, now)

    def write(self) -> None:
        """Put the latest mark in the place of the one before; raises nothing."""
        mark = self._latest
        key = f"{self._folder}/{mark.name}" if mark else ""
        if key == self._key:
            return
        with self._tolerant():
            put_bytes(self._transport, b"", key)
            before, self._key = self._key, key
            if before:
                self._transport.delete(before)

    def finish(self, answer: Answer) -> None:
        """Note that all is done, and take away what earlier tries have left."""
        self.end()
        last = self._latest
        total = last.total if last and last.total else 1
        made = answer.chunk if isinstance(answer, Helped) else answer
        total = made.frame_count if isinstance(made, ChunkResult) else total
        self.tell(total, total)
        self.write()
        with self._tolerant():
            for key in self._transport.list(self._folder):
                if key != self._key:
                    self._transport.delete(key)

    def begin(self) -> None:
        """
        Look and write now and then, until `end`.

        Raises:
            Cancelled: The job should not begin.
        """
        self.look()
        self.control.check()
        with self._tolerant():
            self._transport.delete(self._fault)
        self.tell(0, 0)
        self.write()
        self._thread.start()

    def fail(self, error: HyperframesError) -> None:
        """Note what the job failed with, if another try would not help."""
        if error.retryable or isinstance(error, _NO_FAULTS):
            return
        fault = Fault(error=type(error).__name__, reason=str(error)[:_LONGEST])
        with self._tolerant():
            put_bytes(self._transport, to_json(fault), self._fault)

    def _run(self) -> None:
        due = 0.0
        while not self._stop.wait(_LOOK_SECONDS):
            self.look()
            if time.monotonic() >= due:
                self.write()
                due = time.monotonic() + _MARK_SECONDS

    def end(self) -> None:
        """Write nothing by itself any more."""
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _report(self, event: Progress) -> None:
        self.tell(event.done, event.total)
        if self._outer.report is not None:
            self._outer.report(event)

    @contextlib.contextmanager
    def _tolerant(self) -> Iterator[None]:
        try:
            yield
        except HyperframesError as error:
            if not self._told:
                logger.warning(
                    "the store is told nothing of %s: %s", self._folder, error
                )
            self._told = True


@attrs.frozen
class _Unmarked:
    """In the place of a `Marker` where no render is named."""

    control: Control

    def finish(self, answer: Answer) -> None:
        """Nobody wants to know."""


@contextlib.contextmanager
def marked(
    transport: Transport,
    render: str,
    name: str,
    control: Control,
    *,
    vital: bool = True,
) -> Iterator[Marker | _Unmarked]:
    """
    Have the *render* told of its job *name* for the length of the block; "" tells nobody.

    Args:
        vital: Whether the render fails if the job does.

    Raises:
        Cancelled: The store says that the render shall not go on.
    """
    if not render:
        yield _Unmarked(control)
        return
    marker = Marker(transport, render, name, control)
    try:
        marker.begin()
        yield marker
    except HyperframesError as error:
        if vital:
            marker.fail(error)
        if not (isinstance(error, Cancelled) and marker.cancelled_here):
            raise
        raise Cancelled(
            f"render {render!r} was cancelled in {transport.url}; what is finished is kept"
        ) from None
    finally:
        marker.end()
