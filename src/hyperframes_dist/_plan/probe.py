"""
The page, once, at plan time: what it is, and what it asks for along its timeline.
"""

from __future__ import annotations

import json
import math
from fractions import Fraction
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urldefrag

import attrs

from .._browser.stage import PageSetup
from .._fonts.check import ShownFonts
from .._media.discover import discover_media
from .._model.codec import from_page
from .._model.composition import Composition, MediaClip
from .._model.config import RenderConfig
from .._model.facts import MediaRow, PageFacts
from .._model.frames import FrameRate
from ..progress import Control
from .follow import Followed, follow
from .media_files import MediaFiles

if TYPE_CHECKING:
    from .._browser.browser import Browser
    from .._browser.page import Page
    from .recorder import RecordingDoor

_T = TypeVar("_T")

_VOLUMES_PER_SECOND = 60
_LISTENED_FRAMES = 120


@attrs.frozen(kw_only=True)
class Probed:
    """
    What the page showed.

    Attributes:
        composition: Its size and length.
        timeline: Whether it registered its timeline.
        absent: Compositions in it that registered none.
        warnings: What is doubtful, for a person.
        media: Its ``<video>`` and ``<audio>`` elements, in document order.
        fonts: What its text asks of fonts.
        followed: What it came to along its timeline.
        drawn: Addresses of images whose motion is drawn as it is due, if they have any.
    """

    composition: Composition
    timeline: bool
    absent: tuple[str, ...]
    warnings: tuple[str, ...]
    media: tuple[MediaClip, ...]
    fonts: ShownFonts
    followed: Followed
    drawn: frozenset[str]


def probe_page(
    browser: Browser,
    setup: PageSetup,
    door: RecordingDoor,
    media: MediaFiles,
    entry: str,
    config: RenderConfig,
    control: Control,
) -> Probed:
    """
    Load the page behind *door* and walk its timeline, so that everything is asked for.

    Raises:
        InputError: The composition has no size or duration, or too much of either.
        PageError: A script throws, a timeline never registers, or a file is missing.
        UnsupportedFeatureError: Sound or video does what this version refuses.
    """
    limits = config.limits
    with setup.open(browser, door, control) as page:
        said = browser.loop.run(page.load(entry, setup.ready_seconds), control)
        facts = from_page(said, PageFacts)
        composition = Composition(
            id=facts.id,
            width=facts.width or setup.width,
            height=facts.height or setup.height,
            duration=Fraction(repr(facts.duration)),
        )
        composition.check(limits, scale=setup.scale)
        rows, followed = browser.loop.run(
            _survey(page, composition, setup.clock.rate, limits.ready_seconds), control
        )

        def ask(call: str, kind: type[_T]) -> _T:
            """What ``window.__hfd`` answers to *call*."""
            asked = page.evaluate(f"__hfd.{call}", timeout=limits.ready_seconds)
            return from_page(browser.loop.run(asked, control), kind)

        if missing := door.missing():
            door.spare(ask(f"spared({json.dumps(missing)})", tuple[str, ...]))
            rows = [row for row in rows if urldefrag(row.src).url not in missing]
        shown = ask("fonts()", ShownFonts)
        notes = ask("notes()", tuple[str, ...])
        drawn = ask("drawn()", tuple[str, ...])
    clips = discover_media(
        rows, composition.duration, rate=setup.clock.rate, measure=media.measure
    )
    return Probed(
        composition=composition,
        timeline=facts.timeline,
        absent=facts.absent,
        warnings=(*_warnings(facts), *notes),
        media=clips,
        fonts=shown,
        followed=followed,
        drawn=frozenset(urldefrag(address).url for address in drawn),
    )


async def _survey(
    page: Page, composition: Composition, rate: FrameRate, timeout: float
) -> tuple[list[MediaRow], Followed]:
    await page.resize(composition.width, composition.height)
    count = rate.count_frames(composition.duration)
    await page.evaluate("__hfd.watchVolumes()", timeout=timeout)
    followed = await follow(page, count, timeout)
    await page.draw(None)
    await page.settle(-1, timeout=timeout)
    rows = await _media(page, timeout)
    if any(row.written and not row.muted for row in rows):
        await _listen(page, count, rate, timeout)
        rows = await _media(page, timeout)
    return rows, followed


async def _media(page: Page, timeout: float) -> list[MediaRow]:
    said = await page.evaluate("__hfd.media()", timeout=timeout)
    return [from_page(row, MediaRow) for row in said]


async def _listen(page: Page, count: int, rate: FrameRate, timeout: float) -> None:
    """Walk the whole timeline again, for what tweens and scripts make of volumes."""
    step = max(1, math.ceil(rate.fraction / _VOLUMES_PER_SECOND))
    for start in range(0, count, _LISTENED_FRAMES):
        stop = min(count, start + _LISTENED_FRAMES)
        await page.evaluate(f"__hfd.listen({start},{stop},{step})", timeout=timeout)


def _warnings(facts: PageFacts) -> tuple[str, ...]:
    return tuple(
        f"composition {name!r} registers no timeline; set data-no-timeline on it"
        for name in facts.absent
    )
