"""The fonts a page is drawn in are in the plan, by whatever way it asks for them."""

from __future__ import annotations

import tarfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import hyperframes_dist as hf
from fontsource import describe, reader
from hyperframes_dist._fonts.bring import add_fonts
from hyperframes_dist._fonts.names import PINS
from hyperframes_dist._tools.html import parse
from hyperframes_dist._tools.npm import fetch_package
from hyperframes_dist.errors import (
    InputError,
    PageError,
    ResolveError,
    ResolveUnavailableError,
)
from hyperframes_dist.progress import Control
from pages import composition, write_project

GOOGLE = "https://fonts.googleapis.com/css2?family=Space+Mono&display=swap"
WOFF2 = "files/space-mono-latin-400-normal.woff2"
FILE = f"https://cdn.jsdelivr.net/npm/@fontsource/space-mono@5.3.0/{WOFF2}"
INTER = PINS["@fontsource/inter"].version


def no_sheet(address: str) -> str:
    raise PageError(f"there is no {address}")


def with_fonts(html: str, sheet, read) -> str:
    """*html* with the rules it is given."""
    tree = parse(html)
    add_fonts(tree, "https://x.invalid/", "a/b.html", sheet=sheet, read=read)
    return tree.html or ""


def named(html: str, *packages: dict[str, bytes], sheet=no_sheet) -> set[str]:
    """Families that *html* is given rules for."""
    made = with_fonts(html, sheet, reader(*packages))
    return {part.partition('"')[0] for part in made.split('font-family:"')[1:]}


def page(head: str = "", body: str = "") -> str:
    return f"<!doctype html><html><head>{head}</head><body>{body}</body></html>"


KNOWN = describe("Inter", INTER)
OTHER = describe("Other")


@pytest.mark.parametrize(
    ("html", "families"),
    [
        (page("<style>p{font-family:Inter}</style>"), {"Inter"}),
        (page("<style>p{font:1px Helvetica Neue, serif}</style>"), {"Helvetica Neue"}),
        (page("", "<p style='font-family:Other, serif'>"), {"Other"}),
        (page("", "<svg><text font-family='Other'>x</text></svg>"), {"Other"}),
        (page("", "<p data-font-family='Arial'>"), {"Arial"}),
        (page("<style>:root{--f:Arial}p{font-family:var(--f)}</style>"), {"Arial"}),
        (page("<script>pen.font = '700 48px Inter, serif'</script>"), {"Inter"}),
        (page("<script>x.style.fontFamily = 'arial'</script>"), {"arial"}),
        (page("<script>say('one hotel, one arial view')</script>"), set()),
        (page("<style>p{font-family:sans-serif, Inter}</style>"), set()),
        (page("<style>p{font-family:Inter, Other}</style>"), {"Inter"}),
        (page("<style>p{font-family:Nobody, Inter}</style>"), {"Inter"}),
        (page("<style>p{color:red}</style>"), set()),
    ],
)
def test_names_nobody_brings(html, families):
    """In sheets, attributes and scripts, up to the first one that is there."""
    assert families == named(html, KNOWN, OTHER)


def test_a_face_of_the_authors_machine_brings_nothing():
    """Only a file does; the pinned font comes under the same name."""
    face = "<style>@font-face{font-family:Other;src:local('Other')}</style>"

    assert {"Other"} == named(page(face, "<p style='font-family:Other'>"), OTHER)


@pytest.mark.parametrize(
    "brings",
    [
        "<style>@font-face{font-family:'Other';src:url(x)}</style>",
        "<script>new FontFace('Other', 'url(x)')</script>",
        "<link rel=stylesheet href=c.css>",
        "<style>@import '../a/c.css';</style>",
        "<link rel=stylesheet href=d.css>",
    ],
)
def test_names_the_author_brings(brings):
    """An ``@font-face`` of the author's own is left alone, wherever it stands."""
    sheets = {
        "https://x.invalid/a/c.css": "@font-face{font-family:Other;src:url(x)}",
        "https://x.invalid/a/d.css": "@import 'c.css';@import 'd.css';",
    }
    html = page(f"{brings}<style>p{{font-family:Other}}</style>")

    made = with_fonts(html, sheets.__getitem__, reader(OTHER))

    assert "@fontsource" not in made


def test_a_sheet_that_is_missing_is_left_to_the_page():
    """The page's own request gives the error a place."""
    html = page(
        "<link rel=stylesheet href=none.css><style>p{font-family:Other}</style>"
    )

    assert {"Other"} == named(html, OTHER)


def test_a_registry_that_does_not_answer():
    """A plan does not depend on whether npm could be asked."""

    def read(address):
        raise ResolveUnavailableError(address, "no answer")

    with pytest.raises(ResolveUnavailableError):
        with_fonts(page("<style>p{font-family:Brand}</style>"), no_sheet, read)


def planned(
    renderer, tmp_path: Path, html: str, config=None, **files: bytes
) -> hf.Plan:
    project = write_project(tmp_path / "project", html, **files)
    return renderer.plan(project, tmp_path / "plan", config or hf.RenderConfig(fps=10))


def text(style: str, *, head: str = "", words: str = "Quick") -> str:
    return composition(f'<p style="{style}">{words}</p>', head=head, duration="0.1")


def sources(plan: hf.Plan) -> set[str]:
    return {r.address for r in plan.content.requests if r.address.endswith("woff2")}


@pytest.fixture(scope="module")
def woff2(cache) -> bytes:
    """A real font."""
    package = fetch_package(
        "@fontsource/space-mono", "5.3.0", cache=cache, control=Control()
    )
    return package.read(WOFF2)


def test_a_font_of_the_project(renderer, tmp_path, woff2):
    """A local file is an artifact of the plan; nothing is added to the page."""
    face = "<style>@font-face{font-family:Mine;src:url(mine.woff2)}</style>"

    plan = planned(
        renderer, tmp_path, text("font-family:Mine", head=face), **{"mine.woff2": woff2}
    )

    assert plan.warnings == ()
    assert "compiled/mine.woff2" in {row.path for row in plan.content.artifacts}
    assert plan.content.requests == ()
    assert "fontsource" not in (plan.path / "compiled/index.html").read_text()


def test_a_font_that_is_missing(renderer, tmp_path):
    """A local file that is not there is an error by its name."""
    face = "<style>@font-face{font-family:Mine;src:url(mine.woff2)}</style>"

    with pytest.raises(PageError, match=r"mine\.woff2"):
        planned(renderer, tmp_path, text("font-family:Mine", head=face))


def test_a_font_that_is_damaged(renderer, tmp_path, woff2):
    """Half of a file is told as that, and not as a name that nobody brings."""
    face = "<style>@font-face{font-family:Mine;src:url(mine.woff2)}</style>"
    page = text("font-family:Mine, serif", head=face)
    half = {"mine.woff2": woff2[: len(woff2) // 2]}

    (told,) = planned(renderer, tmp_path, page, **half).warnings

    assert told.startswith("font 'Mine' of <p> has an @font-face with no source that")


def test_a_font_by_its_address(renderer, tmp_path):
    """A remote file is frozen."""
    face = f"<style>@font-face{{font-family:Mine;src:url({FILE})}}</style>"

    plan = planned(renderer, tmp_path, text("font-family:Mine", head=face))

    assert {FILE} == sources(plan)
    assert plan.warnings == ()


@pytest.mark.parametrize(
    "how", ["<link rel=stylesheet href='{}'>", "<style>@import '{}';</style>"]
)
def test_google_fonts(renderer, tmp_path, how):
    """The sheet is made from the package, and its file is frozen; nothing floats."""
    page = text("font-family:'Space Mono'", head=how.format(GOOGLE))

    plan = planned(renderer, tmp_path, page)

    assert {FILE} == sources(plan)
    assert GOOGLE in {request.address for request in plan.content.requests}
    assert plan.warnings == ()


def test_a_file_of_google_fonts(renderer, tmp_path):
    """Written into a page, it has no package; an override answers, HTTPS may."""
    address = "https://fonts.gstatic.com/s/inter/v18/x.woff2"
    face = f"<style>@font-face{{font-family:Mine;src:url({address})}}</style>"
    config = hf.RenderConfig(limits=hf.Limits(remote_seconds=0.001))

    with pytest.raises(
        ResolveError, match=r"x\.woff2: .*fonts\.googleapis\.com, or put"
    ):
        planned(renderer, tmp_path, text("font-family:Mine", head=face), config)


def test_a_name_of_the_authors_machine(renderer, tmp_path):
    """It is drawn in the pinned font that stands for it."""
    plan = planned(renderer, tmp_path, text("font:italic 700 20px Helvetica Neue"))

    name = f"@fontsource/inter@{INTER}/files/inter-latin-700-italic.woff2"
    assert {f"https://cdn.jsdelivr.net/npm/{name}"} == sources(plan)
    assert plan.warnings == ()


def test_a_name_nobody_has(renderer, tmp_path):
    """A warning says what it is drawn in; strict, it is an error."""
    page = text("font-family:Nonesuch Brand, serif")
    reason = (
        "font 'Nonesuch Brand' of <p> is not in the plan, the text is drawn in 'serif'"
    )

    plan = planned(renderer, tmp_path, page)

    assert [True] == [warning.startswith(reason) for warning in plan.warnings]
    with pytest.raises(InputError, match=f"^{reason}"):
        planned(renderer, tmp_path / "strict", page, hf.RenderConfig(fonts="strict"))


def test_letters_a_font_does_not_have(renderer, tmp_path):
    """They are drawn in a pinned font that has them, from the next showing on."""
    plan = planned(renderer, tmp_path, text("font-family:serif", words="Жук"))

    (source,) = sources(plan)
    assert "/eb-garamond-cyrillic-wght-normal.woff2" in source
    assert plan.warnings == ()


def test_letters_no_font_has(renderer, tmp_path):
    """Nothing stands for them, and a warning names them."""
    plan = planned(renderer, tmp_path, text("font-family:serif", words="𒀀"))

    assert [True] == [
        "has 𒀀 (U+12000 CUNEIFORM SIGN A)" in warning for warning in plan.warnings
    ]


@pytest.mark.parametrize("fonts", ["none", None, True, ""])
def test_what_may_be_said_about_fonts(fonts):
    """Warn or strict."""
    with pytest.raises(InputError, match="fonts must be 'warn' or 'strict'"):
        hf.RenderConfig(fonts=fonts)


def test_emoji(renderer, tmp_path):
    """They are drawn in colour, by the one file of the pinned font that has any."""
    page = text("font:24px serif;margin:0", words="😀")
    config = hf.RenderConfig(format="png-sequence", fps=10)

    plan = planned(renderer, tmp_path, page, config)
    renderer.render_chunk(plan.path, 0, tmp_path / "chunk.tar")

    assert plan.warnings == ()
    with tarfile.open(tmp_path / "chunk.tar") as tar:
        picture = Image.open(tar.extractfile("frame_000001.png")).convert("RGB")
    red, green, blue = np.asarray(picture).transpose(2, 0, 1)
    assert ((red > 200) & (green > 150) & (blue < 100)).sum() > 50


def test_text_that_is_in_no_paragraph(renderer, tmp_path):
    """Controls show text as well, and so does what a style puts before an element."""
    style = "<style>button{font-family:Nonesuch Brand}i::before{content:'𒀀'}</style>"

    page = composition("<button>Quick</button><i></i>", head=style, duration="0.1")
    plan = planned(renderer, tmp_path, page)

    first, second = plan.warnings
    assert "'Nonesuch Brand' of <button>" in first
    assert "no font of <i> has 𒀀" in second


def test_a_locked_project_needs_no_network_for_fonts(renderer, tmp_path):
    """Sheets, what packages say of themselves, and names nobody has: all from the lock."""
    head = (
        f"<style>@import '{GOOGLE}';p{{font-family:Nonesuch Brand,Helvetica}}</style>"
    )
    page = composition("<p>Жук</p><b style='font-family:Space Mono'>x</b>", head=head)
    project = write_project(tmp_path / "project", page)
    hf.lock(project)
    online = renderer.plan(project, tmp_path / "online")

    plan = renderer.plan(project, tmp_path / "plan", hf.RenderConfig(offline=True))

    assert online.content_hash == plan.content_hash
    assert online.warnings == plan.warnings
    assert len(sources(plan)) == 3
