"""
An engine out of Temporal: a render is a workflow, so it outlives whoever asked for it.

Needs the extra ``temporal``. Workers are `make_worker`'s, as many and where you like, with
this library, the store, and the Chrome and ffmpeg that planned.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import attrs

from .. import errors
from .._json import from_json
from .._tasks import Delivered
from ..errors import EngineError, HyperframesError, InputError
from ..progress import Cancel, Control, ProgressCallback
from ._request import RenderRequest, number

try:
    from temporalio.client import Client, WorkflowFailureError, WorkflowHandle
    from temporalio.common import WorkflowIDConflictPolicy
    from temporalio.exceptions import ApplicationError
    from temporalio.service import RPCError
    from temporalio.worker import Worker
    from temporalio.worker.workflow_sandbox import (
        SandboxedWorkflowRunner,
        SandboxRestrictions,
    )
except ImportError as _error:
    raise InputError(
        "this engine needs temporalio; pip install 'hyperframes_dist[temporal]'"
    ) from _error

from ._temporal_workflow import FRAMES, WORKFLOW, RenderWorkflow, run_job

__all__ = ["TemporalEngine", "make_worker", "workflow_id"]

_LOOK_SECONDS = 0.2
_CALL_SECONDS = 30.0
_QUERY = timedelta(seconds=2)
# How long a workflow waits for the worker that knows it, which may be dead.
_STICKY = timedelta(seconds=3)


@attrs.frozen(kw_only=True)
class TemporalEngine:
    """
    Renders on the workers of a task queue.

    The name of a render's workflow follows from its request: asking again while it runs
    waits for the one that does, whoever started it.

    Attributes:
        connect: Opens a client of the cluster, such as
            ``lambda: Client.connect("127.0.0.1:7233")``; called for each render.
        task_queue: Where `make_worker`'s workers listen.
        attempts: How often a job is run before its retryable error ends the render.
        seconds: Most seconds one try of a job may take.
        silence: A worker that is not heard of for so many seconds is taken for dead, and its
            job given to another.

    Raises:
        InputError: *attempts* is not from 1 to 100, *seconds* not to 86400, or *silence* not
            to 3600.
    """

    connect: Callable[[], Awaitable[Client]]
    task_queue: str
    attempts: int = attrs.field(default=5, validator=number(1, 100, whole=True))
    seconds: float = attrs.field(default=3600.0, validator=number(1, 86_400))
    silence: float = attrs.field(default=30.0, validator=number(1, 3600))

    def render(
        self,
        request: RenderRequest,
        *,
        progress: ProgressCallback | None = None,
        cancel: Cancel | None = None,
        deadline: float | None = None,
    ) -> Delivered:
        """
        Have *request* rendered; see `Engine.render`.

        When this call is stopped by its *cancel* or *deadline*, so is the workflow.
        """
        control = Control(progress, cancel, deadline)
        control.check()
        # The caller's thread may run a loop of its own.
        with ThreadPoolExecutor(1, "hyperframes-temporal") as pool:
            return pool.submit(asyncio.run, self._render(request, control)).result()

    async def _render(self, request: RenderRequest, control: Control) -> Delivered:
        moment = control.slice(_CALL_SECONDS)
        try:
            client = await asyncio.wait_for(self.connect(), moment)
            handle = await self._start(client, request)
            return from_json(await _watch(handle, control), Delivered)
        except WorkflowFailureError as failure:
            raise _rebuilt(failure) from failure
        except (RPCError, RuntimeError, OSError) as error:
            control.check()
            raise EngineError("Temporal", f"{type(error).__name__}: {error}") from error

    async def _start(
        self, client: Client, request: RenderRequest
    ) -> WorkflowHandle[Any, Any]:
        plan = request.plan_call().task
        asked = {
            "store": request.store,
            "plan": plan,
            "seconds": self.seconds,
            "silence": self.silence,
            "attempts": self.attempts,
        }
        return await client.start_workflow(
            WORKFLOW,
            asked,
            id=workflow_id(request),
            task_queue=self.task_queue,
            result_type=str,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            rpc_timeout=timedelta(seconds=_CALL_SECONDS),
        )


def workflow_id(request: RenderRequest) -> str:
    """The name of the workflow that renders *request*."""
    named = json.dumps([request.store, request.plan_call().task])
    return f"{WORKFLOW}-{hashlib.sha256(named.encode()).hexdigest()[:32]}"


async def _watch(handle: WorkflowHandle[Any, Any], control: Control) -> str:
    """What the workflow comes to; it is cancelled when the caller wants no more."""
    result = asyncio.ensure_future(handle.result())
    told = 0
    try:
        while not result.done():
            control.check()
            await asyncio.wait({result}, timeout=control.slice(_LOOK_SECONDS))
            told = await _tell(handle, control, told)
    except BaseException:
        with contextlib.suppress(RPCError):
            await handle.cancel(rpc_timeout=timedelta(seconds=_CALL_SECONDS))
        raise
    finally:
        result.cancel()
    return str(await result)


async def _tell(handle: WorkflowHandle[Any, Any], control: Control, told: int) -> int:
    """Report frames that were not *told* yet; returns how many now are."""
    if control.report is None:
        return told
    with contextlib.suppress(RPCError):  # No worker is there to answer.
        done, total = await handle.query(
            FRAMES, result_type=list[int], rpc_timeout=_QUERY
        )
        if done > told:
            control.tell("render", done, total)
            return int(done)
    return told


def _rebuilt(failure: WorkflowFailureError) -> HyperframesError:
    """The error that ended the workflow, as it was raised in a worker."""
    error: BaseException = failure
    while error.__cause__ is not None:
        error = error.__cause__
        if isinstance(error, ApplicationError) and error.type in errors.__all__:
            made: HyperframesError = getattr(errors, error.type)(*error.details)
            return made
    return EngineError("Temporal", f"{type(error).__name__}: {error}")


def make_worker(client: Client, task_queue: str, *, at_once: int = 1) -> Worker:
    """
    A worker for *task_queue*; ``await`` its ``run()``.

    Args:
        client: Of the cluster.
        task_queue: What `TemporalEngine` is told.
        at_once: Jobs at once, each with a Chrome and an ffmpeg; at least 1.

    Raises:
        InputError: *at_once* is not from 1 to 256.
    """
    if not 1 <= at_once <= 256:
        raise InputError(f"at_once {at_once!r} is not from 1 to 256")
    threads = ThreadPoolExecutor(at_once, "hyperframes-job")
    restrictions = SandboxRestrictions.default.with_passthrough_modules(
        "hyperframes_dist"
    )
    return Worker(
        client,
        task_queue=task_queue,
        workflows=[RenderWorkflow],
        activities=[run_job],
        activity_executor=threads,
        max_concurrent_activities=at_once,
        workflow_runner=SandboxedWorkflowRunner(restrictions=restrictions),
        sticky_queue_schedule_to_start_timeout=_STICKY,
    )
