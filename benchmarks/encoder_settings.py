"""
What do the encoder's settings and the colour conversion cost, and what do they give?

Captured frames of a scene, converted and encoded on one thread: CPU milliseconds a frame,
which other processes hardly change, file size, and PSNR against the frames before they were
encoded. It is how the settings of quality `standard` were chosen.

    python benchmarks/encoder_settings.py cards slides webgl circles
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import tempfile
from pathlib import Path

from _cli import describe_machine
from _quality import compare_raw
from _scenes import SCENES, SIZE

import hyperframes_dist as hf
from hyperframes_dist._browser.camera import open_camera
from hyperframes_dist._browser.launch import launch
from hyperframes_dist._encode.segment import segment_args
from hyperframes_dist._model.frames import FrameRange
from hyperframes_dist._tools.ffmpeg import find_ffmpeg
from hyperframes_dist.progress import Control

SECONDS = 4
TUNED = (
    "aq-mode=2:aq-strength=0.4:rc-lookahead=8:direct=auto:chroma-qp-offset=-1:b-adapt=0"
)
SETTINGS = (
    # Preset, CRF, and what differs from the preset.
    ("ultrafast", 17, f"{TUNED}:bframes=3:cabac=1:8x8dct=1"),
    ("superfast", 18, TUNED),
    ("superfast", 18, f"{TUNED}:subme=2"),
    ("veryfast", 18, f"{TUNED}:partitions=i8x8,i4x4"),
    ("veryfast", 18, TUNED),
    ("veryfast", 17, TUNED),
    ("faster", 19, TUNED),
    ("medium", 18, ""),
)
BICUBIC = (
    "scale=in_range=full:out_range=tv:out_color_matrix=bt709:"
    "flags=bicubic+accurate_rnd+bitexact,format=yuv420p"
)
RAW = ("-f", "rawvideo", "-s", "{}x{}".format(*SIZE), "-r", "30")


def capture(folder: Path, scene: str, frames: int) -> tuple[Path, str]:
    """The pixels of frames as a render reads them, and the filters it converts them by."""
    project = SCENES[scene].write(folder / "project", SECONDS)
    planned, control = hf.plan(project, folder / "plan"), Control()
    target = folder / "frames.bgra"
    with (
        launch(hf.default_chrome(), control=control) as browser,
        open_camera(
            browser, planned.path, planned.content, control, raw=True
        ) as camera,
        target.open("wb") as file,
    ):
        assert camera.is_raw
        file.writelines(camera.frames(FrameRange(0, frames)))
    args = segment_args(planned.content, folder / "unused.mp4", raw=True)
    return target, str(args[args.index("-vf") + 1])


def run(*args: str | Path) -> float:
    """CPU seconds ffmpeg takes, on one thread a stage."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    command = [find_ffmpeg(), "-v", "error", "-nostdin", "-y", "-filter_threads", "1"]
    subprocess.run([*command, *args], check=True, timeout=600)
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before


def convert(pixels: Path, filters: str, made: Path, frames: int) -> None:
    """Print what converting costs; *made* gets the frames as a render converts them."""
    read = [*RAW, "-pix_fmt", "bgra", "-i", pixels]
    idle = run(*read, "-f", "null", "-")
    for name, graph in (("in a render", filters), ("bicubic", BICUBIC)):
        spent = run(*read, "-vf", graph, "-f", "null", "-") - idle
        print(f"conversion as {name:12} {1000 * spent / frames:6.2f} ms")
    run(*read, "-vf", filters, "-f", "rawvideo", made)


def encode(made: Path, video: Path, frames: int) -> None:
    """Print what each of `SETTINGS` makes of the frames in *made*."""
    shape = [*RAW, "-pix_fmt", "yuv420p", "-i"]
    for preset, crf, own in SETTINGS:
        source = [*shape, str(made)]
        params = f"open-gop=0:scenecut=0:cpu-independent=1:mbtree=1:{own}".rstrip(":")
        options = ["-c:v", "libx264", "-threads", "1", "-g", "30", "-keyint_min", "30"]
        options += ["-preset", preset, "-crf", str(crf), "-x264-params", params]
        idle = run(*source, "-f", "null", "-")
        spent = 1000 * (run(*source, *options, video) - idle) / frames
        near = compare_raw(video, source)
        name = f"{preset}, CRF {crf}, {own or 'nothing else'}"
        size = video.stat().st_size / 1024
        print(f"{name:100} {spent:6.2f} ms {size:6.0f} KiB {near:6.2f} dB")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("--frames", type=int, default=60, help="how many (60)")
    parser.add_argument("scenes", nargs="+", choices=list(SCENES))
    args = parser.parse_args()
    print(describe_machine())
    for scene in args.scenes:
        print(scene)
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place)
            pixels, filters = capture(folder, scene, args.frames)
            made = folder / "made.yuv"
            convert(pixels, filters, made, args.frames)
            pixels.unlink()
            encode(made, folder / "out.mp4", args.frames)


if __name__ == "__main__":
    main()
