"""Decoded frames and timestamps of a video, for tests: arithmetic needs pixels."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np

from hyperframes_dist._tools.ffmpeg import find_ffmpeg, probe_video
from hyperframes_dist.progress import Control


def decode_grey(path: Path, width: int, height: int) -> np.ndarray:
    """Every frame's luma as ``(frames, height, width)``, 0 to 255."""
    return _decode(path, "gray").reshape(-1, height, width)


def decode_rgb(path: Path, width: int, height: int) -> np.ndarray:
    """Every frame as ``(frames, height, width, 3)``, 0 to 255."""
    return _decode(path, "rgb24").reshape(-1, height, width, 3)


def _decode(path: Path, pixels: str) -> np.ndarray:
    args = [find_ffmpeg(), "-v", "error", "-nostdin", "-i", path, "-map", "0:v:0"]
    args += ["-fps_mode", "passthrough", "-f", "rawvideo", "-pix_fmt", pixels, "-"]
    done = subprocess.run(args, check=True, capture_output=True, timeout=120)
    return np.frombuffer(done.stdout, dtype=np.uint8)


def times_of(path: Path) -> tuple[object, ...]:
    """The presentation time of every packet."""
    return probe_video(path, control=Control()).times


def describe(path: Path) -> str:
    """What ffmpeg says of the file's video stream."""
    args = [find_ffmpeg(), "-hide_banner", "-nostdin", "-i", path]
    done = subprocess.run(args, check=False, capture_output=True, timeout=60, text=True)
    return next(line for line in done.stderr.splitlines() if "Video:" in line)


def read_strip(frame: np.ndarray) -> int:
    """The number a frame of the timing strip shows in its sixteen cells."""
    cells = frame[frame.shape[0] // 2, 5::10][:16]
    return int("".join("1" if cell > 128 else "0" for cell in cells), 2)
