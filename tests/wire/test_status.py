"""How far a render is, and that it shall stop, is told by way of its store alone."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import hyperframes_dist as hf
from hyperframes_dist import engines
from hyperframes_dist._model.codec import to_json
from hyperframes_dist._model.keys import (
    cancel_key,
    chunks_folder,
    facts_key,
    marks_folder,
    planned_key,
    walking_key,
)
from hyperframes_dist._model.results import ChunkResult
from hyperframes_dist._wire.jobs import Planned
from hyperframes_dist._wire.layout import put_bytes
from hyperframes_dist._wire.marks import Mark, marked
from hyperframes_dist._wire.status import Watcher, watch
from hyperframes_dist.errors import Cancelled, InputError, TransportError
from hyperframes_dist.progress import Control
from hyperframes_dist.transport.local import LocalTransport
from pages import strip_page, write_project
from patience import SOON

PLAN, OTHER = "a" * 64, "b" * 64


class Store(LocalTransport):
    """A store in which a test is the workers."""

    def plan(self, plan_hash: str = PLAN, key: str = planned_key("film")) -> None:
        planned = Planned(
            plan_hash=plan_hash,
            content_hash="c" * 64,
            pictures_hash="e" * 64,
            chunk_count=2,
            frame_count=100,
            frame_rate="30",
            width=64,
            height=32,
            format="mp4",
            has_sound=False,
            duration=hf.FrameRate.parse(30).time_of(100),
            warnings=(),
        )
        put_bytes(self, to_json(planned), key)

    def mark(self, name: str, done: int, total: int, *, first=0, seconds=2.0) -> None:
        made = Mark(done, total, first, 1000, 1000 + int(seconds * 1000))
        put_bytes(self, b"", f"{marks_folder('film')}/{name}/{made.name}")

    def chunk(self, index: int, frames: int, plan_hash: str = PLAN) -> None:
        made = ChunkResult(
            content_hash="c" * 64,
            index=index,
            frame_count=frames,
            size=1,
            sha256="d" * 64,
            segments=(),
        )
        key = f"{chunks_folder(plan_hash)}/{index:04d}.mp4"
        put_bytes(self, to_json(made), f"{key}.json")

    def look(self, watcher: Watcher) -> tuple[str, int, list[str]]:
        state = watcher.look()
        return state.stage, state.done, [chunk.stage for chunk in state.chunks]


@pytest.fixture
def store(tmp_path) -> Store:
    return Store(tmp_path / "store")


def test_every_stage_is_read_from_the_store(store):
    """From the first step of the plan to the film; the whole never falls, and ends at 1."""
    watcher, fractions = Watcher(store, "film"), []

    def look() -> tuple[str, int, list[str]]:
        fractions.append(watcher.look().fraction)
        return store.look(watcher)

    store.mark("plan", 3, 12)
    assert ("plan", 0, []) == look()
    store.plan()
    assert ("render", 0, ["waiting", "waiting"]) == look()
    store.mark(f"{PLAN}/chunk-0001", 20, 50)
    assert ("render", 20, ["waiting", "running"]) == look()
    store.mark(f"{PLAN}/chunk-0001", 10, 50, seconds=1)
    assert ("render", 20, ["waiting", "running"]) == look()
    store.chunk(1, 50)
    assert ("render", 50, ["waiting", "done"]) == look()
    store.chunk(0, 50)
    assert ("assemble", 100, ["done", "done"]) == look()
    put_bytes(store, b"{}", facts_key(PLAN))
    assert ("done", 100, ["done", "done"]) == look()

    assert sorted(fractions) == fractions
    assert [1.0] == [fraction for fraction in fractions if fraction >= 1]


def test_a_film_stays_when_its_chunks_have_expired(store):
    """What a store keeps for some days only says nothing of the end."""
    store.plan()
    put_bytes(store, b"{}", facts_key(PLAN))

    state = Watcher(store, "film").look()

    assert ("done", 1.0) == (state.stage, state.fraction)


def test_what_is_slow_and_what_is_left_are_told(store):
    """Frames a second of what runs, by its worker's clock; what was kept is not counted."""
    store.plan()
    store.mark(f"{PLAN}/chunk-0000", 50, 60, first=10, seconds=4)
    store.mark(f"{PLAN}/chunk-0001", 30, 40, seconds=3)

    state = Watcher(store, "film").look()

    assert [10.0, 10.0] == [chunk.rate for chunk in state.chunks]
    assert (80, 20.0, 1.0) == (state.done, state.rate, state.eta)


def test_a_plan_that_took_the_place_of_another_is_watched(store):
    """Its chunks begin anew; how much of the whole is done does not."""
    store.plan()
    watcher = Watcher(store, "film")
    store.chunk(0, 50)
    before = watcher.look()

    store.plan(OTHER, walking_key("film"))
    after = watcher.look()

    assert (50, 0) == (before.done, after.done)
    assert after.fraction == before.fraction


def test_a_render_that_is_cancelled_or_unknown_is_told(store):
    """The one ends the watching, the other is an error."""
    with pytest.raises(InputError, match="no render 'film'"):
        Watcher(store, "film").look()
    store.plan()
    put_bytes(store, b"", cancel_key("film"))

    states = [*watch(store.url, "film")]

    assert ["cancelled"] == [state.stage for state in states]


def test_what_failed_for_good_is_told_until_it_is_tried_again(store):
    """A fault that may pass is not; who begins the job again takes it away."""
    store.plan()
    name = f"{PLAN}/chunk-0001"

    def fail(error: Exception) -> None:
        with pytest.raises(type(error)), marked(store, "film", name, Control()):
            raise error

    fail(TransportError("busy"))
    assert "render" == Watcher(store, "film").look().stage
    fail(InputError("no such font"))
    (last,) = watch(store.url, "film")
    with marked(store, "film", name, Control()):
        begun = Watcher(store, "film").look()

    assert "failed" == last.stage
    assert ("chunk-0001: InputError: no such font",) == last.faults
    assert ("render", ()) == (begun.stage, begun.faults)


class Deaf(LocalTransport):
    """A store that takes and tells nothing of a render."""

    def find(self, key):
        raise TransportError("busy")

    def put(self, path, key):
        raise TransportError("busy")


def test_a_store_that_is_busy_stops_no_job(tmp_path, caplog):
    """Marks are told at leisure; one warning says that they are not."""
    with marked(Deaf(tmp_path), "film", "plan", Control()) as marker:
        marker.tell(1, 2)
        marker.write()

    assert 1 == caplog.text.count("the store is told nothing")


@pytest.fixture
def project(tmp_path) -> Path:
    return write_project(tmp_path / "project", strip_page(60))


CONFIG = hf.RenderConfig(fps=120, quality="draft", segment_seconds="1/4", chunks=2)


def test_an_engine_tells_frames_and_stops_what_runs(project, tmp_path):
    """Before a chunk is done; what is finished of it is kept."""
    pool, cancel, told = ThreadPoolExecutor(1), threading.Event(), []

    def progress(event) -> None:
        told.append(event.done)
        cancel.set()

    with pytest.raises(Cancelled):
        engines.render(
            engines.ExecutorEngine(executor=lambda: pool),
            project,
            tmp_path / "film.mp4",
            CONFIG,
            store=tmp_path / "store",
            name="film",
            progress=progress,
            cancel=cancel,
        )
    begun = time.monotonic()
    pool.shutdown()

    store = LocalTransport(tmp_path / "store")
    assert time.monotonic() - begun < SOON
    assert 0 < told[0] < 3600
    assert not [key for key in store.list("work") if "/chunks/" in key]
    assert [key for key in store.list("segments") if key.endswith(".json")]
    assert "cancelled" == Watcher(store, "film").look().stage


@pytest.mark.parametrize("every", [0, -1, float("nan"), 1e9, "1"])
def test_a_store_is_not_asked_without_a_pause(store, every):
    """A look is some requests, which cost money."""
    store.plan()

    with pytest.raises(InputError, match=r"every .* is not a number from 0\.1 to 3600"):
        next(watch(store.url, "film", every=every))
