"""Compositions of kinds that authors write: right, and the same in processes apart."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import random
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

WILD = Path(__file__).parents[1] / "compositions" / "wild"
NAMES = sorted(path.name for path in (WILD / "projects").iterdir())
# The same one every time; ``nox -s laws`` runs them all.
FEW = random.Random(18).sample(NAMES, 1)
SETTINGS = ["--fps=30", "--quality=draft", "--segment-seconds=0.5"]
LOOKS = re.compile(r"audio\(|\.mp4")


FAR = {"TZ": "Pacific/Kiritimati", "LC_ALL": "C", "LANG": "de_DE.UTF-8"}
BUSY = "import time; end = time.time() + 120\nwhile time.time() < end: pass"


def run(place: Path, *args: object, **around: str) -> None:
    """Run the command line in a process of its own, with more in its environment."""
    command = [sys.executable, "-m", "hyperframes_dist", *map(str, args)]
    done = subprocess.run(
        command,
        cwd=place,
        env={**os.environ, **around},
        capture_output=True,
        text=True,
        timeout=170,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]


@contextlib.contextmanager
def on_one_processor() -> Iterator[None]:
    """What is started has a processor, and not the machine's."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@contextlib.contextmanager
def beside_work() -> Iterator[None]:
    """As many processes are busy meanwhile as there are processors."""
    command = [sys.executable, "-c", BUSY]
    others = [subprocess.Popen(command) for _ in range(os.cpu_count() or 1)]
    try:
        yield
    finally:
        for other in others:
            other.kill()
            other.wait()


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
    """
    What becomes of *name* in chunks, the last first, each by a process of its own.

    One is far away, one has one processor, and of a few films one is drawn beside others'
    work.
    """
    kind, suffix, of_chunk = format_of(name)
    apart, plan = place / f"{name}-4{suffix}", place / "plan"
    project = WILD / "projects" / name
    run(place, "plan", project, plan, *SETTINGS, kind, "--chunks=4")
    planned = json.loads((plan / "plan.json").read_text())
    count = len(planned["schedule"]["chunks"])
    chunks = [place / f"{index}{of_chunk}" for index in range(count)]
    busy = NAMES.index(name) % 4 == 0
    run(place, "chunk", plan, count - 1, chunks[-1])
    for index in reversed(range(count - 1)):
        with contextlib.ExitStack() as stack:
            if index == 1:
                stack.enter_context(on_one_processor())
            if index == 0 and busy:
                stack.enter_context(beside_work())
            run(place, "chunk", plan, index, chunks[index], **FAR if index == 2 else {})
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
