"""
The steps of continuous integration: what CONTRIBUTING.md's table lists, in its order.

First README.md's second shell block as it stands, so that the two cannot differ, then
sessions of noxfile.py, each after the Debian packages it needs. Each step is bounded, and
what it took is printed. Runs on the standard library: nothing is installed yet.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
README = "README.md"
"""Step of the table that is no session: everything before the tests, then the tests."""

PATIENCE = 1.5
"""A step is ended after so many times what it may take."""


@dataclass(frozen=True)
class Step:
    """A row of the table: what may take so many *minutes* with Debian's *packages*."""

    name: str
    minutes: float
    packages: tuple[str, ...]


def read_steps() -> list[Step]:
    """The rows of CONTRIBUTING.md's table of steps."""
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    table = text.partition("\n| step | minutes |")[2].partition("\n\n")[0]
    rows = [line.strip("|").split("|") for line in table.splitlines()[2:]]
    return [
        Step(
            name=row[0].strip().strip("`"),
            minutes=float(row[1]),
            packages=tuple(re.findall(r"`([^`]+)`", row[2])),
        )
        for row in rows
    ]


def read_block() -> tuple[str, str]:
    """README.md's second block: what installs, and its last line, which tests."""
    text = (ROOT / README).read_text("utf-8")
    block = re.findall(r"^```bash\n(.*?)^```", text, re.DOTALL | re.MULTILINE)[1]
    install, _, test = block.strip().rpartition("\n")
    return install, test


def command_of(step: Step) -> list[str]:
    """What runs *step*."""
    install, test = read_block()
    shell = ["bash", "-euo", "pipefail", "-c"]
    if step.name.startswith(README):
        return [*shell, test if "tests" in step.name else install]
    return [".venv/bin/python", "-m", "nox", "--session", step.name]


def install(packages: Sequence[str]) -> None:
    """Bring Debian's *packages*, where they are not there and we may."""
    if not packages or shutil.which("apt-get") is None:
        return
    query = ["dpkg-query", "--show", "--showformat=${db:Status-Abbrev}", *packages]
    found = subprocess.run(query, capture_output=True, text=True, check=False)
    if found.returncode == 0 and found.stdout.count("ii") == len(packages):
        return
    if os.geteuid() != 0:
        _say(f"not root to install {' '.join(packages)}; what needs them will fail")
        return
    apt = ["apt-get", "-o", "DPkg::Lock::Timeout=300"]
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    more = ["install", "-y", "--no-install-recommends", *packages]
    for words in (["update"], more):
        subprocess.run([*apt, *words], env=env, check=True, timeout=900)


def environment(step: Step) -> dict[str, str]:
    """
    What *step* finds in its environment.

    README.md's block is run as where no browser is installed: packages that later steps
    bring may be there from an earlier run.
    """
    bare = {"HYPERFRAMES_DIST_CHROME": "sparticuz"}
    return {**os.environ, **(bare if step.name.startswith(README) else {})}


def run(step: Step) -> bool:
    """Run *step* and say what it took; whether it ended well."""
    began, limit = time.monotonic(), step.minutes * 60
    install(step.packages)
    process = subprocess.Popen(
        command_of(step), cwd=ROOT, env=environment(step), start_new_session=True
    )
    try:
        code: int | None = process.wait(limit * PATIENCE)
    except subprocess.TimeoutExpired:
        code = None
    finally:
        # Also what an interrupted or ended step left running.
        _end_group(process.pid)
        process.wait()
    took = time.monotonic() - began
    end = {0: "passed", None: "was ended"}.get(code, f"failed with {code}")
    over = ", LONGER THAN IT MAY" if took > limit else ""
    _say(f"{step.name} {end} after {took:.0f} s of {limit:.0f}{over}")
    return code == 0


def _end_group(group: int) -> None:
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        return


def _say(text: str) -> None:
    sys.stdout.write(f"ci: {text}\n")
    sys.stdout.flush()


def main() -> int:
    """Run every step; those after README.md's go on when one of them fails."""
    failed: list[str] = []
    for step in read_steps():
        if not run(step):
            failed.append(step.name)
            if step.name == f"{README}, install":
                break
    _say(f"failed: {', '.join(failed)}" if failed else "all steps passed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
