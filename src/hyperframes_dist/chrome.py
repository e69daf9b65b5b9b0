"""
Where a Chrome that can draw on command comes from.

A `ChromeSource` names an executable, the arguments it needs and the environment it runs
in. It never starts the browser; `_browser` does.
"""

from __future__ import annotations

import contextlib
import io
import os
import platform
import re
import shutil
import sys
import tarfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal, Protocol, runtime_checkable

import attrs
import brotli

from ._tools.files import (
    cache_errors,
    default_cache,
    file_lock,
    sha256_cached,
    work_dir,
)
from ._tools.npm import Package, fetch_package
from .errors import InputError, UnsupportedPlatformError
from .progress import Control

__all__ = ["ChromeSource", "HeadlessShell", "Sandbox", "Sparticuz", "default_chrome"]

Sandbox = Literal["auto", "require", "off"]
"""
Chrome's sandbox: ``auto`` turns it off, with a logged warning, only where the host does not
allow it (root, most containers); ``require`` makes that an error; ``off`` never asks for it.
"""

SHELL_NAMES = ("chromium-headless-shell", "chrome-headless-shell")
"""Names looked up on PATH, in this order."""

_CACHED_SHELLS = (
    # puppeteer: linux-131.0.6778.87/…; playwright: chromium_headless_shell-1194/…
    (".cache/puppeteer/chrome-headless-shell", "*/*/chrome-headless-shell"),
    (".cache/ms-playwright", "chromium_headless_shell-*/*/headless_shell"),
)

SPARTICUZ_VERSION = "153.0.0"
SPARTICUZ_INTEGRITY = (
    "sha512-jiGWqSvPMdu4+P9TilYqAR7yEGPEHINx+lCvE/NqNO/"
    "EHYzF/x1hUiI5T6ioVIt7dEy7n88byyT0vk+dnsgQwA=="
)


@runtime_checkable
class ChromeSource(Protocol):
    """
    A browser to use. Any object with these three methods and *sandbox* will do.

    The executable must answer ``HeadlessExperimental.beginFrame``; `probe_chrome` tells.
    """

    @property
    def sandbox(self) -> Sandbox:
        """What to do about Chrome's sandbox."""
        ...

    def executable(self) -> Path:
        """
        The real binary, made ready if it has to be.

        Raises:
            InputError: No usable Chrome was found.
        """
        ...

    def args(self) -> tuple[str, ...]:
        """Arguments this browser needs besides the library's own."""
        ...

    def env(self) -> Mapping[str, str]:
        """Variables added to the browser's environment."""
        ...


def check_platform() -> None:
    """
    Refuse a machine Chrome is not driven on.

    Raises:
        UnsupportedPlatformError: Not Linux on x86-64 or arm64.
    """
    machine = platform.machine().lower()
    if sys.platform != "linux" or machine not in {
        "x86_64",
        "amd64",
        "aarch64",
        "arm64",
    }:
        raise UnsupportedPlatformError(
            f"Chrome is driven on Linux x86-64 and arm64, this is {sys.platform} {machine}; "
            "render in a Linux container or virtual machine, or on AWS with "
            "hyperframes_dist.aws.AwsClient"
        )


@attrs.frozen
class HeadlessShell:
    """
    A chrome-headless-shell that is installed.

    Attributes:
        path: The executable; None looks on PATH, then for the newest one in the cache
            directories of puppeteer and playwright below *home*.
        home: Home directory looked in.
        sandbox: What to do about Chrome's sandbox.
    """

    path: Path | None = attrs.field(
        default=None, converter=attrs.converters.optional(Path)
    )
    home: Path = attrs.field(factory=Path.home)
    sandbox: Sandbox = "auto"

    def executable(self) -> Path:
        """See `ChromeSource.executable`."""
        check_platform()
        if self.path is not None:
            return _require_executable(_unwrap(self.path))
        found = self.find()
        if found is None:
            raise InputError(
                f"no headless shell: none of {', '.join(SHELL_NAMES)} is on PATH; install "
                "Debian's chromium-headless-shell, name one, or use Sparticuz"
            )
        return found

    def find(self) -> Path | None:
        """The executable, or None where there is none."""
        for name in SHELL_NAMES:
            if on_path := shutil.which(name):
                return _require_executable(_unwrap(Path(on_path)))
        cached: list[Path] = []
        for folder, pattern in _CACHED_SHELLS:
            cached += (self.home / folder).glob(pattern)
        return newest([path for path in cached if os.access(path, os.X_OK)])

    def args(self) -> tuple[str, ...]:
        """See `ChromeSource.args`."""
        return ()

    def env(self) -> Mapping[str, str]:
        """See `ChromeSource.env`."""
        return {}


def newest(paths: Iterable[Path]) -> Path | None:
    """The path whose folder names the highest version; numbers compare as numbers."""

    def version(path: Path) -> tuple[list[int], str]:
        numbers = re.findall(r"\d+", path.parent.parent.name)
        return [int(number) for number in numbers], str(path)

    return max(paths, key=version, default=None)


def _unwrap(path: Path) -> Path:
    """Debian installs a shell script on PATH; signals sent to it would miss the browser."""
    path = path.resolve()
    real = path.parent.parent / "lib/chromium" / path.name
    with contextlib.suppress(OSError), path.open("rb") as file:
        if file.read(2) == b"#!" and real.is_file():
            return real
    return path


def _require_executable(path: Path) -> Path:
    if not (path.is_file() and os.access(path, os.X_OK)):
        raise InputError(f"Chrome {str(path)!r} is not an executable file")
    return path


@attrs.frozen
class Sparticuz:
    """
    The pinned npm package ``@sparticuz/chromium``, as Lambda functions use it.

    Fetched once through the npm client (70 MB) and unpacked once (about 230 MB) into the
    cache; x86-64 only.

    Attributes:
        cache: Cache directory; None takes the default one.
        sandbox: What to do about Chrome's sandbox.
    """

    cache: Path | None = attrs.field(
        default=None, converter=attrs.converters.optional(Path)
    )
    sandbox: Sandbox = "auto"

    @property
    def folder(self) -> Path:
        """Where the browser is unpacked."""
        base = self.cache or default_cache()
        return base / "chrome" / f"sparticuz-{SPARTICUZ_VERSION}"

    def executable(self) -> Path:
        """See `ChromeSource.executable`."""
        return self.fetch(Control())

    def fetch(self, control: Control) -> Path:
        """
        The executable; fetching and unpacking it heed the wishes of *control*.

        Raises:
            UnsupportedPlatformError: It does not run on this system.
            ResolveError: The package cannot be had; the class says whether to retry.
            Cancelled: The caller cancelled.
            DeadlineExceeded: The caller's deadline passed.
        """
        check_platform()
        if platform.machine().lower() not in {"x86_64", "amd64"}:
            raise UnsupportedPlatformError(
                "@sparticuz/chromium is built for x86-64 only"
            )
        binary = self.folder / "chromium"
        if not self._is_whole():
            lock = file_lock(self.folder.with_suffix(".lock"), control=control)
            with cache_errors(self.folder.parent.parent), lock:
                if not self._is_whole():
                    self._unpack(control)
        return binary

    def args(self) -> tuple[str, ...]:
        """See `ChromeSource.args`."""
        return ()

    def env(self) -> Mapping[str, str]:
        """See `ChromeSource.env`; the package's libraries come after the system's own."""
        own = [str(self.folder / "lib")]
        inherited = os.environ.get("LD_LIBRARY_PATH")
        return {"LD_LIBRARY_PATH": ":".join([inherited, *own] if inherited else own)}

    def _is_whole(self) -> bool:
        """Whether every file is there with the size it was unpacked with."""
        with contextlib.suppress(OSError, ValueError):
            rows = (self.folder / "FILES").read_text().splitlines()
            return bool(rows) and all(self._row_holds(row) for row in rows)
        return False

    def _row_holds(self, row: str) -> bool:
        digest, size, name = row.split(" ", 2)
        path = self.folder / name
        if path.stat().st_size != int(size):
            return False
        # Digests are remembered by change time, so this reads a file once, not per boot.
        return sha256_cached(path, self.cache or default_cache()) == digest

    def _unpack(self, control: Control) -> None:
        cache = self.cache or default_cache()
        package = _fetch_sparticuz(cache, control)
        with work_dir(self.folder) as scratch:
            draft = scratch / "draft"
            draft.mkdir()
            control.check()
            (draft / "chromium").write_bytes(
                brotli.decompress(package.read("bin/chromium.br"))
            )
            (draft / "chromium").chmod(0o755)
            control.check()
            _untar(package.read("bin/swiftshader.tar.br"), draft)
            _untar(package.read("bin/al2023.tar.br"), draft)
            _write_rows(draft, cache)
            if self.folder.exists():
                # A half-extracted or damaged one steps aside; a browser that runs from
                # it keeps its open files.
                self.folder.rename(scratch / "damaged")
            draft.rename(self.folder)


def fetch_chrome(source: ChromeSource, control: Control) -> None:
    """
    Have the executable of *source* here, if it is one that has to be fetched.

    Raises:
        HyperframesError: As `Sparticuz.fetch` raises.
    """
    if isinstance(source, Sparticuz):
        source.fetch(control)


def _fetch_sparticuz(cache: Path, control: Control) -> Package:
    return fetch_package(
        "@sparticuz/chromium",
        SPARTICUZ_VERSION,
        cache=cache,
        control=control,
        integrity=SPARTICUZ_INTEGRITY,
    )


def _untar(data: bytes, target: Path) -> None:
    """Regular files only; the early releases of Python 3.11 have no extraction filter."""
    with tarfile.open(fileobj=io.BytesIO(brotli.decompress(data))) as tar:
        for member in tar:
            path = target / member.name
            file = tar.extractfile(member) if member.isfile() else None
            if file is None or not path.resolve().is_relative_to(target.resolve()):
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(file.read())
            path.chmod(0o755)


def _write_rows(folder: Path, cache: Path) -> None:
    rows = []
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        digest, name = sha256_cached(path, cache), path.relative_to(folder).as_posix()
        rows.append(f"{digest} {path.stat().st_size} {name}")
    (folder / "FILES").write_text("\n".join(rows) + "\n")


def default_chrome() -> ChromeSource:
    """
    ``HYPERFRAMES_DIST_CHROME`` if set, else an installed shell, else `Sparticuz`.

    Returns:
        A source; nothing is downloaded before its `executable` is asked for.
    """
    if named := os.environ.get("HYPERFRAMES_DIST_CHROME"):
        return Sparticuz() if named == "sparticuz" else HeadlessShell(Path(named))
    shell = HeadlessShell()
    return shell if shell.find() is not None else Sparticuz()
