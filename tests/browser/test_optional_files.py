"""What is not there: optional for a script that asks, an error by name for the rest."""

from __future__ import annotations

import tarfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import hyperframes_dist as hf
from hyperframes_dist._browser.door import NOT_THERE, ORIGIN, PlanDoor
from hyperframes_dist._compile.project import is_left_for_later
from hyperframes_dist.errors import PageError, ResolveError
from pages import composition, write_project

BLUE = "<div id=box style='width:64px;height:32px;background:#00f'></div>"
FETCH = (
    "fetch('maybe.json').then(r => {"
    " box.style.background = r.status === 404 ? '#0f0' : '#f00' })"
)
XHR = (
    "const x = new XMLHttpRequest(); x.open('GET', 'maybe.json?v=1');"
    "x.onload = () => { box.style.background = x.status === 404 ? '#0f0' : '#f00' };"
    "x.send()"
)
CONFIG = hf.RenderConfig(format="png-sequence", fps=10)


def shown(renderer, tmp_path, html: str, **files: bytes) -> tuple[hf.Plan, tuple]:
    """The plan, and the colour of the last frame's first pixel."""
    project = write_project(tmp_path / "project", html, **files)
    plan = renderer.plan(project, tmp_path / "plan", CONFIG)
    with hf.Renderer() as other:
        other.render_chunk(plan.path, 0, tmp_path / "chunk.tar")
    with tarfile.open(tmp_path / "chunk.tar") as tar:
        last = sorted(name for name in tar.getnames() if name.endswith(".png"))[-1]
        picture = np.asarray(Image.open(tar.extractfile(last)).convert("RGB"))
    return plan, tuple(int(part) for part in picture[5, 5])


@pytest.mark.parametrize("script", [FETCH, XHR])
def test_a_script_is_told_that_a_file_is_not_there(renderer, tmp_path, script):
    """While planning and in a worker; the plan says so, and a warning."""
    html = composition(f"{BLUE}<script>{script}</script>", duration="0.2")

    plan, colour = shown(renderer, tmp_path, html)

    assert colour == (0, 255, 0)
    (row,) = plan.content.requests
    assert "maybe.json" in row.address
    assert row.path is None
    told = [each for each in plan.warnings if "which is not in the project" in each]
    assert ["'maybe.json'" in each for each in told] == [True]


def test_an_error_of_the_script_names_the_file(renderer, tmp_path):
    """What is missing is the cause of what a script then stumbles over."""
    script = "fetch('data.json').then(r => r.json())"
    html = composition(f"{BLUE}<script>{script}</script>")

    with pytest.raises(PageError, match=r"JSON.*scripts ask for 'data\.json'"):
        renderer.plan(write_project(tmp_path / "p", html), tmp_path / "plan")


def test_a_worker_meets_an_address_the_plan_does_not_know(renderer, tmp_path):
    """It is not told that there is none: while planning nobody asked."""
    html = composition(f"{BLUE}<script>{FETCH}</script>", duration="0.2")
    plan = renderer.plan(write_project(tmp_path / "p", html), tmp_path / "plan", CONFIG)

    door = PlanDoor(plan.path, plan.content)

    assert NOT_THERE == door.answer(f"{ORIGIN}maybe.json", "Fetch")
    with pytest.raises(PageError, match=r"'late\.json', which is not in the plan"):
        door.answer(f"{ORIGIN}late.json", "Fetch")


def test_all_that_is_missing_is_named(renderer, tmp_path):
    """Not only the first: the author mends them together."""
    html = composition("<img src=a.png><img src='b%20c.png'><script src=d.js></script>")

    with pytest.raises(PageError, match=r"'a\.png'.*'b c\.png'|'d\.js'") as caught:
        renderer.plan(write_project(tmp_path / "p", html), tmp_path / "plan")

    assert sorted(
        name
        for name in ("a.png", "b c.png", "d.js")
        if f"{name!r}" in str(caught.value)
    ) == ["a.png", "b c.png", "d.js"]


@pytest.mark.sampled(8)
@pytest.mark.parametrize(
    "markup",
    [
        "<img src=''>",
        "<img src=' '>",
        "<img srcset=''>",
        "<img src='' srcset=' '>",
        "<picture><source srcset=''><img src=''></picture>",
        "<video src=''></video>",
        "<video src=' ' poster=''></video>",
        "<video><source src=''></video>",
        "<audio src='' data-start=0></audio>",
        "<audio data-start=0><source src='' type='audio/mpeg'></audio>",
        "<svg><image href='' width=9 height=9 /></svg>",
        "<svg><image xlink:href='' width=9 height=9 /></svg>",
        "<script src=''></script>",
        "<script src=' '></script>",
        "<link rel=stylesheet href=''>",
        "<iframe src=''></iframe>",
        "<object data=''></object>",
        "<embed src=''>",
        "<input type=image src=''>",
        "<i style='background:url()'></i>",
        "<i style=\"background-image:url('')\"></i>",
        "<i style=\"mask-image:url(' ')\"></i>",
    ],
)
def test_no_address_is_no_source(renderer, tmp_path, markup):
    """A blank one asks for nothing, and least of all for the document itself."""
    project = write_project(tmp_path / "project", composition(markup, duration="0.1"))

    plan = renderer.plan(project, tmp_path / "plan", CONFIG)

    assert plan.content.requests == ()
    blank = ("is empty", "has no href")
    assert [w for w in plan.warnings if not any(said in w for said in blank)] == []
    assert plan.content.page.preload == ()


def test_what_is_asked_of_installed_packages_is_taken(renderer, tmp_path):
    """And nothing else of their folder, nor anything that is never part of a project."""
    script = "<script src=node_modules/mover/index.js></script>"
    project = write_project(tmp_path / "project", composition(f"{BLUE}{script}"))
    folder = project / "node_modules" / "mover"
    folder.mkdir(parents=True)
    (folder / "index.js").write_text("box.style.background = '#0f0'")
    (folder / "other.js").write_text("")
    (folder / ".env").write_text("SECRET=1")

    plan, colour = shown(renderer, tmp_path, (project / "index.html").read_text())

    assert colour == (0, 255, 0)
    paths = {row.path for row in plan.content.artifacts}
    assert {p for p in paths if "mover" in p} == {
        "compiled/node_modules/mover/index.js"
    }
    assert not is_left_for_later("node_modules/mover/.env")
    assert not is_left_for_later(".git/config")
    hf.verify_plan(plan.path)


GREEN = "background:#0f0"
BOX = "width=64 height=32"
FONT = (
    Path(__file__).parents[1]
    / "compositions/gsap-callbacks/space-mono-latin-400-normal.woff2"
)


def green(tmp_path, name: str = "ok.png") -> dict[str, bytes]:
    """A green picture, as a file of a project."""
    path = tmp_path / name
    Image.new("RGB", (64, 32), (0, 255, 0)).save(path)
    return {name: path.read_bytes()}


@pytest.mark.sampled(3)
@pytest.mark.parametrize(
    "markup",
    [
        f"<img src=no.png {BOX} onerror=\"this.src='ok.png'\">",
        (
            f"<img id=i {BOX}><script>i.addEventListener('error', () => {{"
            " i.src = 'ok.png' }); i.src = 'no.png'</script>"
        ),
        (
            f"<img src=no.png {BOX}><script>document.addEventListener('error', (e) => {{"
            " e.target.src = 'ok.png' }, true)</script>"
        ),
        (
            f"<svg {BOX}><image href=no.png {BOX} onerror=\"setAttribute('href', 'ok.png')\"/>"
            "</svg>"
        ),
        (
            f"{BLUE}<script>const image = new Image(); image.src = 'no.png';"
            "image.onerror = () => { box.style.background = '#0f0' }</script>"
        ),
        (
            f"{BLUE}<script>const image = new Image(); image.src = 'no.png';"
            "image.decode().catch(() => { box.style.background = '#0f0' })</script>"
        ),
        (
            f"{BLUE}<script type=module>import('./no.js').catch(() => {{"
            " box.style.background = '#0f0' })</script>"
        ),
        f"{BLUE}<script src=no.js onerror=\"box.style.background = '#0f0'\"></script>",
        f"<object data=no.svg type='image/svg+xml'><img src=ok.png {BOX}></object>",
        (
            "<i style='display:block;width:64px;height:32px;background:url(no.png),#0f0 "
            "linear-gradient(#0f0,#0f0)'></i>"
        ),
        (
            f"<i style='display:block;width:64px;height:32px;{GREEN};cursor:url(no.cur),auto;"
            "list-style-image:url(no.png)'></i>"
        ),
        f"<link rel=preload as=image href=no.png><img src=ok.png {BOX}>",
        f"<link rel=stylesheet media=print href=no.css><img src=ok.png {BOX}>",
        (
            "<div id=b></div><script>b.attachShadow({ mode: 'open' }).innerHTML = "
            f"`<img {BOX} src=no.png onerror='this.src = \"ok.png\"'>`</script>"
        ),
        (
            f"<iframe srcdoc='<img src=no.png onerror=this.remove()>'></iframe>{BLUE}"
            "<style>iframe { display: none } #box { background: #0f0 !important }</style>"
        ),
        (
            f"<video src=no.mp4 data-start=0 onerror=\"box.style = '{GREEN}'\"></video>{BLUE}"
            "<style>video{display:none}#box{width:64px;height:32px}</style>"
        ),
    ],
)
def test_a_page_has_an_answer_to_what_is_not_there(renderer, tmp_path, markup):
    """It is drawn as a browser draws it, by a worker too, and the plan says so."""
    html = composition(markup, duration="0.2")

    plan, colour = shown(renderer, tmp_path, html, **green(tmp_path))

    assert colour == (0, 255, 0)
    told = [each for each in plan.warnings if each.endswith("and does without it")]
    assert len(told) >= 1
    assert all("'no." in each for each in told)


@pytest.mark.sampled(3)
@pytest.mark.parametrize(
    "markup",
    [
        (
            "<canvas></canvas><script>const image = new Image(); image.onload = () => {};"
            "image.src = 'no.png'</script>"
        ),
        "<img src=no.png onerror='this.remove()'><i style='background:url(no.png)'></i>",
        "<i style='background:#fff url(no.png)'></i>",
        "<i style='content:url(no.png)'></i>",
        "<style>@import url(no.css);</style>",
        (
            "<style>@font-face { font-family: F; src: url(no.woff2), url(no.woff) }</style>"
            "<p style='font-family:F'>words</p>"
        ),
        "<script type=module>import './no.js'</script>",
        "<script>new Worker('no.js')</script>",
        "<picture><source srcset=no.png><img src=ok.png></picture>",
        "<iframe src=no.html></iframe>",
    ],
)
def test_a_gap_is_an_error_by_name(renderer, tmp_path, markup):
    """A browser draws nothing there, and the page has no answer to it."""
    html = composition(markup, duration="0.2")
    project = write_project(tmp_path / "project", html, **green(tmp_path))

    with pytest.raises(PageError, match=r"asks for 'no\.\w+'.*not in the project"):
        renderer.plan(project, tmp_path / "plan", CONFIG)


def test_a_library_in_the_project_is_none_of_its_scripts(renderer, tmp_path):
    """It listens to all it loads, and knows no answer to what is not there."""
    html = composition('<script src="lib.min.js"></script>', duration="0.2")
    code = b"const i = new Image(); i.onerror = () => 0; i.src = 'no.png'"
    project = write_project(tmp_path / "project", html, **{"lib.min.js": code})

    with pytest.raises(PageError, match=r"asks for 'no\.png'.*not in the project"):
        renderer.plan(project, tmp_path / "plan", CONFIG)


def test_a_face_needs_one_of_its_sources(renderer, tmp_path):
    """The first one that is there, as CSS has it."""
    face = "<style>@font-face { font-family: F; src: url(no.woff2), url(ok.woff2) }</style>"
    html = composition(f"{face}<p style='font-family:F'>words</p>", duration="0.2")
    project = write_project(
        tmp_path / "p",
        html,
        **{"ok.woff2": FONT.read_bytes()},
    )

    plan = renderer.plan(project, tmp_path / "plan", CONFIG)

    assert [
        "the page asks for 'no.woff2', which is not in the project, and does without it"
    ] == [each for each in plan.warnings if "woff2" in each]


FAR = "https://far.invalid"
GREEN = "box.style.background = '#0f0'"
REMOTE = {
    "image": ("", f'<img src="{FAR}/a.png" alt="" onerror="{GREEN}">'),
    "script": (
        f'<script src="{FAR}/x.js" onerror="window.without = true"></script>',
        f"<script>if (window.without) {GREEN}</script>",
    ),
    "sheet": (
        f'<link rel="stylesheet" href="{FAR}/x.css" onerror="window.without = true">',
        f"<script>addEventListener('load', () => {{ if (window.without) {GREEN} }})</script>",
    ),
    "listener": (
        "",
        (
            f"<img id=far alt=''><script>far.addEventListener('error', () => {{ {GREEN} }});"
            f"far.src = '{FAR}/a.png'</script>"
        ),
    ),
    "module": (
        "",
        f"<script type=module>import('{FAR}/x.js').catch(() => {{ {GREEN} }})</script>",
    ),
    "source of a video": (
        "",
        f'<video muted><source src="{FAR}/a.mp4" onerror="{GREEN}"></video>',
    ),
}


@pytest.mark.sampled(1)
@pytest.mark.parametrize("name", REMOTE)
def test_a_page_goes_on_by_its_handler_where_nobody_answers(renderer, tmp_path, name):
    """As in a browser without a network; a warning names the address, and a worker knows."""
    head, body = REMOTE[name]
    html = composition(BLUE + body, head=head, duration="0.2")
    project = write_project(tmp_path / "project", html)
    config = CONFIG.replace(offline=True)

    plan = renderer.plan(project, tmp_path / "plan", config)
    renderer.render_chunk(plan.path, 0, tmp_path / "chunk.tar")

    with tarfile.open(tmp_path / "chunk.tar") as tar:
        last = sorted(name for name in tar.getnames() if name.endswith(".png"))[-1]
        picture = Image.open(tar.extractfile(last)).convert("RGB")
    assert (0, 255, 0) == picture.getpixel((5, 5))
    assert [None] == [row.path for row in plan.content.requests]
    assert ["far.invalid" in each for each in plan.warnings] == [True]


@pytest.mark.sampled(1)
@pytest.mark.parametrize(
    "body",
    [
        f'<img src="{FAR}/a.png" alt="">',
        f"<div style='background:url({FAR}/a.png)'>x</div>",
        f'<video muted><source src="{FAR}/a.mp4"></video>',
        f"<script>fetch('{FAR}/a.json').catch(() => {{}})</script>",
        f'<img src="{FAR}/a.png" alt="" onerror="{GREEN}"><img src="{FAR}/b.png" alt="">',
    ],
)
def test_a_gap_in_the_place_of_a_remote_file_is_an_error(renderer, tmp_path, body):
    """Without an answer of the page's the address is named, and may be tried again."""
    html = composition(BLUE + body, duration="0.2")
    project = write_project(tmp_path / "project", html)

    with pytest.raises(ResolveError, match=r"far\.invalid.*index\.html:") as told:
        renderer.plan(project, tmp_path / "plan", CONFIG.replace(offline=True))

    assert ("b.png" in str(told.value)) == ("b.png" in body)
