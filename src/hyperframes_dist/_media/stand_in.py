"""
What a page is given instead of sound or video: silence of the same length.

Any Chrome decodes it, in a moment, and a page that asks how long its media are is told
the truth. Its bytes depend on the length alone.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from .._tools.ffmpeg import run_ffmpeg
from .._tools.files import sha256_file, work_dir
from ..progress import Control

STAND_IN_TYPE = "audio/flac"
_RATE = 48_000
# The largest block there is: an hour of silence takes some tens of kilobytes.
_BLOCK = "65535"


def write_stand_in(
    seconds: Fraction, folder: Path, *, control: Control
) -> tuple[str, int, str]:
    """Write a stand-in of *seconds* into *folder*; gives its name, size and sha256."""
    samples = max(1, round(seconds * _RATE))
    name = f"{samples}.flac"
    path = folder / name
    if not path.exists():
        with work_dir(path) as scratch:
            draft = scratch / name
            _write_silence(draft, samples, control)
            draft.replace(path)
    return (name, *sha256_file(path))


def _write_silence(path: Path, samples: int, control: Control) -> None:
    args: list[str | Path] = [
        *("-f", "lavfi", "-i", f"anullsrc=r={_RATE}:cl=mono"),
        *("-af", f"atrim=end_sample={samples}", "-c:a", "flac", "-sample_fmt", "s16"),
        *("-frame_size", _BLOCK, "-fflags", "+bitexact", "-flags:a", "+bitexact", path),
    ]
    run_ffmpeg(args, what="cannot write a stand-in", control=control)
