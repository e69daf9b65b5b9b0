"""Parts of one transfer, some at once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import (
    FIRST_EXCEPTION,
    CancelledError,
    ThreadPoolExecutor,
    wait,
)
from typing import TypeVar

__all__ = ["all_done"]

Item = TypeVar("Item")
Result = TypeVar("Result")


def all_done(
    workers: int, function: Callable[[Item], Result], items: Sequence[Item]
) -> list[Result]:
    """
    What *function* makes of *items*, in their order.

    The first error stops what has not begun; what has begun is over when it is raised,
    so nothing of a transfer goes on after it failed.
    """
    over = threading.Event()

    def one(item: Item) -> Result:
        # The thread that waits may wake up late, when the others have gone on.
        if over.is_set():
            raise CancelledError
        try:
            return function(item)
        except BaseException:
            over.set()
            raise

    with ThreadPoolExecutor(max_workers=min(workers, len(items))) as pool:
        futures = [pool.submit(one, item) for item in items]
        try:
            wait(futures, return_when=FIRST_EXCEPTION)
        finally:
            over.set()
            pool.shutdown(wait=True, cancel_futures=True)
    for future in futures:
        error = None if future.cancelled() else future.exception()
        if error is not None and not isinstance(error, CancelledError):
            raise error
    return [future.result() for future in futures]
