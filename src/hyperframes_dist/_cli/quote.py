"""
The command ``quote``: its options, and a quote as a line for a person.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .._estimate.interval import Interval
from .._model.config import RenderConfig
from .._quote.quote import CALIBRATE_SECONDS, Quote, quote
from ..chrome import ChromeSource

__all__ = ["add_quote_options", "describe_quote", "run_quote"]


def add_quote_options(parser: argparse.ArgumentParser) -> None:
    """Give *parser* what only a quote is asked."""
    add = parser.add_argument
    add("project", type=Path, help="directory of the composition")
    add("--target", default="local", help="local or aws (default: local)")
    text = "seconds it may take, for the cheapest way; else the fastest is chosen"
    add("--deadline", type=float, metavar="SECONDS", help=text)
    text = (
        "draw frames for so long; 0 for none "
        f"(default: {CALIBRATE_SECONDS:g}, or 0 with --perf)"
    )
    add("--calibrate", type=float, metavar="SECONDS", help=text)
    text = "a record of an earlier render, from render --perf; may be repeated"
    add("--perf", action="append", default=[], metavar="FILE", help=text)
    text = "most browsers, or functions, at once (default: auto)"
    add("--workers", type=int, help=text)
    text = "memory of the function in MiB (default: chosen)"
    add("--memory", type=int, metavar="MB", help=text)
    text = "whose prices are taken (default: us-east-1)"
    add("--region", default="us-east-1", help=text)


def run_quote(
    args: argparse.Namespace,
    config: RenderConfig,
    chrome: ChromeSource,
    wishes: Mapping[str, Any],
) -> Quote:
    """The quote that *args* ask for; what it rests on is told on standard error."""
    made = quote(
        args.project,
        config,
        target=args.target,
        within=args.deadline,
        calibrate=args.calibrate,
        perf=args.perf,
        workers=args.workers,
        memory_mb=args.memory,
        region=args.region,
        chrome=chrome,
        **wishes,
    )
    for note in made.notes:
        print(f"note: {note}", file=sys.stderr)
    return made


def describe_quote(made: Quote) -> str:
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
