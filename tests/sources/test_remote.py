"""
Whatever way a page asks for a remote address, its bytes are frozen and drawn.

Each page lights a white bar only if what it asked for arrived; the sources are gone before a
chunk is rendered.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import attrs
import pytest

import hyperframes_dist as hf
from lottie import lottie_data
from mounts import PIXEL
from packages import put_package
from pages import LOTTIE, composition, write_project
from video import decode_grey

WIDTH, HEIGHT, FPS = 200, 16, 4
HOST = "https://assets.example.com"
BAR = '<div id="bar" style="position:absolute;inset:0 auto 0 0;background:#fff"></div>'
SHEET = '<div id="sheet"></div>'
ALWAYS, LAST = [WIDTH] * FPS, [0] * (FPS - 1) + [WIDTH]
FILL = "position:absolute;inset:0;width:100%;height:100%"
# (module (func (export "width") (result i32) i32.const 100))
WASM = bytes.fromhex(
    "0061736d 01000000 0105 01 60 00 01 7f 0302 01 00 0709 01 05 7769647468 00 00"
    "0a07 01 05 00 41 e400 0b"
)
GROW = "document.getElementById('bar').style.width='100%'"


@attrs.frozen
class Page:
    """A body and a head, the files of *HOST* they need, and the widths of each frame."""

    body: str
    files: dict[str, bytes] = attrs.field(factory=dict)
    head: str = ""
    widths: list[int] = attrs.field(factory=lambda: ALWAYS)
    others: tuple[str, ...] = ()


def late(work: str) -> str:
    """A script that does *work*, a promise, once the last frame is reached."""
    return f"""<script>
      let done = false;
      addEventListener("hf-seek", ({{ detail }}) => {{
        if (detail.time < 0.75 || done) return;
        done = true;
        detail.waitUntil({work});
      }});
    </script>"""


SHEETS = {
    "css/a.css": b'@import "b.css";',
    "css/b.css": b"@import url(../deep/c.css) screen;",
    "deep/c.css": b"#sheet{position:absolute;inset:0;background:url(img/w.png)}",
    "deep/img/w.png": PIXEL,
}
PAGES = {
    "srcset": Page(
        f'<img srcset="{HOST}/one.png 1x, {HOST}/two.png 2x" style="{FILL}">',
        {"one.png": PIXEL},
    ),
    "picture": Page(
        f'<picture><source media="(min-width:1px)" srcset="{HOST}/w.png">'
        f'<img src="{HOST}/none.png" style="{FILL}"></picture>',
        {"w.png": PIXEL},
    ),
    "image of an SVG": Page(
        f'<svg style="{FILL}" viewBox="0 0 9 9" preserveAspectRatio="none"><image '
        f'href="{HOST}/w.png" width="9" height="9" preserveAspectRatio="none"/></svg>',
        {"w.png": PIXEL},
    ),
    "style attribute": Page(
        f'<div style="{FILL};background:url({HOST}/w.png)"></div>', {"w.png": PIXEL}
    ),
    "inline sheet": Page(
        f"{SHEET}<style>#sheet{{{FILL};background:url({HOST}/w.png)}}</style>",
        {"w.png": PIXEL},
    ),
    "linked sheet that imports": Page(
        SHEET, SHEETS, f'<link rel="stylesheet" href="{HOST}/css/a.css">'
    ),
    "inline sheet that imports": Page(
        SHEET, SHEETS, f'<style>@import url("{HOST}/css/a.css");</style>'
    ),
    "fetched JSON": Page(
        f"{BAR}<script>window.__tailwindReady = fetch('{HOST}/data.json?v=1')"
        ".then((answer) => answer.json())"
        ".then(({ wide }) => { document.getElementById('bar').style.width = wide })</script>",
        {"data.json": b'{"wide": "100%"}'},
    ),
    "modules that import each other": Page(
        f'{BAR}<script type="module" src="{HOST}/m/main.js"></script>',
        {
            "m/main.js": b'import { grow } from "./lib/grow.js"; grow();',
            "m/lib/grow.js": b'export * from "../inner.mjs";',
            "m/inner.mjs": f"export const grow = () => {{ {GROW} }};".encode(),
        },
    ),
    "import map": Page(
        f'{BAR}<script type="module">import half from "half"; import {{ whole }} from '
        '"kit/whole.js"; document.getElementById("bar").style.width = half + whole;</script>',
        {
            "half.js": b'export default "10";',
            "kit/v2/whole.js": b'export const whole = "0%";',
        },
        '<script type="importmap">'
        + json.dumps(
            {"imports": {"half": f"{HOST}/half.js", "kit/": f"{HOST}/kit/v2/"}}
        )
        + "</script>",
    ),
    "late import": Page(
        BAR + late(f"import('{HOST}/late.js').then((late) => late.grow())"),
        {"late.js": f"export const grow = () => {{ {GROW} }};".encode()},
        widths=LAST,
    ),
    "late image": Page(
        late(
            f"Object.assign(new Image(), {{src: '{HOST}/w.png', onload() {{"
            f"this.style = '{FILL}'; document.getElementById('root').append(this)}}}})"
            ".decode()"
        ),
        {"w.png": PIXEL},
        widths=LAST,
    ),
    "Lottie file": Page(
        f'<div id="stage" style="{FILL}"></div><script>window.__hfLottie=[lottie.'
        "loadAnimation({container:document.getElementById('stage'),renderer:'svg',"
        f"loop:false,autoplay:false,path:'{HOST}/data.json'}})]</script>",
        {"data.json": lottie_data().encode()},
        f'<script src="{LOTTIE}"></script>',
        # A white rectangle that takes two seconds, in twenty of its own frames.
        [0, 25, 50, 75],
        (LOTTIE,),
    ),
    "WebAssembly": Page(
        f"{BAR}<script>window.__tailwindReady = "
        f"WebAssembly.instantiateStreaming(fetch('{HOST}/w.wasm')).then(({{ instance }}) => "
        "{ document.getElementById('bar').style.width = instance.exports.width() + '%' })"
        "</script>",
        {"w.wasm": WASM},
    ),
}


def render(renderer, tmp_path: Path, html: str, config: hf.RenderConfig) -> hf.Plan:
    """Plan a project, take its sources away, and render it to ``out.mp4``."""
    project = write_project(tmp_path / "project", html)
    planned = renderer.plan(project, tmp_path / "plan", config)
    shutil.rmtree(project)
    shutil.rmtree(tmp_path / "overrides", ignore_errors=True)
    renderer.render_chunk(planned.path, 0, tmp_path / "0.mp4")
    hf.assemble(planned.path, [tmp_path / "0.mp4"], tmp_path / "out.mp4")
    return planned


def widths_in(path: Path) -> list[int]:
    """How much of its middle row each frame shows white."""
    frames = decode_grey(path, WIDTH, HEIGHT)
    return [int((frame[8] > 128).sum()) for frame in frames]


@pytest.mark.sampled(4)
@pytest.mark.parametrize("name", PAGES)
def test_remote_bytes_are_frozen_and_drawn(renderer, tmp_path, name):
    """Exactly the addresses that were asked for are in the plan, and the frames show them."""
    page = PAGES[name]
    for path, data in page.files.items():
        target = tmp_path / "overrides/assets.example.com" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    html = composition(page.body, head=page.head, width=WIDTH, height=HEIGHT)
    config = hf.RenderConfig(fps=FPS, overrides_dir=tmp_path / "overrides")

    planned = render(renderer, tmp_path, html, config)

    asked = {address.partition("?")[0] for address in planned.sources}
    assert {*page.others, *(f"{HOST}/{path}" for path in page.files)} == asked
    found = widths_in(tmp_path / "out.mp4")
    assert all(abs(a - b) <= 1 for a, b in zip(page.widths, found, strict=True)), found


def test_modules_of_a_package_import_each_other(renderer, tmp_path, cache):
    """A relative import at a CDN is another file of the same release."""
    own = tmp_path / "cache"
    files = {
        "main.js": b'import { grow } from "./lib/grow.js"; grow();',
        "lib/grow.js": f"export const grow = () => {{ {GROW} }};".encode(),
    }
    put_package(own, "kit", "1.0.0", files)
    for path in (cache / "npm").glob("hyperframes@*"):
        shutil.copy(path, own / "npm")
    address = "https://cdn.jsdelivr.net/npm/kit@1.0.0"
    body = f'{BAR}<script type="module" src="{address}/main.js"></script>'
    html = composition(body, width=WIDTH, height=HEIGHT)

    planned = render(renderer, tmp_path, html, hf.RenderConfig(fps=FPS, cache_dir=own))

    assert planned.sources == {
        f"{address}/{path}": f"npm:kit@1.0.0/{path}" for path in files
    }
    assert planned.warnings == ()
    assert widths_in(tmp_path / "out.mp4") == ALWAYS


def test_a_finer_picture_is_another_candidate(renderer, tmp_path):
    """At twice the pixels a ``srcset`` asks for its second address."""
    folder = tmp_path / "overrides/assets.example.com"
    folder.mkdir(parents=True)
    (folder / "two.png").write_bytes(PIXEL)
    html = composition(PAGES["srcset"].body, width=WIDTH, height=HEIGHT)
    config = hf.RenderConfig(
        fps=FPS, overrides_dir=tmp_path / "overrides", output_scale=2
    )

    planned = render(renderer, tmp_path, html, config)

    assert {*planned.sources} == {f"{HOST}/two.png"}
