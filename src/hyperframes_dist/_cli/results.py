"""
What several commands share: wishes for a long call, and how plans and films are shown.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from .._model.codec import to_json
from .._model.results import OutputResult, Plan
from .bar import ProgressBar
from .common import Args, option, show, stop_wishes

PERF = option("--perf", "write there what each part took, as JSON", metavar="FILE")
REPORT = option(
    "--report",
    "write a page there that says where the time went, with charts and pictures",
    metavar="FILE",
)
WORKERS_OF_A_CHUNK = option(
    "--workers", "browsers at once", kind=int, default=1, metavar="N"
)
STORE = option(
    "--store",
    "keep finished segments here, and take those that are there",
    metavar="DIR",
)


def wishes_of(args: Args, bar: ProgressBar) -> dict[str, Any]:
    """Progress, cancellation and deadline as every long call takes them."""
    return {"progress": bar.update, **stop_wishes(args)}


def show_output(args: Args, result: OutputResult) -> int:
    """Print a film that was made."""
    warn_of(result.warnings)
    facts = f"{result.width}x{result.height}, {result.frame_count} frames"
    seconds = f"{float(result.duration):g} s"
    text = f"{result.path}: {facts}, {seconds}, {result.size} bytes"
    if getattr(args, "store", None):
        text += f"\nreused {result.reused} segments" + _why(result)
    return show(args, to_json(result), text)


def _why(result: OutputResult) -> str:
    return f"; {result.drawn_because}" if result.drawn_because else ""


def show_plan(args: Args, made: Plan) -> int:
    """Print a plan."""
    warn_of(made.warnings)
    row = {
        "path": str(made.path),
        "content_hash": made.content_hash,
        "plan_hash": made.plan_hash,
        "frame_count": made.frame_count,
        "chunk_count": made.chunk_count,
        "warnings": list(made.warnings),
    }
    counts = f"{made.frame_count} frames in {made.chunk_count} chunks"
    text = f"{made.path}: {counts}, plan hash {made.plan_hash}"
    return show(args, json.dumps(row).encode(), text)


def warn_of(warnings: tuple[str, ...]) -> None:
    """Print warnings, one a line."""
    for warning in warnings:
        print(f"warning: {warning}", file=sys.stderr)
