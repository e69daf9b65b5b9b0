"""A render as processes that a cluster starts, each told by its surroundings what to do."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path

import pytest

import hyperframes_dist as hf
import manifests
from hyperframes_dist import engines
from hyperframes_dist._cli import common
from hyperframes_dist._cli.job import INDEXES, find_index
from hyperframes_dist._cli.main import main
from hyperframes_dist._tools.files import sha256_file
from hyperframes_dist._wire.jobs import Planned
from hyperframes_dist._wire.layout import note_plan
from hyperframes_dist._wire.site import require_apart
from hyperframes_dist.errors import InputError
from hyperframes_dist.transport.local import LocalTransport
from pages import strip_page, write_project
from patience import SOON
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
    assert 2 == find_index("2", {name: "7"})


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
        # Slurm's number for none.
        ({"SLURM_ARRAY_TASK_ID": "4294967294"}, "no index"),
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


@pytest.mark.parametrize(
    "given", ["", " 1", "1_0", "+1", "-1", "1.0", "0x1", "١", "1-8", "$(INDEX)"]
)
def test_an_index_is_digits(given):
    """Nothing else is taken for a number, as a shell's slip would have it."""
    with pytest.raises(InputError, match="is no index"):
        find_index(given, {"JOB_COMPLETION_INDEX": "1"})


PLANNED = Planned(
    plan_hash="1" * 64,
    content_hash="2" * 64,
    pictures_hash="3" * 64,
    chunk_count=4,
    frame_count=40,
    frame_rate="10",
    width=16,
    height=16,
    format="mp4",
    has_sound=False,
    duration=Fraction(4),
    warnings=(),
)


@pytest.fixture
def noted(tmp_path) -> Path:
    """A store with a render called ``a``, whose plan has expired."""
    note_plan(LocalTransport(tmp_path / "store"), "a", PLANNED)
    return tmp_path / "store"


@pytest.mark.parametrize(
    ("first", "step", "last", "status"),
    [("0", "1", "9", 0), ("1", "1", "4", 2), ("0", "2", "8", 2), ("", "", "7", 0)],
)
def test_an_array_that_leaves_chunks_out_is_refused(
    noted, monkeypatch, capsys, first, step, last, status
):
    """By its task too many; one that is merely longer than the film is not."""
    monkeypatch.setenv("SLURM_ARRAY_TASK_ID", last)
    monkeypatch.setenv("SLURM_ARRAY_TASK_MIN", first)
    monkeypatch.setenv("SLURM_ARRAY_TASK_STEP", step)

    ended = main(["job", "chunk", "--store", str(noted), "--request", "a"])

    assert status == ended
    assert (status == 2) == ("submit it with --array=0-3" in capsys.readouterr().err)


def test_a_task_of_slurms_that_is_given_its_index_is_let_be(noted, monkeypatch):
    """Who counts from one by hand knows it."""
    monkeypatch.setenv("SLURM_ARRAY_TASK_ID", "4")
    monkeypatch.setenv("SLURM_ARRAY_TASK_MIN", "1")
    words = ["job", "chunk", "--store", str(noted), "--request", "a", "--index", "4"]

    assert 0 == main(words)


@pytest.mark.parametrize("job", [["chunk", "--index", "0"], ["assemble"]])
def test_a_plan_that_is_gone_is_told_as_that(noted, capsys, job):
    """Rather than a file of it, or the chunks nobody can make any more."""
    assert 2 == main(["job", *job, "--store", str(noted), "--request", "a"])

    assert "plan of render 'a' is not in" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "`job plan --json` prints"),
        ("[]", "`job plan --json` prints"),
        ("{}", "no `request` in it"),
        ('{"request": "../a"}', "a name is at most"),
        ('{"request": "a", "plan_hash": "0"}', "give the store that `job plan` was"),
    ],
)
def test_a_file_that_is_no_request_is_told_by_its_name(
    noted, tmp_path, capsys, text, told
):
    """And so is one of another plan, which would be rendered in its place."""
    path = tmp_path / "request.json"
    path.write_text(text)
    words = ["--store", str(noted), "--request", str(path)]

    assert 2 == main(["job", "chunk", *words, "--index", "9"])

    assert told in capsys.readouterr().err


def test_a_pipe_is_no_request(noted, tmp_path, capsys):
    """Nobody waits for who writes into it."""
    os.mkfifo(tmp_path / "request.json")
    words = ["--store", str(noted), "--request", str(tmp_path / "request.json")]

    assert 2 == main(["job", "chunk", *words, "--index", "9"])
    assert "is no file" in capsys.readouterr().err


def test_a_note_of_another_version_is_told_as_that(noted, capsys):
    """With what to do."""
    note = noted / "renders/a/planned.json"
    row = json.loads(note.read_text())
    note.unlink()
    (noted / "~sha256/renders/a/planned.json").unlink()
    note.write_text(json.dumps({**row, "eggs": 1}))
    words = ["--store", str(noted), "--request", "a"]

    assert 2 == main(["job", "chunk", *words, "--index", "0"])
    assert 2 == main(["watch", str(noted), "a"])

    told = capsys.readouterr().err
    assert 2 == told.count("was written by another version of this library")


def test_a_damaged_note_is_written_again(noted):
    """By the next one who plans; the render's name is not lost."""
    note = noted / "renders/a/planned.json"
    whole = note.read_bytes()
    note.write_bytes(b"?" + whole[1:])

    note_plan(LocalTransport(noted), "a", PLANNED)

    assert whole == note.read_bytes()


@pytest.mark.parametrize("seconds", ["nan", "-1"])
def test_a_time_that_is_none_is_refused(noted, capsys, seconds):
    """It would never pass, or has passed for ever."""
    words = ["job", "chunk", "--store", str(noted), "--request", "a", "--index", "9"]

    assert 2 == main([*words, "--timeout", seconds])
    assert "--timeout" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("store", "told"),
    [
        ("", "is empty"),
        ("s3:/bucket/films", "has '://' in it"),
        ("~/films", "give the whole path"),
        ("x" * 5000, "is no path"),
    ],
)
@pytest.mark.parametrize(
    "job", [["chunk", "--index", "0"], ["cancel"], ["assemble"], ["sound"]]
)
def test_what_is_no_store_is_refused(tmp_path, monkeypatch, capsys, store, told, job):
    """Nothing is looked for, or put, into a folder that nobody has meant."""
    monkeypatch.chdir(tmp_path)

    assert 2 == main(["job", *job, "--store", store, "--request", "a"])

    assert told in capsys.readouterr().err
    assert [] == [*tmp_path.iterdir()]


def test_an_empty_path_is_no_folder(tmp_path, monkeypatch, capsys):
    """As a shell makes one of a variable that is not set."""
    monkeypatch.chdir(write_project(tmp_path / "p", strip_page(1)))

    assert 2 == main(["job", "plan", "--project", "", "--store", str(tmp_path / "s")])

    assert "it is empty" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("place", "status"), [("store", 2), (".", 2), ("renders/store", 0), ("../s", 0)]
)
def test_a_store_in_the_project_is_refused(tmp_path, place, status):
    """Its films would be a part of the next one; folders of made things are none."""
    project = write_project(tmp_path / "p", strip_page(1))

    if status:
        with pytest.raises(InputError, match="lies in the project"):
            require_apart(LocalTransport(project / place), project)
    else:
        require_apart(LocalTransport(project / place), project)


def test_where_nobody_renders_nobody_is_helped(noted, capsys):
    """That is no error: a process that is started to help may come late."""
    words = ["job", "help", "--store", str(noted), "--request", "a", "--json"]

    assert (0, 0, 2) == (
        main(words),
        main([*words, "--index", "4"]),
        main([*words, "-1"]),
    )

    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(None, False), (4, False)] == [(r["index"], r["helped"]) for r in rows[:2]]


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


@pytest.mark.thorough
def test_a_chunk_whose_process_died_is_finished_by_another(
    tmp_path, monkeypatch, capsys
):
    """It is found by what it had told, and nothing of it is made twice."""
    # What it leaves is left here.
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    project = write_project(tmp_path / "project", strip_page(20))
    store, film = ["--store", str(tmp_path / "store")], ["--request", "film"]
    plan = ["job", "plan", "--project", str(project), "--name", "film", *store]
    options = ["--fps", "20", "--quality", "draft", "--segment-seconds", "1/4"]
    assert 0 == main([*plan, *options, "--chunks", "1"])
    words = [sys.executable, "-m", "hyperframes_dist", "job", "chunk", *store, *film]
    process = subprocess.Popen([*words, "--index", "0", "--shared"])
    while not (kept := [*(tmp_path / "store").glob("segments/*/*.json")]):
        assert process.poll() is None
        time.sleep(0.002)
    process.kill()
    process.wait()
    capsys.readouterr()

    helped = main(["job", "help", *store, *film, "--json"])
    row = json.loads(capsys.readouterr().out)
    joined = main(["job", "assemble", *store, *film, "--json"])

    config = hf.RenderConfig(fps=20, quality="draft", segment_seconds="1/4", chunks=1)
    wanted = hf.render(project, tmp_path / "local.mp4", config).sha256
    assert (0, 0) == (helped, joined)
    assert (0, True) == (row["index"], row["helped"])
    assert 0 < row["segments"] <= 80 - len(kept)
    assert wanted == json.loads(capsys.readouterr().out)["sha256"]


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
