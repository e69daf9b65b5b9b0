"""
The page's sound and video as values: what the page says, completed by what the files say.

Knows nothing of files, pixels or samples.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction

import attrs

from .._model.composition import Bus, MediaClip
from .._model.facts import MediaRow
from .._model.frames import FrameRate
from .._tools.ffmpeg import MediaFacts
from ..errors import EncodeError, EncoderLostError, InputError
from .effects import drive_chain, read_chain
from .envelope import Envelope, Lanes, fades, multiply, read_lanes, volume_lane


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
        UnsupportedFeatureError: A clip drives its own speed, or asks for an effect that is
            not carried out.
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
    lanes = read_lanes(row.automation or "", row.tag)
    effects = read_chain(row.effects or "", row.tag)
    bus = _bus(row)
    folded = row if bus is None else attrs.evolve(row, busVolume=1, busAutomation=None)
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
        volume=float(folded.volume * folded.busVolume),
        volume_keyframes=_envelope(folded, lanes, start, length, rate),
        effects=drive_chain(effects, lanes, start, row.tag),
        bus=bus,
    )


def _bus(row: MediaRow) -> Bus | None:
    """The group of *row* that has effects; one without is but another gain."""
    chain = read_chain(row.busEffects or "", row.tag)
    if not chain:
        return None
    lanes = read_lanes(row.busAutomation or "", row.tag)
    return Bus(
        id=row.bus,
        effects=drive_chain(chain, lanes, Fraction(0), row.tag),
        volume=float(row.busVolume),
        volume_keyframes=volume_lane(lanes, Fraction(0)),
    )


def _envelope(
    row: MediaRow, lanes: Lanes, start: Fraction, length: Fraction, rate: FrameRate
) -> Envelope:
    """The clip's gain over time; empty where *volume* alone says it."""
    written = tuple((rate.time_of(frame), gain) for frame, gain in row.points)
    lane = volume_lane(lanes, start)
    # A group's lane counts from the composition's beginning.
    bus = volume_lane(read_lanes(row.busAutomation or "", row.tag), Fraction(0))
    # What an author drew outranks what a script does, as in the page runtime.
    moved = any(gain != row.volume for _, gain in written)
    moving = lane or (written if moved else ())
    own = 1.0 if bus else row.busVolume
    constant = float(own * (1 if moving else row.volume))
    fade = fades(start, length, row.fadeIn, row.fadeOut)
    if not moving and not fade and not bus:
        return ()
    whole = multiply(multiply(moving or _ONE, fade or _ONE), ((start, constant),))
    return multiply(whole, bus) if bus else whole


_ONE: Envelope = ((Fraction(0), 1.0),)


def _exact(number: float) -> Fraction:
    # The number an author wrote, not the binary one next to it.
    return Fraction(repr(number))
