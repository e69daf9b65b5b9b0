"""
Files of segments become one file, without re-encoding and without trusting file times.

Timestamps of the result come from the packet's number alone, so grouping cannot show.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from ._encode import BITEXACT
from ._ffmpeg import (
    REPEATABLE,
    VideoStream,
    probe_end_of_sound,
    probe_video,
    run_ffmpeg,
)
from ._manifest import Content
from .errors import AssembleError
from .progress import Control


def join_segments(
    parts: Sequence[Path],
    content: Content,
    output: Path,
    *,
    sound: Path | None = None,
    control: Control,
) -> None:
    """
    Join *parts*, files of whole segments in output order, into *output*.

    Args:
        sound: The plan's mixed sound, to be coded and laid beside the pictures.

    Raises:
        EncodeError: ffmpeg cannot read one of them.
    """
    rate = content.frame_rate
    listing = output.with_suffix(".txt")
    listing.write_text("".join(f"file {_quote(part)}\n" for part in parts))
    ticks = f"N*{rate.denominator}"
    args: list[str | Path] = [
        *("-f", "concat", "-safe", "0", "-i", listing, *_sound_input(sound)),
        *("-map", "0:v:0", "-c:v", "copy", *_sound_codec(content, sound)),
        *("-bsf:v", f"setts=pts={ticks}:dts={ticks}:duration={rate.denominator}"),
        *BITEXACT,
        *("-video_track_timescale", str(rate.numerator)),
        *("-movflags", "+faststart", output),
    ]
    try:
        run_ffmpeg(args, what=f"cannot join into {output.name}", control=control)
    finally:
        listing.unlink(missing_ok=True)


def _sound_input(sound: Path | None) -> list[str | Path]:
    return [] if sound is None else ["-i", sound]


def _sound_codec(content: Content, sound: Path | None) -> list[str]:
    if sound is None or content.sound is None:
        return []
    # The encoder's first packet comes before time 0; the container's edit list says so,
    # and a click stays on its sample.
    codec = ["-c:a", content.sound.codec, "-b:a", content.sound.bitrate]
    # Edit lists count in the file's own ticks, which are milliseconds unless told.
    ticks = ["-movie_timescale", str(content.sound.sample_rate)]
    return ["-map", "1:a:0", *codec, "-flags:a", "+bitexact", *REPEATABLE, *ticks]


def _quote(path: Path) -> str:
    text = str(path.resolve()).replace("'", r"'\''")
    return f"'{text}'"


def check_stream(
    path: Path, content: Content, frames: int, control: Control
) -> VideoStream:
    """
    Check that the file at *path* is *frames* planned frames, each at its exact time.

    Raises:
        AssembleError: Count, codec, size, a timestamp or the duration is not as planned.
    """
    stream, rate = probe_video(path, control=control), content.frame_rate
    width, height = (n + n % 2 for n in (content.page.width, content.page.height))
    facts = {
        "codec": (content.encoder.codec, stream.codec),
        "frame size": (f"{width}x{height}", stream.size),
        "frame count": (frames, len(stream.times)),
        "duration": (rate.time_of(frames), stream.duration),
    }
    for what, (wanted, found) in facts.items():
        if wanted != found:
            raise AssembleError(str(path), f"{what}: planned {wanted}, found {found}")
    for frame, found in enumerate(stream.times):
        if (wanted := rate.time_of(frame)) != found:
            reason = f"frame {frame} is at {found} s, planned is {wanted} s"
            raise AssembleError(str(path), reason)
    return stream


def check_sound(path: Path, content: Content, control: Control) -> None:
    """
    Check that the file at *path* sounds as long as planned, to the sample.

    Raises:
        AssembleError: It does not, or it sounds though silence is planned.
    """
    sound = content.sound
    wanted = None if sound is None else Fraction(sound.samples, sound.sample_rate)
    found = probe_end_of_sound(path, control=control)
    if wanted != found:
        reason = f"sound: planned {wanted or 'none'}, found {found or 'none'} (seconds)"
        raise AssembleError(str(path), reason)
