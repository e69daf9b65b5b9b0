"""
How does one plan scale with its chunks, and what does a chunk cost beside its frames?

Two series. *This machine*: as many processes as there are processors render all chunks.
*Machines like this one*: each chunk is rendered alone, with the whole machine, and the
wall time is computed as plan + the slowest chunk + assemble. The second one is simulated
and says so; it leaves out what a store and an orchestrator take. The serial part is
Amdahl's, fitted to the simulated times.
"""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import attrs
from _chunked import LIBRARY
from _cli import Options, open_recorder, parse
from _film import Film, at_each_size
from _race import measure, processors, ratio
from _results import Case, Ratio, Series

import hyperframes_dist as hf

_T = TypeVar("_T")

COUNTS = (1, 2, 4, 8)
FIXED_GOAL = 0.6


def main() -> None:
    options = parse(__doc__, seconds=8, sizes="1280x720")
    recorder = open_recorder("scaling", __doc__, options, {})
    at_each_size(
        recorder,
        options,
        "scaling",
        f"{', '.join(map(str, COUNTS))} chunks",
        lambda film: scale(film, options),
    )


@attrs.define
class Times:
    """What was measured for one count of chunks, one entry a run."""

    simulated: list[float] = attrs.field(factory=list)
    real: list[float] = attrs.field(factory=list)
    foreign: list[float] = attrs.field(factory=list)
    real_foreign: list[float] = attrs.field(factory=list)


@attrs.define
class Parts:
    """Seconds of a chunk's parts, over all chunks that were rendered alone."""

    boot: list[float] = attrs.field(factory=list)
    seek: list[float] = attrs.field(factory=list)
    publish: list[float] = attrs.field(factory=list)


def scale(film: Film, options: Options) -> Case:
    """All counts, *runs* times over, in alternating order."""
    times, parts = {count: Times() for count in COUNTS}, Parts()
    order = list(COUNTS)
    for run in range(options.runs):
        for count in order:
            one_round(film, count, times[count], parts)
            simulated = times[count].simulated[-1]
            print(
                f"  run {run + 1}/{options.runs} {count} chunks: "
                f"{simulated:.2f} s simulated",
                flush=True,
            )
        order.reverse()
    return conclude(times, parts)


def one_round(film: Film, count: int, times: Times, parts: Parts) -> None:
    """One count of chunks: alone one after another, then so many at once."""
    # A quick run's film has to have as many segments as chunks.
    config = hf.RenderConfig(
        chunks=count, segment_seconds=min(1, film.seconds / max(COUNTS))
    )
    with tempfile.TemporaryDirectory() as work:
        place = Path(work)
        alone = Alone(film.project, place, config, parts)
        _, foreign = measure(alone.run)
        times.simulated.append(alone.simulated)
        times.foreign.append(foreign)
        at_once = min(count, processors())
        seconds, others = measure(
            lambda: render_real(film.project, place, config, at_once)
        )
        times.real.append(seconds)
        times.real_foreign.append(others)


class Alone:
    """Plan, each chunk with the whole machine to itself, assemble."""

    def __init__(
        self, project: Path, place: Path, config: hf.RenderConfig, parts: Parts
    ) -> None:
        self.project, self.place, self.config = project, place, config
        self.parts, self.simulated = parts, 0.0

    def run(self) -> None:
        """Do it, and add up what separate machines would take."""
        plan, planned = timed(
            lambda: hf.plan(self.project, self.place / "alone", self.config)
        )
        chunks = [self.place / f"alone-{i}.mp4" for i in range(planned.chunk_count)]
        slowest = max(
            self._chunk(planned, index, path) for index, path in enumerate(chunks)
        )
        joined, _ = timed(
            lambda: hf.assemble(planned.path, chunks, self.place / "alone.mp4")
        )
        self.simulated = plan + slowest + joined

    def _chunk(self, planned: hf.Plan, index: int, path: Path) -> float:
        seen: list[float] = []
        began = time.monotonic()
        hf.render_chunk(
            planned.path, index, path, progress=lambda _: seen.append(time.monotonic())
        )
        ended = time.monotonic()
        # The first event says how many frames there are, the second is the first frame.
        first = seen[1] - began
        (self.parts.seek if index else self.parts.boot).append(first)
        self.parts.publish.append(ended - seen[-1])
        return ended - began


def timed(work: Callable[[], _T]) -> tuple[float, _T]:
    """Seconds *work* took, and its value."""
    began = time.monotonic()
    value = work()
    return time.monotonic() - began, value


def render_real(
    project: Path, place: Path, config: hf.RenderConfig, at_once: int
) -> None:
    """All chunks in processes of their own, *at_once* at a time."""
    planned = hf.plan(project, place / "real", config)
    chunks = [place / f"real-{index}.mp4" for index in range(planned.chunk_count)]

    def render(index: int) -> None:
        command = [*LIBRARY, "chunk", planned.path, str(index), chunks[index]]
        quiet = subprocess.DEVNULL
        subprocess.run([*command, "--quiet"], check=True, stdout=quiet, timeout=600)

    with ThreadPoolExecutor(at_once) as pool:
        list(pool.map(render, range(len(chunks))))
    hf.assemble(planned.path, chunks, place / "real.mp4")


def conclude(times: dict[int, Times], parts: Parts) -> Case:
    """Series per count, efficiencies, the serial part and the fixed cost."""
    simulated = tuple(
        _series(
            f"simulated-{n}",
            f"{_many(n, 'machine')}, simulated",
            t.simulated,
            t.foreign,
        )
        for n, t in times.items()
    )
    real = tuple(
        _series(
            f"real-{n}",
            f"{_many(n, 'chunk')}, {min(n, processors())} at once here",
            t.real,
            t.real_foreign,
        )
        for n, t in times.items()
    )
    foreign = [share for t in times.values() for share in t.foreign]
    pieces = tuple(
        _series(name, label, values, foreign)
        for name, label, values in (
            ("boot", "start to first frame, first chunk", parts.boot),
            ("seek", "start to first frame, later chunks", parts.seek),
            ("publish", "last frame to published", parts.publish),
        )
        if values
    )
    return Case(
        series=(*simulated, *real, *pieces),
        ratios=conclusions(Case(series=(*simulated, *real, *pieces))),
        note="Simulated: plan + the slowest of separately measured chunks + assemble.",
    )


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'s' * (count > 1)}"


def _series(name: str, label: str, values: list[float], foreign: list[float]) -> Series:
    return Series(
        name=name,
        label=label,
        values=tuple(round(value, 4) for value in values),
        foreign=tuple(round(value, 3) for value in foreign),
    )


def conclusions(case: Case) -> tuple[Ratio, ...]:
    """What the series of *case* say."""
    walls = {count: case.find(f"simulated-{count}").median for count in COUNTS}
    efficiencies = tuple(
        ratio(
            f"efficiency of {count} machines, simulated",
            walls[1] / count / walls[count],
        )
        for count in COUNTS[1:]
    )
    cores = processors()
    real = walls[1] / case.find(f"real-{cores}").median
    fixed = case.find("boot").median + case.find("publish").median
    return (
        *efficiencies,
        ratio(f"one chunk alone / {cores} chunks at once on this machine", real),
        ratio("serial part (Amdahl), simulated", serial_part(walls)),
        ratio("fixed cost of a chunk", fixed, "s", at_most=FIXED_GOAL),
    )


def serial_part(walls: dict[int, float]) -> float:
    """The s for which T(1) (s + (1 - s) / n) is nearest to *walls*, by least squares."""
    pairs = [
        (1 - 1 / count, wall / walls[1] - 1 / count) for count, wall in walls.items()
    ]
    slope = sum(x * y for x, y in pairs) / sum(x * x for x, _ in pairs)
    return min(1.0, max(0.0, slope))


if __name__ == "__main__":
    main()
