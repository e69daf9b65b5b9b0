"""
What this machine has of all that a render needs, and what to do about what it has not.
"""

from __future__ import annotations

import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import attrs

from .._browser.launch import probe_chrome
from .._tools.ffmpeg import find_ffmpeg, run_ffmpeg
from .._tools.files import default_cache, work_dir
from .._tools.machine import most_workers, this_machine
from .._version import __version__
from ..chrome import ChromeSource, check_platform, default_chrome
from ..errors import HyperframesError
from ..progress import Control

__all__ = ["Finding", "examine"]

_LITTLE_DISK = 2 * 1024**3
_PROBE_SECONDS = 120


@attrs.frozen(kw_only=True)
class Finding:
    """
    One thing that was looked at.

    Attributes:
        name: What it is.
        ok: Whether it is as it must be.
        text: What was found, or what is wrong with it and what helps.
    """

    name: str
    ok: bool
    text: str


def examine(chrome: ChromeSource | None = None) -> Iterator[Finding]:
    """
    Look at everything a render needs of this machine, one thing after another.

    Args:
        chrome: The browser that is booted; None takes `default_chrome`.
    """
    yield Finding(name="library", ok=True, text=f"hyperframes_dist {__version__}")
    yield _try("system", _system)
    yield _try("machine", _machine)
    yield _try("ffmpeg", _ffmpeg)
    yield _npm()
    yield _try("cache", _cache)
    yield _disk()
    yield _try("chrome", lambda: _chrome(chrome or default_chrome()))


def _try(name: str, look: Callable[[], str]) -> Finding:
    try:
        return Finding(name=name, ok=True, text=look())
    except (HyperframesError, OSError) as error:
        return Finding(name=name, ok=False, text=str(error))


def _system() -> str:
    check_platform()
    version = ".".join(map(str, sys.version_info[:3]))
    return f"{platform.system()} {platform.machine()}, Python {version}"


def _machine() -> str:
    machine, workers = this_machine(), most_workers()
    return (
        f"{machine.cores} processors, {machine.memory_mb} MiB for this process: "
        f"{workers} worker{'s' * (workers != 1)} by default"
    )


def _ffmpeg() -> str:
    path = find_ffmpeg()
    run_ffmpeg(["-version"], what="ffmpeg", control=Control(), timeout=30)
    return f"{path}"


def _npm() -> Finding:
    path = shutil.which("npm")
    text = path or (
        "not found: the page runtime and packages of a CDN come from npm; install Node, or "
        "render with --offline, --runtime and --overrides"
    )
    return Finding(name="npm", ok=path is not None, text=text)


def _cache() -> str:
    folder = default_cache()
    folder.mkdir(parents=True, exist_ok=True)
    with work_dir(folder / "doctor"):
        return f"{folder} can be written"


def _disk() -> Finding:
    folder = Path(tempfile.gettempdir())
    free = shutil.disk_usage(folder).free
    text = f"{free / 1024**3:.1f} GiB free in {folder}"
    ok = free >= _LITTLE_DISK
    more = "" if ok else "; a long film may need more: set TMPDIR to another disk"
    return Finding(name="disk", ok=ok, text=text + more)


def _chrome(source: ChromeSource) -> str:
    report = probe_chrome(source, deadline=time.monotonic() + _PROBE_SECONDS)
    return f"{report.product} at {report.executable} draws by BeginFrame"
