"""
The long calls as coroutines: each runs in a thread of its own, and ends when it is cancelled.

Every function takes what the function of that name in `hyperframes_dist` takes, and returns
and raises the same. Nothing here draws or writes anything itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import functools
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, Unpack, cast

import attrs

from ._look.sheet import contact_sheet as _contact_sheet
from ._model.config import RenderConfig
from ._model.results import OutputResult
from ._model.settings import Settings
from ._pipeline import calls as _calls
from .progress import Cancel, Progress, ProgressCallback

__all__ = [
    "assemble",
    "contact_sheet",
    "lock",
    "mix_sound",
    "plan",
    "render",
    "render_chunk",
    "still",
    "stills",
    "stream",
]

_P = ParamSpec("_P")
_R = TypeVar("_R")


@attrs.define
class _Stop:
    """Set when the coroutine is cancelled, when its callback fails, or by the caller."""

    caller: Cancel | None
    own: threading.Event = attrs.field(factory=threading.Event)
    failed: list[BaseException] = attrs.field(factory=list)

    def is_set(self) -> bool:
        return self.own.is_set() or (self.caller is not None and self.caller.is_set())


def _relay(progress: ProgressCallback, stop: _Stop) -> ProgressCallback:
    """*progress*, called on the event loop this is made on, with its context."""
    loop, context = asyncio.get_running_loop(), contextvars.copy_context()

    def tell(event: Progress) -> None:
        try:
            progress(event)
        except BaseException as error:  # noqa: BLE001
            # It is the caller's, who waits for the call it ends.
            stop.failed.append(error)
            stop.own.set()

    return lambda event: cast(
        None, loop.call_soon_threadsafe(tell, event, context=context)
    )


def _twin(function: Callable[_P, _R]) -> Callable[_P, Awaitable[_R]]:
    """*function* as a coroutine."""
    name = function.__name__

    @functools.wraps(function)
    async def twin(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        options: dict[str, Any] = dict(kwargs)
        stop = _Stop(options.pop("cancel", None))
        progress = options.pop("progress", None)
        if progress is not None:
            options["progress"] = _relay(progress, stop)
        options["cancel"] = stop
        call = functools.partial(function, *args, **options)
        running = asyncio.ensure_future(asyncio.to_thread(call))
        try:
            made = await asyncio.shield(running)
        except asyncio.CancelledError:
            stop.own.set()
            # The browsers have ended when this returns; what the call says of it is known.
            await asyncio.wait({running})
            running.exception()
            raise
        except BaseException:
            if stop.failed:
                raise stop.failed[0] from None
            raise
        if stop.failed:
            raise stop.failed[0]
        return made

    twin.__module__ = __name__
    twin.__doc__ = f"""
    As `hyperframes_dist.{name}`, in a thread of its own.

    *progress* is called on the event loop, with the context of this call. Cancelling the task
    cancels the call, and waits until its browsers have ended.
    """
    return twin


assemble = _twin(_calls.assemble)
contact_sheet = _twin(_contact_sheet)
lock = _twin(_calls.lock)
mix_sound = _twin(_calls.mix_sound)
plan = _twin(_calls.plan)
render = _twin(_calls.render)
render_chunk = _twin(_calls.render_chunk)
still = _twin(_calls.still)
stills = _twin(_calls.stills)


async def stream(
    project_dir: Path | str,
    output: Path | str,
    config: RenderConfig | None = None,
    *,
    workers: int | None = None,
    timeout: float | None = None,
    **settings: Unpack[Settings],
) -> AsyncIterator[Progress | OutputResult]:
    """
    Render a project, and yield each step as it is made; at last, the finished video.

    Leaving the loop, or cancelling the task, ends the render.

    Args:
        project_dir: Directory of the composition; only read.
        output: The video, as `hyperframes_dist.render` takes it.
        config: What to render; None takes the defaults.
        workers: Browsers at once; None takes one per processor, as memory allows.
        timeout: Seconds the render may take.
        settings: Fields of `RenderConfig`, over *config*.

    Raises:
        HyperframesError: As `hyperframes_dist.render` raises.
    """
    events: asyncio.Queue[Progress | None] = asyncio.Queue()
    call = render(
        project_dir,
        output,
        config,
        workers=workers,
        timeout=timeout,
        progress=events.put_nowait,
        **settings,
    )
    running = asyncio.ensure_future(call)
    running.add_done_callback(lambda _: events.put_nowait(None))
    try:
        while (event := await events.get()) is not None:
            yield event
        yield await running
    finally:
        if not running.done():
            running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await running
