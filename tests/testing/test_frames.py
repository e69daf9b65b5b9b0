"""Golden frames: what differs fails, is written down and is seen."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from hyperframes_dist.testing import assert_frames
from pages import composition, strip_page, write_project


@pytest.fixture
def project(tmp_path):
    """A second of numbered frames."""
    return write_project(tmp_path / "project", strip_page(1))


def colour(folder: Path, value: str) -> Path:
    """A project whose frames are all of one colour."""
    return write_project(
        folder, composition(f"<style>body{{background:{value}}}</style>")
    )


def test_frames_that_were_found_right_stay_right(project, tmp_path, renderer):
    """Once written they are what is drawn again; by time or by number."""
    golden = tmp_path / "golden"

    assert_frames(project, golden, [0.1, 0.5], update=True, renderer=renderer)
    assert_frames(project, golden, frames=[3, 15], renderer=renderer)

    assert ["000003.png", "000015.png"] == sorted(p.name for p in golden.iterdir())


def test_a_frame_that_differs_is_seen(project, tmp_path, renderer):
    """The message names it and counts; the pictures lie beside it until it is right."""
    golden = tmp_path / "golden"
    assert_frames(project, golden, frames=[3], update=True, renderer=renderer)
    right = (golden / "000003.png").read_bytes()
    with Image.open(golden / "000003.png") as picture:
        wrong = picture.convert("RGB")
    wrong.putpixel((7, 9), tuple(abs(v - 200) for v in wrong.getpixel((7, 9))))
    wrong.save(golden / "000003.png")

    with pytest.raises(AssertionError, match=r"frame 3 at 0\.1 s: 1 of 5120 pixels"):
        assert_frames(project, golden, frames=[3], renderer=renderer)

    with Image.open(golden / "failed/000003.difference.png") as seen:
        lit = seen.convert("RGB").getbbox()
    assert (7, 9, 8, 10) == lit
    assert right == (golden / "failed/000003.drawn.png").read_bytes()
    assert_frames(project, golden, frames=[3], tolerance=200, renderer=renderer)
    assert not (golden / "failed").exists()


def test_a_frame_without_a_picture_fails(project, tmp_path, renderer):
    """It says how to make one."""
    with pytest.raises(AssertionError, match="--update-frames"):
        assert_frames(project, tmp_path / "golden", frames=[0], renderer=renderer)


def test_another_size_fails(project, tmp_path, renderer):
    """Both sizes are named."""
    golden = tmp_path / "golden"
    golden.mkdir()
    Image.new("RGB", (3, 2)).save(golden / "000000.png")

    with pytest.raises(AssertionError, match=r"is 160x32, .* 3x2"):
        assert_frames(project, golden, frames=[0], renderer=renderer)


@pytest.mark.thorough
def test_the_plugin_has_the_fixture_and_the_option(project, tmp_path):
    """Fails without pictures, writes them when asked, and passes from then on."""
    (tmp_path / "test_film.py").write_text(
        f"def test_it(assert_frames):\n    assert_frames({str(project)!r}, [0.5])\n"
    )
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    command += ["-p", "hyperframes_dist._pytest", "-p", "no:hyperframes_dist"]

    def run(*words: str) -> int:
        done = subprocess.run(
            [*command, *words], cwd=tmp_path, capture_output=True, check=False
        )
        return done.returncode

    assert [0, 0] == [run("--update-frames"), run()]
    golden = tmp_path / "frames/test_it/000015.png"
    Image.new("RGB", (160, 32), "red").save(golden)
    assert 1 == run()
