"""
Build what would be released, twice, and hold the two against each other.

The wheel to be had is in ``wheel``; the second is built from the unpacked source archive, in
another directory and with other times, so what that archive lacks shows as well.
"""

from __future__ import annotations

import email
import os
import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
EPOCH = "1700000000"
"""SOURCE_DATE_EPOCH of both builds: any will do, if it is the same."""


def build(source: Path, target: str, output: Path) -> Path:
    """The *target* that hatchling makes of *source*, in the new directory *output*."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", target]
    env = {**os.environ, "SOURCE_DATE_EPOCH": EPOCH}
    subprocess.run(
        [*command, "-d", str(output)], cwd=source, env=env, check=True, timeout=300
    )
    (made,) = output.iterdir()
    return made


def build_twice(folder: Path) -> Path:
    """The wheel, if building it again makes the same bytes."""
    first = build(ROOT, "wheel", folder / "wheel")
    archive = build(ROOT, "sdist", folder / "sdist")
    with tarfile.open(archive) as tar:
        tar.extractall(folder / "source", filter="data")
    (source,) = (folder / "source").iterdir()
    again = build(source, "wheel", folder / "again")
    if first.read_bytes() != again.read_bytes():
        raise SystemExit(f"two builds differ: {_first_difference(first, again)}")
    return first


def _first_difference(one: Path, other: Path) -> str:
    """The first file the two wheels do not agree on."""
    here, there = _entries(one), _entries(other)
    names = sorted(here.keys() | there.keys())
    return next((n for n in names if here.get(n) != there.get(n)), "their order")


def _entries(wheel: Path) -> dict[str, tuple[object, ...]]:
    with zipfile.ZipFile(wheel) as archive:
        rows = archive.infolist()
    return {row.filename: (row.CRC, row.date_time, row.external_attr) for row in rows}


def check_metadata(wheel: Path, changelog: str) -> None:
    """Hold the wheel's own words against the changelog, and its links against the web."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (n for n in archive.namelist() if n.endswith(".dist-info/METADATA"))
        metadata = email.message_from_bytes(archive.read(name))
    text = str(metadata.get_payload())
    if relative := re.findall(r"\]\((?!https://|#)([^)]*)\)", text):
        raise SystemExit(f"links of the long description lead nowhere: {relative}")
    check_changelog(str(metadata["Version"]), changelog)


def check_changelog(version: str, changelog: str) -> None:
    """
    Refuse a changelog that does not know *version*.

    Either its newest section is that of the version, and nothing is unreleased; or the
    version is newer than every section, and what it brings stands under Unreleased.
    """
    sections = re.findall(r"^## \[(.+?)\](.*?)(?=^## |\Z)", changelog, re.M | re.S)
    waiting = any(name == "Unreleased" and "\n- " in text for name, text in sections)
    released = [_numbers(name) for name, _ in sections if name != "Unreleased"]
    newest = max(released, default=())
    if released != sorted(released, reverse=True):
        raise SystemExit("CHANGELOG.md: the newest version does not come first")
    if _numbers(version) < newest or waiting == (_numbers(version) == newest):
        raise SystemExit(f"CHANGELOG.md does not agree with version {version}")


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version))


def main() -> int:
    """Build into the directory that is named, and check what was built."""
    wheel = build_twice(Path(sys.argv[1]).resolve())
    check_metadata(wheel, (ROOT / "CHANGELOG.md").read_text("utf-8"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
