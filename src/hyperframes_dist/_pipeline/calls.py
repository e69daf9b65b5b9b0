"""
The functions `lock`, `plan`, `render_chunk` and `assemble`, and the `Renderer` that keeps
a browser warm between them.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Self

from .._estimate.model import CostModel
from .._estimate.report import PerfSink, check_sink, chunk_record, hand_over
from .._estimate.spans import Trace
from .._model.config import RenderConfig
from .._model.frames import Chunk
from .._model.results import ChunkResult, OutputResult, Plan
from .._planned.directory import check_artifacts, load_plan, needed_by
from .._planned.toolchain import check_encoder, check_toolchain
from .._render.chunk import find_chunk, make_segments, publish_chunk, segments_of
from .._render.pool import FrameCounter, frames_in
from .._render.segments import Segments, SegmentStore, missing
from .._render.warm import WarmBrowser
from .._sources.lock import Lock
from .._tools.files import disk_errors, store_folder, work_dir
from .._tools.seats import Seat
from ..chrome import ChromeSource
from ..progress import Cancel, Control, ProgressCallback
from .assemble import assemble_chunks

__all__ = ["Renderer", "assemble", "lock", "plan", "render_chunk"]


class Renderer:
    """
    One warm browser for many plans and chunks; close it, or use it in a ``with`` block.

    Calls from several threads take turns. A browser that died is replaced at the next
    call, and so is one that has served many pages, since a long-lived browser grows. The
    page of the plan whose chunk was rendered last stays open until another plan's turn
    comes, so that the next chunk goes on from there.

    Args:
        chrome: Where the browser comes from; None takes `default_chrome`.
        keep_warm: Whether the browser outlives a chunk; else it ends as soon as the chunk
            has no more to draw.

    Raises:
        UnsupportedPlatformError: Chrome is not driven on this system.
    """

    def __init__(
        self, chrome: ChromeSource | None = None, *, keep_warm: bool = True
    ) -> None:
        self._warm = WarmBrowser(chrome)
        self._keeps_warm = keep_warm

    def plan(
        self,
        project_dir: Path | str,
        plan_dir: Path | str,
        config: RenderConfig | None = None,
        *,
        progress: ProgressCallback | None = None,
        cancel: Cancel | None = None,
        deadline: float | None = None,
    ) -> Plan:
        """Freeze a project into a plan directory; see the function `plan`."""
        from .._plan.build import plan_project  # noqa: PLC0415

        control, path = Control(progress, cancel, deadline), Path(plan_dir)
        with disk_errors(path), self._warm.use(control) as browser:
            return plan_project(
                Path(project_dir),
                path,
                config or RenderConfig(),
                chrome=self._warm.source,
                browser=browser,
                control=control,
            )

    def lock(
        self,
        project_dir: Path | str,
        config: RenderConfig | None = None,
        *,
        update: bool = False,
        progress: ProgressCallback | None = None,
        cancel: Cancel | None = None,
        deadline: float | None = None,
    ) -> Lock:
        """Pin the remote addresses of a project; see the function `lock`."""
        from .._plan.lock import LockJob  # noqa: PLC0415

        control, path = Control(progress, cancel, deadline), Path(project_dir)
        job = LockJob(project=path, config=config or RenderConfig(), update=update)
        with disk_errors(path), self._warm.use(control) as browser:
            return job.run(browser=browser, control=control)

    def render_chunk(
        self,
        plan_dir: Path | str,
        index: int,
        output: Path | str,
        *,
        store: Path | str | Segments | None = None,
        perf: PerfSink | None = None,
        model: CostModel | None = None,
        progress: ProgressCallback | None = None,
        cancel: Cancel | None = None,
        deadline: float | None = None,
    ) -> ChunkResult:
        """Render one chunk of a plan; see the function `render_chunk`."""
        control, path = Control(progress, cancel, deadline), Path(output)
        check_sink(perf)
        kept = store_folder(store) if isinstance(store, Path | str) else store
        loaded, trace = load_plan(Path(plan_dir)), Trace()
        chunk = find_chunk(loaded, index)
        control.check()
        with trace.total:
            check_toolchain(loaded.content.toolchain, self._warm.source)
            check_artifacts(loaded, needed_by(loaded, segments_of(loaded, chunk)))
            with disk_errors(path), work_dir(path) as scratch:
                segments = _segments(loaded, kept or scratch)
                self._make_missing(loaded, chunk, segments, control, trace)
                if not self._keeps_warm:
                    self._warm.retire()
                with trace.join:
                    result = publish_chunk(
                        loaded, chunk, segments, path, control=control
                    )
        if perf is not None:
            hand_over(chunk_record(loaded, chunk, trace, model), perf)
        return result

    def _make_missing(
        self, plan: Plan, chunk: Chunk, store: Segments, control: Control, trace: Trace
    ) -> None:
        wanted = segments_of(plan, chunk)
        lacking = missing(store, wanted)
        if not lacking:
            return
        counter = FrameCounter(len(frames_in(wanted)), control)
        counter.add(len(frames_in(wanted)) - sum(len(s.frames) for s in lacking))
        seat = Seat()
        with self._warm.use(control, trace.launch, goes_on=True, seat=seat) as browser:
            make_segments(
                plan,
                lacking,
                store,
                browser=browser,
                cameras=self._warm.cameras,
                counter=counter,
                control=control,
                trace=trace.worker(),
                seat=seat,
            )

    def close(self) -> None:
        """End the browser; a later call starts another one."""
        self._warm.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _segments(plan: Plan, store: Path | Segments) -> Segments:
    return SegmentStore(store, plan) if isinstance(store, Path) else store


def plan(
    project_dir: Path | str,
    plan_dir: Path | str,
    config: RenderConfig | None = None,
    *,
    chrome: ChromeSource | None = None,
    progress: ProgressCallback | None = None,
    cancel: Cancel | None = None,
    deadline: float | None = None,
) -> Plan:
    """
    Freeze a project into a plan directory: all that its frames depend on, and a hash.

    Args:
        project_dir: Directory of the composition; only read.
        plan_dir: Where the plan will lie; must not exist. It appears whole or not at all
            and belongs to the caller.
        config: What to render; None takes the defaults.
        chrome: Where the browser comes from; None takes `default_chrome`.
        progress: Told of each step.
        cancel: Stops the call when set.
        deadline: When the call must have ended, on the clock of `time.monotonic`.

    Returns:
        The plan; ``plan.content_hash`` names the output's bytes.

    Raises:
        UnsupportedPlatformError: Chrome is not driven on this system.
        InputError: The project or the configuration cannot be rendered.
        PageError: The composition fails in the browser.
        ResolveError: A remote address cannot be turned into bytes; retry if
            `ResolveUnavailableError`.
        PlanTooLargeError: The plan is over ``config.limits.plan_bytes``.
        ChromeError: The browser fails; worth a retry.
        Cancelled: *cancel* was set.
        DeadlineExceeded: *deadline* passed.
    """
    with Renderer(chrome) as renderer:
        return renderer.plan(
            project_dir,
            plan_dir,
            config,
            progress=progress,
            cancel=cancel,
            deadline=deadline,
        )


def lock(
    project_dir: Path | str,
    config: RenderConfig | None = None,
    *,
    update: bool = False,
    chrome: ChromeSource | None = None,
    progress: ProgressCallback | None = None,
    cancel: Cancel | None = None,
    deadline: float | None = None,
) -> Lock:
    """
    Pin what each remote address of a project means, in ``hyperframes.lock`` beside it.

    The page is shown once, as `plan` shows it. What it asks for is pinned, and the bytes
    are kept in the cache. `plan` then takes exactly those bytes.

    Args:
        project_dir: Directory of the composition; the lock is written into it, and
            nothing else.
        config: How the page is shown; None takes the defaults. What decides which
            addresses it asks for are the entry file, the variables, the frame rate, the
            output scale and the overrides directory.
        update: Forget all pins and resolve anew. Else pins are kept, also of addresses
            this page does not ask for, and missing ones are added.
        chrome: Where the browser comes from; None takes `default_chrome`.
        progress: Told of each step.
        cancel: Stops the call when set.
        deadline: When the call must have ended, on the clock of `time.monotonic`.

    Returns:
        What the lock says.

    Raises:
        UnsupportedPlatformError: Chrome is not driven on this system.
        InputError: The project or the configuration cannot be used, or the lock that is
            there cannot be read.
        PageError: The composition fails in the browser.
        ResolveError: An address cannot be turned into bytes, or into the pinned ones;
            retry if `ResolveUnavailableError`.
        ChromeError: The browser fails; worth a retry.
        Cancelled: *cancel* was set; the lock is as it was.
        DeadlineExceeded: *deadline* passed; the lock is as it was.
    """
    with Renderer(chrome) as renderer:
        return renderer.lock(
            project_dir,
            config,
            update=update,
            progress=progress,
            cancel=cancel,
            deadline=deadline,
        )


def render_chunk(
    plan_dir: Path | str,
    index: int,
    output: Path | str,
    *,
    store: Path | str | None = None,
    chrome: ChromeSource | None = None,
    perf: PerfSink | None = None,
    model: CostModel | None = None,
    progress: ProgressCallback | None = None,
    cancel: Cancel | None = None,
    deadline: float | None = None,
) -> ChunkResult:
    """
    Render one chunk of a plan into a file a player can open.

    Args:
        plan_dir: A plan directory; only read. What the chunk reads of it is verified.
        index: Which chunk, from 0.
        output: The chunk's file; its sidecar ``<output>.json`` is written last. Both
            appear whole or not at all; what was there is replaced.
        store: A directory finished segments are kept in, or its ``file://`` address, so that
            a chunk that was stopped goes on from there when it is rendered again.
        chrome: Where the browser comes from; None takes `default_chrome`.
        perf: A file that is given the JSON of a `PerfRecord`, or a function that is called
            with the record.
        model: What the prediction in that record is made from; None takes a rough guess.
        progress: Told of each frame, from the calling thread.
        cancel: Stops the call when set.
        deadline: When the call must have ended, on the clock of `time.monotonic`.

    Returns:
        What the sidecar holds.

    Raises:
        UnsupportedPlatformError: Chrome is not driven on this system.
        InputError: No such plan or chunk.
        PlanError: The plan directory is not what was planned.
        ToolchainMismatchError: Other tools than planned; raised before a browser boots.
        PageError: The composition fails; the frame is named.
        ChromeError: The browser fails; worth a retry.
        EncodeError: The encoder fails.
        Cancelled: *cancel* was set.
        DeadlineExceeded: *deadline* passed.
    """
    with Renderer(chrome, keep_warm=False) as renderer:
        return renderer.render_chunk(
            plan_dir,
            index,
            output,
            store=store,
            perf=perf,
            model=model,
            progress=progress,
            cancel=cancel,
            deadline=deadline,
        )


def assemble(
    plan_dir: Path | str,
    chunk_paths: Sequence[Path | str],
    output: Path | str,
    *,
    progress: ProgressCallback | None = None,
    cancel: Cancel | None = None,
    deadline: float | None = None,
) -> OutputResult:
    """
    Join all chunks of a plan into the verified video.

    Args:
        plan_dir: The plan directory; only ``plan.json`` and the sound are read.
        chunk_paths: Every chunk's file, in order, each beside its sidecar.
        output: The video, named with its format's suffix, or the directory of pictures;
            appears whole or not at all, what was there is replaced. A directory is
            replaced only if it holds nothing but an earlier render.
        progress: Told of each step.
        cancel: Stops the call when set.
        deadline: When the call must have ended, on the clock of `time.monotonic`.

    Raises:
        InputError: *output* is named like another format, or its place is taken.
        PlanError: ``plan.json`` or the sound is missing or not what was written.
        ToolchainMismatchError: Another ffmpeg or library than planned.
        AssembleError: A chunk is missing, out of order, of another plan or damaged, or
            the result is not the planned video.
        Cancelled: *cancel* was set.
        DeadlineExceeded: *deadline* passed.
    """
    control, path = Control(progress, cancel, deadline), Path(output)
    loaded = load_plan(Path(plan_dir))
    check_encoder(loaded.content.toolchain)
    chunks = [Path(chunk) for chunk in chunk_paths]
    with disk_errors(path):
        return assemble_chunks(loaded, chunks, path, control=control)
