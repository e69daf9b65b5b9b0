"""
What an engine is asked for, what it is, and the calls that make up a render.
"""

from __future__ import annotations

import uuid
from typing import Literal, Protocol

import attrs

from .._model.codec import to_json
from .._model.config import RenderConfig
from .._model.tasks import AssembleTask, ChunkTask, Delivered, PlanTask
from ..chrome import ChromeSource
from ..progress import Cancel, ProgressCallback

Kind = Literal["plan", "chunk", "assemble"]


@attrs.frozen(kw_only=True)
class Call:
    """
    A job on its way to a worker; can be pickled. `run_call` runs it.

    Attributes:
        store: Where its files are.
        kind: Which of the three it is.
        task: Its JSON.
        seconds: How long it may take from when it begins; None for as long as it likes.
        chrome: Where the worker's browser comes from; None takes its default.
        nonce: Unlike any other call's: what remembers answers must not.
    """

    store: str
    kind: Kind
    task: str
    seconds: float | None = None
    chrome: ChromeSource | None = None
    nonce: str = attrs.field(factory=lambda: uuid.uuid4().hex)


@attrs.frozen(kw_only=True)
class Planned:
    """
    What an engine needs to know of a plan; the answer to a plan's call.

    Attributes:
        plan_hash: Its name in the store.
        chunk_count: How many chunks it has.
        frame_count: Frames of the output.
    """

    plan_hash: str
    chunk_count: int
    frame_count: int


@attrs.frozen(kw_only=True)
class RenderRequest:
    """
    A video that is wanted, in terms every worker understands.

    The plan is made first, then its chunks in any order, at once or not, then what joins
    them. Each call may be run twice, or at two places at once: a job that finds its result
    in the store is done.

    Attributes:
        store: Address of the store, for `open_transport`, the same on every worker.
        site_hash: The project there, as deploying it returned.
        config: What to render; names no path of this machine.

    Raises:
        InputError: *site_hash* is not one, or *config* cannot travel.
    """

    store: str
    site_hash: str
    config: RenderConfig = attrs.field(factory=RenderConfig)

    def __attrs_post_init__(self) -> None:
        self._plan_task()

    def _plan_task(self) -> PlanTask:
        return PlanTask(site_hash=self.site_hash, config=self.config)

    def plan_call(self) -> Call:
        """Its answer is the JSON of a `Planned`."""
        return self._call("plan", self._plan_task())

    def chunk_calls(self, planned: Planned) -> list[Call]:
        """One for each chunk of *planned*; each answer is the JSON of a `ChunkResult`."""
        return [
            self._call("chunk", ChunkTask(plan_hash=planned.plan_hash, index=index))
            for index in range(planned.chunk_count)
        ]

    def assemble_call(self, planned: Planned) -> Call:
        """For when all chunks are there; its answer is the JSON of a `Delivered`."""
        return self._call("assemble", AssembleTask(plan_hash=planned.plan_hash))

    def _call(self, kind: Kind, task: PlanTask | ChunkTask | AssembleTask) -> Call:
        return Call(store=self.store, kind=kind, task=to_json(task).decode())


class Engine(Protocol):
    """
    Something that has the jobs of a render run, each to its end or to its error.

    `hyperframes_dist.testing.check_engine` holds one of your own against what is said here.
    """

    def render(
        self,
        request: RenderRequest,
        *,
        progress: ProgressCallback | None = None,
        cancel: Cancel | None = None,
        deadline: float | None = None,
    ) -> Delivered:
        """
        Have *request* rendered; returns when its video lies in the store.

        A job that fails with a retryable error is run again, some times; any other error
        ends the render, as itself. Asking again goes on from what the store has.

        Args:
            progress: Told of frames when their chunk has ended, as stage ``render``.
            cancel: Starts no further job when set. Jobs that run may run to their end.
            deadline: When the call must have ended, on the clock of `time.monotonic`.

        Raises:
            EngineError: What runs the jobs failed.
            HyperframesError: As the jobs raise.
        """
        ...
