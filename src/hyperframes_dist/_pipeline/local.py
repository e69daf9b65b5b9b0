"""
The embedded default: a project becomes a video on this machine, on as many browsers as
it has processors.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path

from .._encode.kinds import kind_of
from .._estimate.model import CostModel
from .._estimate.report import PerfSink, check_sink, hand_over, render_record
from .._estimate.spans import Trace
from .._model.checks import check_number
from .._model.config import RenderConfig
from .._model.results import OutputResult, Plan
from .._plan.build import plan_project
from .._render.chunk import parts_of
from .._render.pool import FrameCounter, WorkerPool
from .._render.segments import SegmentStore, missing
from .._render.warm import WarmBrowser
from .._tools.files import disk_errors, store_folder, work_dir
from .._tools.machine import most_workers
from ..chrome import ChromeSource, check_platform, default_chrome
from ..progress import Cancel, Control, ProgressCallback
from .assemble import join_parts

__all__ = ["render"]

MOST_WORKERS = 256
"""More browsers at once than any machine has a use for."""


def render(
    project_dir: Path | str,
    output: Path | str,
    config: RenderConfig | None = None,
    *,
    workers: int | None = None,
    store: Path | str | None = None,
    chrome: ChromeSource | None = None,
    perf: PerfSink | None = None,
    model: CostModel | None = None,
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
        output: The video, named with its format's suffix, or the directory of pictures;
            appears whole or not at all, what was there is replaced. A directory is
            replaced only if it holds nothing but an earlier render.
        config: What to render; None takes the defaults.
        workers: Browsers at once; None takes one per processor, as memory allows, both as
            far as a container's limits let this process have them.
        store: A directory finished segments are kept in, or its ``file://`` address, so that
            the same render, run again after something died, makes only the missing ones.
        chrome: Where the browsers come from; None takes `default_chrome`.
        perf: A file that is given the JSON of a `PerfRecord`, or a function that is called
            with the record: what each part took, beside what was predicted.
        model: What the prediction in that record is made from; None takes a rough guess.
            Changes nothing else.
        progress: Told of each step and each frame, one call at a time.
        cancel: Stops the call when set.
        deadline: When the call must have ended, on the clock of `time.monotonic`.

    Raises:
        UnsupportedPlatformError: Chrome is not driven on this system.
        HyperframesError: As `plan`, `render_chunk` and `assemble` raise.
    """
    check_platform()
    control, path = Control(progress, cancel, deadline), Path(output)
    config, trace = config or RenderConfig(), Trace()
    check_workers(workers)
    check_sink(perf)
    kept = store_folder(store) if store else None
    workers = workers or most_workers()
    kind_of(config.format_row).check_place(path)
    with (
        trace.total,
        disk_errors(path),
        work_dir(path) as scratch,
        contextlib.ExitStack() as stack,
    ):
        source = chrome or default_chrome()
        browsers = [stack.enter_context(WarmBrowser(source)) for _ in range(workers)]
        planned = plan_timed(
            Path(project_dir),
            scratch / "plan",
            config,
            browsers[0],
            trace,
            control,
            exclude=(path, scratch),
        )
        segments = SegmentStore(kept or scratch, planned)
        try:
            _make_missing(planned, segments, browsers, control, trace)
        finally:
            for browser in browsers:
                browser.retire()
        parts = parts_of(segments, planned.content.segments)
        with trace.join:
            result = join_parts(planned, parts, path, control=control)
    if perf is not None:
        hand_over(render_record(planned, workers, trace, model), perf)
    return result


def plan_timed(
    project: Path,
    plan_dir: Path,
    config: RenderConfig,
    warm: WarmBrowser,
    trace: Trace,
    control: Control,
    *,
    exclude: tuple[Path, ...] = (),
) -> Plan:
    """Plan *project* on *warm*; *trace* is told how long its browser and the plan took."""
    with warm.use(control, trace.launch) as browser, trace.plan:
        return plan_project(
            project,
            plan_dir,
            config,
            chrome=warm.source,
            browser=browser,
            control=control,
            exclude=exclude,
        )


def check_workers(workers: int | None) -> None:
    """
    Refuse a number of workers that no machine has.

    Raises:
        InputError: *workers* is not from 1 to 256.
    """
    if workers is not None:
        check_number("workers", workers, 1, MOST_WORKERS)


def _make_missing(
    planned: Plan,
    store: SegmentStore,
    browsers: Sequence[WarmBrowser],
    control: Control,
    trace: Trace,
) -> None:
    lacking = missing(store, planned.content.segments)
    if not lacking:
        return
    counter = FrameCounter(planned.frame_count, control)
    counter.add(planned.frame_count - sum(len(s.frames) for s in lacking))
    WorkerPool(planned, store, counter, control, trace).run(lacking, browsers)
