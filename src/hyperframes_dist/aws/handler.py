"""
The Lambda function's entry point: one handler in its roles: plan, walk, renderChunk, assemble.

The events it takes and what it answers are written down in ``_events``.
"""

from __future__ import annotations

import functools
import os
import sys
from pathlib import Path
from typing import Any

from .._pipeline.renderer import Renderer
from ._function.boot import boot
from ._function.host import Context, Host

__all__ = ["handler"]

_BUCKETS = "HYPERFRAMES_DIST_BUCKETS"
_WORK = Path("/tmp/hyperframes_dist/work")  # noqa: S108  The one place that is writable.


def handler(event: Any, context: Context) -> dict[str, Any]:
    """
    Run the action *event* asks for.

    The environment variable ``HYPERFRAMES_DIST_BUCKETS`` names the buckets the function
    may touch, separated by commas.

    Raises:
        HyperframesError: Lambda reports the class's name, by which the state machine
            decides whether to try again.
    """
    return _host().handle(event, context)


@functools.cache
def _host() -> Host:
    booted = boot()
    names = os.environ.get(_BUCKETS, "")
    return Host(
        renderer=Renderer(booted.chrome),
        runtime=booted.runtime,
        buckets=frozenset(filter(None, names.split(","))),
        folder=_WORK,
        stream=sys.stdout,
    )
