"""
Something tried again: how often, and how long is waited in between.

Who retries says only which failures may pass; the counting, the pauses and the caller's
wishes are here. A loop that waits for a state, and has not failed meanwhile, is no retry.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator
from typing import TypeVar

import attrs

from ..errors import HyperframesError
from ..progress import Control

_Result = TypeVar("_Result")


@attrs.frozen(kw_only=True)
class Retry:
    """
    How patient somebody is.

    Attributes:
        tries: How often it is tried at most; at least 1.
        first: Seconds waited before the second try.
        growth: What each further wait is multiplied by.
        longest: Seconds no wait is longer than.
        spread: Wait a random part of that instead: workers that were cut off together
            would come back together otherwise.
    """

    tries: int
    first: float = 0.0
    growth: float = 2.0
    longest: float = math.inf
    spread: bool = False

    def pause(self, number: int) -> float:
        """Seconds to wait when the *number*-th try has failed; the first one is 1."""
        seconds = min(self.first * self.growth ** (number - 1), self.longest)
        # No secret depends on it.
        return random.uniform(0, seconds) if self.spread else seconds  # noqa: S311

    def left(self, control: Control | None = None) -> Iterator[int]:
        """
        How many tries are left, once for each try, after the wait before it.

        Raises:
            Cancelled, DeadlineExceeded: As *control* says while it waits.
        """
        control = control or Control()
        for number in range(1, self.tries + 1):
            if number > 1:
                control.sleep(self.pause(number - 1))
            yield self.tries - number

    def call(
        self,
        work: Callable[[], _Result],
        may_pass: Callable[[Exception], bool],
        control: Control | None = None,
    ) -> _Result:
        """
        What *work* returns in the end.

        Args:
            may_pass: Whether another try may succeed where one failed with this error.

        Raises:
            Exception: What *work* raises, if no other try would help or all are used up.
            Cancelled, DeadlineExceeded: As *control* says while it waits.
        """
        for left in self.left(control):
            try:
                return work()
            except Exception as error:
                if not left or not may_pass(error):
                    raise
        raise AssertionError("unreachable")


def is_retryable(error: Exception) -> bool:
    """Whether *error* is one of the library's whose class says that it may pass."""
    return isinstance(error, HyperframesError) and error.retryable
