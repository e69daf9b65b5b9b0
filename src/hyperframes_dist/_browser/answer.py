"""
What a sealed page gets when it asks for an address, and who decides it.
"""

from __future__ import annotations

from typing import Protocol

import attrs

ORIGIN = "https://composition.invalid/"
"""Where the page believes it lives; reserved by RFC 2606, so no such host exists."""


@attrs.frozen(kw_only=True)
class Answer:
    """Bytes for the page, with their media type."""

    body: bytes
    content_type: str

    def headers(self) -> list[dict[str, str]]:
        """What goes before it, as ``Fetch.fulfillRequest`` takes it."""
        return [
            {"name": "Content-Type", "value": self.content_type},
            # A frozen address answers whoever in the page asks, as a CDN does.
            {"name": "Access-Control-Allow-Origin", "value": "*"},
            {"name": "Access-Control-Allow-Headers", "value": "*"},
            {"name": "Timing-Allow-Origin", "value": "*"},
            {"name": "Cache-Control", "value": "max-age=31536000, immutable"},
        ]


class Door(Protocol):
    """Decides what the page gets when it asks for an address."""

    def answer(self, address: str, kind: str) -> Answer:
        """
        The answer to *address*, called in a thread.

        Args:
            kind: Chrome's resource type, such as ``Image`` or ``Script``.

        Raises:
            HyperframesError: There is none; the page fails with it.
        """
        ...
