"""What a page is answered while a chunk is rendered is what was planned, byte for byte."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

import hyperframes_dist as hf
from hyperframes_dist._browser.door import ORIGIN, PlanDoor
from hyperframes_dist.errors import (
    PageError,
    PlanError,
    PlanIncompleteError,
    PlanIntegrityError,
)
from pages import composition, write_project

LOGO = b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>"


@pytest.fixture(scope="module")
def planned(renderer, tmp_path_factory) -> hf.Plan:
    folder = tmp_path_factory.mktemp("planned")
    html = composition("<img src='a b/logo.svg'>", duration="0.2")
    project = write_project(folder / "project", html)
    (project / "a b").mkdir()
    (project / "a b/logo.svg").write_bytes(LOGO)
    return renderer.plan(project, folder / "plan", hf.RenderConfig(segment_seconds=1))


@pytest.fixture
def plan_dir(planned, tmp_path) -> Path:
    return Path(shutil.copytree(planned.path, tmp_path / "plan"))


@pytest.fixture
def door(planned, plan_dir) -> PlanDoor:
    return PlanDoor(plan_dir, planned.content)


@pytest.mark.parametrize(
    "name",
    ["a%20b/logo.svg", "/a%20b/logo.svg", "a%20b//logo.svg?v=1#x", "a%20b%2Flogo.svg"],
)
def test_a_planned_file_is_answered(door, name):
    """However its address is spelt."""
    answer = door.answer(f"{ORIGIN}{name}", "Image")

    assert (answer.body, answer.content_type) == (LOGO, "image/svg+xml")


def change(path: Path) -> None:
    path.write_bytes(LOGO.replace(b"9", b"8"))


def lengthen(path: Path) -> None:
    path.write_bytes(LOGO + b" ")


def link_elsewhere(path: Path) -> None:
    other = path.with_name("other.svg")
    other.write_bytes(LOGO.replace(b"9", b"7"))
    path.unlink()
    path.symlink_to(other)


def remove(path: Path) -> None:
    path.unlink()


def make_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize(
    ("damage", "error"),
    [
        (change, PlanIntegrityError),
        (lengthen, PlanIntegrityError),
        (link_elsewhere, PlanIntegrityError),
        (remove, PlanIncompleteError),
        (make_folder, PlanIncompleteError),
    ],
)
def test_a_file_that_changed_since_is_refused(
    door, plan_dir, damage: Callable[[Path], None], error
):
    """After the plan was verified, too: what is handed over is looked at."""
    damage(plan_dir / "compiled/a b/logo.svg")

    with pytest.raises(error, match=r"compiled/a b/logo\.svg"):
        door.answer(f"{ORIGIN}a%20b/logo.svg", "Image")


@pytest.mark.parametrize(
    "name",
    [
        *(
            "planted.js",
            "../plan.json",
            "%2e%2e%2fplan.json",
            "..%2Fplan.json",
            "",
            ".",
        ),
        *("a%20b", "a%20b/../../plan.json", ".hyperframes-dist/frames/../../plan.json"),
        *(".hyperframes-dist/frames/planted.jpg", "a%20b/logo.svg%00", "plan.json"),
    ],
)
def test_what_nobody_planned_is_refused(door, plan_dir, name):
    """Whatever lies in the directory."""
    for path in ("compiled/planted.js", "frames/planted.jpg"):
        (plan_dir / path).parent.mkdir(exist_ok=True)
        (plan_dir / path).write_bytes(b"x")

    with pytest.raises(PageError, match="not in the plan"):
        door.answer(f"{ORIGIN}{name}", "Script")


def test_a_render_of_changed_bytes_fails(renderer, planned, plan_dir, tmp_path):
    """A file swapped while its page is open does not become a chunk."""
    real = PlanDoor.answer

    def swap(self, address: str, kind: str):
        if address.endswith("logo.svg"):
            change(plan_dir / "compiled/a b/logo.svg")
        return real(self, address, kind)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PlanDoor, "answer", swap)
        with pytest.raises(PlanIntegrityError, match=r"logo\.svg"):
            renderer.render_chunk(plan_dir, 0, tmp_path / "0000.mp4")

    assert not (tmp_path / "0000.mp4").exists()


@pytest.mark.parametrize("name", ["compiled", "compiled/a b"])
def test_a_folder_that_is_a_link_is_refused(renderer, plan_dir, tmp_path, name):
    """Its files could be others' by the time they are read."""
    moved = tmp_path / "moved"
    (plan_dir / name).rename(moved)
    (plan_dir / name).symlink_to(moved)

    for work in (
        lambda: hf.verify_plan(plan_dir),
        lambda: renderer.render_chunk(plan_dir, 0, tmp_path / "0000.mp4"),
    ):
        with pytest.raises(PlanError, match=f"{name}.*link"):
            work()
