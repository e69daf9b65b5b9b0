"""Nested compositions, checked by arithmetic: a bar as wide as its own time is late."""

from __future__ import annotations

import json
import re
import tarfile

import numpy as np
import pytest

import hyperframes_dist as hf
from hyperframes_dist._tools.files import default_cache
from hyperframes_dist._tools.npm import fetch_package
from hyperframes_dist.errors import InputError, PageError
from hyperframes_dist.progress import Control
from mounts import (
    FPS,
    GSAP_TAG,
    HEIGHT,
    PIXEL,
    STILL,
    WIDTH,
    frames_of,
    host,
    root,
    row_of,
    widths_of,
    write,
)
from pages import composition
from video import decode_rgb

WHITE = (
    "position:absolute;left:0;top:0;width:200px;height:16px;background:#fff;"
    "transform-origin:0 0"
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


LINKED = (
    '<link rel="stylesheet" href="{0}.css"></head><body><div data-composition-id="{0}" '
    f'{STILL}><div class="bar"></div></div></body>'
)


def grows(start: int, stop: int) -> str:
    """A sheet whose bar grows from *start* to *stop* of its width."""
    return (
        f".bar{{{WHITE};animation:go 1s linear both}}"
        f"@keyframes go{{from{{transform:scaleX({start})}}to{{transform:scaleX({stop})}}}}"
    )


def test_linked_sheets_of_a_file_are_its_own(renderer, tmp_path):
    """Two files whose sheets share names of classes and keyframes, each its own."""
    page = root(
        row_of("parts/a.html", "a", 0) + row_of("parts/b.html", "b", 1),
        height=2 * HEIGHT,
    )
    project = write(
        tmp_path / "project",
        index=page,
        parts__a=LINKED.format("a"),
        parts__b=LINKED.format("b"),
    )
    (project / "parts/a.css").write_text(grows(0, 1))
    (project / "parts/b.css").write_text(grows(1, 0))

    frames = frames_of(renderer, tmp_path, project, height=2 * HEIGHT)

    grown = ramp(0, 2)
    assert_close(grown, widths_of(frames))
    assert_close([WIDTH - width for width in grown], widths_of(frames, HEIGHT + 8))


MAKES = """<template><div data-composition-id="a" {still}><div class="bar"></div><script>
["bar"].forEach((name) => {{
  const made = document.createElement("div");
  made.style.cssText = "{white}";
  document.querySelector(`.${{name}}`).appendChild(made);
}});</script></div></template>"""


def test_a_mounted_script_makes_elements(renderer, tmp_path):
    """By the document it is given, which is the page's own to the browser."""
    part = MAKES.format(still=STILL, white=WHITE)
    project = write(tmp_path / "project", index=root(host("a.html", "a")), a=part)

    plan = renderer.plan(project, tmp_path / "plan", hf.RenderConfig(fps=FPS))

    assert plan.frame_count == 2 * FPS


IMPORTS = """<template><div data-composition-id="a" {still}><script type="module">
import {{ text }} from "./words.js";
if (text !== "beside") throw new Error(text);
</script><script>
import("./words.js").then(({{ text }}) => {{
  if (text !== "beside") throw new Error(text);
  window.createImageBitmap(new ImageData(1, 1)).then(() => console.log(text));
}});</script></div></template>"""


def test_a_mounted_script_imports_from_beside_it(renderer, tmp_path):
    """By a path that begins with a dot, as a module of its own would."""
    part = IMPORTS.format(still=STILL)
    page = root(host("parts/a.html", "a"))
    project = write(tmp_path / "project", index=page, parts__a=part)
    (project / "parts/words.js").write_text('export * from "./more.js"')
    (project / "parts/more.js").write_text('export const text = "beside"')

    plan = renderer.plan(project, tmp_path / "plan", hf.RenderConfig(fps=FPS))

    read = {row.path for row in plan.content.artifacts if row.segments is None}
    assert {"compiled/parts/words.js", "compiled/parts/more.js"} <= read
    assert plan.warnings == ()


def test_a_part_is_rendered_alone(renderer, tmp_path):
    """A template as the entry is shown as its host shows it, from its own beginning."""
    page = root(host("parts/bar.html", start=0.5, rest='data-duration="0.8"'))
    project = write(tmp_path / "project", index=page, parts__bar=bar())

    frames = frames_of(renderer, tmp_path, project, entry_file="parts/bar.html")

    assert_close(ramp(0, 2)[:8], widths_of(frames))


def test_host_has_playback_start_and_rate(renderer, tmp_path):
    """A host may begin inside of its file and run it at another rate."""
    timing = 'data-playback-start="0.2" data-playback-rate="0.5"'
    page = root(host("bar.html", start=0.5, rest=timing))
    project = write(tmp_path / "project", index=page, bar=bar())

    frames = frames_of(renderer, tmp_path, project)

    assert_close(ramp(0.5, 1.5, offset=0.2, rate=0.5), widths_of(frames))


@pytest.mark.sampled(1)
@pytest.mark.parametrize(
    ("expression", "start"),
    [("intro", 0.5), ("intro + 0.3", 0.8), ("intro - 0.2", 0.3)],
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


def test_instances_of_one_file_keep_apart(renderer, tmp_path):
    """Mounts of one file have their own elements, timelines and starts, ids and all."""
    rows = [row_of("bar.html", "bar", n, start=0.3 * n) for n in range(3)]
    page = root("".join(rows), height=3 * HEIGHT)
    project = write(tmp_path / "project", index=page, bar=bar())

    frames = frames_of(renderer, tmp_path, project, height=3 * HEIGHT)

    for n in range(3):
        found = widths_of(frames, row=n * HEIGHT + 8)
        assert_close(ramp(0.3 * n, 0.3 * n + 1), found)


def test_instances_have_their_own_variables(renderer, tmp_path):
    """Values of a host stand above its file's defaults, in scripts and in styles."""
    declared = json.dumps([{"id": "Wide Bar", "type": "number", "default": 50}])
    card = (
        f"<template><div data-composition-id=card data-width=200 data-height=16 "
        f"data-composition-variables='{declared}' data-no-timeline>"
        "<style>i,b{position:absolute;left:0;height:8px;background:#fff}b{top:8px;"
        "width:calc(var(--wide-bar) * 1px)}</style><i></i><b></b><script>"
        "const wide=__hyperframes.getVariables()['Wide Bar'];"
        "if(wide!==window.__hyperframes.getVariables()['Wide Bar'])throw wide;"
        "document.querySelector('i').style.width=wide+'px'</script></div></template>"
    )
    values = [{}, {"Wide Bar": 120}, {"Wide Bar": 180.0, "other": "x"}]
    rows = [
        row_of("card.html", "card", n, rest=f"data-variable-values='{json.dumps(row)}'")
        for n, row in enumerate(values)
    ]
    page = root("".join(rows), duration=0.2, height=3 * HEIGHT)
    project = write(tmp_path / "project", index=page, card=card)

    frame = frames_of(renderer, tmp_path, project, height=3 * HEIGHT)[0]

    found = [int((frame[row] > 128).sum()) for row in (4, 12, 20, 28, 36, 44)]
    assert found == [50, 50, 120, 120, 180, 180]


LEAK = (
    "<style>html,body{background:#fff}:root{--tone:#fff}.mark{width:%dpx}#mark{height:16px}"
    "@media (min-width:1px){.mark{background:#fff}}"
    "@supports (display:grid){i{position:absolute;left:0;top:0;width:200px}}"
    "[data-composition-id='%s'] > .mark{position:absolute;left:0;top:0}</style>"
)


def test_styles_stay_in_their_file(renderer, tmp_path):
    """What one file says of a class, a tag or the document holds in that file alone."""
    files = {
        "one": f"<template><div data-composition-id=one {STILL}>{LEAK % (60, 'one')}"
        '<div id="mark" class="mark"></div></div></template>',
        "two": f"<template><div data-composition-id=two {STILL}>{LEAK % (140, 'two')}"
        '<div id="mark" class="mark"></div></div></template>',
    }
    # The document's own mark is 20 pixels of white on black, in spite of both files.
    own = (
        '<div style="position:absolute;top:32px;left:0;height:16px;width:200px;'
        'background:#000"><div class="mark" style="height:16px"></div>'
        "<i style='background:#fff'>.</i></div>"
    )
    style = "<style>.mark{width:20px;background:#fff}i{font-size:0}</style>"
    rows = row_of("one.html", "one", 0) + row_of("two.html", "two", 1) + own
    page = root(rows, duration=0.2, head=GSAP_TAG + style, height=48)
    project = write(tmp_path / "project", index=page, **files)

    planned = frames_of(renderer, tmp_path, project, height=48)
    html = (tmp_path / "plan/compiled/index.html").read_text()

    # Each file paints its own box white and nothing else: its body is its box.
    found = [int((planned[0][row] > 128).sum()) for row in (8, 24, 40)]
    assert found == [200, 200, 20]
    assert '[data-composition-id="one"] .mark' in html


def test_assets_are_found_beside_the_file_and_below_the_project(renderer, tmp_path):
    """A file that exists beside the composition is meant; else the project's own."""
    rows = [
        '<img src="near.png" alt="">',
        '<img src="../far.png?v=1" alt="">',
        '<img src="art/root.png" alt="">',
        '<img srcset="near.png 1x, art/root.png 2x" alt="">',
        "<img src=/far.png alt=''>",
        '<i style="background-image:url(near.png)"></i>',
        '<i class="sheet"></i>',
    ]
    cells = "".join(
        row.replace(" ", f' id="cell{n}" ', 1) for n, row in enumerate(rows)
    )
    places = "".join(f"#cell{n}{{left:{20 * n}px}}" for n in range(len(rows)))
    card = (
        f'<template><div data-composition-id="card" {STILL}>{cells}<style>{places}'
        "img,i{position:absolute;top:0;width:20px;height:16px}"
        '.sheet{background:url("../art/../far.png")}</style></div></template>'
    )
    files = {"parts/near.png": PIXEL, "far.png": PIXEL, "art/root.png": PIXEL}
    page = root(host("parts/card.html", "card"), duration=0.2)
    project = write(tmp_path / "project", index=page, parts__card=card, **files)

    frame = frames_of(renderer, tmp_path, project)[0]

    assert int((frame[8] > 128).sum()) == 20 * len(rows)


def test_body_form_brings_its_head(renderer, tmp_path):
    """A whole document may be mounted: its head's styles and scripts are its own."""
    page = (
        f"<!doctype html><html><head><title>x</title>{GSAP_TAG}"
        f"<style>body{{margin:0}}.bar{{{WHITE}}}</style>"
        "<script>window.lateness = 2</script></head>"
        f'<body><div id="root" data-composition-id="bar" {STILL}>'
        '<div class="bar"></div></div><script>const tl=gsap.timeline({paused:true});'
        "tl.fromTo('#root .bar',{scaleX:0},{scaleX:1,duration:window.lateness,ease:'none'})"
        ";window.__timelines.bar=tl</script></body></html>"
    )
    page = page.replace("data-no-timeline", "")
    index = composition(
        host("bar.html")
        + f"{GSAP_TAG}<script>__timelines.main=gsap.timeline({{paused:true}})</script>",
        width=WIDTH,
        height=HEIGHT,
        duration=2,
        root="",
    )
    project = write(tmp_path / "project", index=index, bar=page)

    frames = frames_of(renderer, tmp_path, project)

    assert_close(ramp(0, 2, seconds=2), widths_of(frames))


SEES = """<script>
  const texts = {
    one: document.querySelector('.name').textContent,
    all: [...document.querySelectorAll('.name')].map((x) => x.textContent).join(),
    id: document.getElementById('name').textContent,
    root: document.querySelector('#card > .name').textContent,
    byRoot: document.getElementById('card').querySelector('.name').textContent,
    own: document.querySelector('[data-composition-id="card"] > .name').textContent,
    view: window.document.querySelector('.name').textContent,
    list: gsap.utils.toArray('.name').map((x) => x.textContent).join(),
    pick: gsap.utils.selector('#card')('.name').map((x) => x.textContent).join(),
    tag: document.getElementsByClassName('name')[0].textContent,
  };
  const want = __hyperframes.getVariables().want;
  for (const [key, text] of Object.entries(texts)) if (text !== 'x') throw key + text;
  const width = getComputedStyle(document.querySelector('.name')).width;
  window.addEventListener('hf-seek', () => {});
  gsap.set('.name', { width: want });
  gsap.set(['.name'], { opacity: 1 });
  window.__timelines = window.__timelines || {};
  window.__timelines['card'] = gsap.timeline({ paused: true }).set('#name', { x: 0 });
  if (!window.__timelines.card || !('card' in window.__timelines)) throw 'registry';
</script>"""


def test_scripts_see_their_own_instance(renderer, tmp_path):
    """Selectors, lookups and libraries find what lies in the script's own instance."""
    css = f"#card .name{{{WHITE};width:0;font-size:0}}"
    card = (
        '<template><div id="card" data-composition-id="card" data-width="200" '
        f'data-height="16"><b class="name" id="name">x</b><style>{css}</style>{SEES}</div>'
        "</template>"
    )
    rows = [
        row_of(
            "card.html", "card", n, rest=f"""data-variable-values='{{"want":{w}}}'"""
        )
        for n, w in enumerate((30, 90))
    ]
    decoy = '<p id="name" class="name" style="position:absolute;top:32px">y</p>'
    page = root(decoy + "".join(rows), height=48, duration=0.5)
    project = write(tmp_path / "project", index=page, card=card)

    frame = frames_of(renderer, tmp_path, project, height=48)[0]

    assert [int((frame[row] > 128).sum()) for row in (8, 24)] == [30, 90]


def test_references_between_clips_mean_the_same_mount(renderer, tmp_path):
    """A start that names a clip of its file is counted from the clip beside it."""
    style = 'style="position:absolute;inset:0;background:#fff"'
    card = (
        f'<template><div data-composition-id="card" {STILL}><div id="first" data-start="0.2"'
        f' data-duration="0.3"></div><div data-start="first + 0.1" data-duration="0.2" '
        f"{style}></div></div></template>"
    )
    rows = [
        row_of("card.html", "card", 0, rest='data-duration="1"'),
        row_of("card.html", "card", 1, start="card", rest='data-duration="1"'),
    ]
    page = root("".join(rows), height=32)
    project = write(tmp_path / "project", index=page, card=card)

    frames = frames_of(renderer, tmp_path, project, height=32)

    shown = [[n for n, f in enumerate(frames) if f[row, 100] > 128] for row in (8, 24)]
    assert shown == [[6, 7], [16, 17]]


@pytest.mark.sampled(1)
@pytest.mark.parametrize("name", ["", "elsewhere"])
def test_host_may_have_no_id_or_another_one(renderer, tmp_path, name):
    """A host without the file's composition id runs what it mounts all the same."""
    rows = "".join(
        row_of("bar.html", name, n, start=0.4 * n).replace('data-composition-id=""', "")
        for n in range(2)
    )
    page = root(rows, height=32)
    project = write(tmp_path / "project", index=page, bar=bar())

    frames = frames_of(renderer, tmp_path, project, height=32)

    for n in range(2):
        assert_close(ramp(0.4 * n, 0.4 * n + 1), widths_of(frames, n * HEIGHT + 8))


def test_modules_see_their_own_instance(renderer, tmp_path):
    """A module script is scoped as well, and may import."""
    card = (
        f"<template><div data-composition-id=card {STILL}><b class=name></b><style>"
        f".name{{{WHITE}}}</style><script type=module>import {{ wide }} from '/w.js';"
        "document.querySelector('.name').style.width="
        "wide*__hyperframes.getVariables().by+'px'</script></div></template>"
    )
    rows = [
        row_of(
            "card.html", "card", n, rest=f"""data-variable-values='{{"by":{n + 1}}}'"""
        )
        for n in range(2)
    ]
    page = root("".join(rows), height=32, duration=0.2)
    files = {"card": card, "w.js": b"export const wide = 40"}
    project = write(tmp_path / "project", index=page, **files)

    frame = frames_of(renderer, tmp_path, project, height=32)[0]

    assert [int((frame[row] > 128).sum()) for row in (8, 24)] == [40, 80]


def test_styles_of_the_document_find_renamed_mounts(renderer, tmp_path):
    """The document's own styles go on to find a mount by the id its author wrote."""
    card = f"<template><div data-composition-id=card {STILL}></div></template>"
    style = '<style>[data-composition-id="card"]{background:#fff}</style>'
    rows = [row_of("parts/card.html", "card", n) for n in range(2)]
    page = root("".join(rows), height=32, duration=0.2, head=GSAP_TAG + style)
    project = write(tmp_path / "project", index=page, parts__card=card)

    frame = frames_of(renderer, tmp_path, project, height=32)[0]

    assert [int((frame[row] > 128).sum()) for row in (8, 24)] == [200, 200]


def test_entry_in_a_folder_finds_nested_assets(renderer, tmp_path):
    """Paths of nested files are the project's, wherever the entry document lies."""
    card = (
        f'<template><div data-composition-id="card" {STILL}><img src="near.png" alt="">'
        '<img src="art/root.png" alt=""><style>img{width:50px;height:16px;float:left}'
        "</style></div></template>"
    )
    page = root(host("parts/card.html", "card"), duration=0.2)
    files = {"parts/near.png": PIXEL, "art/root.png": PIXEL}
    project = write(tmp_path / "p", pages__main=page, parts__card=card, **files)

    frames = frames_of(renderer, tmp_path, project, entry_file="pages/main.html")

    assert int((frames[0][8] > 128).sum()) == 100


def test_a_file_may_be_nothing_but_a_host(renderer, tmp_path):
    """A file that only mounts another one passes it on, and owes no timeline."""
    page = root(host("pass.html", "bar", start=0.2))
    passing = f"<template>{host('bar.html', 'bar', start=0.1)}</template>"
    project = write(tmp_path / "project", index=page, bar=bar(), **{"pass": passing})

    frames = frames_of(renderer, tmp_path, project)

    assert_close(ramp(0.3, 1.3), widths_of(frames))


@pytest.mark.parametrize(
    ("script", "text"),
    [
        (
            "\n\nthrow new Error('kaputt inside')",
            "parts/bad.html:3:7: script error: kaputt inside",
        ),
        ("\n}{", "SyntaxError"),
        ("\nPromise.reject(new Error('kaputt later'))", "kaputt later"),
        (
            "\naddEventListener('hf-seek', (e) => { if (e.detail.time > 0.5) kaputt() })",
            "parts/bad.html:2:63: script error: ReferenceError: kaputt is not defined",
        ),
    ],
)
def test_errors_of_a_nested_script_are_the_pages(renderer, tmp_path, script, text):
    """Nothing a nested script throws is swallowed; the file is named."""
    bad = f"<template><div data-composition-id=bad {STILL}></div><script>{script}</script>"
    page = root(host("parts/bad.html", "bad"), duration=1)
    project = write(tmp_path / "project", index=page, parts__bad=bad)

    with pytest.raises(PageError) as caught:
        renderer.plan(project, tmp_path / "plan", hf.RenderConfig(fps=FPS))

    assert text in str(caught.value)
    assert "parts/bad.html" in str(caught.value)


def test_one_error_names_every_bad_file(renderer, tmp_path):
    """An author learns of all files at once, not of one per render."""
    names = [
        "gone",
        "empty",
        "plain",
        "../out",
        "loop",
        "values",
        "https://x.invalid/y",
    ]
    page = root("".join(host(f"{name}.html", f"c{n}") for n, name in enumerate(names)))
    files = {
        "empty": " \n",
        "plain": "<p>no composition</p>",
        "loop": bar("loop", inner=host("again.html")),
        "again": bar("again", inner=host("loop.html")),
        "values": bar("values", inner=host("ok.html", rest="data-variable-values='{'")),
        "ok": bar(),
    }
    (tmp_path / "out.html").write_text(bar())
    project = write(tmp_path / "project", index=page, **files)

    with pytest.raises(InputError) as caught:
        renderer.plan(project, tmp_path / "plan")

    text = str(caught.value)
    rows = [line for line in text.splitlines()[1:] if line.startswith("  ")]
    assert [line.split(":")[0].strip() for line in rows] == [
        "gone.html",
        "empty.html",
        "plain.html",
        "../out.html",
        "loop.html",
        "values.html",
        "https",
    ]
    assert "loop.html → again.html → loop.html" in text
    assert re.search(r"^index\.html:\d+:\d+: HF302 .*'gone\.html'", text, re.MULTILINE)


def test_twenty_deep_is_deep_enough(renderer, tmp_path):
    """Twenty files in one another render; one more is refused by name."""
    files = {
        f"f{n}": bar(f"f{n}", inner=host(f"f{n + 1}.html", f"f{n + 1}"))
        for n in range(20)
    }
    page = root(host("f1.html", "f1"), duration=0.5)
    project = write(tmp_path / "project", index=page, **files, f20=bar("f20"))

    renderer.plan(project, tmp_path / "plan", hf.RenderConfig(fps=4))
    files["f20"] = bar("f20", inner=host("f21.html", "f21"))
    write(project, f20=files["f20"], f21=bar("f21"))

    with pytest.raises(InputError, match="deeper than 20"):
        renderer.plan(project, tmp_path / "deeper", hf.RenderConfig(fps=4))


DECLARED = [
    {"id": "wide", "type": "number", "default": 50},
    {"id": "Tone", "type": "enum", "default": "#fff", "options": [{"value": "#fff"}]},
]


def test_declared_variables_are_custom_properties_from_the_start(renderer, tmp_path):
    """The first script of a page reads them; overrides win, and authored styles too."""
    body = (
        "<style>:root{--tone:#fff;--kept:1}#bar{position:absolute;height:16px;left:0;top:0;"
        "width:calc(var(--wide) * 1px);background:var(--tone)}</style><div id=bar></div>"
        "<script>const css=getComputedStyle(document.documentElement);"
        "if(css.getPropertyValue('--wide').trim()!==String(getVariables().wide))throw 1;"
        "function getVariables(){return window.__hyperframes.getVariables()}</script>"
    )
    tag = f"<html data-composition-variables='{json.dumps(DECLARED)}'>"
    html = composition(body, width=WIDTH, height=HEIGHT, duration=0.2)
    project = write(tmp_path / "project", index=html.replace("<html>", tag))
    found = []

    for name, values in {"default": {}, "given": {"wide": 120}}.items():
        folder = tmp_path / name
        folder.mkdir()
        frames = frames_of(renderer, folder, project, variables=values)
        found.append(widths_of(frames)[0])

    assert found == [50, 120]


@pytest.mark.parametrize(
    ("values", "text"),
    [({"wied": 1}, "'wied'"), ({"wide": "1"}, "'wide'"), ({"Tone": "red"}, "'Tone'")],
)
def test_strict_variables_name_what_is_wrong(renderer, tmp_path, values, text):
    """Where asked for, an override must be declared, with its type; else it may not."""
    tag = f"<html data-composition-variables='{json.dumps(DECLARED)}'>"
    html = composition(duration=0.2).replace("<html>", tag)
    project = write(tmp_path / "project", index=html)
    config = hf.RenderConfig(variables=values, strict_variables=True)

    with pytest.raises(InputError, match=text):
        renderer.plan(project, tmp_path / "plan", config)

    lax = hf.RenderConfig(variables=values)
    assert renderer.plan(project, tmp_path / "lax", lax).frame_count == 6


@pytest.mark.thorough
def test_warm_grain_renders(renderer, tmp_path):
    """A template of HyperFrames with three nested files renders, but for its video."""
    package = fetch_package(
        "hyperframes", "0.8.170", cache=default_cache(), control=Control()
    )
    inner = "package/dist/templates/warm-grain/"
    with tarfile.open(package.tarball) as tar:
        rows = [m for m in tar.getmembers() if m.name.startswith(inner)]
        tar.extractall(tmp_path, rows, filter="data")
    project = tmp_path / inner
    for path in project.rglob("*.html"):
        text = path.read_text().replace("__VIDEO_DURATION__", "5")
        text = re.sub(r"<video.*?</video>", '<div id="a-roll"></div>', text, flags=re.S)
        # The paper texture lies on a server.
        path.write_text(re.sub(r'url\("https://www\.trans[^)]*\)', "none", text))

    config = hf.RenderConfig(quality="draft", fps=4)
    planned = renderer.plan(project, tmp_path / "plan", config)
    renderer.render_chunk(planned.path, 0, tmp_path / "0.mp4")
    output = hf.assemble(planned.path, [tmp_path / "0.mp4"], tmp_path / "out.mp4")

    frames = decode_rgb(output.path, 1920, 1080).astype(int)
    assert len(frames) == 20
    # At 1.25 s the title card stands at the left; at 3.5 s the circle at the right.
    green = np.array([0x3B, 0x5E, 0x3A])
    assert np.abs(frames[5][640, 200] - green).max() < 12
    assert np.abs(frames[14][300, 1400] - green).max() < 12
    assert np.abs(frames[14][640, 200] - green).max() > 60
