"""
What a plan's content is made of, as values: files, requests, the page, how it is drawn,
coded and heard, and by which tools.
"""

from __future__ import annotations

from typing import Literal

import attrs

from .composition import MediaClip

COMPILED = "compiled"
"""The folder of a plan that holds what the page may ask for."""

OWN = ".hyperframes-dist"
"""The folder in ``compiled/`` that is the library's own."""


@attrs.frozen(kw_only=True)
class Artifact:
    """
    One file of a plan.

    Attributes:
        path: POSIX path relative to the plan directory.
        size: Bytes.
        sha256: Lower-case hex digest of its bytes.
        segments: Indices of the segments that read it; None means all of them.
    """

    path: str
    size: int
    sha256: str
    segments: tuple[int, ...] | None = None


@attrs.frozen(kw_only=True)
class Request:
    """
    An address the page may ask for, and its frozen answer.

    Attributes:
        address: The whole address, as the page asks for it.
        path: The artifact that answers it; None where who asks is told that there is none.
        content_type: The answer's ``Content-Type``.
    """

    address: str
    path: str | None
    content_type: str


@attrs.frozen(kw_only=True)
class Page:
    """
    The composition as the page showed it at plan time.

    Attributes:
        entry: The document, relative to ``compiled/``.
        id: Composition id; empty for a page that brings its own seek.
        width: CSS pixels.
        height: CSS pixels.
        duration: Seconds, an exact fraction such as ``10`` or ``1001/30``.
        timeline: Whether the root registered a timeline; workers wait for one only then.
        preload: Addresses of images the page asked for somewhere on its timeline.
    """

    entry: str
    id: str
    width: int
    height: int
    duration: str
    timeline: bool
    preload: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class Reach:
    """
    How a worker gets to the first frame it draws.

    Attributes:
        way: ``walk``, past every frame before it, or ``jump``, past none but *visits*.
        visits: Frames of the composition that a jump stops at on its way, rising: tweens
            begin there that read where earlier ones have taken what they move.
    """

    way: Literal["walk", "jump"] = "walk"
    visits: tuple[int, ...] = ()


@attrs.frozen(kw_only=True)
class VideoRun:
    """
    Some frames of the composition show picture *first*, and *step* more each frame.

    They are ``[start, stop)``.
    """

    start: int
    stop: int
    first: int
    step: int


@attrs.frozen(kw_only=True)
class Video:
    """
    A video of the page as the pictures that stand in for it.

    Attributes:
        id: Render id of its element.
        folder: Where its pictures lie, as ``<number>.<suffix>``, or are decoded: see
            `Footage`.
        suffix: ``jpg`` or ``png``.
        width: Pixels of a picture.
        height: Likewise.
        runs: Which of them each output frame shows, in order.
    """

    id: str
    folder: str
    suffix: str
    width: int
    height: int
    runs: tuple[VideoRun, ...]


@attrs.frozen(kw_only=True)
class PacketPart:
    """
    Some packets of a run.

    Attributes:
        path: The artifact that holds them, as clusters of Matroska without a head.
        stop: The first frame of the run that is not in this part or those before it.
    """

    path: str
    stop: int


@attrs.frozen(kw_only=True)
class PacketRun:
    """
    Packets of a source, as they are decoded, from one that needs none before it.

    Numbers are those of all frames of the source, in the order they are shown.

    Attributes:
        parts: The files that hold them, one after the other; of the last run that is
            shown for a while those at the end may be left out.
        first: The frame of its first packet.
        lead: How many frames just before *first* it holds too; they need the run before.
        stop: The frame after the last one it holds.
        begin: When *first* is shown in the source, in seconds, an exact fraction.
        end: When *stop* is, or the source is over.
    """

    parts: tuple[PacketPart, ...]
    first: int
    lead: int
    stop: int
    begin: str
    end: str


@attrs.frozen(kw_only=True)
class Footage:
    """
    A source of video whose packets are in the plan, decoded by the chunks that show it.

    Attributes:
        folder: Where its pictures would lie, as ``<frame>.<suffix>``.
        name: Its file, for a person.
        head: The artifact that goes before every run of its packets.
        runs: The runs of its packets that are needed, in order.
        codec: ffmpeg's name of the codec.
        pixels: ffmpeg's name of the decoded pixels.
        width: Pixels of a frame as it is shown.
        height: Likewise.
        coded_height: Before it is turned.
        matrix: The colour matrix it declares; ``unknown`` where it does not.
        range: ``tv``, ``pc`` or ``unknown``, likewise.
    """

    folder: str
    name: str
    head: str
    runs: tuple[PacketRun, ...]
    codec: str
    pixels: str
    width: int
    height: int
    coded_height: int
    matrix: str
    range: str


@attrs.frozen(kw_only=True)
class Capture:
    """
    How Chrome hands a frame over.

    Attributes:
        format: ``jpeg`` or ``png``.
        quality: JPEG quality; None for png.
        scale: Pixels per CSS pixel along each side.
        transparent: Whether the page is drawn on nothing instead of white.
    """

    format: str
    quality: int | None
    scale: int
    transparent: bool


@attrs.frozen(kw_only=True)
class Encoder:
    """
    How frames become a segment.

    Attributes:
        format: Name in the formats table.
        codec: Codec of that format.
        preset: Encoder preset.
        crf: Constant rate factor; None with *bitrate*, or where a codec has none.
        bitrate: Bits per second as ffmpeg reads it, or None.
        pixel_format: Coded pixels.
        loop: How often a GIF says it is shown again; 0 for ever. Nothing to other formats.
        shrink: What the sides of a captured picture are multiplied by first, at most 1.
    """

    format: str
    codec: str
    preset: str
    crf: int | None
    bitrate: str | None
    pixel_format: str
    loop: int = 0
    shrink: str = "1"


@attrs.frozen(kw_only=True)
class SoundTrack:
    """
    One clip that is heard, and where its sound lies.

    Attributes:
        clip: The clip; its ``src`` is empty.
        path: The artifact that holds its source, or of a film the sound of that.
        is_mono: Whether that has one channel.
        cycle: Samples from the clip's media start to the end of its source, at its rate.
    """

    clip: MediaClip
    path: str
    is_mono: bool
    cycle: int


@attrs.frozen(kw_only=True)
class Sound:
    """
    What is heard, how it is mixed and how it is coded; read by `mix_sound` only.

    Attributes:
        tracks: The clips that are heard.
        first: The sample of the composition that the output begins with.
        samples: Its length.
        sample_rate: Samples per second.
        codec: ffmpeg's encoder.
        bitrate: Bits per second as ffmpeg reads it.
    """

    tracks: tuple[SoundTrack, ...]
    first: int
    samples: int
    sample_rate: int
    codec: str
    bitrate: str

    @property
    def paths(self) -> frozenset[str]:
        """The artifacts it is mixed from."""
        return frozenset(track.path for track in self.tracks)


@attrs.frozen(kw_only=True)
class Toolchain:
    """
    The tools whose bytes decide the output's bytes.

    Attributes:
        chrome: Product and version, such as ``HeadlessChrome/156.0.8078.79``.
        chrome_sha256: Digest of the browser's executable.
        chrome_args: What its source adds to the arguments every browser is started with.
        ffmpeg_sha256: Digest of the ffmpeg executable.
        runtime_sha256: Digest of the page runtime; None for a page that needs none.
        library: Version of this library.
    """

    chrome: str
    chrome_sha256: str
    chrome_args: tuple[str, ...]
    ffmpeg_sha256: str
    runtime_sha256: str | None
    library: str


@attrs.frozen(kw_only=True)
class ScriptLines:
    """
    One inline script, in the compiled document and in its author's.

    Lines and columns count from 1.

    Attributes:
        first: The line of the compiled document it begins on.
        column: The column there.
        last: The line of the compiled document it ends on.
        authored: The line of the author's document it begins on.
        authored_column: The column there.
    """

    first: int
    column: int
    last: int
    authored: int
    authored_column: int
