"""
A progress bar for people: one line, frames, rate and time left.
"""

from __future__ import annotations

from typing import Any, Self, TextIO

from ..progress import Progress


class ProgressBar:
    """Draws events on *stream* when *shown*; a pipe gets nothing."""

    def __init__(self, stream: TextIO, *, shown: bool) -> None:
        self._bar = _draw_bar(stream) if shown else None

    def update(self, event: Progress) -> None:
        """Show *event*."""
        if self._bar is None:
            return
        if event.stage == "render":
            self._bar.total = event.total
            self._bar.update(event.done - self._bar.n)
        else:
            self._bar.set_description(event.detail or event.stage)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()


def _draw_bar(stream: TextIO) -> Any:
    # Slow to import, and most commands are run where nobody looks.
    from tqdm import tqdm  # noqa: PLC0415

    return tqdm(file=stream, unit=" frames", leave=False, dynamic_ncols=True)
