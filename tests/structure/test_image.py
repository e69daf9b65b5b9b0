"""The image's steps, run in a root file system of their own, and a render inside."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import attrs
import pytest

from image_box import Image, build_image
from pages import strip_page, write_project

ROOT = Path(__file__).parents[2]
MOST_BYTES = 700_000_000
OPTIONS = ("--fps=10", "--segment-seconds=1/2", "--chunks=2", "--quality=draft")

pytestmark = [pytest.mark.box, pytest.mark.timeout(1200)]


@pytest.fixture(scope="module")
def image(tmp_path_factory) -> Image:
    return build_image(ROOT / "Dockerfile", ROOT, tmp_path_factory.mktemp("image"))


@pytest.fixture
def run(image, tmp_path):
    """Runs the image's program on the folder ``/there``, whose owner is its user."""
    write_project(tmp_path / "film", strip_page(2))
    for path in (tmp_path, *tmp_path.rglob("*")):
        os.chown(path, 1000, 1000)

    def start(*words: str, **env: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            image.command(words, env=env, binds={tmp_path: "/there"}),
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )

    return start


def test_the_image_is_small_and_its_user_nobody_special(image, tmp_path):
    """What it runs can write to its cache and its home alone."""
    inside = attrs.evolve(image, entry=("sh", "-c"))
    places = "/opt/x /usr/x /home/render/x"
    asked = f"id -u; for place in {places}; do touch $place && echo $place; done"

    done = subprocess.run(
        inside.command([asked]), capture_output=True, text=True, timeout=60, check=False
    )

    assert ["1000", "/home/render/x"] == done.stdout.split()
    assert image.size < MOST_BYTES


def test_jobs_of_the_image_make_its_film(run):
    """A plan, chunks told by their cluster, and what joins them: as `render` does."""
    film, name = ("--project", "/there/film"), ("--request", "a")
    store = ("--store", "/there/store")
    local = run("render", "/there/film", "/there/local.mp4", *OPTIONS, "--json")

    done = [run("job", "plan", *film, *store, "--name", "a", *OPTIONS)]
    chunk = ("job", "chunk", *store, *name)
    done += [run(*chunk, JOB_COMPLETION_INDEX=index) for index in "012"]
    joined = run("job", "assemble", *store, *name, "--json")

    assert [0] * 4 == [each.returncode for each in done], done
    assert 0 == joined.returncode == local.returncode, joined.stderr + local.stderr
    made = json.loads(joined.stdout)["sha256"]
    assert json.loads(local.stdout)["sha256"] == made
