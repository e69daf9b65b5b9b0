"""
The embedded default: a project becomes a video on this machine, on the browsers it is
given.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import attrs

from .._encode.kinds import kind_of
from .._encode.still import Still
from .._estimate.model import CostModel
from .._estimate.report import PerfSink, check_sink, hand_over, render_record
from .._estimate.spans import Trace
from .._model.config import RenderConfig
from .._model.results import OutputResult, Plan
from .._plan.build import plan_project
from .._plan.timeline import Timeline
from .._planned.directory import walk
from .._render.chunk import parts_of
from .._render.pool import make_segments
from .._render.seams import check_seams
from .._render.segments import SegmentStore
from .._render.warm import WarmBrowser
from .._tools.files import work_dir
from .._tools.leftovers import sweep
from .._tools.spans import span
from ..errors import SeamError
from ..progress import Control
from .assemble import join_parts
from .beside import beside
from .report import Facts, slowest_frames, write_report
from .reuse import explain, remember
from .stills import draw_stills

logger = logging.getLogger(__name__)


@span("render")
def render_project(
    project: Path,
    output: Path,
    config: RenderConfig,
    *,
    browsers: Sequence[WarmBrowser],
    store: Path | None,
    perf: PerfSink | None,
    report: Path | None,
    model: CostModel | None,
    control: Control,
    keeps_warm: bool,
) -> OutputResult:
    """
    Render *project* into *output*, a worker on each of *browsers*; see `render`.

    Args:
        report: A page that says what was made and where the time went.
        keeps_warm: Leave the browsers running; else they end beside what comes after the
            last frame.
    """
    check_sink(perf)
    kind_of(config.format_row).check_place(output)
    trace = Trace(detailed=report is not None)
    sweep(output.parent)
    with trace.total, work_dir(output) as scratch:
        planned = plan_timed(
            project,
            scratch / "plan",
            config,
            browsers[0],
            trace,
            control,
            exclude=(output, scratch, *([] if store is None else [store])),
            # What is kept need not be drawn, perhaps.
            others=() if store is not None else browsers[1:],
        )
        drawing = _Drawing(store or scratch, scratch, browsers, control, trace)
        made = _draw_film(
            planned, output, drawing, detailed=report is not None, keeps_warm=keeps_warm
        )
        result = made.result
        if store is not None:
            result = _with_reuse(result, made.plan, store, made.drawn)
    if perf is None and report is None:
        return result
    record = render_record(made.plan, len(browsers), trace, model)
    if perf is not None:
        hand_over(record, perf)
    if report is not None:
        facts = Facts(
            project=project,
            config=config,
            plan=made.plan,
            result=result,
            record=record,
            drawn=trace.drawn(),
            sizes=made.sizes,
            slow=made.slow,
        )
        write_report(facts, report)
    return result


@attrs.frozen
class _Film:
    """
    A film that was made.

    Attributes:
        plan: What was drawn.
        result: What came of it.
        drawn: How many segments were not there yet.
        sizes: Bytes of each segment, by its place; of a detailed one only.
        slow: Pictures of the slowest frames, likewise.
    """

    plan: Plan
    result: OutputResult
    drawn: int
    sizes: Mapping[int, int]
    slow: tuple[tuple[Still, float], ...]


def _draw_film(
    planned: Plan, output: Path, drawing: _Drawing, *, detailed: bool, keeps_warm: bool
) -> _Film:
    """Draw what is missing, beside the sound, and join all into *output*."""
    control, browsers = drawing.control, drawing.browsers
    slow: tuple[tuple[Still, float], ...] = ()
    with beside(planned, drawing.scratch, control) as sound:
        try:
            planned, segments, drawn = _draw(planned, drawing)
            if detailed:
                slow = _slow_frames(planned, drawing)
        finally:
            for browser in () if keeps_warm else browsers:
                browser.retire()
        parts = parts_of(segments, planned.content.segments)
        with drawing.trace.join:
            result = join_parts(planned, parts, output, sound=sound(), control=control)
    sizes = _sizes(segments, planned) if detailed else {}
    return _Film(planned, result, drawn, sizes, slow)


def _sizes(segments: SegmentStore, planned: Plan) -> dict[int, int]:
    """Bytes of each segment that is a file, by its place; some outputs keep folders."""
    paths = {one.index: segments.path(one) for one in planned.content.segments}
    return {n: path.stat().st_size for n, path in paths.items() if path.is_file()}


def _slow_frames(planned: Plan, drawing: _Drawing) -> tuple[tuple[Still, float], ...]:
    """Pictures of the frames that took longest, each with its seconds."""
    ranked = slowest_frames(drawing.trace.drawn())
    if not ranked:
        return ()
    stills = draw_stills(
        planned,
        [frame for frame, _ in ranked],
        warm=drawing.browsers[0],
        control=Control(None, drawing.control.cancel, drawing.control.deadline),
    )
    return tuple(zip(stills, (seconds for _, seconds in ranked), strict=True))


def plan_timed(
    project: Path,
    plan_dir: Path,
    config: RenderConfig,
    warm: WarmBrowser,
    trace: Trace,
    control: Control,
    *,
    exclude: tuple[Path, ...] = (),
    others: Sequence[WarmBrowser] = (),
) -> Plan:
    """
    Plan *project* on *warm*; *trace* is told how long its browser and the plan took.

    Args:
        others: Begin to boot meanwhile, as many as there will be segments for.
    """

    def boot(timeline: Timeline) -> None:
        for each in others[: timeline.segment_count - 1]:
            each.boot(control)

    with trace.plan:
        made = plan_project(
            project,
            plan_dir,
            config,
            chrome=warm.source,
            browser=partial(warm.use, control, trace.launch),
            control=control,
            exclude=exclude,
            on_cut=boot,
        )
    # The browser boots while the plan is made, and is counted apart.
    trace.plan.seconds -= trace.launch.seconds
    return made


@attrs.frozen
class _Drawing:
    """What a film is drawn with, and where its segments and its sound are kept."""

    store: Path
    scratch: Path
    browsers: Sequence[WarmBrowser]
    control: Control
    trace: Trace


def _with_reuse(
    result: OutputResult, planned: Plan, store: Path, drawn: int
) -> OutputResult:
    """*result*, and how much of it *store* had."""
    reused = len(planned.content.segments) - drawn
    because = explain(store, planned) if drawn else ""
    remember(store, planned)
    return attrs.evolve(result, reused=reused, drawn_because=because)


def _draw(planned: Plan, drawing: _Drawing) -> tuple[Plan, SegmentStore, int]:
    """
    Draw all segments, by another plan if the page remembers what it has shown.

    Returns:
        The plan, its segments, and how many were drawn.
    """
    try:
        return planned, *_make_missing(planned, drawing)
    except SeamError as error:
        logger.warning("%s; done", error, extra={"plan_hash": planned.plan_hash})
    walking = walk(planned)
    return walking, *_make_missing(walking, drawing)


def _make_missing(planned: Plan, drawing: _Drawing) -> tuple[SegmentStore, int]:
    """Draw the segments that are not kept; raises `SeamError` where two do not meet."""
    store, segments = SegmentStore(drawing.store, planned), planned.content.segments
    sweep(store.path(segments[0]).parent)
    drawn = make_segments(
        planned,
        segments,
        store,
        drawing.browsers,
        control=drawing.control,
        trace=drawing.trace,
    )
    records = map(store.load, segments) if planned.jumps else ()
    check_seams(planned, [record for record in records if record is not None])
    return store, drawn
