"""
An engine out of Temporal: a render is a workflow, so it outlives whoever asked for it.

Needs the extra ``temporal``. Workers are `make_worker`'s, as many and where you like, with
this library, the store, and the Chrome and ffmpeg that planned.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any, TypeVar

import attrs

from .._model.checks import check_number, number
from .._model.codec import from_json, to_json
from .._tools.machine import MOST_WORKERS
from .._wire.engine import RenderRequest
from .._wire.jobs import Delivered
from .._wire.status import Watcher
from ..errors import EngineError, HyperframesError, InputError, find_error
from ..progress import Cancel, Control, ProgressCallback
from ..transport import open_transport

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

from ._temporal_workflow import NAME, WORKFLOW, RenderWorkflow, act

__all__ = ["TemporalEngine", "make_worker", "workflow_id"]

_T = TypeVar("_T")
_Look = Callable[[], Awaitable[None]]

# Each look is a question to a worker.
_LOOK_SECONDS = 0.5
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
    attempts: int = attrs.field(default=5, validator=number(1, 100))
    seconds: float = attrs.field(
        default=3600.0, validator=number(1, 86_400, whole=False)
    )
    silence: float = attrs.field(default=30.0, validator=number(1, 3600, whole=False))

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
        connecting = asyncio.wait_for(self.connect(), _CALL_SECONDS)
        try:
            client = await _until(connecting, control)
            handle = await _until(self._start(client, request), control)
            return await _watch(handle, request.store, control)
        except WorkflowFailureError as failure:
            raise _rebuilt(failure) from failure
        except HyperframesError:
            raise  # Some of them are errors of the system, too.
        except (RPCError, RuntimeError, OSError) as error:
            raise EngineError("Temporal", f"{type(error).__name__}: {error}") from error

    async def _start(
        self, client: Client, request: RenderRequest
    ) -> WorkflowHandle[Any, Any]:
        asked = {
            "plan": to_json(request.plan_job()).decode(),
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
    # Whoever asks for the same waits for the one that runs, whatever either calls it.
    named = to_json(attrs.evolve(request.plan_job(), render="", live=False))
    # One that is watched is watched by its name.
    watched = f"-{request.name}" if request.live else ""
    return f"{WORKFLOW}-{hashlib.sha256(named).hexdigest()[:32]}{watched}"


async def _until(
    work: Awaitable[_T], control: Control, look: _Look | None = None
) -> _T:
    """What *work* comes to, unless *control* says stop; *look* is called now and then."""
    task = asyncio.ensure_future(work)
    try:
        while not task.done():
            control.check()
            await asyncio.wait({task}, timeout=control.slice(_LOOK_SECONDS))
            if look is not None:
                await look()
        return await task
    finally:
        task.cancel()


async def _watch(
    handle: WorkflowHandle[Any, Any], store: str, control: Control
) -> Delivered:
    """What the workflow delivers; it is cancelled when the caller wants no more."""
    told = _Told(handle, store, control)
    try:
        text = await _until(handle.result(), control, told.look)
        delivered = from_json(text, Delivered)
        told.tell(delivered.output.frame_count, delivered.output.frame_count)
    except WorkflowFailureError:
        raise
    except BaseException:
        with contextlib.suppress(RPCError):
            await handle.cancel(rpc_timeout=timedelta(seconds=_CALL_SECONDS))
        raise
    return delivered


class _Told:
    """How many frames of a workflow the caller knows of."""

    def __init__(
        self, handle: WorkflowHandle[Any, Any], store: str, control: Control
    ) -> None:
        self._handle, self._store, self._control = handle, store, control
        self._watcher: Watcher | None = None
        self._frames = 0

    async def look(self) -> None:
        if self._control.report is None:
            return
        state = None
        # No worker is there to answer, or the store is busy.
        with contextlib.suppress(RPCError, HyperframesError):
            self._watcher = self._watcher or await self._find()
            if self._watcher is not None:
                state = await asyncio.to_thread(self._watcher.look)
        if state is not None:
            self.tell(state.done, state.total)

    async def _find(self) -> Watcher | None:
        """Whoever has started the workflow has named the render."""
        name = await self._handle.query(NAME, result_type=str, rpc_timeout=_QUERY)
        return Watcher(open_transport(self._store), name) if name else None

    def tell(self, done: int, total: int) -> None:
        if done > self._frames:
            self._frames = done
            self._control.tell("render", done, total)


def _rebuilt(failure: WorkflowFailureError) -> HyperframesError:
    """The error that ended the workflow, as it was raised in a worker."""
    error: BaseException = failure
    while error.__cause__ is not None:
        error = error.__cause__
        if isinstance(error, ApplicationError) and (kind := find_error(error.type)):
            return kind(*error.details)
    return EngineError("Temporal", f"{type(error).__name__}: {error}")


def make_worker(client: Client, task_queue: str, *, at_once: int = 1) -> Worker:
    """
    A worker for *task_queue*; ``await`` its ``run()``.

    Args:
        client: Of the cluster.
        task_queue: What `TemporalEngine` is told.
        at_once: Jobs at once, each with a Chrome and an ffmpeg; at least 1.

    Raises:
        InputError: *at_once* is not a whole number from 1 to 256.
    """
    check_number("at_once", at_once, 1, MOST_WORKERS)
    threads = ThreadPoolExecutor(at_once, "hyperframes-job")
    restrictions = SandboxRestrictions.default.with_passthrough_modules(
        "hyperframes_dist"
    )
    return Worker(
        client,
        task_queue=task_queue,
        workflows=[RenderWorkflow],
        activities=[act],
        activity_executor=threads,
        max_concurrent_activities=at_once,
        workflow_runner=SandboxedWorkflowRunner(restrictions=restrictions),
        sticky_queue_schedule_to_start_timeout=_STICKY,
    )
