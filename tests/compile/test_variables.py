"""Variables: what is declared, what a render and an instance give, and where it shows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

import hyperframes_dist as hf
from hyperframes_dist._compile.variables import (
    Variable,
    check_values,
    css_rule,
    property_name,
    read_declarations,
    read_values,
)
from hyperframes_dist.errors import InputError
from mounts import PIXEL, STILL, frames_of, root, row_of, widths_of, write
from pages import composition
from sound import level, mixed
from sources import X264, write_flat

WIDTH, HEIGHT = 200, 16
FILL = "position:absolute;left:0;top:0;width:200px;height:16px"
BAR = '<div id="bar" style="position:absolute;left:0;top:0;height:16px"></div>'
# What a label reads is how wide the bar is: the text alone, without its child's.
READ = """<script>
  addEventListener("hf-seek", () => {
    const label = document.getElementById("label");
    const own = [...label.childNodes].filter((node) => node.nodeType === 3);
    const text = own.map((node) => node.nodeValue).join("").trim();
    const bar = document.getElementById("bar");
    bar.style.cssText += `;background:#fff;width:${label.querySelector("i") ? text : 0}px`;
  });
</script>"""


def declaring(html: str, *rows: dict[str, Any]) -> str:
    """*html* whose document declares *rows*."""
    text = json.dumps(rows)
    return html.replace("<html>", f"<html data-composition-variables='{text}'>")


def still(body: str) -> str:
    """A fifth of a second of *body*."""
    return composition(body, width=WIDTH, height=HEIGHT, duration=0.2)


@pytest.mark.parametrize(("values", "wide"), [({}, 50), ({"wide": 120}, 120)])
def test_a_text_is_a_variables(renderer, tmp_path, values, wide):
    """The element's own text is replaced, its children stay."""
    body = f'{BAR}<b id="label" data-var-text="wide">1<i>x</i>2</b>{READ}'
    row = {"id": "wide", "type": "number", "default": 50}
    project = write(tmp_path / "project", index=declaring(still(body), row))

    frames = frames_of(renderer, tmp_path, project, variables=values)

    assert {wide} == set(widths_of(frames))


def test_a_text_nobody_gives_stays(renderer, tmp_path):
    """Without a default and without a value the author's own text is shown."""
    body = f'{BAR}<b id="label" data-var-text="wide">70<i>x</i></b>{READ}'
    project = write(tmp_path / "project", index=still(body))

    assert {70} == set(widths_of(frames_of(renderer, tmp_path, project)))


REMOTE = "https://assets.example.com/white.png"


@pytest.mark.parametrize(
    ("value", "wide"),
    [
        ("white.png", WIDTH),
        ({"url": "white.png"}, WIDTH),
        (REMOTE, WIDTH),
        *((value, 0) for value in ("file:///white.png", 7)),
    ],
)
def test_an_image_is_a_variables(renderer, tmp_path, value, wide):
    """A file, or a frozen remote address; what is unsafe leaves the author's own."""
    folder = tmp_path / "overrides/assets.example.com"
    write(folder, **{"white.png": PIXEL})
    body = f'<img data-var-src="pic" src="black.svg" style="{FILL}">'
    project = tmp_path / "project"
    write(project, index=still(body), **{"white.png": PIXEL, "black.svg": BLACK})

    frames = frames_of(
        renderer,
        tmp_path,
        project,
        variables={"pic": value},
        overrides_dir=tmp_path / "overrides",
    )

    assert {wide} == set(widths_of(frames))
    plan = hf.verify_plan(tmp_path / "plan")
    assert {*plan.sources} == ({REMOTE} if value == REMOTE else set())


BLACK = b'<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>'


@pytest.mark.parametrize("given", ['src="black.mp4"', ""])
def test_a_video_is_a_variables(renderer, tmp_path, given):
    """Its frames are those of the file it is given, whether it names one itself or not."""
    body = (
        f'<video id="v" {given} data-var-src="clip" muted data-start="0" '
        f'data-duration="1" style="{FILL};object-fit:fill"></video>'
    )
    project = write(tmp_path / "project", index=still(body))
    for color in ("black", "white"):
        write_flat(project / f"{color}.mp4", color, *X264)

    frames = frames_of(renderer, tmp_path, project, variables={"clip": "white.mp4"})

    assert {WIDTH} == set(widths_of(frames))


def test_a_bound_medium_has_its_own_source_too(renderer, tmp_path):
    """Whether a worker's Chrome asks for it before it is bound is a race."""
    # Nothing is asked for at once, as when the script wins.
    rest = 'data-var-src="clip" preload="none" muted data-start="0" data-duration="1"'
    body = f'<video id="v" src="a/black.mp4#t=1" {rest}></video>'
    project = write(tmp_path / "project", index=still(body))
    (project / "a").mkdir()
    for name in ("a/black.mp4", "white.mp4"):
        write_flat(project / name, "black", *X264)

    config = hf.RenderConfig(variables={"clip": "white.mp4"})

    plan = renderer.plan(project, tmp_path / "plan", config)

    asked = {urlsplit(row.address).path for row in plan.content.stand_ins}
    assert "/a/black.mp4" in asked


def test_a_sound_is_a_variables(renderer, tmp_path):
    """The mix is that of a page which names the file itself."""
    tag = '<audio id="a" {} data-start="0" data-duration="0.2"></audio>'
    mixes = []
    for name, attributes in {
        "bound": 'src="quiet.wav" data-var-src="voice"',
        "named": 'src="loud.wav"',
    }.items():
        html = still(tag.format(attributes))
        project = tmp_path / name
        write(project, index=html, **{"quiet.wav": level(1, 9), "loud.wav": level(1)})
        config = hf.RenderConfig(variables={"voice": "loud.wav"})
        plan = renderer.plan(project, tmp_path / f"{name} plan", config)
        mixes.append(mixed(plan))

    assert (mixes[0] == mixes[1]).all()


def test_instances_bind_their_own_values(renderer, tmp_path):
    """Text and source of a mounted file are its host's values, else its own defaults."""
    rows = [
        {"id": "wide", "type": "number", "default": 30},
        {"id": "pic", "type": "image", "default": "black.svg"},
    ]
    card = (
        f"<template><div data-composition-id=card {STILL} "
        f"data-composition-variables='{json.dumps(rows)}'>"
        '<b class="label" data-var-text="wide">0</b><img data-var-src="pic" '
        'src="black.svg" style="position:absolute;left:100px;top:0;width:50px;height:16px">'
        '<i class="bar" style="position:absolute;left:0;top:0;height:16px;background:#fff">'
        "</i><script>"
        "const label=document.querySelector('.label'),bar=document.querySelector('.bar');"
        "addEventListener('hf-seek',()=>{bar.style.width=label.textContent+'px'})"
        "</script></div></template>"
    )
    values = [{}, {"wide": 60}, {"wide": 90, "pic": "white.png"}]
    hosts = [
        row_of("card.html", "card", n, rest=f"data-variable-values='{json.dumps(row)}'")
        for n, row in enumerate(values)
    ]
    page = root("".join(hosts), duration=0.2, height=3 * HEIGHT)
    files = {"white.png": PIXEL, "black.svg": BLACK}
    project = write(tmp_path / "project", index=page, card=card, **files)

    # A render's values reach a file's styles, not what its instances bind.
    frames = frames_of(
        renderer, tmp_path, project, height=3 * HEIGHT, variables={"wide": 5}
    )

    found = [widths_of(frames, row=n * HEIGHT + 8)[0] for n in range(3)]
    assert found == [30, 60, 90 + 50]


def test_a_render_reaches_the_styles_of_mounted_files(renderer, tmp_path):
    """As custom properties, above the values of the host; their scripts keep their own."""
    rows = json.dumps([{"id": "wide", "type": "number", "default": 30}])
    card = (
        f"<template><div data-composition-id=card {STILL} "
        f"data-composition-variables='{rows}'><style>i{{position:absolute;left:0;top:0;"
        "height:8px;background:#fff;width:calc(var(--wide) * 1px)}i+i{top:8px}</style>"
        "<i></i><i></i><script>document.querySelectorAll('i')[1].style.width="
        "window.__hyperframes.getVariables().wide+'px'</script></div></template>"
    )
    rest = "data-variable-values='{\"wide\": 60}'"
    page = root(row_of("card.html", "card", 0, rest=rest), duration=0.2)
    project = write(tmp_path / "project", index=page, card=card)
    found = []

    for name, values in {"own": {}, "given": {"wide": 150}}.items():
        (tmp_path / name).mkdir()
        frames = frames_of(renderer, tmp_path / name, project, variables=values)
        found.append([widths_of(frames, row=row)[0] for row in (4, 12)])

    assert found == [[60, 60], [150, 60]]


def test_what_an_author_styles_is_not_undone_by_a_default(renderer, tmp_path):
    """A default fills what the style sheets leave open; a given value stands above them."""
    body = (
        "<style>:root{--wide:40}#bar{position:absolute;left:0;top:0;height:16px;"
        "background:#fff;width:calc(var(--wide) * 1px)}</style><div id=bar></div>"
    )
    row = {"id": "wide", "type": "number", "default": 90}
    # The page runtime sets "--wide" on the root composition, so the bar stands beside it.
    html = declaring(still("").replace("</body>", f"{body}</body>"), row)
    project = write(tmp_path / "project", index=html)
    found = []

    for name, values in {"default": {}, "given": {"wide": 150}}.items():
        (tmp_path / name).mkdir()
        frames = frames_of(renderer, tmp_path / name, project, variables=values)
        found.append(widths_of(frames)[0])

    assert found == [40, 150]


def test_overrides_are_content(renderer, tmp_path):
    """Another value is another video, and is written down in the plan."""
    project = write(tmp_path / "project", index=still(""))
    plans = [
        renderer.plan(project, tmp_path / f"{n}", hf.RenderConfig(variables={"n": n}))
        for n in range(2)
    ]

    assert plans[0].content_hash != plans[1].content_hash
    assert [plan.content.variables for plan in plans] == [{"n": 0}, {"n": 1}]


def declared(kind: str) -> list[Variable]:
    """One variable ``x`` of a type; an enum of two texts."""
    return [Variable(id="x", type=kind, options=("a", "b"))]


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        *(("string", ""), ("number", 1), ("number", 1.5), ("boolean", False)),
        *(("color", "#fff"), ("enum", "a"), ("font", "Inter"), ("image", "a.png")),
        *(("image", {"url": "a.png"}), ("font", {"name": "A", "source": "a.woff2"})),
        *(("", {"any": [1]}), ("of the future", None)),
    ],
)
def test_values_of_their_type_pass(kind, value):
    """A type this version does not know takes anything."""
    check_values({"x": value}, declared(kind))


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        *(("string", 1), ("number", "1"), ("number", True), ("boolean", 0)),
        *(("color", 7), ("enum", "c"), ("enum", 1), ("font", {"name": "A"})),
        *(("image", {}), ("image", {"url": 1}), ("image", None), ("string", None)),
    ],
)
def test_values_of_another_type_are_named(kind, value):
    """The message says which, what it is, and what was declared."""
    with pytest.raises(InputError, match="'x'") as caught:
        check_values({"x": value}, declared(kind))

    assert repr(value) in str(caught.value)


def test_all_that_is_wrong_is_said_at_once():
    """Nobody mends a list one render at a time."""
    with pytest.raises(InputError, match=r"'a' is not declared.*; .*'z' is not"):
        check_values({"z": 1, "x": "a", "a": 2}, declared("enum"))


def test_an_object_declares_nothing():
    """The page runtime takes an array, and leaves any other value to the page."""
    assert read_declarations('{"tone": {"type": "string", "default": "gold"}}') == ()


@pytest.mark.parametrize("text", ["{", "[1]", '[{"label":"x"}]', '[{"id":""}]'])
def test_declarations_that_cannot_be_read(renderer, tmp_path, text):
    """They are an error of the file that holds them, whether strict or not."""
    with pytest.raises(InputError, match="data-composition-variables"):
        read_declarations(text)

    html = still("").replace("<html>", f"<html data-composition-variables='{text}'>")
    project = write(tmp_path / "project", index=html)
    with pytest.raises(InputError, match=r"index\.html"):
        renderer.plan(project, tmp_path / "plan")


@pytest.mark.parametrize("text", ["{", "[]", "1", '"x"'])
def test_values_that_cannot_be_read(text):
    """The host's values are an object."""
    with pytest.raises(InputError, match="data-variable-values"):
        read_values(text)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        *(("wide", "--wide"), ("Wide Bar", "--wide-bar"), ("wideBar", "--widebar")),
        *(("a__b--c", "--a-b-c"), (" x ", "--x"), ("ü", "--node"), ("1", "--1")),
    ],
)
def test_custom_properties_are_slugs(name, found):
    """Lower case, with one hyphen for whatever is neither letter nor digit."""
    assert found == property_name(name)


def test_no_value_leaves_its_rule():
    """What could end a declaration is taken out; what CSS cannot hold is left out."""
    values = {"a": "red;}b{c:<d>\n", "n": 2.0, "o": {"url": "x"}, "e": "", "t": True}

    assert css_rule("i", values) == "i{--a:redbc:d;--n:2}"


def test_strict_counts_only_what_the_document_declares(renderer, tmp_path: Path):
    """An undeclared name is refused where asked for, and drawn with otherwise."""
    body = f'{BAR}<b id="label" data-var-text="wide">1<i>x</i></b>{READ}'
    project = write(tmp_path / "project", index=still(body))
    values = {"wide": 120}

    strict = hf.RenderConfig(variables=values, strict_variables=True)
    with pytest.raises(InputError, match="'wide' is not declared"):
        renderer.plan(project, tmp_path / "strict", strict)

    frames = frames_of(renderer, tmp_path, project, variables=values)
    assert {120} == set(widths_of(frames))
