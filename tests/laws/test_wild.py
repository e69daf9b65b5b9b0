"""Compositions of kinds that authors write: right, and the same in processes apart."""

from __future__ import annotations

import hashlib
import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

WILD = Path(__file__).parents[1] / "compositions" / "wild"
NAMES = sorted(path.name for path in (WILD / "projects").iterdir())
# The same one every time; ``nox -s laws`` runs them all.
FEW = random.Random(18).sample(NAMES, 1)
SETTINGS = ["--fps=30", "--quality=draft", "--segment-seconds=0.5"]
PICTURES = "--format=png-sequence"


def run(place: Path, *args: object) -> None:
    """Run the command line in a process of its own."""
    command = [sys.executable, "-m", "hyperframes_dist", *map(str, args)]
    done = subprocess.run(
        command, cwd=place, capture_output=True, text=True, timeout=170, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]


def digest(folder: Path) -> str:
    """Of all pictures in *folder*, with their names."""
    found = hashlib.sha256()
    for path in sorted(folder.iterdir()):
        found.update(path.name.encode() + path.read_bytes())
    return found.hexdigest()


def render_whole(name: str, place: Path) -> Path:
    """The pictures of *name*, drawn by one process."""
    whole = place / f"{name}-1"
    one = ["--workers=1", "--chunks=1"]
    run(place, "render", WILD / "projects" / name, whole, *SETTINGS, PICTURES, *one)
    return whole


def render_apart(name: str, place: Path) -> Path:
    """The pictures of *name* in chunks, the last first, each by a process of its own."""
    apart, plan = place / f"{name}-4", place / "plan"
    project = WILD / "projects" / name
    run(place, "plan", project, plan, *SETTINGS, PICTURES, "--chunks=4")
    planned = json.loads((plan / "plan.json").read_text())
    count = len(planned["schedule"]["chunks"])
    chunks = [place / f"{index}.tar" for index in range(count)]
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
