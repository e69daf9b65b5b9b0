"""Nested compositions, checked by arithmetic: a bar as wide as its own time is late."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path

import numpy as np
import pytest

import hyperframes_dist as hf
from hyperframes_dist._files import default_cache
from hyperframes_dist._npm import fetch_package
from hyperframes_dist.errors import InputError, PageError
from hyperframes_dist.progress import Control
from pages import GSAP, composition
from video import decode_grey, decode_rgb

WIDTH, HEIGHT, FPS = 200, 16, 10
WHITE = (
    "position:absolute;left:0;top:0;width:200px;height:16px;background:#fff;"
    "transform-origin:0 0"
)
GSAP_TAG = f'<script src="{GSAP}"></script>'
MAIN = "<script>window.__timelines.main=gsap.timeline({paused:true})</script>"


def root(
    body: str, *, duration: object = 2, head: str = GSAP_TAG, height=HEIGHT
) -> str:
    """An entry document with an empty timeline of its own around *body*."""
    return composition(
        body + MAIN, head=head, width=WIDTH, height=height, duration=duration, root=""
    )


def host(src: str, name: str = "bar", *, start: object = 0, rest: str = "") -> str:
    """An element that mounts *src*."""
    return (
        f'<div data-composition-id="{name}" data-composition-src="{src}" '
        f'data-start="{start}" data-width="{WIDTH}" data-height="{HEIGHT}" {rest}></div>'
    )


def bar(
    name: str = "bar", *, seconds: object = 1, inner: str = "", css: str = ""
) -> str:
    """A file in template form: a bar that is full after *seconds*, and is gone before."""
    return (
        f'<template><div data-composition-id="{name}" data-width="{WIDTH}" '
        f'data-height="{HEIGHT}" style="position:relative"><div class="bar" id="bar"></div>'
        f"{inner}<style>.bar{{{WHITE};transform:scaleX(0)}}{css}</style><script>"
        f"const tl=gsap.timeline({{paused:true}});tl.fromTo('#bar',{{scaleX:0}},"
        f"{{scaleX:1,duration:{seconds},ease:'none'}},0);"
        f"window.__timelines['{name}']=tl</script></div></template>"
    )


def write(folder: Path, **files: object) -> Path:
    """A project: ``index`` is its entry, ``a__b`` is ``a/b.html``; bytes as they are."""
    for name, data in files.items():
        path = folder / name.replace("__", "/")
        path = path if isinstance(data, bytes) else path.with_suffix(".html")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data if isinstance(data, bytes) else str(data).encode())
    return folder


def frames_of(renderer, tmp_path, project, *, height=HEIGHT, **settings):
    """The grey frames of *project*, drawn in three chunks out of order."""
    config = hf.RenderConfig(
        fps=FPS, chunks=3, segment_seconds=0.5, quality="high", **settings
    )
    planned = renderer.plan(project, tmp_path / "plan", config)
    paths = [tmp_path / f"{index}.mp4" for index in range(planned.chunk_count)]
    for index in reversed(range(planned.chunk_count)):
        renderer.render_chunk(planned.path, index, paths[index])
    output = hf.assemble(planned.path, paths, tmp_path / "out.mp4")
    return decode_grey(output.path, WIDTH, height)


def widths_of(frames, row=8):
    """How much of *row* is white, by frame."""
    return [int((frame[row] > 128).sum()) for frame in frames]


def assert_close(wanted, found):
    """Equal lengths, and no width more than a pixel off."""
    assert len(wanted) == len(found)
    assert np.abs(np.array(wanted) - found).max() <= 1


def ramp(start, stop, *, seconds=1.0, offset=0.0, rate=1.0, total=2):
    """Widths of a bar shown in ``[start, stop)`` that is full after *seconds*."""
    times = [frame / FPS for frame in range(FPS * total)]
    local = [offset + (time - start) * rate for time in times]
    return [
        WIDTH * min(1, x / seconds) if start - 1e-9 <= t < stop - 1e-9 else 0
        for t, x in zip(times, local, strict=True)
    ]


def test_host_has_start_and_duration(renderer, tmp_path):
    """A mounted file runs from its host's start and is seen for its host's duration."""
    page = root(host("parts/bar.html", start=0.5, rest='data-duration="0.8"'))
    project = write(tmp_path / "project", index=page, parts__bar=bar())

    frames = frames_of(renderer, tmp_path, project)

    assert_close(ramp(0.5, 1.3), widths_of(frames))


def test_host_has_playback_start_and_rate(renderer, tmp_path):
    """A host may begin inside of its file and run it at another rate."""
    timing = 'data-playback-start="0.2" data-playback-rate="0.5"'
    page = root(host("bar.html", start=0.5, rest=timing))
    project = write(tmp_path / "project", index=page, bar=bar())

    frames = frames_of(renderer, tmp_path, project)

    assert_close(ramp(0.5, 1.5, offset=0.2, rate=0.5), widths_of(frames))


@pytest.mark.parametrize(
    ("expression", "start"), [("intro", 0.5), ("intro + 0.3", 0.8), ("intro - 0.2", 0.3)]
)
def test_host_starts_after_another_clip(renderer, tmp_path, expression, start):
    """A host's start may be an expression over another clip."""
    page = root(
        '<div id="intro" data-start="0.1" data-duration="0.4"></div>'
        + host("bar.html", start=expression)
    )
    project = write(tmp_path / "project", index=page, bar=bar())

    frames = frames_of(renderer, tmp_path, project)

    assert_close(ramp(start, start + 1), widths_of(frames))


def test_three_files_deep(renderer, tmp_path):
    """Starts add up, whatever folder a file lies in; paths are the project's."""
    files = {
        "index": root(host("a/one.html", "one", start=0.2)),
        "a__one": bar("one", seconds=9, inner=host("a/b/two.html", "two", start=0.3)),
        "a__b__two": bar(
            "two", seconds=9, inner=host("three.html", "three", start=0.1)
        ),
        "three": bar("three"),
    }
    project = write(tmp_path / "project", **files)

    frames = frames_of(renderer, tmp_path, project)

    outer = np.maximum(ramp(0.2, 2, seconds=9), ramp(0.5, 2, seconds=9))
    assert_close(np.maximum(outer, ramp(0.6, 1.6)), widths_of(frames))
