"""
A page set up to show a composition: the same clock, dice and bridge at plan time and in
every worker.

Holds what both have in common; what each does with the page is its own.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from contextlib import AbstractContextManager
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import attrs

from .._model.content import Video
from .._model.shutter import Clock
from ..progress import Control
from .clock import read_clock
from .door import Door, picture_address

if TYPE_CHECKING:
    from .browser import Browser
    from .page import Page

_SCRIPTS = (
    *("bridge.js", "absent.js", "steered.js", "elements.js", "notes.js"),
    *("media.js", "playback.js", "video.js", "moving.js", "fonts.js"),
)
# A stand-in is there at once; what is not there by then will not come.
_MEDIA_MS = 5000
# What the renderer says to the page is not the page's to change.
_CLOSED = "window.__hfd && Object.freeze(window.__hfd)"
# How long a page that asks for nothing may still think about its timelines.
_QUIET_MS = 1000
# Answers of one page that are written down.
_WITNESSED = 20_000


@attrs.frozen(kw_only=True)
class PageSetup:
    """
    What a page has to be told before it loads.

    Attributes:
        clock: The times it is shown at.
        width: Viewport width in CSS pixels.
        height: Viewport height in CSS pixels.
        variables: What the page reads as ``window.__hfVariables``.
        has_runtime: Whether the document carries the page runtime.
        timeline: Whether a timeline is waited for; None where nobody knows yet.
        preload: Addresses of images to decode before the first frame.
        videos: The page's videos as pictures; empty while planning.
        ready_seconds: Longest wait until the page is ready.
        scale: Pixels per CSS pixel along each side.
        transparent: Whether the page is drawn on nothing, without the backgrounds of its
            document and its compositions.
        follows: Whether it is looked at what frames depend on besides their times.
        witness: Whether it is written down what the page asks of its browser.
    """

    clock: Clock
    width: int
    height: int
    variables: Mapping[str, Any]
    has_runtime: bool
    timeline: bool | None
    preload: tuple[str, ...] = ()
    videos: tuple[Video, ...] = ()
    ready_seconds: float
    scale: int = 1
    transparent: bool = False
    follows: bool = False
    witness: bool = False

    def open(
        self, browser: Browser, door: Door, control: Control
    ) -> AbstractContextManager[Page]:
        """A fresh page of *browser* with this setup's scripts, not yet loaded."""
        return browser.page(
            door=door,
            scripts=self._scripts(),
            width=self.width,
            height=self.height,
            scale=self.scale,
            transparent=self.transparent,
            control=control,
        )

    def _scripts(self) -> tuple[str, ...]:
        facts = {
            **_clock_facts(self.clock),
            "variables": self.variables,
            "runtime": self.has_runtime,
            "timeline": self.timeline,
            "preload": self.preload,
            "videos": [_video_facts(video) for video in self.videos],
            "mediaMs": _MEDIA_MS,
            "quietMs": _QUIET_MS,
            "transparent": self.transparent,
            "most": _WITNESSED,
            "random": secrets.token_hex(8) if self.witness else "",
        }
        sources = files(__package__) / "js"
        told = (
            f"({(sources / name).read_text('utf-8').strip()})({json.dumps(facts)})"
            for name in (*_SCRIPTS, *self._more())
        )
        return (read_clock("clock.js"), *told, _CLOSED)

    def _more(self) -> tuple[str, ...]:
        follows = ("history.js",) if self.follows else ()
        return (*follows, "witness.js") if self.witness else follows


def _clock_facts(clock: Clock) -> dict[str, Any]:
    """The rate of the grid that all ticks are on, and where on it each one is."""
    return {
        "rateNumerator": clock.rate.numerator * clock.grid,
        "rateDenominator": clock.rate.denominator,
        "ticks": clock.ticks,
        "grid": clock.grid,
        "opens": int(clock.opens * clock.grid),
        "step": int(clock.step * clock.grid),
        "last": clock.last,
    }


def _video_facts(video: Video) -> dict[str, Any]:
    return {
        "id": video.id,
        "base": picture_address(f"{video.folder}/"),
        "suffix": f".{video.suffix}",
        "width": video.width,
        "height": video.height,
        "runs": [[run.start, run.stop, run.first, run.step] for run in video.runs],
    }
