"""
The Lambda function's entry point: one handler that plans, walks, renders a chunk, mixes the
sound or assembles.

The events it takes and what it answers are written down in ``_function.events``. It is also
told how executions end, and tells a webhook.
"""

from __future__ import annotations

import functools
import os
import sys
from pathlib import Path
from typing import Any

from .._pipeline.renderer import Renderer
from ._cloud.webhooks import Webhook
from ._function.boot import boot
from ._function.host import Context, Host

__all__ = ["handler"]

_BUCKETS = "HYPERFRAMES_DIST_BUCKETS"
_WEBHOOK = "HYPERFRAMES_DIST_WEBHOOK"
_SECRET = "HYPERFRAMES_DIST_WEBHOOK_SECRET"  # noqa: S105  The variable's name.
_STORE = "HYPERFRAMES_DIST_STORE"
_WORK = Path("/tmp/hyperframes_dist/work")  # noqa: S108  The one place that is writable.


def handler(event: Any, context: Context) -> dict[str, Any]:
    """
    Run the action *event* asks for.

    The environment variable ``HYPERFRAMES_DIST_BUCKETS`` names the buckets the function
    may touch, separated by commas. ``HYPERFRAMES_DIST_WEBHOOK`` and
    ``HYPERFRAMES_DIST_WEBHOOK_SECRET`` say who is told how executions end, and
    ``HYPERFRAMES_DIST_STORE`` where that is noted.

    Raises:
        HyperframesError: Lambda reports the class's name, by which the state machine
            decides whether to try again.
    """
    return _host().handle(event, context)


@functools.cache
def _host() -> Host:
    booted = boot()
    names = os.environ.get(_BUCKETS, "")
    url = os.environ.get(_WEBHOOK, "")
    return Host(
        renderer=Renderer(booted.chrome),
        runtime=booted.runtime,
        buckets=frozenset(filter(None, names.split(","))),
        folder=_WORK,
        stream=sys.stdout,
        webhook=Webhook(url=url, secret=os.environ[_SECRET]) if url else None,
        store=os.environ.get(_STORE, ""),
    )
