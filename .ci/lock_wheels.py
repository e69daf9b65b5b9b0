"""
Write the lock of the wheels that go into a Lambda ZIP.

Versions are those of requirements-dev.txt, the set is what the library with its extra
``aws`` needs, and each file is the one pip picks for that runtime. Run it in the
development environment, after requirements-dev.txt has changed.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import tomllib
from importlib.metadata import requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from hyperframes_dist._tools.files import sha256_file
from hyperframes_dist.aws._zip.wheels import LOCK, pip_download

ROOT = Path(__file__).parents[1]
PYTHONS, ARCHS = ("3.12", "3.13"), ("x86_64", "aarch64")


def pinned() -> dict[str, str]:
    """Version by name of all that the tests run with."""
    text = (ROOT / "requirements-dev.txt").read_text("utf-8")
    rows = re.findall(r"^([\w.-]+)==([^\s;]+)(?: ;|\s)", text, re.MULTILINE)
    # The last row of a package is the one for newer Pythons.
    return {canonicalize_name(name): version for name, version in rows}


def closure(python: str, arch: str) -> list[str]:
    """Names of everything the library needs on that runtime."""
    marks = {
        "python_version": python,
        "python_full_version": f"{python}.0",
        "platform_machine": arch,
        "sys_platform": "linux",
    }
    found: set[str] = set()
    # The installed metadata of the library itself may be older than its source.
    own = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    texts = [*own["dependencies"], *own["optional-dependencies"]["aws"]]
    waiting = [(texts, "")]
    while waiting:
        rows, extra = waiting.pop()
        for text in rows:
            row = Requirement(text)
            if row.marker and not row.marker.evaluate({**marks, "extra": extra}):
                continue
            if (needed := canonicalize_name(row.name)) not in found:
                found.add(needed)
                extras = next(iter(row.extras), "")
                waiting.append((requires(needed) or [], extras))
    return sorted(found)


def locked(python: str, arch: str, versions: dict[str, str]) -> list[dict[str, str]]:
    """The rows of one runtime."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for name in closure(python, arch):
            command = pip_download(python, arch)
            place = Path(folder) / name
            version = versions[name]
            subprocess.run(
                [*command, f"--dest={place}", f"{name}=={version}"], check=True
            )
            (file,) = place.iterdir()
            digest = sha256_file(file)[1]
            rows.append(
                {"name": name, "version": version, "file": file.name, "sha256": digest}
            )
    return rows


def main() -> int:
    """Write the lock and name it."""
    versions = pinned()
    targets = {
        f"python{python}-{arch}": locked(python, arch, versions)
        for python in PYTHONS
        for arch in ARCHS
    }
    path = ROOT / "src/hyperframes_dist/aws/_zip" / LOCK
    path.write_text(json.dumps({"targets": targets}, indent=1) + "\n", "utf-8")
    sys.stdout.write(f"{path}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
