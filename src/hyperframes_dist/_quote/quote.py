"""
A quote: what a render will take, and cost, before it is made.

The project is planned as for a render, its frames are calibrated or looked up in records,
and the planner chooses. Nothing is kept of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Literal, get_args

import attrs

from .._estimate.choose import Choice, choose_chunks, choose_workers
from .._estimate.fit import AGAIN, fit_records, prior
from .._estimate.interval import Interval, about
from .._estimate.model import CostModel, Work
from .._estimate.record import PerfRecord
from .._estimate.report import read_records, work_of
from .._estimate.spans import Trace
from .._model.checks import check_seconds
from .._model.config import RenderConfig
from .._model.results import Plan
from .._pipeline.local import plan_timed
from .._render.warm import WarmBrowser
from .._tools.leftovers import temp_dir
from .._tools.machine import check_workers, most_workers
from ..aws._cloud.fleet import MEMORIES, lambda_machines
from ..aws._cloud.prices import prices_of
from ..aws.options import StackOptions
from ..chrome import ChromeSource, check_platform
from ..errors import InputError
from ..progress import Cancel, Control, ProgressCallback
from .calibrate import Calibration

__all__ = ["Quote", "quote"]

Target = Literal["local", "aws"]
"""Where a render may run: on this machine, or as functions on AWS."""

CALIBRATE_SECONDS = 8.0
"""How long a quote probes where no record says what frames cost."""

_ELSEWHERE = (
    "times were measured here and not in a function, whose processors are others"
)


@attrs.frozen(kw_only=True)
class Quote:
    """
    What a render will take.

    Attributes:
        target: ``local`` or ``aws``.
        frame_count: Frames of the output.
        chunks: Chunks to plan with: ``RenderConfig(chunks=…)``.
        workers: Browsers, or functions, at work at once.
        memory_mb: Memory of the function in MiB; None on this machine.
        region: Where the function is; None on this machine.
        wall: Seconds from call to output.
        cost: US dollars; None on this machine.
        in_time: Whether the upper bound of *wall* is within what was asked for; true if
            nothing was.
        model: What it was predicted from; `render` takes it.
        reach: How a worker gets to its first frame, and why.
        notes: What it rests on, for a person.
    """

    target: str
    frame_count: int
    chunks: int
    workers: int
    memory_mb: int | None = None
    region: str | None = None
    wall: Interval
    cost: Interval | None = None
    in_time: bool
    model: CostModel
    reach: str = ""
    notes: tuple[str, ...] = ()


def quote(
    project_dir: Path | str,
    config: RenderConfig | None = None,
    *,
    target: Target = "local",
    within: float | None = None,
    calibrate: float | None = None,
    perf: Sequence[PerfRecord | Path | str] = (),
    workers: int | None = None,
    memory_mb: int | None = None,
    region: str = "us-east-1",
    chrome: ChromeSource | None = None,
    progress: ProgressCallback | None = None,
    cancel: Cancel | None = None,
    deadline: float | None = None,
) -> Quote:
    """
    Predict a render and choose how to make it, by drawing a few of its frames.

    Args:
        project_dir: Directory of the composition; only read.
        config: What would be rendered; None takes the defaults. Its *chunks* are not
            looked at: they are what is chosen.
        target: Where it would be rendered.
        within: Seconds the render may take, for the cheapest choice whose upper bound
            keeps to that; None for the fastest.
        calibrate: Seconds to draw frames for, beside planning; 0 draws none; None takes 8,
            or none if there are records.
        perf: Records of earlier renders, or their files. Those of the same plan say what
            each part of the timeline costs.
        workers: Most browsers at once on this machine, or functions on AWS; None takes
            what `render`, or a stack, has by default.
        memory_mb: Memory of the function, 2048 to 10240; None chooses.
        region: Whose prices are taken.
        chrome: Where browsers come from; None takes `default_chrome`.
        progress: Told of each step of the planning.
        cancel: Stops the call when set.
        deadline: When the call must have ended, on the clock of `time.monotonic`.

    Raises:
        UnsupportedPlatformError: Chrome is not driven on this system.
        InputError: An argument is out of its bounds, or no choice is possible.
        HyperframesError: As `plan` raises, and `render` for the frames drawn.
    """
    check_platform()
    control = Control(progress, cancel, deadline)
    choose = _chooser(target, within, workers, memory_mb, region)
    records, seconds = _records(perf), _seconds(calibrate, perf)
    with temp_dir("quote") as scratch:
        project, config = Path(project_dir), config or RenderConfig()
        measuring = _Measuring(scratch, records, seconds, control)
        with WarmBrowser(chrome) as warm:
            planned, model, work = measuring.run(project, config, warm, workers)
            return attrs.evolve(choose(model, work), reach=planned.reach)


def _seconds(calibrate: float | None, perf: Sequence[object]) -> float:
    if calibrate is None:
        return 0.0 if perf else CALIBRATE_SECONDS
    check_seconds("calibrate", calibrate)
    return calibrate


def _records(perf: Sequence[PerfRecord | Path | str]) -> tuple[PerfRecord, ...]:
    if isinstance(perf, str | Path | PerfRecord):
        raise InputError(f"perf {perf!r} is not a list of records or files")
    values = [record for record in perf if isinstance(record, PerfRecord)]
    files = [Path(path) for path in perf if not isinstance(path, PerfRecord)]
    return (*values, *read_records(files))


@attrs.frozen
class _Measuring:
    """What is to become a model: records, and seconds to draw frames for."""

    scratch: Path
    records: tuple[PerfRecord, ...]
    seconds: float
    control: Control

    def run(
        self,
        project: Path,
        config: RenderConfig,
        warm: WarmBrowser,
        workers: int | None,
    ) -> tuple[Plan, CostModel, Work]:
        trace, control = Trace(), self.control
        plan_dir = self.scratch / "plan"
        planned = plan_timed(project, plan_dir, config, warm, trace, control)
        work = work_of(planned.content)
        known = self._known(planned, work, trace)
        if not self.seconds:
            return planned, known, work
        calibration = Calibration(
            plan=planned,
            warm=warm,
            trace=trace,
            workers=min(workers or most_workers(), most_workers(), len(work.segments)),
            seconds=self.seconds,
            scratch=self.scratch,
            control=self.control,
        )
        measured = calibration.run()
        if self.records:
            # No calibration sees the end of a render; a record does.
            measured = attrs.evolve(measured, join=known.join, finish=known.finish)
        return planned, measured, work

    def _known(self, planned: Plan, work: Work, trace: Trace) -> CostModel:
        launch, plan = (
            about(watch.seconds, AGAIN) for watch in (trace.launch, trace.plan)
        )
        if self.records:
            model = fit_records(self.records, work, planned.content_hash)
        else:
            model = prior(work, cores=trace.machine.cores)
        return attrs.evolve(model, launch=launch, plan=plan)


_Chooser = Callable[[CostModel, Work], Quote]


def _chooser(
    target: str,
    within: float | None,
    workers: int | None,
    memory_mb: int | None,
    region: str,
) -> _Chooser:
    """Check what was asked for, before anything is measured."""
    if within is not None:
        check_seconds("within", within, above=True)
    if target == "local":
        if memory_mb is not None:
            raise InputError("memory is chosen for functions; give target aws")
        check_workers(workers)
        return partial(_quote_local, most=workers or most_workers(), within=within)
    if target != "aws":
        raise InputError(f"target {target!r} is not {' or '.join(get_args(Target))}")
    options = StackOptions(memory=memory_mb or MEMORIES[-1], concurrency=workers)
    memories = MEMORIES if memory_mb is None else (memory_mb,)
    return partial(
        _quote_aws, memories=memories, options=options, region=region, within=within
    )


def _quote_local(
    model: CostModel, work: Work, *, most: int, within: float | None
) -> Quote:
    choice = choose_workers(model, work, most=most, deadline=within)
    return _quoted("local", model, work, choice)


def _quote_aws(
    model: CostModel,
    work: Work,
    *,
    memories: Sequence[int],
    options: StackOptions,
    region: str,
    within: float | None,
) -> Quote:
    prices, notes = prices_of(region)
    machines = lambda_machines(memories, options, prices)
    choice = choose_chunks(model, work, machines, deadline=within)
    made = _quoted("aws", model, work, choice)
    notes = (*made.notes, *notes, _ELSEWHERE)
    return attrs.evolve(made, region=region, cost=choice.cost, notes=notes)


def _quoted(target: str, model: CostModel, work: Work, choice: Choice) -> Quote:
    return Quote(
        target=target,
        frame_count=work.frame_count,
        chunks=choice.chunks,
        workers=choice.workers,
        memory_mb=choice.memory_mb,
        wall=choice.prediction.wall,
        in_time=choice.in_time,
        model=model,
        notes=model.notes,
    )
