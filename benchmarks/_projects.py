"""
Projects both renderers are given: small compositions, made whole and local.

A project's HTML lies in the repository. Its clips and sounds are generated, and its remote
scripts and fonts put beside it, since the peer gets them from nowhere but the web.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import attrs
from _clips import CLIPS
from _peers import Peer

from hyperframes_dist._sources.chain import Resolver, parse_npm_address
from hyperframes_dist._tools.files import default_cache
from hyperframes_dist._tools.https import HttpsFetcher
from hyperframes_dist.progress import Control

HERE = Path(__file__).parent
OWN = HERE / "compositions/fidelity"
TESTS = HERE.parent / "tests/compositions"
TEMPLATES = "node_modules/hyperframes/dist/templates"
_ADDRESS = re.compile(r"https://[^\"'\s)]+")
_PAPER = "https://www.transparenttextures.com/patterns/natural-paper.png"


@attrs.frozen(kw_only=True)
class Project:
    """
    One composition, and how it is rendered.

    Attributes:
        name: Its folder's name.
        source: That folder.
        fps: Frames per second when they are not the composition's own.
        variables: Values it is given.
        fill: Words of its HTML, with what stands for them.
    """

    name: str
    source: Path
    fps: int | None = None
    variables: Mapping[str, object] = attrs.field(factory=dict)
    fill: Mapping[str, str] = attrs.field(factory=dict)

    def write(self, folder: Path) -> Path:
        """Make it whole in *folder*; the same bytes whenever it is made."""
        shutil.copytree(self.source, folder)
        for page in sorted(folder.rglob("*.html")):
            text = page.read_text("utf-8")
            for word, meaning in self.fill.items():
                text = text.replace(word, meaning)
            page.write_text(_localise(text, folder), "utf-8")
        _write_clips(folder)
        return folder


def _localise(text: str, folder: Path) -> str:
    """*text* with what it loads from packages beside it in *folder*."""
    for address in sorted(set(_ADDRESS.findall(text)), key=len, reverse=True):
        if parse_npm_address(address) is None:
            continue
        local = f"{PurePosixPath(address).parts[3]}-{PurePosixPath(address).name}"
        local = re.sub(r"[^\w.-]", "-", local)
        (folder / local).write_bytes(_fetch(address))
        text = text.replace(address, f"./{local}")
    return text


def _fetch(address: str) -> bytes:
    https = HttpsFetcher(max_bytes=1, timeout=1)
    resolver = Resolver(overrides=None, cache=default_cache(), https=https)
    return resolver.resolve(address, Control()).body


def _write_clips(folder: Path) -> None:
    text = "".join(page.read_text("utf-8") for page in sorted(folder.rglob("*.html")))
    for name, make in CLIPS.items():
        if re.search(rf"\b{re.escape(name)}\b", text):
            make(folder / name)


def _templates(peer: Peer) -> Iterator[Project]:
    folder = peer.folder / TEMPLATES
    seconds = {"__VIDEO_DURATION__": "17", "__VIDEO_SRC__": "talk.mp4"}
    paper = {_PAPER: "paper.png"}
    yield Project(name="template-blank", source=folder / "blank", fps=3)
    yield Project(
        name="template-warm-grain",
        source=folder / "warm-grain",
        fps=3,
        fill={**seconds, **paper},
    )


_OUTSIDE = {"headline": "Set from outside", "barWidth": 240}
_OPTIONS: Mapping[str, dict[str, Any]] = {
    "own-seek": {"fps": 2},
    "random-confetti": {"fps": 5},
    "timing-strip": {"fps": 10},
    "variables": {"variables": _OUTSIDE},
    "variables-css": {"variables": _OUTSIDE},
}


def all_projects(peer: Peer) -> tuple[Project, ...]:
    """Every project there is: the peer's templates, ours, and those of the tests."""
    own = [
        Project(name=folder.name, source=folder, **_OPTIONS.get(folder.name, {}))
        for folder in (*sorted(OWN.iterdir()), *sorted(TESTS.iterdir()))
        if (folder / "index.html").is_file()
    ]
    return (*_templates(peer), *own)
