"""A bar whose width, frame by frame, is what a script has come to."""

from __future__ import annotations

import tarfile
from pathlib import Path

import numpy as np
from PIL import Image

import hyperframes_dist as hf
from pages import composition, write_project

BAR = (
    '<i id="b" style="position:absolute;left:0;top:0;height:32px;background:#fff"></i>'
)


def widths(
    renderer, tmp_path, script: str, seconds: float, *, before: str = "", **files: bytes
) -> list[int]:
    """
    How wide the bar is in each of six frames, a tenth of a second each.

    Args:
        script: A script after the bar, and *before* what stands in front of it.
        seconds: How long a segment is.
        files: Files of the project besides.
    """
    page = composition(f"{before}{BAR}<script>{script}</script>", duration=0.6)
    project = write_project(tmp_path / "project", page, **files)
    config = hf.RenderConfig(fps=10, format="png-sequence", segment_seconds=seconds)
    folder = renderer.render(project, tmp_path / "out", config).path
    return [_width(path) for path in sorted(folder.iterdir())]


def pictures(path: Path) -> list[bytes]:
    """The pictures in a chunk."""
    with tarfile.open(path) as tar:
        names = sorted(name for name in tar.getnames() if name.endswith(".png"))
        return [tar.extractfile(name).read() for name in names]


def width(chunk: Path, index: int = 0) -> int:
    """How wide the bar is in the picture *index* of *chunk*."""
    with tarfile.open(chunk) as tar:
        names = sorted(name for name in tar.getnames() if name.endswith(".png"))
        return _width(tar.extractfile(names[index]))


def _width(picture) -> int:
    pixels = np.asarray(Image.open(picture).convert("L"))
    return int((pixels[16] > 128).sum())
