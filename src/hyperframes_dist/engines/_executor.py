"""
An engine out of any executor of `concurrent.futures`.
"""

from __future__ import annotations

import contextlib
import logging
import math
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
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
    Helped,
    HelpJob,
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
from ._helpers import Helpers

logger = logging.getLogger(__name__)

_optional = attrs.validators.optional

_TICK = 0.1
# What is told to stop does so within three seconds.
_GRACE_SECONDS = 5.0


HELP_AFTER: float | None = 10.0
"""Seconds left of a chunk that make it worth another browser's start."""


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
        help_after: A worker that has nothing to do takes segments of the slowest chunk where
            more than so many seconds of it are left, from 0 to 86400; None for never.

    Raises:
        InputError: *attempts* is not a whole number from 1 to 100, or *help_after* no number
            of seconds.
    """

    executor: Callable[[], Executor]
    attempts: int = attrs.field(default=4, validator=number(1, 100))
    chrome: ChromeSource | None = None
    help_after: float | None = attrs.field(
        default=HELP_AFTER, validator=_optional(number(0, 86_400, whole=False))
    )

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
        delivered = None
        try:
            delivered = _render(jobs, request)
            return delivered
        finally:
            if jobs.close():
                with contextlib.suppress(HyperframesError):
                    cancel_render(request.store, request.name)
                    if delivered is not None:
                        # Only what somebody else was faster with; the render may go on.
                        jobs.see_off()
                        cancel_render(request.store, request.name, undo=True)


def _render(jobs: _Jobs, request: RenderRequest) -> Delivered:
    planned: Planned = jobs.run([request.plan_job()])[0]
    try:
        return _render_plan(jobs, request, planned)
    except SeamError as error:
        logger.warning("%s; done", error, extra={"plan_hash": planned.plan_hash})
    walking: Planned = jobs.run([request.walk_job(planned)])[0]
    return _render_plan(jobs, request, walking)


def _render_plan(jobs: _Jobs, request: RenderRequest, planned: Planned) -> Delivered:
    jobs.run_parts(request, planned)
    jobs.frames.tell(planned.frame_count, planned.frame_count)
    delivered: Delivered = jobs.run([request.assemble_job(planned)])[0]
    return delivered


@attrs.frozen
class _Attempt:
    """*job* for the *number*-th time, from the moment *due* on; or one that *helps* it."""

    job: Job
    index: int
    number: int = 1
    due: float = 0.0
    executor: Executor | None = None
    helps: bool = False


class _Jobs:
    """The jobs of one render, on the executor that is open."""

    def __init__(
        self, engine: ExecutorEngine, control: Control, frames: Frames
    ) -> None:
        self._engine, self._control, self.frames = engine, control, frames
        self._retry = Retry(tries=engine.attempts, first=0.5, longest=30.0)
        self._running: dict[Future[Answer], _Attempt] = {}
        # Nobody waits for these: their work is done, by others.
        self._late: set[Future[Answer]] = set()
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
        self._late |= self._running.keys()
        for future in self._late:
            future.cancel()
        runs = not all(each.done() for each in self._late)
        self._executor.shutdown(wait=not runs)
        return runs

    def see_off(self) -> None:
        """Give what still runs, and was told to end, some seconds to do so."""
        wait(self._late, timeout=_GRACE_SECONDS)

    def run(self, jobs: Sequence[Job], helpers: Helpers | None = None) -> list[Any]:
        """Run *jobs*, all at once; returns their answers in order."""
        answers: dict[int, Answer] = {}
        later = [_Attempt(job, index) for index, job in enumerate(jobs)]
        while len(answers) < len(jobs):
            later = [each for each in later if not self._start_if_due(each)]
            for future, made in self._ended():
                error = _error_of(future)
                if helpers is not None:
                    helpers.freed()
                if made.index in answers:
                    if error is None:
                        _answer_of(future, helpers)
                    continue
                if error is None:
                    answers[made.index] = _answer_of(future, helpers)
                elif made.helps:
                    logger.warning("%s: %s", _name(made), _told(error))
                else:
                    later.append(self._again(made, error))
            later = [each for each in later if each.index not in answers]
            if helpers is not None and not later:
                self._help(jobs, answers, helpers)
        self._late |= self._running.keys()
        self._running.clear()
        return [answers[index] for index in range(len(jobs))]

    def run_parts(self, request: RenderRequest, planned: Planned) -> None:
        """Run the parts of *planned*; who has nothing to do helps with the slowest."""
        jobs: list[Job] = [*request.part_jobs(planned)]
        if (after := self._engine.help_after) is None:
            self.run(jobs)
            return
        transport = open_transport(request.store)
        helpers = Helpers(transport, request.name, after)
        self.run(
            [
                attrs.evolve(job, shared=True) if isinstance(job, ChunkJob) else job
                for job in jobs
            ],
            helpers,
        )
        helpers.report()

    def _help(
        self, jobs: Sequence[Job], answers: Mapping[int, Answer], helpers: Helpers
    ) -> None:
        """Have one more worker at a chunk, if there is one that has nothing to do."""
        chunks = {
            job.index: index
            for index, job in enumerate(jobs)
            if isinstance(job, ChunkJob) and index not in answers
        }
        helped = {made.index for made in self._running.values() if made.helps}
        busy = {index for index, at in chunks.items() if at in helped}
        if (chosen := helpers.choose(chunks.keys(), busy)) is None:
            return
        job = jobs[chunks[chosen]]
        assert isinstance(job, ChunkJob)
        helping = HelpJob(
            store=job.store,
            plan_hash=job.plan_hash,
            index=job.index,
            render=job.render,
            live=job.live,
        )
        self._start_if_due(_Attempt(helping, chunks[chosen], helps=True))

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


def _answer_of(future: Future[Answer], helpers: Helpers | None) -> Answer:
    """The answer of the job itself, also where somebody who helped was first."""
    answer = future.result()
    if not isinstance(answer, Helped):
        return answer
    if helpers is not None:
        helpers.add(answer)
    return answer.chunk


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
    if isinstance(made.job, HelpJob):
        return f"helping with chunk {made.job.index}"
    if isinstance(made.job, SoundJob):
        return "the sound"
    return "joining the chunks"


def _told(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}".rstrip(": ")
