"""
Much work, one piece after the other: what the process holds meanwhile stays level.

``nox -s load -- --jobs N --minutes M`` does as much as it is asked for; the default run a
little. docs/reliability.md has the figures of a long one.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import attrs
import pytest

import hyperframes_dist as hf
from hyperframes_dist import engines
from hyperframes_dist._model.codec import from_json, to_json
from hyperframes_dist._model.results import ChunkResult, Plan
from hyperframes_dist._planned.directory import load_plan
from hyperframes_dist._render.chunk import find_chunk, segments_of, sidecar_of
from hyperframes_dist._tools.files import write_file
from hyperframes_dist.engines import ExecutorEngine
from pages import composition, write_project
from usage import Usage, fit, look

RATE = 15
FEW_JOBS, FEW_ROUNDS = 24, 4
REAL_JOBS = 5
"""Of so many chunks that are copied, one is drawn."""
# What is loaded once is no leak, nor what the first jobs put into caches.
WARM_UP = 4
BOUNDS = {
    "memory": 16.0,
    "browsers": 256.0,
    "descriptors": 0.01,
    "threads": 0.01,
    "processes": 0.01,
    "files": 0.01,
    "contexts": 0.01,
}
"""What each may rise by from one piece of work to the next, memory in KiB."""
MEMORY = frozenset({"memory", "browsers"})
MANY = 100
"""How many counts it takes to tell a leak of memory from its ups and downs."""


@attrs.frozen
class Amount:
    """How much is done: so many *jobs*, or *rounds* for so many *minutes* at least."""

    jobs: int
    rounds: int
    minutes: float


@pytest.fixture
def amount(request) -> Amount:
    """As much as is asked for."""
    jobs = request.config.getoption("--jobs", None)
    minutes = request.config.getoption("--minutes", None)
    return Amount(jobs or FEW_JOBS, FEW_ROUNDS, minutes or 0.0)


def film(folder: Path, frames: int) -> tuple[Path, hf.RenderConfig]:
    """A film that is one picture, with a chunk for each of its frames."""
    body = '<p style="position:absolute;inset:4px;background:#369"></p>'
    project = write_project(folder, composition(body, duration=frames / RATE))
    config = hf.RenderConfig(
        fps=RATE,
        chunks=frames,
        segment_seconds=f"1/{RATE}",
        quality="draft",
        audio=False,
    )
    return project, config


@attrs.frozen
class Copying:
    """A renderer that draws nothing: it has a plan and its first chunk, and copies them."""

    whole: Plan
    first: Path

    def plan(self, _: Path, plan_dir: Path, *__: Any, **___: Any) -> Plan:
        """The plan it has, there."""
        shutil.copytree(self.whole.path, plan_dir)
        return load_plan(plan_dir)

    def render_chunk(
        self, _: Path, index: int, output: Path, *__: Any, **___: Any
    ) -> ChunkResult:
        """The chunk it has, as the one that is asked for."""
        made = from_json(sidecar_of(self.first).read_bytes(), ChunkResult)
        (segment,) = segments_of(self.whole, find_chunk(self.whole, index))
        start, stop = segment.frames.start, segment.frames.stop
        record = attrs.evolve(
            made.segments[0], index=segment.index, start=start, stop=stop
        )
        made = attrs.evolve(made, index=index, segments=(record,))
        shutil.copyfile(self.first, output)
        write_file(sidecar_of(output), to_json(made) + b"\n")
        return made


class Lending(ThreadPoolExecutor):
    """One thread whose jobs are lent a renderer; what is held is counted after each."""

    def __init__(self, renderer: Any, counted: Callable[[], None]) -> None:
        super().__init__(1)
        self._renderer, self._counted = renderer, counted

    def submit(self, run: Any, /, *args: Any, **options: Any) -> Future[Any]:
        """Run it with the renderer."""
        return super().submit(self._run, run, *args)

    def _run(self, run: Any, job: Any) -> Any:
        try:
            return run(job, renderer=self._renderer)
        finally:
            if job.kind == "chunk":
                self._counted()


def by_engine(
    lent: Any,
    project: Path,
    config: hf.RenderConfig,
    place: Path,
    counted: Callable[[], None],
) -> hf.OutputResult:
    """The film of *project* by an engine whose jobs are lent a renderer."""
    engine = ExecutorEngine(executor=lambda: Lending(lent, counted))
    output, store = place / "film.mp4", place / "store"
    return engines.render(engine, project, output, config, store=store)


def copied_jobs(place: Path, amount: Amount, renderer: hf.Renderer) -> list[Usage]:
    """Chunks that are not drawn, but fetched, stored and joined as any others."""
    project, config = film(place / "project", amount.jobs)
    whole = renderer.plan(project, place / "plan", config)
    renderer.render_chunk(whole, 0, place / "0.mp4")
    used: list[Usage] = []
    lent = Copying(whole, place / "0.mp4")

    made = by_engine(lent, project, config, place, lambda: used.append(look()))

    assert amount.jobs == made.frame_count == len(used)
    return used


def drawn_jobs(place: Path, amount: Amount, renderer: hf.Renderer) -> list[Usage]:
    """Chunks that are drawn, each a job of its own, by one warm browser."""
    jobs = max(REAL_JOBS, amount.jobs // REAL_JOBS)
    project, config = film(place / "project", jobs)
    used: list[Usage] = []

    made = by_engine(
        renderer,
        project,
        config,
        place,
        lambda: used.append(look(renderer._warm)),
    )

    assert jobs == made.frame_count == len(used)
    return used


def warm_calls(place: Path, amount: Amount, renderer: hf.Renderer) -> list[Usage]:
    """Plans, chunks and stills, over and over, by one warm renderer."""
    project, config = film(place / "project", 3)
    end, used = time.monotonic() + 60 * amount.minutes, list[Usage]()
    while len(used) < amount.rounds or time.monotonic() < end:
        plan = renderer.plan(project, place / "plan", config, replace=True)
        renderer.render_chunk(plan, len(used) % 3, place / "chunk.mp4")
        renderer.still(project, frame=len(used) % 3, fps=RATE)
        used.append(look(renderer._warm))
    return used


LOADS = {
    "chunks that are copied": copied_jobs,
    "chunks that are drawn": drawn_jobs,
    "calls of a warm renderer": warm_calls,
}


@pytest.mark.timeout(7200)
@pytest.mark.sampled(1)
@pytest.mark.parametrize("load", LOADS)
def test_what_is_held_stays_level(load, tmp_path, amount, request):
    """No memory, descriptor, thread, process, file or context more for each that is done."""
    with hf.Renderer() as renderer:
        used = LOADS[load](tmp_path, amount, renderer)
    counted = [attrs.asdict(each) for each in used[len(used) // WARM_UP :]]
    lines = {name: fit([row[name] for row in counted]) for name in BOUNDS}

    if log := request.config.getoption("--log", None):
        facts = {name: attrs.astuple(line) for name, line in lines.items()}
        with Path(log).open("a") as file:
            file.write(json.dumps([load, len(used), facts]) + "\n")
    held = BOUNDS if len(counted) >= MANY else BOUNDS.keys() - MEMORY
    leaks = {name: lines[name] for name in held if lines[name].rises(BOUNDS[name])}
    assert leaks == {}


def test_a_leak_is_seen():
    """A line that rises is told from one that goes up and down."""
    leak = fit([10 + n * 0.05 + n % 3 for n in range(200)])
    level = fit([10 + n % 3 for n in range(200)])

    assert leak.rises(BOUNDS["files"])
    assert not level.rises(BOUNDS["files"])
