"""
What is heard goes into the plan: the sources, and how they are mixed once it is rendered.
"""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path

import attrs

from .._media.effects import SAMPLE_RATE
from .._media.heard import cycle_of, is_heard, write_stem
from .._media.mix import needed_of, sample_of
from .._model.composition import MediaClip
from .._model.config import RenderConfig
from .._model.content import Artifact, Sound, SoundTrack
from .._tools.ffmpeg import MediaFacts
from .._tools.files import copy_file, sha256_file
from .._tools.spans import span
from ..progress import Control
from .ledger import Ledger
from .media_files import MediaFiles
from .show import Seen
from .timeline import Timeline

_FOLDER = "sound"
_BITRATE = "192k"
# Of a file that is so many times as long as what is heard of it, that part is kept alone.
_MOSTLY = 3
_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,8}")


@attrs.frozen(kw_only=True)
class HeardSound:
    """
    What is heard of a composition.

    Attributes:
        sound: How it is mixed; None where nothing is heard, or can be.
        files: The files in the plan that it is mixed from.
        warnings: What is doubtful, for a person.
    """

    sound: Sound | None = None
    files: tuple[Artifact, ...] = ()
    warnings: tuple[str, ...] = ()


@span("gather_sound")
def gather_sound(
    seen: Seen,
    timeline: Timeline,
    config: RenderConfig,
    ledger: Ledger,
    control: Control,
) -> HeardSound:
    """
    Put the sources of what is heard into the plan, if the format can hold it.

    A sound file lies there as it is, a film without its pictures.

    Raises:
        EncodeError: A source cannot be decoded.
        PlanTooLargeError: The plan is over its limit.
    """
    media, clips = seen.media, seen.probed.media if config.audio else ()
    heard = [clip for clip in clips if is_heard(clip, media.measure)]
    if not heard:
        return HeardSound()
    row = config.format_row
    if row.audio is None:
        warning = f"{row.name} holds no sound: what is heard is left out"
        return HeardSound(warnings=(warning,))
    needed: dict[Path, Fraction] = {}
    for clip in heard:
        path = media.file_of(clip.src)
        needed[path] = max(needed_of(clip), needed.get(path, Fraction(0)))
    sources = _Sources(media, ledger, needed, control)
    sound = Sound(
        tracks=tuple(sources.track(clip) for clip in heard),
        first=sample_of(timeline.rate.time_of(timeline.first_frame)),
        samples=sample_of(timeline.duration),
        sample_rate=SAMPLE_RATE,
        codec=row.audio,
        bitrate=_BITRATE,
    )
    return HeardSound(sound=sound, files=tuple(sources.files))


class _Sources:
    """Sources of sound on their way into a plan, each of them once."""

    def __init__(
        self,
        media: MediaFiles,
        ledger: Ledger,
        needed: dict[Path, Fraction],
        control: Control,
    ) -> None:
        self._media, self._ledger, self._control = media, ledger, control
        self._needed = needed
        self._kept: dict[Path, tuple[str, bool]] = {}
        self.files: list[Artifact] = []

    def track(self, clip: MediaClip) -> SoundTrack:
        """The track of *clip*, whose source is in the plan then."""
        path, facts = self._media.file_of(clip.src), self._media.measure(clip.src)
        if path not in self._kept:
            self._kept[path] = self._keep(path, facts)
        name, is_mono = self._kept[path]
        return SoundTrack(
            clip=attrs.evolve(clip, src=""),
            path=name,
            is_mono=is_mono,
            cycle=cycle_of(clip, facts),
        )

    def _keep(self, path: Path, facts: MediaFacts) -> tuple[str, bool]:
        """Put a source into the plan; what it is called, and whether it has one channel."""
        # Of a film, and of what is heard for a little only, a part is kept.
        wanted = _MOSTLY * self._needed[path]
        is_whole = facts.video is None and (facts.audio or 0) <= wanted
        stem = f"{_FOLDER}/{len(self._kept):04d}"
        if is_whole:
            name = stem + (path.suffix if _SUFFIX.fullmatch(path.suffix) else "")
            size, digest = copy_file(path, self._ledger.draft / name)
        else:
            name = f"{stem}.flac"
            target = self._ledger.draft / name
            target.parent.mkdir(exist_ok=True)
            write_stem(path, facts, self._needed[path], target, self._control)
            size, digest = sha256_file(target)
        row = Artifact(path=name, size=size, sha256=digest, segments=())
        self._ledger.enter(row)
        self.files.append(row)
        return name, is_whole and facts.channels == "mono"
