"""
What a part of your own must hold to take the place of one of ours, as code to run.

Call it from your tests; it needs no test framework, and raises `AssertionError` with the
promise that was broken.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from urllib.request import urlopen

from ..errors import (
    InputError,
    StoreConflictError,
    StoreMissingError,
    UnsupportedFeatureError,
)
from ..transport import Replacing, StoredFile, Transport, store_address
from ._promises import equal, expected, require

if TYPE_CHECKING:
    from ..chrome import ChromeSource
    from ..engines import Engine
    from ._frames import assert_frames

__all__ = ["assert_frames", "check_chrome_source", "check_engine", "check_transport"]


def __getattr__(name: str) -> Any:
    # It draws, and so brings a browser's client in; the other promises do not.
    if name != "assert_frames":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return import_module("._frames", __name__).assert_frames


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


_READ_SECONDS = 30
_LISTED = ("list/a-b", "list/a.b", "list/a/b", "list/a/b.c", "list/ab/c", "list/z")
_NO_KEYS = (
    *("", ".", "..", "/a", "a/", "a//b", "a/./b", "a/../b", "../a", "a b", "a\\b", "é"),
    *("a\n", "a\0", "a?b", "a#b", "a%2fb", "~", "a" * 201, "a/" * 350 + "a"),
)


def check_transport(
    make: Callable[[], Transport],
    tmp: Path,
    *,
    sizes: Iterable[int] = (0, 1, 65_537),
    writers: int = 16,
) -> None:
    """
    Hold a store against every promise of `Transport`.

    Args:
        make: Opens one and the same store, empty at first, anew at each call.
        tmp: An empty directory to work in.
        sizes: Bytes of the files that are stored; name the borders of your store's parts.
        writers: How many race for one key.

    Raises:
        AssertionError: A promise is broken; the message says which.
    """
    check = _Check(make, tmp)
    for size in sizes:
        check.keeps_bytes(size)
    check.never_overwrites()
    check.misses()
    check.lists()
    check.refuses()
    check.keeps_the_first(writers)
    check.agrees(writers)
    check.replaces(writers)
    check.presigns()


def check_chrome_source(source: ChromeSource, tmp: Path) -> None:
    """
    Hold a source of Chrome against every promise of `ChromeSource`, and have it draw.

    Args:
        source: It; may download.
        tmp: An empty directory to work in.

    Raises:
        AssertionError: A promise is broken; the message says which.
        HyperframesError: As `render` raises.
    """
    # What renders is loaded only where something that renders is checked.
    from ._chrome import ChromeCheck  # noqa: PLC0415

    check = ChromeCheck(source, tmp)
    check.is_a_program()
    check.asks_for_little()
    check.draws_on_command()
    check.repeats_itself()
    check.reaches_nobody()


def check_engine(
    engine: Engine,
    store: Path | str,
    tmp: Path,
    *,
    chrome: ChromeSource | None = None,
) -> None:
    """
    Hold an engine against every promise of `Engine`, with a film of two seconds.

    Args:
        engine: It, with workers that run; they must reach *store*, and have this machine's
            ffmpeg, and *chrome*.
        store: An empty store, a path or an address for `open_transport`.
        tmp: An empty directory to work in.
        chrome: The Chrome the workers have; None takes `default_chrome`.

    Raises:
        AssertionError: A promise is broken; the message says which.
        HyperframesError: As the engine raises where it should not.
    """
    # What renders is loaded only where something that renders is checked.
    from ._engine import EngineCheck  # noqa: PLC0415

    check = EngineCheck(engine, store_address(store), tmp, chrome)
    check.makes_the_same_bytes()
    check.goes_on_from_the_store()
    check.tells_errors_as_they_are()
    check.stops_when_told()


class _Check:
    def __init__(self, make: Callable[[], Transport], tmp: Path) -> None:
        self._make, self._tmp = make, tmp
        self._store = make()

    def keeps_bytes(self, size: int) -> None:
        data = hashlib.shake_256(b"%d" % size).digest(size)
        key, source, target = (
            f"bytes/{size}",
            self._file(data),
            self._tmp / "out/target",
        )
        wanted = StoredFile(key=key, size=size, sha256=hashlib.sha256(data).hexdigest())
        equal(wanted, self._store.put(source, key), "put tells size and sha256")
        equal(
            wanted, self._store.put(source, key), "equal bytes are put again in peace"
        )
        other = self._make()
        equal(wanted, other.find(key), "find tells what another opening put")
        equal(wanted, other.get(key, target), "get tells what it fetched")
        require(target.read_bytes() == data, f"{size} bytes come back as they were put")

    def never_overwrites(self) -> None:
        self._store.put(self._file(b"first"), "conflict")
        with expected(
            StoreConflictError, "other bytes under a taken key are a conflict"
        ):
            self._store.put(self._file(b"other"), "conflict")
        equal(b"first", self._read("conflict"), "a conflict overwrites nothing")
        self._store.delete("conflict")
        self._store.delete("conflict")
        equal(None, self._store.find("conflict"), "delete removes a key")
        self._store.put(self._file(b"other"), "conflict")
        equal(b"other", self._read("conflict"), "a deleted key is free")

    def misses(self) -> None:
        target = self._file(b"kept")
        equal(None, self._store.find("none/such"), "find of a missing key is None")
        with expected(StoreMissingError, "get of a missing key says so"):
            self._store.get("none/such", target)
        equal(
            b"kept", target.read_bytes(), "a get that fails leaves the file as it was"
        )
        with expected(InputError, "a file that is not there cannot be put"):
            self._store.put(self._tmp / "absent", "none/such")
        with expected(InputError, "a directory cannot be put"):
            self._store.put(self._tmp, "none/such")

    def lists(self) -> None:
        equal([], list(self._store.list("list")), "nothing is listed where nothing is")
        for key in _LISTED:
            self._store.put(self._file(key.encode()), key)
        for prefix in ("list", "list/a", "list/a/b", "list/z"):
            below = [key for key in _LISTED if key.startswith(f"{prefix}/")]
            what = f"list({prefix!r}) is sorted and goes by whole parts"
            equal(sorted(below), list(self._store.list(prefix)), what)
        everything = list(self._store.list())
        equal(sorted(everything), everything, "list() is sorted")
        require(set(_LISTED) <= set(everything), "list() lists every key")

    def refuses(self) -> None:
        source = self._file(b"x")
        for key in _NO_KEYS:
            promise = f"{key[:20]!r} is no key"
            with expected(InputError, promise):
                self._store.put(source, key)
            with expected(InputError, promise):
                self._store.get(key, self._tmp / "never")
            with expected(InputError, promise):
                self._store.find(key)
            with expected(InputError, promise):
                self._store.delete(key)
        for prefix in filter(None, _NO_KEYS):
            with expected(InputError, f"{prefix[:20]!r} is no prefix"):
                list(self._store.list(prefix))

    def keeps_the_first(self, writers: int) -> None:
        files = [self._file(b"%d" % n * 4096, f"racer-{n}") for n in range(writers)]

        def race(source: Path) -> StoredFile | None:
            try:
                return self._make().put(source, "race/other")
            except StoreConflictError:
                return None

        with ThreadPoolExecutor(max_workers=writers) as pool:
            won = [stored for stored in pool.map(race, files) if stored is not None]
        equal(1, len(won), f"one of {writers} writers with other bytes wins")
        equal(won[0], self._store.find("race/other"), "the winner's bytes are kept")

    def agrees(self, writers: int) -> None:
        source = self._file(b"same" * 4096)
        with ThreadPoolExecutor(max_workers=writers) as pool:
            puts = [
                pool.submit(self._make().put, source, "race/same")
                for _ in range(writers)
            ]
        equal(1, len({put.result() for put in puts}), "equal writers all succeed")

    def replaces(self, writers: int) -> None:
        """Only where it is said what is replaced; not every store can."""
        if not isinstance(self._store, Replacing):
            return
        key = "replaced/first"
        first = self._races_to_replace(writers, None, key)
        self._races_to_replace(writers, first, key)
        with expected(StoreConflictError, "what was replaced is replaced no more"):
            self._store.replace(self._file(b"late"), key, first)
        with expected(StoreConflictError, "nothing takes the place of nothing twice"):
            self._store.replace(self._file(b"late"), key, None)
        with expected(StoreConflictError, "what is not there is not replaced"):
            self._store.replace(self._file(b"late"), "replaced/none", "0" * 64)

    def _races_to_replace(self, writers: int, was: str | None, key: str) -> str:
        """Digest of what has won."""
        files = [
            self._file(b"%r %d" % (was, n) * 4096, f"racer-{n}") for n in range(writers)
        ]

        def race(source: Path) -> StoredFile | None:
            other = self._make()
            require(isinstance(other, Replacing), "every opening can replace")
            try:
                return cast("Replacing", other).replace(source, key, was)
            except StoreConflictError:
                return None

        with ThreadPoolExecutor(max_workers=writers) as pool:
            won = [stored for stored in pool.map(race, files) if stored is not None]
        equal(1, len(won), f"of {writers} who replace the same bytes one does")
        equal(won[0], self._store.find(key), "what took their place is told")
        equal(won[0].sha256, hashlib.sha256(self._read(key)).hexdigest(), "and is read")
        return won[0].sha256

    def presigns(self) -> None:
        self._store.put(self._file(b"for anybody"), "presigned")
        try:
            address = self._store.presign("presigned", seconds=60)
        except UnsupportedFeatureError:
            return
        require(
            address.startswith(("http://", "https://")), "an address is one of HTTP"
        )
        with urlopen(address, timeout=_READ_SECONDS) as answer:  # noqa: S310
            equal(b"for anybody", answer.read(), "anybody may read at the address")

    def _file(self, data: bytes, name: str = "source") -> Path:
        path = self._tmp / name
        path.write_bytes(data)
        return path

    def _read(self, key: str) -> bytes:
        target = self._tmp / "read"
        self._make().get(key, target)
        return target.read_bytes()
