"""
How fast are plan, chunk and assemble, what does a chunk cost before and after its frames,
and how much memory does it take?

One worker, one chunk, a GSAP composition.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import attrs
from _cli import Options, open_recorder, parse
from _film import Film, at_each_size
from _memory import watch_memory
from _race import Contestant, measure, ratio
from _results import Case

import hyperframes_dist as hf

PLAN_GOAL, ASSEMBLE_GOAL, FIXED_GOAL = 1.0, 0.3, 0.6
"""Seconds."""

MEMORY_GOAL = 700
"""Megabytes."""


def main() -> None:
    options = parse(__doc__, seconds=4)
    recorder = open_recorder("render", __doc__, options, {})
    at_each_size(
        recorder,
        options,
        "render",
        "One chunk, one worker",
        lambda film: measure_steps(film, options),
    )


@attrs.define
class Steps:
    """Plan, chunk and assemble of one project, and what was seen meanwhile."""

    film: Film
    place: Path
    marks: list[float] = attrs.field(factory=list)

    def plan(self) -> None:
        """A plan with one chunk."""
        hf.plan(self.film.project, self.place / "plan", hf.RenderConfig(chunks=1))

    def chunk(self) -> None:
        """The chunk; `marks` is when it began, drew its frames, and ended."""
        self.marks = [time.monotonic()]
        hf.render_chunk(
            *(self.place / "plan", 0, self.place / "0.mp4"),
            progress=lambda _: self.marks.append(time.monotonic()),
        )
        self.marks.append(time.monotonic())

    def assemble(self) -> None:
        """The video."""
        chunks = [self.place / "0.mp4"]
        hf.assemble(self.place / "plan", chunks, self.place / "out.mp4")


def measure_steps(film: Film, options: Options) -> Case:
    """All steps in their order, *runs* times over."""
    names = ("plan", "chunk", "assemble")
    times = {name: Contestant(name, lambda: None) for name in names}
    boot, publish, peaks = [], [], []
    for _ in range(options.runs):
        with tempfile.TemporaryDirectory() as work:
            steps = Steps(film, Path(work))
            for name, contestant in times.items():
                with watch_memory() as peak:
                    seconds, foreign = measure(getattr(steps, name))
                contestant.seconds.append(seconds)
                contestant.foreign.append(foreign)
                if name == "chunk":
                    peaks.append(peak.bytes / 2**20)
        # Marked first is how many frames there are, then each frame.
        boot.append(steps.marks[2] - steps.marks[0])
        publish.append(steps.marks[-1] - steps.marks[-2])
    series = [contestant.series(name) for name, contestant in times.items()]
    for name, label, values, unit in (
        ("boot", "chunk: start to first frame", boot, "s"),
        ("publish", "chunk: last frame to published", publish, "s"),
        ("memory", "chunk: peak memory (PSS)", peaks, "MiB"),
    ):
        found = times["chunk"].series(name)
        rounded = tuple(round(value, 4) for value in values)
        series.append(attrs.evolve(found, label=label, values=rounded, unit=unit))
    return conclude(Case(series=tuple(series)), round(film.seconds * 30))


def conclude(case: Case, frames: int) -> Case:
    """*case* with frames per second, and what has a goal."""
    rate = frames / case.find("chunk").median
    plan, assemble = case.find("plan").median, case.find("assemble").median
    fixed = case.find("boot").median + case.find("publish").median
    peak = case.find("memory").median * 2**20 / 1e6
    return attrs.evolve(
        case,
        ratios=(
            ratio("one worker", rate, "frames/s"),
            ratio("plan", plan, "s", at_most=PLAN_GOAL),
            ratio("fixed cost of a chunk", fixed, "s", at_most=FIXED_GOAL),
            ratio("peak memory of a chunk", peak, "MB", at_most=MEMORY_GOAL),
            ratio("assemble", assemble, "s", at_most=ASSEMBLE_GOAL),
        ),
    )


if __name__ == "__main__":
    main()
