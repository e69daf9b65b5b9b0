"""Videos made for tests: every frame shows its own number as a strip of cells."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np

from hyperframes_dist._tools.ffmpeg import find_ffmpeg

WIDTH, HEIGHT, CELL = 160, 32, 10
X264 = ("-c:v", "libx264", "-preset", "veryfast", "-crf", "12", "-pix_fmt", "yuv420p")


def strip_frame(number: int, height: int = HEIGHT) -> np.ndarray:
    """
    The grey picture of *number*: sixteen cells, white for 1, the highest bit first.

    One is added first: a strip without a white cell is no video at all.
    """
    bits = [((number + 1) >> (15 - cell)) & 1 for cell in range(16)]
    row = np.repeat(np.array(bits, dtype=np.uint8) * 255, CELL)
    return np.repeat(row[np.newaxis, :], height, axis=0)


def ffmpeg(*args: str | Path, data: bytes = b"") -> None:
    """Run ffmpeg with *data* on its standard input."""
    command = [str(find_ffmpeg()), "-v", "error", "-y", *map(str, args)]
    subprocess.run(command, input=data, check=True, timeout=120)


def write_strip(
    path: Path,
    rate: str,
    count: int,
    *codec: str,
    before: Sequence[str] = (),
) -> Path:
    """A video of *count* numbered frames at a constant *rate*."""
    data = b"".join(strip_frame(number).tobytes() for number in range(count))
    raw = ("-f", "rawvideo", "-pix_fmt", "gray", "-s", f"{WIDTH}x{HEIGHT}")
    ffmpeg(*raw, "-r", rate, "-i", "-", *before, *(codec or X264), path, data=data)
    return path


def write_variable(path: Path, stamps: Sequence[int], tick: Fraction) -> Path:
    """A video whose frame *i* begins at ``stamps[i] * tick`` seconds."""
    expression = "0"
    for index, stamp in enumerate(stamps):
        expression = f"if(eq(N,{index}),{stamp},{expression})"
    setpts = f"settb={tick},setpts='{expression}'"
    extra = ("-vf", setpts, "-fps_mode", "passthrough", "-enc_time_base:v", "filter")
    scale = ("-video_track_timescale", str(tick.denominator))
    return write_strip(path, "30", len(stamps), *X264, *scale, before=extra)


def write_flat(path: Path, color: str, *codec: str, size: str = "64x64") -> Path:
    """A second of one colour, ten frames of it."""
    ffmpeg("-f", "lavfi", "-i", f"color={color}:s={size}:r=10:d=1", *codec, path)
    return path


def write_exact(
    path: Path,
    colors: Sequence[Sequence[int]],
    red: float,
    blue: float,
    matrix: str,
    scope: str,
    pixels: str,
) -> Path:
    """
    A second of four colours in a square whose samples are computed: a scaler dithers.

    *red* and *blue* are their shares in brightness; *scope* is ``tv`` or ``pc``.
    """
    r, g, b = np.array(colors).T / 255
    y = red * r + (1 - red - blue) * g + blue * b
    low, high, span = (16, 219, 224) if scope == "tv" else (0, 255, 255)
    around = [(b - y) / (2 - 2 * blue), (r - y) / (2 - 2 * red)]
    levels = [low + high * y, *(128 + span * share for share in around)]
    deep, sides = pixels.endswith("10le"), [32, 16, 16]
    if pixels.startswith("yuv444"):
        sides = [32, 32, 32]
    planes = [
        np.rint(level * (4 if deep else 1))
        .reshape(2, 2)
        .repeat(side, 0)
        .repeat(side, 1)
        for level, side in zip(levels, sides, strict=True)
    ]
    kind = "<u2" if deep else "u1"
    data = b"".join(plane.astype(kind).tobytes() for plane in planes) * 10
    tags = f"setparams=colorspace={matrix}:range={scope}"
    tags += ":color_primaries=bt709:color_trc=bt709"
    raw = ("-f", "rawvideo", "-pix_fmt", pixels, "-s", "64x64", "-r", "10", "-i", "-")
    ffmpeg(*raw, "-vf", tags, "-c:v", "libx264", "-qp", "0", path, data=data)
    return path
