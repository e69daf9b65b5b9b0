"""Sound for tests: files made of clicks and tones, and what a file decodes to."""

from __future__ import annotations

import io
import subprocess
import tempfile
import wave
from pathlib import Path

import numpy as np

from hyperframes_dist import Plan
from hyperframes_dist._media.mix import mix_tracks
from hyperframes_dist._tools.ffmpeg import find_ffmpeg
from hyperframes_dist.progress import Control

RATE = 48_000
LEVEL = 16_000


def wav(samples: np.ndarray, rate: int = RATE) -> bytes:
    """A WAV file of ``(n,)`` or ``(n, channels)`` 16-bit *samples*."""
    data = samples.reshape(len(samples), -1).astype("<i2")
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(data.shape[1])
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(data.tobytes())
    return buffer.getvalue()


def clicks(
    seconds: float, *times: float, rate: int = RATE, level: int = LEVEL
) -> bytes:
    """Silence with single samples of *level* at *times*."""
    samples = np.zeros(round(seconds * rate))
    samples[[round(time * rate) for time in times]] = level
    return wav(samples, rate)


def level(seconds: float, value: int = LEVEL) -> bytes:
    """One *value* all along: what becomes of it is the gain."""
    return wav(np.full(round(seconds * RATE), value))


def noise(seconds: float, channels: int = 1) -> np.ndarray:
    """Samples that are alike nowhere."""
    dice = np.random.default_rng(7)
    return dice.integers(-9000, 9000, (round(seconds * RATE), channels))


def convert(data: bytes, *options: str, suffix: str, folder: Path) -> bytes:
    """*data*, coded by ffmpeg with *options* into a file of that *suffix*."""
    source, target = folder / "before.wav", folder / f"after{suffix}"
    source.write_bytes(data)
    ffmpeg("-i", source, *options, target)
    made = target.read_bytes()
    source.unlink()
    target.unlink()
    return made


def ffmpeg(*args: object) -> bytes:
    """Run ffmpeg; gives its standard output."""
    command = [find_ffmpeg(), "-v", "error", "-nostdin", "-y", *map(str, args)]
    return subprocess.run(command, check=True, capture_output=True, timeout=120).stdout


def decode(path: Path) -> np.ndarray:
    """The first audio stream of *path* as ``(n, 2)`` 16-bit samples."""
    raw = ffmpeg("-i", path, "-map", "0:a:0", "-f", "s16le", "-")
    return np.frombuffer(raw, "<i2").reshape(-1, 2).astype(int)


def mixed(plan: Plan) -> np.ndarray:
    """What is heard of *plan* before it is coded, as ``(n, 2)`` 16-bit samples."""
    assert plan.content.sound is not None
    with tempfile.TemporaryDirectory() as folder:
        place, path = Path(folder), Path(folder, "mix.flac")
        mix_tracks(
            plan.content.sound,
            plan.path,
            ("-sample_fmt", "s16", "-c:a", "flac"),
            path,
            scratch=place,
            control=Control(),
        )
        return decode(path)


def streams(path: Path) -> list[str]:
    """The kinds of the file's streams, in order."""
    args = [find_ffmpeg(), "-hide_banner", "-nostdin", "-i", path]
    done = subprocess.run(args, check=False, capture_output=True, timeout=60, text=True)
    rows = [line for line in done.stderr.splitlines() if "Stream #" in line]
    return ["audio" if "Audio:" in row else "video" for row in rows]
