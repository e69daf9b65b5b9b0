"""
The workflow and its one activity, as Temporal's workers load them.

The workflow holds what Temporal must be able to replay: which job follows which. All work is
in the activity.
"""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from temporalio import activity, workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, ApplicationError

from .._model.codec import from_json, to_json
from .._wire.engine import run_job
from .._wire.jobs import (
    AssembleJob,
    Job,
    Planned,
    WalkJob,
    of_plan,
    part_jobs,
    read_job,
)
from ..errors import Cancelled, EngineError, HyperframesError, SeamError, error_names

WORKFLOW = "hyperframes-render"
ACTIVITY = "hyperframes-job"
NAME = "name"

_SEAM = SeamError.__name__

# Some beats may get lost before a worker is taken for dead.
_BEATS = 5


class _Activity:
    """Set when Temporal wants the activity it was made in to end; for any thread."""

    def __init__(self) -> None:
        self._context = contextvars.copy_context()

    def is_set(self) -> bool:
        # A context is entered by one thread at a time.
        return self._context.copy().run(activity.is_cancelled)


@activity.defn(name=ACTIVITY, no_thread_cancel_exception=True)
def act(text: str) -> str:
    """
    Run the job in *text*; returns its answer, both as JSON.

    Raises:
        ApplicationError: With the name and the arguments of what `run_job` raises.
    """
    job = read_job(text)
    with _heartbeat():
        try:
            return to_json(run_job(job, _Activity())).decode()
        except Cancelled:
            # Nobody waits for a job of a workflow that was cancelled. Else it is the worker
            # that ends, and another one is to go on.
            raise _failure(
                EngineError(f"the job {job.kind}", "its worker ended")
            ) from None
        except HyperframesError as error:
            raise _failure(error) from error


def _failure(error: HyperframesError) -> ApplicationError:
    return ApplicationError(
        str(error),
        *error.args,
        type=type(error).__name__,
        non_retryable=not error.retryable,
    )


@contextmanager
def _heartbeat() -> Iterator[None]:
    """Tell Temporal now and then that the block goes on."""
    stop, longest = threading.Event(), activity.info().heartbeat_timeout
    assert longest is not None
    pause = longest.total_seconds() / _BEATS

    def beat() -> None:
        while not stop.wait(pause):
            activity.heartbeat()

    thread = threading.Thread(target=contextvars.copy_context().run, args=(beat,))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _of(first: Job, planned: Planned) -> dict[str, Any]:
    """What the jobs after the *first* one have, all of them."""
    return of_plan(first.store, planned, first.render)


@workflow.defn(name=WORKFLOW)
class RenderWorkflow:
    """A plan, its chunks all at once, and what joins them."""

    def __init__(self) -> None:
        self._render_name = ""

    @workflow.run
    async def run(self, asked: dict[str, Any]) -> str:
        """
        Render what *asked* says: ``plan`` (the JSON of a `PlanJob`), and of each job its
        ``attempts``, ``seconds`` and the longest ``silence``.

        Returns:
            The JSON of a `Delivered`.
        """
        first = read_job(asked["plan"])
        self._render_name = first.render
        planned = from_json(await self._job(asked, first), Planned)
        try:
            return await self._render(asked, first, planned)
        except ActivityError as error:
            cause = error.cause
            if not isinstance(cause, ApplicationError) or cause.type != _SEAM:
                raise
        again = WalkJob(**_of(first, planned))
        walking = from_json(await self._job(asked, again), Planned)
        return await self._render(asked, first, walking)

    async def _render(self, asked: dict[str, Any], first: Job, planned: Planned) -> str:
        own = _of(first, planned)
        jobs = part_jobs(first.store, planned, first.render)
        await asyncio.gather(*(self._job(asked, job) for job in jobs))
        return await self._job(asked, AssembleJob(**own))

    @workflow.query(name=NAME)
    def name(self) -> str:
        """What the render is called in its store; empty before it has begun."""
        return self._render_name

    async def _job(self, asked: dict[str, Any], job: Job) -> str:
        answer: str = await workflow.execute_activity(
            ACTIVITY,
            args=[to_json(job).decode()],
            result_type=str,
            start_to_close_timeout=timedelta(seconds=asked["seconds"]),
            heartbeat_timeout=timedelta(seconds=asked["silence"]),
            retry_policy=RetryPolicy(
                maximum_attempts=asked["attempts"],
                maximum_interval=timedelta(minutes=1),
                non_retryable_error_types=error_names(retryable=False),
            ),
        )
        return answer
