"""
Render HyperFrames compositions from Python, on one machine or many.

`plan` freezes a project, `render_chunk` draws a part of it, `assemble` joins the parts;
`render` does all three on this machine.
"""

import logging as _logging
from importlib import import_module as _import_module
from types import MappingProxyType as _MappingProxyType
from typing import TYPE_CHECKING as _TYPE_CHECKING
from typing import Any as _Any

from ._config import Limits, RenderConfig
from ._cost import CostModel
from ._frames import FrameRate
from ._interval import Interval
from ._json import from_json, to_json
from ._lock import Lock, LockedAddress
from ._perf import PerfRecord
from ._plan_dir import recompute_plan_hash, verify_plan
from ._results import ChunkResult, OutputResult, Plan, SegmentRecord
from ._version import __version__
from .chrome import ChromeSource, HeadlessShell, Sparticuz, default_chrome
from .progress import Progress

if _TYPE_CHECKING:
    from ._launch import ChromeReport, probe_chrome
    from ._local import render
    from ._quote import Quote, quote
    from ._renderer import Renderer, assemble, lock, plan, render_chunk

__all__ = [
    "ChromeReport",
    "ChromeSource",
    "ChunkResult",
    "CostModel",
    "FrameRate",
    "HeadlessShell",
    "Interval",
    "Limits",
    "Lock",
    "LockedAddress",
    "OutputResult",
    "PerfRecord",
    "Plan",
    "Progress",
    "Quote",
    "RenderConfig",
    "Renderer",
    "SegmentRecord",
    "Sparticuz",
    "__version__",
    "assemble",
    "default_chrome",
    "from_json",
    "lock",
    "plan",
    "probe_chrome",
    "quote",
    "recompute_plan_hash",
    "render",
    "render_chunk",
    "to_json",
    "verify_plan",
]

# What drives a browser is imported when first asked for: a caller who only configures or
# verifies loads neither an event loop nor an HTML parser.
_LAZY = _MappingProxyType(
    {
        "ChromeReport": "_launch",
        "Quote": "_quote",
        "Renderer": "_renderer",
        "assemble": "_renderer",
        "lock": "_renderer",
        "plan": "_renderer",
        "probe_chrome": "_launch",
        "quote": "_quote",
        "render": "_local",
        "render_chunk": "_renderer",
    }
)


def __getattr__(name: str) -> _Any:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(_import_module(f".{_LAZY[name]}", __name__), name)
    return globals().setdefault(name, value)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


# The application decides where log records go; without it they go nowhere.
_logging.getLogger(__name__).addHandler(_logging.NullHandler())
