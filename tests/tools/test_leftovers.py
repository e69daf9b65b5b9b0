"""What a killed process leaves behind is swept by the next; what a living one holds is not."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hyperframes_dist._tools.leftovers import held_dir, sweep

WORKING = """
import sys, time
from pathlib import Path
from hyperframes_dist._tools.leftovers import held_dir
with held_dir("film.", Path(sys.argv[1])) as path:
    (path / "frame").write_bytes(b"x")
    print(path, flush=True)
    time.sleep(60)
"""


def age(path: Path) -> None:
    """As if it had been made two minutes ago."""
    then = time.time() - 120
    os.utime(path, (then, then))


@pytest.mark.parametrize("kind", [signal.SIGKILL, signal.SIGABRT])
def test_what_a_killed_process_left_is_swept(tmp_path, kind):
    """Not while it lives, and whatever it was ended by."""
    command = [sys.executable, "-c", WORKING, tmp_path]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        path = Path(process.stdout.readline().strip())
        age(path)

        sweep(tmp_path)
        assert (path / "frame").is_file()

        process.send_signal(kind)
        process.wait()
        age(path)

    sweep(tmp_path)

    assert list(tmp_path.iterdir()) == []


def test_others_are_left_alone(tmp_path):
    """A directory of a person's, a link that looks like ours, one that was made just now."""
    (tmp_path / "films").mkdir()
    (tmp_path / "young.hfd").mkdir()
    (tmp_path / "link.hfd").symlink_to(tmp_path / "films", target_is_directory=True)
    age(tmp_path / "films")

    sweep(tmp_path)

    assert {"films", "young.hfd", "link.hfd"} == {p.name for p in tmp_path.iterdir()}


def test_one_is_gone_when_its_work_is(tmp_path):
    """Whatever is in it."""
    with held_dir("film.", tmp_path) as path:
        (path / "a" / "b").mkdir(parents=True)

    assert list(tmp_path.iterdir()) == []


def test_a_place_that_is_not_there_is_no_fault(tmp_path):
    """Nobody looks for leftovers before a directory is made."""
    sweep(tmp_path / "nowhere")
