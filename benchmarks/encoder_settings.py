"""
What do the encoder's settings and the colour conversion cost, and what do they give?

Captured frames of the composition all benchmarks draw, converted and encoded on one
thread: CPU milliseconds a frame, which other processes hardly change, file size, and PSNR
against a lossless capture. It is how the settings of quality `standard` were chosen.

    python benchmarks/encoder_settings.py
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import tempfile
import time
from pathlib import Path

import attrs
from _cli import describe_machine
from _quality import compare_raw
from _scene import write_project

import hyperframes_dist as hf
from hyperframes_dist._browser import launch
from hyperframes_dist._capture import open_camera
from hyperframes_dist._encode import segment_args
from hyperframes_dist._ffmpeg import find_ffmpeg
from hyperframes_dist._frames import FrameRange
from hyperframes_dist._manifest import Content
from hyperframes_dist._plan_parts import Capture
from hyperframes_dist.progress import Control

SIZE = (1280, 720)
TUNED = "aq-mode=2:aq-strength=0.4:rc-lookahead=8:direct=auto:chroma-qp-offset=-1"
SETTINGS = (
    # JPEG quality, preset, CRF, and what differs from the preset.
    (95, "veryfast", 19, "bframes=0:aq-mode=2:rc-lookahead=20"),
    (98, "veryfast", 19, "bframes=0:aq-mode=2:rc-lookahead=20"),
    (98, "veryfast", 18, "aq-mode=2:rc-lookahead=20"),
    (98, "veryfast", 17, "aq-mode=2:aq-strength=0.4:rc-lookahead=20"),
    (95, "veryfast", 17, TUNED),
    (98, "veryfast", 17, TUNED),
    (98, "superfast", 17, TUNED),
    (98, "faster", 17, TUNED),
    (98, "medium", 18, ""),
)
EXACT = (
    "scale=in_range=full:out_range=tv:out_color_matrix=bt709:"
    "flags=bicubic+accurate_rnd+full_chroma_int+bitexact,format=yuv420p"
)
SCALER = (
    "scale=in_range=full:in_color_matrix=bt601:out_range=tv:out_color_matrix=bt709:"
    "flags=bicubic+accurate_rnd+bitexact,format=yuv420p"
)


def capture(folder: Path, frames: int) -> tuple[dict[int, Path], Path, str]:
    """
    Frames as a render captures them.

    Returns:
        The pictures by JPEG quality; the same ones without loss, as the encoder is given
        them; and the filters a render converts JPEG by.
    """
    project = write_project(folder / "project", *SIZE, 10)
    planned = hf.plan(project, folder / "plan")
    pictures = {}
    for quality in sorted({row[0] for row in SETTINGS}):
        shot = attrs.evolve(planned.content.capture, quality=quality)
        content = attrs.evolve(planned.content, capture=shot)
        pictures[quality] = folder / f"{quality}.mjpeg"
        seconds = draw(planned, content, pictures[quality], frames)
        print(
            f"capture as JPEG {quality}: {1000 * seconds / frames:.1f} ms, by the clock"
        )
    lossless = Capture(format="png", quality=None, scale=1, transparent=False)
    content = attrs.evolve(planned.content, capture=lossless)
    draw(planned, content, folder / "lossless.png", frames)
    read = ["-f", "image2pipe", "-framerate", "30", "-c:v", "png"]
    raw = folder / "lossless.yuv"
    run(*read, "-i", folder / "lossless.png", "-vf", EXACT, "-f", "rawvideo", raw)
    args = segment_args(planned.content, folder / "unused.mp4")
    return pictures, raw, str(args[args.index("-vf") + 1])


def draw(planned: hf.Plan, content: Content, target: Path, frames: int) -> float:
    """The first *frames* of a plan as *content* says; returns how long they took."""
    control = Control()
    with (
        launch(hf.default_chrome(), control=control) as browser,
        open_camera(browser, planned.path, content, control) as camera,
        target.open("wb") as file,
    ):
        began = time.monotonic()
        file.writelines(camera.frames(FrameRange(0, frames)))
        return time.monotonic() - began


def run(*args: str | Path) -> float:
    """CPU seconds ffmpeg takes, on one thread a stage."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    command = [find_ffmpeg(), "-v", "error", "-nostdin", "-y", "-filter_threads", "1"]
    subprocess.run([*command, *args], check=True, timeout=600)
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before


def convert(pictures: Path, filters: str, raw: Path, frames: int) -> None:
    """Print what decoding and converting cost; *raw* gets what the filter gives."""
    read = ["-f", "image2pipe", "-framerate", "30", "-c:v", "mjpeg", "-threads", "1"]
    read += ["-i", str(pictures)]
    decode = run(*read, "-f", "null", "-")
    print(f"decoding{1000 * decode / frames:37.2f} ms")
    for name, graph in (("filter", filters), ("scaler", SCALER)):
        spent = run(*read, "-vf", graph, "-f", "null", "-") - decode
        print(f"conversion by the {name:24} {1000 * spent / frames:6.2f} ms")
    run(*read, "-vf", filters, "-f", "rawvideo", raw)


def encode(raws: dict[int, Path], lossless: Path, video: Path, frames: int) -> None:
    """Print what each of `SETTINGS` makes of the frames *raws*."""
    shape = ["-f", "rawvideo", "-s", "{}x{}".format(*SIZE), "-pix_fmt", "yuv420p"]
    shape += ["-r", "30", "-i"]
    for quality, preset, crf, own in SETTINGS:
        source = [*shape, str(raws[quality])]
        params = f"open-gop=0:scenecut=0:cpu-independent=1:mbtree=1:{own}".rstrip(":")
        options = ["-c:v", "libx264", "-threads", "1", "-g", "30", "-keyint_min", "30"]
        options += ["-preset", preset, "-crf", str(crf), "-x264-params", params]
        idle = run(*source, "-f", "null", "-")
        spent = 1000 * (run(*source, *options, video) - idle) / frames
        near = compare_raw(video, [*shape, str(lossless)])
        name = f"JPEG {quality}, {preset}, CRF {crf}, {own or 'nothing else'}"
        size = video.stat().st_size / 1024
        print(f"{name:110} {spent:6.2f} ms {size:6.0f} KiB {near:6.2f} dB")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("--frames", type=int, default=120, help="how many (120)")
    frames = parser.parse_args().frames
    print(describe_machine())
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        pictures, lossless, filters = capture(folder, frames)
        raws = {quality: folder / f"{quality}.yuv" for quality in pictures}
        for quality, path in pictures.items():
            print(f"JPEG {quality}, {path.stat().st_size / frames / 1024:.0f} KiB each")
            convert(path, filters, raws[quality], frames)
        encode(raws, lossless, folder / "out.mp4", frames)


if __name__ == "__main__":
    main()
