"""Clips, sounds and pictures for compositions, generated: the same bytes on every run."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from hyperframes_dist._tools.ffmpeg import find_ffmpeg

_EXACT = ("-fflags", "+bitexact", "-flags:v", "+bitexact", "-flags:a", "+bitexact")
_H264 = ("-c:v", "libx264", "-crf", "12", "-pix_fmt", "yuv420p", "-g", "12")
_TAGS = ("-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709")
_TO_709 = "scale=out_color_matrix=bt709:out_range=tv"
_ALPHA = (
    "-c:v",
    "libvpx-vp9",
    "-pix_fmt",
    "yuva420p",
    "-auto-alt-ref",
    "0",
    "-b:v",
    "2M",
)
# A tone whose loudness swells five times a second, so that its envelope has a shape.
_SWELL = (
    "aevalsrc='{left}*(0.6+0.4*sin(10*PI*t))*sin({hz}*2*PI*t)|{right}':d={d}:s={rate}"
)


def _ffmpeg(*args: str | Path) -> None:
    command = [find_ffmpeg(), "-v", "error", "-nostdin", "-y", "-threads", "1", *args]
    subprocess.run(command, check=True, timeout=300)


def _video(path: Path, *, size: str = "320x180", rate: int = 30, d: float = 2) -> None:
    source = f"testsrc2=s={size}:r={rate}:d={d}"
    filters = f"{_TO_709},format=yuv420p"
    _ffmpeg("-f", "lavfi", "-i", source, "-vf", filters, *_H264, *_TAGS, *_EXACT, path)


def _talk(path: Path, *, size: str = "960x540", d: float = 17) -> None:
    """A clip with sound, as the camera of a talking head gives it."""
    picture = ("-f", "lavfi", "-i", f"testsrc2=s={size}:r=30:d={d}")
    sound = ("-f", "lavfi", "-i", _sound_source(d=d))
    filters = ("-vf", f"{_TO_709},format=yuv420p")
    codecs = (*_H264, *_TAGS, "-c:a", "aac", "-b:a", "128k")
    _ffmpeg(*picture, *sound, *filters, *codecs, *_EXACT, path)


def _alpha(path: Path, *, d: float = 1.5) -> None:
    """A disc whose rim is soft, on nothing."""
    alpha = "clip(255*(60-hypot(X-80,Y-60))/20,0,255)"
    graph = f"testsrc2=s=160x120:r=30:d={d},format=rgba,geq=r='r(X,Y)':g='g(X,Y)':b='b(X,Y)'"
    source = f"{graph}:a='{alpha}'"
    _ffmpeg("-f", "lavfi", "-i", source, *_ALPHA, *_EXACT, path)


def _sound_source(
    *, hz: int = 440, d: float = 2, rate: int = 48_000, stereo: bool = True
) -> str:
    right = f"0.2*(0.5+0.5*sin(6*PI*t))*sin({hz * 3 // 2}*2*PI*t)"
    source = _SWELL.format(left=0.3, hz=hz, right=right, d=d, rate=rate)
    return source if stereo else source.replace(f"|{right}", "")


def _sound(path: Path, **options: object) -> None:
    source = _sound_source(**options)  # type: ignore[arg-type]
    _ffmpeg("-f", "lavfi", "-i", source, "-c:a", "pcm_s16le", *_EXACT, path)


def _paper(path: Path) -> None:
    """A texture as the template's address gives: grey noise, half transparent."""
    noise = "nullsrc=s=128x128:d=0.1:r=10,geq=lum='200+50*random(1)':cb=128:cr=128"
    _ffmpeg(
        "-f", "lavfi", "-i", f"{noise},format=rgba", "-frames:v", "1", *_EXACT, path
    )


def _photo(path: Path, *, size: str = "200x150") -> None:
    _ffmpeg(
        "-f", "lavfi", "-i", f"testsrc=s={size}:d=0.1", "-frames:v", "1", *_EXACT, path
    )


CLIPS: Mapping[str, Callable[[Path], None]] = {
    "talk.mp4": _talk,
    "talk-short.mp4": partial(_talk, size="320x180", d=2),
    "clip.mp4": _video,
    "clip-25.mp4": partial(_video, rate=25, d=1.2),
    "clip-60.mp4": partial(_video, rate=60, d=1),
    "clip-short.mp4": partial(_video, d=0.5),
    "clip-alpha.webm": _alpha,
    "paper.png": _paper,
    "photo.png": _photo,
    "photo.jpg": _photo,
    "tone.wav": _sound,
    "tone-high.wav": partial(_sound, hz=1320, d=1),
    "tone-mono.wav": partial(_sound, hz=330, rate=44_100, stereo=False),
}
"""How each generated file is made, by its name."""
