"""
What the client hands over, as values; nothing here asks a service.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import attrs

Status = Literal["running", "succeeded", "failed", "timed_out", "cancelled"]
"""How a render stands; all but ``running`` are final."""

_COUNTED = "ChunksFailed"


@attrs.frozen(kw_only=True)
class Render:
    """
    A render that was started.

    Attributes:
        name: Its name, unique among the renders of a stack.
        execution: ARN of its execution.
    """

    name: str
    execution: str


@attrs.frozen(kw_only=True)
class RenderFault:
    """
    An attempt that failed, whether or not another one made up for it.

    Attributes:
        where: The state it happened in; empty where that is not recorded.
        error: Class of the error, or the service's name for it.
        reason: What it said.
    """

    where: str
    error: str
    reason: str


@attrs.frozen(kw_only=True)
class CloudOutput:
    """
    A finished video in the store.

    Attributes:
        uri: Where it lies.
        sha256: Digest of it, as `OutputResult` has it.
        size: Bytes.
        frame_count: Frames in it.
        plan_hash: Plan hash of what it was made from.
    """

    uri: str
    sha256: str
    size: int
    frame_count: int
    plan_hash: str


@attrs.frozen(kw_only=True)
class PlanFacts:
    """
    What the plan of a render says; known once it is made.

    Attributes:
        plan_hash: Names content and schedule.
        content_hash: Names the output's bytes.
        pictures_hash: Names what all its segments share.
        frame_count: Frames of the output.
        chunk_count: Chunks it is cut into.
        frame_rate: Frames per second, as ``30`` or ``30000/1001``.
    """

    plan_hash: str
    content_hash: str
    pictures_hash: str
    frame_count: int
    chunk_count: int
    frame_rate: str


@attrs.frozen(kw_only=True)
class RenderProgress:
    """
    How far a render is.

    Attributes:
        render: Which one.
        status: ``running``, ``succeeded``, ``failed``, ``timed_out`` or ``cancelled``.
        fraction: From 0 to 1; 1 only when it succeeded. Never falls while the store keeps
            its segments.
        frames_done: Frames in finished segments and chunks, as the store holds them.
        frames_total: Frames of the output; None until it is planned.
        attempts: Calls of the function. While it runs, jobs that have begun, as they tell
            the store; once it has ended, all that its history knows, those for chunks that
            have executions of their own counted once each. `render_cost` counts all.
        faults: Attempts that failed, in order, and what ended the render if that was no
            attempt; read once it has ended.
        plan: What the plan says; None until it is made.
        output: The video; None until it is finished.
    """

    render: Render
    status: Status
    fraction: float
    frames_done: int
    frames_total: int | None
    attempts: int
    faults: tuple[RenderFault, ...]
    plan: PlanFacts | None
    output: CloudOutput | None

    @property
    def finished(self) -> bool:
        """Whether it will not change any more."""
        return self.status != "running"

    @property
    def ending(self) -> RenderFault | None:
        """What ended it badly, the chunk's own error if it was one; None if nothing did."""
        if self.status in {"running", "succeeded"} or not self.faults:
            return None
        # The state machine lets all chunks end, then counts those that failed.
        counted = self.faults[-1].error == _COUNTED and len(self.faults) > 1
        return self.faults[-2 if counted else -1]


OnProgress = Callable[[RenderProgress], None]
"""Called with each look at a render, from the thread that waits."""
