"""
How near a video is to its composition: PSNR against a lossless capture.

Compared is what a player would show: either side's colours are read by its own tags and
brought to limited BT.709 first. The middle of the film stands for all of it, since that
is where it moves most and a lossless capture is slow.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import attrs

import hyperframes_dist as hf
from hyperframes_dist._browser.camera import open_camera
from hyperframes_dist._browser.launch import launch
from hyperframes_dist._model.content import Capture
from hyperframes_dist._model.frames import FrameRange, Segment
from hyperframes_dist._tools.ffmpeg import find_ffmpeg
from hyperframes_dist.progress import Control

_PSNR = re.compile(r"PSNR.*average:(\S+) min:(\S+)")
_MOST_SEGMENTS = 2


@attrs.frozen
class Reference:
    """PNG pictures of *frames*, one after the other in *path*."""

    path: Path
    frames: FrameRange
    rate: int


def capture_lossless(project: Path, target: Path) -> Reference:
    """The segments in the middle of *project*, two at most, into *target*."""
    with tempfile.TemporaryDirectory() as place:
        planned = hf.plan(project, Path(place) / "plan")
        segments = _middle(planned.content.segments)
        capture_plan(planned, target, segments=segments)
    frames = FrameRange(segments[0].frames.start, segments[-1].frames.stop)
    return Reference(target, frames, planned.content.frame_rate.numerator)


def capture_plan(
    planned: hf.Plan,
    target: Path,
    *,
    transparent: bool = False,
    segments: Sequence[Segment] | None = None,
) -> Path:
    """The frames of a plan, or of some *segments* of it, as PNG pictures in *target*."""
    control = Control()
    png = Capture(format="png", quality=None, scale=1, transparent=transparent)
    content = attrs.evolve(planned.content, capture=png)
    with (
        launch(hf.default_chrome(), control=control) as browser,
        open_camera(browser, planned.path, content, control) as camera,
        target.open("wb") as file,
    ):
        # By segments, as a render goes: each is drawn without a memory of the last one.
        for segment in content.segments if segments is None else segments:
            file.writelines(camera.frames(segment.frames))
    return target


def _middle(segments: Sequence[Segment]) -> Sequence[Segment]:
    count = min(len(segments), _MOST_SEGMENTS)
    first = (len(segments) - count) // 2
    return segments[first : first + count]


def judge(video: Path, reference: Reference) -> dict[str, float]:
    """Size in KiB, and average and worst PSNR in dB, of *video*."""
    average, worst = psnr(video, reference)
    size = video.stat().st_size / 1024
    return {
        "kib": round(size),
        "psnr": round(average, 1),
        "psnr_worst": round(worst, 1),
    }


def psnr(video: Path, reference: Reference) -> tuple[float, float]:
    """Average and worst PSNR of the same frames of *video*, in dB."""
    frames = reference.frames
    graph = (
        f"[0:v]trim=start_frame={frames.start}:end_frame={frames.stop},"
        f"settb=1/{reference.rate},setpts=N,{_as_shown(video)}[v];"
        f"[1:v]settb=1/{reference.rate},setpts=N,"
        "scale=in_range=full:out_range=tv:out_color_matrix=bt709:flags=area+bitexact,"
        "format=yuv420p[r];"
        "[v][r]psnr=shortest=1"
    )
    pictures = ("-f", "image2pipe", "-framerate", str(reference.rate), "-c:v", "png")
    return _measure("-i", video, *pictures, "-i", reference.path, "-lavfi", graph)


def _measure(*args: str | Path) -> tuple[float, float]:
    """What the filter psnr in *args* says: average and worst, in dB."""
    done = subprocess.run(
        [find_ffmpeg(), "-hide_banner", "-nostdin", *args, "-f", "null", "-"],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    match = _PSNR.search(done.stderr)
    assert match is not None, done.stderr[-500:]
    return float(match[1]), float(match[2])


def _as_shown(video: Path) -> str:
    """Filters that turn *video* into limited BT.709, by what it says it is."""
    ffprobe = shutil.which("ffprobe")
    assert ffprobe is not None
    entries = "stream=color_space,color_range,pix_fmt"
    done = subprocess.run(
        [
            *(ffprobe, "-v", "error", "-select_streams", "v:0", "-of", "json"),
            *("-show_entries", entries, video),
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    (stream,) = json.loads(done.stdout)["streams"]
    matrix = {"bt470bg": "bt470bg", "smpte170m": "smpte170m"}.get(
        stream.get("color_space", ""), "bt709"
    )
    full = stream.get("color_range") == "pc" or stream["pix_fmt"].startswith("yuvj")
    source = f"setparams=range={'pc' if full else 'tv'}:colorspace={matrix}"
    return (
        f"{source}:color_primaries=bt709:color_trc=bt709,format=yuv420p,"
        "colorspace=space=bt709:range=tv:primaries=bt709:trc=bt709:"
        "format=yuv420p:fast=1"
    )


def compare_videos(video: Path, reference: Path) -> float:
    """Average PSNR of one video's frames against another's, in dB; infinite if equal."""
    return _measure("-i", video, "-i", reference, "-lavfi", "[0:v][1:v]psnr")[0]


def compare_raw(video: Path, reference: Sequence[str]) -> float:
    """Average PSNR of *video* against raw frames, read by ffmpeg's options *reference*."""
    return _measure("-i", video, *reference, "-lavfi", "[0:v][1:v]psnr")[0]
