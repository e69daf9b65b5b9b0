"""
What a page says of itself: the answers of ``bridge.js`` and ``media.js`` as values.

A key that is misspelt on either side is an error with its name, never a default.
"""

from __future__ import annotations

from typing import Literal

import attrs


@attrs.frozen(kw_only=True)
class PageFacts:
    """
    What a page is, once it is ready.

    Attributes:
        id: The ``data-composition-id`` of its root; empty for a page with its own seek.
        width: Declared width in CSS pixels; 0 where none is declared.
        height: Likewise.
        duration: Seconds; 0 where the page does not say.
        timeline: Whether its root registered a timeline.
        absent: Compositions that registered none.
    """

    id: str
    width: int
    height: int
    duration: float
    timeline: bool
    absent: tuple[str, ...]


@attrs.frozen(kw_only=True)
class Skimmed:
    """
    How far a page has passed frames by its scripts alone.

    Attributes:
        next: The first frame that was not passed.
        owes: Whether the page wants more of the last one than its time.
    """

    next: int
    owes: bool


@attrs.frozen(kw_only=True)
class MediaRow:
    """
    A ``<video>`` or ``<audio>`` of a page, with its attributes resolved by the page.

    Times are seconds; those of a composition unless said otherwise.

    Attributes:
        id: Its render id: unique among the page's media, stable between loads.
        kind: Its element's name.
        tag: Its start tag, shortened, for a message.
        src: The address of its source; empty where it has none.
        start: When it begins.
        duration: How long it lasts; None where its source decides.
        limit: When the scene it is in ends; None where it is in none.
        mediaStart: Seconds of its source that are skipped.
        rate: Seconds of source per second of composition.
        loop: Whether the source begins again when it is over.
        muted: Whether it contributes no sound.
        volume: Its linear gain.
        busVolume: The gain of the group it is in.
        fadeIn: Seconds until its sound is at its volume.
        fadeOut: Seconds before its end in which its sound goes.
        automation: Its ``data-automation``.
        busAutomation: The one of its group.
        effects: Its ``data-fx-chain``.
        bus: The id of the group it is in; empty where it is in none.
        busEffects: The ``data-fx-chain`` of its group.
        written: Whether a script wrote its volume, as far as that was watched.
        points: ``(frame, gain)`` pairs between which its volume is linear.
    """

    id: str
    kind: Literal["video", "audio"]
    tag: str
    src: str
    start: float
    duration: float | None
    limit: float | None
    mediaStart: float  # noqa: N815 - the page's own spelling
    rate: float
    loop: bool
    muted: bool
    volume: float
    busVolume: float  # noqa: N815
    fadeIn: float  # noqa: N815
    fadeOut: float  # noqa: N815
    automation: str | None
    busAutomation: str | None  # noqa: N815
    effects: str | None
    bus: str
    busEffects: str | None  # noqa: N815
    written: bool
    points: tuple[tuple[int, float], ...]


@attrs.frozen(kw_only=True)
class FollowedFacts:
    """
    What a page came to in some frames.

    Attributes:
        found: Names of what each frame came to, by its number.
        reason: What makes frames depend on those before them; empty where nothing was
            seen to.
        drawing: Whether *reason* is what a canvas keeps, of which its document tells nothing.
        starts: Frames at which tweens began.
        shown: How many frames were shown.
        draws: Whether the page has to be painted before it goes on.
    """

    found: dict[str, str]
    reason: str
    drawing: bool
    starts: tuple[int, ...]
    shown: int
    draws: bool
