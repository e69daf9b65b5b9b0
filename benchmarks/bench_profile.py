"""
Where do the processors' seconds of a render go, and how much faster could any renderer be?

One whole command line of ours, every thread below it looked at twenty times a second and
counted by the work it does; and the same film as a plan, four chunks in a process each, two
at a time, and what joins them. Beside each HyperFrames' own, in turns. What Chrome does to
draw all frames is the least that whoever drives it so can spend. Spread evenly over all
processors, without a plan, an encoder or an idle moment, it would take the time that the
last ratio compares HyperFrames with: nobody who has this browser draw every frame can be
further ahead.
"""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

import attrs
from _cli import Options, open_recorder, parse
from _film import Film
from _peers import require_ffmpeg
from _processors import CHROME, WORK, Usage, watch_processors
from _race import Contestant, processors, race, ratio
from _results import Case, Ratio, Series
from bench_vs_hyperframes import CHUNKS, CLI, PRODUCER, chunk_processes, command_lines

Rivals = Mapping[str, Contestant]
"""Theirs and ours."""


def main() -> None:
    options = parse(__doc__)
    require_ffmpeg()
    versions = dict(package.rsplit("@", 1) for package in (CLI, PRODUCER))
    recorder = open_recorder("profile", __doc__, options, versions)
    with tempfile.TemporaryDirectory() as place:
        for size in options.sizes:
            film = Film(Path(place), options, size)
            for name, title, rivals in (
                ("profile", "a command line, two workers", command_lines),
                (
                    "chunks",
                    f"{CHUNKS} chunks, two processes at a time",
                    partial(chunk_processes, parallel=2),
                ),
            ):
                recorder.case(
                    f"{name}-{film.height}p",
                    f"Processor seconds of {title}, {film.size}",
                    film.settings,
                    lambda film=film, rivals=rivals: profile(film, options, rivals),
                )
    recorder.finish()


def profile(film: Film, options: Options, rivals: Callable[[Film], Rivals]) -> Case:
    """Both in turns; of ours, what each kind of work took."""
    usages, both = list[Usage](), rivals(film)

    def watched() -> None:
        with watch_processors() as usage:
            both["ours"].run()
        usages.append(usage)

    contestants = {**both, "ours": attrs.evolve(both["ours"], run=watched)}
    race(contestants, options.runs)
    series = [contestant.series(name) for name, contestant in contestants.items()]
    series += shares(usages)
    frames = round(film.seconds * 30)
    case = Case(series=tuple(series), note=f"{frames} frames.")
    return attrs.evolve(case, ratios=conclusions(case, frames))


def shares(usages: Sequence[Usage]) -> list[Series]:
    """Processor seconds of each kind of work, per run."""
    return [
        Series(
            name=work,
            label=label,
            values=tuple(round(usage.seconds.get(work, 0), 3) for usage in usages),
            unit="processor s",
            facts={"kernel_s": round(_kernel_of(work, usages), 2)},
        )
        for work, label in WORK.items()
    ]


def _kernel_of(work: str, usages: Sequence[Usage]) -> float:
    return statistics.median(usage.kernel.get(work, 0) for usage in usages)


def conclusions(case: Case, frames: int) -> tuple[Ratio, ...]:
    """What the shares mean."""
    wall, cores = case.find("ours").median, processors()
    total = sum(case.find(work).median for work in WORK)
    chrome = sum(case.find(work).median for work in CHROME)
    most = case.find("theirs").median / (chrome / cores)
    return (
        Ratio(
            label="processor time a frame",
            value=round(1000 * total / frames, 1),
            unit="ms",
        ),
        Ratio(
            label="of it Chrome's", value=round(1000 * chrome / frames, 1), unit="ms"
        ),
        ratio("processors in use", total / (wall * cores)),
        ratio("theirs / ours", case.find("theirs").median / wall),
        ratio("theirs / Chrome's part alone, spread evenly", most),
    )


if __name__ == "__main__":
    main()
