"""The deployment ZIP: the same bytes every time, within Lambda's limit, nothing unpinned."""

from __future__ import annotations

import json
import re
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import attrs
import pytest

import zips
from foreign import foreign_copy
from hyperframes_dist._model.codec import from_json, to_json
from hyperframes_dist._tools.ffmpeg import find_ffmpeg
from hyperframes_dist._tools.files import sha256_file
from hyperframes_dist.aws._zip.elf import read_elf
from hyperframes_dist.aws._zip.inspect import CONTENTS, Contents
from hyperframes_dist.aws._zip.packed import (
    FOLDER,
    INDEX,
    blob_path,
    pack_file,
    read_index,
    unpacked,
)
from hyperframes_dist.aws._zip.wheels import Wheel, fetch_wheels, read_lock
from hyperframes_dist.aws._zip.zip import Entry
from hyperframes_dist.aws.package import UNZIPPED_LIMIT, verify_zip
from hyperframes_dist.chrome import HeadlessShell
from hyperframes_dist.errors import InputError, PackageError, ResolveError
from hyperframes_dist.progress import Control

MIB = 1 << 20
PINS = Path(__file__).parents[2] / "requirements-dev.txt"
LIBRARY = "hyperframes_dist/_version.py"


@pytest.mark.thorough
def test_two_builds_are_equal(sparticuz_zip, tmp_path):
    """One sha256 names the ZIP, wherever and whenever it is built."""
    again = zips.build("sparticuz", tmp_path / "elsewhere")

    assert sparticuz_zip.sha256 == again.sha256
    assert sparticuz_zip.path.read_bytes() == again.path.read_bytes()


def test_packing_does_not_depend_on_the_cache(tmp_path):
    """A blob from the cache is the blob that would be made."""
    first = pack_file(Path("/bin/true"), "x", executable=True, cache=tmp_path / "a")
    kept = pack_file(Path("/bin/true"), "x", executable=True, cache=tmp_path / "a")
    fresh = pack_file(Path("/bin/true"), "x", executable=True, cache=tmp_path / "b")

    assert first == kept == fresh


@pytest.mark.thorough
@pytest.mark.parametrize(
    "kind",
    [
        "sparticuz",
        pytest.param("headless-shell", marks=pytest.mark.installed_shell),
    ],
)
def test_the_default_fits_into_lambda(request, kind):
    """Unzipped bytes are those of the files in it, and below 250 MiB."""
    report = request.getfixturevalue("shell_zip" if "-" in kind else "sparticuz_zip")
    with zipfile.ZipFile(report.path) as archive:
        sizes = [info.file_size for info in archive.infolist()]

    assert sum(sizes) == report.unzipped
    assert report.unzipped <= UNZIPPED_LIMIT == 250 * MIB
    assert kind == report.chrome
    listed = sum(part.size for part in report.parts)
    assert 0 < report.unzipped - listed < MIB  # The list of contents itself.


@pytest.mark.thorough
@pytest.mark.parametrize(
    "built",
    ["sparticuz_zip", pytest.param("shell_zip", marks=pytest.mark.installed_shell)],
)
def test_ffmpeg_is_the_wheels(request, built):
    """Byte for byte: a plan made here names the ffmpeg the function has."""
    here = sha256_file(find_ffmpeg())[1]

    assert here == request.getfixturevalue(built).ffmpeg_sha256


@pytest.mark.installed_shell
def test_chrome_is_the_installed_one(shell_zip):
    """Byte for byte, too: the digest in a plan is that of the packed browser."""
    assert sha256_file(HeadlessShell().executable())[1] == shell_zip.chrome_sha256


@pytest.mark.thorough
def test_nothing_in_it_wants_a_newer_system(sparticuz_task):
    """Of what lies unpacked, nothing asks for another processor or glibc than Lambda's."""
    found = [
        elf for p in sparticuz_task.rglob("*") if p.is_file() and (elf := read_elf(p))
    ]

    assert len(found) >= 3
    assert {"x86_64"} == {elf.machine for elf in found}
    assert max(elf.glibc for elf in found) <= (2, 34)


def test_every_wheel_is_locked_to_what_is_tested():
    """The lock names the versions and hashes of the development environment."""
    text = PINS.read_text("utf-8")
    hashes = set(re.findall(r"--hash=sha256:(\w{64})", text))

    rows = [wheel for rows in read_lock().targets.values() for wheel in rows]

    assert len(rows) > 50
    assert [wheel.file for wheel in rows if wheel.sha256 not in hashes] == []


def test_a_wheel_with_other_bytes_is_not_used(tmp_path):
    """pip is given the hash; a wheel that was replaced is refused, and not kept."""
    (six,) = [w for w in read_lock().wheels("3.13", "x86_64") if w.name == "six"]
    wrong = attrs.evolve(six, sha256="0" * 64)

    with pytest.raises(ResolveError, match="pip"):
        fetch([wrong], tmp_path)

    assert list(tmp_path.rglob("*.whl")) == []


def fetch(wheels: list[Wheel], cache: Path) -> dict[Wheel, Path]:
    return fetch_wheels(
        wheels, python="3.13", arch="x86_64", cache=cache, control=Control()
    )


def test_an_unlocked_runtime_is_refused_with_the_locked_ones(tmp_path):
    """Python 3.11 on Lambda is an older Linux, which this ffmpeg does not run on."""
    with pytest.raises(InputError, match=r"3\.11 on x86_64.*python3\.13-x86_64"):
        zips.build("sparticuz", tmp_path, python="3.11")


@pytest.mark.thorough
def test_too_large_is_refused_with_the_breakdown(tmp_path):
    """Nothing is published, and the sizes say where the bytes are."""
    with pytest.raises(PackageError) as caught:
        zips.build("sparticuz", tmp_path, limit=100 * MIB)

    reason = str(caught.value)
    assert re.search(r"15\d\.\d MiB unzipped, the limit is 100\.0 MiB", reason)
    assert re.search(r"sparticuz 7\d\.\d, ffmpeg 5\d\.\d", reason)
    assert "\n" not in reason
    assert list(tmp_path.iterdir()) == []


def test_a_browser_for_another_processor_is_refused(tmp_path):
    """Before anything is packed."""
    shell = foreign_copy(Path("/bin/true"), tmp_path / "chrome-headless-shell")

    with pytest.raises(PackageError, match="chrome-headless-shell: is for aarch64"):
        zips.build("headless-shell", tmp_path, chrome_path=shell)


def test_a_browser_lambda_cannot_load_is_refused(tmp_path):
    """A glibc that is too old for it is named before deploying, not by a dead function."""
    with pytest.raises(PackageError, match=r"newer glibc than the function's 2\.10"):
        zips.build("headless-shell", tmp_path, chrome_path="/bin/true", glibc="2.10")


def test_wishes_that_contradict_are_refused(tmp_path):
    """A path goes with a headless shell, and only with one."""
    with pytest.raises(InputError, match="path"):
        zips.build("sparticuz", tmp_path, chrome_path="/bin/true")
    with pytest.raises(InputError, match="path"):
        zips.build("headless-shell", tmp_path, chrome_path=None)
    with pytest.raises(InputError, match="not a program"):
        zips.build("headless-shell", tmp_path, chrome_path=__file__)


def flip(entries: dict[str, Entry]) -> None:
    row = entries[LIBRARY]
    data = row.content.replace(b"0", b"1")
    entries[LIBRARY] = attrs.evolve(row, content=data)


def drop(entries: dict[str, Entry]) -> None:
    del entries[LIBRARY]


def add(entries: dict[str, Entry]) -> None:
    entries["sitecustomize.py"] = Entry(name="sitecustomize.py", content=b"")


def make_executable(entries: dict[str, Entry]) -> None:
    entries[LIBRARY] = attrs.evolve(entries[LIBRARY], executable=True)


def swap_wheel(entries: dict[str, Entry]) -> None:
    contents = from_json(entries[CONTENTS].content, Contents)
    parts = [
        attrs.evolve(part, digest="f" * 64) if part.name == "six" else part
        for part in contents.parts
    ]
    made = attrs.evolve(contents, parts=tuple(parts))
    entries[CONTENTS] = Entry(name=CONTENTS, content=to_json(made))


def cut_ffmpeg(entries: dict[str, Entry]) -> None:
    index = read_index(entries[f"{FOLDER}/{INDEX}"].content)
    (row,) = [row for row in index.files if row.path == index.ffmpeg_path]
    name = f"{FOLDER}/{row.blob}"
    entries[name] = attrs.evolve(entries[name], content=entries[name].content[:-9])


def turn_binary(entries: dict[str, Entry]) -> None:
    name = next(n for n in entries if n.startswith("selectolax/") and n.endswith(".so"))
    data = bytearray(entries[name].content)
    struct.pack_into("<H", data, 18, 183)
    entries[name] = attrs.evolve(entries[name], content=bytes(data))


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("change", "relist", "reason"),
    [
        (flip, False, r"_version\.py: listed with \w+, found \w+"),
        (drop, False, r"_version\.py: missing"),
        (add, False, r"sitecustomize\.py: listed with no such file"),
        (make_executable, False, r"_version\.py: listed"),
        (swap_wheel, False, r"six-.*whl: (used|locked) and not"),
        (cut_ffmpeg, True, r"packed/\w+\.zst: holds ffmpeg/.* not what is listed"),
        (
            turn_binary,
            True,
            r"selectolax/.*\.so: is for aarch64, the function is x86_64",
        ),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_a_changed_zip_is_refused(sparticuz_zip, tmp_path, change, relist, reason):
    """What was changed is named, also where the list was changed along with it."""
    path = zips.altered(sparticuz_zip.path, tmp_path / "x.zip", change, relist=relist)

    with pytest.raises(PackageError, match=reason):
        verify_zip(path)


@pytest.mark.thorough
def test_damage_is_refused(sparticuz_zip, tmp_path):
    """A byte that differs, a byte too many, a piece that is missing."""
    whole = sparticuz_zip.path.read_bytes()
    at = whole.index(b"__version__ = ")
    flipped = whole[:at] + b"X" + whole[at + 1 :]
    for data in (flipped, b"\0" + whole, whole[:-100], b""):
        (tmp_path / "x.zip").write_bytes(data)

        with pytest.raises(PackageError):
            verify_zip(tmp_path / "x.zip")


def test_a_blob_is_not_unpacked_beyond_its_size(tmp_path):
    """Kilobytes that claim to be ten bytes cannot fill a disk."""
    (tmp_path / "zeros").write_bytes(bytes(64 * MIB))
    row = pack_file(tmp_path / "zeros", "x", executable=False, cache=tmp_path)
    blocks: list[int] = []
    greedy = attrs.evolve(row, size=10)

    with (
        blob_path(tmp_path, row.sha256).open("rb") as blob,
        pytest.raises(PackageError, match="listed with 10 bytes"),
    ):
        blocks.extend(map(len, unpacked(blob, greedy)))

    assert 0 < sum(blocks) <= 4 * MIB


def run(*args: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "hyperframes_dist", "aws", *map(str, args)]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=170, check=False
    )


@pytest.mark.thorough
def test_the_commands_say_what_is_in_it(sparticuz_zip, tmp_path):
    """Built and verified from a shell: the same digest, every part with its size."""
    built = run("build-zip", tmp_path / "function.zip", "--chrome", "sparticuz")
    verified = run("verify-zip", tmp_path / "function.zip", "--json")

    assert (built.returncode, verified.returncode) == (0, 0), built.stderr
    assert f"sha256 {sparticuz_zip.sha256}" in built.stdout
    assert re.search(r"7\d\.\d\d MiB  sparticuz \(@sparticuz/chromium@", built.stdout)
    assert json.loads(verified.stdout)["sha256"] == sparticuz_zip.sha256


def test_the_commands_refuse_in_one_line(tmp_path):
    """A file that is no ZIP ends with 1, one that is not there with 2."""
    (tmp_path / "x.zip").write_text("no zip")

    damaged, missing = (
        run("verify-zip", tmp_path / "x.zip"),
        run("verify-zip", "no.zip"),
    )

    assert (1, 2) == (damaged.returncode, missing.returncode)
    assert "PackageError" in damaged.stderr
    assert 1 == len(missing.stderr.splitlines())
