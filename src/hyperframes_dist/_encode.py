"""
Frames become one segment: one encoder process, started cold, fed as frames are drawn.

Whatever could make its bytes depend on the machine is pinned: threads, the scaler's
rounding, the encoder's choice of instruction sets, every stamp of a muxer.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ._ffmpeg import QUIET, check_ffmpeg, find_ffmpeg
from ._files import sha256_file
from ._frames import Segment
from ._manifest import Content
from ._process import ProcessTimeout, start
from ._results import SegmentRecord
from .errors import EncodeError
from .progress import Control

ENCODER_SECONDS = 120.0
"""Longest an encoder may go without taking a byte, or take to finish a segment."""

_DECODERS = {"jpeg": ("-c:v", "mjpeg"), "png": ("-c:v", "png")}
# Chrome's JPEG holds BT.601 chroma at full range; PNG holds RGB, which has no matrix.
_INPUT_MATRIX = {"jpeg": "in_color_matrix=bt601:", "png": ""}
_X264 = "open-gop=0:scenecut=0:cpu-independent=1:aq-mode=3"

BITEXACT = (
    *("-fflags", "+bitexact", "-flags:v", "+bitexact", "-map_metadata", "-1"),
    # The box's bit rates are read off the first input file, so grouping would show.
    *("-write_btrt", "0"),
)
"""Given at every mux: without it a muxer stamps versions, dates and random ids."""


def segment_args(content: Content, output: Path) -> list[str | Path]:
    """Ffmpeg's arguments for a segment of *length* frames read from its input."""
    rate, encoder = content.frame_rate, content.encoder
    # The same in the shorter last segment: x264 writes other parameter sets for a group
    # of one picture, and such files do not join.
    group = str(content.segment_frames)
    return [
        *("-f", "image2pipe", "-framerate", str(rate)),
        *_DECODERS[content.capture.format],
        *("-i", "pipe:0", "-vf", _filters(content)),
        *("-pix_fmt", encoder.pixel_format, "-c:v", "libx264"),
        *("-preset", encoder.preset, *_rate_control(content)),
        *("-threads", "1", "-bf", "0", "-g", group, "-keyint_min", group),
        *("-sc_threshold", "0", "-x264-params", _X264),
        *BITEXACT,
        *("-video_track_timescale", str(rate.numerator), output),
    ]


def _filters(content: Content) -> str:
    scale = (
        f"scale=in_range=full:{_INPUT_MATRIX[content.capture.format]}"
        "out_range=tv:out_color_matrix=bt709:flags=bicubic+accurate_rnd+bitexact"
    )
    # 4:2:0 has no odd sizes.
    pad = "pad=ceil(iw/2)*2:ceil(ih/2)*2"
    odd = content.page.width % 2 or content.page.height % 2
    # Chrome's pictures carry an sRGB profile; a player would apply it to BT.709 video.
    plain = "sidedata=delete:type=ICC_PROFILE"
    # The encoder's own colour options yield to what the frames say.
    tags = "setparams=range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709"
    steps = [plain, scale, f"format={content.encoder.pixel_format}", tags]
    steps += [pad] if odd else []
    return ",".join(steps)


def _rate_control(content: Content) -> tuple[str, ...]:
    if content.encoder.bitrate is not None:
        return ("-b:v", content.encoder.bitrate)
    return ("-crf", str(content.encoder.crf))


def encode_segment(
    frames: Iterator[bytes],
    segment: Segment,
    content: Content,
    output: Path,
    *,
    control: Control,
) -> SegmentRecord:
    """
    Encode *frames*, which are those of *segment*, into *output*.

    Raises:
        EncodeError: The encoder refused, died or hung, or the frames were not as many.
    """
    length, what = len(segment.frames), f"segment {segment.index}"
    args = segment_args(content, output)
    with start([find_ffmpeg(), *QUIET, *args], stdin=True) as child:
        try:
            count = 0
            for frame in frames:
                child.write(frame, control, ENCODER_SECONDS)
                count += 1
            done = child.finish(control, ENCODER_SECONDS)
        except BrokenPipeError:
            done = child.finish(control, ENCODER_SECONDS)
            check_ffmpeg(done, what)
            raise EncodeError(f"{what}: ffmpeg stopped reading") from None
        except ProcessTimeout as error:
            raise EncodeError(f"{what}: ffmpeg {error}: {child.tail()}") from None
    check_ffmpeg(done, what)
    if count != length:
        raise EncodeError(f"{what}: {count} frames were drawn, {length} were planned")
    _, digest = sha256_file(output)
    return SegmentRecord(
        index=segment.index,
        start=segment.frames.start,
        stop=segment.frames.stop,
        sha256=digest,
    )
