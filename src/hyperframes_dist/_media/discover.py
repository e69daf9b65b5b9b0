"""
The page's sound and video as values: what the page says, completed by what the files say.

Knows nothing of files, pixels or samples.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction

from .._model.composition import MediaClip
from .._model.facts import MediaRow
from .._model.frames import FrameRate
from .._tools.ffmpeg import MediaFacts
from ..errors import EncodeError, EncoderLostError, InputError, UnsupportedFeatureError
from .envelope import Envelope, fades, multiply, read_lane


def discover_media(
    rows: Iterable[MediaRow],
    duration: Fraction,
    *,
    rate: FrameRate,
    measure: Callable[[str], MediaFacts],
) -> tuple[MediaClip, ...]:
    """
    The clips behind *rows*, the page's media in document order.

    Args:
        duration: Where the composition ends; no clip ends later.
        rate: What the page's frames of a volume count in.
        measure: Gives what the file behind an address holds.

    Returns:
        The clips that are there for a while; one that begins at its end is left out.

    Raises:
        InputError: A source holds no sound or no video; the element is named.
        PageError: A source is missing.
        UnsupportedFeatureError: A clip asks for effects, or drives its own speed.
    """
    clips = []
    for row in rows:
        if not row.src:
            # Nothing is asked of an element a script will give a source, or never will.
            continue
        clip = _clip(row, _measure(measure, row), duration, rate)
        if clip.start < clip.end:
            clips.append(clip)
    return tuple(clips)


def _measure(measure: Callable[[str], MediaFacts], row: MediaRow) -> MediaFacts:
    try:
        return measure(row.src)
    except EncoderLostError:
        raise
    except EncodeError as error:
        raise InputError(f"{row.tag} has a source nobody can play: {error}") from None


def _clip(
    row: MediaRow, facts: MediaFacts, duration: Fraction, rate: FrameRate
) -> MediaClip:
    kind, start = row.kind, _exact(row.start)
    found = facts.audio if kind == "audio" else facts.natural
    if found is None:
        what = "sound" if kind == "audio" else "video"
        raise InputError(f"{row.tag} has a source without {what}: {row.src[:200]}")
    media_start, speed = _exact(row.mediaStart), _exact(row.rate)
    natural = max(Fraction(0), found - media_start) / speed
    length = natural if row.duration is None else _exact(row.duration)
    if row.duration is None and row.loop:
        length = max(Fraction(0), duration - start)
    if kind == "audio" and not row.loop:
        length = min(length, natural)
    ends = [start + length, duration]
    if row.limit is not None:
        ends.append(_exact(row.limit))
    return MediaClip(
        id=row.id,
        kind=kind,
        src=row.src,
        start=start,
        end=min(ends),
        media_start=media_start,
        playback_rate=speed,
        loop=row.loop,
        muted=row.muted,
        volume=float(row.volume * row.busVolume),
        volume_keyframes=_envelope(row, start, length, rate),
    )


def _envelope(
    row: MediaRow, start: Fraction, length: Fraction, rate: FrameRate
) -> Envelope:
    """The clip's gain over time; empty where *volume* alone says it."""
    if row.effects or row.busAutomation:
        feature = "data-fx-chain" if row.effects else "data-automation of a group"
        advice = "apply it to the sound file itself"
        raise UnsupportedFeatureError(feature, row.tag, advice)
    written = tuple((rate.time_of(frame), gain) for frame, gain in row.points)
    lane = read_lane(row.automation, start, row.tag) if row.automation else ()
    # What an author drew outranks what a script does, as in the page runtime.
    moved = any(gain != row.volume for _, gain in written)
    moving = lane or (written if moved else ())
    constant = float(row.busVolume * (1 if moving else row.volume))
    fade = fades(start, length, row.fadeIn, row.fadeOut)
    if not moving and not fade:
        return ()
    return multiply(multiply(moving or _ONE, fade or _ONE), ((start, constant),))


_ONE: Envelope = ((Fraction(0), 1.0),)


def _exact(number: float) -> Fraction:
    # The number an author wrote, not the binary one next to it.
    return Fraction(repr(number))
