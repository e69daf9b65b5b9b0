"""
The composition all benchmarks draw: sixteen cards that turn, in GSAP, at any size.

Peers that take no HyperFrames project are given its style and its script, so that every
one of them draws the same motion.
"""

from __future__ import annotations

import re
from pathlib import Path

from hyperframes_dist._tools.files import default_cache
from hyperframes_dist._tools.npm import fetch_package
from hyperframes_dist.progress import Control

PAGE = Path(__file__).parent / "compositions/peer/index.html"
GSAP = "gsap@3.12.5"
_LIBRARY = "gsap.min.js"
_REMOTE = f"https://cdn.jsdelivr.net/npm/{GSAP}/dist/{_LIBRARY}"


def write_project(folder: Path, width: int, height: int, seconds: float) -> Path:
    """The composition as a project with GSAP beside it: no side may need a CDN."""
    folder.mkdir(parents=True, exist_ok=True)
    html = _sized(width, height).replace(_REMOTE, _LIBRARY)
    html = html.replace('data-duration="10"', f'data-duration="{seconds:g}"')
    (folder / "index.html").write_text(html)
    (folder / _LIBRARY).write_bytes(library(GSAP, f"dist/{_LIBRARY}"))
    return folder


def library(package: str, path: str) -> bytes:
    """The file *path* of an npm *package*, such as ``gsap@3.12.5``."""
    name, version = package.split("@")
    found = fetch_package(name, version, cache=default_cache(), control=Control())
    return found.read(path)


def style(width: int, height: int) -> str:
    """The composition's style sheet."""
    return _inside("style", width, height)


def script(width: int, height: int) -> str:
    """
    The composition's script.

    It finds ``#root`` and ``#bar``, and leaves a paused timeline in
    ``window.__timelines.main``.
    """
    return _inside("script", width, height)


def _sized(width: int, height: int) -> str:
    html = PAGE.read_text().replace("__WIDTH__", str(width))
    return html.replace("__HEIGHT__", str(height))


def _inside(tag: str, width: int, height: int) -> str:
    match = re.search(rf"<{tag}>(.*?)</{tag}>", _sized(width, height), re.DOTALL)
    assert match is not None, tag
    return match[1]
