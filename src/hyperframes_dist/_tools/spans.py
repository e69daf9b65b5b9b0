"""
Spans of OpenTelemetry, for an application that traces itself.

They are made where the application has loaded its API; nothing is loaded for them here, and
without it a span is nothing.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator

from .._version import __version__

_API = "opentelemetry.trace"


@contextlib.contextmanager
def span(name: str, **facts: str | float) -> Iterator[None]:
    """
    A span ``hyperframes.<name>`` for the length of the block, below the current one.

    An error that leaves the block is recorded by it. *facts* are its attributes, named
    ``hyperframes.<fact>``.
    """
    api = sys.modules.get(_API)
    if api is None:
        yield
        return
    tracer = api.get_tracer("hyperframes_dist", __version__)
    attributes = {f"hyperframes.{fact}": value for fact, value in facts.items()}
    with tracer.start_as_current_span(f"hyperframes.{name}", attributes=attributes):
        yield
