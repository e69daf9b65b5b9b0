"""
Actors of Ray as an executor; what `RayEngine` opens.
"""

from __future__ import annotations

import contextlib
import logging
import queue
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, Future
from functools import partial
from typing import Any

import attrs

from .._pipeline.renderer import Renderer
from .._wire.jobs import Answer
from ..chrome import ChromeSource
from ..errors import EngineError, HyperframesError, InputError
from ._executor import WorkerLostError

try:
    import ray
    from ray.exceptions import RayActorError, RayError
except ImportError as _error:
    raise InputError(
        "this engine needs ray; pip install 'hyperframes_dist[ray]'"
    ) from _error

logger = logging.getLogger(__name__)

# How long a thread waits for Ray before it looks whether it is still wanted.
_TICK = 0.2
# A job that was told to stop ends within three seconds; what does not is killed.
_GRACE_SECONDS = 4.0


def open_actors(
    chrome: ChromeSource | None,
    options: Mapping[str, Any],
    *,
    most: int,
    patience: float,
) -> Executor:
    """
    An executor of at most *most* actors with Ray's *options*; see `RayEngine`.

    Raises:
        EngineError: This process is not connected to a cluster.
    """
    if not ray.is_initialized():
        raise EngineError("Ray", "this process is not connected; call ray.init first")
    kind = ray.remote(_Actor).options(**options)
    start, cpus = partial(kind.remote, chrome), options["num_cpus"]
    return _Actors(start, most=most, cpus=cpus, patience=patience)


class _Actor:
    """A process of the cluster that runs one job after the other with one browser."""

    def __init__(self, chrome: ChromeSource | None) -> None:
        self._renderer = Renderer(chrome)

    def ready(self) -> None:
        """Answered when the process is there."""

    def run(self, call: Callable[..., Answer]) -> Answer | HyperframesError:
        """What *call* comes to, or raises: Ray would wrap an error into one of its own."""
        try:
            return call(renderer=self._renderer)
        except HyperframesError as error:
            return error

    def close(self) -> None:
        """End the browser."""
        self._renderer.close()


@attrs.frozen
class _Call:
    """A call that an actor is to run, and where its answer is waited for."""

    run: Callable[..., Answer]
    future: Future[Answer]


class _Actors(Executor):
    """
    Actors as an executor: each has a thread here, which hands it one call after the other.

    An actor takes calls only once it runs: one that its cluster has no room for would keep
    a call from those that do.
    """

    def __init__(
        self, start: Callable[[], Any], *, most: int, cpus: float, patience: float
    ) -> None:
        self._start, self._most, self._cpus = start, most, cpus
        self._patience = patience
        self._calls: queue.SimpleQueue[_Call] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._open_calls, self._lock = 0, threading.Lock()
        self._running, self._closed = threading.Event(), threading.Event()

    def submit(  # type: ignore[override]
        self, fn: Callable[..., Answer], /, *args: Any, **kwargs: Any
    ) -> Future[Answer]:
        """Have *fn* called by an actor, with its renderer as one more argument."""
        call = _Call(partial(fn, *args, **kwargs), Future())
        call.future.add_done_callback(self._count_down)
        with self._lock:
            self._open_calls += 1
            if len(self._threads) < min(self._most, self._open_calls):
                thread = threading.Thread(target=self._serve, name="hyperframes-ray")
                self._threads.append(thread)
                thread.start()
        self._calls.put(call)
        return call.future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the actors; calls that run have some seconds to end by themselves."""
        del cancel_futures  # Whoever closes this has cancelled what had not begun.
        self._closed.set()
        for thread in self._threads if wait else ():
            thread.join()

    def _count_down(self, _: Future[Answer]) -> None:
        with self._lock:
            self._open_calls -= 1

    def _serve(self) -> None:
        """The life of one thread: an actor, and another one when it has died."""
        while not self._closed.is_set():
            try:
                self._serve_with(self._start())
            # Whatever Ray may raise: who waits for a call would wait for ever.
            except Exception as error:  # noqa: BLE001
                self._fail_all(EngineError("Ray", _told(error)))
                self._closed.wait(_TICK)

    def _serve_with(self, actor: Any) -> None:
        """Hand calls to *actor* until it has died or nobody wants more."""
        try:
            if not self._await_start(actor):
                return
            while not self._closed.is_set():
                with contextlib.suppress(queue.Empty):
                    call = self._calls.get(timeout=_TICK)
                    if call.future.set_running_or_notify_cancel():
                        self._hand_over(actor, call)
        except RayActorError:
            logger.warning("an actor of Ray has died; another one takes its place")
        finally:
            self._end(actor)

    def _await_start(self, actor: Any) -> bool:
        """Wait until *actor* runs; whether anybody still wants it."""
        began, here = time.monotonic(), actor.ready.remote()
        while not self._closed.is_set():
            if ray.wait([here], timeout=_TICK)[0]:
                return self._has_begun(here)
            late = time.monotonic() - began > self._patience
            if late and not self._running.is_set():
                self._fail_all(TimeoutError(self._no_room()))
                return False
        return False

    def _has_begun(self, here: Any) -> bool:
        """Whether an actor that has answered has begun; one that cannot uses up a try."""
        try:
            ray.get(here)
        except RayError as error:
            self._fail_all(WorkerLostError(_told(error)))
            self._closed.wait(_TICK)
            return False
        self._running.set()
        return True

    def _no_room(self) -> str:
        there = ray.cluster_resources().get("CPU", 0.0)
        free = ray.available_resources().get("CPU", 0.0)
        return (
            f"no worker has begun within {self._patience:.0f} s: each takes "
            f"{self._cpus:g} CPUs, the cluster has {there:g} and {free:g} of them are "
            "free; add nodes, or give RayEngine fewer cpus or more patience"
        )

    def _hand_over(self, actor: Any, call: _Call) -> None:
        """
        Have *actor* run *call*.

        Raises:
            RayActorError: It has died.
        """
        try:
            answer = self._answer(actor, call)
        except RayActorError as error:
            call.future.set_exception(WorkerLostError(_told(error)))
            raise
        except Exception as error:  # noqa: BLE001 - Who waits is told of all of them.
            call.future.set_exception(EngineError("Ray", _told(error)))
        else:
            if isinstance(answer, HyperframesError):
                call.future.set_exception(answer)
            else:
                call.future.set_result(answer)

    def _answer(self, actor: Any, call: _Call) -> Any:
        """What *actor* answers; one that goes on though nobody wants it is killed."""
        answer, end = actor.run.remote(call.run), None
        while not ray.wait([answer], timeout=_TICK)[0]:
            if self._closed.is_set():
                end = end or time.monotonic() + _GRACE_SECONDS
                if time.monotonic() > end:
                    ray.kill(actor)
        return ray.get(answer)

    def _fail_all(self, error: Exception) -> None:
        """Answer every call that waits by *error*."""
        with contextlib.suppress(queue.Empty):
            while True:
                call = self._calls.get_nowait()
                if call.future.set_running_or_notify_cancel():
                    call.future.set_exception(error)

    def _end(self, actor: Any) -> None:
        """End *actor*, with its browser where it still answers."""
        with contextlib.suppress(RayError):
            if self._running.is_set():
                ray.wait([actor.close.remote()], timeout=_GRACE_SECONDS)
            ray.kill(actor)


def _told(error: BaseException) -> str:
    """The class, and of a report of many lines the first one and the last."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    ends = lines if len(lines) < 2 else [lines[0], lines[-1]]
    return f"{type(error).__name__}: {' '.join(ends)}".rstrip(": ")
