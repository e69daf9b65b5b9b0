"""
ffmpeg: find it, run it under a deadline, and ask it what a file holds.

The only door to `imageio_ffmpeg`, which ships ffmpeg but no ffprobe.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import signal
from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path

import attrs
import imageio_ffmpeg

from ..errors import EncodeError, EncoderLostError
from ..progress import Control
from .process import Finished, ProcessIdle, ProcessTimeout, run

QUIET = ("-hide_banner", "-nostdin", "-loglevel", "error", "-y")
"""Options every call starts with."""

# What holds sound or moving pictures by itself. A playlist, a manifest, a list of files
# or a numbered row of pictures is read from other files of the machine, whose pictures
# and sound would then be in the output; ffmpeg tells them by content, whatever the name.
_WHOLE = (
    *("aac", "ac3", "aiff", "amr", "ape", "asf", "au", "avi", "caf", "dv", "eac3"),
    *("flac", "flv", "gif", "h264", "hevc", "ivf", "m4v", "matroska", "mov", "mp3"),
    *("mpeg", "mpegts", "mpegvideo", "mxf", "nut", "ogg", "tta", "w64", "wav", "wv"),
)
_SEALED = ("-protocol_whitelist", "file", "-format_whitelist", ",".join(_WHOLE))
_NOT_WHOLE = "Format not on whitelist"
_LISTS = {
    "an HLS playlist": re.compile(rb"\s*#EXTM3U"),
    # Each comment ends where it ends first, or there were as many ways as twos of them.
    "a DASH manifest": re.compile(
        rb"\s*+(?:<\?xml[^>]*+>\s*+)?+(?:(?><!--.*?-->)\s*+)*+<MPD\b", re.S
    ),
    "a list of files": re.compile(rb"\s*ffconcat"),
    "a description of a stream": re.compile(rb"\s*v=0\s"),
}
_LIST_BYTES = 4096

_TRIES = 2
_HEADER = re.compile(r"#(\w+) 0: (.+)")
# What the system says to ffmpeg, as its own programs are told by a number.
_REFUSALS = {
    "No space left on device": errno.ENOSPC,
    "Disk quota exceeded": errno.EDQUOT,
    "File too large": errno.EFBIG,
    "Too many open files": errno.EMFILE,
    # It could not begin a thread.
    "Resource temporarily unavailable": errno.EAGAIN,
    "Cannot allocate memory": errno.ENOMEM,
}


@attrs.frozen(kw_only=True)
class VideoStream:
    """
    What the first video stream of a file holds, packet by packet.

    Attributes:
        codec: ffmpeg's name of the codec.
        size: Coded size such as ``1920x1080``.
        extradata: Digest line of the codec's parameter sets.
        times: Presentation time of each packet in seconds, rising.
        duration: Seconds from the first picture's start to the last one's end.
    """

    codec: str
    size: str
    extradata: str
    times: tuple[Fraction, ...]
    duration: Fraction


@attrs.frozen(kw_only=True)
class MediaFacts:
    """
    What a source of sound or moving pictures holds.

    Attributes:
        video: Seconds of its first video stream; None where it has none.
        audio: Seconds of its first audio stream, decoded; None where it has none.
        channels: ffmpeg's name of the sound's channels, such as ``mono``.
    """

    video: Fraction | None
    audio: Fraction | None
    channels: str

    @property
    def natural(self) -> Fraction | None:
        """How long a page says it is: its pictures, else its sound."""
        return self.video or self.audio


def find_ffmpeg() -> Path:
    """
    The ffmpeg of imageio-ffmpeg.

    Raises:
        EncodeError: The package has none for this platform.
    """
    # The package's own, which it would start once to see whether it does.
    own = list(Path(imageio_ffmpeg.__file__).with_name("binaries").glob("ffmpeg-*"))
    asked = "IMAGEIO_FFMPEG_EXE" in os.environ
    if not asked and len(own) == 1 and os.access(own[0], os.X_OK):
        return own[0]
    try:
        return Path(imageio_ffmpeg.get_ffmpeg_exe())
    except RuntimeError as error:
        raise EncodeError(f"imageio-ffmpeg has no ffmpeg here: {error}") from None


def run_ffmpeg(
    args: Sequence[str | Path], *, what: str, control: Control, timeout: float = 600
) -> Finished:
    """
    Run ffmpeg with *args* to its end; *what* names the work in an error.

    Raises:
        EncodeError: Ffmpeg failed.
        EncoderLostError: Ffmpeg was killed, did nothing, or runs on after *timeout* seconds.
        OSError: The disk is full, a file may grow no further, or no more may be opened.
    """
    done = try_ffmpeg(args, what=what, control=control, timeout=timeout)
    return check_ffmpeg(done, what)


def try_ffmpeg(
    args: Sequence[str | Path], *, what: str, control: Control, timeout: float
) -> Finished:
    """
    Run ffmpeg with *args* to its end, once more where it is lost, however it ends then.

    Raises:
        EncoderLostError: As `run_ffmpeg` does.
    """
    # A relative name may look like an option or, with a colon, like an address.
    named = [arg.absolute() if isinstance(arg, Path) else arg for arg in args]
    command = [find_ffmpeg(), *QUIET, *named]
    why = ""
    for _ in range(_TRIES):
        try:
            done = run(command, control=control, timeout=timeout, works=True)
        except ProcessIdle as error:
            why = str(error)
        except ProcessTimeout as error:
            raise EncoderLostError(f"{what}: ffmpeg {error}") from None
        else:
            if done.code >= 0 or done.code == -signal.SIGXFSZ:
                return done
            why = _ended(done)
    raise EncoderLostError(f"{what}: ffmpeg {why}, {_TRIES} times")


def _ended(done: Finished) -> str:
    """How ffmpeg ended, for a message."""
    if done.code >= 0:
        return f"ended with {done.code}"
    with contextlib.suppress(ValueError):
        return f"was ended by {signal.Signals(-done.code).name}"
    return f"was ended by signal {-done.code}"


def check_ffmpeg(done: Finished, what: str) -> Finished:
    """*done*, if ffmpeg ended well; raises as `run_ffmpeg` does."""
    if done.code == 0:
        return done
    if refused := next((text for text in _REFUSALS if text in done.log), None):
        raise OSError(_REFUSALS[refused], refused)
    if done.code == -signal.SIGXFSZ:
        raise OSError(errno.EFBIG, "File too large")
    if _NOT_WHOLE in done.log:
        raise EncodeError(f"{what}: no kind of file that holds sound or video itself")
    kind = EncoderLostError if done.code < 0 else EncodeError
    raise kind(f"{what}: ffmpeg {_ended(done)}: {done.stderr or 'silent'}")


def probe_video(path: Path, *, control: Control) -> VideoStream:
    """
    List the packets of the first video stream of *path*, without decoding.

    Raises:
        EncodeError: The file cannot be read, or holds no video.
    """
    args = [*read_from(path), "-map", "0:v:0", "-c", "copy", "-f", "framecrc", "-"]
    done = run_ffmpeg(args, what=f"cannot read {path.name}", control=control)
    lines = done.stdout.decode(errors="replace").splitlines()
    head = read_headers(lines)
    rows = [line.split(",") for line in lines if line and not line.startswith("#")]
    if "tb" not in head or not rows:
        raise EncodeError(f"cannot read {path.name}: no video packets in it")
    base = Fraction(head["tb"])
    spans = sorted((int(row[2]) * base, int(row[3]) * base) for row in rows)
    times, (last, length) = tuple(start for start, _ in spans), spans[-1]
    return VideoStream(
        codec=head.get("codec_id", ""),
        size=head.get("dimensions", ""),
        extradata=head.get("extradata", "").strip(),
        times=times,
        duration=last + length - times[0],
    )


def hash_frames(path: Path, *, decoded: bool, control: Control) -> tuple[str, ...]:
    """
    The sha256 of each frame of the first video stream of *path*, in the order they lie there.

    Args:
        decoded: Of its pixels, whatever coded them; else of its coded bytes.

    Raises:
        EncodeError: The file cannot be read, or holds no video.
    """
    coder = ("-fps_mode", "passthrough") if decoded else ("-c", "copy")
    args = [*read_from(path), "-map", "0:V:0", *coder, *_HASHED]
    done = run_ffmpeg(args, what=f"cannot read {path.name}", control=control)
    return _hashes(done)


def hash_sound(path: Path, *, control: Control) -> tuple[str, ...]:
    """
    The sha256 of each block of samples of the first sound of *path*; none where it has none.

    Raises:
        EncodeError: The file cannot be read.
    """
    if probe_media(path, control=control).audio is None:
        return ()
    args = [*REPEATABLE, *read_from(path), "-map", "0:a:0", "-c:a", "pcm_s16le"]
    done = run_ffmpeg(
        [*args, *_HASHED], what=f"cannot read {path.name}", control=control
    )
    return _hashes(done)


_HASHED = ("-f", "framehash", "-hash", "sha256", "-")


def _hashes(done: Finished) -> tuple[str, ...]:
    lines = done.stdout.decode(errors="replace").splitlines()
    rows = (line for line in lines if line and not line.startswith("#"))
    return tuple(row.rpartition(",")[2].strip() for row in rows)


REPEATABLE = ("-cpuflags", "0")
"""Given wherever sound is computed: float arithmetic differs between processors."""

_WAV = re.compile(rb"RIFF....WAVE", re.DOTALL)


def read_from(path: Path) -> list[str | Path]:
    """
    Ffmpeg's arguments that make *path*, and no file it names, its next input.

    Raises:
        EncodeError: The file is a list of other files, or cannot be opened.
    """
    try:
        with path.open("rb") as file:
            head = file.read(_LIST_BYTES)
    except OSError as error:
        raise EncodeError(f"cannot read {path.name}: {error.strerror}") from None
    for kind, looks in _LISTS.items():
        if looks.match(head):
            raise EncodeError(
                f"cannot read {path.name}: it is {kind}, which names other files and "
                "holds no sound or video itself; use the file it stands for"
            )
    # A test tone of 1 kHz in a WAV file repeats like the packets of a transport stream,
    # and ffmpeg's guess falls for it.
    known = ("-f", "wav") if _WAV.match(head) else ()
    # A relative name may look like an option or, with a colon, like an address.
    return [*_SEALED, *known, "-i", path.absolute()]


def read_parts(listing: Path) -> list[str | Path]:
    """
    Ffmpeg's arguments to read the files of our own *listing*, one after the other.

    Each of them is held to `PART_OPTIONS`, which the listing gives.
    """
    args = ("-f", "concat", "-safe", "0", "-protocol_whitelist", "file")
    return [*args, "-i", listing.absolute()]


PART_OPTIONS = "option format_whitelist mov,matroska\n"
"""What a listing says after each file: a part that is a list itself is not followed."""


_STREAM = re.compile(r"#(\w+) (\d+): (.+)")


@attrs.define
class _Span:
    """A stream as its packets tell: header fields, first and last instant, sum, in ticks."""

    head: dict[str, str] = attrs.field(factory=dict)
    start: int | None = None
    stop: int = 0
    sum: int = 0

    def add(self, pts: int, length: int) -> None:
        self.sum += length
        self.stop = pts + length if self.start is None else max(self.stop, pts + length)
        self.start = pts if self.start is None else min(self.start, pts)

    @property
    def tick(self) -> Fraction:
        return Fraction(self.head["tb"])


def _spans(path: Path, audio_codec: str, control: Control) -> dict[str, _Span]:
    """The first video and audio stream of *path* that have packets, by their kind."""
    args: list[str | Path] = [
        *(*REPEATABLE, *read_from(path), "-map", "0:V:0?", "-map", "0:a:0?"),
        *("-c:v", "copy", "-c:a", audio_codec, "-f", "framecrc", "-"),
    ]
    done = run_ffmpeg(args, what=f"cannot read {path.name}", control=control)
    found: dict[str, _Span] = {}
    for line in done.stdout.decode(errors="replace").splitlines():
        if match := _STREAM.match(line):
            found.setdefault(match[2], _Span()).head[match[1]] = match[3]
        elif line and not line.startswith("#"):
            index, _, pts, length = line.split(",")[:4]
            found[index.strip()].add(int(pts), int(length))
    spans = [span for span in found.values() if span.start is not None]
    return {span.head["media_type"]: span for span in spans}


def read_headers(lines: Iterable[str]) -> dict[str, str]:
    """What the head of ffmpeg's framecrc says of its first stream, by name."""
    return {match[1]: match[2] for line in lines if (match := _HEADER.match(line))}


def probe_media(path: Path, *, control: Control) -> MediaFacts:
    """
    Measure the first video and audio stream of *path*, exactly; its sound is decoded.

    Raises:
        EncodeError: ffmpeg finds neither in it.
    """
    spans = _spans(path, "pcm_s16le", control)
    audio = spans.get("audio")
    lengths = {
        kind: (span.stop - (span.start or 0)) * span.tick
        for kind, span in spans.items()
    }
    return MediaFacts(
        video=lengths.get("video"),
        audio=lengths.get("audio"),
        channels=audio.head.get("channel_layout_name", "") if audio else "",
    )


def probe_end_of_sound(path: Path, *, control: Control) -> Fraction | None:
    """
    When the last packet of sound in *path* ends; None without sound.

    The packets, and not what a decoder makes of them: an older one plays the padding too.

    Raises:
        EncodeError: The file cannot be read.
    """
    span = _spans(path, "copy", control).get("audio")
    return None if span is None else span.stop * span.tick


def probe_length_of_sound(path: Path, *, control: Control) -> Fraction | None:
    """
    How long the sound in *path* is when decoded, by its samples; None without sound.

    Raises:
        EncodeError: The file cannot be read.
    """
    span = _spans(path, "pcm_s16le", control).get("audio")
    return None if span is None else span.sum * span.tick
