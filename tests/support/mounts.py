"""Projects of several documents, and what they look like."""

from __future__ import annotations

from pathlib import Path

import hyperframes_dist as hf
from pages import GSAP, composition
from video import decode_grey

WIDTH, HEIGHT, FPS = 200, 16, 10


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


def row_of(src: str, name: str, row: int, *, start: object = 0, rest: str = "") -> str:
    """A host one bar high, *row* bars from the top."""
    style = f'style="position:absolute;left:0;top:{row * HEIGHT}px"'
    return host(src, name, start=start, rest=f"{style} {rest}")


STILL = 'data-width="200" data-height="16" data-no-timeline'


PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d4944415478"
    "9c63f8ffffff7f0009fb03fd2a86e38a0000000049454e44ae426082"
)
