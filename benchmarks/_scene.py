"""
The composition all benchmarks draw: sixteen cards that turn, in GSAP, at any size.

Peers that take no HyperFrames project are given its style and its script, so that every
one of them draws the same motion.
"""

from __future__ import annotations

import re
from pathlib import Path

PAGE = Path(__file__).parent / "compositions/peer/index.html"
GSAP = "gsap@3.12.5"
_REMOTE = f"https://cdn.jsdelivr.net/npm/{GSAP}/dist/gsap.min.js"


def write_peer(folder: Path, width: int, height: int, seconds: float = 10) -> Path:
    """The composition as a project in *folder*; GSAP comes from a CDN."""
    folder.mkdir(parents=True, exist_ok=True)
    html = _sized(width, height)
    html = html.replace('data-duration="10"', f'data-duration="{seconds:g}"')
    (folder / "index.html").write_text(html)
    return folder


def write_project(
    folder: Path, library: Path, width: int, height: int, seconds: float
) -> Path:
    """The same with GSAP, *library*, beside it: neither side may need a CDN."""
    write_peer(folder, width, height, seconds)
    (folder / "gsap.min.js").write_bytes(library.read_bytes())
    index = folder / "index.html"
    index.write_text(index.read_text().replace(_REMOTE, "gsap.min.js"))
    return folder


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
