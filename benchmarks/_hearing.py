"""How near the sound of two renderings is: envelope, level and lag."""

from __future__ import annotations

import subprocess
from pathlib import Path

import attrs
import numpy as np

from hyperframes_dist._tools.ffmpeg import find_ffmpeg

RATE = 48_000
_STEP = RATE // 200  # 5 ms
_SEARCH = RATE // 10  # 100 ms


@attrs.frozen(kw_only=True)
class Sound:
    """
    Two soundtracks beside each other.

    Attributes:
        correlation: Of the envelopes, windows of 5 ms, once the lag is taken out.
        lag: Seconds ours comes after theirs.
        level: Ours against theirs, in dB.
        seconds: How long each is.
    """

    correlation: float
    lag: float
    level: float
    seconds: tuple[float, float]


def compare_sound(ours: Path, theirs: Path) -> Sound:
    """Compare the first soundtrack of two files."""
    a, b = _decode(ours), _decode(theirs)
    count = min(len(a), len(b))
    lag = _lag(a[:count].sum(1), b[:count].sum(1))
    shifted = np.roll(a[:count], -lag, axis=0)
    one, other = _envelope(shifted), _envelope(b[:count])
    power = np.mean(a**2) / max(float(np.mean(b**2)), 1e-12)
    return Sound(
        correlation=_correlation(one, other),
        lag=lag / RATE,
        level=10 * float(np.log10(max(power, 1e-12))),
        seconds=(len(a) / RATE, len(b) / RATE),
    )


def _decode(path: Path) -> np.ndarray:
    command = [find_ffmpeg(), "-v", "error", "-nostdin", "-i", path, "-map", "0:a:0"]
    command += ["-ac", "2", "-ar", str(RATE), "-f", "f32le", "-"]
    done = subprocess.run(command, check=True, capture_output=True, timeout=120)
    return np.frombuffer(done.stdout, "<f4").reshape(-1, 2).astype(float)


def _lag(a: np.ndarray, b: np.ndarray) -> int:
    size = 1 << (2 * len(a)).bit_length()
    product = np.fft.rfft(a, size) * np.conj(np.fft.rfft(b, size))
    likeness = np.fft.irfft(product, size)
    near = np.concatenate([likeness[-_SEARCH:], likeness[: _SEARCH + 1]])
    return int(np.argmax(near)) - _SEARCH


def _envelope(samples: np.ndarray) -> np.ndarray:
    count = len(samples) // _STEP
    return np.sqrt((samples[: count * _STEP].reshape(count, -1) ** 2).mean(1))


def _correlation(a: np.ndarray, b: np.ndarray) -> float:
    # An even tone has an envelope without shape: what is left is the coder's noise.
    if min(a.std(), b.std()) < 0.02 * max(a.mean(), b.mean()):
        return 1.0 - float(np.abs(a - b).max() / max(b.max(), 1e-9))
    return float(np.corrcoef(a, b)[0, 1])
