"""A chunk that is slow is finished by two: who helps takes what is left, from its middle."""

from __future__ import annotations

import threading
from pathlib import Path

import attrs
import pytest

import hyperframes_dist as hf
from hyperframes_dist._model.codec import from_json, to_json
from hyperframes_dist._wire.jobs import ChunkJob, HelpJob, PlanJob, Planned, read_job
from hyperframes_dist._wire.worker import Worker
from hyperframes_dist.errors import TransportError
from hyperframes_dist.progress import Control, Progress
from hyperframes_dist.transport import StoredFile
from hyperframes_dist.transport.local import LocalTransport
from jobs import deploy
from pages import strip_page, write_project

FREE = Control(None, None, None)
CONFIG = hf.RenderConfig(fps=10, chunks=1, segment_seconds="1/2", quality="draft")


@pytest.fixture
def worker(renderer, runtime_file, tmp_path) -> Worker:
    return Worker(
        transport=LocalTransport(tmp_path / "store"),
        renderer=renderer,
        folder=tmp_path / "work",
        runtime=runtime_file,
    )


@pytest.fixture
def planned(worker, tmp_path) -> Planned:
    """Five seconds in ten segments and one chunk."""
    project = write_project(tmp_path / "project", strip_page(5))
    site = deploy(worker.transport, project)
    store = worker.transport.url
    return worker.plan(PlanJob(store=store, site_hash=site, config=CONFIG), FREE)


class Store(LocalTransport):
    """
    A store that counts what is put, and is interrupted once, before a segment is.

    One segment at a time: an encoder that is done first would put its own meanwhile.
    """

    def __init__(self, root: Path, before: int = -1, then=lambda: None) -> None:
        super().__init__(root)
        self.put_keys, self._before, self._then = list[str](), before, then
        self._turn = threading.Lock()

    def put(self, path: Path, key: str) -> StoredFile:
        if not (key.startswith("segments/") and key.endswith(".mp4")):
            return super().put(path, key)
        with self._turn:
            if len(self.put_keys) == self._before:
                self._before = -1
                self._then()
            self.put_keys.append(key.rpartition("/")[2])
            return super().put(path, key)


@pytest.mark.thorough
def test_who_helps_takes_what_is_left(worker, planned, tmp_path):
    """From its middle, then from the middle of the rest; who is helped draws none of it."""
    own = {"store": worker.transport.url, "plan_hash": planned.plan_hash, "index": 0}
    job, told = ChunkJob(**own, shared=True), list[Progress]()
    helping = attrs.evolve(worker, transport=Store(tmp_path / "store"))
    answers = []

    def help_once() -> None:
        with hf.Renderer() as renderer:
            other = attrs.evolve(helping, renderer=renderer)
            answers.append(other.run_job(HelpJob(**own), FREE))

    helped = attrs.evolve(worker, transport=Store(tmp_path / "store", 1, help_once))
    chunk = helped.run_job(job, Control(told.append))

    (answer,) = answers
    assert chunk == answer.chunk
    by_helper = [int(name[:6]) for name in helping.transport.put_keys]
    by_owner = [int(name[:6]) for name in helped.transport.put_keys]
    assert list(range(by_helper[0], 10)) == by_helper[: 10 - by_helper[0]]
    # Of ten one is there: the first, or the second if its encoder was done before.
    assert by_helper[0] in (5, 6)
    assert len(by_helper) == answer.segments
    # What is drawn or encoded when help comes is made twice, and no more.
    assert len(by_owner) <= 4
    assert set(range(10)) == {*by_owner, *by_helper}
    frames = [event.done for event in told if event.stage == "render"]
    assert (sorted(frames), 50) == (frames, frames[-1])


@pytest.mark.thorough
def test_help_that_comes_late_makes_nothing(worker, planned):
    """A chunk that is there is the answer; one nobody is at is made by who helps."""
    own = {"store": worker.transport.url, "plan_hash": planned.plan_hash, "index": 0}

    first = worker.run_job(HelpJob(**own), FREE)
    again = worker.run_job(HelpJob(**own), FREE)
    alone = worker.run_job(ChunkJob(**own, shared=True), FREE)

    assert (10, 0) == (first.segments, again.segments)
    assert first.chunk == again.chunk == alone


class Silent:
    """A store that does not tell who asks for a segment what others have put since."""

    def __init__(self, inner: LocalTransport) -> None:
        self._inner = inner

    def __getattr__(self, name: str):
        return getattr(self._inner, name)

    def find(self, key: str) -> StoredFile | None:
        if key.startswith("segments/"):
            raise TransportError("the store is busy")
        return self._inner.find(key)


@pytest.mark.thorough
def test_who_does_not_hear_of_a_segment_makes_it(worker, planned):
    """Looking is for speed, and no reason to fail."""
    own = {"store": worker.transport.url, "plan_hash": planned.plan_hash, "index": 0}
    deaf = attrs.evolve(worker, transport=Silent(worker.transport))

    made = deaf.run_job(ChunkJob(**own, shared=True), FREE)

    assert 50 == made.frame_count


def test_help_travels_as_json():
    """As every job and answer does."""
    job = HelpJob(store="file:///s", plan_hash="a" * 64, index=3, render="film")

    assert job == read_job(to_json(job))
    assert "help" == from_json(to_json(job), HelpJob).kind
