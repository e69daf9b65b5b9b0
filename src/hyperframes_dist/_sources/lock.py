"""
``hyperframes.lock``: which bytes each remote address of a project means.

The file lies beside the entry document, is meant to be committed, and is the readable
spelling of a `Lock`. Nothing here fetches anything.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import attrs

from .._model.codec import from_json, to_json
from .._tools.files import read_note, resolve_inside, write_file
from ..errors import DiskFullError, InputError

LOCK_NAME = "hyperframes.lock"
LOCK_VERSION = 1

_DIGEST = re.compile(r"[0-9a-f]{64}")


def _check_digest(_: object, attribute: attrs.Attribute[Any], value: Any) -> None:
    if not (isinstance(value, str) and _DIGEST.fullmatch(value)):
        raise InputError(f"{attribute.name} {value!r} is not 64 hexadecimal digits")


@attrs.frozen(kw_only=True)
class LockedAddress:
    """
    What one remote address means.

    Attributes:
        address: The whole address, as the page asks for it.
        sha256: Lower-case hex digest of its bytes.
        size: How many they are.
        content_type: The media type they are served with.
        source: Where they came from, such as ``npm:gsap@3.12.5/dist/gsap.min.js``.
    """

    address: str
    sha256: str = attrs.field(validator=_check_digest)
    size: int
    content_type: str
    source: str


@attrs.frozen(kw_only=True)
class Lock:
    """
    The pinned remote addresses of a project.

    Attributes:
        version: Version of the file's structure.
        addresses: What each address means, sorted, no address twice.

    Raises:
        InputError: The version is not known, or an address stands there twice.
    """

    version: int
    addresses: tuple[LockedAddress, ...]

    def __attrs_post_init__(self) -> None:
        if self.version != LOCK_VERSION:
            raise InputError(
                f"{LOCK_NAME} has version {self.version}, this library reads "
                f"{LOCK_VERSION}; use the library it was written by"
            )
        counts = Counter(row.address for row in self.addresses)
        if twice := sorted(name for name, count in counts.items() if count > 1):
            raise InputError(f"{LOCK_NAME} holds {_bare(twice[0])} twice; remove one")

    @property
    def by_address(self) -> dict[str, LockedAddress]:
        """The rows by their addresses."""
        return {row.address: row for row in self.addresses}


def _bare(address: str) -> str:
    # A query may be a signature; it stays out of messages.
    return address.partition("?")[0]


def make_lock(rows: Iterable[LockedAddress]) -> Lock:
    """The lock of *rows*, in the file's order."""
    ordered = sorted(rows, key=lambda row: row.address)
    return Lock(version=LOCK_VERSION, addresses=tuple(ordered))


def dump_lock(lock: Lock) -> bytes:
    """The bytes of the file: one spelling per lock, a line per fact, for people's diffs."""
    raw = json.loads(to_json(lock))
    text = json.dumps(raw, indent=2, sort_keys=True, ensure_ascii=False)
    return f"{text}\n".encode()


def read_lock(project: Path) -> Lock | None:
    """
    The lock of *project*; None where it has none.

    Raises:
        InputError: The file cannot be read as a lock, as after a merge that left its marks.
    """
    path = project / LOCK_NAME
    if not path.exists() and not path.is_symlink():
        return None
    inside = resolve_inside(project, LOCK_NAME)
    if inside is None:
        raise InputError(f"{LOCK_NAME} is not a file in the project")
    try:
        return from_json(read_note(inside), Lock)
    except InputError as error:
        raise InputError(
            f"{LOCK_NAME} cannot be used: {error}; mend it, or remove it and lock again"
        ) from None


def write_lock(project: Path, lock: Lock) -> None:
    """
    Make *lock* that of *project*; a file that says so already is not touched.

    Raises:
        InputError: The project cannot be written to.
    """
    path, data = project / LOCK_NAME, dump_lock(lock)
    try:
        if not (path.is_file() and path.read_bytes() == data):
            write_file(path, data)
    except DiskFullError:
        raise
    except OSError as error:
        raise InputError(f"cannot write {str(path)!r}: {error.strerror}") from None
