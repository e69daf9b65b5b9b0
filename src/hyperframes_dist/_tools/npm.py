"""
Files of npm packages, by the npm client: verified, cached, never run.

A package is fetched as its tarball and read in place; no script of it is started and
nothing of it is unpacked.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
import tarfile
from pathlib import Path
from typing import Any

import attrs

from ..errors import ResolveError, ResolveUnavailableError
from ..progress import Control
from .files import file_lock, publish_file, work_dir, write_file
from .process import ProcessTimeout, run

_NAME = re.compile(r"(@[a-z0-9~][\w.~-]*/)?[a-z0-9~][\w.~-]*", re.IGNORECASE)
_EXACT = re.compile(r"\d+\.\d+\.\d+(-[\w.-]+)?(\+[\w.-]+)?")
_RANGE = re.compile(r"[\w.^~*+-]+")
_NOT_THERE = ("E404", "ETARGET", "ENOVERSIONS")


@attrs.frozen(kw_only=True)
class Package:
    """
    One tarball in the cache, its bytes checked.

    Attributes:
        name: Package name, with its scope.
        version: Exact version.
        integrity: Subresource integrity of the tarball, ``sha512-…``.
        tarball: Where it lies.
    """

    name: str
    version: str
    integrity: str
    tarball: Path

    def names(self) -> tuple[str, ...]:
        """Paths of the files inside, relative to the package."""
        with tarfile.open(self.tarball) as tar:
            return tuple(_inner(m.name) for m in tar if m.isfile())

    def read(self, path: str) -> bytes:
        """
        The bytes of the file *path*.

        Raises:
            ResolveError: The package has no such file.
        """
        with tarfile.open(self.tarball) as tar:
            for member in tar:
                if member.isfile() and _inner(member.name) == path:
                    file = tar.extractfile(member)
                    assert file is not None
                    return file.read()
        raise ResolveError(f"npm:{self.name}@{self.version}/{path}", "no such file")


def _inner(name: str) -> str:
    # Tarballs hold one folder, usually but not always called "package".
    return name.partition("/")[2]


def is_exact(version: str) -> bool:
    """Whether *version* names one release rather than a range or a tag."""
    return _EXACT.fullmatch(version) is not None


def fetch_package(
    name: str,
    version: str,
    *,
    cache: Path,
    control: Control,
    integrity: str | None = None,
    timeout: float = 300,
    offline: bool = False,
) -> Package:
    """
    The package *name* at *version*, from *cache* or else through the npm client.

    Args:
        version: An exact version, a range or a tag; only exact ones are served from the
            cache without asking.
        integrity: What the tarball's bytes must hash to; None records what they do.
        offline: Whether to take it from the cache or not at all.

    Raises:
        ResolveError: No such package or version, or its bytes are not the pinned ones;
            or *offline*, and it is not in the cache.
        ResolveUnavailableError: The npm client is absent or got no answer.
    """
    if not _NAME.fullmatch(name) or not _RANGE.fullmatch(version):
        raise ResolveError(f"npm:{name}@{version}", "not a package name and version")
    folder = cache / "npm"
    package = _cached(folder, name, version)
    if package is None and offline:
        raise ResolveError(f"npm:{name}@{version}", "offline, and not in the cache")
    if package is None:
        with file_lock(folder / f".{_flat(name)}.lock", control=control):
            # Who held the lock may have put it there meanwhile.
            package = _cached(folder, name, version)
            package = package or _download(folder, name, version, control, timeout)
    if integrity is not None and package.integrity != integrity:
        reason = f"integrity is {package.integrity}, pinned is {integrity}"
        raise ResolveError(f"npm:{name}@{version}", reason)
    return package


def _flat(name: str) -> str:
    return name.replace("/", "+")


def _cached(folder: Path, name: str, version: str) -> Package | None:
    if not is_exact(version):
        return None
    tarball = folder / f"{_flat(name)}@{version}.tgz"
    try:
        recorded = tarball.with_suffix(".integrity").read_text().strip()
        if recorded != integrity_of(tarball.read_bytes()):
            return None
    except OSError:
        return None
    return Package(name=name, version=version, integrity=recorded, tarball=tarball)


def integrity_of(data: bytes) -> str:
    """Subresource integrity string of *data*."""
    return "sha512-" + base64.b64encode(hashlib.sha512(data).digest()).decode()


def _download(
    folder: Path, name: str, version: str, control: Control, timeout: float
) -> Package:
    with work_dir(folder / "pack") as scratch:
        row = _pack(f"{name}@{version}", scratch, control, timeout)
        exact, source = str(row["version"]), scratch / Path(str(row["filename"])).name
        found = integrity_of(source.read_bytes())
        if row.get("integrity", found) != found:
            reason = "the tarball is not the one the registry describes"
            raise ResolveUnavailableError(f"npm:{name}@{version}", reason)
        package = Package(name=name, version=exact, integrity=found, tarball=source)
        return _publish(package, folder)


def copy_package(package: Package, cache: Path) -> None:
    """Put *package* into another *cache*."""
    _publish(package, cache / "npm")


def _publish(package: Package, folder: Path) -> Package:
    tarball = folder / f"{_flat(package.name)}@{package.version}.tgz"
    with publish_file(tarball) as draft:
        shutil.copyfile(package.tarball, draft)
    write_file(tarball.with_suffix(".integrity"), package.integrity.encode())
    return attrs.evolve(package, tarball=tarball)


def _pack(spec: str, scratch: Path, control: Control, timeout: float) -> dict[str, Any]:
    npm = shutil.which("npm")
    if npm is None:
        reason = "the npm client is not on PATH; install Node.js with npm"
        raise ResolveUnavailableError(f"npm:{spec}", reason)
    args = [npm, "pack", spec, "--json", "--ignore-scripts", "--loglevel=error"]
    try:
        done = run(
            [*args, "--pack-destination", scratch],
            control=control,
            timeout=timeout,
            cwd=scratch,
        )
    except ProcessTimeout as error:
        raise ResolveUnavailableError(f"npm:{spec}", f"npm {error}") from None
    if done.code != 0:
        kind = ResolveError if any(c in done.stderr for c in _NOT_THERE) else None
        raise (kind or ResolveUnavailableError)(f"npm:{spec}", _reason(done.stderr))
    return _first_row(spec, done.stdout)


def _reason(stderr: str) -> str:
    lines = [x for x in stderr.splitlines() if "E404" in x or "npm error" in x]
    # npm's own lines may name a registry with a token in its address.
    return re.sub(r"https?://\S+", "<registry>", lines[0] if lines else "npm failed")


def _first_row(spec: str, stdout: bytes) -> dict[str, Any]:
    try:
        rows = json.loads(stdout)
        row = next(iter(rows.values() if isinstance(rows, dict) else rows))
        return {key: row[key] for key in ("version", "filename", "integrity")}
    except (ValueError, KeyError, TypeError, StopIteration):
        raise ResolveUnavailableError(
            f"npm:{spec}", "npm printed something else than its JSON"
        ) from None
