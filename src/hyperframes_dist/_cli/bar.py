"""
Progress for people and for logs: a bar, a line for each phase, or JSON lines.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any, Self, TextIO

from ..progress import Progress
from .common import Args


def progress_of(args: Args) -> ProgressBar:
    """What shows the progress of a command, as its ``--progress`` and ``--quiet`` say."""
    how = "none" if args.quiet else args.progress
    if how == "auto":
        how = "bar" if sys.stderr.isatty() else "none"
    return ProgressBar(sys.stderr, how=how)


class ProgressBar:
    """Shows events on *stream*: ``bar``, ``plain``, ``json`` or ``none``."""

    def __init__(self, stream: TextIO, *, how: str) -> None:
        self._bar = _draw_bar(stream) if how == "bar" else None
        self._stream, self._how = stream, how
        self._stage, self._begun, self._last = "", time.monotonic(), ""

    def update(self, event: Progress) -> None:
        """Show *event*."""
        if self._bar is not None:
            _draw(self._bar, event)
        elif self._how == "json":
            row = {"stage": event.stage, "done": event.done, "total": event.total}
            print(json.dumps({**row, "detail": event.detail}), file=self._stream)
        elif self._how == "plain":
            self._phase(event)

    def _phase(self, event: Progress) -> None:
        """One line for a phase that is over, with what it took."""
        if event.stage != self._stage:
            self._end_phase()
            self._stage, self._begun = event.stage, time.monotonic()
        units = "frames" if event.stage == "render" else "steps"
        self._last = f"{event.stage}: {event.done} of {event.total} {units}"

    def _end_phase(self) -> None:
        if self._last:
            seconds = time.monotonic() - self._begun
            print(f"{self._last} in {seconds:.1f} s", file=self._stream, flush=True)
            self._last = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._end_phase()
        if self._bar is not None:
            self._bar.close()


def _draw(bar: Any, event: Progress) -> None:
    if event.stage == "render":
        bar.total = event.total
        bar.update(event.done - bar.n)
    else:
        bar.set_description(event.detail or event.stage)


def _draw_bar(stream: TextIO) -> Any:
    # Slow to import, and most commands are run where nobody looks.
    from tqdm import tqdm  # noqa: PLC0415

    return tqdm(file=stream, unit=" frames", leave=False, dynamic_ncols=True)
