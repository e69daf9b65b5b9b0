"""
Render HyperFrames compositions from Python, on one machine or many.

`plan` freezes a project, `render_chunk` draws a part of it, `mix_sound` makes what is heard,
`assemble` joins the parts; `render` does all of it on this machine.
"""

import logging as _logging
import sys as _sys
from importlib import import_module as _import_module
from types import MappingProxyType as _MappingProxyType
from typing import TYPE_CHECKING as _TYPE_CHECKING
from typing import Any as _Any
from typing import get_type_hints as _get_type_hints

import attrs as _attrs

from . import errors
from ._estimate.interval import Interval
from ._estimate.model import CostModel
from ._estimate.record import PerfRecord
from ._model.codec import from_json, to_json
from ._model.config import Limits, RenderConfig
from ._model.frames import FrameRate
from ._model.results import (
    ChunkResult,
    OutputResult,
    Plan,
    SegmentRecord,
    SoundResult,
)
from ._planned.directory import recompute_plan_hash, verify_plan
from ._sources.lock import Lock, LockedAddress
from ._version import __version__
from .chrome import ChromeSource, HeadlessShell, Sparticuz, default_chrome
from .errors import (
    Cancelled,
    DeadlineExceeded,
    HyperframesError,
    InputError,
    PageError,
)
from .progress import Cancel, Progress, ProgressCallback

if _TYPE_CHECKING:
    from . import aio
    from ._batch.many import RowResult, render_many
    from ._batch.rows import read_rows
    from ._browser.launch import ChromeReport, probe_chrome
    from ._check.report import Finding, Report
    from ._encode.still import Picture, Still
    from ._look.check import check
    from ._look.info import ProjectInfo, VariableInfo, project_info
    from ._look.new import new_project
    from ._look.preview import Preview
    from ._look.sheet import contact_sheet
    from ._pipeline.calls import (
        assemble,
        lock,
        mix_sound,
        plan,
        render,
        render_chunk,
        still,
        stills,
    )
    from ._pipeline.diff import Difference, FieldDifference, diff
    from ._pipeline.renderer import Renderer
    from ._pipeline.verify import Verification, verify_output
    from ._quote.quote import Quote, quote

__all__ = [
    "Cancel",
    "Cancelled",
    "ChromeReport",
    "ChromeSource",
    "ChunkResult",
    "CostModel",
    "DeadlineExceeded",
    "Difference",
    "FieldDifference",
    "Finding",
    "FrameRate",
    "HeadlessShell",
    "HyperframesError",
    "InputError",
    "Interval",
    "Limits",
    "Lock",
    "LockedAddress",
    "OutputResult",
    "PageError",
    "PerfRecord",
    "Picture",
    "Plan",
    "Preview",
    "Progress",
    "ProgressCallback",
    "ProjectInfo",
    "Quote",
    "RenderConfig",
    "Renderer",
    "Report",
    "RowResult",
    "SegmentRecord",
    "SoundResult",
    "Sparticuz",
    "Still",
    "VariableInfo",
    "Verification",
    "__version__",
    "aio",
    "assemble",
    "check",
    "contact_sheet",
    "default_chrome",
    "diff",
    "errors",
    "from_json",
    "lock",
    "mix_sound",
    "new_project",
    "plan",
    "probe_chrome",
    "project_info",
    "quote",
    "read_rows",
    "recompute_plan_hash",
    "render",
    "render_chunk",
    "render_many",
    "still",
    "stills",
    "to_json",
    "verify_output",
    "verify_plan",
]

# What drives a browser is imported when first asked for: a caller who only configures or
# verifies loads neither an event loop nor an HTML parser.
_LAZY = _MappingProxyType(
    {
        "aio": "",
        "ChromeReport": "_browser.launch",
        "Picture": "_encode.still",
        "Finding": "_check.report",
        "Report": "_check.report",
        "check": "_look.check",
        "Quote": "_quote.quote",
        "RowResult": "_batch.many",
        "Renderer": "_pipeline.renderer",
        "Difference": "_pipeline.diff",
        "FieldDifference": "_pipeline.diff",
        "Still": "_encode.still",
        "Preview": "_look.preview",
        "ProjectInfo": "_look.info",
        "VariableInfo": "_look.info",
        "contact_sheet": "_look.sheet",
        "new_project": "_look.new",
        "project_info": "_look.info",
        "Verification": "_pipeline.verify",
        "diff": "_pipeline.diff",
        "verify_output": "_pipeline.verify",
        "assemble": "_pipeline.calls",
        "mix_sound": "_pipeline.calls",
        "lock": "_pipeline.calls",
        "plan": "_pipeline.calls",
        "probe_chrome": "_browser.launch",
        "quote": "_quote.quote",
        "read_rows": "_batch.rows",
        "render_many": "_batch.many",
        "render": "_pipeline.calls",
        "render_chunk": "_pipeline.calls",
        "still": "_pipeline.calls",
        "stills": "_pipeline.calls",
    }
)


def __getattr__(name: str) -> _Any:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if not _LAZY[name]:
        return globals().setdefault(name, _import_module(f".{name}", __name__))
    _import_module(f".{_LAZY[name]}", __name__)
    # All that came with it, so that what a function returns is called as it is here.
    for other, module in _LAZY.items():
        loaded = _sys.modules.get(f"{__name__}.{module}") if module else None
        if loaded is not None and hasattr(loaded, other):
            globals().setdefault(other, _publish(getattr(loaded, other)))
    return globals()[name]


def _publish(value: _Any) -> _Any:
    """*value* under the name it is imported by, and not that of its private module."""
    if getattr(value, "__module__", "").startswith(f"{__name__}._"):
        if isinstance(value, type):
            # Names in its annotations are those of the module it is written in.
            _resolve(value)
        value.__module__ = __name__
    return value


def _resolve(value: type) -> None:
    value.__annotations__ = {**value.__annotations__, **_get_type_hints(value)}
    if _attrs.has(value):
        _attrs.resolve_types(value)


def __dir__() -> list[str]:
    return list(__all__)


for _name in __all__:
    if _name in globals():
        _publish(globals()[_name])

# The application decides where log records go; without it they go nowhere.
_logging.getLogger(__name__).addHandler(_logging.NullHandler())
