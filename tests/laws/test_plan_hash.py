"""
The law of the plan hash: it names every byte of a plan, and nothing but the plan.

Each plan here is made by a real browser from a real directory.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import hyperframes_dist as hf
from hyperframes_dist import Limits, RenderConfig
from hyperframes_dist._model.codec import canonical_json
from hyperframes_dist._tools.files import list_files
from hyperframes_dist.errors import (
    InputError,
    PlanError,
    PlanIncompleteError,
    PlanIntegrityError,
)
from strategies import SEEK_PAGE, plannable, projects, write_links, write_tree

REMOTE = "https://assets.example.com/lib.js?v=2"


@pytest.fixture(scope="module")
def place() -> Iterator[Callable[[], Path]]:
    """Makes empty directories that are gone in the end; hypothesis needs many."""
    with tempfile.TemporaryDirectory() as root:
        yield lambda: Path(tempfile.mkdtemp(dir=root))


def write(folder: Path, made: tuple[dict[str, Any], dict[str, str]]) -> Path:
    """A generated project with a page that can be planned."""
    tree, links = made
    write_tree(folder, {**tree, "index.html": SEEK_PAGE.encode()})
    write_links(folder, links)
    return folder


def files_of(folder: Path) -> dict[str, bytes]:
    """Every file below *folder*, links followed, by its path."""
    found = {}
    for parent, _, names in os.walk(folder, followlinks=True):
        for name in names:
            path = Path(parent) / name
            found[path.relative_to(folder).as_posix()] = path.read_bytes()
    return found


@given(made=projects(), config=plannable())
def test_a_plan_is_named_by_what_lies_there(renderer, place, made, config):
    """Read again from every byte, the hash is the one that was recorded."""
    folder = place()
    project = write(folder / "project", made)

    plan = renderer.plan(project, folder / "plan", RenderConfig(**config))

    assert plan.plan_hash == hf.recompute_plan_hash(plan.path)
    assert plan == hf.verify_plan(plan.path)
    assert config["variables"] == plan.content.variables


@given(made=projects())
def test_a_plan_holds_the_project_and_nothing_else(renderer, place, made):
    """Each file of the project, links followed, byte by byte; no work file beside."""
    folder = place()
    project = write(folder / "project", made)

    plan = renderer.plan(project, folder / "plan")

    expected = {f"compiled/{name}" for name in files_of(project)}
    assert {"plan.json", *expected} == set(list_files(plan.path))
    for name, data in files_of(project).items():
        planned = (plan.path / "compiled" / name).read_bytes()
        assert name == "index.html" or data == planned
    assert sorted(path.name for path in folder.iterdir()) == ["plan", "project"]


@pytest.mark.thorough
@given(
    made=projects(),
    config=plannable(),
    chunks=st.just("auto") | st.integers(1, 40),
    seconds=st.integers(0, 2**31 - 1),
)
def test_place_time_and_chunks_are_not_content(
    renderer, place, made, config, chunks, seconds
):
    """One project planned elsewhere, later and in other chunks has one content hash."""
    first, second = place(), place() / "some where/else"
    one = write(first / "project", made)
    two = write(second / "other name", made)
    for path in [two, *two.rglob("*")]:
        os.utime(path, (seconds, seconds), follow_symlinks=False)
        if path.is_file() and not path.is_symlink():
            path.chmod(0o600)

    plan = renderer.plan(one, first / "plan", RenderConfig(**config))
    again = renderer.plan(
        two, second / "x", RenderConfig(**{**config, "chunks": chunks})
    )

    same = plan.manifest.schedule == again.manifest.schedule
    assert plan.content_hash == again.content_hash
    assert same == (plan.plan_hash == again.plan_hash)


@pytest.fixture(scope="module")
def original(renderer, tmp_path_factory) -> hf.Plan:
    """A plan with odd names, an empty file and a frozen remote answer."""
    folder = tmp_path_factory.mktemp("original")
    return plan_remote(renderer, folder / "project", folder / "plan", folder)


def plan_remote(
    renderer: hf.Renderer, project: Path, plan_dir: Path, folder: Path
) -> hf.Plan:
    """Plan a project whose script comes through the overrides directory."""
    script = f'<script src="{REMOTE}"></script>'
    tree = {
        "index.html": (script + SEEK_PAGE).encode(),
        "a b?#%41'\"\n.txt": b"odd",
        "empty": b"",
        "deep": {"er": {"file": b"x"}},
    }
    write_tree(project, tree)
    overrides = folder / "overrides/assets.example.com"
    write_tree(overrides, {"lib.js": b"window.lib = 1;"})
    config = RenderConfig(
        overrides_dir=folder / "overrides", variables={"a": 1}, segment_seconds=0.5
    )
    return renderer.plan(project, plan_dir, config)


@pytest.fixture
def copy(original, tmp_path) -> Path:
    """That plan, for a test to damage."""
    return Path(shutil.copytree(original.path, tmp_path / "plan"))


ARTIFACTS = [
    "compiled/index.html",
    "compiled/a b?#%41'\"\n.txt",
    "compiled/empty",
    "compiled/deep/er/file",
    "compiled/.hyperframes-dist/remote/*",
]


def find(root: Path, name: str) -> Path:
    return next(root.glob(name)) if name.endswith("*") else root / name


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes() or b"\0")
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1] if path.stat().st_size else b"\n")


def append(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"\0")


def remove(path: Path) -> None:
    path.unlink()


def rename(path: Path) -> None:
    path.rename(path.with_name("renamed"))


def move_out(path: Path) -> None:
    root = next(parent for parent in path.parents if (parent / "plan.json").exists())
    path.rename(root / "moved")


def add_beside(path: Path) -> None:
    path.with_name("added").write_bytes(b"")


def add_a_copy(path: Path) -> None:
    shutil.copyfile(path, path.with_name("copy"))


def link_elsewhere(path: Path) -> None:
    path.unlink()
    path.symlink_to("/dev/null")


def link_to_the_same(path: Path) -> None:
    other = Path(tempfile.mkdtemp()) / "same"
    path.rename(other)
    path.symlink_to(other)


def make_a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def make_a_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


MISSING = {remove, make_a_folder}
DAMAGES = [
    *(flip, truncate, append, remove, rename, move_out, add_beside, add_a_copy),
    *(link_elsewhere, link_to_the_same, make_a_folder, make_a_pipe),
]


@pytest.mark.parametrize("name", ARTIFACTS)
@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_every_change_of_a_file_shows(original, copy, name, damage):
    """Verification names the kind of damage; the hash of what lies there is another."""
    damage(find(copy, name))

    expected = PlanIncompleteError if damage in MISSING else PlanIntegrityError
    with pytest.raises(expected) as caught:
        hf.verify_plan(copy)
    assert type(caught.value) is expected
    assert not caught.value.retryable
    assert original.plan_hash != recomputed(copy)


def recomputed(plan_dir: Path) -> str | None:
    """The hash of what lies in *plan_dir*; None where that is no plan at all."""
    try:
        return hf.recompute_plan_hash(plan_dir)
    except PlanError:
        return None


def test_two_files_that_trade_places_show(original, copy):
    """The same bytes under each other's names are another plan."""
    a, b = copy / "compiled/empty", copy / "compiled/deep/er/file"
    data = a.read_bytes(), b.read_bytes()

    b.write_bytes(data[0])
    a.write_bytes(data[1])

    with pytest.raises(PlanIntegrityError):
        hf.verify_plan(copy)
    assert original.plan_hash != hf.recompute_plan_hash(copy)


def test_a_plan_may_be_copied_and_touched(original, copy):
    """Neither its place, its times nor its permissions are part of it."""
    for path in copy.rglob("*"):
        os.utime(path, (1, 1))
        path.chmod(0o500 if path.is_dir() else 0o400)

    assert original.plan_hash == hf.recompute_plan_hash(copy)
    assert original.manifest == hf.verify_plan(copy).manifest


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    for key in value if isinstance(value, dict) else range(len(value)):
        if isinstance(value[key], dict | list) and value[key]:
            yield from leaves(value[key], (*path, key))
        else:
            yield (*path, key)


def edited(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    return f"{value}0" if isinstance(value, str) else "0"


def test_every_edit_of_a_field_shows(copy):
    """Whatever value of ``plan.json`` is set to another, the plan is refused."""
    manifest = copy / "plan.json"
    raw = json.loads(manifest.read_bytes())
    paths = list(leaves(raw))

    for path in paths:
        other = json.loads(manifest.read_bytes())
        owner = other
        for key in path[:-1]:
            owner = owner[key]
        owner[path[-1]] = edited(owner[path[-1]])
        (copy / "plan.json").write_bytes(canonical_json(other) + b"\n")
        with pytest.raises(PlanIntegrityError):
            hf.verify_plan(copy)
        with pytest.raises(PlanIntegrityError):
            hf.recompute_plan_hash(copy)
        manifest.write_bytes(canonical_json(raw) + b"\n")

    assert len(paths) > 50
    hf.verify_plan(copy)


@pytest.mark.parametrize("function", [hf.verify_plan, hf.recompute_plan_hash])
def test_no_plan(tmp_path, function):
    """A directory without a manifest is incomplete; no directory is a wrong argument."""
    with pytest.raises(PlanIncompleteError, match=r"plan\.json"):
        function(tmp_path)
    with pytest.raises(InputError, match="nowhere"):
        function(tmp_path / "nowhere")


def test_a_manifest_that_is_a_link_is_refused(copy, tmp_path):
    """A plan holds its own manifest."""
    (copy / "plan.json").rename(tmp_path / "plan.json")
    (copy / "plan.json").symlink_to(tmp_path / "plan.json")

    with pytest.raises(PlanIntegrityError, match=r"plan\.json"):
        hf.verify_plan(copy)


def test_work_files_are_nowhere(renderer, original, tmp_path):
    """Planning leaves the plan alone: none of its work in it, beside it, or in its hash."""
    plan = plan_remote(
        renderer, tmp_path / "project", tmp_path / "plans/plan", tmp_path
    )

    names = list_files(plan.path)
    planned = {artifact.path for artifact in plan.content.artifacts}
    assert {*planned, "plan.json"} == set(names)
    assert [path.name for path in (tmp_path / "plans").iterdir()] == ["plan"]
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        *("overrides", "plans", "project"),
    ]
    assert original.plan_hash == plan.plan_hash
    folders = [path for path in plan.path.rglob("*") if path.is_dir()]
    assert all(any(folder.iterdir()) for folder in folders)


def test_a_remote_answer_is_frozen_once(original):
    """It lies in the plan under its digest, with its whole address and its source."""
    (request,) = original.content.requests

    assert REMOTE == request.address
    assert original.sources == {REMOTE: "overrides"}
    assert (original.path / request.path).read_bytes() == b"window.lib = 1;"


@pytest.mark.parametrize("inside", ["plan", "sub/plan", ".plan"])
def test_a_plan_in_its_own_project_does_not_hold_itself(
    renderer, original, tmp_path, inside
):
    """Neither the plan nor its work directory is a part of what is planned."""
    plan = plan_remote(
        renderer, tmp_path / "project", tmp_path / "project" / inside, tmp_path
    )

    assert original.content_hash == plan.content_hash
    assert plan == hf.verify_plan(plan.path)
    beside = {path.name for path in plan.path.parent.iterdir()}
    assert not [name for name in beside if name.startswith(f".{plan.path.name}.")]


def test_a_plan_by_a_relative_path(renderer, original, tmp_path, monkeypatch):
    """The place a caller stands in is not content either."""
    monkeypatch.chdir(tmp_path)

    plan = plan_remote(renderer, Path("project"), Path("project/plan"), Path())

    assert original.content_hash == plan.content_hash
    assert plan == hf.verify_plan("project/plan")


def test_secrets_do_not_leave_a_project(renderer, project, tmp_path):
    """History, dependencies and environments are in no plan, however deep they lie."""
    private = {
        ".git": {"config": b"s3cret"},
        "node_modules": {"x": {"index.js": b"s3cret"}},
        ".env": b"s3cret",
        ".env.production": b"s3cret",
        "__pycache__": {"x.pyc": b"s3cret"},
    }
    clean = renderer.plan(project, tmp_path / "clean")
    write_tree(project, private)
    write_tree(project / "sub", private)

    plan = renderer.plan(project, tmp_path / "plan")

    assert list_files(plan.path) == ("compiled/index.html", "plan.json")
    assert clean.plan_hash == plan.plan_hash
    assert not [p for p in plan.path.rglob("*") if p.is_file() and holds_secret(p)]


def holds_secret(path: Path) -> bool:
    return b"s3cret" in path.read_bytes()


def link_out(project: Path) -> None:
    (project / "bad").symlink_to("/etc/hostname")


def link_to_nothing(project: Path) -> None:
    (project / "bad").symlink_to("nowhere")


def link_in_a_circle(project: Path) -> None:
    (project / "bad").symlink_to(".")


def links_at_each_other(project: Path) -> None:
    (project / "bad").symlink_to("worse")
    (project / "worse").symlink_to("bad")


def not_utf8(project: Path) -> None:
    (project / os.fsdecode(b"bad\xff")).write_bytes(b"")


@pytest.mark.parametrize(
    "spoil",
    [link_out, link_to_nothing, link_in_a_circle, links_at_each_other, not_utf8],
)
def test_what_cannot_be_named_is_refused(renderer, project, tmp_path, spoil):
    """The error names the file; there is no plan, not even a part of one."""
    spoil(project)

    with pytest.raises(InputError, match="bad"):
        renderer.plan(project, tmp_path / "plan")

    assert [path.name for path in tmp_path.iterdir()] == ["project"]


BASE = {"fps": 10, "crf": 20, "segment_seconds": Fraction(1, 2)}
CONTENT_EDITS = [
    {"output_scale": 2},
    {"fps": 20},
    {"fps": "30000/1001"},
    {"quality": "draft"},
    {"quality": "high"},
    {"capture": "jpeg"},
    {"crf": 21},
    {"crf": None, "bitrate": "1M"},
    {"variables": {"a": 1}},
    {"variables": {"": None}},
    {"segment_seconds": 1},
    {"reach": "walk"},
    {"format": "gif", "crf": None, "gif_loop": 2},
    {"entry_file": "other.html"},
    {"frames": range(1, 3)},
    {"start": 0.1},
    {"end": 0.2},
]
OTHER_EDITS = [
    {"resolution": None},
    {"strict": True},
    {"strict_variables": True},
    {"fonts": "strict"},
    {"offline": True},
    {"chunks": "auto"},
    {"cache_dir": None},
    {"overrides_dir": Path("/nonexistent")},
    {"runtime": Path("/nonexistent")},
    {"limits": Limits(seconds=5, files=10, ready_seconds=9)},
    {"format": "mp4", "codec": "h264", "quality": "standard"},
    {"segment_seconds": "1/2", "fps": "20/2"},
    {"audio": False},  # Of a page that is silent anyway.
    {"start": 0},
]


@pytest.fixture(scope="module")
def two_pages(tmp_path_factory) -> Path:
    """A project with a second document."""
    page = SEEK_PAGE.encode()
    tree = {"index.html": page, "other.html": page}
    return write_tree(tmp_path_factory.mktemp("two") / "project", tree)


@pytest.fixture(scope="module")
def base(renderer, two_pages) -> hf.Plan:
    return renderer.plan(two_pages, two_pages.parent / "plan", RenderConfig(**BASE))


@pytest.mark.parametrize("edit", CONTENT_EDITS, ids=str)
def test_what_changes_the_output_changes_the_hash(
    renderer, two_pages, base, tmp_path, edit
):
    """A field that can change a byte of the video is part of its name."""
    config = RenderConfig(**{**BASE, **edit})

    plan = renderer.plan(two_pages, tmp_path / "plan", config)

    assert base.content_hash != plan.content_hash
    assert base.plan_hash != plan.plan_hash
    assert plan.plan_hash == hf.recompute_plan_hash(plan.path)


@pytest.mark.parametrize("edit", OTHER_EDITS, ids=str)
def test_what_does_not_is_not_in_it(renderer, two_pages, base, tmp_path, edit):
    """Limits, caches and unused sources leave a plan as it is."""
    config = RenderConfig(**{**BASE, **edit})

    plan = renderer.plan(two_pages, tmp_path / "plan", config)

    assert base.plan_hash == plan.plan_hash


@pytest.mark.parametrize("chunks", [1, 2, 10_000])
def test_chunks_change_the_plan_hash_alone(renderer, two_pages, base, tmp_path, chunks):
    """At most as many as there are segments, and never another content."""
    config = RenderConfig(**BASE, chunks=chunks)

    plan = renderer.plan(two_pages, tmp_path / "plan", config)

    assert min(chunks, 2) == plan.chunk_count
    assert base.content_hash == plan.content_hash
    assert (base.plan_hash == plan.plan_hash) == (plan.chunk_count == base.chunk_count)


def test_every_field_of_a_configuration_is_judged():
    """A new field must be called content or not before it can be added."""
    judged = {name for edit in (*CONTENT_EDITS, *OTHER_EDITS) for name in edit}

    assert {field.name for field in RenderConfig.__attrs_attrs__} == judged


def test_a_runtime_of_the_callers_own_is_content(renderer, tmp_path, compositions):
    """Another page runtime draws another video."""
    project = shutil.copytree(compositions / "css-spinner", tmp_path / "project")
    official = renderer.plan(project, tmp_path / "plan")
    runtime = tmp_path / "runtime.js"
    frozen = official.path / "compiled/.hyperframes-dist/runtime.js"
    runtime.write_bytes(frozen.read_bytes() + b"\n// mine\n")

    own = renderer.plan(project, tmp_path / "own", RenderConfig(runtime=runtime))

    assert official.content_hash != own.content_hash
    assert own.plan_hash == hf.recompute_plan_hash(own.path)
    planned = (own.path / "compiled/.hyperframes-dist/runtime.js").read_bytes()
    assert runtime.read_bytes() == planned


def test_a_plan_takes_nobodys_place(renderer, project, tmp_path):
    """An empty directory may be planned into, a taken one never."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken/file").write_bytes(b"x")

    plan = renderer.plan(project, tmp_path / "empty")

    assert plan == hf.verify_plan(tmp_path / "empty")
    with pytest.raises(InputError, match="exists already"):
        renderer.plan(project, tmp_path / "taken")
    assert list_files(tmp_path / "taken") == ("file",)
