"""
Bytes kept by their digest, which is compared whenever they are read.
"""

from __future__ import annotations

import contextlib
import hashlib
from pathlib import Path

import attrs

from .files import write_file


@attrs.frozen
class KeptBytes:
    """Bytes below *root*, each file named by its sha256; damaged ones are not there."""

    root: Path

    def get(self, sha256: str) -> bytes | None:
        """The bytes whose digest is *sha256*, if they are kept."""
        with contextlib.suppress(OSError):
            body = (self.root / sha256).read_bytes()
            if hashlib.sha256(body).hexdigest() == sha256:
                return body
        return None

    def put(self, body: bytes) -> str:
        """Keep *body*; returns its digest."""
        sha256 = hashlib.sha256(body).hexdigest()
        if self.get(sha256) is None:
            write_file(self.root / sha256, body)
        return sha256
