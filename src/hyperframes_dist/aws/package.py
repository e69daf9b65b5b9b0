"""
The deployment ZIP of a Lambda function: built from pinned parts, and checked from itself
alone.

Nothing is deployed here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import attrs

from .._model.codec import to_json
from .._model.config import RenderConfig
from .._planned.toolchain import (
    RUNTIME_INTEGRITY,
    RUNTIME_PACKAGE,
    RUNTIME_VERSION,
    read_runtime,
)
from .._tools.files import default_cache, list_files, publish_file, work_dir
from .._version import __version__
from ..errors import InputError
from ..progress import Cancel, Control
from ._zip.chromes import GLIBC, ChromeFiles, ChromeKind, check_binaries, collect_chrome
from ._zip.elf import read_elf
from ._zip.inspect import (
    CONTENTS,
    UNZIPPED_LIMIT,
    Contents,
    Part,
    PartFiles,
    PartKind,
    ZipReport,
    verify_zip,
)
from ._zip.packed import (
    COMPRESSOR,
    FOLDER,
    INDEX,
    PackedFile,
    PackedIndex,
    blob_path,
    pack_file,
)
from ._zip.wheels import Wheel, fetch_wheels, read_lock, wheel_ffmpeg, wheel_files
from ._zip.zip import Entry, list_entry, write_zip

__all__ = [
    "UNZIPPED_LIMIT",
    "ChromeKind",
    "Part",
    "ZipReport",
    "build_zip",
    "verify_zip",
]

_THREADS = 2
_FFMPEG_WHEEL = "imageio-ffmpeg"
_RUNTIME = "runtime/hyperframe.runtime.iife.js"
_PACKAGE = Path(__file__).parents[1]


def build_zip(
    output: Path | str,
    *,
    chrome: ChromeKind = "sparticuz",
    chrome_path: Path | str | None = None,
    python: str = "3.13",
    arch: str = "x86_64",
    glibc: str = GLIBC,
    limit: int = UNZIPPED_LIMIT,
    cache: Path | None = None,
    cancel: Cancel | None = None,
    deadline: float | None = None,
) -> ZipReport:
    """
    Build the ZIP and publish it as *output*, once it has passed `verify_zip`.

    Equal versions of this library and of the compressor give equal bytes, on any machine.

    Args:
        chrome: Which browser goes in.
        chrome_path: The executable of a headless shell, its resources beside it.
        python: Version of the function's runtime.
        arch: Processor of the function, ``x86_64`` or ``aarch64``.
        glibc: The newest C library the function has; binaries that want a newer one are
            refused.
        limit: Most bytes unzipped; the default is Lambda's.
        cache: Where downloads and compressed tools are kept; None takes the default.
        deadline: When to give up, on the clock of `time.monotonic`.

    Raises:
        InputError: A choice there is not.
        PackageError: A part is for another machine, or the whole is too large.
        ResolveError: A pinned part cannot be had; the class says whether to retry.
    """
    output, cache = Path(output), cache or default_cache()
    if output.is_dir():
        raise InputError(f"{str(output)!r} is a directory; name the ZIP to write")
    wheels = read_lock().wheels(python, arch)
    control = Control(cancel=cancel, deadline=deadline)
    with work_dir(output) as scratch:
        builder = _Builder(python, arch, cache, scratch, control)
        path = None if chrome_path is None else Path(chrome_path)
        browser = collect_chrome(chrome, path, arch=arch, cache=cache, control=control)
        parts = builder.parts(browser, wheels, glibc)
        contents = Contents(
            python=python,
            arch=arch,
            glibc=glibc,
            chrome=chrome,
            compressor=COMPRESSOR,
            parts=tuple(part.listed() for part in parts),
        )
        entries = [entry for part in parts for entry in part.entries]
        entries.append(Entry(name=CONTENTS, content=to_json(contents)))
        with publish_file(output) as draft:
            write_zip(draft, entries)
            report = verify_zip(draft, limit=limit)
    return attrs.evolve(report, path=output)


@attrs.frozen(kw_only=True)
class _Part:
    """A part to be: where it comes from, and its entries."""

    kind: PartKind
    name: str
    source: str
    digest: str
    entries: tuple[Entry, ...]

    def listed(self) -> PartFiles:
        return PartFiles(
            kind=self.kind,
            name=self.name,
            source=self.source,
            digest=self.digest,
            files=tuple(map(list_entry, self.entries)),
        )


@attrs.frozen
class _Builder:
    """The parts of one ZIP."""

    python: str
    arch: str
    cache: Path
    scratch: Path
    control: Control

    def parts(
        self, browser: ChromeFiles, wheels: Sequence[Wheel], glibc: str
    ) -> list[_Part]:
        """All of them, packed and checked for the function's processor and libraries."""
        python, arch, cache = self.python, self.arch, self.cache
        chrome = {f"chrome/{n}": path for n, path in browser.files.items()}
        check_binaries(chrome, arch=arch, glibc=glibc)
        paths = fetch_wheels(
            wheels, python=python, arch=arch, cache=cache, control=self.control
        )
        (maker,) = [wheel for wheel in wheels if wheel.name == _FFMPEG_WHEEL]
        ffmpeg, program = self._ffmpeg(paths[maker])
        check_binaries({ffmpeg: program}, arch=arch, glibc=glibc)
        packed = self._pack({**chrome, ffmpeg: program})
        rows = [row for row in packed if row.path in chrome]
        return [
            self._library(self._index(browser, packed, ffmpeg)),
            self._runtime(),
            self._chrome(browser, rows),
            self._encoder(maker, [row for row in packed if row.path == ffmpeg]),
            *(self._wheel(wheel, path) for wheel, path in paths.items()),
        ]

    def _library(self, index: Entry) -> _Part:
        return _Part(
            kind="library",
            name="hyperframes_dist",
            source=f"hyperframes_dist-{__version__}",
            digest="",
            entries=(*_own_files(), index),
        )

    def _chrome(self, browser: ChromeFiles, rows: Sequence[PackedFile]) -> _Part:
        return _Part(
            kind="chrome",
            name=browser.kind,
            source=browser.source,
            digest=browser.digest,
            entries=self._blobs(rows),
        )

    def _encoder(self, wheel: Wheel, rows: Sequence[PackedFile]) -> _Part:
        return _Part(
            kind="ffmpeg",
            name="ffmpeg",
            source=wheel.file,
            digest=wheel.sha256,
            entries=self._blobs(rows),
        )

    def _ffmpeg(self, wheel: Path) -> tuple[str, Path]:
        name, data = wheel_ffmpeg(wheel)
        path = self.scratch / name
        path.write_bytes(data)
        return f"ffmpeg/{name}", path

    def _pack(self, files: Mapping[str, Path]) -> list[PackedFile]:
        """Two at a time, the largest first: they are a browser and an ffmpeg."""

        def pack(name: str) -> PackedFile:
            self.control.check()
            path, cache = files[name], self.cache
            executable = read_elf(path) is not None
            return pack_file(path, name, executable=executable, cache=cache)

        names = sorted(files, key=lambda name: (-files[name].stat().st_size, name))
        with ThreadPoolExecutor(_THREADS) as pool:
            return sorted(pool.map(pack, names), key=lambda row: row.path)

    def _blobs(self, rows: Sequence[PackedFile]) -> tuple[Entry, ...]:
        blobs = {row.blob: blob_path(self.cache, row.sha256) for row in rows}
        return tuple(
            Entry(name=f"{FOLDER}/{name}", content=path)
            for name, path in sorted(blobs.items())
        )

    def _index(
        self, browser: ChromeFiles, packed: Sequence[PackedFile], ffmpeg: str
    ) -> Entry:
        index = PackedIndex(
            arch=self.arch,
            chrome=browser.kind,
            chrome_path=f"chrome/{browser.executable}",
            ffmpeg_path=ffmpeg,
            runtime=_RUNTIME,
            compressor=COMPRESSOR,
            files=tuple(packed),
        )
        return Entry(name=f"{FOLDER}/{INDEX}", content=to_json(index))

    def _runtime(self) -> _Part:
        config = RenderConfig(cache_dir=self.cache)
        data = read_runtime(config, self.control)
        return _Part(
            kind="runtime",
            name="runtime",
            source=f"{RUNTIME_PACKAGE}@{RUNTIME_VERSION}",
            digest=RUNTIME_INTEGRITY,
            entries=(Entry(name=_RUNTIME, content=data),),
        )

    def _wheel(self, wheel: Wheel, path: Path) -> _Part:
        entries = [
            Entry(name=name, content=data, executable=executable)
            for name, data, executable in wheel_files(path, self.python)
        ]
        return _Part(
            kind="wheel",
            name=wheel.name,
            source=wheel.file,
            digest=wheel.sha256,
            entries=tuple(entries),
        )


def _own_files() -> tuple[Entry, ...]:
    """The running package's own files."""
    names = [
        name
        for name in list_files(_PACKAGE)
        if not any(p.startswith(("__pycache__", ".")) for p in Path(name).parts)
    ]
    return tuple(
        Entry(name=f"{_PACKAGE.name}/{name}", content=_PACKAGE / name) for name in names
    )
