"""
The media type a file is served with, told by its name alone.
"""

from __future__ import annotations

import mimetypes


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
