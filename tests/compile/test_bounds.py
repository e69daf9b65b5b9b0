"""What a small project can make of itself has a limit, and its making can be stopped."""

from __future__ import annotations

import time
import tracemalloc
from pathlib import Path

import pytest

from hyperframes_dist import Limits, RenderConfig
from hyperframes_dist._compile.addresses import rewrite_addresses
from hyperframes_dist._compile.project import Document, read_document
from hyperframes_dist._compile.scope import Scope, rename_css, rewrite_urls, scope_css
from hyperframes_dist._fonts.css import read_sheets
from hyperframes_dist._tools.html import parse
from hyperframes_dist.errors import DeadlineExceeded, InputError
from hyperframes_dist.progress import Control
from pages import composition, write_project

SCOPE = Scope(host="[a]", box="[a]", own_id="x")
OVER = Control(deadline=0.0)


def write_mounts(project: Path, text: str, *, times: int, deep: bool = False) -> None:
    """A document that mounts *text* as often as asked, or a file that does."""
    project.mkdir(exist_ok=True)
    root = '<div data-composition-id="{}" data-duration="1">{}</div>'
    host = '<div data-composition-src="{}"></div>'
    (project / "b.html").write_text(root.format("b", text))
    (project / "m.html").write_text(root.format("m", host.format("b.html") * times))
    entry = host.format("m.html") * times if deep else host.format("b.html") * times
    (project / "index.html").write_text(root.format("top", entry))


def read(project: Path, *, room: int = 1 << 20, seconds: float = 30) -> Document:
    config = RenderConfig(limits=Limits(page_bytes=room))
    return read_document(project, config, Control(deadline=time.monotonic() + seconds))


@pytest.mark.parametrize(("times", "deep"), [(200, False), (15, True)])
def test_a_file_counts_as_often_as_it_is_mounted(tmp_path, times, deep):
    """Before any of it is put in place, and the limit is named."""
    write_mounts(tmp_path, "x" * 100_000, times=times, deep=deep)
    tracemalloc.start()

    try:
        with pytest.raises(InputError, match=r"index\.html.*Limits\.page_bytes"):
            read(tmp_path)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert most < 10_000_000


def test_a_million_mounts_of_mounts(tmp_path):
    """Each level multiplies; nothing is multiplied but a number."""
    tmp_path.mkdir(exist_ok=True)
    for level in range(18):
        host = f'<div data-composition-src="{level + 1}.html"></div>'
        text = f'<div data-composition-id="c{level}">{host * 10}</div>'
        (tmp_path / f"{level}.html").write_text(text)
    (tmp_path / "18.html").write_text('<div data-composition-id="c18">x</div>')
    (tmp_path / "0.html").rename(tmp_path / "index.html")
    began = time.process_time()

    with pytest.raises(InputError, match="mounts more than 1000"):
        read(tmp_path)

    assert time.process_time() - began < 5


@pytest.mark.parametrize("name", ["index.html", "b.html"])
def test_a_file_that_is_too_large_is_not_read(tmp_path, name):
    """A document of many gigabytes costs nothing."""
    write_mounts(tmp_path, "x", times=1)
    with (tmp_path / name).open("ab") as file:
        file.truncate(20 * 1024**3)

    with pytest.raises(InputError, match=rf"(?s){name}.*21474836480.*page_bytes"):
        read(tmp_path)


def test_as_much_as_is_allowed(tmp_path):
    """Eight mounts of a tenth of the limit each are put in place."""
    write_mounts(tmp_path, "x" * 100_000, times=8)

    assert read(tmp_path).tree.html.count("x" * 100_000) == 8


@pytest.mark.parametrize(
    "text",
    [
        "<style>" + "a{b:c}" * 4000 + "</style>",
        '<i style="background:url(a)"></i>' * 1000,
        "<p></p>" * 3000,
        "<script>1</script>" * 1000,
        '<img srcset="' + "a 1x, " * 4000 + '">',
    ],
    ids=["style", "attributes", "elements", "scripts", "srcset"],
)
def test_it_stops_when_it_is_told(tmp_path, text):
    """A deadline is heeded while mounts are put in place, whatever they are made of."""
    write_mounts(tmp_path, text, times=300)
    began = time.process_time()

    with pytest.raises(DeadlineExceeded):
        read(tmp_path, room=16 << 20, seconds=0.5)

    assert time.process_time() - began < 5


DEEP = {
    "rules": "a{" * 5000,
    "closed": "a{" * 5000 + "}" * 5000,
    "brackets": "a" + "[" * 5000,
    "selectors": "a" + ":not(" * 5000,
    "media": "@media all{" * 2000,
}


@pytest.mark.parametrize("css", DEEP.values(), ids=DEEP)
def test_a_deep_sheet_is_refused(css):
    """It is the author's fault and told as such; Python's stack is not involved."""
    for work in (
        lambda: scope_css(css, SCOPE),
        lambda: rename_css(css, {}),
        lambda: rewrite_urls(css, str),
    ):
        with pytest.raises(InputError, match="nests deeper than 100"):
            work()


@pytest.mark.parametrize("css", DEEP.values(), ids=DEEP)
def test_a_sheet_that_is_only_looked_at_may_be_deeper(css):
    """One from elsewhere may be what it likes, as far as Chrome takes it."""
    assert read_sheets([css[:900]]).brought == frozenset()
    with pytest.raises(InputError, match="nests deeper than 1000"):
        read_sheets([css])


@pytest.mark.parametrize(
    "css",
    [
        "a::before{content:'((((((((((" + "[" * 500 + "'}b{c:d}",
        "/*" + "{" * 500 + "*/b{c:d}",
        "a{background:url(x" + "{" * 500 + ")}b{c:d}",
        ".a\\{" + "\\(" * 500 + "{c:d}",
    ],
)
def test_brackets_that_are_none_do_not_count(css):
    """In strings, comments, addresses and after a backslash."""
    assert "{c:d}" in scope_css(css, SCOPE)


def test_a_sheet_is_read_in_pieces():
    """However it is cut, what is written is the same."""
    rules = "a{b:c}/*{*/@media x{p{q:r}}s{t:'}'}\n"

    assert scope_css(rules * 4000, SCOPE) == scope_css(rules, SCOPE) * 4000


def test_between_pieces_it_can_be_stopped():
    """Sheets that are only looked at, too."""
    for work in (
        lambda: scope_css("a{b:c}", SCOPE, OVER),
        lambda: rewrite_urls("url(a)", str, OVER),
        lambda: read_sheets(["a{b:c}"], control=OVER),
        lambda: read_sheets([], ["b:c"], control=OVER),
    ):
        with pytest.raises(DeadlineExceeded):
            work()


@pytest.mark.parametrize("where", ["style", "attribute", "packed", "part"])
def test_a_sheet_that_ends_chrome_is_named(renderer, tmp_path, where):
    """Before Chrome sees it: its file, and its line."""
    deep, folder = "a{" * 20_000, tmp_path / "project"
    mount = '<p data-composition-id="p" data-composition-src="p.html"></p>'
    part = f'<p data-composition-id="p"><style>{deep}</style></p>'
    html = {
        "style": composition(head=f"<style>\nb{{}}{deep}</style>"),
        "attribute": composition(f'<p style="width:{"calc(" * 20_000}"></p>'),
        "packed": composition(head='<link rel="stylesheet" href="a.min.css">'),
        "part": composition(mount),
    }
    files = {"a.min.css": deep.encode(), "p.html": part.encode()}
    write_project(folder, html[where], **files)
    named = {"packed": r"a\.min\.css: .*line 1", "part": "p.html:1"}

    with pytest.raises(InputError, match=named.get(where, r"index\.html:\d")):
        renderer.plan(folder, tmp_path / "plan")


def test_a_rule_has_a_length():
    """Of one rule nothing is read when it is longer than any author's."""
    with pytest.raises(InputError, match="a rule of more than 4 MiB"):
        scope_css("a," * (3 << 20), SCOPE)
    assert scope_css("a{b:'" + "x" * (5 << 20) + "'}", SCOPE)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("a.png 1x, b.png 2x", "R 1x, R 2x"),
        ("a.png", "R"),
        ("a.png, b.png 2x", "R, R 2x"),
        ("  a,b.png  480w ,c.png", "R  480w, R"),
        ("data:image/png;base64,AA 1x,b 2x", "R 1x, R 2x"),
        (",,,", ""),
    ],
)
def test_sets_of_pictures(text, wanted):
    """Each address of a set is found as browsers find it."""
    tree = parse(f'<img srcset="{text}">')

    rewrite_addresses(tree, lambda _: "R")

    assert f'srcset="{wanted}"' in (tree.html or "")


def test_a_long_set_takes_no_time():
    """Words without commas are read once."""
    tree = parse(f'<img srcset="{"a" * 200_000} b c {"d " * 100_000}">')
    began = time.process_time()

    rewrite_addresses(tree, lambda _: "R")

    assert time.process_time() - began < 5
