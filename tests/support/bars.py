"""Chunks of pictures that show a white bar on black."""

from __future__ import annotations

import tarfile
from pathlib import Path

import numpy as np
from PIL import Image


def pictures(path: Path) -> list[bytes]:
    """The pictures in a chunk."""
    with tarfile.open(path) as tar:
        names = sorted(name for name in tar.getnames() if name.endswith(".png"))
        return [tar.extractfile(name).read() for name in names]


def width(chunk: Path, index: int = 0) -> int:
    """How many columns of the picture *index* of *chunk* are white."""
    with tarfile.open(chunk) as tar:
        names = sorted(name for name in tar.getnames() if name.endswith(".png"))
        picture = Image.open(tar.extractfile(names[index])).convert("RGB")
    return int((np.asarray(picture)[16, :, 1] > 127).sum())
