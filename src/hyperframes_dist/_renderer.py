"""
The public functions: `plan`, `render_chunk`, `assemble`, `render`, and the `Renderer`
that keeps a browser warm between calls.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Self

from ._browser import Browser, launch
from ._chunks import find_chunk, make_chunk, segments_of
from ._config import RenderConfig
from ._files import disk_errors, work_dir
from ._frames import Segment
from ._output import assemble_chunks, join_parts
from ._plan_dir import check_artifacts, load_plan, needed_by
from ._planning import build_plan
from ._results import ChunkResult, OutputResult, Plan
from ._segments import FrameCounter, WorkerPool
from ._store import SegmentStore
from ._toolchain import check_encoder, check_toolchain
from .chrome import ChromeSource, default_chrome
from .errors import InputError
from .progress import Cancel, Control, ProgressCallback

__all__ = ["Renderer", "assemble", "plan", "render", "render_chunk"]

_PAGES_PER_BROWSER = 64
_WORKER_BYTES = 1 << 30


class Renderer:
    """
    One warm browser for many plans and chunks; close it, or use it in a ``with`` block.

    Calls from several threads take turns. A browser that died is replaced at the next
    call, and so is one that has served 64 pages, since a long-lived browser grows.

    Args:
        chrome: Where the browser comes from; None takes `default_chrome`.
    """

    def __init__(self, chrome: ChromeSource | None = None) -> None:
        self.chrome = chrome or default_chrome()
        self._lock = threading.Lock()
        self._browser: Browser | None = None
        self._pages = 0

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
        """See `plan`."""
        control = Control(progress, cancel, deadline)
        return self._plan(Path(project_dir), Path(plan_dir), config, control)

    def _plan(
        self,
        project: Path,
        plan_dir: Path,
        config: RenderConfig | None,
        control: Control,
        exclude: tuple[Path, ...] = (),
    ) -> Plan:
        with disk_errors(plan_dir), self._warm(control) as browser:
            return build_plan(
                project,
                plan_dir,
                config or RenderConfig(),
                chrome=self.chrome,
                browser=browser,
                control=control,
                exclude=exclude,
            )

    def render_chunk(
        self,
        plan_dir: Path | str,
        index: int,
        output: Path | str,
        *,
        progress: ProgressCallback | None = None,
        cancel: Cancel | None = None,
        deadline: float | None = None,
    ) -> ChunkResult:
        """See `render_chunk`."""
        control, path = Control(progress, cancel, deadline), Path(output)
        loaded = load_plan(Path(plan_dir))
        chunk = find_chunk(loaded, index)
        control.check()
        check_toolchain(loaded.content.toolchain, self.chrome)
        check_artifacts(loaded, needed_by(loaded, segments_of(loaded, chunk)))
        with disk_errors(path), self._warm(control) as browser:
            return make_chunk(loaded, chunk, path, browser=browser, control=control)

    @contextlib.contextmanager
    def _warm(self, control: Control) -> Iterator[Browser]:
        """The browser, started if need be, for one call."""
        with self._lock:
            browser = self._browser
            if browser is not None and (
                not browser.alive or self._pages >= _PAGES_PER_BROWSER
            ):
                browser.close()
                browser = None
            if browser is None:
                self._pages = 0
                browser = self._browser = launch(self.chrome, control=control)
            self._pages += 1
            yield browser

    def close(self) -> None:
        """End the browser; a later call starts another one."""
        with self._lock:
            if self._browser is not None:
                self._browser.close()
            self._browser = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


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


def render_chunk(
    plan_dir: Path | str,
    index: int,
    output: Path | str,
    *,
    chrome: ChromeSource | None = None,
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
        chrome: Where the browser comes from; None takes `default_chrome`.
        progress: Told of each frame, from the calling thread.
        cancel: Stops the call when set.
        deadline: When the call must have ended, on the clock of `time.monotonic`.

    Returns:
        What the sidecar holds.

    Raises:
        InputError: No such plan or chunk.
        PlanError: The plan directory is not what was planned.
        ToolchainMismatchError: Other tools than planned; raised before a browser boots.
        PageError: The composition fails; the frame is named.
        ChromeError: The browser fails; worth a retry.
        EncodeError: The encoder fails.
        Cancelled: *cancel* was set.
        DeadlineExceeded: *deadline* passed.
    """
    with Renderer(chrome) as renderer:
        return renderer.render_chunk(
            plan_dir, index, output, progress=progress, cancel=cancel, deadline=deadline
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
        plan_dir: The plan directory; only ``plan.json`` is read.
        chunk_paths: Every chunk's file, in order, each beside its sidecar.
        output: The video; appears whole or not at all, what was there is replaced.
        progress: Told of each step.
        cancel: Stops the call when set.
        deadline: When the call must have ended, on the clock of `time.monotonic`.

    Raises:
        PlanError: ``plan.json`` is missing or not what was written.
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


def render(
    project_dir: Path | str,
    output: Path | str,
    config: RenderConfig | None = None,
    *,
    workers: int | None = None,
    store: Path | str | None = None,
    chrome: ChromeSource | None = None,
    progress: ProgressCallback | None = None,
    cancel: Cancel | None = None,
    deadline: float | None = None,
) -> OutputResult:
    """
    Render a project into a video on this machine.

    Workers claim segments one at a time; a segment whose Chrome dies is tried again. The
    output's bytes do not depend on *workers*.

    Args:
        project_dir: Directory of the composition; only read.
        output: The video; appears whole or not at all, what was there is replaced.
        config: What to render; None takes the defaults.
        workers: Browsers at once; None takes one per processor, as memory allows.
        store: A directory finished segments are kept in, so that the same render, run
            again after something died, makes only the missing ones.
        chrome: Where the browsers come from; None takes `default_chrome`.
        progress: Told of each step and each frame, one call at a time.
        cancel: Stops the call when set.
        deadline: When the call must have ended, on the clock of `time.monotonic`.

    Raises:
        HyperframesError: As `plan`, `render_chunk` and `assemble` raise.
    """
    control, path = Control(progress, cancel, deadline), Path(output)
    _check_workers(workers)
    with disk_errors(path), work_dir(path) as scratch, Renderer(chrome) as renderer:
        planned = renderer._plan(
            Path(project_dir), scratch / "plan", config, control, (path, scratch)
        )
        segments = SegmentStore(Path(store) if store else scratch, planned)
        parts = _make_segments(renderer, planned, segments, workers, control)
        return join_parts(planned, parts, path, control=control)


def _check_workers(workers: int | None) -> None:
    whole = isinstance(workers, int) and not isinstance(workers, bool)
    if workers is not None and not (whole and 1 <= workers <= 256):
        raise InputError(f"workers {workers!r} is not a whole number from 1 to 256")


def _make_segments(
    renderer: Renderer,
    planned: Plan,
    store: SegmentStore,
    workers: int | None,
    control: Control,
) -> list[Path]:
    every = planned.content.segments
    missing = tuple(segment for segment in every if not store.holds(segment))
    counter = FrameCounter(planned.frame_count, control)
    counter.add(planned.frame_count - sum(len(s.frames) for s in missing))
    pool = WorkerPool(planned, renderer.chrome, store, counter, control)
    if missing:
        with renderer._warm(control) as browser:
            pool.run(missing, workers or _auto_workers(missing), browser)
    return [store.path(segment) for segment in every]


def _auto_workers(segments: tuple[Segment, ...]) -> int:
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    processors = len(os.sched_getaffinity(0))
    return max(1, min(processors, memory // _WORKER_BYTES, len(segments)))
