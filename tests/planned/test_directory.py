"""A plan directory that was made to mislead: refused at once, and nothing else is read."""

from __future__ import annotations

import copy
import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import pytest

import hyperframes_dist as hf
from hyperframes_dist._model import manifest as model
from hyperframes_dist._model.content import Artifact
from hyperframes_dist._model.manifest import dump_manifest, parse_manifest, seal
from hyperframes_dist._planned.directory import recompute_plan_hash, verify_plan
from hyperframes_dist._render.chunk import find_chunks
from hyperframes_dist.errors import (
    AssembleError,
    HyperframesError,
    InputError,
    PlanIncompleteError,
    PlanIntegrityError,
)
from plans import CONTENT, MANIFEST, NOTES

PAGE = b"<html>"


def make_plan(folder: Path, *paths: str) -> Path:
    """A plan of one page, which names files at *paths* as well."""
    (folder / "compiled").mkdir(parents=True)
    (folder / "compiled/index.html").write_bytes(PAGE)
    digest = hashlib.sha256(PAGE).hexdigest()
    rows = tuple(
        Artifact(path=path, size=len(PAGE), sha256=digest)
        for path in sorted({"compiled/index.html", *paths})
    )
    content = attrs.evolve(CONTENT, requests=(), artifacts=rows)
    manifest = seal(content, MANIFEST.schedule, NOTES)
    (folder / "plan.json").write_bytes(dump_manifest(manifest))
    return folder


def sparse(path: Path) -> None:
    path.touch()
    os.truncate(path, 1 << 31)


INSTEAD: dict[str, Callable[[Path], Any]] = {
    "pipe": os.mkfifo,
    "device": lambda path: path.symlink_to("/dev/zero"),
    "circle": lambda path: path.symlink_to(path.name),
    "link": lambda path: path.symlink_to("/etc/hostname"),
    "folder": Path.mkdir,
    "gigabytes": sparse,
}


@pytest.mark.parametrize("look", [verify_plan, recompute_plan_hash])
@pytest.mark.parametrize("name", INSTEAD)
def test_a_manifest_is_a_file_of_bounded_size(tmp_path, name, look):
    """A pipe would be waited for, a device read without end."""
    plan = make_plan(tmp_path / "plan")
    (plan / "plan.json").unlink()
    INSTEAD[name](plan / "plan.json")

    with pytest.raises((PlanIncompleteError, PlanIntegrityError)):
        look(plan)


@pytest.mark.parametrize("name", ["pipe", "gigabytes"])
def test_a_sidecar_is_a_file_of_bounded_size(tmp_path, name):
    """What is none describes no chunk."""
    plan = verify_plan(make_plan(tmp_path / "plan"))
    INSTEAD[name](tmp_path / "0000.mp4.json")

    with pytest.raises(AssembleError, match="chunk 0 of this plan is missing"):
        find_chunks(plan, tmp_path)


@pytest.mark.parametrize(
    "path", ["compiled/" + "a" * 256, "compiled/" + "a/" * 1500 + "x"]
)
def test_names_no_file_can_have_are_refused(tmp_path, path):
    """Before the system is asked for them."""
    with pytest.raises(PlanIntegrityError, match="safe"):
        verify_plan(make_plan(tmp_path, path))


@pytest.mark.parametrize("look", [verify_plan, recompute_plan_hash])
def test_a_name_that_is_no_text_is_told(tmp_path, look):
    """As any other file that was not planned."""
    plan = make_plan(tmp_path)
    Path(os.fsdecode(bytes(plan / "compiled") + b"/\xff")).touch()

    with pytest.raises(PlanIntegrityError):
        look(plan)


def sealed(raw: dict[str, Any]) -> bytes:
    """The bytes of a ``plan.json`` whose hashes are those of whatever *raw* says."""
    raw["content_hash"] = model._digest(model._CONTENT_DOMAIN, raw["content"])
    parts = {name: raw[name] for name in ("content", "notes", "schedule")}
    raw["plan_hash"] = model._digest(model._PLAN_DOMAIN, parts)
    return model.canonical_json(raw) + b"\n"


LIES = {
    "page.duration": ["", "x", "1/0", "nan", "1e999999", "9" * 500, "1/" + "0" * 9],
    "frame_count": [2**53 - 1, 10**9 + 1, -(2**52)],
    "first_frame": [-1, 2**53 - 1],
    "segment_frames": [0, -1],
    "videos.0.runs.0.start": [2**53 - 1, -(2**53 - 1)],
    "videos.0.runs.0.first": [2**53 - 1],
    "videos.0.runs.0.step": [2**53 - 1],
    "encoder.codec": ["", "é" * 9000],
}
RUN = {"start": 0, "stop": 70, "first": 0, "step": 1}
VIDEO = {"id": "v", "folder": "v/0", "suffix": "jpg", "width": 4, "height": 4}


@pytest.mark.parametrize(
    ("field", "value"), [(field, value) for field, row in LIES.items() for value in row]
)
def test_a_sealed_lie_is_refused_when_it_is_read(field, value):
    """Whoever writes a plan can seal it; what it says is possible all the same."""
    raw = json.loads(dump_manifest(MANIFEST))
    raw["content"]["videos"] = [{**VIDEO, "runs": [{**RUN}]}]
    parse_manifest(sealed(copy.deepcopy(raw)))
    *above, last = field.split(".")
    inner = raw["content"]
    for step in above:
        inner = inner[int(step) if step.isdigit() else step]
    inner[last] = value

    with pytest.raises(PlanIntegrityError) as caught:
        parse_manifest(sealed(raw))

    assert len(str(caught.value)) < 6000


def test_as_many_segments_as_a_number_says_are_never_made():
    """A schedule may say it has them all."""
    raw = json.loads(dump_manifest(MANIFEST))
    raw["content"]["frame_count"], raw["content"]["segment_frames"] = 10**9, 1
    raw["schedule"]["chunks"] = [[0, 10**9]]

    with pytest.raises(HyperframesError, match="fewer segments"):
        parse_manifest(sealed(raw))


@pytest.mark.parametrize("value", ["a\0b", "\ud800", "x" * 5000, None, 5, b"x", []])
@pytest.mark.parametrize(
    "call",
    [
        *(verify_plan, recompute_plan_hash, hf.read_rows),
        lambda value: hf.verify_output("film.mp4", value),
        lambda value: hf.render_many(value, [], "{key}.mp4"),
    ],
)
def test_what_is_no_path_is_told(call, value):
    """Whatever the system says of it."""
    with pytest.raises(InputError, match="path"):
        call(value)
