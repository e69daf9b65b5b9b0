"""
Whole files in a keyed store, wherever it is: put once, read verified.

The only question a store is asked is "these bytes, under this key"; what a key means
is the caller's business.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import attrs

__all__ = ["StoredFile", "Transport"]


@attrs.frozen(kw_only=True)
class StoredFile:
    """
    A file as the store holds it.

    Attributes:
        key: Its key, relative to the store's root.
        size: Its bytes.
        sha256: Hex digest of its bytes.
    """

    key: str
    size: int
    sha256: str


class Transport(Protocol):
    """
    A store of whole files; safe to use from several threads.

    Keys are relative POSIX paths of ASCII letters, digits and ``._-/``, without empty,
    ``.`` or ``..`` parts. Every method raises `TransportError` when the store does not
    answer (worth a retry), and `InputError` for a key it cannot have.
    """

    @property
    def url(self) -> str:
        """What `open_transport` opens the same store with; holds no credentials."""
        ...

    def put(self, path: Path, key: str) -> StoredFile:
        """
        Store the file at *path* under *key*, whole or not at all.

        Equal bytes that are there already are left alone.

        Raises:
            StoreConflictError: Other bytes are there; they are never overwritten.
        """
        ...

    def get(self, key: str, path: Path) -> StoredFile:
        """
        Fetch *key* into the file *path*, published only after its sha256 was compared.

        Raises:
            StoreMissingError: Nothing is there.
            StoreDamagedError: The bytes are not the ones that were put, after all tries.
        """
        ...

    def find(self, key: str) -> StoredFile | None:
        """What lies under *key*, without its bytes; None if nothing does."""
        ...

    def list(self, prefix: str = "") -> Iterator[str]:
        """Keys below *prefix*, sorted; *prefix* is a path, not a part of a name."""
        ...

    def delete(self, key: str) -> None:
        """Remove *key*; nothing happens if it is not there."""
        ...

    def presign(self, key: str, *, seconds: int) -> str:
        """
        An address anybody may read *key* at for *seconds*.

        Raises:
            UnsupportedFeatureError: The store has no such addresses.
        """
        ...
