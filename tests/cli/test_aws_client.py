"""The verbs below ``aws`` that deploy and render, from a shell, on an emulated AWS."""

from __future__ import annotations

import io
import json
import signal
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import attrs
import pytest

from cloud import VIDEO, FakeFunction, lock_nothing, served
from hyperframes_dist._cli.main import main
from hyperframes_dist.aws._cloud.session import Services
from hyperframes_dist.transport import open_transport
from ministack import REGION

REPORT = SimpleNamespace(arch="x86_64", chrome="headless-shell", python="3.13")
HANDLER = """
import json, urllib.request

def handler(event, context):
    request = urllib.request.Request({url!r}, json.dumps(event).encode(), method="POST")
    with urllib.request.urlopen(request, timeout=60) as answer:
        row = json.load(answer)
    if "error" in row:
        raise RuntimeError(row["message"])
    return row["result"]
"""


@attrs.define
class Shell:
    """
    A shell with credentials of the emulator.

    Attributes:
        capture: What commands print.
        function: What the deployed function does, once one is deployed.
    """

    capture: pytest.CaptureFixture[str]
    function: FakeFunction | None = None

    def run(self, *args: object, status: int = 0) -> dict:
        """One command, to its end; the object it printed."""
        found = main(["aws", *map(str, args), "--json", "--quiet", "--timeout", "60"])
        out, err = self.capture.readouterr()
        assert (status, out.count("\n")) == (found, 1), err
        return json.loads(out)


@pytest.fixture(autouse=True)
def own_signals() -> Iterator[None]:
    """The commands listen to signals as a program of their own would."""
    before = {n: signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def shell(emulator, monkeypatch, capsys) -> Shell:
    monkeypatch.setenv("AWS_ENDPOINT_URL", emulator.endpoint)
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setattr(Services, "look_seconds", 0.05)
    # The ZIP here is too small to be a real one.
    monkeypatch.setattr("hyperframes_dist.aws.package.verify_zip", lambda _: REPORT)
    return Shell(capsys)


@pytest.fixture
def deployed(shell, emulator, tmp_path) -> Iterator[Shell]:
    """A shell with a stack, whose function is the test's."""
    scratch = tmp_path / "function"
    scratch.mkdir()
    shell.function = FakeFunction(None, scratch)
    with served(shell.function) as url:
        archive = tmp_path / "function.zip"
        archive.write_bytes(zip_of(url))
        store = shell.run("deploy", archive)["store"]
        shell.function.store = open_transport(store, client=emulator.client("s3"))
        yield shell


@pytest.fixture
def project(project, monkeypatch) -> Path:
    """A locked project, on a machine without a Chrome."""
    monkeypatch.setattr("hyperframes_dist._wire.freeze.installed_chrome", lambda: None)
    return lock_nothing(project)


def zip_of(url: str) -> bytes:
    """A ZIP whose function asks *url*."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for folder in ("hyperframes_dist", "hyperframes_dist/aws"):
            archive.writestr(f"{folder}/__init__.py", "")
        archive.writestr("hyperframes_dist/aws/handler.py", HANDLER.format(url=url))
    return buffer.getvalue()


def test_from_a_zip_to_a_video_and_back(deployed, project, tmp_path):
    """Deploy, render, look, pay, lend out, and take it all down."""
    film = tmp_path / "film.mp4"

    made = deployed.run("render", project, film, "--chunks", 2, "--key", "film")
    name = made["render"]

    assert film.read_bytes().startswith(VIDEO)
    assert 40 == made["frame_count"]
    assert "succeeded" == deployed.run("progress", name)["status"]
    assert "succeeded" == deployed.run("wait", name)["status"]
    assert deployed.run("cost", name)["total"] > 0
    assert deployed.run("presign", name, "--seconds", 60)["url"].startswith("http")
    assert (
        made["sha256"] == deployed.run("download", name, tmp_path / "x.mp4")["sha256"]
    )
    site = deployed.run("deploy-site", project)
    assert not site["uploaded"]
    again = deployed.run("start", site["site_hash"], "--chunks", 2, "--key", "film")
    assert name == again["name"]
    assert name == deployed.run("cancel", name)["name"]
    refused = deployed.run("destroy", status=2)
    assert "finished videos" in refused["message"]
    assert deployed.run("destroy", "--delete-outputs")["deleted_objects"] > 5
    assert "no stack" in deployed.run("progress", name, status=2)["message"]


def test_a_stack_is_updated_in_place(deployed, emulator, tmp_path):
    """The same ZIP changes nothing; another size does. What the ZIP holds is its own say."""
    archive = tmp_path / "function.zip"

    name = deployed.run("deploy", archive)["function"]
    facts = emulator.client("lambda").get_function_configuration(FunctionName=name)
    assert (
        "headless-shell" == facts["Environment"]["Variables"]["HYPERFRAMES_DIST_CHROME"]
    )
    first = deployed.run("deploy", archive)
    second = deployed.run("deploy", archive, "--memory", 4096)

    assert first == second
    assert 0 == deployed.run("destroy")["deleted_objects"]


def test_a_zip_for_another_python_is_refused(shell, monkeypatch, tmp_path):
    """The function could not import it."""
    other = SimpleNamespace(arch="x86_64", chrome="sparticuz", python="3.12")
    monkeypatch.setattr("hyperframes_dist.aws.package.verify_zip", lambda _: other)

    refused = shell.run("deploy", tmp_path / "function.zip", status=2)

    assert "built for Python 3.12, the stack has python3.13" in refused["message"]


def test_a_batch_of_lines(deployed, project, tmp_path):
    """One row each; the status says whether all of them succeeded."""
    lines = tmp_path / "lines.jsonl"
    lines.write_text('{"key":"a","output":"a.mp4"}\n{"key":"b","config":{"crf":99}}\n')
    args = ("batch", lines, tmp_path / "rows.jsonl", "--project", project)

    done = deployed.run(*args, "--folder", tmp_path / "out", "--chunks", 1, status=1)

    assert (2, 1) == (done["lines"], done["succeeded"])
    assert (tmp_path / "out/a.mp4").read_bytes().startswith(VIDEO)
    deployed.run("destroy", "--keep-bucket")


@pytest.mark.parametrize(
    ("args", "why"),
    [
        (("progress", "nobody", "--stack", "none"), "no stack 'none'"),
        (("progress", "nobody", "--profile", "none"), "profile"),
        (("deploy", "none.zip"), "not a file"),
        (("batch", "none.jsonl", "rows", "--site", "x"), "cannot be read"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(shell, args, why):
    """And the status is that of wrong input."""
    assert why in shell.run(*args, status=2)["message"]
