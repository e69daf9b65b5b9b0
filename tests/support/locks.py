"""Projects with a lock, and rows of it."""

from __future__ import annotations

import hashlib
from pathlib import Path

import hyperframes_dist as hf
from hyperframes_dist._sources.lock import dump_lock, make_lock

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8">'
    '<rect width="8" height="8" fill="{}"/></svg>'
)


RED, BLUE = SVG.format("red").encode(), SVG.format("blue").encode()


SVG_TYPE = "image/svg+xml"


def row(address: str, body: bytes, **facts: str) -> hf.LockedAddress:
    """What a lock says of *body* at *address*."""
    return hf.LockedAddress(
        address=address,
        sha256=hashlib.sha256(body).hexdigest(),
        size=len(body),
        content_type=facts.get("content_type", SVG_TYPE),
        source=facts.get("source", "https"),
    )


def lock_of(project: Path, *rows: hf.LockedAddress) -> None:
    """Write the lock of *rows* by hand."""
    (project / "hyperframes.lock").write_bytes(dump_lock(make_lock(rows)))
