"""Whoever runs the jobs, the bytes are the same, and what dies is made up for."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pickle
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor, Future, ThreadPoolExecutor
from pathlib import Path

import attrs
import pytest
from temporalio.client import Client

import clusters
import hyperframes_dist as hf
from clusters import Temporal, dask, processes, temporal
from engine_log import note
from hyperframes_dist import engines
from hyperframes_dist._model.keys import cancel_key, marks_folder
from hyperframes_dist._wire.layout import put_bytes
from hyperframes_dist._wire.marks import Mark, job_name
from hyperframes_dist._wire.site import deploy_site
from hyperframes_dist.engines import ChunkJob, ExecutorEngine, RenderRequest
from hyperframes_dist.engines.temporal import TemporalEngine, make_worker, workflow_id
from hyperframes_dist.errors import (
    Cancelled,
    EngineError,
    InputError,
    TransportError,
)
from hyperframes_dist.testing import check_engine
from hyperframes_dist.transport import open_transport
from killing import once_a_segment_is_there
from pages import strip_page, write_project

CONFIG = hf.RenderConfig(fps=10, chunks=4, segment_seconds="1/2", quality="draft")


@pytest.fixture(scope="module")
def server() -> Iterator[Temporal]:
    with temporal() as running:
        yield running


@pytest.fixture
def store(tmp_path) -> str:
    return (tmp_path / "store").as_uri()


@pytest.fixture
def project(tmp_path) -> Path:
    return write_project(tmp_path / "project", strip_page(4))


@pytest.fixture(scope="module")
def wanted(tmp_path_factory) -> str:
    """Digest of what a local render makes of the project."""
    folder = tmp_path_factory.mktemp("wanted")
    project = write_project(folder / "project", strip_page(4))
    return hf.render(project, folder / "local.mp4", CONFIG).sha256


@pytest.mark.sampled(1)
@pytest.mark.parametrize("cluster", [processes, dask])
def test_an_executor_keeps_what_an_engine_promises(cluster, store, tmp_path):
    with cluster() as engine:
        check_engine(engine, store, tmp_path)


@pytest.mark.thorough
def test_temporal_keeps_what_an_engine_promises(server, store, tmp_path):
    with server.worker():
        check_engine(server.engine, store, tmp_path)


def test_a_film_is_got_by_its_renders_name(project, wanted, store, tmp_path):
    """Whoever has asked; and it is known of before anybody has begun it."""
    request = engines.deploy(project, CONFIG, store=store, name="film")
    asked = engines.watch(store, "film")
    first = next(asked)
    with pytest.raises(InputError, match="no render 'film'"):
        engines.fetch(store, "film", tmp_path / "early.mp4")

    ExecutorEngine(executor=ThreadPoolExecutor).render(request)
    made = engines.fetch(store, "film", tmp_path / "made.mp4")

    assert ("plan", 0.0) == (first.stage, first.fraction)
    assert "done" == [*asked][-1].stage
    assert wanted == made.sha256
    with pytest.raises(InputError, match=r"\.webm"):
        engines.fetch(store, "film", tmp_path / "made.webm")


@pytest.mark.thorough
@pytest.mark.parametrize("cluster", [processes, dask])
def test_an_executor_makes_the_film(cluster, project, wanted, store, tmp_path):
    """The bytes of a local render, which docs/engines.md lists."""
    with cluster() as engine:
        made = engines.render(
            engine, project, tmp_path / "made.mp4", CONFIG, store=store
        )

    note(cluster.__name__, "plain", made.sha256, wanted)
    assert wanted == made.sha256


@pytest.mark.thorough
def test_temporal_makes_the_film(server, project, wanted, store, tmp_path):
    """The bytes of a local render, which docs/engines.md lists."""
    output = tmp_path / "made.mp4"
    with server.worker():
        made = engines.render(server.engine, project, output, CONFIG, store=store)

    note("Temporal", "plain", made.sha256, wanted)
    assert wanted == made.sha256


@pytest.mark.thorough
def test_temporal_lets_a_film_be_watched(server, request_of):
    """Its jobs know of it by the plan; who asks for another name asks for another film."""
    request = attrs.evolve(request_of, name="film", live=True)

    with server.worker():
        server.engine.render(request)

    place = Path(engines.live_address(request.store, "film").removeprefix("file://"))
    (listed,) = place.parent.glob("*/list.m3u8")
    assert listed.read_text().endswith("#EXT-X-ENDLIST\n")
    others = [attrs.evolve(request, name="b"), attrs.evolve(request, live=False)]
    assert 3 == len({workflow_id(each) for each in [request, *others]})


@pytest.mark.thorough
def test_pictures_come_back_as_a_folder(project, store, tmp_path):
    config = attrs.evolve(CONFIG, format="png-sequence")
    wanted = hf.render(project, tmp_path / "local", config)

    engine = ExecutorEngine(executor=ThreadPoolExecutor)
    made = engines.render(engine, project, tmp_path / "made", config, store=store)

    assert (made.sha256, made.size) == (wanted.sha256, wanted.size)
    assert len(list((tmp_path / "made").iterdir())) == 40


def children() -> list[int]:
    """Processes this one has started, whatever they run."""
    told = Path(f"/proc/{os.getpid()}/task").glob("*/children")
    return [int(each) for path in told for each in path.read_text().split()]


def kill_a_pool_worker() -> None:
    for each in children():
        with contextlib.suppress(OSError):
            if b"spawn_main" in Path(f"/proc/{each}/cmdline").read_bytes():
                os.kill(each, signal.SIGKILL)
                return


@pytest.mark.sampled(1)
@pytest.mark.parametrize(
    ("cluster", "told"),
    [(processes, "tried again after BrokenProcessPool"), (dask, "Restarting worker")],
    ids=["processes", "dask"],
)
def test_a_killed_process_is_made_up_for(
    project, wanted, store, tmp_path, monkeypatch, caplog, cluster, told
):
    """By another pool, as a pool breaks with it; or by whoever the cluster starts."""
    # What is killed leaves its scratch files behind.
    monkeypatch.setenv("TMPDIR", str(tmp_path))

    with cluster() as engine:
        killing = once_a_segment_is_there(store, kill_a_pool_worker)
        made = engines.render(
            engine, project, tmp_path / "made.mp4", CONFIG, store=store
        )
        killing.join()

    note(cluster.__name__, "killed", made.sha256, wanted)
    assert made.sha256 == wanted
    assert told in caplog.text


@pytest.mark.thorough
@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_a_temporal_worker_that_ends_is_made_up_for(
    server, project, wanted, store, tmp_path, monkeypatch, end
):
    """Its silence, or its last word, gives its jobs to another one."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with contextlib.ExitStack() as stack:
        first = stack.enter_context(server.worker())

        def replace() -> None:
            first.send_signal(end)
            stack.enter_context(server.worker())

        killing = once_a_segment_is_there(store, replace)
        made = engines.render(
            server.engine, project, tmp_path / "made.mp4", CONFIG, store=store
        )
        killing.join()

    assert first.returncode == (0 if end == signal.SIGTERM else -end)
    note("Temporal", "killed", made.sha256, wanted)
    assert made.sha256 == wanted


class Failing(ThreadPoolExecutor):
    """Threads whose first calls fail, each with the next of some errors."""

    def __init__(self, faults: list[BaseException]) -> None:
        super().__init__(2)
        self._faults = faults

    def submit(self, fn, /, *args, **kwargs):
        if not self._faults:
            return super().submit(fn, *args, **kwargs)
        failed: Future[str] = Future()
        failed.set_exception(self._faults.pop(0))
        return failed


@pytest.fixture(scope="module")
def deployed(tmp_path_factory) -> RenderRequest:
    """The project of `project`, in a store that is only copied."""
    folder = tmp_path_factory.mktemp("deployed")
    project = write_project(folder / "project", strip_page(4))
    store = (folder / "store").as_uri()
    site = deploy_site(open_transport(store), project, CONFIG, runtime=True)
    return RenderRequest(store=store, site_hash=site.site_hash, config=CONFIG)


@pytest.fixture
def request_of(deployed, store, tmp_path) -> RenderRequest:
    """What is asked for, in a store that holds the project and no more."""
    shutil.copytree(deployed.store.removeprefix("file://"), tmp_path / "store")
    return attrs.evolve(deployed, store=store)


@pytest.mark.thorough
def test_what_may_pass_is_tried_again(request_of):
    """As often as was asked for, on another executor where the first one broke."""
    faults = [TransportError("gone"), BrokenExecutor("broken"), TransportError("gone")]
    opened: list[Failing] = []

    def open_one() -> Failing:
        opened.append(Failing(faults))
        return opened[-1]

    ExecutorEngine(executor=open_one).render(request_of)

    assert (faults, len(opened)) == ([], 2)


@pytest.mark.parametrize(
    ("faults", "attempts", "kind", "left"),
    [
        ([TransportError("gone")] * 3, 2, TransportError, 1),
        ([InputError("no such thing")] * 2, 4, InputError, 1),
        ([BrokenExecutor("broken")] * 3, 2, EngineError, 1),
        ([ZeroDivisionError("foreign")] * 2, 4, EngineError, 1),
    ],
)
def test_tries_come_to_an_end(request_of, faults, attempts, kind, left):
    """With the error itself, unless it is not one of the library's."""
    faults = list(faults)
    engine = ExecutorEngine(executor=lambda: Failing(faults), attempts=attempts)

    with pytest.raises(kind):
        engine.render(request_of)

    assert len(faults) == left


def test_an_executor_that_takes_no_more_jobs(request_of):
    closed = ThreadPoolExecutor()
    closed.shutdown()

    with pytest.raises(EngineError, match="cannot schedule new futures"):
        ExecutorEngine(executor=lambda: closed).render(request_of)


def test_an_executor_that_breaks_again_and_again(request_of):
    class Broken(ThreadPoolExecutor):
        def submit(self, fn, /, *args, **kwargs):
            raise BrokenExecutor("not this one either")

    with pytest.raises(EngineError, match="not this one either"):
        ExecutorEngine(executor=Broken).render(request_of)


def test_the_chrome_of_the_workers_is_asked_for(request_of, tmp_path):
    """It is a part of what travels."""
    chrome = hf.HeadlessShell(tmp_path / "no-such-chrome")
    engine = ExecutorEngine(executor=ThreadPoolExecutor, attempts=1, chrome=chrome)

    with pytest.raises(InputError, match="no-such-chrome"):
        engine.render(request_of)

    job = request_of.plan_job()
    assert pickle.loads(pickle.dumps((job, chrome))) == (job, chrome)


def test_a_warm_browser_outlives_its_job(request_of, renderer):
    """It is its owner's, who may not name another one beside it."""
    chrome = hf.HeadlessShell("/no-such-chrome")
    planned = engines.run_job(request_of.plan_job(), renderer=renderer)
    browser = renderer._warm._browser

    again = engines.run_job(request_of.plan_job(), renderer=renderer)

    assert planned == again
    assert browser is not None
    assert browser is renderer._warm._browser
    with pytest.raises(InputError, match="Chrome of its own"):
        engines.run_job(request_of.plan_job(), renderer=renderer, chrome=chrome)


def test_ray_is_told_numbers():
    """Before anything is begun."""
    for field in ({"workers": 0}, {"cpus": 0}, {"patience": 0.5}, {"attempts": 101}):
        with pytest.raises(InputError, match=next(iter(field))):
            engines.RayEngine(**field)


def test_ray_that_is_not_installed_is_named(request_of, monkeypatch):
    """With the extra that brings it."""
    monkeypatch.setitem(sys.modules, "ray", None)

    with pytest.raises(InputError, match=r"hyperframes_dist\[ray\]"):
        engines.RayEngine().render(request_of)


def test_an_executor_that_cannot_be_opened(request_of):
    def refuse():
        raise OSError("no cluster")

    with pytest.raises(EngineError, match="opening the executor: OSError: no cluster"):
        ExecutorEngine(executor=refuse).render(request_of)


@pytest.mark.parametrize("attempts", [0, 101, True, 1.5])
def test_attempts_are_checked(attempts):
    with pytest.raises(InputError, match="attempts"):
        ExecutorEngine(executor=ThreadPoolExecutor, attempts=attempts)


@pytest.mark.parametrize(
    "field", [{"attempts": 0}, {"seconds": 0.5}, {"silence": True}, {"silence": "2"}]
)
def test_temporal_is_told_numbers(field):
    with pytest.raises(InputError, match=next(iter(field))):
        TemporalEngine(connect=Client.connect, task_queue="renders", **field)


def test_a_worker_does_something():
    with pytest.raises(InputError, match="at_once"):
        make_worker(None, "renders", at_once=0)


def test_a_request_is_checked_when_it_is_made(store):
    with pytest.raises(InputError, match="site_hash"):
        RenderRequest(store=store, site_hash="../x")
    with pytest.raises(InputError, match="runtime"):
        RenderRequest(
            store=store, site_hash="0" * 64, config=hf.RenderConfig(runtime="/x.js")
        )


def test_a_server_that_is_not_there(request_of):
    with pytest.raises(EngineError):
        Temporal("127.0.0.1:1").engine.render(request_of)


@pytest.mark.thorough
def test_two_who_ask_for_one_render_share_a_workflow(server, request_of):
    with server.worker(), ThreadPoolExecutor(2) as pool:
        both = [pool.submit(server.engine.render, request_of) for _ in range(2)]
        first, second = (each.result(timeout=90) for each in both)

    assert first == second
    assert asyncio.run(count_workflows(server, request_of)) == 1


ASK = """import sys
from clusters import Temporal
from hyperframes_dist import from_json
from hyperframes_dist.engines import RenderRequest
Temporal(sys.argv[1]).engine.render(from_json(sys.argv[2], RenderRequest))"""


@pytest.mark.thorough
def test_a_render_outlives_who_asked_for_it(server, request_of):
    """Whoever asks next gets the one that runs."""
    asked = hf.to_json(request_of).decode()
    command = [sys.executable, "-c", ASK, server.address, asked]
    with (
        subprocess.Popen(command, cwd=Path(clusters.__file__).parent) as asker,
        server.worker(),
    ):
        once_a_segment_is_there(request_of.store, asker.kill).join()
        made = server.engine.render(request_of)

    assert asker.returncode == -signal.SIGKILL
    assert made.output.frame_count == 40
    assert asyncio.run(count_workflows(server, request_of)) == 1


@pytest.mark.thorough
def test_a_cancelled_render_stops_its_workflow(server, project, store, tmp_path):
    """And the jobs of it that run."""
    cancel = threading.Event()
    config = attrs.evolve(CONFIG, fps=240, chunks=2)
    with server.worker():
        cancelling = once_a_segment_is_there(store, cancel.set)
        with pytest.raises(Cancelled):
            engines.render(
                server.engine,
                project,
                tmp_path / "made.mp4",
                config,
                store=store,
                cancel=cancel,
            )
        cancelling.join()

        assert asyncio.run(is_cancelled(server))

    assert not (tmp_path / "made.mp4").exists()
    assert len(list(open_transport(store).list("segments"))) < 2 * 8


async def is_cancelled(server: Temporal) -> bool:
    """Whether a workflow is, or soon will be, cancelled; a worker has to agree to it."""
    client = await Client.connect(server.address)
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        found = [each.status.name async for each in client.list_workflows()]
        if "CANCELED" in found:
            return True
        await asyncio.sleep(0.1)
    return False


async def count_workflows(server: Temporal, request: RenderRequest) -> int:
    client = await Client.connect(server.address)
    query = f'WorkflowId = "{workflow_id(request)}"'
    return (await client.count_workflows(query)).count


class OneHangs(ThreadPoolExecutor):
    """Two workers, of whom one begins a chunk, tells of it, and then makes nothing more."""

    def __init__(self, hung: threading.Event) -> None:
        super().__init__(2)
        self._hung, self._there = hung, threading.Event()

    def submit(self, fn, /, *args, **kwargs):
        (job,) = args
        if not isinstance(job, ChunkJob) or self._there.is_set():
            return super().submit(fn, *args, **kwargs)
        self._there.set()
        return super().submit(self._hang, job)

    def _hang(self, job: ChunkJob) -> None:
        mark = Mark(2, 400, 0, 0, 2000)
        place = f"{marks_folder(job.render)}/{job_name(job)}/{mark.name}"
        store = open_transport(job.store)
        put_bytes(store, b"", place)
        while store.find(cancel_key(job.render)) is None:
            time.sleep(0.05)
        self._hung.set()
        raise Cancelled("somebody else was faster")


@pytest.mark.thorough
def test_an_idle_worker_helps_with_what_is_slow(request_of, wanted, caplog):
    """The film is there though a worker hangs, which is told to stop; the cost is said."""
    caplog.set_level("INFO", "hyperframes_dist.engines")
    hung = threading.Event()
    config = attrs.evolve(CONFIG, chunks=2)
    request = attrs.evolve(request_of, config=config, name="film")

    engine = ExecutorEngine(executor=lambda: OneHangs(hung))
    made = engine.render(request)

    assert wanted == made.output.sha256
    assert hung.is_set()
    assert "chunk 0 is helped: 398 s of it are left" in caplog.text
    assert "1 jobs helped with slow chunks: 4 segments in" in caplog.text
    store = open_transport(request.store)
    assert store.find(cancel_key("film")) is None
    assert "done" == [*engines.watch(request.store, "film")][-1].stage


@pytest.mark.thorough
def test_nobody_helps_where_it_is_not_worth_it(request_of, caplog):
    """A chunk that is nearly done is left alone, and so are all if that is asked for."""
    caplog.set_level("INFO", "hyperframes_dist.engines")

    for after in (86_400, None):
        engine = ExecutorEngine(
            executor=lambda: ThreadPoolExecutor(2), help_after=after
        )
        engine.render(request_of)

    assert "help" not in caplog.text
    with pytest.raises(InputError, match="help_after"):
        ExecutorEngine(executor=ThreadPoolExecutor, help_after=-1)
