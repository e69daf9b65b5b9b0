"""Names that mean something in a whole document are each mounted file's own."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

import hyperframes_dist as hf
from hyperframes_dist._compile.own_names import Renamed
from mounts import host, root, row_of, write

PART = 'data-composition-id="{name}" data-width="200" data-height="16" data-no-timeline'


@pytest.fixture(scope="module")
def renderer():
    """One that every test here shares."""
    with hf.Renderer(workers=1) as renderer:
        yield renderer


def part(name: str, body: str) -> str:
    """A file in template form that owes no timeline."""
    return f"<template><div {PART.format(name=name)}>{body}</div></template>"


def colours(renderer, project, *points, at=0):
    """The colours at *points* of the frame at *at* seconds."""
    data = renderer.still(project, at, fps=10).data
    picture = np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).astype(int)
    return [tuple(map(int, picture[y, x])) for x, y in points]


RED, BLUE, GREEN, BLACK = (255, 0, 0), (0, 0, 255), (0, 255, 0), (0, 0, 0)
SHAPES = """<style>.half{{clip-path:url(#clip);position:absolute;left:0;top:0;width:200px;
height:8px;background:{colour}}}#stop{{stop-color:{colour}}}</style><div class="half"></div>
<svg width="200" height="16" style="position:absolute;left:0;top:0"><defs>
<linearGradient id="paint"><stop id="stop" offset="0"/></linearGradient>
<clipPath id="clip"><rect x="{x}" width="100" height="16"/></clipPath>
<rect id="shape" x="{x}" y="8" width="100" height="8"/></defs>
<use href="#shape" fill="url(#paint)"/></svg>"""


def test_references_mean_their_own_files_elements(renderer, tmp_path):
    """Two files with gradients, clips and shapes of one name each have their own."""
    project = write(
        tmp_path / "project",
        index=root(row_of("a.html", "a", 0) + row_of("b.html", "b", 1), height=32),
        a=part("a", SHAPES.format(colour="#f00", x=0)),
        b=part("b", SHAPES.format(colour="#00f", x=100)),
    )

    seen = colours(
        renderer, project, *((x, y) for y in (4, 12, 20, 28) for x in (50, 150))
    )

    assert [RED, BLACK] * 2 + [BLACK, BLUE] * 2 == seen


def test_a_file_mounted_twice_is_two(renderer, tmp_path):
    """What one mount's script does to its own, and writes later, is not the other's."""
    script = """<svg width="200" height="16"><g id="in"></g></svg><script>
      const { n } = window.__hyperframes.getVariables();
      document.getElementById("in").innerHTML =
        '<linearGradient id="late"><stop offset="0"/></linearGradient>' +
        '<rect width="100" height="16" fill="url(#late)"/>';
      document.querySelector("#late stop").style.stopColor = n;
    </script>"""
    mounts = [
        row_of(
            "a.html", f"m{n}", n, rest=f'data-variable-values=\'{{"n":"{colour}"}}\''
        )
        for n, colour in enumerate(("red", "blue"))
    ]
    project = write(
        tmp_path / "project",
        index=root("".join(mounts), height=32),
        a=part("a", script),
    )

    assert [RED, BLUE] == colours(renderer, project, (50, 8), (50, 24))


def test_a_file_may_share_its_hosts_id(renderer, tmp_path):
    """An id of a host's or of the document's is not taken from the file's own element."""
    inside = (
        '<svg width="200" height="16"><clipPath id="scene"><rect width="50" height="16"/>'
        '</clipPath><rect width="200" height="16" fill="#0f0" clip-path="url(#scene)"/></svg>'
    )
    page = root(host("a.html", "a", rest='id="scene"'))
    project = write(tmp_path / "project", index=page, a=part("a", inside))

    assert [GREEN, BLACK] == colours(renderer, project, (25, 8), (100, 8))


def test_movements_of_one_name_are_each_files_own(renderer, tmp_path):
    """By a rule, by a variable, by an attribute and by a script."""
    ways = (
        "<style>.b{animation:move 1s linear both}</style><i class=b></i>",
        "<style>.b{--a:move 1s linear both;animation:var(--a)}</style><i class=b></i>",
        '<i class=b style="animation:move 1s linear both"></i>',
        """<i class=b id=b></i><script>document.getElementById("b").style.animation =
          "move 1s linear both"</script>""",
    )
    style = (
        "<style>.b{{position:absolute;left:0;top:0;width:10px;height:16px;"
        "background:#f00}}@keyframes move{{from{{left:{0}px}}to{{left:{0}px}}}}</style>"
    )
    files = {
        f"p{n}": part(f"p{n}", style.format(20 * n) + way) for n, way in enumerate(ways)
    }
    rows = "".join(row_of(f"p{n}.html", f"p{n}", n) for n in range(len(ways)))
    project = write(tmp_path / "project", index=root(rows, height=64), **files)

    seen = colours(
        renderer, project, *((20 * n + 5, 16 * n + 8) for n in range(4)), at=0.5
    )

    assert [RED] * 4 == seen


def test_a_script_keeps_what_only_looks_like_a_name():
    """Colours, longer names and words stay."""
    names = Renamed(
        ids={"fade": "fade__hf1", "in": "in__hf1"}, keyframes={"in": "in__hf1"}
    )

    text = names.in_script(
        "a='#fade'; b='url(#fade)'; c='#inner'; d='in'; e.style.animation='in 1s ease-in'"
    )

    assert text == (
        "a='#fade'; b='url(#fade__hf1)'; c='#inner'; d='in'; "
        "e.style.animation='in__hf1 1s ease-in'"
    )
