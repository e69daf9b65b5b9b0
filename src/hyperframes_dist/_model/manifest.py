"""
``plan.json``: what a plan says, its canonical form, and the two hashes that name it.

`Content` is everything that can change a byte of the output and is named by
``content_hash``. `Schedule` says who does which part, `Notes` what a person may want to
know; ``plan_hash`` covers all three. The file is the RFC 8785 form of the manifest plus a
newline, so two different files never parse to one plan. Nothing here reads or writes a file.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from fractions import Fraction
from itertools import pairwise
from typing import Any

import attrs
from cattrs import transform_error
from cattrs.errors import ClassValidationError

from ..errors import InputError, PlanIntegrityError
from .codec import canonical_json, parse_whole, plan_converter
from .config import RenderConfig
from .content import (
    Artifact,
    Capture,
    Encoder,
    Footage,
    Page,
    Reach,
    Request,
    ScriptLines,
    Sound,
    Toolchain,
    Video,
)
from .frames import Chunk, FrameRate, Segment, split_segments
from .shutter import Clock, Shutter

MANIFEST_NAME = "plan.json"
SCHEMA = 1

# The prefix makes a hash of one kind never equal a hash of the other; canonical JSON is
# itself injective, so nothing else needs framing.
_CONTENT_DOMAIN = b"hyperframes-dist/content/1\0"
_PLAN_DOMAIN = b"hyperframes-dist/plan/1\0"


@attrs.frozen(kw_only=True)
class Content:
    """
    Everything that can change a byte of the output.

    Attributes:
        schema: Version of this structure.
        page: The composition.
        rate: Frame rate, ``30`` or ``30000/1001``.
        first_frame: The frame of the composition that the output begins with.
        frame_count: Frames of the output.
        segment_frames: Frames of every segment but the last.
        shutter: When it is open in each frame; None where a frame is drawn once.
        reach: How a worker gets to its first frame.
        capture: How frames leave Chrome.
        encoder: How they become segments.
        sound: What is heard; None in silence.
        toolchain: The tools that do it.
        variables: Values the page reads.
        requests: Frozen remote addresses, by address.
        stand_ins: What the page gets for each source of sound or video, by address.
        artifacts: Files of the plan directory, by path.
        videos: The page's videos as pictures, in document order.
        footage: Sources whose pictures are decoded when they are shown, by folder.
    """

    schema: int
    page: Page
    rate: str
    first_frame: int = 0
    frame_count: int
    segment_frames: int
    shutter: Shutter | None = None
    reach: Reach = attrs.field(factory=Reach)
    capture: Capture
    encoder: Encoder
    sound: Sound | None = None
    toolchain: Toolchain
    variables: Mapping[str, Any]
    requests: tuple[Request, ...]
    stand_ins: tuple[Request, ...] = ()
    artifacts: tuple[Artifact, ...]
    videos: tuple[Video, ...] = ()
    footage: tuple[Footage, ...] = ()

    @property
    def frame_rate(self) -> FrameRate:
        """The exact rate."""
        return FrameRate.parse(self.rate)

    @property
    def clock(self) -> Clock:
        """The times the page is drawn at."""
        return Clock(self.frame_rate, self.shutter, Fraction(self.page.duration))

    @property
    def frame_size(self) -> tuple[int, int]:
        """Width and height of a captured frame in pixels."""
        scale = self.capture.scale
        return (self.page.width * scale, self.page.height * scale)

    @property
    def output_size(self) -> tuple[int, int]:
        """Width and height of a picture of the output in pixels."""
        shrink = Fraction(self.encoder.shrink)
        width, height = (max(1, round(side * shrink)) for side in self.frame_size)
        return (width, height)

    @property
    def segments(self) -> tuple[Segment, ...]:
        """The segments, in order; they tile ``[0, frame_count)``."""
        return split_segments(self.frame_count, length=self.segment_frames)


@attrs.frozen(kw_only=True)
class Schedule:
    """Chunks as half-open runs of segments ``(first, stop)``, in order."""

    chunks: tuple[tuple[int, int], ...]


@attrs.frozen(kw_only=True)
class Notes:
    """
    What a person may want to know of a plan, and no byte of the output depends on.

    Attributes:
        sources: Where the frozen bytes of each remote address came from, by address, such
            as ``npm:gsap@3.12.5/dist/gsap.min.js``.
        warnings: What the planner found doubtful.
        reach: Why workers get to their first frames as they do.
        seam: Why this plan took the place of one whose workers jump; empty where it
            did not.
        lines: Where the scripts of the document stand for its author.
        canary: What the planner's browser draws, by the name of what it is; empty where
            nobody else is to draw the same.
    """

    sources: Mapping[str, str] = attrs.field(factory=dict)
    warnings: tuple[str, ...] = ()
    reach: str = ""
    seam: str = ""
    lines: tuple[ScriptLines, ...] = ()
    canary: Mapping[str, str] = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class Manifest:
    """A parsed and consistent ``plan.json``; build one with `seal`."""

    content: Content
    content_hash: str
    notes: Notes
    schedule: Schedule
    plan_hash: str

    @property
    def chunks(self) -> tuple[Chunk, ...]:
        """The chunks, in output order."""
        return tuple(
            Chunk(index, first, stop)
            for index, (first, stop) in enumerate(self.schedule.chunks)
        )


def seal(content: Content, schedule: Schedule, notes: Notes | None = None) -> Manifest:
    """Name *content*, *schedule* and *notes* by their hashes."""
    notes = notes or Notes()
    parts = {"content": content, "notes": notes, "schedule": schedule}
    raw = {name: _CONVERTER.unstructure(part) for name, part in parts.items()}
    return Manifest(
        content=content,
        content_hash=_digest(_CONTENT_DOMAIN, raw["content"]),
        notes=notes,
        schedule=schedule,
        plan_hash=_digest(_PLAN_DOMAIN, raw),
    )


def digest(domain: bytes, part: Any) -> str:
    """Name *part* of a plan, a value of its structures; *domain* keeps kinds apart."""
    return _digest(domain, _CONVERTER.unstructure(part))


def dump_manifest(manifest: Manifest) -> bytes:
    """The bytes of ``plan.json``."""
    return canonical_json(_CONVERTER.unstructure(manifest)) + b"\n"


def parse_manifest(data: bytes) -> Manifest:
    """
    Read ``plan.json``, trusting nothing.

    Raises:
        PlanIntegrityError: Not the canonical form, fields unknown, missing or of another
            type, parts that contradict each other, or a hash that is not the content's.
    """
    try:
        raw = json.loads(data, parse_int=parse_whole)
        manifest = _CONVERTER.structure(raw, Manifest)
        # Written from the values, so that a field left to its default is a spelling too.
        canonical = dump_manifest(manifest)
    except _UNREADABLE as error:
        raise PlanIntegrityError(MANIFEST_NAME, "a manifest", _explain(error)) from None
    if canonical != data:
        raise PlanIntegrityError(MANIFEST_NAME, "canonical JSON", "another spelling")
    _check(manifest)
    return manifest


_UNREADABLE = (
    *(ValueError, TypeError, AttributeError, RecursionError),
    *(ClassValidationError, InputError),
)


def _explain(error: Exception) -> str:
    if isinstance(error, ClassValidationError):
        return "; ".join(transform_error(error))[:_LONGEST_REASON]
    return f"{type(error).__name__}: {error}"[:_LONGEST_REASON]


def _check(manifest: Manifest) -> None:
    content = manifest.content
    if content.schema != SCHEMA:
        raise PlanIntegrityError("content.schema", str(SCHEMA), str(content.schema))
    expected = seal(content, manifest.schedule, manifest.notes)
    for field in ("content_hash", "plan_hash"):
        wanted, found = getattr(expected, field), getattr(manifest, field)
        if wanted != found:
            raise PlanIntegrityError(field, found, wanted)
    visits = content.reach.visits
    if visits != tuple(sorted(set(visits))) or min(visits, default=0) < 0:
        raise PlanIntegrityError("content.reach.visits", "rising frames", "others")
    paths = [artifact.path for artifact in content.artifacts]
    if paths != sorted(set(paths)) or not all(map(is_safe_path, paths)):
        raise PlanIntegrityError(
            "content.artifacts", "unique safe sorted paths", "others"
        )
    answers = {row.path for row in content.requests if row.path is not None}
    if not answers <= set(paths):
        raise PlanIntegrityError("content.requests", "paths of artifacts", "others")
    if content.shutter is not None and not content.shutter.is_sound:
        raise PlanIntegrityError("content.shutter", "a shutter", "none there can be")
    _check_counts(content)
    _check_made(content)
    _check_footage(content, set(paths))
    _check_sound(content)
    _check_schedule(manifest)


# What stands in arguments of ffmpeg, and in its filters, is a word.
_WORD = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,39}", re.ASCII)
_SHRINK = re.compile(r"[0-9]{1,9}(/[1-9][0-9]{0,8})?", re.ASCII)
_LARGEST_SIDE = 65_535
_LONGEST_REASON = 2000
# Months of film; what is counted beyond overflows, or is counted for ever.
_MOST_FRAMES = 10**9
_MOST_SEGMENTS = 10**6
_TIME = re.compile(r"-?[0-9]{1,400}(/0*[1-9][0-9]{0,399})?", re.ASCII)
_LONGEST_PART, _LONGEST_PATH = 255, 3000
_CAPTURES = frozenset({"jpeg", "png"})
_SUFFIXES = frozenset({"jpg", "png"})


def _check_counts(content: Content) -> None:
    """Before anything is as many as they say."""
    runs = [run for video in content.videos for run in video.runs]
    counts = [content.frame_count, content.first_frame, *content.reach.visits]
    counts += [x for run in runs for x in (run.start, run.stop, run.first, run.step)]
    if max(map(abs, counts)) > _MOST_FRAMES or content.first_frame < 0:
        raise PlanIntegrityError("content", "numbers of frames", "others")
    if content.frame_count > _MOST_SEGMENTS * content.segment_frames >= _MOST_SEGMENTS:
        raise PlanIntegrityError("content.segment_frames", "fewer segments", "more")
    if not _TIME.fullmatch(content.page.duration):
        found = content.page.duration[:40]
        raise PlanIntegrityError("content.page.duration", "a fraction", found)


def _check_made(content: Content) -> None:
    """How frames are drawn and coded, as far as a configuration could ask for it."""
    encoder, capture, page = content.encoder, content.capture, content.page
    try:
        # The configuration refuses what is no format and no codec itself.
        config = RenderConfig(
            format=encoder.format,  # type: ignore[arg-type]
            codec=encoder.codec or None,  # type: ignore[arg-type]
            crf=encoder.crf if encoder.bitrate is None else None,
            bitrate=encoder.bitrate,
            gif_loop=encoder.loop,
        )
        codec, _ = config.codec_row, content.frame_rate
    except InputError as error:
        found = str(error)[:_LONGEST_REASON]
        raise PlanIntegrityError("content.encoder", "settings", found) from None
    known_codec = encoder.codec in config.format_row.codecs
    presets = {quality.preset for quality in codec.qualities.values()}
    shrink = encoder.shrink
    known = (
        known_codec
        and encoder.pixel_format == codec.pixel_format
        and encoder.preset in presets
        and _SHRINK.fullmatch(shrink) is not None
        and 0 < Fraction(shrink) <= 1
    )
    if not known:
        raise PlanIntegrityError("content.encoder", "settings of its format", "others")
    quality = 1 if capture.quality is None else capture.quality
    drawn = capture.format in _CAPTURES and 1 <= quality <= 100 and capture.scale >= 1
    if not drawn or capture.transparent != codec.alpha:
        raise PlanIntegrityError("content.capture", "a way to draw", "another")
    sides = (page.width, page.height, *content.frame_size)
    if not all(1 <= side <= _LARGEST_SIDE for side in sides):
        raise PlanIntegrityError(
            "content.page", "a size", f"{page.width}x{page.height}"
        )
    for video in content.videos:
        sizes = 1 <= video.width <= _LARGEST_SIDE and 1 <= video.height <= _LARGEST_SIDE
        if not (sizes and video.suffix in _SUFFIXES and is_safe_path(video.folder)):
            raise PlanIntegrityError("content.videos", "pictures", "others")


def _check_footage(content: Content, paths: set[str]) -> None:
    for row in content.footage:
        files = {row.head, *(part.path for run in row.runs for part in run.parts)}
        ends = [(run.first - run.lead, run.first, run.stop) for run in row.runs]
        rising = all(0 <= low <= first < stop for low, first, stop in ends) and all(
            before[2] <= after[0] for before, after in pairwise(ends)
        )
        is_whole = bool(row.runs) and all(run.parts for run in row.runs)
        words = (row.codec, row.pixels, row.matrix, row.range)
        sides = (row.width, row.height, row.coded_height)
        is_whole = is_whole and all(map(_WORD.fullmatch, words))
        is_whole = is_whole and all(1 <= side <= _LARGEST_SIDE for side in sides)
        if not files <= paths or not rising or not is_whole:
            raise PlanIntegrityError("content.footage", "runs of artifacts", "others")
        times = [time for run in row.runs for time in (run.begin, run.end)]
        if not all(map(_TIME.fullmatch, times)):
            raise PlanIntegrityError("content.footage", "fractions", "others")


def _check_sound(content: Content) -> None:
    if (sound := content.sound) is None:
        return
    # Who mixes fetches nothing but what no segment reads.
    own = {row.path for row in content.artifacts if row.segments == ()}
    if not sound.tracks or not sound.paths <= own:
        raise PlanIntegrityError("content.sound", "artifacts of its own", "others")
    coded = _WORD.fullmatch(sound.codec) and _WORD.fullmatch(sound.bitrate)
    if not coded or sound.first < 0 or sound.samples < 1 or sound.sample_rate < 1:
        raise PlanIntegrityError("content.sound", "how it is coded", "another way")


def _check_schedule(manifest: Manifest) -> None:
    try:
        stops = [0, *(chunk.stop for chunk in manifest.chunks)]
        starts = [chunk.first for chunk in manifest.chunks]
        segments = manifest.content.segments
    except InputError as error:
        raise PlanIntegrityError("schedule", "a legal schedule", str(error)) from None
    if starts != stops[:-1] or stops[-1] != len(segments):
        raise PlanIntegrityError(
            "schedule.chunks", f"runs that tile {len(segments)} segments", str(starts)
        )


def is_safe_path(path: str) -> bool:
    """Whether *path* is relative, POSIX, in its shortest form, and never leaves its root."""
    parts = path.split("/")
    longest = max(len(part.encode(errors="replace")) for part in parts)
    fits = longest <= _LONGEST_PART and len(path) <= _LONGEST_PATH
    named = not any(part in {"", ".", ".."} for part in parts)
    return "\0" not in path and named and fits


def _digest(domain: bytes, value: Any) -> str:
    return hashlib.sha256(domain + canonical_json(value)).hexdigest()


# Configured once and never changed; a converter holds no state of a plan.
_CONVERTER = plan_converter()
