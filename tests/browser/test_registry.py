"""A registry of timelines that its author makes a list or a Map."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

import hyperframes_dist as hf
from pages import GSAP, composition, write_project

CARD = "<div id=card style='position:absolute;width:10px;height:32px;background:#f00'></div>"
MADE = (
    f"{CARD}<script>const tl = gsap.timeline({{ paused: true, id: 'main' }});"
    "tl.to('#card', {{ x: 40, duration: 1, ease: 'none' }}, 0);{0}</script>"
)


def project_of(tmp_path, script: str):
    """A card that goes 40 pixels in a second, by a timeline *script* registers."""
    body = MADE.replace("{{", "{").replace("}}", "}").replace("{0}", script)
    html = composition(body, head=f'<script src="{GSAP}"></script>', root="")
    return write_project(tmp_path / "project", html)


@pytest.mark.sampled(2)
@pytest.mark.parametrize(
    "script",
    [
        "window.__timelines = []; window.__timelines['main'] = tl;",
        "window.__timelines = [tl];",
        "window.__timelines = []; window.__timelines.push(tl);",
        "window.__timelines = [gsap.timeline({ paused: true, id: 'other' }), tl];",
        "window.__timelines = new Map([['main', tl]]);",
        "window.__timelines = new Map(); window.__timelines.set('main', tl);",
    ],
)
def test_a_timeline_in_a_list_is_found_where_it_says_whose_it_is(
    renderer, tmp_path, script
):
    """By a name it is put under, by its own id, or as the only one of the document."""
    project = project_of(tmp_path, script)

    picture = renderer.still(project, at=0.5, fps=10)

    assert [] == [f for f in hf.check(project).findings if f.severity != "note"]
    shown = np.asarray(Image.open(io.BytesIO(picture.data)).convert("RGB"))
    assert list(range(20, 30)) == np.flatnonzero(shown[5, :, 0] > 200).tolist()


@pytest.mark.parametrize(
    "script",
    [
        "window.__timelines = [tl, gsap.timeline()];",
        "window.__timelines = [['main', tl]];",
        "window.__timelines = [{ id: 'main', timeline: tl }];",
        "window.__timelines = new Set(); window.__timelines.add(tl);",
    ],
)
def test_a_list_that_tells_no_names_is_refused_with_its_line(tmp_path, script):
    """Whose timelines those are cannot be known."""
    found = hf.check(project_of(tmp_path, script)).errors

    assert {"HF414"} == {f.code for f in found}
    assert 'window.__timelines["id"] = timeline' in found[0].hint
