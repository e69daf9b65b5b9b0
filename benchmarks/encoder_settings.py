"""
What do the encoder's settings and the colour conversion cost, and what do they give?

Captured frames of the composition all benchmarks draw, converted and encoded on one
thread: CPU milliseconds a frame, which other processes hardly change, file size, and PSNR
against the encoder's input. It is how the settings of quality `standard` were chosen.

    python benchmarks/encoder_settings.py
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import tempfile
from pathlib import Path

from _cli import describe_machine
from _quality import compare_raw
from _scene import write_project

import hyperframes_dist as hf
from hyperframes_dist._browser import launch
from hyperframes_dist._capture import open_camera
from hyperframes_dist._encode import segment_args
from hyperframes_dist._ffmpeg import find_ffmpeg
from hyperframes_dist._frames import FrameRange
from hyperframes_dist.progress import Control

SIZE = (1280, 720)
SETTINGS = (
    ("veryfast", 3, 20, 10),
    ("superfast", 3, 21, 20),
    ("superfast", 2, 20, 20),
    ("veryfast", 2, 19, 20),
    ("veryfast", 0, 20, 20),
    ("faster", 0, 20, 20),
)
SCALER = (
    "scale=in_range=full:in_color_matrix=bt601:out_range=tv:out_color_matrix=bt709:"
    "flags=bicubic+accurate_rnd+bitexact,format=yuv420p"
)


def capture(folder: Path, frames: int) -> tuple[Path, str]:
    """Frames as a render captures them, and the filters it converts them by."""
    project = write_project(folder / "project", *SIZE, 10)
    planned, control = hf.plan(project, folder / "plan"), Control()
    pictures = folder / "frames.mjpeg"
    with (
        launch(hf.default_chrome(), control=control) as browser,
        open_camera(browser, planned.path, planned.content, control) as camera,
        pictures.open("wb") as file,
    ):
        file.writelines(camera.frames(FrameRange(0, frames)))
    args = segment_args(planned.content, folder / "unused.mp4")
    return pictures, str(args[args.index("-vf") + 1])


def run(*args: str | Path) -> float:
    """CPU seconds ffmpeg takes, on one thread a stage."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    command = [find_ffmpeg(), "-v", "error", "-nostdin", "-y", "-filter_threads", "1"]
    subprocess.run([*command, *args], check=True, timeout=600)
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before


def convert(pictures: Path, filters: str, raw: Path, frames: int) -> None:
    """Print what converting costs beside decoding; *raw* gets what the filter gives."""
    read = ["-f", "image2pipe", "-framerate", "30", "-c:v", "mjpeg", "-threads", "1"]
    read += ["-i", str(pictures)]
    decode = run(*read, "-f", "null", "-")
    for name, graph in (("filter", filters), ("scaler", SCALER)):
        spent = run(*read, "-vf", graph, "-f", "null", "-") - decode
        print(f"conversion by the {name:24} {1000 * spent / frames:6.2f} ms")
    run(*read, "-vf", filters, "-f", "rawvideo", raw)


def encode(raw: Path, video: Path, frames: int) -> None:
    """Print what each of `SETTINGS` makes of the frames *raw*."""
    shape = ["-f", "rawvideo", "-s", "{}x{}".format(*SIZE), "-pix_fmt", "yuv420p"]
    shape += ["-r", "30", "-i", str(raw)]
    idle = run(*shape, "-f", "null", "-")
    for preset, aq, crf, ahead in SETTINGS:
        params = (
            f"open-gop=0:scenecut=0:cpu-independent=1:aq-mode={aq}:mbtree=1:"
            f"rc-lookahead={ahead}"
        )
        options = ["-c:v", "libx264", "-threads", "1", "-g", "30", "-bf", "0"]
        options += ["-preset", preset, "-crf", str(crf), "-x264-params", params]
        spent = 1000 * (run(*shape, *options, video) - idle) / frames
        size, near = video.stat().st_size / 1024, compare_raw(video, shape)
        name = f"{preset}, aq-mode {aq}, CRF {crf}, lookahead {ahead}"
        print(f"{name:42} {spent:6.2f} ms {size:6.0f} KiB {near:6.2f} dB")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("--frames", type=int, default=120, help="how many (120)")
    frames = parser.parse_args().frames
    print(describe_machine())
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        pictures, filters = capture(folder, frames)
        convert(pictures, filters, folder / "frames.yuv", frames)
        encode(folder / "frames.yuv", folder / "out.mp4", frames)


if __name__ == "__main__":
    main()
