"""
Files of npm packages, by the npm client: verified, cached, never run.

A package is fetched as its tarball and read in place; no script of it is started, and of its
files those are unpacked that are asked for, once.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import re
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs

from .._model.near import advice
from ..errors import InputError, ResolveError, ResolveUnavailableError
from ..progress import Control
from .files import cache_errors, file_lock, publish_file, work_dir, write_file
from .process import ProcessTimeout, run
from .tarball import Tarball, TarballError

_NAME = re.compile(r"(@[a-z0-9~][\w.~-]*/)?[a-z0-9~][\w.~-]*", re.IGNORECASE)
_EXACT = re.compile(r"\d+\.\d+\.\d+(-[\w.-]+)?(\+[\w.-]+)?", re.ASCII)
_RANGE = re.compile(r"[\w.^~*+-]+")
_NOT_THERE = ("E404", "ETARGET", "ENOVERSIONS")

_NEWEST_SECONDS = 10.0
_WELL_KNOWN = (
    *("gsap", "animejs", "three", "lottie-web", "d3", "chart.js", "pixi.js", "p5"),
    *("matter-js", "splitting", "split-type", "howler", "tone", "motion", "popmotion"),
    *("@lottiefiles/dotlottie-web", "typed.js", "canvas-confetti", "echarts", "katex"),
    *("mermaid", "highlight.js", "prismjs", "jquery", "react", "react-dom", "vue"),
    *("lodash", "dayjs", "tailwindcss", "animate.css", "shiki", "roughjs", "konva"),
)

MAX_BYTES = 1 << 30
"""Most bytes a tarball may unpack to, unless a caller says otherwise."""


@attrs.frozen(kw_only=True)
class Package:
    """
    One tarball in the cache, its bytes checked.

    Attributes:
        name: Package name, with its scope.
        version: Exact version.
        integrity: Subresource integrity of the tarball, ``sha512-…``.
        tarball: Where it lies.
        max_bytes: Most bytes it may unpack to.
    """

    name: str
    version: str
    integrity: str
    tarball: Path
    max_bytes: int = MAX_BYTES

    def names(self, control: Control | None = None) -> tuple[str, ...]:
        """
        Paths of the files inside, relative to the package.

        Raises:
            ResolveError: The tarball is damaged or unpacks to more than it may.
            Cancelled, DeadlineExceeded: As *control* says.
        """

        def unpack(tarball: Tarball) -> bytes:
            return json.dumps([_inner(name) for name in tarball.names()]).encode()

        with self._errors():
            return tuple(json.loads(self._once("", unpack, control) or b"[]"))

    def read(self, path: str, control: Control | None = None) -> bytes:
        """
        The bytes of the file *path*.

        Raises:
            ResolveError: The package has no such file; or as `names` does.
            Cancelled, DeadlineExceeded: As *control* says.
        """

        def unpack(tarball: Tarball) -> bytes | None:
            return tarball.read(lambda name: _inner(name) == path)

        with self._errors(path):
            found = self._once(path, unpack, control)
        if found is None:
            raise ResolveError(self._name(path), "no such file")
        return found

    def read_all(
        self, wanted: Callable[[str], bool], control: Control | None = None
    ) -> dict[str, bytes]:
        """The files whose path is *wanted*; raises as `names` does."""
        with self._errors():
            found = self._open(control).read_all(lambda name: wanted(_inner(name)))
        return {_inner(name): data for name, data in found.items()}

    def _once(
        self,
        path: str,
        unpack: Callable[[Tarball], bytes | None],
        control: Control | None,
    ) -> bytes | None:
        """
        What *unpack* finds of *path*, kept beside the tarball.

        A package of fonts takes longer to unpack than a page to be shown, and most plans
        want the same files of it.
        """
        name = hashlib.sha256(f"{self.integrity}\n{path}".encode()).hexdigest()
        kept = self.tarball.parent / "files" / name
        found = _read_kept(kept, self.max_bytes)
        if found is None:
            tarball = self._open(control)
            found = unpack(tarball)
            if found is not None:
                # A cache that cannot be written to costs time.
                with contextlib.suppress(OSError, InputError):
                    write_file(kept, _head_of(found, tarball.unpacked) + found)
        return found

    def _open(self, control: Control | None) -> Tarball:
        control = control or Control()
        return Tarball(self.tarball, limit=self.max_bytes, control=control)

    def _name(self, path: str) -> str:
        return f"npm:{self.name}@{self.version}" + (f"/{path}" if path else "")

    @contextlib.contextmanager
    def _errors(self, path: str = "") -> Iterator[None]:
        try:
            yield
        except TarballError as error:
            raise ResolveError(self._name(path), f"its tarball: {error}") from None
        except OSError as error:
            reason = f"its tarball cannot be read: {error.strerror}"
            raise ResolveError(self._name(path), reason) from None


def _head_of(data: bytes, unpacked: int) -> bytes:
    """What is written before *data*, for which so many bytes had to be *unpacked*."""
    return f"{unpacked} {hashlib.sha256(data).hexdigest()}\n".encode()


def _read_kept(path: Path, most: int) -> bytes | None:
    """What is kept at *path*, whole, if no more than *most* bytes were unpacked for it."""
    try:
        head, _, data = path.read_bytes().partition(b"\n")
    except OSError:
        return None
    unpacked = head.partition(b" ")[0]
    if not unpacked.isdigit() or head + b"\n" != _head_of(data, int(unpacked)):
        return None
    return data if int(unpacked) <= most else None


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
    max_bytes: int = MAX_BYTES,
) -> Package:
    """
    The package *name* at *version*, from *cache* or else through the npm client.

    Args:
        version: An exact version, a range or a tag; only exact ones are served from the
            cache without asking.
        integrity: What the tarball's bytes must hash to; None records what they do.
        offline: Whether to take it from the cache or not at all.
        max_bytes: Most bytes it may unpack to, found out when it is read.

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
        lock = file_lock(folder / f".{_flat(name)}.lock", control=control)
        with cache_errors(cache), lock:
            # Who held the lock may have put it there meanwhile.
            package = _cached(folder, name, version)
            package = package or _download(folder, name, version, control, timeout)
    if integrity is not None and package.integrity != integrity:
        reason = f"integrity is {package.integrity}, pinned is {integrity}"
        raise ResolveError(f"npm:{name}@{version}", reason)
    return attrs.evolve(package, max_bytes=max_bytes)


def fetch_packages(
    wanted: Mapping[str, str],
    *,
    cache: Path,
    control: Control,
    timeout: float = 300,
    max_bytes: int = MAX_BYTES,
) -> dict[str, Package]:
    """
    Several packages by one call of the npm client, as far as it gets.

    What is not found is left out: who asks for it alone is told why.

    Args:
        wanted: Versions, ranges or tags, by the packages' names.

    Raises:
        Cancelled, DeadlineExceeded: As *control* says.
    """
    folder = cache / "npm"
    found = {
        name: package
        for name, version in wanted.items()
        if (package := _cached(folder, name, version)) is not None
    }
    asked = {
        name: version
        for name, version in wanted.items()
        if name not in found and _NAME.fullmatch(name) and _RANGE.fullmatch(version)
    }
    if asked:
        specs = [f"{name}@{version}" for name, version in asked.items()]
        with (
            contextlib.suppress(ResolveError),
            cache_errors(cache),
            work_dir(folder / "pack") as scratch,
        ):
            for row in _pack(specs, scratch, control, timeout):
                name = str(row["name"])
                with contextlib.suppress(ResolveError):
                    found[name] = _take(name, asked.get(name, ""), row, scratch, folder)
    return {
        name: attrs.evolve(package, max_bytes=max_bytes)
        for name, package in found.items()
    }


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
        (row,) = _pack([f"{name}@{version}"], scratch, control, timeout)
        return _take(name, version, row, scratch, folder)


def _take(
    name: str, version: str, row: Mapping[str, Any], scratch: Path, folder: Path
) -> Package:
    """The package that *row* of npm's tells of, checked and moved into *folder*."""
    exact = _release(name, version, row)
    source = _tarball(name, version, row, scratch)
    found = integrity_of(source.read_bytes())
    if row.get("integrity", found) != found:
        reason = "the tarball is not the one the registry describes"
        raise ResolveUnavailableError(f"npm:{name}@{version}", reason)
    package = Package(name=name, version=exact, integrity=found, tarball=source)
    return _publish(package, folder)


def _release(name: str, version: str, row: Mapping[str, Any]) -> str:
    """
    The release npm says it packed; its name becomes a file's.

    Builds of one release (``1.2.3+4``) are the same to npm.
    """
    exact = row["version"]
    same = (
        not is_exact(version)
        or str(exact).partition("+")[0] == version.partition("+")[0]
    )
    if not (isinstance(exact, str) and is_exact(exact) and same):
        reason = f"npm packed the release {str(exact)[:80]!r}"
        raise ResolveUnavailableError(f"npm:{name}@{version}", reason)
    return exact


def _tarball(name: str, version: str, row: Mapping[str, Any], folder: Path) -> Path:
    """The tarball of *row* in *folder*, where a single one needs no name."""
    found = [path for path in folder.glob("*.tgz") if path.is_file()]
    if len(found) > 1:
        # A scope is written in front; npm has told other names of such, too.
        stem = _flat(name.removeprefix("@")).replace("+", "-")
        wanted = f"{stem}-{row['version']}.tgz"
        found = [path for path in found if path.name == wanted]
    if len(found) != 1 or found[0].is_symlink():
        reason = f"npm left {len(found)} tarballs"
        raise ResolveUnavailableError(f"npm:{name}@{version}", reason)
    return found[0]


def copy_package(package: Package, cache: Path) -> None:
    """Put *package* into another *cache*."""
    _publish(package, cache / "npm")


def _publish(package: Package, folder: Path) -> Package:
    tarball = folder / f"{_flat(package.name)}@{package.version}.tgz"
    with publish_file(tarball) as draft:
        shutil.copyfile(package.tarball, draft)
    write_file(tarball.with_suffix(".integrity"), package.integrity.encode())
    return attrs.evolve(package, tarball=tarball)


def _pack(
    specs: Sequence[str], scratch: Path, control: Control, timeout: float
) -> list[dict[str, Any]]:
    """What npm says of the tarballs of *specs*, which it has put into *scratch*."""
    what = f"npm:{specs[0]}"
    npm = shutil.which("npm")
    if npm is None:
        reason = "the npm client is not on PATH; install Node.js with npm"
        raise ResolveUnavailableError(what, reason)
    args = [npm, "pack", *specs, "--json", "--ignore-scripts", "--loglevel=error"]
    try:
        done = run(
            [*args, "--pack-destination", scratch],
            control=control,
            timeout=timeout,
            cwd=scratch,
        )
    except ProcessTimeout as error:
        raise ResolveUnavailableError(what, f"npm {error}") from None
    if done.code != 0:
        code = next((c for c in _NOT_THERE if c in done.log), None)
        if code is None:
            raise ResolveUnavailableError(what, _reason(done.log))
        told = _lacks(npm, specs, code, scratch, control) if len(specs) == 1 else ""
        raise ResolveError(what, told + _reason(done.log))
    return _rows(what, done.stdout, len(specs))


def _lacks(
    npm: str, specs: Sequence[str], code: str, scratch: Path, control: Control
) -> str:
    """What of a package is not there, and what is."""
    name, _, version = specs[0].rpartition("@")
    if not name:
        name, version = specs[0], ""
    if code == "E404":
        return f"npm has no package {name!r}{advice(name, _WELL_KNOWN)}: "
    newest = ""
    try:
        done = run(
            [npm, "view", name, "version", "--loglevel=error"],
            control=control,
            timeout=_NEWEST_SECONDS,
            cwd=scratch,
        )
        said = done.stdout.decode("utf-8", "replace").strip()
        if done.code == 0 and is_exact(said):
            newest = f", its newest is {said}"
    except ProcessTimeout:
        pass
    return f"npm has no version {version!r} of {name!r}{newest}: "


def _reason(stderr: str) -> str:
    lines = [x for x in stderr.splitlines() if "E404" in x or "npm error" in x]
    # npm's own lines may name a registry with a token in its address.
    return re.sub(r"https?://\S+", "<registry>", lines[0] if lines else "npm failed")


def _rows(what: str, stdout: bytes, count: int) -> list[dict[str, Any]]:
    try:
        told = json.loads(stdout)
        rows = list(told.values() if isinstance(told, dict) else told)
        found = [
            {key: row[key] for key in ("version", "integrity")}
            | {"name": row.get("name", "")}
            for row in rows
        ]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        found = []
    if len(found) != count:
        raise ResolveUnavailableError(what, "npm printed something else than its JSON")
    return found
