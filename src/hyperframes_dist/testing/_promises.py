"""
What checks of a caller's own parts say when a promise is broken.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator


@contextlib.contextmanager
def expected(kind: type[Exception], promise: str) -> Iterator[None]:
    """A block that must raise *kind*."""
    try:
        yield
    except kind:
        return
    raise AssertionError(f"{promise}: no {kind.__name__} was raised")


def require(condition: bool, promise: str) -> None:
    # Not the statement, which is left out of optimized programs.
    if not condition:
        raise AssertionError(promise)


def equal(expected: object, actual: object, promise: str) -> None:
    require(
        expected == actual,
        f"{promise}: expected {expected!r:.200}, found {actual!r:.200}",
    )
