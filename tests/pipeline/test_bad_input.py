"""Bad input is one typed error that names what was found; never a hang, never a blank."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path

import pytest

import hyperframes_dist as hf
from hyperframes_dist.errors import (
    AssembleError,
    HyperframesError,
    InputError,
    PageError,
    PlanIncompleteError,
    ResolveError,
    ToolchainMismatchError,
)
from pages import GSAP, composition, write_project

NO_TIMELINE = composition(
    "<div></div>", head=f'<script src="{GSAP}"></script>', root=""
)
PROJECTS = {
    "no composition": ("<p>hello</p>", (InputError, PageError), "data-composition-id"),
    "no duration": (composition(duration=""), InputError, "duration"),
    "zero duration": (composition(duration="0"), InputError, "duration"),
    "duration with a unit": (composition(duration="5s"), InputError, "duration"),
    "endless": (composition(duration="1e9"), InputError, "limit"),
    "zero size": (composition(width=0), InputError, "0x32"),
    "absurd size": (composition(width=99999, height=99999), InputError, "99999"),
    "negative size": (composition(width=-5), InputError, "data-width"),
    "absurd width": (composition(width=99999999), InputError, "99999999x32"),
    "no end": (composition(duration="Infinity"), InputError, "limit"),
    "number without bounds": (composition(duration="1e400"), InputError, "limit"),
    "half an address": (composition('<img src="https://[::1">'), PageError, "::1"),
    "half an address of a sound": (
        composition('<audio src="https://[::1" data-start="0"></audio>'),
        ResolveError,
        "::1",
    ),
    "sound that is not base64": (
        composition('<audio src="data:audio/wav;base64,AAA" data-start="0"></audio>'),
        InputError,
        "not base64",
    ),
    "reloads itself": (
        composition("<script>location.reload()</script>"),
        PageError,
        "goes elsewhere: a script reloads it",
    ),
    "goes elsewhere later": (
        composition(
            "<script>setTimeout(() => {location = 'about:blank'}, 10)</script>"
        ),
        PageError,
        "goes elsewhere",
    ),
    "refreshes itself": (
        composition(head='<meta http-equiv="refresh" content="0;url=about:blank">'),
        PageError,
        "goes elsewhere: a <meta> refreshes it",
    ),
    "script throws": (
        composition("<script>throw new Error('kaputt at load')</script>"),
        PageError,
        "kaputt at load",
    ),
    "promise rejects": (
        composition("<script>Promise.reject(new Error('kaputt later'))</script>"),
        PageError,
        "kaputt later",
    ),
    "syntax error": (composition("<script>}{</script>"), PageError, "SyntaxError"),
    "script throws while seeking": (
        composition(
            "<script>addEventListener('hf-seek',(e)=>"
            "{if(e.detail.time>0.5)throw new Error('kaputt mid-way')})</script>"
        ),
        PageError,
        "kaputt mid-way",
    ),
    "timeline never registers": (NO_TIMELINE, PageError, "no timeline was registered"),
    "file missing": (composition('<img src="no.png">'), PageError, "no.png"),
    "script missing": (
        composition('<script src="lib/none.js"></script>'),
        PageError,
        "lib/none.js",
    ),
    "broken image": (composition('<img src="broken.png">'), PageError, "broken.png"),
    "no such package": (
        composition(
            '<script src="https://unpkg.com/hyperframes-dist-no-such-package@1.0.0/x.js">'
            "</script>"
        ),
        ResolveError,
        "hyperframes-dist-no-such-package",
    ),
    "no such host": (
        composition(
            '<script src="https://no-such-host.invalid/x.js?key=s3cret"></script>'
        ),
        ResolveError,
        "no-such-host.invalid",
    ),
    "video missing": (
        composition('<video id="v" src="a.mp4"></video>'),
        PageError,
        "a.mp4",
    ),
    "audio missing": (
        composition('<audio id="a" src="a.mp3"></audio>'),
        PageError,
        "a.mp3",
    ),
    "inserted audio missing": (
        composition("<script>document.body.append(new Audio('b.mp3'))</script>"),
        PageError,
        "b.mp3",
    ),
    "audio nobody can play": (
        composition('<audio id="a" src="broken.png"></audio>'),
        PageError,
        'id="a"',
    ),
    "leaves the page": (
        composition("<script>location.href='https://no-such-host.invalid/'</script>"),
        HyperframesError,
        "",
    ),
}


@pytest.mark.parametrize("name", sorted(PROJECTS))
def test_project_is_refused_by_name(renderer, tmp_path, name):
    """The error's class says who must act, its text says on what; nothing is left."""
    html, kind, text = PROJECTS[name]
    project = write_project(
        tmp_path / "project", html, **{"broken.png": b"not a picture"}
    )
    limits = hf.Limits(ready_seconds=5)
    began = time.monotonic()

    with pytest.raises(kind) as caught:
        renderer.plan(project, tmp_path / "plan", hf.RenderConfig(limits=limits))

    assert text in str(caught.value)
    assert "s3cret" not in str(caught.value)
    assert time.monotonic() - began < 20
    assert [path.name for path in tmp_path.iterdir()] == ["project"]


def test_a_page_cannot_change_what_it_is_asked(renderer, tmp_path):
    """A script that writes over the renderer's own words changes nothing of the film."""
    writing = (
        "<script>for (const name of ['__hfd', '__HF_VIRTUAL_TIME__']) {"
        "window[name] = null; for (const key in window[name]) window[name][key] = () => 7;"
        "}</script>"
    )
    plain = write_project(tmp_path / "plain", composition("text"))
    changed = write_project(tmp_path / "changed", composition("text" + writing))

    films = [
        renderer.render(project, tmp_path / f"{project.name}.mp4", fps=5).sha256
        for project in (plain, changed)
    ]

    assert films[0] == films[1]


@pytest.mark.parametrize(
    ("entry", "text"),
    [
        ("missing.html", "missing.html"),
        ("../outside.html", "outside"),
        ("link.html", "link"),
    ],
)
def test_entry_must_be_in_the_project(renderer, tmp_path, entry, text):
    """A document elsewhere is not read, however it is named."""
    project = write_project(tmp_path / "project", composition())
    (tmp_path / "outside.html").write_text(composition())
    (project / "link.html").symlink_to(tmp_path / "outside.html")

    with pytest.raises(InputError, match=text):
        renderer.plan(project, tmp_path / "plan", hf.RenderConfig(entry_file=entry))


def test_a_page_that_hangs_meets_the_deadline(tmp_path):
    """An endless script costs the caller's deadline, and no browser is left."""
    from hyperframes_dist.errors import DeadlineExceeded

    html = composition("<script>for(;;){}</script>")
    project = write_project(tmp_path / "project", html)
    began = time.monotonic()

    with pytest.raises(DeadlineExceeded):
        hf.plan(project, tmp_path / "plan", deadline=began + 2)

    assert time.monotonic() - began < 15


@pytest.fixture(scope="module")
def made(renderer, tmp_path_factory) -> Path:
    """A project, its plan of two chunks, and those, rendered."""
    folder = tmp_path_factory.mktemp("made")
    project = write_project(folder / "project", composition(duration=1))
    config = hf.RenderConfig(fps=4, chunks=2, segment_seconds=0.5)
    planned = renderer.plan(project, folder / "plan", config)
    (folder / "chunks").mkdir()
    for index in range(planned.chunk_count):
        renderer.render_chunk(planned.path, index, folder / f"chunks/{index}.mp4")
    return folder


@pytest.fixture
def planned(made, tmp_path):
    """A plan of two chunks that a test may spoil."""
    for name in ("project", "plan"):
        shutil.copytree(made / name, tmp_path / name)
    return hf.verify_plan(tmp_path / "plan")


@pytest.fixture
def chunks(made, tmp_path):
    """Its chunks, rendered."""
    shutil.copytree(made / "chunks", tmp_path, dirs_exist_ok=True)
    return [tmp_path / "0.mp4", tmp_path / "1.mp4"]


@pytest.mark.parametrize("index", [-1, 2, 1.0, True, "0"])
def test_index_out_of_range(renderer, planned, tmp_path, index):
    """Only the plan's own chunks can be rendered."""
    with pytest.raises(InputError, match="0 to 1"):
        renderer.render_chunk(planned.path, index, tmp_path / "x.mp4")


@pytest.mark.parametrize("name", ["0.webm", "0.mov", "0.GIF", "0.tar", "0.png", "."])
def test_a_chunk_is_named_as_what_it_is(renderer, planned, tmp_path, name):
    """A part of an mp4 that is called by another format would be taken for one."""
    with pytest.raises(InputError, match=r"name it 0\.mp4|such as 0000\.mp4"):
        renderer.render_chunk(planned.path, 0, tmp_path / name)


def test_partial_plan_is_refused(renderer, planned, tmp_path):
    """A plan directory that was copied in part names what is missing."""
    (planned.path / "compiled/index.html").unlink()

    with pytest.raises(PlanIncompleteError, match=r"compiled/index\.html"):
        renderer.render_chunk(planned.path, 0, tmp_path / "0.mp4")


def test_missing_plan_is_refused(renderer, tmp_path):
    """No directory, or one without a manifest, is no plan."""
    with pytest.raises(InputError, match="nowhere"):
        renderer.render_chunk(tmp_path / "nowhere", 0, tmp_path / "0.mp4")
    with pytest.raises(PlanIncompleteError, match=r"plan\.json"):
        renderer.render_chunk(tmp_path, 0, tmp_path / "0.mp4")


def test_a_plan_is_written_once(renderer, planned, tmp_path):
    """Planning into a place that is taken is refused; what is there stays."""
    with pytest.raises(InputError, match="exists already"):
        renderer.plan(tmp_path / "project", planned.path)

    assert planned == hf.verify_plan(planned.path)


def damage_truncated(paths):
    data = paths[0].read_bytes()
    paths[0].write_bytes(data[: len(data) // 2])


def damage_flipped(paths):
    data = bytearray(paths[1].read_bytes())
    data[-10] ^= 1
    paths[1].write_bytes(data)


def damage_sidecar_gone(paths):
    (paths[1].parent / "1.mp4.json").unlink()


def damage_sidecar_other(paths):
    (paths[1].parent / "1.mp4.json").write_text("{}")


def damage_sidecar_edited(paths):
    sidecar = paths[0].parent / "0.mp4.json"
    row = json.loads(sidecar.read_text())
    sidecar.write_text(json.dumps({**row, "frame_count": 3}))


def damage_order(paths):
    paths.reverse()


def damage_count(paths):
    paths.pop()


def damage_twice(paths):
    paths[1] = paths[0]


def damage_gone(paths):
    paths[0].unlink()


DAMAGES = [
    damage_truncated,
    damage_flipped,
    damage_sidecar_gone,
    damage_sidecar_other,
    damage_sidecar_edited,
    damage_order,
    damage_count,
    damage_twice,
    damage_gone,
]


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_chunks_are_checked_before_they_are_joined(planned, chunks, tmp_path, damage):
    """A chunk that is not the rendered one, in its place, publishes nothing."""
    damage(chunks)

    with pytest.raises(AssembleError):
        hf.assemble(planned.path, chunks, tmp_path / "out.mp4")

    assert not (tmp_path / "out.mp4").exists()


def test_chunk_of_another_plan_is_refused(renderer, planned, chunks, tmp_path):
    """The content hash in the sidecar is the plan's, or the chunk is somebody else's."""
    project = write_project(tmp_path / "other", composition("<b></b>", duration=1))
    config = hf.RenderConfig(fps=4, chunks=2, segment_seconds=0.5)
    other = renderer.plan(project, tmp_path / "other-plan", config)
    renderer.render_chunk(other.path, 1, tmp_path / "1.mp4")

    with pytest.raises(AssembleError, match="content hash"):
        hf.assemble(planned.path, chunks, tmp_path / "out.mp4")


class _Darker(hf.HeadlessShell):
    """The shell of the plan, with an argument of its own."""

    def args(self) -> tuple[str, ...]:
        return ("--force-dark-mode",)


@pytest.mark.parametrize("tool", ["ffmpeg", "chrome", "chrome's arguments"])
def test_other_tools_are_refused_before_a_browser_boots(
    planned, tmp_path, monkeypatch, tool
):
    """Equal bytes are promised for equal tools, so others are not even started."""
    from hyperframes_dist._planned import toolchain as _toolchain
    from hyperframes_dist._render import warm as _warm

    fake = tmp_path / "fake"
    fake.write_text("#!/bin/sh\nexit 1\n")
    fake.chmod(0o755)
    monkeypatch.setattr(_warm, "launch", None)
    others = {
        "chrome": hf.HeadlessShell(fake),
        "chrome's arguments": _Darker(hf.default_chrome().executable()),
    }
    if tool == "ffmpeg":
        monkeypatch.setattr(_toolchain, "find_ffmpeg", lambda: fake)

    with pytest.raises(ToolchainMismatchError) as caught:
        hf.render_chunk(planned.path, 0, tmp_path / "0.mp4", chrome=others.get(tool))

    assert tool == caught.value.tool


@pytest.mark.parametrize("store", ["s3://bucket/films", "file://host/films", "own://x"])
def test_a_store_elsewhere_is_refused_by_name(tmp_path, store):
    """Nothing is kept in a directory that happens to be called like an address."""
    project, output = tmp_path / "project", tmp_path / "film.mp4"

    with pytest.raises(InputError, match=r"engines\.render|file:///absolute"):
        hf.render(project, output, store=store)
    with pytest.raises(InputError, match=r"engines\.render|file:///absolute"):
        hf.render_chunk(tmp_path / "plan", 0, output, store=store)


@pytest.mark.parametrize(
    ("place", "text"),
    [
        ("a" * 252 + ".mp4", "too long"),
        ("/dev/null/film.mp4", "Not a directory"),
        ("/proc/film.mp4", "cannot be written"),
        ("two\nlines/film.mp4", "line break"),
    ],
)
def test_an_output_that_cannot_be_is_refused_at_once(renderer, tmp_path, place, text):
    """Before anything is planned or drawn, and as the caller's to mend."""
    project = write_project(tmp_path / "project", composition())
    seen: list[hf.Progress] = []

    with pytest.raises(InputError, match=text):
        renderer.render(project, tmp_path / place, progress=seen.append)

    assert seen == []


def test_names_of_any_kind_can_be_written(renderer, tmp_path):
    """As long as the file system takes, or with a line break in it."""
    project = write_project(tmp_path / "project", composition())
    names = ["a" * 251 + ".mp4", "two\nlines.mp4"]

    films = [renderer.render(project, tmp_path / name, fps=5) for name in names]

    assert len({film.sha256 for film in films}) == 1
    assert {"project", *names} == {path.name for path in tmp_path.iterdir()}
