"""
Recipes for queues, as their pages have them: run by ``nox -s queues``, with a Redis.

A page's first Python block is ``films.py``, its second one is whoever asks; its last shell
block starts a worker.
"""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

import hyperframes_dist as hf
from engine_log import note
from killing import once_a_segment_is_there
from pages import strip_page, write_project
from ports import reserve_ports

PAGES = Path(__file__).parents[2] / "docs/how-to"
BIN = Path(sys.executable).parent
WISHES = 'chunks=4, fps=10, segment_seconds="1/2", quality="draft"'
CONFIG = hf.RenderConfig(chunks=4, fps=10, segment_seconds="1/2", quality="draft")
_SECONDS = 150


def blocks(page: str, language: str) -> list[str]:
    """The code of a page in *language*, in order."""
    text = (PAGES / page).read_text("utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="module")
def redis(tmp_path_factory) -> Iterator[str]:
    """A server on loopback, which keeps nothing; where it listens."""
    (port,) = reserve_ports(1)
    program = shutil.which("redis-server")
    assert program is not None, "needs Debian's redis-server"
    words = ["--bind", "127.0.0.1", "--port", str(port), "--save", ""]
    folder = tmp_path_factory.mktemp("redis")
    quiet = subprocess.DEVNULL
    with subprocess.Popen([program, *words], cwd=folder, stdout=quiet) as it:
        try:
            deadline = time.monotonic() + 30
            while not _answers(port):
                assert time.monotonic() < deadline
                time.sleep(0.05)
            yield f"127.0.0.1:{port}"
        finally:
            it.kill()


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def place(tmp_path) -> Path:
    """Where a page's programs are, and its project."""
    write_project(tmp_path / "project", strip_page(4))
    return tmp_path


def program(place: Path, page: str, number: int, name: str) -> Path:
    """A block of a page as a file, its store a directory, its film one of many segments."""
    code = blocks(page, "python")[number]
    code = code.replace("s3://bucket/renders", (place / "store").as_uri())
    path = place / name
    path.write_text(code.replace("RenderConfig(chunks=4)", f"RenderConfig({WISHES})"))
    return path


def environment(redis: str) -> Mapping[str, str]:
    path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "REDIS_URL": f"redis://{redis}/0"}


@contextlib.contextmanager
def worker(place: Path, page: str, redis: str) -> Iterator[subprocess.Popen[bytes]]:
    """What the page's last command starts, until the block ends."""
    command = blocks(page, "bash")[-1].replace("127.0.0.1:6379", redis)
    process = subprocess.Popen(
        shlex.split(command), cwd=place, env=environment(redis), start_new_session=True
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=30)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def kill_a_child(place: Path, parent: int) -> threading.Thread:
    """Kill the process that works for *parent*, once the store holds a segment."""

    def kill() -> None:
        told = Path(f"/proc/{parent}/task").glob("*/children")
        found = [int(pid) for each in told for pid in each.read_text().split()]
        os.kill(found[-1], signal.SIGKILL)

    return once_a_segment_is_there((place / "store").as_uri(), kill)


@pytest.mark.parametrize(
    ("page", "name"), [("celery.md", "Celery"), ("rq.md", "RQ")], ids=["celery", "rq"]
)
def test_a_page_leads_from_nothing_to_a_film(page, name, place, redis):
    """With one process killed in the middle, and the bytes of a local render."""
    wanted = hf.render(place / "project", place / "local.mp4", CONFIG).sha256
    program(place, page, 0, "films.py")
    asking = program(place, page, 1, "ask.py")

    with worker(place, page, redis) as process:
        killing = kill_a_child(place, process.pid)
        told = run(asking, environment(redis))
        killing.join()

    note(name, "killed", told[-1], wanted)
    assert wanted == told[-1]
    assert "done 100%" in told


def run(path: Path, env: Mapping[str, str]) -> list[str]:
    """The lines a program prints, which ends well."""
    done = subprocess.run(
        [sys.executable, path.name],
        cwd=path.parent,
        env=env,
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    assert 0 == done.returncode, done.stderr
    return done.stdout.splitlines()


def test_a_flow_of_prefects_leads_to_a_film(place):
    """By the server that it starts for itself, on loopback."""
    wanted = hf.render(place / "project", place / "local.mp4", CONFIG).sha256
    path = program(place, "prefect.md", 0, "films.py")
    own = {"PREFECT_HOME": f"{place}/home", "DO_NOT_TRACK": "1"}
    own |= {"PREFECT_SERVER_ANALYTICS_ENABLED": "false"}
    # A busy machine takes longer than the twenty seconds it is given.
    own |= {"PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120"}

    told = run(path, {**os.environ, **own})

    note("Prefect", "plain", told[-1], wanted)
    assert wanted == told[-1]


BY_HAND = """
import films
from films import *
class Here:
    "The calls of the page's main that Modal's service would carry out."
    def __init__(self, call): self.remote = call
    def map(self, jobs): return [self.remote(job) for job in jobs]
worker = films.Worker()
class Run: run = Here(worker.run.local)
films.Worker = Run
films.main.info.raw_f()
worker.renderer.close()
"""


def test_functions_of_modals_lead_to_a_film(place):
    """Here, one after the other; what is Modal's own is not run."""
    wanted = hf.render(place / "project", place / "local.mp4", CONFIG).sha256
    program(place, "modal.md", 0, "films.py")
    path = place / "by_hand.py"
    path.write_text(BY_HAND)

    told = run(path, os.environ)

    note("Modal's functions", "plain", told[-1], wanted)
    assert wanted == told[-1]
