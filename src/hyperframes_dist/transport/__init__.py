"""
Whole files in a keyed store, wherever it is: put once, read verified.

The only question a store is asked is "these bytes, under this key"; what a key means
is the caller's business.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from importlib import import_module, metadata
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol, cast, runtime_checkable

import attrs

from .._tools.files import path_of, shown
from ..errors import InputError
from ._uri import check_key, check_prefix, require_address

__all__ = [
    "Replacing",
    "StoredFile",
    "Transport",
    "check_key",
    "check_prefix",
    "open_transport",
    "store_address",
]

_GROUP = "hyperframes_dist.transports"
# As a Path has it, too. One letter is a drive.
_LOST_SLASH = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/", re.ASCII)
# Named, not imported: a store that is not opened loads no client.
_OWN = MappingProxyType(
    {
        "file": ("local", "open_local"),
        "gs": ("gs", "open_gs"),
        "s3": ("s3", "open_s3"),
    },
)


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
    ``.`` or ``..`` parts, of at most 700 characters and 200 a part. Every method raises
    `TransportError` when the store does not answer (worth a retry), and `InputError` for
    a key it cannot have and for a store that refuses this caller.
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


@runtime_checkable
class Replacing(Protocol):
    """What a `Transport` has besides where one file may take another one's place."""

    def replace(self, path: Path, key: str, was: str | None) -> StoredFile:
        """
        Store the file at *path* under *key*, in the place of what has the sha256 *was*.

        Who reads *key* meanwhile gets one of both, whole. Of many who replace the same
        bytes one does.

        Args:
            was: None for nothing.

        Raises:
            StoreConflictError: Something else is there, which is left alone.
        """
        ...


def open_transport(url: str, **options: Any) -> Transport:
    """
    The store at *url*.

    ``file:///absolute/path``, ``s3://bucket/prefix`` and ``gs://bucket/prefix`` are known
    here; a package adds a scheme by an entry point in the group
    ``hyperframes_dist.transports``, named like the scheme, that is called with *url* and
    *options*.

    Args:
        url: What `Transport.url` gives.
        **options: What the scheme's transport takes besides, such as ``client=`` of
            `S3Transport`.

    Raises:
        InputError: Nothing installed knows the scheme, or *url* is malformed.
    """
    require_address(url)
    scheme, found, _ = url.partition("://")
    if found and scheme in _OWN:
        module, name = _OWN[scheme]
        opener = getattr(import_module(f".{module}", __name__), name)
    else:
        opener = _installed(scheme if found else "", url)
    return cast("Transport", opener(url, **options))


def store_address(store: Path | str) -> str:
    """
    The address of *store*, which is one already or the path of a directory.

    What has ``://`` in it is an address, of whatever scheme; all else is a path, which is
    made absolute.

    Raises:
        InputError: *store* is empty, no path, begins with ``~``, or is an address that has
            lost a slash.
    """
    if isinstance(store, str) and "://" in store:
        return store
    if store == "":
        raise InputError(
            "store '' is empty: a variable that is not set, perhaps; give a directory or "
            "an address"
        )
    if isinstance(store, str | os.PathLike):
        _check_store(os.fsdecode(store))
    return path_of(store, "store").absolute().as_uri()


def _check_store(text: str) -> None:
    if _LOST_SLASH.match(text):
        raise InputError(
            f"store {shown(text)!r}: an address has '://' in it, and is text, no Path"
        )
    if text.startswith("~"):
        raise InputError(
            f"store {text[:80]!r} begins with '~', in whose place nothing has put a home "
            "directory; give the whole path"
        )


def _installed(scheme: str, url: str) -> Any:
    """What another package opens *scheme* with."""
    points = metadata.entry_points(group=_GROUP)
    if scheme not in points.names:
        known = ", ".join(f"{each}://" for each in sorted({*_OWN, *points.names}))
        raise InputError(
            f"{shown(url)!r} is not the address of a store; known here: {known}"
        )
    point = points[scheme]
    try:
        return point.load()
    except Exception as error:
        raise InputError(
            f"{scheme}:// is opened by {point.value}, which cannot be loaded: {error}"
        ) from error
