"""
Which files of a Chrome go into a deployment ZIP, and whether they can run there.

A function's image has a C library and little else, so the libraries a browser links
against go in beside it. Nothing is started to find them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal

import attrs

from ..._tools.files import sha256_file
from ...chrome import (
    SPARTICUZ_INTEGRITY,
    SPARTICUZ_VERSION,
    Sparticuz,
)
from ...errors import InputError, PackageError
from ...progress import Control
from .elf import read_elf, version_of

ChromeKind = Literal["sparticuz", "headless-shell"]

GLIBC = "2.34"
"""What Lambda's images on Amazon Linux 2023 have."""

_BASE = (
    *("libc.so", "libm.so", "libdl.so", "libpthread.so", "librt.so", "libresolv.so"),
    *("ld-linux", "libutil.so", "libanl.so"),
)
"""Parts of glibc: two of them in one process would be one too many."""

_OPENED = {
    "libnss3.so": ("libsoftokn3.so", "libfreebl3.so", "libfreeblpriv3.so"),
    "libsoftokn3.so": ("libsoftokn3.chk",),
    "libfreebl3.so": ("libfreebl3.chk",),
    "libfreeblpriv3.so": ("libfreeblpriv3.chk",),
}
"""Files a library opens by itself, without naming them to the loader."""

_BESIDE = (
    *("*.pak", "*.dat", "*.bin", "locales/en-US.pak", "libEGL.so", "libGLESv2.so"),
    *("libvk_swiftshader.so", "libvulkan.so.1", "vk_swiftshader_icd.json"),
)
"""What a headless shell reads from its own folder; the library asks for en-US."""


@attrs.frozen(kw_only=True)
class ChromeFiles:
    """
    A Chrome, ready to be packed.

    Attributes:
        kind: Which one.
        source: Where it came from: a package and version, or a file's name.
        digest: Of that: the package's integrity, or the file's sha256.
        executable: Its name in *files*.
        files: Where each file lies, by the path it gets below ``chrome/``.
    """

    kind: ChromeKind
    source: str
    digest: str
    executable: str
    files: Mapping[str, Path]


def collect_chrome(
    kind: ChromeKind, path: Path | None, *, arch: str, cache: Path, control: Control
) -> ChromeFiles:
    """
    All files of the Chrome of *kind*.

    Args:
        path: The executable of a headless shell; its resources lie beside it.

    Raises:
        InputError: *path* is missing, or is not wanted.
        PackageError: A library it needs is not on this machine.
    """
    if kind == "sparticuz":
        if path is not None:
            raise InputError("sparticuz is fetched; a path goes with headless-shell")
        source, digest = f"@sparticuz/chromium@{SPARTICUZ_VERSION}", SPARTICUZ_INTEGRITY
        executable, files = "chromium", dict(_sparticuz(arch, cache, control))
    else:
        if path is None:
            raise InputError("headless-shell needs the path of its executable")
        path = path.resolve()
        executable, files = path.name, dict(_headless_shell(path, arch))
        source, digest = path.name, sha256_file(path)[1]
    return ChromeFiles(
        kind=kind,
        source=source,
        digest=digest,
        executable=executable,
        files=files,
    )


def _sparticuz(arch: str, cache: Path, control: Control) -> Iterator[tuple[str, Path]]:
    if arch != "x86_64":
        raise InputError(
            f"@sparticuz/chromium is built for x86_64 only, not for {arch}"
        )
    source = Sparticuz(cache)
    folder = source.fetch(control).parent
    for row in (folder / "FILES").read_text().splitlines():
        name = row.split(" ", 2)[2]
        yield name, folder / name


def _headless_shell(path: Path, arch: str) -> Iterator[tuple[str, Path]]:
    if not path.is_file() or read_elf(path) is None:
        raise InputError(f"{str(path)!r} is not a program; name the real binary")
    yield path.name, path
    own = [p for pattern in _BESIDE for p in path.parent.glob(pattern) if p.is_file()]
    for file in own:
        yield file.relative_to(path.parent).as_posix(), file
    roots = [path, *(file for file in own if ".so" in file.name)]
    for name, library in _libraries(roots, path.parent, arch).items():
        yield f"lib/{name}", library


def _libraries(roots: list[Path], folder: Path, arch: str) -> dict[str, Path]:
    """Every library *roots* need, at any distance, but for glibc and those in *folder*."""
    found: dict[str, Path] = {}
    waiting = [(root, folder) for root in roots]
    while waiting:
        binary, origin = waiting.pop()
        elf = read_elf(binary)
        if elf is None:
            continue
        paths = [Path(p.replace("$ORIGIN", str(origin))) for p in elf.run_path]
        places = [*paths, folder, *_system(arch)]
        opened = _OPENED.get(binary.name, ())
        for name in (*elf.needed, *opened):
            if name in found or name.startswith(_BASE) or (folder / name).is_file():
                continue
            library = _find(name, places)
            if library is None and name in opened:
                continue
            if library is None:
                reason = f"needs {name}, which is not on this machine; install it"
                raise PackageError(str(binary), reason)
            found[name] = library
            waiting.append((library, library.parent))
    return found


def _system(arch: str) -> list[Path]:
    triplet = f"{arch}-linux-gnu"
    folders = [f"/usr/lib/{triplet}", f"/lib/{triplet}", "/usr/lib64", "/lib64"]
    return [*map(Path, folders), Path(f"/usr/lib/{triplet}/nss")]


def _find(name: str, places: list[Path]) -> Path | None:
    """The first file of that name; links are followed, the name the loader wants stays."""
    return next((place / name for place in places if (place / name).is_file()), None)


def check_binaries(files: Mapping[str, Path], *, arch: str, glibc: str) -> None:
    """
    Refuse binaries that could not be loaded in the function.

    Args:
        files: What to look at, by the name an error calls it.
        glibc: The newest C library the function has.

    Raises:
        PackageError: A binary is for another processor, or wants a newer glibc.
    """
    too_new = []
    for name, path in sorted(files.items()):
        elf = read_elf(path)
        if elf is None:
            continue
        if elf.machine != arch:
            raise PackageError(name, f"is for {elf.machine}, the function is {arch}")
        if elf.glibc > version_of(glibc):
            too_new.append(f"{name} ({'.'.join(map(str, elf.glibc))})")
    if too_new:
        reason = (
            f"built for a newer glibc than the function's {glibc}: {', '.join(too_new)}; "
            "take a build for an older system, or name the glibc of your own image"
        )
        raise PackageError(too_new[0].partition(" ")[0], reason)
