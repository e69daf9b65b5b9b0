"""The command line of every benchmark, and the machine it ran on."""

from __future__ import annotations

import argparse
import compileall
import os
import platform
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

import attrs
from _race import adopt_orphans
from _results import Case, Recorder, Result, read_result

import hyperframes_dist as hf
from hyperframes_dist._tools.ffmpeg import find_ffmpeg

SIZES = "1280x720,1920x1080"


@attrs.frozen(kw_only=True)
class Options:
    """
    What a caller asked for.

    Attributes:
        runs: Counted runs of each contestant.
        seconds: Length of the composition.
        sizes: Frame sizes.
        json: The result file, or None.
        only: Parts of the names of the cases to measure; empty for all.
        resume: Whether cases that *json* already holds are kept.
    """

    runs: int
    seconds: float
    sizes: tuple[tuple[int, int], ...]
    json: Path | None
    only: tuple[str, ...]
    resume: bool

    def settings(self, width: int, height: int) -> dict[str, str | int | float]:
        """What a case at a size has to record."""
        return {"size": f"{width}x{height}", "seconds": self.seconds, "runs": self.runs}


def parse(question: str | None, *, seconds: float = 10, sizes: str = SIZES) -> Options:
    """The options of a benchmark whose docstring is *question*."""
    parser = argparse.ArgumentParser(
        description=question, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=5, help="counted runs each (5)")
    parser.add_argument(
        "--seconds", type=float, default=seconds, help=f"length ({seconds:g})"
    )
    parser.add_argument("--sizes", default=sizes, help=f"frame sizes ({sizes})")
    parser.add_argument("--json", type=Path, help="write the result here too")
    parser.add_argument("--only", default="", help="cases, by parts of their names")
    parser.add_argument(
        "--resume", action="store_true", help="keep cases --json already holds"
    )
    parser.add_argument(
        "--quick", action="store_true", help="one run of two seconds: does it work?"
    )
    args = parser.parse_args()
    pairs = (size.split("x") for size in args.sizes.split(","))
    return Options(
        runs=1 if args.quick else args.runs,
        seconds=2 if args.quick else args.seconds,
        sizes=tuple((int(width), int(height)) for width, height in pairs),
        json=args.json,
        only=tuple(word for word in args.only.split(",") if word),
        resume=args.resume,
    )


def open_recorder(
    bench: str, question: str | None, options: Options, versions: Mapping[str, str]
) -> Recorder:
    """
    Where the cases of *bench* go; *versions* are those of its peers.

    This process is the benchmark's from then on, orphans of what it starts included.
    """
    adopt_orphans()
    _compile_library()
    result = Result(
        bench=bench,
        question="\n\n".join(
            " ".join(paragraph.split()) for paragraph in (question or "").split("\n\n")
        ),
        machine=describe_processors(),
        versions={**own_versions(), **versions},
    )
    print(result.question.partition("\n")[0])
    print(result.machine)
    print(", ".join(f"{name} {v}" for name, v in result.versions.items()), flush=True)
    return Recorder(
        result=result,
        path=options.json,
        only=options.only,
        kept=_kept(options, result.versions),
        resume=options.resume,
    )


def _compile_library() -> None:
    """
    Have what is started find the library compiled, as an installed one is.

    Run from a checkout, where a setting may forbid it, each process would compile it.
    """
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    compileall.compile_dir(Path(hf.__file__).parent, quiet=1)


def _kept(options: Options, versions: Mapping[str, str]) -> dict[str, Case]:
    if not (options.json and options.json.is_file()):
        return {}
    if not (options.resume or options.only):
        return {}
    earlier = read_result(options.json)
    # Times of two versions have no business in one table.
    if earlier.versions != versions:
        print(f"{options.json} is of other versions and will be replaced")
        return {}
    return {case.name: case for case in earlier.cases}


def describe_machine() -> str:
    """Processors, memory and versions of our side, on one line."""
    versions = (f"{name} {version}" for name, version in own_versions().items())
    return ", ".join([describe_processors(), *versions])


def describe_processors() -> str:
    """Processors and memory, on one line."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    models = [line.partition(":")[2] for line in lines if line.startswith("model name")]
    model = models[0].strip() if models else platform.machine()
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    return f"{len(os.sched_getaffinity(0))} x {model}, {memory:.0f} GiB"


def own_versions() -> dict[str, str]:
    """Versions of what renders on our side."""
    done = subprocess.run(
        [find_ffmpeg(), "-version"], capture_output=True, text=True, check=True
    )
    match = re.match(r"ffmpeg version (\S+)", done.stdout)
    return {
        "hyperframes_dist": hf.__version__,
        "Chrome": hf.probe_chrome().product.rpartition("/")[2],
        "ffmpeg": match[1] if match else "unknown",
        "Python": platform.python_version(),
    }
