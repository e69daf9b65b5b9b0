"""
Which error of a task is worth another try, and how many: the tree of errors as lists.

Step Functions compares names, not classes, so every class is named. A class that is not
the library's and not in a list here is a defect: it is never tried again.
"""

from __future__ import annotations

from typing import Any, Final

import attrs

from ..errors import ChunkUnfinishedError, error_names

__all__ = ["Retrier", "known_errors", "retriers"]

_SERVICE: Final = (
    "Lambda.AWSLambdaException",
    "Lambda.ClientExecutionTimeoutException",
    "Lambda.SdkClientException",
    "Lambda.ServiceException",
)
_THROTTLED: Final = ("Lambda.TooManyRequestsException",)
# An older runtime reports both a passed timeout and a lack of memory as Lambda.Unknown.
_KILLED: Final = ("Lambda.Unknown", "Runtime.ExitError", "Runtime.OutOfMemory")
_OUT_OF_TIME: Final = ("Sandbox.Timedout", "States.HeartbeatTimeout", "States.Timeout")


@attrs.frozen(kw_only=True)
class Retrier:
    """
    One list of error names that share a way of being tried again.

    Attributes:
        name: What the errors have in common.
        errors: Their names, sorted.
        attempts: Further tries after the first; 0 says that none can help.
        interval: Seconds to wait, at most, before the first of them.
        backoff: What each further wait is multiplied by.
        longest: Longest wait in seconds.
    """

    name: str
    errors: tuple[str, ...]
    attempts: int
    interval: int = 2
    backoff: float = 2.0
    longest: int = 60

    def to_json(self) -> dict[str, Any]:
        """The list as an element of a task's ``Retry``."""
        if not self.attempts:
            return {"ErrorEquals": list(self.errors), "MaxAttempts": 0}
        return {
            "ErrorEquals": list(self.errors),
            "IntervalSeconds": self.interval,
            "MaxAttempts": self.attempts,
            "BackoffRate": self.backoff,
            "MaxDelaySeconds": self.longest,
            # Chunks that fail together, on one store or one limit, must not return together.
            "JitterStrategy": "FULL",
        }


def retriers() -> tuple[Retrier, ...]:
    """Every list; an error's name is in one of them at most, so their order is free."""
    unfinished = (ChunkUnfinishedError.__name__,)
    return (
        Retrier(name="final", errors=error_names(retryable=False), attempts=0),
        Retrier(
            name="retryable",
            errors=tuple(n for n in error_names(retryable=True) if n not in unfinished),
            attempts=4,
        ),
        # Each try starts where the last one stopped, so waiting longer gains nothing.
        Retrier(
            name="unfinished", errors=unfinished, attempts=8, interval=1, backoff=1.0
        ),
        Retrier(name="service", errors=_SERVICE, attempts=3),
        # A throttled call has cost nothing yet. It passes when others have finished, and
        # those may be whole chunks of another render: about an hour in all.
        Retrier(name="throttled", errors=_THROTTLED, attempts=30, longest=300),
        # A killed function has cost up to its whole timeout, and often dies again.
        Retrier(name="killed", errors=_KILLED, attempts=2),
        Retrier(name="out of time", errors=_OUT_OF_TIME, attempts=2),
    )


def known_errors() -> tuple[str, ...]:
    """The names in all lists, sorted."""
    return tuple(sorted(name for each in retriers() for name in each.errors))
