"""
Playlists of HLS (RFC 8216) as texts: what a player asks for again and again while it plays.

A list follows from a plan and from how many fragments of it are there, so whoever writes one
writes the same bytes. Nothing here touches a store.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

from .._model.frames import Segment
from .._model.manifest import Content

HEAD, LIST = "head.mp4", "list.m3u8"
"""What a folder of fragments has besides them."""

_ENDED = "#EXT-X-ENDLIST"
# One choice is none: players compare this number with those of others.
_BITS_OF_A_PIXEL, _LEAST_BITS = 0.25, 200_000


def part_name(index: int) -> str:
    """What the fragment *index* is called."""
    return f"{index:06d}.m4s"


def write_list(
    lengths: Sequence[Fraction], count: int, longest: Fraction | None = None
) -> str:
    """
    The list of the first *count* fragments; it is ended when these are all.

    Args:
        lengths: Seconds of each fragment there will be.
        longest: Of any; None takes the longest of these.
    """
    most = longest if longest is not None else max(lengths, default=Fraction(1))
    rows = [
        "#EXTM3U",
        "#EXT-X-VERSION:7",
        f"#EXT-X-TARGETDURATION:{max(1, math.ceil(most))}",
        "#EXT-X-MEDIA-SEQUENCE:0",
        "#EXT-X-PLAYLIST-TYPE:EVENT",
        "#EXT-X-INDEPENDENT-SEGMENTS",
        # Players begin near the end of what still grows, unless told.
        "#EXT-X-START:TIME-OFFSET=0,PRECISE=YES",
        f'#EXT-X-MAP:URI="{HEAD}"',
    ]
    for index, length in enumerate(lengths[:count]):
        rows += [f"#EXTINF:{float(length):.6f},", part_name(index)]
    if count >= len(lengths):
        rows.append(_ENDED)
    return "\n".join(rows) + "\n"


def count_listed(text: str) -> int:
    """How many fragments a list names."""
    return text.count("#EXTINF:")


def lengths_of(segments: Sequence[Segment], content: Content) -> tuple[Fraction, ...]:
    """Seconds of each of *segments*."""
    return tuple(content.frame_rate.time_of(len(each.frames)) for each in segments)


def _guess_bits(content: Content) -> int:
    (width, height), rate = content.output_size, content.frame_rate.fraction
    return max(_LEAST_BITS, int(width * height * rate * _BITS_OF_A_PIXEL))


def write_film(
    content: Content, pictures: str, sound: str | None, codec: str, why: str = ""
) -> str:
    """
    The list that a player is given: where the *pictures* are, and the *sound*.

    Args:
        pictures: Address of their list.
        sound: Address of its list; None for none.
        codec: Of the pictures, for players.
        why: Why there is no sound.
    """
    (width, height), rate = content.output_size, content.frame_rate
    facts = [
        f"BANDWIDTH={_guess_bits(content)}",
        f"RESOLUTION={width}x{height}",
        f"FRAME-RATE={float(rate.fraction):.3f}",
        f'CODECS="{codec}{"" if sound is None else ",mp4a.40.2"}"',
        *([] if sound is None else ['AUDIO="sound"']),
    ]
    media = f'#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="sound",NAME="sound",DEFAULT=YES,URI="{sound}"'
    rows = [
        "#EXTM3U",
        "#EXT-X-VERSION:7",
        "#EXT-X-INDEPENDENT-SEGMENTS",
        *([f"# Without sound: {why}"] if why else []),
        *([] if sound is None else [media]),
        f"#EXT-X-STREAM-INF:{','.join(facts)}",
        pictures,
    ]
    return "\n".join(rows) + "\n"
