"""
Files of segments become one file, without re-encoding and without trusting file times.

Times of the result are whole frames, whatever rounding joining added to those of the parts,
so grouping cannot show.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import accumulate, pairwise
from pathlib import Path

import attrs

from .._model.formats import Container, find_format
from .._model.manifest import Content
from .._tools.ffmpeg import (
    PART_OPTIONS,
    VideoStream,
    probe_end_of_sound,
    probe_length_of_sound,
    probe_video,
    read_from,
    read_parts,
    run_ffmpeg,
)
from ..errors import AssembleError, InputError
from ..progress import Control
from .segment import codec_of, fill_in, mux_args


@attrs.frozen
class Part:
    """A file of *length* frames, of whole segments: a segment or a chunk."""

    path: Path
    length: int


def join_segments(
    parts: Sequence[Part],
    content: Content,
    output: Path,
    *,
    sound: Path | None = None,
    control: Control,
) -> None:
    """
    Join *parts*, in output order, into *output*.

    Args:
        sound: The plan's sound, mixed and coded, to be laid beside the pictures.

    Raises:
        EncodeError: ffmpeg cannot read one of them.
    """
    container = find_format(content.encoder.format).container
    assert container is not None
    listing = output.with_suffix(".txt")
    listing.write_text(_list_parts(parts, content), "utf-8")
    args: list[str | Path] = [
        *(*read_parts(listing), *_sound_input(sound)),
        *("-map", "0:v:0", "-c:v", "copy"),
        *(() if sound is None else ("-map", "1:a:0", "-c:a", "copy")),
        *(() if sound is None else container.sound_options),
        *("-bsf:v", *fill_in([_stamps(container)], content)),
        *mux_args(content, container),
        *container.join_options,
        output,
    ]
    try:
        run_ffmpeg(args, what="cannot join the segments", control=control)
    finally:
        listing.unlink(missing_ok=True)


def _list_parts(parts: Sequence[Part], content: Content) -> str:
    """
    What ffmpeg's concat is told of *parts*.

    It counts in microseconds. Each part is given as many as there are between its
    rounded ends, so that roundings do not add up to a frame.
    """
    frames = accumulate((part.length for part in parts), initial=0)
    marks = [round(content.frame_rate.time_of(frame) * 1_000_000) for frame in frames]
    return "".join(
        f"file {_quote(part.path)}\nduration {stop - start}us\n{PART_OPTIONS}"
        for part, (start, stop) in zip(parts, pairwise(marks), strict=True)
    )


def _stamps(container: Container) -> str:
    pts, dts = (container.stamp.replace("TIME", time) for time in ("PTS", "DTS"))
    length = container.stamp_length
    return f"setts=pts={pts}:dts={dts}" + (f":duration={length}" if length else "")


def _sound_input(sound: Path | None) -> list[str | Path]:
    return [] if sound is None else read_from(sound)


def sound_coding(content: Content) -> list[str]:
    """
    Ffmpeg's arguments for the file that what is heard of *content* is coded into.

    Raises:
        InputError: Nothing is heard, or the format holds no sound.
    """
    container = find_format(content.encoder.format).container
    if (sound := content.sound) is None or container is None:
        raise InputError(f"no sound in {content.encoder.format}")
    return ["-c:a", sound.codec, "-b:a", sound.bitrate, *container.sound_file]


def _quote(path: Path) -> str:
    if "\n" in str(path.resolve()):
        raise InputError(
            f"{str(path.resolve())[:200]!r} has a line break in it, which ffmpeg cannot be "
            "told; name another place"
        )
    text = str(path.resolve()).replace("'", r"'\''")
    return f"'{text}'"


def check_stream(
    path: Path, content: Content, frames: int, control: Control
) -> VideoStream:
    """
    Check that the file at *path* is *frames* planned frames, each at its exact time.

    Where a format counts in coarse ticks, exact means the nearest one.

    Raises:
        AssembleError: Count, codec, size, a timestamp or the duration is not as planned.
    """
    stream, rate = probe_video(path, control=control), content.frame_rate
    width, height = codec_of(content).coded_size(content.output_size)
    facts = {
        "codec": (codec_of(content).stream, stream.codec),
        "frame size": (f"{width}x{height}", stream.size),
        "frame count": (frames, len(stream.times)),
    }
    for what, (wanted, found) in facts.items():
        if wanted != found:
            raise AssembleError(str(path), f"{what}: planned {wanted}, found {found}")
    near = _nearness(content)
    for frame, found in enumerate(stream.times):
        if abs((wanted := rate.time_of(frame)) - found) > near:
            reason = f"frame {frame} is at {found} s, planned is {wanted} s"
            raise AssembleError(str(path), reason)
    # The last frame's start is rounded, and its length is cut to whole ticks.
    if abs((wanted := rate.time_of(frames)) - stream.duration) > 4 * near:
        reason = f"duration: planned {wanted}, found {stream.duration}"
        raise AssembleError(str(path), reason)
    return stream


def _nearness(content: Content) -> Fraction:
    """How far a time may lie from the exact one: half a tick of the file's clock."""
    ticks = find_format(content.encoder.format).ticks
    # A millionth more, since ffmpeg computes in floating point.
    return Fraction(0) if ticks is None else Fraction(500_001, 1_000_000 * ticks)


def check_sound(path: Path, content: Content, control: Control) -> None:
    """
    Check that the file at *path* sounds as long as planned, to the sample.

    Raises:
        AssembleError: The sound is longer, shorter or missing, or there where silence is
            planned.
    """
    sound = content.sound
    wanted = None if sound is None else Fraction(sound.samples, sound.sample_rate)
    coarse = find_format(content.encoder.format).ticks is not None
    # Coarse ticks hold no sample's time, so samples are counted instead.
    measure = probe_length_of_sound if coarse else probe_end_of_sound
    found = measure(path, control=control)
    if wanted != found:
        reason = f"sound: planned {wanted or 'none'}, found {found or 'none'} (seconds)"
        raise AssembleError(str(path), reason)
