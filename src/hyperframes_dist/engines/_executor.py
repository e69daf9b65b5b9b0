"""
An engine out of any executor of `concurrent.futures`.
"""

from __future__ import annotations

import contextlib
import logging
import math
import time
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    CancelledError,
    Executor,
    Future,
    wait,
)
from functools import partial
from typing import Any

import attrs

from .._model.checks import number
from .._tools.retry import Retry, is_retryable
from .._wire.engine import RenderRequest, run_job
from .._wire.frames import Frames
from .._wire.jobs import (
    Answer,
    ChunkJob,
    Delivered,
    Job,
    PlanJob,
    Planned,
    SoundJob,
    WalkJob,
)
from .._wire.marks import cancel_render
from ..chrome import ChromeSource
from ..errors import EngineError, HyperframesError, SeamError
from ..progress import Cancel, Control, ProgressCallback
from ..transport import open_transport

logger = logging.getLogger(__name__)

_TICK = 0.1


class WorkerLostError(Exception):
    """One worker of an executor has died; the executor itself goes on."""


@attrs.frozen(kw_only=True)
class ExecutorEngine:
    """
    Renders on an executor, such as a pool of processes or Dask's.

    Jobs travel as pickled values: workers need this library, the store, and the Chrome
    and ffmpeg that planned.

    Attributes:
        executor: Opens one. It is called for each render, and again when the workers of an
            open one have died; what it opened is shut down in the end.
        attempts: How often a job is run before its retryable error ends the render.
        chrome: Where the workers' browsers come from; None takes each one's default.

    Raises:
        InputError: *attempts* is not a whole number from 1 to 100.
    """

    executor: Callable[[], Executor]
    attempts: int = attrs.field(default=4, validator=number(1, 100))
    chrome: ChromeSource | None = None

    def render(
        self,
        request: RenderRequest,
        *,
        progress: ProgressCallback | None = None,
        cancel: Cancel | None = None,
        deadline: float | None = None,
    ) -> Delivered:
        """Have *request* rendered; see `Engine.render`."""
        control = Control(progress, cancel, deadline)
        control.check()
        transport = open_transport(request.store)
        # Whoever asks for a render that was cancelled wants it to go on.
        cancel_render(request.store, request.name, undo=True)
        jobs = _Jobs(self, control, Frames(transport, request.name, control))
        try:
            return _render(jobs, request)
        finally:
            if jobs.close():
                with contextlib.suppress(HyperframesError):
                    cancel_render(request.store, request.name)


def _render(jobs: _Jobs, request: RenderRequest) -> Delivered:
    planned: Planned = jobs.run([request.plan_job()])[0]
    try:
        return _render_plan(jobs, request, planned)
    except SeamError as error:
        logger.warning("%s; done", error, extra={"plan_hash": planned.plan_hash})
    walking: Planned = jobs.run([request.walk_job(planned)])[0]
    return _render_plan(jobs, request, walking)


def _render_plan(jobs: _Jobs, request: RenderRequest, planned: Planned) -> Delivered:
    jobs.run(request.part_jobs(planned))
    jobs.frames.tell(planned.frame_count, planned.frame_count)
    delivered: Delivered = jobs.run([request.assemble_job(planned)])[0]
    return delivered


@attrs.frozen
class _Attempt:
    """*job* for the *number*-th time, from the moment *due* on."""

    job: Job
    index: int
    number: int = 1
    due: float = 0.0
    executor: Executor | None = None


class _Jobs:
    """The jobs of one render, on the executor that is open."""

    def __init__(
        self, engine: ExecutorEngine, control: Control, frames: Frames
    ) -> None:
        self._engine, self._control, self.frames = engine, control, frames
        self._retry = Retry(tries=engine.attempts, first=0.5, longest=30.0)
        self._running: dict[Future[Answer], _Attempt] = {}
        self._executor = self._open()

    def _open(self) -> Executor:
        try:
            return self._engine.executor()
        except HyperframesError:
            raise
        except Exception as error:
            raise EngineError("opening the executor", _told(error)) from error

    def close(self) -> bool:
        """Start nothing any more; whether a job still runs, which is not waited for."""
        for future in self._running:
            future.cancel()
        runs = not all(each.done() for each in self._running)
        self._executor.shutdown(wait=not runs)
        return runs

    def run(self, jobs: Sequence[Job]) -> list[Any]:
        """Run *jobs*, all at once; returns their answers in order."""
        answers: dict[int, Answer] = {}
        later = [_Attempt(job, index) for index, job in enumerate(jobs)]
        while later or self._running:
            later = [each for each in later if not self._start_if_due(each)]
            for future, made in self._ended():
                error = _error_of(future)
                if error is None:
                    answers[made.index] = future.result()
                else:
                    later.append(self._again(made, error))
        return [answers[index] for index in range(len(jobs))]

    def _start_if_due(self, each: _Attempt) -> bool:
        if each.due > time.monotonic():
            return False
        future = self._submit(each.job)
        self._running[future] = attrs.evolve(each, executor=self._executor)
        return True

    def _submit(self, job: Job) -> Future[Answer]:
        what, reason = "handing over a job", ""
        left = self._control.slice(math.inf)
        run = partial(
            run_job,
            seconds=left if left < math.inf else None,
            chrome=self._engine.chrome,
            nonce=uuid.uuid4().hex,
        )
        for _ in range(2):
            try:
                return self._executor.submit(run, job)
            except BrokenExecutor as error:
                # It broke since it was last heard of.
                reason = _told(error)
                self._replace(self._executor)
            except Exception as error:
                raise EngineError(what, _told(error)) from error
        raise EngineError(what, reason)

    def _ended(self) -> list[tuple[Future[Answer], _Attempt]]:
        """What has ended since, after a moment's wait at most."""
        self._control.check()
        self.frames.look()
        if not self._running:
            self._control.sleep(_TICK)
        moment = self._control.slice(_TICK)
        ended, _ = wait(self._running, timeout=moment, return_when=FIRST_COMPLETED)
        return [(future, self._running.pop(future)) for future in ended]

    def _again(self, made: _Attempt, error: BaseException) -> _Attempt:
        """
        What to run after *made* failed.

        Raises:
            HyperframesError: No other try would help, or all are used up.
        """
        fault = _fault(made, error)
        broken = isinstance(error, BrokenExecutor | CancelledError)
        lost = broken or isinstance(error, WorkerLostError)
        may_pass = lost or (fault is error and is_retryable(fault))
        if not may_pass or made.number >= self._retry.tries:
            raise fault
        logger.warning("%s is tried again after %s", _name(made), _told(error))
        if broken:
            self._replace(made.executor)
        due = time.monotonic() + self._retry.pause(made.number)
        return attrs.evolve(made, number=made.number + 1, due=due)

    def _replace(self, executor: Executor | None) -> None:
        """Open another one, unless another job has had *executor* replaced already."""
        if executor is self._executor:
            executor.shutdown(wait=False)
            self._executor = self._open()


def _error_of(future: Future[Answer]) -> BaseException | None:
    try:
        return future.exception()
    except CancelledError as error:
        return error


def _fault(made: _Attempt, error: BaseException) -> HyperframesError:
    """*error*, as one of the library's."""
    if isinstance(error, HyperframesError):
        return error
    fault = EngineError(_name(made), _told(error))
    fault.__cause__ = error
    return fault


def _name(made: _Attempt) -> str:
    if isinstance(made.job, PlanJob):
        return "the plan"
    if isinstance(made.job, WalkJob):
        return "the plan whose workers pass all frames"
    if isinstance(made.job, ChunkJob):
        return f"chunk {made.job.index}"
    if isinstance(made.job, SoundJob):
        return "the sound"
    return "joining the chunks"


def _told(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}".rstrip(": ")
