"""Compositions of kinds that authors write: right, and the same in processes apart."""

from __future__ import annotations

import hashlib
import json
import os
import random
import re
import subprocess
import sys
from pathlib import Path

import pytest

WILD = Path(__file__).parents[1] / "compositions" / "wild"
NAMES = sorted(path.name for path in (WILD / "projects").iterdir())
# The same one every time; ``nox -s laws`` runs them all.
FEW = random.Random(18).sample(NAMES, 1)
SETTINGS = ["--fps=30", "--quality=draft", "--segment-seconds=0.5"]
LOOKS = re.compile(r"audio\(|\.mp4")


def run(place: Path, *args: object) -> None:
    """Run the command line in a process of its own."""
    command = [sys.executable, "-m", "hyperframes_dist", *map(str, args)]
    done = subprocess.run(
        command, cwd=place, capture_output=True, text=True, timeout=170, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]


def format_of(name: str) -> tuple[str, str, str]:
    """What its check looks at: pictures, or a film with its sound; its suffix, a chunk's."""
    check = (WILD / "checks" / f"{name}.py").read_text().split('N = "')[-1]
    if LOOKS.search(check.split("print(")[0]):
        return "--format=mp4", ".mp4", ".mp4"
    return "--format=png-sequence", "", ".tar"


def digest(output: Path) -> str:
    """Of the film *output*, or of all pictures in it, with their names."""
    found = hashlib.sha256()
    for path in sorted(output.iterdir()) if output.is_dir() else [output]:
        name = path.name if output.is_dir() else ""
        found.update(name.encode() + path.read_bytes())
    return found.hexdigest()


def render_whole(name: str, place: Path) -> Path:
    """What becomes of *name*, drawn by one process."""
    kind, suffix, _ = format_of(name)
    whole = place / f"{name}-1{suffix}"
    one = ["--workers=1", "--chunks=1"]
    run(place, "render", WILD / "projects" / name, whole, *SETTINGS, kind, *one)
    return whole


def render_apart(name: str, place: Path) -> Path:
    """What becomes of *name* in chunks, the last first, each by a process of its own."""
    kind, suffix, of_chunk = format_of(name)
    apart, plan = place / f"{name}-4{suffix}", place / "plan"
    project = WILD / "projects" / name
    run(place, "plan", project, plan, *SETTINGS, kind, "--chunks=4")
    planned = json.loads((plan / "plan.json").read_text())
    count = len(planned["schedule"]["chunks"])
    chunks = [place / f"{index}{of_chunk}" for index in range(count)]
    for index in reversed(range(count)):
        run(place, "chunk", plan, index, chunks[index])
    run(place, "assemble", plan, apart, *chunks)
    return apart


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[] if name in FEW else pytest.mark.campaign)
        for name in NAMES
    ],
)
def test_a_wild_composition_is_right_and_the_same_apart(tmp_path, name):
    """What is seen follows from arithmetic, and no byte from who drew it."""
    whole, apart = render_whole(name, tmp_path), render_apart(name, tmp_path)

    seen = subprocess.run(
        [sys.executable, WILD / "checks" / f"{name}.py"],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(WILD), "WILD_OUT": str(tmp_path)},
        check=True,
    )

    assert "HOLDS" in seen.stdout
    assert " wrong; first: " not in seen.stdout, seen.stdout
    assert digest(whole) == digest(apart)
