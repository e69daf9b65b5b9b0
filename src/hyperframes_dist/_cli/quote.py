"""
The command ``quote``: its options, and a quote as a line for a person.
"""

from __future__ import annotations

import sys

from .._estimate.interval import Interval
from .._model.codec import to_json
from .._quote.quote import CALIBRATE_SECONDS, Quote, quote
from .bar import progress_of
from .common import Args, command, option, show
from .options import CONFIG_OPTIONS, PROJECT, chrome_source, render_config
from .results import wishes_of


def _quote(args: Args) -> int:
    with progress_of(args) as bar:
        made = quote(
            args.project,
            render_config(args),
            target=args.target,
            within=args.deadline,
            calibrate=args.calibrate,
            perf=args.perf,
            workers=args.workers,
            memory_mb=args.memory,
            region=args.region,
            chrome=chrome_source(args),
            **wishes_of(args, bar),
        )
    print(f"a chunk {made.reach}", file=sys.stderr)
    for note in made.notes:
        print(f"note: {note}", file=sys.stderr)
    return show(args, to_json(made), _describe(made))


def _describe(made: Quote) -> str:
    """*made* as one line."""
    late = "" if made.in_time else ", not surely within the deadline"
    seconds = f"{_between(made.wall, '.3g')} s{late}"
    how = f"chunks: {made.chunks}, at once: {made.workers}"
    if made.cost is not None:
        seconds += f", {_between(made.cost, '.2g')} USD"
        how += f", {made.memory_mb} MB each in {made.region}"
    return f"{made.frame_count} frames: {seconds}; {how}"


def _between(value: Interval, form: str) -> str:
    return f"{value.likely:{form}} ({value.low:{form}} to {value.high:{form}})"


COMMANDS = (
    command(
        "quote",
        _quote,
        "Predict what a render takes, and choose how to make it.",
        PROJECT,
        option("--target", "where it runs", default="local", words=("local", "aws")),
        option(
            "--deadline",
            "seconds it may take, for the cheapest way; else the fastest is chosen",
            kind=float,
            metavar="SECONDS",
        ),
        option(
            "--calibrate",
            "draw frames for so long; 0 for none "
            f"(default: {CALIBRATE_SECONDS:g}, or 0 with --perf)",
            kind=float,
            metavar="SECONDS",
        ),
        option(
            "--perf",
            "a record of an earlier render, from render --perf; may be repeated",
            metavar="FILE",
            many=True,
        ),
        option(
            "--workers",
            "most browsers, or functions, at once (default: auto)",
            kind=int,
        ),
        option(
            "--memory",
            "memory of the function in MiB (default: chosen)",
            kind=int,
            metavar="MB",
        ),
        option("--region", "whose prices are taken", default="us-east-1"),
        *CONFIG_OPTIONS,
    ),
)
