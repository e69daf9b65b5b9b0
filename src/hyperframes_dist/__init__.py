"""
Render HyperFrames compositions from Python, on one machine or many.

`plan` freezes a project, `render_chunk` draws a part of it, `assemble` joins the parts;
`render` does all three on this machine.
"""

import logging as _logging

from ._browser import ChromeReport, probe_chrome
from ._config import Limits, RenderConfig
from ._frames import FrameRate
from ._json import from_json, to_json
from ._local import render
from ._plan_dir import recompute_plan_hash, verify_plan
from ._renderer import Renderer, assemble, plan, render_chunk
from ._results import ChunkResult, OutputResult, Plan, SegmentRecord
from ._version import __version__
from .chrome import ChromeSource, HeadlessShell, Sparticuz, default_chrome
from .progress import Progress

__all__ = [
    "ChromeReport",
    "ChromeSource",
    "ChunkResult",
    "FrameRate",
    "HeadlessShell",
    "Limits",
    "OutputResult",
    "Plan",
    "Progress",
    "RenderConfig",
    "Renderer",
    "SegmentRecord",
    "Sparticuz",
    "__version__",
    "assemble",
    "default_chrome",
    "from_json",
    "plan",
    "probe_chrome",
    "recompute_plan_hash",
    "render",
    "render_chunk",
    "to_json",
    "verify_plan",
]

# The application decides where log records go; without it they go nowhere.
_logging.getLogger(__name__).addHandler(_logging.NullHandler())
