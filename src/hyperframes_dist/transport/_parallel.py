"""Parts of one transfer, some at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
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
    with ThreadPoolExecutor(max_workers=min(workers, len(items))) as pool:
        futures: list[Future[Result]] = [pool.submit(function, item) for item in items]
        try:
            wait(futures, return_when=FIRST_EXCEPTION)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
    failed = [f for f in futures if not f.cancelled() and f.exception() is not None]
    return [future.result() for future in failed or futures]
