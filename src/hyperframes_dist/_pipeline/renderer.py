"""
The `Renderer`, which keeps browsers warm between calls: every call that draws is one of its.
"""

from __future__ import annotations

import contextlib
import threading
import weakref
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Self, Unpack

from .._encode.still import Still, is_picture_name
from .._estimate.model import CostModel
from .._estimate.report import PerfSink, check_sink, chunk_record, hand_over
from .._estimate.spans import Trace
from .._model.config import RenderConfig
from .._model.results import ChunkResult, OutputResult, Plan
from .._model.settings import PageSettings, Settings, Time, settle
from .._planned.directory import check_artifacts, load_plan, needed_by
from .._planned.toolchain import check_toolchain
from .._render.chunk import (
    check_chunk_name,
    find_chunk,
    publish_chunk,
    segments_of,
)
from .._render.pool import make_segments
from .._render.segments import Segments, SegmentStore
from .._render.warm import WarmBrowser
from .._sources.lock import Lock
from .._tools.files import path_of, store_folder, system_errors, work_dir
from .._tools.leftovers import sweep
from .._tools.machine import check_workers, most_workers
from .._tools.spans import span
from ..chrome import ChromeSource
from ..progress import Cancel, Control, ProgressCallback, soonest

if TYPE_CHECKING:
    from .stills import Sketch


def _let_go(first: WarmBrowser, others: list[WarmBrowser]) -> None:
    """End the browsers of a renderer that nobody has; at the process's end, at once."""
    ends = not threading.main_thread().is_alive()
    for browser in (first, *others):
        if not browser.is_running:
            continue
        if ends:
            browser.close()
        else:
            # This may be the very thread that would have to answer.
            browser.retire()


class Renderer:
    """
    Warm browsers for many calls; close it, or use it in a ``with`` block.

    Calls from several threads take turns. A browser that died is replaced at the next
    call, and so is one that has served many pages, since a long-lived browser grows. The
    page of the plan that was drawn from last stays open until another plan's turn comes,
    so that the next chunk or still goes on from there. All calls but `render` use one
    browser; each is started when it is first needed.

    Args:
        chrome: Where the browsers come from; None takes `default_chrome`.
        workers: Browsers `render` draws with at once; None takes one per processor, as
            memory allows, both as far as a container's limits let this process have them.
        keep_warm: Keep browsers for the next call; else one ends as soon as a call has no
            more to draw.

    Raises:
        UnsupportedPlatformError: Chrome is not driven on this system.
        InputError: *workers* is no number of workers.
    """

    def __init__(
        self,
        chrome: ChromeSource | None = None,
        *,
        workers: int | None = None,
        keep_warm: bool = True,
    ) -> None:
        check_workers(workers)
        self._warm = WarmBrowser(chrome)
        self._others: list[WarmBrowser] = []
        self._workers = workers
        self._keeps_warm = keep_warm
        self._sketch: Sketch | None = None
        # Who forgets to close it is not to wait for ever for threads that are gone when the
        # process ends.
        weakref.finalize(self, _let_go, self._warm, self._others)

    def render(
        self,
        project_dir: Path | str,
        output: Path | str,
        config: RenderConfig | None = None,
        *,
        store: Path | str | None = None,
        perf: PerfSink | None = None,
        report: Path | str | None = None,
        model: CostModel | None = None,
        progress: ProgressCallback | None = None,
        cancel: Cancel | None = None,
        deadline: float | None = None,
        timeout: float | None = None,
        **settings: Unpack[Settings],
    ) -> OutputResult:
        """Render a project into a video or a picture; see the function `render`."""
        from .local import render_project  # noqa: PLC0415
        from .report import check_report  # noqa: PLC0415

        told = None if report is None else path_of(report, "report")
        check_report(told)
        control = Control(progress, cancel, soonest(deadline, timeout))
        project, path = path_of(project_dir, "project"), path_of(output, "output")
        config = settle(config, settings, path)
        check_sink(perf)
        kept = store_folder(store) if store else None
        # A sequence of pictures is a directory, and says so itself.
        if config.format_row.suffix and is_picture_name(path):
            return self._render_picture(project, path, config, control)
        with system_errors(path):
            return render_project(
                project,
                path,
                config,
                browsers=self._first(self._workers or most_workers()),
                store=kept,
                perf=perf,
                report=told,
                model=model,
                control=control,
                keeps_warm=self._keeps_warm,
            )

    def _render_picture(
        self, project: Path, output: Path, config: RenderConfig, control: Control
    ) -> OutputResult:
        from .stills import draw_stills, first_frame, save_output  # noqa: PLC0415

        plan = self.sketch(project, config, control)
        frames = [first_frame(plan, config)]
        (made,) = draw_stills(plan, frames, warm=self._warm, control=control)
        return save_output(made, plan, output)

    def _first(self, count: int) -> list[WarmBrowser]:
        """The first *count* browsers; those that are not there are made."""
        while len(self._others) < count - 1:
            self._others.append(WarmBrowser(self._warm.source))
        return [self._warm, *self._others[: count - 1]]

    def still(
        self,
        source: Plan | Path | str,
        at: Time | None = None,
        config: RenderConfig | None = None,
        *,
        frame: int | None = None,
        progress: ProgressCallback | None = None,
        cancel: Cancel | None = None,
        deadline: float | None = None,
        timeout: float | None = None,
        **settings: Unpack[PageSettings],
    ) -> Still:
        """Draw one frame; see the function `still`."""
        (made,) = self.stills(
            source,
            None if at is None else [at],
            config,
            frames=None if frame is None else [frame],
            progress=progress,
            cancel=cancel,
            deadline=deadline,
            timeout=timeout,
            **settings,
        )
        return made

    def stills(
        self,
        source: Plan | Path | str,
        at: Iterable[Time] | None = None,
        config: RenderConfig | None = None,
        *,
        frames: Iterable[int] | None = None,
        progress: ProgressCallback | None = None,
        cancel: Cancel | None = None,
        deadline: float | None = None,
        timeout: float | None = None,
        **settings: Unpack[PageSettings],
    ) -> tuple[Still, ...]:
        """Draw several frames; see the function `stills`."""
        from .stills import choose_frames, draw_stills  # noqa: PLC0415

        control = Control(progress, cancel, soonest(deadline, timeout))
        plan = self.sketch(source, settle(config, settings), control)
        wanted = choose_frames(plan, at, frames)
        return draw_stills(plan, wanted, warm=self._warm, control=control)

    def sketch(
        self, source: Plan | Path | str, config: RenderConfig, control: Control
    ) -> Plan:
        """
        The plan that stills of *source* are drawn from: it, or one without its sound.

        It is kept for the next still, and goes with this renderer.
        """
        from .stills import Sketch, find_plan  # noqa: PLC0415

        found = find_plan(source)
        if found is not None:
            return found
        self._sketch = self._sketch or Sketch()
        return self._sketch.plan(
            place_of(source), config, warm=self._warm, control=control
        )

    def plan(
        self,
        project_dir: Path | str,
        plan_dir: Path | str,
        config: RenderConfig | None = None,
        *,
        replace: bool = False,
        progress: ProgressCallback | None = None,
        cancel: Cancel | None = None,
        deadline: float | None = None,
        timeout: float | None = None,
        **settings: Unpack[Settings],
    ) -> Plan:
        """Freeze a project into a plan directory; see the function `plan`."""
        from .._plan.build import plan_project  # noqa: PLC0415

        control = Control(progress, cancel, soonest(deadline, timeout))
        path, config = path_of(plan_dir, "plan"), settle(config, settings)
        with system_errors(path):
            return plan_project(
                path_of(project_dir, "project"),
                path,
                config,
                replace=replace,
                chrome=self._warm.source,
                browser=partial(self._warm.use, control),
                control=control,
                canary=True,
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
        timeout: float | None = None,
    ) -> Lock:
        """Pin the remote addresses of a project; see the function `lock`."""
        from .._plan.lock import LockJob  # noqa: PLC0415

        control, path = (
            Control(progress, cancel, soonest(deadline, timeout)),
            path_of(project_dir, "project"),
        )
        job = LockJob(project=path, config=config or RenderConfig(), update=update)
        with system_errors(path):
            return job.run(browser=partial(self._warm.use, control), control=control)

    @span("render_chunk")
    def render_chunk(
        self,
        plan_dir: Plan | Path | str,
        index: int,
        output: Path | str,
        *,
        workers: int = 1,
        store: Path | str | Segments | None = None,
        perf: PerfSink | None = None,
        model: CostModel | None = None,
        progress: ProgressCallback | None = None,
        cancel: Cancel | None = None,
        deadline: float | None = None,
        timeout: float | None = None,
    ) -> ChunkResult:
        """Render one chunk of a plan; see the function `render_chunk`."""
        control, path = (
            Control(progress, cancel, soonest(deadline, timeout)),
            path_of(output, "output"),
        )
        check_sink(perf)
        check_workers(workers)
        kept = store_folder(store) if isinstance(store, Path | str) else store
        loaded, trace = load_plan(place_of(plan_dir)), Trace()
        chunk = find_chunk(loaded, index)
        check_chunk_name(loaded, path)
        control.check()
        with trace.total:
            check_toolchain(loaded.content.toolchain, self._warm.source, control)
            check_artifacts(loaded, needed_by(loaded, segments_of(loaded, chunk)))
            sweep(path.parent)
            with system_errors(path), work_dir(path) as scratch:
                segments = _segments(loaded, kept or scratch)
                browsers = self._first(workers)
                make_segments(
                    loaded,
                    segments_of(loaded, chunk),
                    segments,
                    browsers,
                    control=control,
                    trace=trace,
                )
                for browser in () if self._keeps_warm else browsers:
                    browser.retire()
                with trace.join:
                    result = publish_chunk(
                        loaded, chunk, segments, path, control=control
                    )
        if perf is not None:
            hand_over(chunk_record(loaded, chunk, trace, model), perf)
        return result

    def close(self) -> None:
        """End the browsers; a later call starts others."""
        with contextlib.ExitStack() as stack:
            if self._sketch is not None:
                stack.callback(self._sketch.close)
            for browser in (self._warm, *self._others):
                stack.callback(browser.close)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def place_of(plan: Plan | Path | str) -> Path:
    """The directory of a *plan* that may be named by it."""
    return plan.path if isinstance(plan, Plan) else path_of(plan, "plan")


def _segments(plan: Plan, store: Path | Segments) -> Segments:
    return SegmentStore(store, plan) if isinstance(store, Path) else store
