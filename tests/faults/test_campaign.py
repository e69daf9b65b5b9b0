"""
Faults at seeded moments: each ends in the right bytes or in a typed error, in its time.

``nox -s faults -- --cases N --seed S`` tries as many as it is asked for; the default run
tries a few. docs/reliability.md has the outcomes of a large one.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import attrs
import pytest

import hyperframes_dist as hf
from clusters import Temporal, temporal
from clusters import processes as process_cluster
from flaky import flaky
from hyperframes_dist import engines
from hyperframes_dist._browser import patience
from hyperframes_dist._render.chunk import sidecar_of
from hyperframes_dist._tools import leftovers
from hyperframes_dist._tools import process as process_tool
from hyperframes_dist._tools.files import sha256_file
from hyperframes_dist._tools.retry import Retry, is_retryable
from hyperframes_dist._wire.engine import RenderRequest
from hyperframes_dist._wire.jobs import AssembleJob, ChunkJob, PlanJob
from hyperframes_dist._wire.worker import Worker
from hyperframes_dist.errors import (
    AssembleError,
    DeadlineExceeded,
    HyperframesError,
    InputError,
    PlanError,
    StoreMissingError,
    ToolchainMismatchError,
)
from hyperframes_dist.progress import Control
from hyperframes_dist.transport import Transport
from hyperframes_dist.transport.local import LocalTransport
from hyperframes_dist.transport.s3 import S3Transport
from injuries import (
    DAMAGES,
    PROCESSES,
    descendants,
    few_processes,
    small_disk,
    struck,
    swap,
    wait_gone,
)
from jobs import deploy
from machines import machine
from ministack import Ministack
from pages import strip_page, write_project

CONFIG = hf.RenderConfig(
    fps=15, chunks=3, segment_seconds="1/2", quality="draft", audio=False
)
SETTINGS = ("--fps=15", "--chunks=3", "--segment-seconds=1/2", "--quality=draft")
SECONDS = 4
FEW, SEED = 7, 21
PATIENCE = 90.0
"""Most seconds a call may take, whatever happens to it."""
GRACE = 10.0


@attrs.frozen(kw_only=True)
class Scene:
    """A film that is known, and all that is made on its way."""

    project: Path
    plan: Path
    other_plan: Path
    chunks: tuple[Path, ...]
    wanted: str
    seconds: float
    renderer: hf.Renderer
    runtime: Path
    server: Callable[[], Any]
    temporal: Callable[[], Temporal]
    emulator: Callable[[], Ministack]


@pytest.fixture(scope="module")
def scene(tmp_path_factory, renderer, runtime_file, request) -> Scene:
    """The film, made undisturbed."""
    place = tmp_path_factory.mktemp("scene")
    project = write_project(place / "project", strip_page(SECONDS))
    other = write_project(place / "other", strip_page(SECONDS + 1))
    began = time.monotonic()
    film = renderer.render(project, place / "film.mp4", CONFIG)
    seconds = time.monotonic() - began
    planned = renderer.plan(project, place / "plan", CONFIG)
    renderer.plan(other, place / "other-plan", CONFIG)
    chunks = tuple(place / f"{n}.mp4" for n in range(planned.chunk_count))
    for index, path in enumerate(chunks):
        renderer.render_chunk(planned.path, index, path)
    return Scene(
        project=project,
        plan=planned.path,
        other_plan=place / "other-plan",
        chunks=chunks,
        wanted=film.sha256,
        seconds=seconds,
        renderer=renderer,
        runtime=runtime_file,
        server=lambda: request.getfixturevalue("seaweed"),
        temporal=lambda: request.getfixturevalue("temporal_server"),
        emulator=lambda: request.getfixturevalue("emulator"),
    )


@pytest.fixture(scope="module")
def temporal_server() -> Iterator[Temporal]:
    """A server, for the cases that want one."""
    with temporal() as running:
        yield running


@attrs.frozen
class Trial:
    """A case's own place and dice."""

    scene: Scene
    place: Path
    dice: random.Random

    def moment(self) -> float:
        """A time within an undisturbed render."""
        return self.dice.uniform(0, self.scene.seconds)

    def attempt(self, call: Callable[[float], Any]) -> Any:
        """What *call* returns, given its deadline, or the typed error it ends in."""
        began = time.monotonic()
        try:
            made = call(began + PATIENCE)
        except HyperframesError as error:
            made = error
        assert time.monotonic() - began < PATIENCE + GRACE
        return made

    def until_right(self, call: Callable[[float], Any]) -> str:
        """
        How *call* ends: at once, or after errors that say that another try may help.

        The film is the known one in the end.
        """
        errors: list[str] = []
        for _ in range(4):
            made = self.attempt(call)
            if not isinstance(made, HyperframesError):
                assert self.scene.wanted == made.sha256
                return ", then ".join([*errors, "right"])
            assert made.retryable or isinstance(made, DeadlineExceeded), repr(made)
            errors.append(type(made).__name__)
        raise AssertionError(errors)

    def right_or(self, call: Callable[[float], Any], *kinds: type[Exception]) -> str:
        """How *call* ends: in the known film, or in an error of one of *kinds*."""
        made = self.attempt(call)
        if isinstance(made, HyperframesError):
            assert isinstance(made, kinds), repr(made)
            return type(made).__name__
        assert self.scene.wanted == made.sha256
        return "right"

    def is_clean(self, *but: str) -> None:
        """Nothing but the named and the case's own lies here."""
        left = {path.name for path in self.place.iterdir()}
        assert left <= {"film.mp4", *but}, left


Fault = Callable[[Trial], str]


def _struck(kind: str, number: signal.Signals) -> Fault:
    """A process of a render in this process is killed or stopped."""

    def fault(trial: Trial) -> str:
        output = trial.place / "film.mp4"
        meet = struck(
            kind,
            number,
            trial.moment(),
            above=lambda: descendants(os.getpid()),
            pick=trial.dice.randrange(2),
        )
        with meet as met:
            ended = trial.until_right(
                lambda end: trial.scene.renderer.render(
                    trial.scene.project, output, CONFIG, deadline=end
                )
            )
        if number is signal.SIGKILL:
            assert wait_gone(list(met)) == []
        trial.is_clean()
        return ended if met else f"{ended} (met nobody)"

    return fault


def _struck_chunks(kind: str, number: signal.Signals) -> Fault:
    """The same, while the chunks of a plan are drawn one after the other."""

    def fault(trial: Trial) -> str:
        scene = trial.scene
        paths = [trial.place / f"{n}.mp4" for n in range(len(scene.chunks))]

        def make(end: float) -> Any:
            for index in trial.dice.sample(range(len(paths)), len(paths)):
                scene.renderer.render_chunk(
                    scene.plan, index, paths[index], deadline=end
                )
            return hf.assemble(scene.plan, paths, trial.place / "film.mp4")

        with struck(
            kind, number, trial.moment(), above=lambda: descendants(os.getpid())
        ):
            ended = trial.until_right(make)
        trial.is_clean(*(n for p in paths for n in (p.name, sidecar_of(p).name)))
        return ended

    return fault


def _killed_run(number: signal.Signals) -> Fault:
    """A command is ended in the middle, and given again: it goes on from its store."""

    def fault(trial: Trial) -> str:
        args = [sys.executable, "-m", "hyperframes_dist", "render", trial.scene.project]
        args += [trial.place / "film.mp4", *SETTINGS, "--no-audio", "--workers=1"]
        args += [f"--store={trial.place / 'store'}"]
        command = [str(arg) for arg in args]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        first = subprocess.Popen(command, **quiet)
        # A process of its own has also to start.
        time.sleep(trial.dice.uniform(0.3, 2.5 + trial.scene.seconds))
        below = descendants(first.pid)
        first.send_signal(number)
        code = first.wait(30)
        assert wait_gone(below) == []
        _age(*trial.place.rglob("*.hfd"), *Path(tempfile.gettempdir()).glob("*.hfd"))

        again = subprocess.run(command, **quiet, timeout=PATIENCE, check=False)

        assert again.returncode == 0
        assert trial.scene.wanted == sha256_file(trial.place / "film.mp4")[1]
        trial.is_clean("store")
        # A browser that began as its parent ended may have written after that run swept.
        _sweep_as_a_later_run()
        return "right" if code == 0 else "ended, then right"

    return fault


def _sweep_as_a_later_run() -> None:
    """What processes that died, or could open nothing, have left is swept by the next one."""
    _age(*Path(tempfile.gettempdir()).glob("*.hfd"))
    leftovers.sweep()


def _age(*paths: Path) -> None:
    """As if what was left had lain there for two minutes."""
    then = time.time() - 120
    for path in paths:
        with contextlib.suppress(FileNotFoundError):
            os.utime(path, (then, then))


def _damaged_plan(name: str) -> Fault:
    """A file of a plan is changed before its chunks are drawn."""

    def fault(trial: Trial) -> str:
        scene, plan = trial.scene, trial.place / "plan"
        shutil.copytree(scene.plan, plan)
        files = sorted(path for path in plan.rglob("*") if path.is_file())
        harmed = trial.dice.choice(files)
        DAMAGES[name](harmed, trial.dice)
        kinds = (PlanError, InputError, ToolchainMismatchError)
        first = trial.attempt(lambda _: hf.verify_plan(plan))
        assert isinstance(first, kinds), (harmed, first)

        def make(end: float) -> Any:
            scene.renderer.render_chunk(plan, 1, trial.place / "1.mp4", deadline=end)
            return _film(scene, trial)

        ended = trial.right_or(make, *kinds)
        trial.is_clean("plan", "1.mp4", "1.mp4.json")
        return ended

    return fault


def _film(scene: Scene, trial: Trial) -> Any:
    """The film of the trial's own second chunk and the others."""
    chunks = [scene.chunks[0], trial.place / "1.mp4", *scene.chunks[2:]]
    return hf.assemble(scene.plan, chunks, trial.place / "film.mp4")


def _damaged_chunk(name: str, *, sidecar: bool) -> Fault:
    """A chunk, or what lies beside it, is changed before all are joined."""

    def fault(trial: Trial) -> str:
        chunks = _copied_chunks(trial)
        harmed = trial.dice.choice(chunks)
        DAMAGES[name](sidecar_of(harmed) if sidecar else harmed, trial.dice)
        kept = [path.name for path in trial.place.iterdir()]

        ended = trial.right_or(
            lambda _: hf.assemble(trial.scene.plan, chunks, trial.place / "film.mp4"),
            AssembleError,
            InputError,
        )
        trial.is_clean(*kept)
        return ended

    return fault


def _copied_chunks(trial: Trial) -> list[Path]:
    paths = []
    for path in trial.scene.chunks:
        for each in (path, sidecar_of(path)):
            shutil.copy(each, trial.place / each.name)
        paths.append(trial.place / path.name)
    return paths


def _swapped_chunks(trial: Trial) -> str:
    """Two chunks, or their sidecars, or both, have changed places."""
    chunks = _copied_chunks(trial)
    one, other = trial.dice.sample(chunks, 2)
    which = trial.dice.randrange(3)
    if which != 1:
        swap(one, other)
    if which != 0:
        swap(sidecar_of(one), sidecar_of(other))
    kept = [path.name for path in trial.place.iterdir()]

    ended = trial.right_or(
        lambda _: hf.assemble(trial.scene.plan, chunks, trial.place / "film.mp4"),
        AssembleError,
    )
    assert ended != "right"
    trial.is_clean(*kept)
    return ended


def _swapped_plan(trial: Trial) -> str:
    """A chunk of one plan among those of another."""
    scene = trial.scene
    scene.renderer.render_chunk(scene.other_plan, 1, trial.place / "1.mp4")

    ended = trial.right_or(lambda _: _film(scene, trial), AssembleError)

    assert ended != "right"
    trial.is_clean("1.mp4", "1.mp4.json")
    return ended


def _stale_sidecar(trial: Trial) -> str:
    """Beside a chunk lies what is said of the chunk of an older plan."""
    scene = trial.scene
    chunks = _copied_chunks(trial)
    index = trial.dice.randrange(len(chunks))
    scene.renderer.render_chunk(scene.other_plan, index, trial.place / "old.mp4")
    sidecar_of(trial.place / "old.mp4").replace(sidecar_of(chunks[index]))
    kept = [path.name for path in trial.place.iterdir()]

    ended = trial.right_or(
        lambda _: hf.assemble(scene.plan, chunks, trial.place / "film.mp4"),
        AssembleError,
    )

    assert ended != "right"
    trial.is_clean(*kept)
    return ended


def _damaged_segment(name: str) -> Fault:
    """A finished segment in a store, or its record, is changed before it is used."""

    def fault(trial: Trial) -> str:
        scene, store = trial.scene, trial.place / "store"

        def make(end: float) -> Any:
            output = trial.place / "film.mp4"
            return scene.renderer.render(
                scene.project, output, CONFIG, store=store, deadline=end
            )

        make(time.monotonic() + PATIENCE)
        files = sorted(path for path in store.rglob("*") if path.is_file())
        DAMAGES[name](trial.dice.choice(files), trial.dice)

        ended = trial.right_or(make, InputError)
        trial.is_clean("store")
        return ended

    return fault


def _full_disk(trial: Trial) -> str:
    """A disk with room for some of it: the output's, or the store's."""
    scene = trial.scene
    with small_disk(trial.place / "disk", trial.dice.randrange(4, 400, 4)) as disk:
        store_only = trial.dice.random() < 0.5
        output = (trial.place if store_only else disk) / "film.mp4"
        store = disk / "store" if store_only else None

        made = trial.attempt(
            lambda end: scene.renderer.render(
                scene.project, output, CONFIG, store=store, deadline=end
            )
        )
        left = {path.name for path in disk.iterdir()}
        assert left <= {"film.mp4", "store"}
        assert not list(disk.rglob("*.hfd"))
    trial.is_clean("disk")
    if isinstance(made, HyperframesError):
        assert "DiskFullError" == type(made).__name__, repr(made)
        return "DiskFullError"
    assert scene.wanted == made.sha256
    return "right"


def _few_descriptors(trial: Trial) -> str:
    """A command that may open so many files and no more."""
    most = trial.dice.randrange(12, 96)

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))

    return _limited(trial, limit)


def _little_memory(trial: Trial) -> str:
    """A command whose processes may each have so much memory and no more."""
    most = trial.dice.randrange(200, 4000, 100) << 20

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (most, most))

    return _limited(trial, limit)


def _small_files(trial: Trial) -> str:
    """A command that may write files so large and no larger."""
    most = trial.dice.randrange(1, 200) << 10

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))

    return _limited(trial, limit)


def _few_processes(trial: Trial) -> str:
    """A command that may have so many processes and threads and no more."""
    most = trial.dice.randrange(1, 120)
    with few_processes(f"faults-{os.getpid()}", most) as group:
        return _limited(trial, lambda: group.write_text("0") and None)


def _limited(trial: Trial, limit: Callable[[], None]) -> str:
    args = [sys.executable, "-m", "hyperframes_dist", "render", trial.scene.project]
    args += [trial.place / "film.mp4", *SETTINGS, "--no-audio", "--workers=1", "--json"]
    args += [f"--timeout={PATIENCE - GRACE}"]
    done = subprocess.run(
        list(map(str, args)),
        preexec_fn=limit,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    _sweep_as_a_later_run()
    trial.is_clean()
    if done.returncode == 0:
        assert trial.scene.wanted == sha256_file(trial.place / "film.mp4")[1]
        return "right"
    said = (done.stderr.strip().splitlines() or [""])[-1]
    assert "Traceback" not in done.stderr, done.stderr[-2000:]
    return f"status {done.returncode}" if said else f"silent {done.returncode}"


NETWORK = {
    "throttled": {"kind": "status", "status": 503, "code": "SlowDown"},
    "answered 500": {"kind": "status", "status": 500, "code": "InternalError"},
    "half a body": {"kind": "cut", "after": 200},
    "reset": {"kind": "lose"},
    "garbled": {"kind": "garble"},
    "spoilt": {"kind": "spoil"},
    "stalled": {"kind": "stall", "seconds": 0.5},
}


def _store_over(name: str) -> Fault:
    """The jobs of a render, over an S3 server behind a bad network."""

    def fault(trial: Trial) -> str:
        server, dice = trial.scene.server(), trial.dice
        bucket = f"faults-{dice.randrange(1 << 48):x}"
        server.client().create_bucket(Bucket=bucket)
        plain = S3Transport(bucket, "films", client=_client(server))
        site = deploy(plain, trial.scene.project)
        with flaky(server.endpoint) as proxy:
            reached = attrs.evolve(server, endpoint=proxy.endpoint)
            transport = S3Transport(bucket, "films", client=_client(reached))
            for _ in range(dice.randrange(1, 4)):
                method = dice.choice(["", "GET", "PUT"])
                times = dice.randrange(1, 4)
                for _ in range(dice.randrange(6)):
                    # Some requests pass before it begins.
                    proxy.will("stall", seconds=0.0)
                proxy.will(**NETWORK[name], method=method, times=times)
            return _run_jobs(trial, transport, site)

    return fault


def _client(server: Any) -> Any:
    return server.client(retries={"total_max_attempts": 2}, read_timeout=5)


def _worker(trial: Trial, transport: Transport, name: str = "work") -> Worker:
    return Worker(
        transport=transport,
        renderer=trial.scene.renderer,
        folder=trial.place / name,
        runtime=trial.scene.runtime,
    )


def _run_jobs(trial: Trial, transport: Transport, site: str) -> str:
    """Plan, chunks in any order, some twice, assemble; each as often as its class says."""
    worker, dice, control = _worker(trial, transport), trial.dice, Control()
    retry, errors = Retry(tries=6), []

    def run(job: Any) -> Any:
        def once() -> Any:
            try:
                return worker.run_job(job, control)
            except HyperframesError as error:
                errors.append(type(error).__name__)
                raise

        return retry.call(once, is_retryable)

    store = "s3://bucket/films"
    plan = run(PlanJob(store=store, site_hash=site, config=CONFIG))
    order = [*range(plan.chunk_count), *dice.choices(range(plan.chunk_count), k=2)]
    dice.shuffle(order)
    for index in order:
        run(ChunkJob(store=store, plan_hash=plan.plan_hash, index=index))
    made = run(AssembleJob(store=store, plan_hash=plan.plan_hash))
    assert trial.scene.wanted == made.output.sha256
    assert not list((trial.place / "work").iterdir())
    return ", then ".join([*sorted(set(errors)), "right"])


def _delivered_twice(trial: Trial) -> str:
    """Each job runs at two places at once, in any order."""
    transport = LocalTransport(trial.place / "store")
    site = deploy(transport, trial.scene.project)
    workers = [_worker(trial, transport, f"work-{n}") for n in range(2)]
    store, control = "file:///store", Control()
    with ThreadPoolExecutor(2) as pool:

        def both(job: Any) -> Any:
            ran = [pool.submit(worker.run_job, job, control) for worker in workers]
            return next(each.result(PATIENCE) for each in ran)

        plan = both(PlanJob(store=store, site_hash=site, config=CONFIG))
        for index in trial.dice.sample(range(plan.chunk_count), plan.chunk_count):
            both(ChunkJob(store=store, plan_hash=plan.plan_hash, index=index))
        made = both(AssembleJob(store=store, plan_hash=plan.plan_hash))
    assert trial.scene.wanted == made.output.sha256
    return "right"


def _assembled_twice(trial: Trial) -> str:
    """Two calls join the same chunks into one file at the same time."""
    scene, output = trial.scene, trial.place / "film.mp4"
    start = threading.Barrier(2)

    def join(delay: float) -> str:
        start.wait(10)
        time.sleep(delay)
        return hf.assemble(scene.plan, scene.chunks, output).sha256

    delays = [0.0, trial.dice.uniform(0, 0.3)]
    with ThreadPoolExecutor(2) as pool:
        made = set(pool.map(join, delays))

    assert made == {scene.wanted} == {sha256_file(output)[1]}
    trial.is_clean()
    return "right"


def _expired_store(trial: Trial) -> str:
    """What lies in a store is removed, piece by piece, between jobs."""
    root = trial.place / "store"
    transport = LocalTransport(root)
    site = deploy(transport, trial.scene.project)
    worker, store, control = _worker(trial, transport), "file:///store", Control()
    plan = worker.run_job(PlanJob(store=store, site_hash=site, config=CONFIG), control)
    for index in range(plan.chunk_count):
        worker.run_job(
            ChunkJob(store=store, plan_hash=plan.plan_hash, index=index), control
        )
    files = sorted(path for path in root.rglob("*") if path.is_file())
    for path in trial.dice.sample(files, trial.dice.randrange(1, 4)):
        path.unlink()
    try:
        made = worker.run_job(
            AssembleJob(store=store, plan_hash=plan.plan_hash), control
        )
    except (StoreMissingError, PlanError, AssembleError) as error:
        return type(error).__name__
    assert trial.scene.wanted == made.output.sha256
    return "right"


def _killed_worker(trial: Trial) -> str:
    """A worker process of an executor dies in the middle of a job."""
    with process_cluster() as engine:
        meet = struck(
            "worker",
            signal.SIGKILL,
            trial.dice.uniform(0, 6),
            above=lambda: descendants(os.getpid()),
        )
        with meet as met:
            ended = trial.until_right(
                lambda end: engines.render(
                    engine,
                    trial.scene.project,
                    trial.place / "film.mp4",
                    CONFIG,
                    store=trial.place / "store",
                    deadline=end,
                )
            )
    assert wait_gone(list(met)) == []
    _sweep_as_a_later_run()
    trial.is_clean("store")
    return ended if met else f"{ended} (met nobody)"


def _killed_temporal(number: signal.Signals) -> Fault:
    """One of two workers of a Temporal server is ended in the middle of a job."""

    def fault(trial: Trial) -> str:
        server = trial.scene.temporal()
        with server.worker() as first, server.worker():
            end = threading.Timer(
                trial.dice.uniform(0, 8), lambda: first.send_signal(number)
            )
            end.start()
            try:
                ended = trial.until_right(
                    lambda end: engines.render(
                        server.engine,
                        trial.scene.project,
                        trial.place / "film.mp4",
                        CONFIG,
                        store=trial.place / "store",
                        deadline=end,
                    )
                )
            finally:
                end.cancel()
                end.join()
        _sweep_as_a_later_run()
        trial.is_clean("store")
        return ended

    return fault


def _machine(kind: str) -> Fault:
    """
    Calls of a state machine's function are refused or lost, or its browser is killed.

    Nothing of an execution that failed is lost: the next one goes on from its store.
    """

    def fault(trial: Trial) -> str:
        scene, dice = trial.scene, trial.dice
        folder = trial.place / f"faults-{dice.randrange(1 << 48):x}"
        folder.mkdir()
        # Planned, three chunks, joined; and what is tried again.
        hit = dice.sample(range(8), 3) if kind in HARMS else []
        harms = dict.fromkeys(hit, kind)
        strike = contextlib.nullcontext([])
        if kind not in HARMS:
            strike = struck(
                kind,
                signal.SIGKILL,
                trial.dice.uniform(0, 6),
                above=lambda: descendants(os.getpid()),
            )
        with (
            machine(
                scene.emulator(), folder, scene.renderer, scene.runtime, harms
            ) as engine,
            strike as met,
        ):
            store = engine.client.cloud.store
            site = deploy(store, scene.project)
            request = RenderRequest(store=store.url, site_hash=site, config=CONFIG)
            ended = trial.until_right(
                lambda end: engine.render(request, deadline=end).output
            )
        assert wait_gone(list(met)) == []
        assert not list(folder.glob("work-*"))
        return ended

    return fault


HARMS = ("refused", "lost")
STRIKES = {"killed": signal.SIGKILL, "stopped": signal.SIGSTOP}
CHEAP: dict[str, Fault] = {
    **{f"chunk {name}": _damaged_chunk(name, sidecar=False) for name in DAMAGES},
    **{f"sidecar {name}": _damaged_chunk(name, sidecar=True) for name in DAMAGES},
    **{f"plan {name}": _damaged_plan(name) for name in DAMAGES},
    "chunks swapped": _swapped_chunks,
    "sidecar of another plan": _stale_sidecar,
    "assembled twice at once": _assembled_twice,
    "ffmpeg killed": _struck("ffmpeg", signal.SIGKILL),
    "renderer killed": _struck("renderer", signal.SIGKILL),
}
"""Those the default run draws from."""
FAULTS: dict[str, Fault] = {
    **CHEAP,
    **{
        f"{kind} {how}": _struck(kind, number)
        for kind in ("chrome", "renderer", "gpu", "ffmpeg")
        for how, number in STRIKES.items()
    },
    **{
        f"{kind} {how}, chunk by chunk": _struck_chunks(kind, number)
        for kind in ("chrome", "renderer", "ffmpeg")
        for how, number in STRIKES.items()
    },
    **{f"segment {name}": _damaged_segment(name) for name in DAMAGES},
    **{f"store {name}": _store_over(name) for name in NETWORK},
    **{
        f"command ended by {number.name}": _killed_run(number)
        for number in (signal.SIGKILL, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
    },
    "chunk of another plan": _swapped_plan,
    "few descriptors": _few_descriptors,
    "small files only": _small_files,
    "little memory": _little_memory,
    **{
        f"worker of Temporal ended by {number.name}": _killed_temporal(number)
        for number in (signal.SIGKILL, signal.SIGTERM)
    },
    **{
        f"state machine, {said}": _machine(kind)
        for kind, said in {
            "refused": "calls refused",
            "lost": "calls lost",
            "chrome": "chrome killed",
            "ffmpeg": "ffmpeg killed",
        }.items()
    },
    "delivered twice at once": _delivered_twice,
    "store expired": _expired_store,
    "worker of an executor killed": _killed_worker,
}
if os.geteuid() == 0:
    FAULTS["disk full"] = _full_disk
if os.access(PROCESSES, os.W_OK):
    FAULTS["few processes"] = _few_processes


def draw(count: int, seed: int, faults: dict[str, Fault]) -> Iterator[tuple[str, int]]:
    """*count* faults and a seed for each, every one as often as any other."""
    dice, waiting = random.Random(seed), []
    for _ in range(count):
        waiting = waiting or dice.sample(sorted(faults), len(faults))
        yield waiting.pop(), dice.randrange(1 << 32)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """As many cases as were asked for."""
    if "fault" not in metafunc.fixturenames:
        return
    config = metafunc.config
    asked = config.getoption("--cases", None)
    seed = config.getoption("--seed", None) or SEED
    cases = draw(asked, seed, FAULTS) if asked else draw(FEW, seed, CHEAP)
    names = [pytest.param(*case, id=f"{n}-{case[0]}") for n, case in enumerate(cases)]
    metafunc.parametrize(("fault", "seed"), names)


@pytest.fixture
def impatient(monkeypatch):
    """What does nothing is given up after two seconds, as after thirty otherwise."""
    monkeypatch.setattr(patience, "_DEAD_SECONDS", 2.0)
    monkeypatch.setattr(process_tool, "_LOOK_SECONDS", 0.2)
    monkeypatch.setattr(process_tool, "_IDLE_LOOKS", 10)
    monkeypatch.setattr(leftovers, "_YOUNG_SECONDS", 60.0)


@pytest.mark.usefixtures("impatient")
def test_a_fault_ends_right_or_typed(scene, tmp_path, fault, seed, request):
    """In its time, with no process and no file of it left."""
    place = tmp_path / "place"
    place.mkdir()

    ended = FAULTS[fault](Trial(scene, place, random.Random(seed)))

    if log := request.config.getoption("--log", None):
        with Path(log).open("a") as file:
            file.write(json.dumps([fault, seed, ended]) + "\n")
