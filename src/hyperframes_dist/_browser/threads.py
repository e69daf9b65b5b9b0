"""
Work in a thread that an event loop waits for, and nobody has to.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from functools import partial
from typing import NoReturn, TypeVar

_T = TypeVar("_T")


async def in_thread(work: Callable[[], _T]) -> _T:
    """
    What *work* returns or raises.

    The threads of an executor hold up the end of the process until they are done; this one
    ends with it. A page's door asks file systems, servers and other programs, any of which
    may never answer.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[Callable[[], _T]] = loop.create_future()

    def run() -> None:
        outcome = _try(work)
        # The loop may be closed by the time there is something to tell.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(_tell, done, outcome)

    threading.Thread(target=run, name="hyperframes-door", daemon=True).start()
    return (await done)()


def _try(work: Callable[[], _T]) -> Callable[[], _T]:
    """What *work* came to, as something that returns or raises it."""
    try:
        value = work()
    except BaseException as error:  # noqa: BLE001
        return partial(_raise, error)
    return lambda: value


def _raise(error: BaseException) -> NoReturn:
    raise error


def _tell(done: asyncio.Future[_T], value: _T) -> None:
    # Who waited may have been told to stop.
    if not done.done():
        done.set_result(value)
