"""
What an engine is, what it is asked for, and how a job of it is run where it has arrived.

Who asks for a render loads nothing that drives a browser.
"""

from __future__ import annotations

import time
import uuid
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast

import attrs

from .._model.config import RenderConfig
from .._tools.leftovers import temp_dir
from ..chrome import ChromeSource
from ..errors import InputError
from ..progress import Cancel, Control, ProgressCallback
from ..transport import open_transport, store_address
from .jobs import (
    AssembleJob,
    ChunkJob,
    Delivered,
    Job,
    JobOf,
    PlanJob,
    Planned,
    SoundJob,
    WalkJob,
    check_render_name,
    of_plan,
    part_jobs,
)

if TYPE_CHECKING:
    from .._pipeline.renderer import Renderer


@attrs.frozen(kw_only=True)
class RenderRequest:
    """
    A video that is wanted, in terms every worker understands.

    The plan is made first, then its chunks and its sound in any order, at once or not, then
    what joins them. Where that raises `SeamError`, the answer of the walk job takes the
    plan's place, once. Each job may be run twice, or at two places at once: a job that finds
    its result in the store is done.

    Attributes:
        store: The store, a path or an address for `open_transport`, the same on every
            worker; kept as an address.
        site_hash: The project there, as deploying it returned.
        config: What to render; names no path of this machine.
        name: What the render is called in the store, where `watch` finds it and
            `cancel_render` stops it; one that nobody else has, unless given.
        live: Whether the film can be watched while it is made, at `live_address`.

    Raises:
        InputError: *site_hash* is no sha256, *config* cannot travel, *name* is none, or
            *live* is asked for of pictures that are not H.264.
    """

    store: str = attrs.field(converter=store_address)
    site_hash: str
    config: RenderConfig = attrs.field(factory=RenderConfig)
    name: str = attrs.field(factory=lambda: uuid.uuid4().hex)
    live: bool = False

    def __attrs_post_init__(self) -> None:
        self.plan_job()

    def plan_job(self) -> PlanJob:
        """The first job; its answer is a `Planned`."""
        check_render_name(self.name)
        return PlanJob(
            store=self.store,
            site_hash=self.site_hash,
            config=self.config,
            render=self.name,
            live=self.live,
        )

    def chunk_jobs(self, planned: Planned) -> list[ChunkJob]:
        """One for each chunk of *planned*; each answer is a `ChunkResult`."""
        jobs = self.part_jobs(planned)
        return [job for job in jobs if isinstance(job, ChunkJob)]

    def part_jobs(self, planned: Planned) -> list[SoundJob | ChunkJob]:
        """
        All jobs of *planned* that may run at once: its sound, if it has one, and its chunks.

        Who runs the chunks alone renders the same film: whoever joins them mixes the sound
        that is not there.
        """
        return part_jobs(self.store, planned, self.name)

    def walk_job(self, planned: Planned) -> WalkJob:
        """
        For when joining the chunks of *planned* raises `SeamError`.

        Its answer is a `Planned` whose chunks are rendered and joined instead.
        """
        return WalkJob(**self._of(planned))

    def assemble_job(self, planned: Planned) -> AssembleJob:
        """For when all chunks of *planned* are there; its answer is a `Delivered`."""
        return AssembleJob(**self._of(planned))

    def _of(self, planned: Planned) -> dict[str, Any]:
        return of_plan(self.store, planned, self.name)


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
            progress: Told of frames, as stage ``render``.
            cancel: Starts no further job when set, and stops those that run.
            deadline: When the call must have ended, on the clock of `time.monotonic`.

        Raises:
            EngineError: What runs the jobs failed.
            HyperframesError: As the jobs raise.
        """
        ...


A = TypeVar("A")


def run_job(
    job: JobOf[A],
    cancel: Cancel | None = None,
    *,
    seconds: float | None = None,
    chrome: ChromeSource | None = None,
    progress: ProgressCallback | None = None,
    renderer: Renderer | None = None,
    nonce: str = "",  # noqa: ARG001  Told apart by whoever remembers answers.
) -> A:
    """
    Run *job* in this process, with a work directory of its own.

    A module's function of values that can be pickled, so that any queue can carry both.

    Args:
        job: The job; one that finds its result in the store is done.
        cancel: Stops it when set.
        seconds: How long it may take from now; None for as long as it likes.
        chrome: Where its browser comes from; None takes `default_chrome`.
        progress: Told of its steps, in this process.
        renderer: Whose warm browser is used, and kept for the next job; None starts one for
            this job alone. It has a *chrome* of its own.
        nonce: Unlike that of any other call, for a queue that remembers answers.

    Returns:
        A `Planned`, a `ChunkResult`, a `Helped`, a `SoundResult` or a `Delivered`, as the
        job says.

    Raises:
        InputError: Both *chrome* and *renderer* are given.
        HyperframesError: As the job raises; whether it is worth another try is told by
            ``retryable``.
    """
    from .._pipeline.renderer import Renderer  # noqa: PLC0415
    from .worker import Worker  # noqa: PLC0415

    if renderer is not None and chrome is not None:
        raise InputError("a renderer has a Chrome of its own; give one of both")
    end = None if seconds is None else time.monotonic() + seconds
    with (
        temp_dir("job") as folder,
        Renderer(chrome) if renderer is None else nullcontext(renderer) as warm,
    ):
        worker = Worker(
            transport=open_transport(job.store),
            renderer=warm,
            folder=folder,
            runtime=None,
        )
        # Each class of `Job` says with what it is answered, which a union cannot.
        one = cast("Job", job)
        return cast("A", worker.run_job(one, Control(progress, cancel, end)))
