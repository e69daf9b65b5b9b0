"""In an application's own environment: run by ``nox -s beside``, with current releases."""

from __future__ import annotations

import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from importlib.metadata import requires, version
from pathlib import Path

import imageio_ffmpeg
import pytest
from packaging.requirements import Requirement
from packaging.version import Version
from websockets.sync.client import connect

import hyperframes_dist as hf
from pages import composition, write_project

VARIABLES = {"title": "beside"}
DECLARED = json.dumps(
    [{"id": "title", "type": "string", "label": "Title", "default": "none"}]
)
BODY = """<h1 id="title" style="color:#fff"></h1><script>
document.querySelector("#title").textContent = window.__hyperframes.getVariables().title;
</script>"""
START_SECONDS, FILM_SECONDS = 60, 90


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """One second with a title."""
    html = composition(BODY, width=160, height=96)
    html = html.replace("<html>", f"<html data-composition-variables='{DECLARED}'>")
    return write_project(tmp_path_factory.mktemp("beside") / "project", html)


@pytest.fixture(scope="module")
def server(project, tmp_path_factory):
    """Address of the running application, without its scheme."""
    log = tmp_path_factory.mktemp("server") / "log"
    command = ["-m", "uvicorn", "film_server:app", "--host", "127.0.0.1", "--port", "0"]
    with log.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, *command, "--app-dir", str(Path(__file__).parent)],
            env={**os.environ, "FILM_PROJECT": str(project)},
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield _address(process, log)
        process.send_signal(signal.SIGINT)
        process.wait(20)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(20)


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    """Where it listens, as it says itself."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        if found := re.search(r"running on http://(127\.0\.0\.1:\d+)", log.read_text()):
            return found[1]
        time.sleep(0.05)
    raise AssertionError(f"the server did not start:\n{log.read_text()}")


def test_the_environment_is_todays():
    """Nothing here is older than what an application of today asks for."""
    assert Version(version("urllib3")) >= Version("2")
    assert Version(version("websockets")) >= Version("13")
    assert version("fastapi")
    assert version("uvicorn")
    assert version("google-genai")

    done = subprocess.run(
        [sys.executable, "-m", "pip", "check"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 0, done.stdout


def test_what_the_library_requires_lets_current_releases_in():
    """No dependency of the core is held below what is installed here, nor to one release."""
    rows = [Requirement(row) for row in requires("hyperframes_dist") or []]
    core = [row for row in rows if "extra" not in str(row.marker or "")]

    assert {row.name for row in core} & {"pyppeteer", "websockets"} == set()
    for row in core:
        assert not any(part.operator in {"==", "~="} for part in row.specifier)
        assert row.specifier.contains(version(row.name))


def test_a_film_is_rendered_by_a_request(server, project, tmp_path):
    """What the application answers is the film a plain call makes, byte for byte."""
    config = hf.RenderConfig(quality="draft", variables=VARIABLES)
    expected = hf.render(project, tmp_path / "expected.mp4", config)
    request = urllib.request.Request(
        f"http://{server}/films",
        data=json.dumps(VARIABLES).encode(),
        headers={"content-type": "application/json"},
    )

    with urllib.request.urlopen(request, timeout=FILM_SECONDS) as answer:
        body, facts = answer.read(), answer.headers
    film = tmp_path / "film.mp4"
    film.write_bytes(body)

    assert expected.sha256 == hashlib.sha256(body).hexdigest() == facts["x-sha256"]
    assert expected.frame_count == int(facts["x-frames"]) == 30
    assert imageio_ffmpeg.count_frames_and_secs(film)[0] == 30


def test_progress_arrives_over_a_websocket(server):
    """Each frame is told of while the film is made, over a current websockets."""
    with connect(f"ws://{server}/films", open_timeout=30) as socket:
        told = [json.loads(message) for message in socket]

    assert [row["done"] for row in told][-1] == 30
    assert {row["total"] for row in told} == {30}
    assert sorted(row["done"] for row in told) == [row["done"] for row in told]
