"""The preview: this machine's page, the frames of a render, and every change by itself."""

from __future__ import annotations

import contextlib
import json
import logging
import subprocess
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from hyperframes_dist._look.preview import Preview
from hyperframes_dist.chrome import default_chrome
from hyperframes_dist.errors import InputError
from pages import composition, write_project

PAGE = composition(
    """<p id="p"></p><script>
    const { word } = window.__hyperframes.getVariables();
    document.getElementById("p").textContent = word;</script>"""
).replace(
    "<html>",
    """<html data-composition-variables='[{"id":"word","type":"string",
    "label":"Word","default":"hello"}]'>""",
)
LOGGER = "hyperframes_dist._look.preview"
SECONDS = 60


@pytest.fixture
def project(tmp_path):
    """A page with a variable."""
    return write_project(tmp_path / "project", PAGE)


@pytest.fixture
def preview(project) -> Iterator[Preview]:
    """A preview of it."""
    with Preview(project) as made:
        yield made


def get(preview: Preview, path: str) -> bytes:
    with urlopen(preview.url + path, timeout=SECONDS) as answer:
        return answer.read()


def test_the_frame_is_the_one_a_render_gives(preview, project, renderer):
    """Beside it, what the files say of the project."""
    state = json.loads(get(preview, "state"))

    assert ("", 30, 64, 32) == tuple(
        state[name] for name in ("error", "frames", "width", "height")
    )
    assert ["word"] == [row["id"] for row in state["info"]["variables"]]
    assert get(preview, "frame/3.png") == renderer.still(project, frame=3).data
    with pytest.raises(HTTPError, match="409"):
        get(preview, "frame/30.png")


def test_variables_are_set_from_the_page(preview, project, renderer):
    """They are those of the next frame, and of the page that plays."""
    body = json.dumps({"word": "</script>"}).encode()
    kind = {"Content-Type": "application/json"}
    with urlopen(Request(f"{preview.url}variables", body, kind), timeout=SECONDS):
        pass

    wanted = renderer.still(project, frame=0, variables={"word": "</script>"}).data
    assert wanted == get(preview, "frame/0.png")
    assert b'{"word": "\\u003c/script>"}' in get(preview, "live/index.html")


def test_a_mistake_is_shown_and_can_be_mended(preview, project):
    """A project that cannot be rendered still has a page."""
    (project / "index.html").write_text("<p>no composition")

    state = json.loads(get(preview, "state"))

    assert "HF101" in state["error"]
    assert b"no composition" in get(preview, "live/index.html")
    (project / "index.html").write_text(PAGE)
    assert "" == json.loads(get(preview, "state"))["error"]


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/state", {"Host": "evil.example"}, 403),
        ("/state", {"Origin": "https://evil.example"}, 403),
        ("/live/../secret.txt", {}, 404),
        ("/live/%2e%2e/secret.txt", {}, 404),
        ("/nothing", {}, 404),
    ],
)
def test_nobody_else_is_answered(preview, project, path, headers, status):
    """Neither another site's page, nor who asks for files beside the project."""
    (project.parent / "secret.txt").write_text("secret")
    connection = HTTPConnection("127.0.0.1", int(preview.url[:-1].rpartition(":")[2]))

    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()

    assert status == answer.status
    assert b"secret" not in answer.read()
    connection.close()


def test_a_port_that_is_taken_is_told(preview, project):
    """By its number."""
    port = int(preview.url[:-1].rpartition(":")[2])

    with pytest.raises(InputError, match=str(port)):
        Preview(project, port=port)


@contextlib.contextmanager
def browser(url: str, profile: str) -> Iterator[None]:
    """A real browser that shows the page."""
    words = ("--no-sandbox", "--disable-gpu", "--remote-debugging-port=0")
    command = [default_chrome().executable(), *words, f"--user-data-dir={profile}", url]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        try:
            yield
        finally:
            process.terminate()


def test_a_browser_shows_a_change_by_itself(preview, project, tmp_path, caplog):
    """It plays the page, asks for the frame, and for both again when a file changes."""
    caplog.set_level(logging.DEBUG, LOGGER)

    def wait_for(text: str, count: int) -> None:
        end = time.monotonic() + SECONDS
        while sum(text in row for row in caplog.messages) < count:
            assert time.monotonic() < end, caplog.messages
            time.sleep(0.01)

    with browser(preview.url, str(tmp_path / "profile")):
        wait_for("GET /live/index.html", 1)
        wait_for("GET /frame/0.png", 1)
        (project / "index.html").write_text(PAGE.replace("hello", "again"))
        wait_for("GET /live/index.html", 2)
        wait_for("GET /frame/0.png", 2)
