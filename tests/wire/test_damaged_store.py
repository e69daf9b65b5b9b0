"""What a store damaged is made again: at once where that can be, else by the next render."""

from __future__ import annotations

from pathlib import Path

import pytest

import hyperframes_dist as hf
from hyperframes_dist._wire.jobs import AssembleJob, ChunkJob, PlanJob
from hyperframes_dist._wire.worker import Worker
from hyperframes_dist.errors import StoreDamagedError
from hyperframes_dist.progress import Control
from hyperframes_dist.transport.local import LocalTransport
from jobs import deploy
from pages import strip_page, write_project

FREE = Control()
STORE = "file:///unused"
CONFIG = hf.RenderConfig(fps=10, chunks=1, segment_seconds="1/2")


@pytest.fixture
def store(tmp_path) -> Path:
    return tmp_path / "store"


@pytest.fixture
def worker(renderer, runtime_file, store, tmp_path) -> Worker:
    return Worker(
        transport=LocalTransport(store),
        renderer=renderer,
        folder=tmp_path / "work",
        runtime=runtime_file,
    )


@pytest.fixture
def site(worker, tmp_path) -> str:
    project = write_project(tmp_path / "project", strip_page(1))
    return deploy(worker.transport, project)


def plan(worker: Worker, site: str) -> str:
    return worker.plan(
        PlanJob(store=STORE, site_hash=site, config=CONFIG), FREE
    ).plan_hash


def render(worker: Worker, plan_hash: str) -> str:
    task = ChunkJob(store=STORE, plan_hash=plan_hash, index=0)
    return worker.render_chunk(task, FREE).sha256


def assemble(worker: Worker, plan_hash: str) -> str:
    return worker.assemble(
        AssembleJob(store=STORE, plan_hash=plan_hash), FREE
    ).output.sha256


def damage(store: Path, pattern: str) -> None:
    """One bit of the file, as a disk does it: whoever put it is not asked."""
    (path,) = [p for p in store.glob(pattern) if "~" not in str(p)]
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.chmod(0o644)
    path.write_bytes(data)


def forget_chunk(worker: Worker, plan_hash: str) -> None:
    for name in ("0000.mp4.json", "0000.mp4"):
        worker.transport.delete(f"work/{plan_hash}/chunks/{name}")


@pytest.mark.sampled(1)
@pytest.mark.parametrize("name", ["000000.mp4", "000000.json"])
def test_a_segment_is_made_again(worker, site, store, name):
    """By the job that finds it, and the store holds it whole afterwards."""
    plan_hash = plan(worker, site)
    made = render(worker, plan_hash)
    forget_chunk(worker, plan_hash)
    damage(store, f"segments/*/{name}")

    assert made == render(worker, plan_hash)

    forget_chunk(worker, plan_hash)
    assert made == render(worker, plan_hash)
    assert LocalTransport(store).get(
        next(k for k in worker.transport.list("segments") if k.endswith(name)),
        store.parent / "fetched",
    )


def test_a_segment_nobody_may_remove_is_made_again(worker, site, store, monkeypatch):
    """A worker without the right to delete renders all the same."""
    plan_hash = plan(worker, site)
    made = render(worker, plan_hash)
    forget_chunk(worker, plan_hash)
    damage(store, "segments/*/000000.mp4")

    def refuse(self, key: str) -> None:
        raise hf.errors.InputError(f"{key}: not allowed")

    monkeypatch.setattr(LocalTransport, "delete", refuse)

    assert made == render(worker, plan_hash)


def test_a_chunks_note_is_written_again(worker, site, store):
    """A sidecar that cannot be trusted does not stand for its chunk."""
    plan_hash = plan(worker, site)
    made = render(worker, plan_hash)
    damage(store, "work/*/chunks/0000.mp4.json")

    assert made == render(worker, plan_hash)
    assert assemble(worker, plan_hash)


def test_a_chunk_is_made_again_by_the_next_render(worker, site, store):
    """The job that joins cannot draw; it sees to it that somebody does."""
    plan_hash = plan(worker, site)
    made = render(worker, plan_hash)
    damage(store, "work/*/chunks/0000.mp4")

    with pytest.raises(StoreDamagedError):
        assemble(worker, plan_hash)

    assert made == render(worker, plan_hash)
    assert assemble(worker, plan_hash)


@pytest.mark.sampled(1)
@pytest.mark.parametrize("name", ["plan.json", "plan.tar"])
def test_a_plan_is_made_again_by_the_next_render(worker, site, store, name):
    """Other than before, planning anew puts back what was damaged."""
    plan_hash = plan(worker, site)
    damage(store, f"work/*/{name}")

    with pytest.raises(StoreDamagedError):
        render(worker, plan_hash)

    assert plan_hash == plan(worker, site)
    assert render(worker, plan_hash)


def test_a_films_facts_are_written_again(worker, site, store):
    """The deliverable is joined once more."""
    plan_hash = plan(worker, site)
    render(worker, plan_hash)
    made = assemble(worker, plan_hash)
    damage(store, "outputs/*/output.json")

    assert made == assemble(worker, plan_hash)
