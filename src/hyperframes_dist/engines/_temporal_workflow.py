"""
The workflow and its one activity, as Temporal's workers load them.

The workflow holds what Temporal must be able to replay: which job follows which. All work is
in the activity.
"""

from __future__ import annotations

import asyncio
import contextvars
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from temporalio import activity, workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ApplicationError

from ..errors import Cancelled, EngineError, HyperframesError, error_names
from ._request import Call, Kind
from ._work import run_call

WORKFLOW = "hyperframes-render"
ACTIVITY = "hyperframes-job"
FRAMES = "frames"

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
def run_job(store: str, kind: Kind, task: str) -> str:
    """
    Run one job; see `run_call`.

    Raises:
        ApplicationError: With the name and the arguments of what `run_call` raises.
    """
    call = Call(store=store, kind=kind, task=task)
    with _heartbeat():
        try:
            return run_call(call, _Activity())
        except Cancelled:
            # Nobody waits for a job of a workflow that was cancelled. Else it is the worker
            # that ends, and another one is to go on.
            raise _failure(EngineError(f"the job {kind}", "its worker ended")) from None
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


@workflow.defn(name=WORKFLOW)
class RenderWorkflow:
    """A plan, its chunks all at once, and what joins them."""

    def __init__(self) -> None:
        self._done = self._total = 0

    @workflow.run
    async def run(self, asked: dict[str, Any]) -> str:
        """
        Render what *asked* says: ``store``, ``plan`` (the JSON of a `PlanTask`), and of each
        job its ``attempts``, ``seconds`` and the longest ``silence``.

        Returns:
            The JSON of a `Delivered`.
        """
        planned = json.loads(await self._job(asked, "plan", asked["plan"]))
        self._total = planned["frame_count"]
        indexes = range(planned["chunk_count"])
        await asyncio.gather(*(self._chunk(asked, planned, n) for n in indexes))
        end = json.dumps({"plan_hash": planned["plan_hash"]})
        return await self._job(asked, "assemble", end)

    @workflow.query(name=FRAMES)
    def frames(self) -> list[int]:
        """Frames in finished chunks, and in all; 0 before there is a plan."""
        return [self._done, self._total]

    async def _chunk(
        self, asked: dict[str, Any], planned: dict[str, Any], index: int
    ) -> None:
        task = json.dumps({"plan_hash": planned["plan_hash"], "index": index})
        made = json.loads(await self._job(asked, "chunk", task))
        self._done += made["frame_count"]

    async def _job(self, asked: dict[str, Any], kind: str, task: str) -> str:
        answer: str = await workflow.execute_activity(
            ACTIVITY,
            args=[asked["store"], kind, task],
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
