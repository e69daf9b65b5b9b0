"""
Frames become one segment: one encoder process, started cold, fed as frames are drawn.

Whatever could make its bytes depend on the machine is pinned: threads, the scaler's
rounding, the encoder's choice of instruction sets, every stamp of a muxer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import attrs

from .._model.formats import Codec, Container, find_codec, find_format
from .._model.frames import Segment
from .._model.manifest import Content
from .._tools.ffmpeg import QUIET, check_ffmpeg, find_ffmpeg
from .._tools.matroska import head_of_picture, head_of_pixels
from .._tools.process import ProcessTimeout, start
from ..errors import EncodeError, EncoderLostError
from ..progress import Control

ENCODER_SECONDS = 120.0
"""Longest an encoder may go without taking a byte, or take to finish a segment."""

_PIXELS = "bgra"
# While a picture stays, who encodes has nothing to do until it is known how long: not for
# longer than this, or drawing and encoding would take turns.
_LONGEST_STAY = 8
_DECODERS = {"jpeg": ("-c:v", "mjpeg"), "png": ("-c:v", "png")}
# Chrome's JPEG holds BT.601 chroma at full range; PNG holds RGB, which has no matrix.
_INPUT_MATRIX = {"jpeg": "in_color_matrix=bt601:", "png": ""}
# Chrome's pictures carry an sRGB profile; a player would apply it to BT.709 video.
PLAIN = "sidedata=delete:type=ICC_PROFILE"
_BITEXACT = ("-fflags", "+bitexact", "-flags:v", "+bitexact", "-map_metadata", "-1")


def codec_of(content: Content) -> Codec:
    """The row of the plan's codec."""
    return find_codec(content.encoder.format, content.encoder.codec)


# Nothing of it has to be found out, which would take as many pictures as that is long.
_TOLD = ("-probesize", "32", "-analyzeduration", "0", "-fpsprobesize", "0")
RAW_INPUT = ("-f", "matroska", *_TOLD, "-i", "pipe:0")
"""Ffmpeg's arguments to read what `TimedPixels` makes of frames from its input."""


def picture_input(content: Content) -> tuple[str, ...]:
    """Ffmpeg's arguments to read captured frames, as files, from its input."""
    rate, decoder = str(content.frame_rate), _DECODERS[content.capture.format]
    return ("-f", "image2pipe", "-framerate", rate, *decoder, "-i", "pipe:0")


def mux_args(content: Content, container: Container) -> tuple[str, ...]:
    """
    Ffmpeg's arguments at every mux.

    Without them a muxer stamps versions, dates and random ids.
    """
    options = (*_BITEXACT, *container.options, *codec_of(content).tags)
    return (*fill_in(options, content), "-f", container.muxer)


def fill_in(options: Iterable[str], content: Content) -> tuple[str, ...]:
    """The *options* of a row with what *content* says in place of ``{braces}``."""
    rate, encoder = content.frame_rate, content.encoder
    values = {
        "rate_numerator": rate.numerator,
        "rate_denominator": rate.denominator,
        "group": content.segment_frames,
        "preset": encoder.preset,
        "crf": encoder.crf,
    }
    return tuple(option.format_map(values) for option in options)


def segment_args(
    content: Content, output: Path, *, raw: bool = False
) -> list[str | Path]:
    """Ffmpeg's arguments for a segment whose frames, *raw* or not, are its input."""
    codec, encoder = codec_of(content), content.encoder
    container = find_format(encoder.format).container
    assert container is not None
    return [
        *(RAW_INPUT if raw else picture_input(content)),
        *("-vf", _filters(content, codec, raw=raw), "-pix_fmt", encoder.pixel_format),
        *("-c:v", codec.encoder, *fill_in(codec.options, content)),
        *_rate_control(content, codec),
        *mux_args(content, container),
        output,
    ]


_FLAGS = "flags=bicubic+accurate_rnd+bitexact"
# From RGB the scaler rounds exactly by itself; chroma is the mean of the pixels it covers.
_MEAN = "flags=area+bitexact"
_TAGS = "range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709"
# Exactly rounded, with or without SIMD, and a tenth of the scaler's time; it reads planes
# of one layout only.
_CONVERT = (
    "setparams=range=pc:color_primaries=bt709:color_trc=bt709:colorspace=smpte170m",
    "format=yuv420p",
    "colorspace=space=bt709:range=tv:primaries=bt709:trc=bt709:format=yuv420p:fast=1",
)


def _filters(content: Content, codec: Codec, *, raw: bool) -> str:
    # The encoder's own colour options yield to what the frames say.
    pixels = f"format={content.encoder.pixel_format}"
    converted = _convert(content, codec)
    # What stays for several frames is repeated once it is converted.
    repeated = (f"fps={content.frame_rate}",) if raw else ()
    return ",".join([PLAIN, *converted, pixels, f"setparams={_TAGS}", *repeated])


def _convert(content: Content, codec: Codec) -> tuple[str, ...]:
    """Chrome's pictures as limited BT.709, of the encoder's size."""
    evened = _evened(content, codec)
    pixels = (content.capture.format, content.encoder.pixel_format)
    if pixels == ("jpeg", "yuv420p") and not evened:
        return (*shrink_filters(content), *_CONVERT)
    # A PNG becomes what is read where there is none, so that it ends as the same bytes.
    same = (f"format={_PIXELS}",) if _is_opaque(content) else ()
    scale = (
        f"scale=in_range=full:{_INPUT_MATRIX[content.capture.format]}"
        f"out_range=tv:out_color_matrix=bt709:{_scaler(content)}"
    )
    return (*same, *shrink_filters(content), scale, *evened)


def shrink_filters(content: Content) -> tuple[str, ...]:
    """What makes captured pictures as small as those of the output."""
    if content.output_size == content.frame_size:
        return ()
    size = "scale={}:{}".format(*content.output_size)
    # A pixel is the mean of those it covers; none of them is given another's colour.
    mean = f"{size}:flags=area+full_chroma_int+full_chroma_inp+accurate_rnd+bitexact"
    if not content.capture.transparent:
        return (mean,)
    # What is seen through has no colour that may mix into its neighbours'.
    return ("format=gbrap", "premultiply=inplace=1", mean, "unpremultiply=inplace=1")


def _is_opaque(content: Content) -> bool:
    return content.capture.format == "png" and not content.capture.transparent


def _scaler(content: Content) -> str:
    return _MEAN if _is_opaque(content) else _FLAGS


def _evened(content: Content, codec: Codec) -> tuple[str, ...]:
    """The last column and row once more where an encoder wants even sizes."""
    width, height = codec.coded_size(content.output_size)
    right, bottom = width - content.output_size[0], height - content.output_size[1]
    if not (right or bottom):
        return ()
    # Where chroma is halved, pad would drop an odd column instead.
    whole, smear = "format=yuv444p", f"fillborders=0:{right}:0:{bottom}:mode=smear"
    return (whole, f"pad={width}:{height}", smear, f"scale={_scaler(content)}")


def _rate_control(content: Content, codec: Codec) -> tuple[str, ...]:
    if content.encoder.bitrate is not None:
        return ("-b:v", content.encoder.bitrate)
    if content.encoder.crf is None:
        return ()
    return fill_in(codec.crf_options, content)


def encode_segment(
    frames: Iterable[bytes],
    segment: Segment,
    content: Content,
    output: Path,
    *,
    control: Control,
    raw: bool = False,
) -> None:
    """
    Encode *frames*, which are those of *segment*, into *output*.

    Args:
        raw: The frames are pixels in the order blue, green, red, alpha, not files.

    Raises:
        EncodeError: The encoder refused, or the frames were not as many.
        EncoderLostError: Ffmpeg was killed, or did nothing.
    """
    length, what = len(segment.frames), f"segment {segment.index}"
    args = segment_args(content, output, raw=raw)
    if raw:
        pixels = TimedPixels(frames, content)
        feed_ffmpeg(pixels.parts(), args, what, control=control)
        count = pixels.count
    else:
        count = feed_ffmpeg(frames, args, what, control=control)
    if count != length:
        raise EncodeError(f"{what}: {count} frames were drawn, {length} were planned")


@attrs.define
class TimedPixels:
    """
    *frames*, which are pixels, as a file ffmpeg reads while it is written.

    The very bytes of the frame before are not handed over again: ffmpeg repeats what it has
    converted already, for as long as it is told.

    Attributes:
        count: How many frames went into it so far.
    """

    frames: Iterable[bytes]
    content: Content
    count: int = attrs.field(default=0, init=False)

    def parts(self) -> Iterator[bytes]:
        """The file, piece by piece."""
        yield head_of_pixels(self.content.frame_size, _PIXELS.upper())
        for frame, stay in stays(self.frames, most=_LONGEST_STAY):
            start, stop = self._time(self.count), self._time(self.count + stay)
            yield head_of_picture(start, stop, len(frame))
            yield frame
            self.count += stay

    def _time(self, frame: int) -> int:
        return round(self.content.frame_rate.time_of(frame) * 1_000_000_000)


def stays(frames: Iterable[bytes], *, most: int) -> Iterator[tuple[bytes, int]]:
    """Those of *frames* that are not the very one before, and for how many each stays."""
    held, count = None, 0
    for frame in frames:
        # A frame in which nothing moved is the very same bytes; comparing those of others
        # would cost more than it finds.
        if frame is held and count < most:
            count += 1
            continue
        if held is not None:
            yield held, count
        held, count = frame, 1
    if held is not None:
        yield held, count


def feed_ffmpeg(
    pictures: Iterable[bytes],
    args: Sequence[str | Path],
    what: str,
    *,
    control: Control,
) -> int:
    """
    Run ffmpeg with *pictures* as its input; returns how many there were.

    Raises:
        EncodeError: Ffmpeg refused; *what* names the work.
        EncoderLostError: Ffmpeg was killed, or did nothing.
    """
    count = 0
    with start([find_ffmpeg(), *QUIET, *args], stdin=True, works=True) as child:
        try:
            for picture in pictures:
                child.write(picture, control, ENCODER_SECONDS)
                count += 1
            done = child.finish(control, ENCODER_SECONDS)
        except BrokenPipeError:
            done = child.finish(control, ENCODER_SECONDS)
            check_ffmpeg(done, what)
            raise EncodeError(f"{what}: ffmpeg stopped reading") from None
        except ProcessTimeout as error:
            raise EncoderLostError(f"{what}: ffmpeg {error}: {child.tail()}") from None
    check_ffmpeg(done, what)
    return count
