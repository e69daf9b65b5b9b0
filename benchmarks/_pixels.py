"""How near two renderings are, frame by frame: PSNR and SSIM of lossless pictures."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from pathlib import Path

import attrs
import numpy as np

from hyperframes_dist._tools.ffmpeg import find_ffmpeg

EQUAL_DB = 99.0
"""What two equal frames count as, since their ratio has no end."""
_WINDOW, _STRIDE = 8, 4
_C1, _C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
_LUMA = np.array([0.2126, 0.7152, 0.0722], dtype=np.float32)


@attrs.frozen
class Likeness:
    """How near the frames of two renderings are, in their order."""

    psnr: Sequence[float]
    ssim: Sequence[float]

    @property
    def worst_frame(self) -> int:
        """The frame with the lowest PSNR."""
        return int(np.argmin(self.psnr))


def compare(
    ours: Sequence[str | Path], theirs: Sequence[str | Path], size: tuple[int, int]
) -> tuple[Likeness, tuple[int, int]]:
    """
    Compare two sequences of pictures, named as ffmpeg's input arguments.

    A picture may be transparent, so each is laid on black and on white, and the worse of
    the two counts.

    Returns:
        The likeness of the frames both have, and how many each has.
    """
    psnr, ssim, counts = [], [], [0, 0]
    for a, b in zip_longest(_frames(ours, size), _frames(theirs, size)):
        counts[0] += a is not None
        counts[1] += b is not None
        if a is None or b is None:
            continue
        decibel, structure = _likeness(a, b)
        psnr.append(decibel)
        ssim.append(structure)
    return Likeness(psnr, ssim), (counts[0], counts[1])


def _frames(
    source: Sequence[str | Path], size: tuple[int, int]
) -> Iterator[np.ndarray]:
    width, height = size
    command = [find_ffmpeg(), "-v", "error", "-nostdin", *source]
    command += ["-f", "rawvideo", "-pix_fmt", "rgba", "-"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        while data := process.stdout.read(width * height * 4):
            yield np.frombuffer(data, np.uint8).reshape(height, width, 4)


def _likeness(a: np.ndarray, b: np.ndarray) -> tuple[float, float]:
    if np.array_equal(a, b):
        return EQUAL_DB, 1.0
    pairs = list(zip(_grounds(a), _grounds(b), strict=True))
    if all(x is pairs[0][0] and y is pairs[0][1] for x, y in pairs):
        pairs = pairs[:1]
    psnr = min(_psnr(x, y) for x, y in pairs)
    return psnr, min(_ssim(x @ _LUMA, y @ _LUMA) for x, y in pairs)


def _grounds(frame: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The frame on black and on white; one and the same where nothing shines through."""
    if frame[:, :, 3].min() == 255:
        opaque = frame[:, :, :3].astype(np.float32)
        return opaque, opaque
    alpha = frame[:, :, 3:].astype(np.float32)
    black = frame[:, :, :3] * (alpha / 255)
    return black, black + (255 - alpha)


def _psnr(a: np.ndarray, b: np.ndarray) -> float:
    error = float(np.mean((a - b) ** 2))
    return min(EQUAL_DB, 10 * np.log10(255**2 / error)) if error else EQUAL_DB


def _ssim(a: np.ndarray, b: np.ndarray) -> float:
    a, b = a.astype(np.float64), b.astype(np.float64)
    mean_a, mean_b = _means(a), _means(b)
    square_a = _means(a * a) - mean_a**2
    square_b = _means(b * b) - mean_b**2
    both = _means(a * b) - mean_a * mean_b
    light = (2 * mean_a * mean_b + _C1) / (mean_a**2 + mean_b**2 + _C1)
    return float((light * (2 * both + _C2) / (square_a + square_b + _C2)).mean())


def _means(values: np.ndarray) -> np.ndarray:
    """The mean of every window of 8 by 8, four apart."""
    sums = np.pad(values, ((1, 0), (1, 0))).cumsum(0).cumsum(1)
    n, s = _WINDOW, _STRIDE
    blocks = sums[n:, n:] - sums[:-n, n:] - sums[n:, :-n] + sums[:-n, :-n]
    return blocks[::s, ::s] / n**2
