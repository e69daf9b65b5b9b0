"""Jobs over a store: fetched, run, put back; safe to run twice and to start again."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import attrs
import numpy as np
import pytest

import hyperframes_dist as hf
from hyperframes_dist._model.config import MOST_CHUNKS, check_portable
from hyperframes_dist._model.keys import naming_key, schedule_key
from hyperframes_dist._planned.directory import reschedule
from hyperframes_dist._wire import worker as _worker
from hyperframes_dist._wire.jobs import (
    AssembleJob,
    ChunkJob,
    PlanJob,
    SoundJob,
    read_job,
)
from hyperframes_dist._wire.layout import put_bytes, store_plan
from hyperframes_dist._wire.worker import Worker
from hyperframes_dist.errors import (
    InputError,
    PlanIntegrityError,
    StoreConflictError,
    StoreMissingError,
    TransportError,
)
from hyperframes_dist.progress import Control
from hyperframes_dist.transport.local import LocalTransport
from jobs import deploy
from pages import strip_page, write_project
from sound import RATE, clicks, decode, streams


@pytest.fixture
def project(tmp_path):
    """Two seconds of numbered frames, four segments, two chunks."""
    return write_project(tmp_path / "project", strip_page(2))


STORE = "file:///store"
FREE = Control(None, None, None)
CONFIG = hf.RenderConfig(fps=10, chunks=2, segment_seconds="1/2")


@pytest.fixture
def worker(renderer, runtime_file, tmp_path):
    """A worker on a store in a directory."""
    return Worker(
        transport=LocalTransport(tmp_path / "store"),
        renderer=renderer,
        folder=tmp_path / "work",
        runtime=runtime_file,
    )


def run_all(worker: Worker, site: str) -> str:
    """Plan, every chunk, assemble; returns the key of the deliverable."""
    plan = worker.plan(PlanJob(store=STORE, site_hash=site, config=CONFIG), FREE)
    for index in range(plan.chunk_count):
        worker.render_chunk(
            ChunkJob(store=STORE, plan_hash=plan.plan_hash, index=index), FREE
        )
    return worker.assemble(AssembleJob(store=STORE, plan_hash=plan.plan_hash), FREE).key


def bytes_at(worker: Worker, key: str, tmp_path: Path) -> bytes:
    worker.transport.get(key, tmp_path / "fetched")
    return (tmp_path / "fetched").read_bytes()


def test_jobs_make_what_a_local_render_makes(worker, project, tmp_path):
    """The same bytes, by way of a store; and no work directory is left."""
    hf.render(project, tmp_path / "local.mp4", CONFIG)

    key = run_all(worker, deploy(worker.transport, project))

    assert bytes_at(worker, key, tmp_path) == (tmp_path / "local.mp4").read_bytes()
    assert list((tmp_path / "work").iterdir()) == []


def test_the_store_is_laid_out_as_written_down(worker, project):
    """Keys follow from hashes, and only work and segments can expire."""
    site = deploy(worker.transport, project)

    run_all(worker, site)

    keys = set(worker.transport.list())
    plan = next(key.split("/")[1] for key in keys if key.startswith("outputs/"))
    pictures = next(key.split("/")[1] for key in keys if key.startswith("segments/"))
    content = next(key.split("/")[1] for key in keys if key.endswith("/0002.json"))
    work = {"plan.json", "plan.tar"}
    work |= {f"chunks/000{i}.mp4{s}" for i in range(2) for s in ("", ".json")}
    assert keys == {
        f"sites/{site}/project.tar",
        *(f"work/{plan}/{name}" for name in work),
        f"work/{content}/0002.json",
        *(
            f"segments/{pictures}/00000{i}{s}"
            for i in range(4)
            for s in (".mp4", ".json")
        ),
        *(f"outputs/{plan}/output{s}" for s in (".mp4", ".json")),
    }


class _DeadRenderer:
    """Stands for a browser nobody may start."""

    def __getattr__(self, name: str):
        raise AssertionError(f"{name} was called")


def test_what_is_there_is_not_made_again(worker, project):
    """A job whose verified result is stored returns it without a browser."""
    plan = worker.plan(
        PlanJob(
            store=STORE, site_hash=deploy(worker.transport, project), config=CONFIG
        ),
        FREE,
    )
    chunk = ChunkJob(store=STORE, plan_hash=plan.plan_hash, index=1)
    first = worker.render_chunk(chunk, FREE)
    worker.render_chunk(ChunkJob(store=STORE, plan_hash=plan.plan_hash, index=0), FREE)
    output = worker.assemble(AssembleJob(store=STORE, plan_hash=plan.plan_hash), FREE)

    idle = attrs.evolve(worker, renderer=_DeadRenderer())

    assert idle.render_chunk(chunk, FREE) == first
    assert (
        idle.assemble(AssembleJob(store=STORE, plan_hash=plan.plan_hash), FREE)
        == output
    )


@attrs.define
class Dying:
    """A store that is gone from its operation number *life* on."""

    inner: LocalTransport
    life: int
    calls: int = 0

    def __getattr__(self, name: str):
        act = getattr(self.inner, name)

        def call(*args: object):
            self.calls += 1
            if self.calls > self.life:
                raise TransportError("the store is gone")
            return act(*args)

        return call


@pytest.mark.sampled(1)
@pytest.mark.parametrize("first", [1, 8, 15])
def test_a_render_that_dies_anywhere_goes_on(worker, project, tmp_path, first):
    """Whatever the last thing was that reached the store, a second run ends in the file."""
    site = deploy(worker.transport, project)
    whole = Dying(worker.transport, 10_000)
    key = run_all(attrs.evolve(worker, transport=whole), site)
    wanted = bytes_at(worker, key, tmp_path)
    assert whole.calls > 20

    for life in range(first, whole.calls, 21):
        store = LocalTransport(tmp_path / f"store-{life}")
        deploy(store, project)
        with pytest.raises(TransportError, match="gone"):
            run_all(attrs.evolve(worker, transport=Dying(store, life)), site)
        again = attrs.evolve(worker, transport=store)

        assert bytes_at(again, run_all(again, site), tmp_path) == wanted, life
    assert list((tmp_path / "work").iterdir()) == []


def test_finished_segments_are_not_drawn_again(worker, project):
    """A chunk that lost its worker goes on from the segments the store has."""
    site = deploy(worker.transport, project)
    plan = worker.plan(PlanJob(store=STORE, site_hash=site, config=CONFIG), FREE)
    job = ChunkJob(store=STORE, plan_hash=plan.plan_hash, index=0)
    worker.render_chunk(job, FREE)
    for key in list(worker.transport.list(f"work/{plan.plan_hash}/chunks")):
        worker.transport.delete(key)

    assert worker.kept_segments(job) == (2, 2)
    frames: list[int] = []
    worker.render_chunk(job, Control(lambda event: frames.append(event.done)))
    assert frames == []


def test_another_plan_under_the_hash_is_refused(worker, project, tmp_path):
    """Before anything is unpacked or drawn."""
    site = deploy(worker.transport, project)
    plan = worker.plan(PlanJob(store=STORE, site_hash=site, config=CONFIG), FREE)
    other = "0" * 64
    worker.transport.get(f"work/{plan.plan_hash}/plan.json", tmp_path / "plan.json")
    worker.transport.put(tmp_path / "plan.json", f"work/{other}/plan.json")

    with pytest.raises(PlanIntegrityError, match=other):
        attrs.evolve(worker, renderer=_DeadRenderer()).render_chunk(
            ChunkJob(store=STORE, plan_hash=other, index=0), FREE
        )


def test_a_missing_chunk_is_named(worker, project):
    site = deploy(worker.transport, project)
    plan = worker.plan(PlanJob(store=STORE, site_hash=site, config=CONFIG), FREE)
    worker.render_chunk(ChunkJob(store=STORE, plan_hash=plan.plan_hash, index=0), FREE)

    with pytest.raises(StoreMissingError, match=r"chunks/0001\.mp4\.json"):
        worker.assemble(AssembleJob(store=STORE, plan_hash=plan.plan_hash), FREE)


def test_an_unfinished_upload_is_written_over(worker, project, tmp_path):
    """Bytes without the note that says they are whole belong to nobody."""
    site = deploy(worker.transport, project)
    plan = worker.plan(PlanJob(store=STORE, site_hash=site, config=CONFIG), FREE)
    (tmp_path / "draft").write_bytes(b"half")
    key = f"work/{plan.plan_hash}/chunks/0000.mp4"
    worker.transport.put(tmp_path / "draft", key)

    made = worker.render_chunk(
        ChunkJob(store=STORE, plan_hash=plan.plan_hash, index=0), FREE
    )

    assert hashlib.sha256(bytes_at(worker, key, tmp_path)).hexdigest() == made.sha256


def test_a_whole_chunk_of_other_bytes_is_never_replaced(worker, project, tmp_path):
    """Two results for one job are a fault to be seen, not to be hidden."""
    site = deploy(worker.transport, project)
    plan = worker.plan(PlanJob(store=STORE, site_hash=site, config=CONFIG), FREE)
    key = f"work/{plan.plan_hash}/chunks/0000.mp4"
    made = worker.render_chunk(
        ChunkJob(store=STORE, plan_hash=plan.plan_hash, index=0), FREE
    )
    worker.transport.delete(key)
    (tmp_path / "other").write_bytes(b"other")
    worker.transport.put(tmp_path / "other", key)

    with pytest.raises(StoreConflictError, match=made.sha256):
        worker.render_chunk(
            ChunkJob(store=STORE, plan_hash=plan.plan_hash, index=0), FREE
        )


@pytest.mark.parametrize(
    ("job", "field"),
    [
        (lambda: ChunkJob(store=STORE, plan_hash="../x", index=0), "plan_hash"),
        (lambda: ChunkJob(store=STORE, plan_hash="0" * 64, index=-1), "index"),
        (lambda: ChunkJob(store=STORE, plan_hash="0" * 64, index=True), "index"),
        (lambda: ChunkJob(store=STORE, plan_hash="0" * 64, index=MOST_CHUNKS), "index"),
        (lambda: AssembleJob(store=STORE, plan_hash="0" * 63), "plan_hash"),
        (lambda: PlanJob(store=STORE, site_hash="A" * 64), "site_hash"),
        (
            lambda: PlanJob(
                store=STORE, site_hash="0" * 64, config=hf.RenderConfig(runtime="/x.js")
            ),
            "runtime",
        ),
    ],
)
def test_a_job_is_checked_when_it_is_made(job, field):
    with pytest.raises(InputError, match=field):
        job()


@pytest.mark.parametrize(
    "config",
    [
        {"runtime": "/etc/passwd"},
        {"overrides_dir": "x"},
        {"cache_dir": "x"},
        {"chunks": MOST_CHUNKS + 1},
    ],
)
def test_what_another_machine_cannot_use_is_refused(config):
    (name,) = config

    with pytest.raises(InputError, match=name):
        check_portable(hf.RenderConfig(**config))


@pytest.mark.parametrize(
    "job",
    [
        PlanJob(store=STORE, site_hash="0" * 64, config=CONFIG),
        ChunkJob(store=STORE, plan_hash="0" * 64, index=7),
        SoundJob(store=STORE, plan_hash="0" * 64),
        AssembleJob(store=STORE, plan_hash="0" * 64),
    ],
)
def test_a_job_travels_as_json(job):
    """Its kind is in it, so a queue of text needs to know no more."""
    assert read_job(hf.to_json(job)) == job


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"kind": ["plan"]}', '{"kind": "chunk", "store": "file:///s"}'],
)
def test_what_is_no_job_is_refused(text):
    with pytest.raises(InputError):
        read_job(text)


@pytest.fixture
def sounding(worker, tmp_path):
    """A stored plan of a second in which something is heard."""
    html = strip_page(1).replace("</body>", '<audio src="c.wav"></audio></body>')
    project = write_project(tmp_path / "sounding", html, **{"c.wav": clicks(1, 0.5)})
    assert "<audio" in html
    site = deploy(worker.transport, project)
    config = attrs.evolve(CONFIG, chunks=1, segment_seconds=1, quality="draft")
    return worker.plan(PlanJob(store=STORE, site_hash=site, config=config), FREE)


@pytest.mark.parametrize("before", ["beside", "nobody", "damaged"])
def test_a_sound_is_mixed_once(worker, sounding, tmp_path, monkeypatch, before):
    """By its own job, or by whoever joins; a sound that was damaged is mixed again."""
    own = {"store": STORE, "plan_hash": sounding.plan_hash}
    mixed = []
    mix = _worker.mix_sound
    monkeypatch.setattr(
        _worker, "mix_sound", lambda *a, **k: mixed.append(a) or mix(*a, **k)
    )
    if before != "nobody":
        first = worker.run_job(SoundJob(**own), FREE)
        assert worker.run_job(SoundJob(**own), FREE) == first
        assert len(mixed) == 1
    if before == "damaged":
        (stored,) = (tmp_path / "store/segments").glob("*/sound.m4a")
        stored.write_bytes(stored.read_bytes()[:-1] + b"?")
    worker.run_job(ChunkJob(**own, index=0), FREE)

    made = worker.run_job(AssembleJob(**own), FREE)

    assert len(mixed) == (2 if before == "damaged" else 1)
    film = tmp_path / "film.mp4"
    film.write_bytes(bytes_at(worker, made.key, tmp_path))
    assert streams(film) == ["video", "audio"]
    assert np.argmax(np.abs(decode(film)[:, 0])) == RATE // 2


@pytest.mark.thorough
def test_a_film_has_the_name_that_was_chosen(worker, project, tmp_path):
    """Besides the one that follows from its plan; also where it was made before."""
    site = deploy(worker.transport, project)
    key = run_all(worker, site)
    plan = key.split("/")[1]
    put_bytes(worker.transport, b"2026/ad-7.mp4", naming_key("ad"))
    job = AssembleJob(store=STORE, plan_hash=plan, render="ad")

    made, again = (worker.run_job(job, FREE) for _ in range(2))

    assert "outputs/named/2026/ad-7.mp4" == made.key
    assert made == again
    assert bytes_at(worker, key, tmp_path) == bytes_at(worker, made.key, tmp_path)


def dealt(plan: hf.Plan, folder: Path, *chunks: tuple[int, int]) -> hf.Plan:
    """A copy of *plan* in *folder* whose *chunks* begin elsewhere."""
    shutil.copytree(plan.path, folder)
    return reschedule(
        hf.verify_plan(folder), attrs.evolve(plan.manifest.schedule, chunks=chunks)
    )


def test_who_plans_again_takes_the_chunks_that_are_stored(worker, project, tmp_path):
    """Where chunks begin is measured, and a second planner finds the first one's."""
    plan = worker.renderer.plan(project, tmp_path / "plan", CONFIG)
    uneven = dealt(plan, tmp_path / "uneven", (0, 1), (1, 4))
    first = store_plan(worker.transport, plan, FREE)

    second = store_plan(worker.transport, uneven, FREE)

    assert uneven.plan_hash != plan.plan_hash == second.plan_hash == first.plan_hash
    assert uneven.content_hash == plan.content_hash
    assert plan.plan_hash == hf.verify_plan(uneven.path).plan_hash


@pytest.mark.sampled(1)
@pytest.mark.parametrize("damage", [b"no JSON", b'{"chunks":[[0,1],[2,4]]}', b"[]"])
def test_a_damaged_schedule_is_not_taken(worker, project, tmp_path, damage):
    """It is removed, and the plan that was made is stored."""
    plan = worker.renderer.plan(project, tmp_path / "plan", CONFIG)
    key = schedule_key(plan)
    put_bytes(worker.transport, damage, key)

    stored = store_plan(worker.transport, plan, FREE)

    assert plan.plan_hash == stored.plan_hash
    assert worker.transport.find(key) is None
