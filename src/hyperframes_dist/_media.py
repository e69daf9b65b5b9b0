"""
The page's sound and video as values: what the page says, completed by what the files say.

Knows nothing of pixels or samples.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

from ._composition import MediaClip
from ._ffmpeg import MediaFacts, probe_media
from .errors import EncodeError, InputError
from .progress import Control


def discover_media(
    rows: Iterable[Mapping[str, Any]],
    duration: Fraction,
    *,
    source: Callable[[str], Path],
    control: Control,
) -> tuple[MediaClip, ...]:
    """
    The clips behind *rows*, what the page's ``media()`` gave, in document order.

    Args:
        duration: Where the composition ends; no clip ends later.
        source: Gives the local file behind an address.

    Returns:
        The clips that are there for a while; one that begins at its end is left out.

    Raises:
        InputError: A source holds no sound or no video; the element is named.
        PageError: A source is missing.
    """
    known: dict[str, MediaFacts] = {}
    clips = []
    for row in rows:
        address = str(row["src"])
        if not address:
            # Nothing is asked of an element a script will give a source, or never will.
            continue
        if address not in known:
            known[address] = _measure(source(address), row, control)
        clip = _clip(row, known[address], duration)
        if clip.start < clip.end:
            clips.append(clip)
    return tuple(clips)


def _measure(path: Path, row: Mapping[str, Any], control: Control) -> MediaFacts:
    try:
        return probe_media(path, control=control)
    except EncodeError as error:
        raise InputError(
            f"{row['tag']} has a source nobody can play: {error}"
        ) from None


def _clip(row: Mapping[str, Any], facts: MediaFacts, duration: Fraction) -> MediaClip:
    kind, start = row["kind"], _exact(row["start"])
    found = facts.audio if kind == "audio" else facts.natural
    if found is None:
        what = "sound" if kind == "audio" else "video"
        raise InputError(
            f"{row['tag']} has a source without {what}: {row['src'][:200]}"
        )
    media_start, rate = _exact(row["mediaStart"]), _exact(row["rate"])
    natural = max(Fraction(0), found - media_start) / rate
    length = natural if row["duration"] is None else _exact(row["duration"])
    if kind == "audio" and not row["loop"]:
        length = min(length, natural)
    ends = [start + length, duration]
    if row["limit"] is not None:
        ends.append(_exact(row["limit"]))
    return MediaClip(
        id=str(row["id"]),
        kind=kind,
        src=str(row["src"]),
        start=start,
        end=min(ends),
        media_start=media_start,
        playback_rate=rate,
        loop=bool(row["loop"]),
        muted=bool(row["muted"]),
        volume=float(row["volume"]),
    )


def _exact(number: float) -> Fraction:
    # The number an author wrote, not the binary one next to it.
    return Fraction(repr(number))
