"""A film is watched while it is made: a list in the store that grows, and ends with it."""

from __future__ import annotations

import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import attrs
import numpy as np
import pytest

import hyperframes_dist as hf
from hyperframes_dist import engines
from hyperframes_dist._encode.playlist import count_listed
from hyperframes_dist._model.frames import Segment
from hyperframes_dist._tools.ffmpeg import find_ffmpeg
from hyperframes_dist._wire.jobs import PlanJob, Planned
from hyperframes_dist._wire.layout import RemoteSegments, pull_plan
from hyperframes_dist._wire.live import open_live, require_live
from hyperframes_dist._wire.worker import Worker
from hyperframes_dist.engines import RenderRequest
from hyperframes_dist.errors import InputError, TransportError
from hyperframes_dist.progress import Control
from hyperframes_dist.transport import StoredFile
from hyperframes_dist.transport.local import LocalTransport
from hyperframes_dist.transport.s3 import S3Transport
from jobs import deploy
from pages import strip_page, write_project
from sound import RATE, clicks

FREE = Control(None, None, None)
CONFIG = hf.RenderConfig(fps="15000/1001", chunks=3, segment_seconds="1/2")


@pytest.fixture
def project(tmp_path) -> Path:
    """Two seconds of numbered frames with two clicks, five segments, three chunks."""
    html = strip_page(2).replace("</body>", '<audio src="c.wav"></audio></body>')
    return write_project(tmp_path / "project", html, **{"c.wav": clicks(2, 0.5, 1.75)})


@pytest.fixture
def worker(renderer, runtime_file, tmp_path) -> Worker:
    return Worker(
        transport=LocalTransport(tmp_path / "store"),
        renderer=renderer,
        folder=tmp_path / "work",
        runtime=runtime_file,
    )


@pytest.fixture
def request_of(worker, project) -> RenderRequest:
    site = deploy(worker.transport, project)
    store = worker.transport.url
    return RenderRequest(
        store=store, site_hash=site, config=CONFIG, name="film", live=True
    )


def lists(store: str, name: str) -> str:
    """The text of one of a preview's lists; empty where it is not there."""
    folder = Path(store.removeprefix("file://"), "live/film")
    return "".join(path.read_text() for path in folder.glob(name))


def play(path: Path, *args: str) -> bytes:
    """What ffmpeg makes of a film or a list."""
    allowed = ("-allowed_extensions", "ALL") if path.suffix == ".m3u8" else ()
    command = [find_ffmpeg(), "-v", "error", *allowed, "-i", path, *args, "-"]
    return subprocess.run(command, capture_output=True, check=True).stdout


def frames(path: Path) -> list[str]:
    """A digest of each decoded picture, whatever its time."""
    told = play(path, "-map", "0:v", "-fps_mode", "passthrough", "-f", "framemd5")
    rows = [line for line in told.decode().splitlines() if line[0] != "#"]
    return [row.rpartition(",")[2] for row in rows]


def samples(path: Path) -> np.ndarray:
    """What is heard of it, both channels as one."""
    raw = play(path, "-map", "0:a", "-f", "s16le", "-ac", "1")
    return np.frombuffer(raw, "<i2").astype(int)


def so_far(film: Path, folder: Path) -> Path:
    """A copy of a preview as it is, ended, so that who plays it waits for no more."""
    shutil.copytree(film.parent, folder)
    (listed,) = folder.glob("*/list.m3u8")
    listed.write_text(f"{listed.read_text()}#EXT-X-ENDLIST\n")
    return folder / film.name


def test_a_film_is_watched_while_it_is_made(worker, request_of, project, tmp_path):
    """From its beginning as far as there is no gap; at the end it is the film."""
    store, seen = request_of.store, list[tuple[int, bool]]()
    film = Path(engines.live_address(store, "film").removeprefix("file://"))
    planned = worker.run_job(request_of.plan_job(), FREE)
    sound, first, middle, last = request_of.part_jobs(planned)

    for job in (last, first, middle):
        worker.run_job(job, FREE)
        seen.append((count_listed(lists(store, "*/list.m3u8")), film.exists()))
        if job is first:
            early = so_far(film, tmp_path / "early")
    silent = film.read_text()
    worker.run_job(sound, FREE)
    worker.run_job(request_of.assemble_job(planned), FREE)
    made = engines.fetch(store, "film", tmp_path / "film.mp4")

    assert [(0, False), (2, True), (5, True)] == seen
    assert "# Without sound: it is not mixed yet" in silent
    assert ("TYPE=AUDIO" in silent, "TYPE=AUDIO" in film.read_text()) == (False, True)
    assert lists(store, "*/list.m3u8").endswith("#EXT-X-ENDLIST\n")
    assert hf.render(project, tmp_path / "local.mp4", CONFIG).sha256 == made.sha256
    wanted = frames(tmp_path / "film.mp4")
    assert (wanted[:14], wanted) == (frames(early), frames(film))
    loud = np.argsort(-abs(samples(film)))[:2]
    assert [RATE // 2, RATE * 7 // 4] == sorted(map(int, loud))


@pytest.fixture
def planned(worker, request_of) -> Planned:
    return worker.run_job(request_of.plan_job(), FREE)


@pytest.mark.thorough
def test_what_was_made_before_is_shown(worker, request_of, planned, tmp_path):
    """A chunk that is in the store is cut where it begins, into the same fragments."""
    jobs = request_of.chunk_jobs(planned)
    for job in jobs:
        worker.run_job(job, FREE)
    place = tmp_path / "store/live"
    before = {path.name: path.read_bytes() for path in place.glob("film/*/*.m4s")}
    shutil.rmtree(place)
    shutil.rmtree(tmp_path / "store/~sha256/live")

    for job in reversed(jobs):
        worker.run_job(job, FREE)

    after = {path.name for path in place.glob("film/*/*.m4s")}
    assert (5, set(before)) == (len(before), after)
    film = place / "film/film.m3u8"
    worker.run_job(request_of.assemble_job(planned), FREE)
    engines.fetch(request_of.store, "film", tmp_path / "film.mp4")
    assert frames(tmp_path / "film.mp4") == frames(film)


@pytest.mark.thorough
def test_who_knows_more_is_believed(worker, request_of, planned, tmp_path):
    """Many who publish at once never make a list shorter, and the last of all is whole."""
    for job in request_of.chunk_jobs(planned):
        worker.run_job(attrs.evolve(job, live=False), FREE)
    plan = pull_plan(worker.transport, planned.plan_hash, tmp_path / "plan")
    kept = RemoteSegments.open(worker.transport, plan, tmp_path / "segments")

    def show(segment: Segment) -> None:
        assert kept.load(segment) is not None
        open_live(worker.transport, plan, "film", FREE).add(segment, kept.path(segment))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(show, [*plan.content.segments] * 3))

    assert 5 == count_listed(lists(request_of.store, "*/list.m3u8"))
    assert lists(request_of.store, "*/list.m3u8").endswith("#EXT-X-ENDLIST\n")


@pytest.mark.thorough
def test_a_bucket_holds_a_preview(worker, project, seaweed, tmp_path):
    """Where who replaces a list is told apart by the server itself."""
    seaweed.client().create_bucket(Bucket="live-preview")
    store = S3Transport("live-preview", "films", client=seaweed.client())
    there = attrs.evolve(worker, transport=store)
    request = RenderRequest(
        store=store.url,
        site_hash=deploy(store, project),
        config=CONFIG,
        name="film",
        live=True,
    )
    planned = there.run_job(request.plan_job(), FREE)

    with ThreadPoolExecutor(4) as pool:
        jobs = request.part_jobs(planned)
        [*pool.map(lambda job: there.run_job(job, FREE), jobs)]
    made = there.run_job(request.assemble_job(planned), FREE)

    store.get(made.key, tmp_path / "film.mp4")
    for key in store.list("live/film"):
        store.get(key, tmp_path / "copy" / key)
    film = tmp_path / "copy/live/film/film.m3u8"
    assert "TYPE=AUDIO" in film.read_text()
    assert frames(tmp_path / "film.mp4") == frames(film)


class NeverReplacing(LocalTransport):
    """A store that is gone whenever a list should grow."""

    def replace(self, path: Path, key: str, was: str | None) -> StoredFile:
        raise TransportError("the store is gone")


@pytest.mark.thorough
def test_a_preview_that_cannot_be_told_ends_nothing(
    worker, request_of, planned, tmp_path, caplog
):
    """It is said once for each job, and the chunk is made."""
    broken = attrs.evolve(worker, transport=NeverReplacing(tmp_path / "store"))

    made = [broken.run_job(job, FREE) for job in request_of.chunk_jobs(planned)]

    assert planned.frame_count == sum(chunk.frame_count for chunk in made)
    assert 3 == caplog.text.count("the live preview is behind, the film is not")


class WithoutReplace:
    """A store of another package, with the six methods and no more."""

    url = "other://store"


def test_what_cannot_be_watched_is_refused(tmp_path):
    """Before anything is made, with what to ask for instead."""
    webm = {"site_hash": "a" * 64, "config": hf.RenderConfig(format="webm")}

    with pytest.raises(InputError, match="webm is vp9 here; ask for format mp4"):
        RenderRequest(store=tmp_path, live=True, **webm)
    with pytest.raises(InputError, match="live needs a render"):
        PlanJob(store="file:///s", site_hash="a" * 64, live=True)
    with pytest.raises(InputError, match="live needs a name"):
        engines.render(None, tmp_path, tmp_path / "a.mp4", store=tmp_path, live=True)
    with pytest.raises(InputError, match="no `replace`; leave `live` out"):
        require_live(WithoutReplace())
