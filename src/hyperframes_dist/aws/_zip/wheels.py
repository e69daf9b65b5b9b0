"""
The wheels a deployment ZIP holds: named by a lock, fetched by pip, compared by hash.

Nothing is resolved here; what the lock does not name is not fetched.
"""

from __future__ import annotations

import re
import shutil
import sys
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

import attrs

from ..._model.codec import from_json
from ..._tools.files import file_lock, publish_file, sha256_file, work_dir
from ..._tools.process import ProcessTimeout, run
from ...errors import InputError, PackageError, ResolveError, ResolveUnavailableError
from ...progress import Control

LOCK = "lambda-wheels.json"
"""The lock, beside this module and in every ZIP."""

_GLIBC = (34, 28, 27, 26, 24, 17)
"""Minor versions of glibc 2 that wheels are tagged with, up to Amazon Linux 2023's."""

_NEVER = re.compile(
    # Sources of compiled code, and programs for a shell.
    r"\.(c|h|pyx|pxd|pyi)$|\.data/scripts/"
    # The ffmpeg goes in packed.
    r"|^imageio_ffmpeg/binaries/ffmpeg-"
    # Descriptions of other services: the function speaks to S3 alone.
    r"|^boto3/(data|examples)/|^botocore/data/[^/]+/(?<!data/s3/)(?<!data/sts/)"
)
_FOREIGN = re.compile(r"\.cpython-(\d+)-[\w-]+\.so$")


@attrs.frozen(kw_only=True)
class Wheel:
    """
    One row of the lock.

    Attributes:
        name: Name of the distribution.
        version: Exact version.
        file: File name of the wheel, which says what it runs on.
        sha256: Of the wheel.
    """

    name: str
    version: str
    file: str
    sha256: str

    @property
    def python(self) -> str | None:
        """The Python it is built for, such as ``3.13``; None for any."""
        tag = self.file.removesuffix(".whl").split("-")[-3]
        match = re.fullmatch(r"cp3(\d+)", tag)
        return f"3.{match[1]}" if match else None


@attrs.frozen(kw_only=True)
class WheelLock:
    """
    Everything that may go into a ZIP, for every function it may be built for.

    Attributes:
        targets: Wheels by runtime, such as ``python3.13-x86_64``.
    """

    targets: dict[str, tuple[Wheel, ...]]

    def wheels(self, python: str, arch: str) -> tuple[Wheel, ...]:
        """
        The wheels for one runtime.

        Raises:
            InputError: The runtime is not locked; the message lists those that are.
        """
        found = self.targets.get(f"python{python}-{arch}")
        if found is None:
            raise InputError(
                f"no wheels are locked for Python {python} on {arch}; there are those for "
                f"{', '.join(sorted(self.targets))}"
            )
        return found


def read_lock(data: bytes | None = None) -> WheelLock:
    """
    The lock of this library, or the one whose bytes are *data*.

    Raises:
        PackageError: *data* is no lock of wheels.
    """
    if data is None:
        data = Path(__file__).with_name(LOCK).read_bytes()
    try:
        return from_json(data, WheelLock)
    except InputError as error:
        raise PackageError(LOCK, str(error)) from None


def fetch_wheels(
    wheels: Sequence[Wheel], *, python: str, arch: str, cache: Path, control: Control
) -> dict[Wheel, Path]:
    """
    Where each wheel lies: in *cache*, after pip has fetched those that were not there.

    Raises:
        ResolveError: pip finds no such file, or one with another hash.
        ResolveUnavailableError: Pip is missing, or got no answer.
    """
    folder = cache / "wheels"
    with file_lock(folder / ".lock", control=control):
        missing = [w for w in wheels if not _is_there(w, folder)]
        by_python: dict[str, list[Wheel]] = {}
        for wheel in missing:
            by_python.setdefault(wheel.python or python, []).append(wheel)
        for version, rows in by_python.items():
            _download(rows, version, arch, folder, control)
    return {wheel: folder / wheel.file for wheel in wheels}


def _is_there(wheel: Wheel, folder: Path) -> bool:
    path = folder / wheel.file
    return path.is_file() and sha256_file(path)[1] == wheel.sha256


def pip_download(python: str, arch: str) -> list[str]:
    """The command that fetches wheels for one runtime, but for what to fetch."""
    tags = [f"manylinux_2_{minor}_{arch}" for minor in _GLIBC]
    platforms = [f"--platform={tag}" for tag in [*tags, f"manylinux2014_{arch}"]]
    options = ["--only-binary=:all:", "--no-deps", f"--python-version={python}"]
    quiet = ["--quiet", "--no-input", "--disable-pip-version-check"]
    command = [sys.executable, "-m", "pip", "download", *quiet]
    return [*command, *options, "--implementation=cp", *platforms]


def _download(
    wheels: Sequence[Wheel], python: str, arch: str, folder: Path, control: Control
) -> None:
    with work_dir(folder / "pip") as scratch:
        wanted = scratch / "requirements.txt"
        rows = [f"{w.name}=={w.version} --hash=sha256:{w.sha256}" for w in wheels]
        wanted.write_text("\n".join(rows) + "\n")
        args = ["--require-hashes", f"--requirement={wanted}", f"--dest={scratch}"]
        _run_pip([*pip_download(python, arch), *args], control)
        for wheel in wheels:
            if not _is_there(wheel, scratch):
                raise ResolveError(f"pip:{wheel.file}", "pip fetched another file")
            with publish_file(folder / wheel.file) as draft:
                shutil.copyfile(scratch / wheel.file, draft)


def _run_pip(command: list[str], control: Control) -> None:
    try:
        done = run(command, control=control, timeout=600)
    except ProcessTimeout as error:
        raise ResolveUnavailableError("pip", f"pip {error}") from None
    if done.code == 0:
        return
    # pip's own lines may name an index with a token in its address.
    lines = re.sub(r"\w+://\S+", "<index>", done.log).strip().splitlines()
    errors = [x for x in lines if x.startswith("ERROR") or "No module named pip" in x]
    reason = " | ".join(errors[-3:] or lines[-1:] or ["pip failed"])
    wrong = "DO NOT MATCH THE HASHES" in done.log or "No matching" in done.log
    raise (ResolveError if wrong else ResolveUnavailableError)("pip", reason)


def wheel_files(path: Path, python: str) -> Iterator[tuple[str, bytes, bool]]:
    """
    What of the wheel at *path* goes into a ZIP: name, bytes, whether it may be run.

    Compiled code for another Python is left out, and with it what only serves to compile
    code, command lines, and the descriptions of all services but S3.
    """
    own = python.replace(".", "")
    with zipfile.ZipFile(path) as wheel:
        for info in wheel.infolist():
            name = re.sub(r"^[^/]+\.data/(purelib|platlib)/", "", info.filename)
            foreign = _FOREIGN.search(name)
            if info.is_dir() or _NEVER.search(name) or (foreign and foreign[1] != own):
                continue
            if ".." in PurePosixPath(name).parts or name.startswith("/"):
                raise PackageError(path.name, f"holds {name!r}")
            yield name, wheel.read(info), bool(info.external_attr >> 16 & 0o100)


def wheel_ffmpeg(path: Path) -> tuple[str, bytes]:
    """
    Name and bytes of the ffmpeg in the wheel of imageio-ffmpeg.

    Raises:
        PackageError: The wheel has no ffmpeg, or several.
    """
    with zipfile.ZipFile(path) as wheel:
        names = [n for n in wheel.namelist() if "/binaries/ffmpeg-" in n]
        if len(names) != 1:
            raise PackageError(
                path.name, f"holds {len(names)} ffmpeg binaries, not one"
            )
        return PurePosixPath(names[0]).name, wheel.read(names[0])
