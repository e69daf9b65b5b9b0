"""
What does video cost: a plan of a long film, what its chunks fetch, and a film under captions?

Ten minutes of a 1080p film are planned for forty chunks, beside a plain copy of its source,
hashed as it is read. The plan's bytes and the largest chunk's share are told as multiples: of
the source, and of a fortieth of it and one group of pictures. Ten seconds under captions are
rendered by both command lines, two workers each.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from pathlib import Path

import _ours
import attrs
from _cli import Options, open_recorder, parse
from _footage import GROUP_SECONDS, write_film
from _peers import install, require_ffmpeg
from _quality import Reference, capture_lossless, judge
from _race import Contestant, compare, measure, own_seconds, ratio
from _results import Case
from _scene import GSAP
from bench_vs_hyperframes import CLI, render_cli

import hyperframes_dist as hf
from hyperframes_dist._planned.directory import needed_by

CHUNKS = 40
_TIMES = 60
_SHORT_SECONDS = 2
BEYOND_GOAL, SIZE_GOAL, SHARE_GOAL, CAPTIONS_GOAL = 5, 1.02, 1, 3.5


def main() -> None:
    options = parse(__doc__, seconds=10, sizes="1280x720")
    require_ffmpeg()
    recorder = open_recorder("footage", __doc__, options, dict([CLI.rsplit("@", 1)]))
    with tempfile.TemporaryDirectory() as work:
        # A quick run is for whether it works.
        seconds = options.seconds * (_TIMES if options.seconds > _SHORT_SECONDS else 1)
        recorder.case(
            "plan",
            f"Plan of {seconds:g} s of 1080p, {CHUNKS} chunks",
            {**options.settings(1920, 1080), "seconds": seconds},
            lambda: planning(Path(work) / "plan", options, seconds),
        )
        for width, height in options.sizes:
            recorder.case(
                f"captions-{height}p",
                f"A 1080p film under captions, {width}x{height}",
                options.settings(width, height),
                lambda size=(width, height): captions(
                    Path(work) / "captions", options, size
                ),
            )
    recorder.finish()


def planning(work: Path, options: Options, seconds: float) -> Case:
    """The plan of a film of *seconds*, beside a copy of its source."""
    project = write_film(work / "project", 1920, 1080, seconds)
    source = project / "film.mp4"
    config = hf.RenderConfig(fps=30, chunks=CHUNKS)
    ways = {
        "plan": Contestant(
            "plan", lambda: hf.plan(project, work / "plan", config, replace=True)
        ),
        "copy": Contestant("copy and hash", lambda: _copy(source, work / "copy")),
    }
    spent = dict.fromkeys(ways, 0.0)
    for _ in range(options.runs):
        for name, contestant in ways.items():
            began = own_seconds()
            taken, foreign = measure(contestant.run)
            contestant.seconds.append(taken)
            contestant.foreign.append(foreign)
            spent[name] += (own_seconds() - began) / options.runs
    series = {name: contestant.series(name) for name, contestant in ways.items()}
    planned = hf.verify_plan(work / "plan")
    size = sum(artifact.size for artifact in planned.content.artifacts)
    whole = source.stat().st_size
    beyond = series["plan"].median - series["copy"].median
    fair = whole * (1 / planned.chunk_count + GROUP_SECONDS / seconds)
    return Case(
        series=tuple(series.values()),
        ratios=(
            ratio("plan beyond copy and hash", beyond, "s", at_most=BEYOND_GOAL),
            ratio("the same in processor time", spent["plan"] - spent["copy"], "s"),
            ratio("bytes of the plan / of the source", size / whole, at_most=SIZE_GOAL),
            ratio(
                "most a chunk reads of it / its share and one group",
                _largest_share(planned) / fair,
                at_most=SHARE_GOAL,
            ),
        ),
    )


def _copy(source: Path, target: Path) -> None:
    """What no plan can do without: every byte read, written and hashed."""
    digest = hashlib.sha256()
    with source.open("rb") as read, target.open("wb") as written:
        while data := read.read(1 << 20):
            digest.update(data)
            written.write(data)


def _largest_share(planned: hf.Plan) -> int:
    """Bytes of packets of the chunk that reads most."""
    segments = planned.content.segments
    return max(
        sum(
            row.size
            for row in needed_by(planned, segments[chunk.first : chunk.stop])
            if row.path.startswith("media/")
        )
        for chunk in planned.manifest.chunks
    )


def captions(work: Path, options: Options, size: tuple[int, int]) -> Case:
    """Both command lines, from process start to finished file."""
    cli = install("hyperframes", CLI, GSAP)
    project = write_film(work / "project", *size, options.seconds)
    short = write_film(work / "short", *size, _SHORT_SECONDS)
    outputs = {name: work / f"{name}.mp4" for name in ("theirs", "ours")}
    references: list[Reference] = []

    def judged(video: Path) -> dict[str, float]:
        if not references:
            references.append(capture_lossless(project, work / "reference"))
        return judge(video, references[0])

    contestants = {
        "theirs": Contestant(
            "HyperFrames, 2 workers",
            lambda: render_cli(cli, project, outputs["theirs"]),
            lambda: render_cli(cli, short, outputs["theirs"]),
        ),
        "ours": Contestant(
            "ours, 2 workers",
            lambda: _ours.render(project, outputs["ours"]),
            lambda: _ours.render(short, outputs["ours"]),
        ),
    }
    case = compare(contestants, outputs, judged, options.runs)
    shutil.rmtree(work)
    return with_goal(case)


def with_goal(case: Case) -> Case:
    """*case*, its first number held to the goal."""
    return attrs.evolve(
        case, ratios=(attrs.evolve(case.ratios[0], at_least=CAPTIONS_GOAL),)
    )


if __name__ == "__main__":
    main()
