"""
A project watched: something is done again whenever one of its files changes.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from .._model.config import RenderConfig
from .._pipeline.stills import Stamps, stamps
from ..progress import Control

__all__ = ["changes", "look_again"]

_PAUSE = 0.1


def changes(project: Path, config: RenderConfig, control: Control) -> Iterator[None]:
    """
    Yield at once, and again each time a file of *project* has changed since.

    Raises:
        Cancelled, DeadlineExceeded: As *control* says.
    """
    seen: Stamps | None = None
    while True:
        now = look_again(project, config)
        if now != seen:
            seen = now
            yield
        control.sleep(_PAUSE)


def look_again(project: Path, config: RenderConfig) -> Stamps:
    """What changes when a file of *project* does; a file may go while it is looked at."""
    while True:
        try:
            return stamps(project, config)
        except FileNotFoundError:
            # An editor replaces a file by another one.
            continue
