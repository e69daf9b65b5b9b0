"""
The scripts that hold the clock and the dice of a page, or of a worker of its.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

_BOTH = ("dice.js", "timers.js", "reads.js", "machine.js")
_PARTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "clock.js": (*_BOTH, "shapes.js", "under_way.js", "crew.js"),
        "worker.js": _BOTH,
    }
)


@cache
def read_clock(name: str) -> str:
    """The script *name*, ``clock.js`` or ``worker.js``, with the parts it is made of."""
    sources = files(__package__) / "js"
    names = name, *_PARTS[name]
    clock, *parts = ((sources / each).read_text("utf-8").strip() for each in names)
    return f"({clock})({', '.join(parts)})"
