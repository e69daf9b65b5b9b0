"""
A store in a directory of this machine, or of a file system several machines share.

Files lie under their keys and can be opened by anybody; what the store itself keeps is
below names with a ``~``, which no key has. A file appears by a hard link, which fails if
the name is taken: there is no moment at which bytes could be replaced.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from .._tools.files import (
    copy_file,
    file_lock,
    parse_file_url,
    publish_file,
    read_note,
    sha256_file,
    write_file,
)
from .._tools.leftovers import held_dir, sweep
from .._tools.retry import Retry
from ..errors import (
    InputError,
    StoreConflictError,
    StoreDamagedError,
    StoreMissingError,
    UnsupportedFeatureError,
)
from . import StoredFile
from ._disk import file_errors
from ._uri import check_key, check_prefix, is_key

__all__ = ["LocalTransport", "open_local"]

_RETRY = Retry(tries=3)
_NOTE = re.compile(rb"([0-9a-f]{64}) ([0-9]{1,18})\s*")


def open_local(url: str) -> LocalTransport:
    """
    The store at ``file:///absolute/path``.

    Raises:
        InputError: *url* is no such address.
    """
    return LocalTransport(parse_file_url(url))


class LocalTransport:
    """
    A `Transport` into the directory *root*, which is made when first put into.

    The file system must have hard links and locks. ``~sha256`` in it keeps the digests of
    what was put, so that bytes that changed since are noticed; ``~drafts`` holds what a
    killed writer left, and may be emptied when nobody writes. A file that was laid there
    by other means counts as put.
    """

    def __init__(self, root: str | os.PathLike[str]) -> None:
        self._root = Path(root).resolve()
        self._digests = self._root / "~sha256"

    def __repr__(self) -> str:
        return f"LocalTransport({str(self._root)!r})"

    @property
    def url(self) -> str:
        """See `Transport.url`."""
        return self._root.as_uri()

    def put(self, path: Path, key: str) -> StoredFile:
        """See `Transport.put`."""
        if not path.is_file():
            raise InputError(f"{str(path)!r} is not a file, so it cannot be stored")
        if (there := self.find(key)) is not None:
            return self._require_same(there, sha256_file(path)[1])
        with file_errors(self._address(key)), self._draft() as draft:
            size, digest = copy_file(path, draft)
            put = StoredFile(key=key, size=size, sha256=digest)
            if self._link(draft, put):
                return put
        if (there := self.find(key)) is None:
            raise InputError(f"{self._address(key)} is taken by what is no file")
        return self._require_same(there, digest)

    def replace(self, path: Path, key: str, was: str | None) -> StoredFile:
        """See `Replacing.replace`."""
        place = self._place(key)
        with file_errors(self._address(key)), self._draft() as draft:
            size, digest = copy_file(path, draft)
            _settle(draft)
            with file_lock(self._root / "~lock"):
                there = self.find(key)
                found = None if there is None else there.sha256
                if found != was:
                    wanted = was or "nothing"
                    raise StoreConflictError(self._address(key), wanted, found or "")
                place.parent.mkdir(parents=True, exist_ok=True)
                # Without its digest a file is read to know it, so no reader meets one file
                # with the digest of the other.
                (self._digests / key).unlink(missing_ok=True)
                draft.replace(place)
                self._settle_folders(place.parent)
                write_file(self._digests / key, f"{digest} {size}\n".encode())
        return StoredFile(key=key, size=size, sha256=digest)

    def get(self, key: str, path: Path) -> StoredFile:
        """See `Transport.get`."""

        def may_pass(error: Exception) -> bool:
            # It may have been replaced between its digest and its bytes.
            return isinstance(error, StoreDamagedError)

        return _RETRY.call(lambda: self._fetch(key, path), may_pass)

    def find(self, key: str) -> StoredFile | None:
        """See `Transport.find`."""
        place = self._place(key)
        with file_errors(self._address(key)):
            if not place.is_file():
                return None
            with contextlib.suppress(FileNotFoundError, NotADirectoryError, InputError):
                digest, size = _split(read_note(self._digests / key))
                return StoredFile(key=key, size=size, sha256=digest)
            # A writer may have died before it wrote down what it had put.
            with contextlib.suppress(FileNotFoundError):
                number, digest = sha256_file(place)
                return StoredFile(key=key, size=number, sha256=digest)
        return None

    def list(self, prefix: str = "") -> Iterator[str]:
        """See `Transport.list`."""
        top = self._place(prefix) if check_prefix(prefix) else self._root
        with file_errors(self._address(prefix)):
            return iter(sorted(filter(is_key, self._names(top))))

    def delete(self, key: str) -> None:
        """See `Transport.delete`."""
        place = self._place(key)
        with file_errors(self._address(key)):
            if not place.is_file():
                return
            with file_lock(self._root / "~lock"):
                (self._digests / key).unlink(missing_ok=True)
                place.unlink(missing_ok=True)
                _prune(place.parent, self._root)
                _prune((self._digests / key).parent, self._digests)

    def presign(self, key: str, *, seconds: int) -> str:  # noqa: ARG002
        """See `Transport.presign`."""
        raise UnsupportedFeatureError(
            "an address anybody may read", self._address(key), "use a store on S3"
        )

    def _place(self, key: str) -> Path:
        """Where *key* lies; nothing is followed out of the store."""
        place = self._root / check_key(key)
        with file_errors(self._address(key)):
            if os.path.realpath(place) != str(place):
                raise InputError(f"{self._address(key)} leads elsewhere by a link")
        return place

    def _address(self, key: str) -> str:
        return f"{self.url}/{key}" if key else self.url

    def _require_same(self, there: StoredFile, digest: str) -> StoredFile:
        if there.sha256 != digest:
            raise StoreConflictError(self._address(there.key), digest, there.sha256)
        return there

    def _fetch(self, key: str, path: Path) -> StoredFile:
        address = self._address(key)
        if (wanted := self.find(key)) is None:
            raise StoreMissingError(address)
        with file_errors(self._address(key)), publish_file(path) as draft:
            try:
                _, actual = copy_file(self._root / key, draft)
            except FileNotFoundError:
                raise StoreMissingError(address) from None
            if actual != wanted.sha256:
                raise StoreDamagedError(address, wanted.sha256, actual)
        return wanted

    @contextlib.contextmanager
    def _draft(self) -> Iterator[Path]:
        folder = self._root / "~drafts"
        folder.mkdir(parents=True, exist_ok=True)
        sweep(folder)
        with held_dir("", folder) as own:
            yield own / "draft"

    def _link(self, draft: Path, put: StoredFile) -> bool:
        """Give *draft* its key; False if the key is taken."""
        place = self._root / put.key
        _settle(draft)
        # The lock keeps a digest beside its bytes; the link alone keeps the bytes.
        with file_lock(self._root / "~lock"):
            place.parent.mkdir(parents=True, exist_ok=True)
            try:
                place.hardlink_to(draft)
            except FileExistsError:
                return False
            self._settle_folders(place.parent)
            write_file(self._digests / put.key, f"{put.sha256} {put.size}\n".encode())
        return True

    def _settle_folders(self, folder: Path) -> None:
        """A file that was fsynced is lost if one of the folders above it is not."""
        while folder.is_relative_to(self._root):
            _settle(folder)
            folder = folder.parent

    def _names(self, top: Path) -> Iterator[str]:
        for folder, folders, files in os.walk(top, onerror=_walk_error):
            folders[:] = [name for name in folders if "~" not in name]
            for name in files:
                path = Path(folder, name)
                if not path.is_symlink():
                    yield path.relative_to(self._root).as_posix()


def _walk_error(error: OSError) -> None:
    if error.errno not in {errno.ENOENT, errno.ENOTDIR}:
        raise error


def _split(note: bytes) -> tuple[str, int]:
    """The digest and the size that *note* tells of a file."""
    match = _NOTE.fullmatch(note)
    if match is None:
        raise InputError("no note of a digest and a size")
    return match[1].decode(), int(match[2])


def _prune(folder: Path, top: Path) -> None:
    """Remove folders without files, whose name another key may want."""
    with contextlib.suppress(OSError):
        while folder != top:
            folder.rmdir()
            folder = folder.parent


def _settle(path: Path) -> None:
    """Have the file or directory *path* outlive a power cut."""
    # Windows writes out only what may be written to, and has no folders to be opened.
    folder = path.is_dir()
    if folder and sys.platform == "win32":
        return
    descriptor = os.open(path, os.O_RDONLY if folder else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
