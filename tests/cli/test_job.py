"""A render as processes that a cluster starts, each told by its surroundings what to do."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

import hyperframes_dist as hf
import manifests
from hyperframes_dist import engines
from hyperframes_dist._cli import common
from hyperframes_dist._cli.job import INDEXES, find_index
from hyperframes_dist._cli.main import main
from hyperframes_dist._tools.files import sha256_file
from hyperframes_dist.errors import InputError
from pages import strip_page, write_project
from sound import clicks

SETTINGS = {"fps": 120, "quality": "draft", "segment-seconds": "1/4"}
CONFIG = hf.RenderConfig(fps=120, quality="draft", segment_seconds="1/4")


@pytest.fixture
def project(tmp_path) -> Path:
    return write_project(tmp_path / "project", strip_page(4))


@pytest.mark.parametrize("name", INDEXES)
def test_a_cluster_tells_which_chunk_a_process_is_for(name):
    """Each in its own variable; what is given by hand comes first."""
    assert 7 == find_index(None, {name: "7", "PATH": "/bin"})
    assert 2 == find_index(2, {name: "7"})


def test_two_clusters_may_agree():
    """As where one runs inside the other."""
    assert 3 == find_index(
        None, {"SLURM_ARRAY_TASK_ID": "3", "NOMAD_ALLOC_INDEX": "03"}
    )


@pytest.mark.parametrize(
    ("environment", "told"),
    [
        ({}, "JOB_COMPLETION_INDEX"),
        ({"BATCH_TASK_INDEX": ""}, "give --index"),
        ({"BATCH_TASK_INDEX": "-1"}, "BATCH_TASK_INDEX '-1'"),
        ({"NOMAD_ALLOC_INDEX": "²"}, "no index"),
        ({"NOMAD_ALLOC_INDEX": " 0"}, "no index"),
        ({"NOMAD_ALLOC_INDEX": "9" * 5000}, "no index"),
        (
            {"SLURM_ARRAY_TASK_ID": "1", "CLOUD_RUN_TASK_INDEX": "2"},
            "CLOUD_RUN_TASK_INDEX=2 and SLURM_ARRAY_TASK_ID=1 disagree",
        ),
    ],
)
def test_what_says_no_one_chunk_is_refused(environment, told):
    """By the names of what says it."""
    with pytest.raises(InputError, match=told):
        find_index(None, environment)


class Processes:
    """Starts what a cluster starts, and kills one of them once, in the middle."""

    def __init__(self, film: manifests.Film, folder: Path, doomed: str) -> None:
        self.killed, self.told, self.names = False, "", list[str]()
        self._film, self._folder, self._doomed = film, folder, doomed

    def start(self, name, words, env) -> int:
        """One process to its end; its exit status as a shell has it."""
        self.names.append(name)
        process = subprocess.Popen(
            manifests.command_of(words),
            cwd=self._folder,
            env={**os.environ, **env},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        if name == self._doomed and not self.killed:
            self._kill(process)
        said, _ = process.communicate(timeout=120)
        self.told += said
        status = process.returncode
        return 128 - status if status < 0 else status

    def _kill(self, process) -> None:
        before, deadline = self._stored(), time.monotonic() + 60
        while self._stored() == before and time.monotonic() < deadline:
            assert process.poll() is None
            time.sleep(0.002)
        (found,) = [pid for pid in _session(process.pid) if _is_chunk(pid)]
        os.kill(found, signal.SIGKILL)
        self.killed = True

    def _stored(self) -> int:
        place = Path(self._film.store.removeprefix("file://"))
        return len([*place.glob("segments/*/*.json")])


def _session(leader: int) -> list[int]:
    pids = [int(path.name) for path in Path("/proc").glob("[0-9]*")]
    return [pid for pid in pids if _sid(pid) == leader]


def _sid(pid: int) -> int:
    try:
        return os.getsid(pid)
    except OSError:
        return -1


def _is_chunk(pid: int) -> bool:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        # It was listed and has ended since.
        return False
    return words[1:5] == [b"-m", b"hyperframes_dist", b"job", b"chunk"]


class Understood(Exception):
    """A command's words were read, up to where it would run."""


def test_every_manifest_says_what_the_commands_understand(tmp_path, monkeypatch):
    """And what AWS Batch does, by botocore's model of it."""

    def understood(**_: object) -> None:
        raise Understood

    def start(_name: str, words: Sequence[str], _env: Mapping[str, str]) -> int:
        with pytest.raises(Understood):
            main([*words])
        return 0

    monkeypatch.setattr(common, "Args", understood)
    film = manifests.Film(
        project=tmp_path, store="s3://b", render="film", output=tmp_path / "film.mp4"
    )

    jobs = [*manifests.kubernetes(film, start), *manifests.cloud_run(film, start)]
    jobs += manifests.aws_batch(film, start)
    for text in manifests.shell_commands():
        jobs.append(start("", text, {}))

    assert [0] * (10 + 10 + 6 + 3 + 3) == jobs


@pytest.mark.thorough
@pytest.mark.parametrize(
    "cluster",
    [
        manifests.kubernetes,
        manifests.aws_batch,
        manifests.cloud_run,
        manifests.slurm,
        manifests.github_actions,
    ],
    ids=lambda cluster: cluster.__name__,
)
def test_a_manifest_makes_the_film(project, tmp_path, monkeypatch, cluster):
    """Run as it stands, a process killed in the middle: the bytes of a local render."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    wanted = hf.render(project, tmp_path / "local.mp4", CONFIG).sha256
    rows = [f"{name} = {json.dumps(value)}" for name, value in SETTINGS.items()]
    (tmp_path / "hyperframes-dist.toml").write_text("\n".join(rows))
    film = manifests.Film(
        project=project,
        store=(tmp_path / "store").as_uri(),
        render="film-77",
        output=tmp_path / "film.mp4",
    )
    doomed = (
        "chunks-1" if cluster.__name__ in {"kubernetes", "cloud_run"} else "chunk-1"
    )
    processes = Processes(film, tmp_path, doomed)

    for status in cluster(film, processes.start):
        assert 0 == status, processes.told

    assert processes.killed
    (made,) = (tmp_path / "store").glob("outputs/*/output.mp4")
    films = [made, *filter(Path.exists, [film.output])]
    assert {wanted} == {sha256_file(path)[1] for path in films}


def test_a_process_without_a_chunk_ends_well(project, tmp_path, monkeypatch, capsys):
    """An array may be larger than the film; one that is told nothing may not guess."""
    store = ["--store", str(tmp_path / "store")]
    words = ["--project", str(project), "--name", "a", "--frames", "0:4", "--json"]
    assert 0 == main(["job", "plan", *store, *words])
    planned = capsys.readouterr().out
    (tmp_path / "request.json").write_text(planned)
    chunk = ["job", "chunk", *store, "--request"]

    untold, unknown = main([*chunk, "a"]), main([*chunk, "b", "--index", "0"])
    early = main(["job", "assemble", *store, "--request", "a"])
    told = capsys.readouterr().err
    monkeypatch.setenv("SLURM_ARRAY_TASK_ID", "9")
    beyond = main([*chunk, str(tmp_path / "request.json"), "--json"])

    count = json.loads(planned)["chunk_count"]
    row = {"index": 9, "chunk_count": count, "rendered": False}
    assert (0, row) == (beyond, json.loads(capsys.readouterr().out))
    assert (2, 2, 2) == (untold, unknown, early)
    assert "which chunk?" in told
    assert "no render 'b'" in told
    assert "chunks are not in" in told


@pytest.mark.parametrize("sounds", [True, False])
def test_a_sound_has_a_process_of_its_own(tmp_path, capsys, sounds):
    """It is in the store then; where nothing is heard there is nothing to do."""
    tag = '<audio src="c.wav"></audio></body>'
    html = strip_page(1).replace("</body>", tag if sounds else "</body>")
    project = write_project(tmp_path / "p", html, **{"c.wav": clicks(1, 0.5)})
    store = ["--store", str(tmp_path / "store")]
    plan = ["job", "plan", "--project", str(project), "--name", "a", "--frames", "0:4"]
    assert 0 == main([*plan, *store])
    capsys.readouterr()

    assert 0 == main(["job", "sound", *store, "--request", "a", "--json"])

    assert sounds == json.loads(capsys.readouterr().out)["mixed"]
    assert sounds == any((tmp_path / "store").glob("segments/*/sound.m4a"))


def test_a_name_is_one_plan(project, tmp_path, capsys):
    """Planning again changes nothing; other options are another render."""
    words = ["job", "plan", "--project", str(project), "--store", str(tmp_path / "s")]
    words += ["--name", "a", "--frames", "0:4"]

    assert 0 == main(words) == main(words)
    assert 2 == main([*words, "--quality", "high"])
    assert 2 == main([*words, "--name", "a/b"])

    told = capsys.readouterr().err
    assert "render 'a' is another plan" in told
    assert "render 'a/b': a name is" in told


@pytest.mark.thorough
def test_a_render_is_watched_and_stopped_from_outside(tmp_path, capsys):
    """What runs ends within seconds, what is finished is kept, and it may go on."""
    project = write_project(tmp_path / "project", strip_page(60))
    store, film = ["--store", str(tmp_path / "store")], ["--request", "film"]
    options = ["--fps", "120", "--quality", "draft", "--segment-seconds", "1/4"]
    plan = ["job", "plan", "--project", str(project), "--name", "film", "--chunks", "2"]
    assert 0 == main([*plan, *store, *options])
    chunk = [sys.executable, "-m", "hyperframes_dist", "job", "chunk", *store, *film]
    process = subprocess.Popen([*chunk, "--index", "1"], stderr=subprocess.PIPE)
    states = engines.watch(tmp_path / "store", "film", every=0.1)
    running = next(state for state in states if state.done)

    stopped = main(["job", "cancel", *store, *film])
    _, told = process.communicate(timeout=SOON)
    capsys.readouterr()
    after = main(["watch", str(tmp_path / "store"), "film", "--json"])
    seen = json.loads(capsys.readouterr().out)
    again = main([*chunk[3:], "--index", "0"])
    freed = main(["job", "cancel", *store, *film, "--undo"])

    assert ["waiting", "running"] == [each.stage for each in running.chunks]
    assert (0, 0) == (stopped, freed)
    assert (1, 1) == (process.returncode, again)
    assert b"render film cancelled: by `job cancel`" in told
    assert (1, "cancelled") == (after, seen["stage"])
    assert [*(tmp_path / "store").glob("segments/*/*.json")]
    assert "render" == next(engines.watch(tmp_path / "store", "film")).stage


SOON = 15


def test_a_misspelt_name_is_not_cancelled_in_silence(tmp_path, capsys):
    """It may be asked for later, and is told to be unknown."""
    words = ("job", "cancel", "--store", str(tmp_path), "--request", "tyop")

    assert 0 == main(words)
    first = capsys.readouterr()
    assert 0 == main((*words, "--json"))
    second = capsys.readouterr()

    assert "nothing is known of a render 'tyop'" in first.err
    assert "will not begin" in first.err
    # What was said of it the first time is something that is known.
    assert ("", True) == (second.err, json.loads(second.out)["known"])
