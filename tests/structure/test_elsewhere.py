"""On systems where no Chrome is driven: what works there, and what is said of the rest."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import hyperframes_dist as hf
from pages import strip_page, write_project

CHILD = Path(__file__).with_name("elsewhere.py")
STACK = {
    "state_machine": "arn:aws:states:eu-west-1:123456789012:stateMachine:films",
    "store": "s3://films",
}


@pytest.fixture(scope="module")
def here(renderer, tmp_path_factory):
    """A locked project, its plan and its chunk, laid out as `elsewhere` reads them."""
    folder = tmp_path_factory.mktemp("elsewhere")
    project = write_project(folder / "project", strip_page(0.5))
    config = hf.RenderConfig(fps=10, variables={"name": "Zoë"})
    (folder / "config.json").write_bytes(hf.to_json(config))
    (folder / "stack.json").write_text(json.dumps(STACK))
    (folder / "store").mkdir()
    renderer.lock(project)
    planned = renderer.plan(project, folder / "plan", config)
    renderer.render_chunk(planned.path, 0, folder / "0.mp4")
    looks = renderer.plan(
        project, folder / "looks", hf.RenderConfig(fps=4, format="png-sequence")
    )
    renderer.render_chunk(looks.path, 0, folder / "0.tar")
    film = hf.assemble(planned.path, [folder / "0.mp4"], folder / "joined.mp4")
    pictures = hf.assemble(looks.path, [folder / "0.tar"], folder / "pictures")
    return folder, config, planned, [film.sha256, pictures.sha256]


@pytest.mark.sampled(1)
@pytest.mark.parametrize("system", ["win32", "darwin"])
def test_all_but_drawing_works_elsewhere(here, system):
    """
    Without what Windows and macOS lack, every module loads, plans are verified and
    assembled, sites deployed, and what needs a Chrome says so and what to do instead.
    """
    folder, config, planned, digests = here
    done = subprocess.run(
        [sys.executable, str(CHILD), system, str(folder)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)

    assert hf.to_json(config).decode() == found["config"]
    assert planned.plan_hash == found["plan_hash"] == found["recomputed"]
    assert digests == found["sha256"]
    assert "eu-west-1" == found["client"]
    assert 64 == len(found["site"])
    assert "never.mp4" not in found["files"]
    refused = {
        **found["refused"],
        "command": ["UnsupportedPlatformError", found["command"][1]],
    }
    for call, (name, message) in refused.items():
        assert "UnsupportedPlatformError" == name, (call, message)
        assert f"this is {system}" in message
        assert "in a Linux container" in message
        assert "hyperframes_dist.aws.AwsClient" in message
    assert 1 == found["command"][0]
