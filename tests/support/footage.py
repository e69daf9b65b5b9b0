"""Sources whose packets are decoded by whoever shows them, and what is decoded from them."""

from __future__ import annotations

from contextlib import closing
from fractions import Fraction
from pathlib import Path

from hyperframes_dist._media.footage import Reel, shown_numbers
from hyperframes_dist._media.pictures import PictureMaker, Pictures
from hyperframes_dist._model.composition import MediaClip
from hyperframes_dist._model.frames import FrameRate
from hyperframes_dist.progress import Control
from sources import ffmpeg

SIZE = (160, 96)
_KEYS = ("-g", "30", "-sc_threshold", "0")
_H264 = ("-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p")
_ALPHA = "format=yuva420p,geq=lum='lum(X,Y)':cb='cb(X,Y)':cr='cr(X,Y)':a='mod(X+N,255)'"
_UNEVEN = "select='mod(n*n\\,7)-1'"

SOURCES = {
    "closed groups": (".mp4", (), (*_H264, *_KEYS, "-bf", "3")),
    "open groups": (
        ".mp4",
        (),
        (*_H264, *_KEYS, "-bf", "3", "-x264-params", "open-gop=1:scenecut=0"),
    ),
    "no group but the first": (
        ".mp4",
        (),
        (*_H264, *_KEYS, "-x264-params", "intra-refresh=1"),
    ),
    "a variable rate": (".mp4", ("-vf", _UNEVEN), (*_H264, *_KEYS, "-fps_mode", "vfr")),
    "a transport stream": (".ts", (), (*_H264, *_KEYS)),
    "ten bits": (".mp4", (), ("-c:v", "libx264", *_KEYS, "-pix_fmt", "yuv444p10le")),
    "H.265": (
        ".mp4",
        (),
        ("-c:v", "libx265", "-g", "30", "-x265-params", "log-level=none:open-gop=1"),
    ),
    "VP9": (".webm", (), ("-c:v", "libvpx-vp9", "-g", "30", "-b:v", "200k")),
    "VP9 with alpha": (
        ".webm",
        ("-vf", _ALPHA),
        ("-c:v", "libvpx-vp9", "-g", "30", "-auto-alt-ref", "0"),
    ),
    "AV1": (".mp4", (), ("-c:v", "libaom-av1", "-cpu-used", "8", "-g", "30")),
}
"""Suffix, filters and encoder of sources that are cut into runs of packets."""

PICTURES = {
    "fields": (
        ".mov",
        (),
        (*_H264, *_KEYS, "-flags", "+ilme+ildct", "-x264-params", "tff=1"),
    ),
    "VP8": (".webm", (), ("-c:v", "libvpx", "-g", "30", "-b:v", "200k")),
    "ProRes": (".mov", (), ("-c:v", "prores_ks")),
}
"""Likewise of sources whose pictures are made while planning."""


def write_source(folder: Path, name: str, seconds: int = 3) -> Path:
    """The source *name* of the tables, noisy, so that no frame is another one's."""
    suffix, filters, codec = (SOURCES | PICTURES)[name]
    path = folder / f"source{suffix}"
    size = "{}x{}".format(*SIZE)
    pattern = f"testsrc2=s={size}:r=30:d={seconds},noise=alls=12"
    ffmpeg("-f", "lavfi", "-i", pattern, *filters, *codec, path)
    return path


def plan_source(path: Path, folder: Path, seconds: int = 3, **clip: object) -> Pictures:
    """What the plan in *folder* holds of a clip that shows *path*, a segment a second."""
    (folder / "draft").mkdir(parents=True)
    (folder / "work").mkdir()
    maker = PictureMaker(
        draft=folder / "draft",
        work=folder / "work",
        rate=FrameRate(30),
        frame_count=30 * seconds,
        readers=lambda frame: (frame // 30,),
        room=1 << 30,
    )
    row = MediaClip(
        id="v",
        kind="video",
        src=path.name,
        start=Fraction(0),
        end=Fraction(seconds),
        **clip,  # type: ignore[arg-type]
    )
    return maker.make([row], lambda _: path, control=Control())


def open_reel(made: Pictures, folder: Path) -> closing[Reel]:
    """The one source of *made*, whose plan lies in *folder*."""
    (row,) = made.footage
    files = {artifact.path: artifact for artifact in made.artifacts}
    return closing(Reel(folder / "draft", row, files, shown_numbers(made.videos)))
