"""
How long does one composition take us, and HyperFrames, on this machine?

The same headless shell, the same composition, H.264 in mp4, in turns. Three ways of each:
the whole command line with two workers; plan, four chunks in a process each, two at a time,
assemble (ours also in two processes that take two chunks each); and the same with the chunks
in turn in one process with one worker. The chunks of both are of one length. Last, what is
left when there is little to draw: 60 small frames in four chunks. Theirs encodes at its CRF
18, ours as it comes; size and PSNR against a lossless capture stand beside.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import _ours
import attrs
from _cli import open_recorder, parse
from _film import Film
from _peers import Peer, install, require_ffmpeg, shell_path
from _race import Contestant, ratio
from _results import Case, Recorder
from _scene import GSAP

CLI = "hyperframes@0.8.170"
PRODUCER = "@hyperframes/producer@0.8.64"
COLOURS = (
    "The producer tags its JPEG's full-range BT.601 pixels as BT.709, so that a player "
    "shows other colours; its PSNR says so."
)
# The engine the producer asks for was never published; this is the newest one there is.
# The producer holds a copy of its own in its bundle, so nothing of this one is run.
OVERRIDES = {"@hyperframes/engine": "0.8.33"}
SCRIPT = "hyperframes/bin/hyperframes.mjs"
CHUNKS = 4


def main() -> None:
    options = parse(__doc__)
    require_ffmpeg()
    versions = dict(package.rsplit("@", 1) for package in (CLI, PRODUCER))
    recorder = open_recorder("vs_hyperframes", __doc__, options, versions)
    with tempfile.TemporaryDirectory() as place:
        for size in options.sizes:
            film = Film(Path(place), options, size)
            measure_cli(recorder, film)
            measure_chunks(recorder, film)
        film = Film(Path(place), options, (640, 360), 2)
        recorder.case(
            "fixed-cost",
            f"60 frames of 640x360 in {CHUNKS} chunks, in turn in one process",
            film.settings,
            lambda: compare_fixed(film),
        )
    recorder.finish()


def measure_cli(recorder: Recorder, film: Film) -> None:
    """The command lines at one size."""
    recorder.case(
        f"cli-{film.height}p",
        f"Command line, two workers, {film.size}",
        film.settings,
        lambda: compare_cli(film),
    )


def compare_cli(film: Film) -> Case:
    """Whole commands, from process start to finished file."""
    return film.compare(command_lines(film))


def command_lines(film: Film) -> dict[str, Contestant]:
    """Theirs and ours, two workers each."""
    cli = install("hyperframes", CLI, GSAP)
    return {
        "theirs": Contestant(
            "HyperFrames, 2 workers",
            lambda: render_cli(cli, film.project, film.output("theirs")),
            lambda: render_cli(cli, film.short, film.output("theirs")),
        ),
        "ours": Contestant(
            "ours, 2 workers",
            lambda: _ours.render(film.project, film.output("ours")),
            lambda: _ours.render(film.short, film.output("ours")),
        ),
    }


def render_cli(cli: Peer, project: Path, output: Path) -> None:
    """Their whole command, with the same browser."""
    environment = {
        "HYPERFRAMES_BROWSER_PATH": shell_path(),
        "HYPERFRAMES_TELEMETRY_DISABLED": "1",
        "CI": "1",
    }
    options = ("--workers", "2", "--crf", "18", "--quiet", "--output", output)
    cli.run(SCRIPT, "render", project, *options, env=environment)


def measure_chunks(recorder: Recorder, film: Film) -> None:
    """The three functions over local paths, from process start to finished file."""
    for parallel, name, how in (
        (2, "parallel", "in two processes at a time"),
        (1, "in-turn", "in turn in one process"),
    ):
        recorder.case(
            f"{name}-{film.height}p",
            f"Plan, {CHUNKS} chunks {how}, assemble, {film.size}",
            film.settings,
            lambda parallel=parallel: compare_chunks(film, parallel),
        )


def compare_chunks(film: Film, parallel: int) -> Case:
    """So many chunks at a time; a process each if there are two."""
    contestants = chunk_processes(film, parallel)
    if parallel > 1:
        contestants["stay"] = Contestant(
            f"ours, {parallel} processes that stay (Renderer)",
            lambda: render_ours(film, "stay", parallel, warm=True),
        )
    case = film.compare(contestants)
    if parallel > 1:
        case = add_ratio(case, "stay", f"theirs / ours in {parallel} that stay")
    return add_size(case, film)


def segment_of(film: Film) -> float:
    """Seconds that make four chunks of one length, as theirs are."""
    return film.seconds / CHUNKS


def chunk_processes(film: Film, parallel: int) -> dict[str, Contestant]:
    """Theirs and ours, so many chunks at a time; a process each if there are two."""
    producer = install_producer()

    def theirs(project: Path) -> None:
        render_chunks(producer, film, project, film.output("theirs"), parallel)

    return {
        "theirs": Contestant(
            f"HyperFrames, {parallel} at a time",
            lambda: theirs(film.project),
            (lambda: theirs(film.short)) if parallel > 1 else None,
        ),
        "ours": Contestant(
            f"ours, {parallel} at a time", lambda: render_ours(film, "ours", parallel)
        ),
    }


def render_ours(film: Film, name: str, parallel: int, *, warm: bool = False) -> None:
    """Our plan, four chunks and assemble; *warm* as in `_ours.render_chunked`."""
    _ours.render_chunked(
        film.project,
        film.output(name),
        chunks=CHUNKS,
        parallel=parallel,
        segment_seconds=segment_of(film),
        warm=warm,
    )


def install_producer() -> Peer:
    """Their library of the three functions."""
    return install("hyperframes-producer", PRODUCER, overrides=OVERRIDES)


def render_chunks(
    producer: Peer, film: Film, project: Path, output: Path, parallel: int
) -> None:
    """Their plan, four chunks and assemble, with the same browser."""
    settings = {
        "width": film.width,
        "height": film.height,
        "chunks": CHUNKS,
        "parallel": parallel,
    }
    with tempfile.TemporaryDirectory() as work:
        producer.run_own(
            "hyperframes_chunks.mjs",
            *("all", project, work, output, json.dumps(settings)),
            env={"PRODUCER_HEADLESS_SHELL_PATH": shell_path()},
        )


def compare_fixed(film: Film) -> Case:
    """What chunks cost beside their frames."""
    producer = install_producer()
    case = film.compare(
        {
            "theirs": Contestant(
                "HyperFrames, a browser per chunk",
                lambda: render_chunks(
                    producer, film, film.project, film.output("theirs"), 1
                ),
            ),
            "ours": Contestant(
                "ours, a browser per chunk", lambda: render_ours(film, "ours", 1)
            ),
            "warm": Contestant(
                "ours, one browser kept (Renderer)",
                lambda: render_ours(film, "warm", 1, warm=True),
            ),
        }
    )
    return add_size(
        add_ratio(case, "warm", "theirs / ours with one browser kept"), film
    )


def add_ratio(case: Case, name: str, text: str) -> Case:
    """*case* with theirs compared to the contestant *name* as well."""
    value = case.find("theirs").median / case.find(name).median
    return attrs.evolve(case, ratios=(*case.ratios, ratio(text, value)))


def add_size(case: Case, film: Film) -> Case:
    """
    *case* with what its segments cost in bytes, which they decide.

    The same film in the usual segments of a second is made for it, once.
    """
    whole, segment = film.output("whole"), f"{segment_of(film):g}"
    if not whole.exists():
        _ours.render(film.project, whole)
    cut, usual = film.output("ours").stat().st_size, whole.stat().st_size
    text = f"file size, segments of {segment} s / of 1 s"
    return attrs.evolve(
        case,
        ratios=(*case.ratios, ratio(text, cut / usual)),
        note=(
            f"Four chunks of one length are segments of {segment} s: they make "
            f"{cut / 1024:.0f} KiB, those of the usual 1 s {usual / 1024:.0f} KiB. {COLOURS}"
        ),
    )


if __name__ == "__main__":
    main()
