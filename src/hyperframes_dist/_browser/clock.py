"""
The scripts that hold the clock and the dice of a page, or of a worker of its.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def read_clock(name: str) -> str:
    """The script *name*, ``clock.js`` or ``worker.js``, with its dice."""
    sources = files(__package__) / "js"
    clock, dice = ((sources / each).read_text("utf-8") for each in (name, "dice.js"))
    return f"({clock.strip()})({dice.strip()})"
