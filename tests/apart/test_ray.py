"""An engine on a real cluster of Ray's: run by ``nox -s queues``, in a network of its own."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import ray

import hyperframes_dist as hf
from engine_log import note
from hyperframes_dist import engines
from hyperframes_dist.engines import RayEngine
from hyperframes_dist.errors import Cancelled, EngineError
from hyperframes_dist.testing import check_engine
from hyperframes_dist.transport import open_transport
from killing import once_a_segment_is_there
from pages import strip_page, write_project
from patience import SOON

CONFIG = hf.RenderConfig(fps=10, chunks=4, segment_seconds="1/2", quality="draft")


@pytest.fixture(scope="module")
def cluster() -> Iterator[None]:
    """A head with room for two actors, seen by nobody: Ray listens on all addresses."""
    assert [name for _, name in socket.if_nameindex()] == ["lo"], "run by alone.py"
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    try:
        yield
    finally:
        ray.shutdown()


@pytest.fixture
def engine(cluster) -> RayEngine:
    return RayEngine(cpus=1)


@pytest.fixture
def store(tmp_path) -> str:
    return (tmp_path / "store").as_uri()


@pytest.fixture
def project(tmp_path) -> Path:
    return write_project(tmp_path / "project", strip_page(4))


def actors() -> list[int]:
    """The processes of actors of this engine."""
    found = []
    for each in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if b"ray::_Actor" in (each / "cmdline").read_bytes():
                found.append(int(each.name))
    return found


def test_it_keeps_what_an_engine_promises(engine, store, tmp_path):
    """The bytes of a local render, errors as they are, and an end when told."""
    check_engine(engine, store, tmp_path)


def test_it_makes_the_film(engine, project, store, tmp_path):
    """The bytes of a local render, which docs/engines.md lists."""
    wanted = hf.render(project, tmp_path / "local.mp4", CONFIG).sha256

    made = engines.render(engine, project, tmp_path / "made.mp4", CONFIG, store=store)

    note("Ray", "plain", made.sha256, wanted)
    assert wanted == made.sha256


def test_actors_that_are_idle_help(cluster, project, store, tmp_path):
    """As soon as one is, whatever is left; the bytes are those of a local render."""
    config = hf.RenderConfig(fps=60, chunks=2, segment_seconds="1/4", quality="draft")
    wanted = hf.render(project, tmp_path / "local.mp4", config).sha256
    engine = RayEngine(cpus=1, help_after=0)

    made = engines.render(engine, project, tmp_path / "made.mp4", config, store=store)

    assert wanted == made.sha256


def test_a_killed_actor_is_made_up_for(engine, project, store, tmp_path, caplog):
    """By another one, which goes on from the segments that are there."""
    wanted = hf.render(project, tmp_path / "local.mp4", CONFIG).sha256

    def kill_one() -> None:
        os.kill(actors()[0], signal.SIGKILL)

    killing = once_a_segment_is_there(store, kill_one)
    made = engines.render(engine, project, tmp_path / "made.mp4", CONFIG, store=store)
    killing.join()

    note("Ray", "killed", made.sha256, wanted)
    assert wanted == made.sha256
    assert "is tried again after WorkerLostError" in caplog.text


def test_a_cancelled_render_stops_what_runs(engine, project, store, tmp_path):
    """Soon no actor of it is left, and what was finished is."""
    cancel, stopped = threading.Event(), list[float]()

    def stop() -> None:
        cancel.set()
        stopped.append(time.monotonic())

    cancelling = once_a_segment_is_there(store, stop)
    with pytest.raises(Cancelled):
        engines.render(
            engine,
            project,
            tmp_path / "made.mp4",
            hf.RenderConfig(fps=240, chunks=2, segment_seconds="1/2"),
            store=store,
            cancel=cancel,
        )
    cancelling.join()
    while actors():
        assert time.monotonic() - stopped[0] < SOON
        time.sleep(0.05)

    kept = [*open_transport(store).list("segments")]
    assert 0 < len(kept) < 2 * 8


def test_a_cluster_without_room_is_told_of(cluster, project, store, tmp_path):
    """Nobody waits for ever for processors that are not there."""
    engine = RayEngine(cpus=8, patience=1)

    with pytest.raises(EngineError, match="each takes 8 CPUs, the cluster has 2"):
        engines.render(engine, project, tmp_path / "made.mp4", CONFIG, store=store)


class _Elsewhere:
    """What cannot be read where it arrives, as on a node that lacks a package."""

    def __reduce__(self):
        return int, ("no such package",)


def test_actors_that_cannot_begin_are_told_of(cluster, project, store, tmp_path):
    """After some tries, with what they said."""
    engine = RayEngine(cpus=1, chrome=_Elsewhere(), attempts=2)

    with pytest.raises(EngineError, match="no such package"):
        engines.render(engine, project, tmp_path / "made.mp4", CONFIG, store=store)


def test_a_process_that_is_not_connected_is_told_so(project, store, tmp_path):
    """What was forgotten, and not a cluster that was begun by itself."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ray, "is_initialized", lambda: False)
        with pytest.raises(EngineError, match=r"ray\.init"):
            engines.render(
                RayEngine(), project, tmp_path / "made.mp4", CONFIG, store=store
            )
