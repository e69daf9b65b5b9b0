"""
What a sealed page gets when it asks for an address, and who decides it.
"""

from __future__ import annotations

import mimetypes
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


def _media_types() -> mimetypes.MimeTypes:
    # The machine's own tables would make two machines answer differently.
    types = mimetypes.MimeTypes(filenames=())
    for kind, suffixes in {
        "text/javascript": (".js", ".mjs", ".cjs"),
        "application/json": (".json", ".lottie.json"),
        "application/wasm": (".wasm",),
        "font/woff2": (".woff2",),
        "font/woff": (".woff",),
        "font/ttf": (".ttf",),
        "font/otf": (".otf",),
        "image/avif": (".avif",),
        "image/webp": (".webp",),
        "image/svg+xml": (".svg",),
        "model/gltf-binary": (".glb",),
    }.items():
        for suffix in suffixes:
            types.add_type(kind, suffix)
    return types


_TYPES = _media_types()


def media_type(path: str) -> str:
    """The media type a file called *path* is served with."""
    kind = _TYPES.guess_type(path)[0] or "application/octet-stream"
    text = kind.startswith("text/") or kind == "application/json"
    return f"{kind}; charset=utf-8" if text else kind
