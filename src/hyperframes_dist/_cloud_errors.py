"""
What can go wrong between a client and what renders for it, such as a cloud.

A part of the tree that `errors` draws.
"""

from __future__ import annotations

from ._error import HyperframesError


class CloudError(HyperframesError):
    """
    A cloud service refused a call.

    Attributes:
        operation: The call, in the service's own words.
        code: The service's name for what is wrong.
        reason: What it said.
    """

    def __init__(self, operation: str, code: str, reason: str) -> None:
        super().__init__(operation, code, reason)
        self.operation, self.code, self.reason = operation, code, reason

    def __str__(self) -> str:
        return f"{self.operation}: {self.code}: {self.reason}"


class CloudUnavailableError(CloudError):
    """A cloud service did not answer, or asked for fewer calls; it may answer later."""

    retryable = True


class RenderFailedError(HyperframesError):
    """
    A render in the cloud ended without a video.

    What could be tried again was, there; its finished segments are kept, so a new render
    of the same project goes on from them.

    Attributes:
        render: Its name.
        status: How it ended: ``failed``, ``timed_out`` or ``cancelled``.
        error: Class of the error that ended it, one of these or the service's own.
        reason: What that error said.
    """

    def __init__(self, render: str, status: str, error: str, reason: str) -> None:
        super().__init__(render, status, error, reason)
        self.render, self.status = render, status
        self.error, self.reason = error, reason

    def __str__(self) -> str:
        why = ": ".join(part for part in (self.error, self.reason) if part)
        return f"render {self.render} {self.status.replace('_', ' ')}: {why}"


class EngineError(HyperframesError):
    """
    What runs the jobs of a render failed, and not a job.

    Attributes:
        job: What it was asked to do.
        reason: What happened.
    """

    retryable = True

    def __init__(self, job: str, reason: str) -> None:
        super().__init__(job, reason)
        self.job, self.reason = job, reason

    def __str__(self) -> str:
        return f"{self.job}: {self.reason}"


class ChunkUnfinishedError(HyperframesError):
    """
    A chunk was stopped before its host would have been.

    Its finished segments are kept, so the next try goes on where this one stopped.

    Attributes:
        index: The chunk.
        done: Segments of it that are kept.
        total: Segments in it.
    """

    retryable = True

    def __init__(self, index: int, done: int, total: int) -> None:
        super().__init__(index, done, total)
        self.index, self.done, self.total = index, done, total

    def __str__(self) -> str:
        return (
            f"chunk {self.index}: out of time with {self.done} of {self.total} segments "
            "kept; try again to go on from there, or cut into more chunks"
        )
