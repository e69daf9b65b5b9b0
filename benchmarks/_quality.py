"""How near a video is to its composition: PSNR against a lossless capture."""

from __future__ import annotations

import re
import subprocess
import tempfile
from pathlib import Path

import attrs

import hyperframes_dist as hf
from hyperframes_dist._browser import launch
from hyperframes_dist._capture import open_camera
from hyperframes_dist._ffmpeg import find_ffmpeg
from hyperframes_dist._plan_parts import Capture
from hyperframes_dist.progress import Control

_PSNR = re.compile(r"PSNR.*average:(\S+) min:(\S+)")


def capture_lossless(project: Path, target: Path) -> Path:
    """Every frame of *project* as PNG pictures, one after the other in *target*."""
    with tempfile.TemporaryDirectory() as place:
        planned = hf.plan(project, Path(place) / "plan")
        return capture_plan(planned, target)


def capture_plan(planned: hf.Plan, target: Path, *, transparent: bool = False) -> Path:
    """Every frame of a plan as PNG pictures, one after the other in *target*."""
    control = Control()
    png = Capture(format="png", quality=None, scale=1, transparent=transparent)
    content = attrs.evolve(planned.content, capture=png)
    with (
        launch(hf.default_chrome(), control=control) as browser,
        open_camera(browser, planned.path, content, control) as camera,
        target.open("wb") as file,
    ):
        # By segments, as a render goes: each is drawn without a memory of the last one.
        for segment in content.segments:
            file.writelines(camera.frames(segment.frames))
    return target


def psnr(video: Path, reference: Path, rate: int = 30) -> tuple[float, float]:
    """Average and worst PSNR of *video*'s frames against *reference*, in dB."""
    graph = (
        "[1:v]scale=in_range=full:out_range=tv:out_color_matrix=bt709,format=yuv420p[r];"
        "[0:v][r]psnr"
    )
    done = subprocess.run(
        [
            *(find_ffmpeg(), "-hide_banner", "-nostdin", "-i", video),
            *("-f", "image2pipe", "-framerate", str(rate), "-c:v", "png"),
            *("-i", reference, "-lavfi", graph, "-f", "null", "-"),
        ],
        capture_output=True,
        text=True,
        timeout=600,
        check=True,
    )
    match = _PSNR.search(done.stderr)
    assert match is not None, done.stderr[-500:]
    return float(match[1]), float(match[2])


def compare_videos(video: Path, reference: Path) -> float:
    """Average PSNR of one video's frames against another's, in dB; infinite if equal."""
    inputs = ["-i", video, "-i", reference]
    done = subprocess.run(
        [
            *(find_ffmpeg(), "-hide_banner", "-nostdin", *inputs),
            *("-lavfi", "[0:v][1:v]psnr", "-f", "null", "-"),
        ],
        capture_output=True,
        text=True,
        timeout=600,
        check=True,
    )
    match = _PSNR.search(done.stderr)
    assert match is not None, done.stderr[-500:]
    return float(match[1])
