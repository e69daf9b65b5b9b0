"""
The composition as a value: what the document and the page say it is.

Read by the compiler and the probe, frozen into the plan; nothing here parses anything.
"""

from __future__ import annotations

from fractions import Fraction

import attrs

from ._config import Limits
from .errors import InputError


@attrs.frozen(kw_only=True)
class Composition:
    """
    A composition ready to be cut into frames.

    Attributes:
        id: Its ``data-composition-id``; empty for a page that brings its own seek.
        width: Width of a frame in CSS pixels.
        height: Height of a frame in CSS pixels.
        duration: Length in seconds.
    """

    id: str
    width: int
    height: int
    duration: Fraction

    def check(self, limits: Limits) -> None:
        """
        Refuse a composition nobody can mean.

        Raises:
            InputError: No size, no duration, or more of either than *limits* allow.
        """
        if self.width < 2 or self.height < 2:
            raise InputError(
                f"composition is {self.width}x{self.height}; "
                "data-width and data-height must be at least 2"
            )
        if self.width * self.height > limits.pixels:
            raise InputError(
                f"composition is {self.width}x{self.height}, "
                f"over the limit of {limits.pixels} pixels"
            )
        if self.duration <= 0:
            raise InputError(
                "composition has no duration; set data-duration on its root, "
                "or register a timeline that has one"
            )
        if self.duration > Fraction(limits.seconds):
            raise InputError(
                f"composition lasts {float(self.duration):g} s, over the limit of "
                f"{limits.seconds:g} s; is a repeat unbounded? set data-duration"
            )
