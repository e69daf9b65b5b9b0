"""
The scripts that hold the clock and the dice of a page, or of a worker of its.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def read_clock(name: str) -> str:
    """The script *name*, ``clock.js`` or ``worker.js``, with its dice and its timers."""
    sources = files(__package__) / "js"
    names = name, "dice.js", "timers.js"
    clock, *parts = ((sources / each).read_text("utf-8").strip() for each in names)
    return f"({clock})({', '.join(parts)})"
