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
    """Bytes for the page, with their media type and the status of HTTP."""

    body: bytes
    content_type: str
    status: int = 200

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


NOT_THERE = Answer(body=b"", content_type="text/plain; charset=utf-8", status=404)
"""What a script is told that asks for a file of the page's own that is not there."""

ASKED_BY_SCRIPTS = frozenset({"Fetch", "XHR"})
"""Chrome's types of what a script asks for and can do without."""


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
