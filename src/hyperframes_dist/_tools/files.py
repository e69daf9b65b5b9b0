"""
Files: published whole or not at all, listed in one order, named by their bytes.

Never decides what a file means.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import re
import stat
import time
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import IO, Any
from urllib.parse import unquote_to_bytes

from .._model.content import Artifact
from .._model.near import nearest
from ..errors import (
    DeadlineExceeded,
    DiskFullError,
    HyperframesError,
    InputError,
    PlanIncompleteError,
    PlanIntegrityError,
    ResourceLimitError,
)
from ..progress import Control
from .leftovers import held_dir

_BLOCK = 1 << 20
# A file that may grow no further is as a disk that has no room for it.
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_SPENT = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EAGAIN})
_NO_THREAD = "can't start new thread"
_NO_PLACE = frozenset(
    {
        *(errno.ENOENT, errno.ENOTDIR, errno.EEXIST, errno.EACCES, errno.EPERM),
        *(errno.EROFS, errno.ENAMETOOLONG, errno.ELOOP, errno.EINVAL, errno.EISDIR),
    }
)
_TICKS_NS = 100_000_000
_LOCK_TICK = 0.02
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/", re.ASCII)
_SHA256 = re.compile(r"[0-9a-f]{64}")
# More than any plan takes that can be planned; a file may say it is terabytes long.
_LARGEST_NOTE = 1 << 28


def is_full(error: OSError) -> bool:
    """Whether *error* is that there is no room left."""
    return error.errno in _FULL


def as_spent(error: BaseException) -> ResourceLimitError | None:
    """*error* as one of the library's, where it is that a limit of the system is reached."""
    if isinstance(error, OSError) and error.errno in _SPENT:
        return ResourceLimitError(f"{error.strerror or error}; raise the limit of it")
    no_thread = isinstance(error, RuntimeError) and _NO_THREAD in str(error)
    if no_thread or isinstance(error, MemoryError):
        return ResourceLimitError(f"{str(error) or 'no memory'}; give more")
    return None


@contextlib.contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """Turn a full disk into `DiskFullError`; other errors pass."""
    try:
        yield
    except OSError as error:
        if is_full(error):
            raise DiskFullError(error.errno, "no room left", str(path)) from error
        raise


@contextlib.contextmanager
def system_errors(path: Path) -> Iterator[None]:
    """
    Turn what the system refuses into the library's errors, *path* being worked on.

    What names no file, as many a callback's own errors do, passes.

    Raises:
        DiskFullError: There is no room left.
        ResourceLimitError: There are no more descriptors, threads or memory.
        InputError: A file is missing, or cannot be read or written.
    """
    try:
        with disk_errors(path):
            yield
    except HyperframesError:
        raise
    except (MemoryError, RuntimeError, OSError) as error:
        if spent := as_spent(error):
            raise spent from error
        if not isinstance(error, OSError):
            raise
        why = error.strerror or str(error)
        if error.filename is not None:
            place = os.fsdecode(str(error.filename))[:200]
            raise InputError(f"{place!r} cannot be used: {why}") from error
        if error.errno == errno.ENOENT and not _is_somewhere():
            text = "the current directory was removed; change to another one"
            raise InputError(text) from error
        raise


def _is_somewhere() -> bool:
    try:
        Path.cwd()
    except OSError:
        return False
    return True


@contextlib.contextmanager
def cache_errors(cache: Path) -> Iterator[None]:
    """
    Say which place it was when *cache* cannot be written to.

    Raises:
        DiskFullError: There is no room left.
        InputError: *cache* is read-only, somebody else's, or no directory.
    """
    try:
        with disk_errors(cache):
            yield
    except DiskFullError:
        raise
    except OSError as error:
        if isinstance(error, HyperframesError):
            raise
        raise InputError(
            f"the cache {str(cache)!r} cannot be written to ({error.strerror or error}); "
            "name another directory by HYPERFRAMES_DIST_CACHE"
        ) from error


@contextlib.contextmanager
def work_dir(beside: Path) -> Iterator[Path]:
    """
    A directory in the same file system as *beside*, gone afterwards whatever happens.

    A rename is atomic only inside one file system; the default temporary directory may
    be another one.
    """
    with contextlib.ExitStack() as stack:
        with disk_errors(beside), _no_place(beside):
            beside.parent.mkdir(parents=True, exist_ok=True)
            # A name may be as long as the file system allows; a longer one may not. What
            # is no letter may mean something to a program that is told the path.
            prefix = f".{re.sub(r'[^A-Za-z0-9._-]', '_', beside.name[:40])}."
            held = held_dir(prefix, beside.parent.absolute())
            path = stack.enter_context(held)
        with disk_errors(path):
            yield path


@contextlib.contextmanager
def _no_place(path: Path) -> Iterator[None]:
    """Say that *path* is nowhere to put a file where its directory is none."""
    try:
        yield
    except OSError as error:
        if error.errno not in _NO_PLACE:
            raise
        raise InputError(
            f"{str(path)[:200]!r} cannot be written ({error.strerror}); name another place"
        ) from error


@contextlib.contextmanager
def publish_file(path: Path) -> Iterator[Path]:
    """Yield a path to write to; it becomes *path* when the block ends well."""
    with work_dir(path) as scratch:
        # Programs look at the suffix, and make longer names of it.
        draft = scratch / f"draft{path.suffix[:20]}"
        yield draft
        with draft.open("rb+") as file:
            os.fsync(file.fileno())
        with _no_place(path):
            draft.replace(path)


@contextlib.contextmanager
def publish_folder(path: Path) -> Iterator[Path]:
    """
    Yield a directory to fill; it becomes *path* when the block ends well.

    What was at *path* is replaced by a rename and put back if that fails.
    """
    with work_dir(path) as scratch:
        draft, old = scratch / "new", scratch / "old"
        draft.mkdir()
        yield draft
        for name in list_files(draft):
            # Windows writes out only what may be written to.
            with (draft / name).open("rb+") as file:
                os.fsync(file.fileno())
        if not path.exists():
            draft.rename(path)
            return
        path.rename(old)
        try:
            draft.rename(path)
        except BaseException:
            old.rename(path)
            raise


def write_file(path: Path, data: bytes) -> None:
    """Publish *data* as *path*."""
    with publish_file(path) as draft:
        draft.write_bytes(data)


def sha256_file(path: Path) -> tuple[int, str]:
    """Size in bytes and hex sha256 of the file at *path*."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
            size += len(block)
    return size, digest.hexdigest()


def copy_file(source: Path, target: Path) -> tuple[int, str]:
    """Copy bytes, nothing else; returns their size and sha256."""
    digest, size = hashlib.sha256(), 0
    target.parent.mkdir(parents=True, exist_ok=True)
    with source.open("rb") as reader, target.open("xb") as writer:
        while block := reader.read(_BLOCK):
            digest.update(block)
            writer.write(block)
            size += len(block)
    return size, digest.hexdigest()


def list_files(root: Path) -> tuple[str, ...]:
    """
    POSIX paths of all files below *root*, sorted by code point.

    Raises:
        PlanIntegrityError: Something below *root* is neither a file nor a directory, has a
            name that is no UTF-8, or lies deeper than anything that is planned.
    """
    try:
        found = sorted(_walk(root))
    except RecursionError:
        raise PlanIntegrityError(str(root), None, "folders without end") from None
    for name in found:
        if not _is_text(name):
            raise PlanIntegrityError(ascii(name), None, "a name that is no UTF-8")
    return tuple(found)


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _walk(root: Path) -> list[str]:
    found: list[str] = []
    for folder, folders, files in os.walk(root):
        here = Path(folder)
        for name in [*folders, *files]:
            path = here / name
            if path.is_symlink() or not (path.is_dir() or path.is_file()):
                relative = path.relative_to(root).as_posix()
                raise PlanIntegrityError(relative, None, "a link or a special file")
        found += [(here / name).relative_to(root).as_posix() for name in files]
    return found


def digest_folder(folder: Path) -> tuple[int, str]:
    """Bytes of all files, and the sha256 of what ``sha256sum *`` prints there."""
    total, digest = 0, hashlib.sha256()
    for name in list_files(folder):
        size, own = sha256_file(folder / name)
        total += size
        digest.update(f"{own}  {name}\n".encode())
    return total, digest.hexdigest()


def read_note(path: Path) -> bytes:
    """
    The bytes of the file *path*, which says something of other files.

    Raises:
        InputError: It is a pipe, a device or a folder, or larger than all that is written
            as such.
        OSError: It is not there, or cannot be read.
    """
    # Opening a pipe waits for who writes into it, unless it is told not to.
    flags = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(path, os.O_RDONLY | flags), "rb") as file:
        facts = os.fstat(file.fileno())
        if not stat.S_ISREG(facts.st_mode):
            raise InputError(f"{str(path)[:200]!r} is no file")
        if facts.st_size > _LARGEST_NOTE:
            raise InputError(f"{str(path)[:200]!r} is over {_LARGEST_NOTE} bytes")
        return file.read(_LARGEST_NOTE)


def read_required(root: Path, name: str) -> bytes:
    """
    The bytes of *name* in the plan directory *root*.

    Raises:
        PlanIncompleteError: The file is not there.
    """
    try:
        return (root / name).read_bytes()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        raise PlanIncompleteError(name) from None


def require_planned(root: Path, artifact: Artifact) -> Path:
    """
    The file of *artifact* in the plan directory *root*, its bytes compared.

    Raises:
        PlanIncompleteError: The file is not there.
        PlanIntegrityError: It has other bytes than were planned.
    """
    path = root / artifact.path
    if path.is_symlink() or not path.is_file():
        raise PlanIncompleteError(artifact.path)
    if (size := path.stat().st_size) != artifact.size:
        sizes = f"{artifact.size} bytes", f"{size} bytes"
        raise PlanIntegrityError(artifact.path, *sizes)
    if (digest := sha256_file(path)[1]) != artifact.sha256:
        raise PlanIntegrityError(artifact.path, artifact.sha256, digest)
    return path


def resolve_inside(root: Path, relative: str) -> Path | None:
    """The real file *relative* names below *root*; None if missing or outside of it."""
    try:
        path = (root / relative).resolve(strict=True)
    except (OSError, ValueError, RuntimeError):
        return None
    return path if path.is_file() and path.is_relative_to(root.resolve()) else None


def require_directory(path: Path, what: str) -> Path:
    """
    *path*, if it is a directory.

    Raises:
        InputError: *path* is no directory.
    """
    if path.is_dir():
        return path
    if path.is_file():
        hint = f"; give the folder it lies in, {str(path.parent)!r}"
    else:
        near = nearest(path.name, _folders(path.parent))
        hint = f"; did you mean {str(path.with_name(near))!r}?" if near else ""
    raise InputError(f"{what} {str(path)!r} is not a directory{hint}")


def _folders(folder: Path) -> list[str]:
    """The names of the folders in *folder*, if it is one, as far as they can be read."""
    try:
        return sorted(path.name for path in folder.iterdir() if path.is_dir())
    except OSError:
        return []


def path_of(value: object, what: str) -> Path:
    """
    *value* as a path.

    Raises:
        InputError: *value* is none.
    """
    if not isinstance(value, str | os.PathLike):
        raise InputError(f"{what} {value!r} is not a path; give text or a Path")
    # A folder of the address' name would be made, and hold what nobody looks for there. A
    # Path has lost one of the slashes.
    if _ADDRESS.match(os.fsdecode(value)):
        raise InputError(
            f"{what} {shown(str(value))!r} is an address, and a path of this machine is "
            "taken; copy from there, or to there, by itself"
        )
    path = Path(value)
    try:
        path.lstat()
    except ValueError as error:
        raise InputError(f"{what} {str(value)[:80]!a} is no path: {error}") from None
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            text = f"{what} {str(value)[:80]!r}… is no path: {error.strerror}"
            raise InputError(text) from None
    return path


@contextlib.contextmanager
def file_lock(
    path: Path, seconds: float = 600, *, control: Control | None = None
) -> Iterator[None]:
    """
    Hold an exclusive lock between processes and threads; released when they die.

    Raises:
        DeadlineExceeded: Somebody else has held it for *seconds*.
        Cancelled, DeadlineExceeded: As *control* says, while it waits.
    """
    control = control or Control()
    path.parent.mkdir(parents=True, exist_ok=True)
    deadline = time.monotonic() + seconds
    with path.open("ab") as file:
        while not _is_locked(file):
            if time.monotonic() > deadline:
                raise DeadlineExceeded(
                    f"another process has held {str(path)!r} for {seconds:g} s; "
                    "end it, or wait for it and try again"
                )
            control.sleep(_LOCK_TICK)
        yield


def _is_locked(file: IO[bytes]) -> bool:
    try:
        _lock(file)
    except (BlockingIOError, PermissionError):
        return False
    return True


def _lock(file: IO[bytes]) -> None:
    try:
        from fcntl import LOCK_EX, LOCK_NB, flock  # noqa: PLC0415
    except ImportError:
        # Windows locks bytes instead of files: the first one, which need not be there.
        # The type checker looks at Linux, where this module has nothing in it.
        msvcrt: Any = import_module("msvcrt")
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        flock(file, LOCK_EX | LOCK_NB)


def shown(url: str) -> str:
    """*url* for a message: without user, password, query string and fragment."""
    bare = re.split(r"[?#]", url, maxsplit=1)[0]
    scheme, mark, rest = bare.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}{mark}{host.rpartition('@')[2]}{slash}{path}"[:200]


def parse_file_url(url: str) -> Path:
    """
    The absolute path of ``file:///…``.

    Raises:
        InputError: *url* is no such address, or one of another machine.
    """
    if not isinstance(url, str):
        raise InputError(f"the address of a store is text, found {type(url).__name__}")
    path = unquote_to_bytes(url.removeprefix("file://")) if _is_text(url) else b""
    wrong = b"\0" in path or not path.startswith(b"/") or set("?#") & set(url)
    if wrong or not url.startswith("file:///"):
        raise InputError(
            f"{shown(url)!r} is not the address of a local store; "
            "file:///absolute/path is (Path.as_uri() writes it)"
        )
    return Path(path.decode("utf-8", "surrogateescape"))


def store_folder(store: Path | str) -> Path:
    """
    The directory of this machine that *store*, a path or an address, is.

    Raises:
        InputError: *store* is an address that is not like ``file:///absolute/path``.
    """
    if not isinstance(store, str) or "://" not in store:
        return path_of(store, "store")
    if store.startswith("file://"):
        return parse_file_url(store)
    scheme = store.partition("://")[0]
    raise InputError(
        f"a store at {scheme}:// is for engines.render; here a directory or its "
        "file:///absolute/path is taken"
    )


def sha256_cached(path: Path, cache: Path) -> str:
    """
    The sha256 of a large file that rarely changes, such as a browser's executable.

    The digest is kept in *cache* under the file's place, size and times; the change
    time cannot be set back by a program, so a swapped file is hashed again. It moves in
    ticks, so a file that changed this moment is hashed without keeping the digest.
    """
    stat = path.stat()
    facts = [str(path.resolve()), stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns]
    key = hashlib.sha256(json.dumps([*facts, stat.st_ino]).encode()).hexdigest()
    record = cache / "sha256" / key
    with contextlib.suppress(OSError):
        if _SHA256.fullmatch(digest := record.read_text("latin-1").strip()):
            return digest
    digest = sha256_file(path)[1]
    if time.time_ns() - stat.st_ctime_ns < _TICKS_NS:
        return digest
    # A read-only cache costs time, not correctness.
    with contextlib.suppress(OSError, InputError):
        write_file(record, digest.encode())
    return digest


def default_cache() -> Path:
    """
    ``HYPERFRAMES_DIST_CACHE``, else ``hyperframes_dist`` in the XDG cache directory.

    Raises:
        InputError: Neither is set, and the user has no home directory.
    """
    if own := os.environ.get("HYPERFRAMES_DIST_CACHE"):
        return Path(own)
    if base := os.environ.get("XDG_CACHE_HOME"):
        return Path(base) / "hyperframes_dist"
    try:
        return Path.home() / ".cache" / "hyperframes_dist"
    except RuntimeError:
        raise InputError(
            "this user has no home directory to keep a cache in; "
            "name a directory by HYPERFRAMES_DIST_CACHE"
        ) from None
