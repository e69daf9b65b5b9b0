"""A project is read, checked and copied; what it uses and this version cannot is named."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
from selectolax.lexbor import LexborHTMLParser

from hyperframes_dist import Limits, RenderConfig
from hyperframes_dist._compile.project import (
    IGNORED,
    IGNORED_AT_TOP,
    OWN,
    Document,
    add_runtime,
    copy_project,
    list_project,
    read_document,
)
from hyperframes_dist.errors import (
    InputError,
    PlanTooLargeError,
)
from strategies import write_tree

ROOT = '<div data-composition-id="main" data-width="64" data-height="32"></div>'
FREE = Limits()


@pytest.fixture
def read(tmp_path):
    """Reads a document of this text, as the entry of a project."""

    def read_text(text: str | bytes, entry: str = "index.html") -> Document:
        data = text if isinstance(text, bytes) else text.encode()
        write_tree(tmp_path / "project", {})
        (tmp_path / "project" / entry).write_bytes(data)
        return read_document(tmp_path / "project", RenderConfig(entry_file=entry))

    return read_text


def with_runtime(made: Document) -> str:
    """The text of *made* with the page runtime."""
    add_runtime(made.tree)
    return made.tree.html or ""


def tags(html: str, selector: str) -> list[str]:
    return [node.html or "" for node in LexborHTMLParser(html).css(selector)]


def listed(project: Path, limits: Limits = FREE, **options: object) -> list[str]:
    return [name for name, _ in list_project(project, limits, **options)]


def test_the_runtime_is_the_last_script_of_the_head(read):
    """After the libraries loaded there, before the scripts of the body."""
    text = f"""<!doctype html><html><head><script src="gsap.js"></script>
      <link rel="stylesheet" href="a.css"><script>var a = 1</script><title>t</title>
      </head><body>{ROOT}<script src="own.js"></script></body></html>"""

    html = with_runtime(read(text))

    scripts = tags(html, "script")
    assert [
        '<script src="gsap.js"></script>',
        "<script>var a = 1</script>",
        f'<script src="/{OWN}/runtime.js"></script>',
        '<script src="own.js"></script>',
    ] == scripts
    assert tags(html, "head > *")[-1] == scripts[2]


@pytest.mark.parametrize(
    "text",
    [ROOT, f"<body>{ROOT}", f"<html>{ROOT}</html>", f"<title>x</title>{ROOT}<p>y"],
)
def test_a_fragment_becomes_a_document(read, text):
    """A file without html or head gets both."""
    html = with_runtime(read(text))

    assert tags(html, "html > head > script") == tags(html, "script")
    assert len(tags(html, "html > body > div[data-composition-id]")) == 1
    assert len(tags(html, "html")) == len(tags(html, "head")) == 1


@pytest.mark.parametrize("doctype", ["<!doctype html>", "<!DOCTYPE HTML>", ""])
def test_a_doctype_is_kept(read, doctype):
    """With one, and without, the page is laid out by the rules its author saw."""
    html = with_runtime(read(f"{doctype}<html>{ROOT}</html>"))

    assert html.lower().startswith("<!doctype html>") == bool(doctype)


def test_glyphs_are_placed_alike_on_every_machine(read):
    """A style before all of the author's own turns hinting off, and yields to theirs."""
    html = read(f"<head><style>p{{}}</style></head>{ROOT}").tree.html

    assert "geometricPrecision" in tags(html, "head > style")[0]
    assert "p{}" in tags(html, "head > style")[1]


@pytest.mark.parametrize(
    "source",
    [
        "https://cdn.jsdelivr.net/npm/@hyperframes/core@0.8/dist/hyperframe.runtime.iife.js",
        "hyperframe.runtime.js",
        "./vendor/hyperframe.runtime.iife.js?v=2",
    ],
)
def test_an_embedded_runtime_is_removed(read, source):
    """The planned one takes its place; two would fight over the page."""
    text = f'<head><script src="{source}"></script></head><script src="b.js"></script>'

    html = read(text + ROOT).tree.html

    assert tags(html, "script") == ['<script src="b.js"></script>']


@pytest.mark.parametrize(
    "text", ["video", "&lt;video&gt;", "<!-- <video> -->", "<p video>"]
)
def test_talking_of_a_video_is_no_video(read, text):
    """Only elements count."""
    assert read(f"{ROOT}{text}").has_root


def test_a_policy_of_the_page_is_left_out(read):
    """It would forbid the page runtime, and the seal keeps out all it would."""
    meta = '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'">'

    made = read(f"<head><meta charset=utf-8>{meta}</head>{ROOT}")

    assert ["meta"] == [node.tag for node in made.tree.css("meta")]
    assert "none" not in with_runtime(made)


def test_a_byte_order_mark_is_no_text(read):
    """A file as Windows writes it is the file without the mark."""
    text = f"<!doctype html>{ROOT}ü"

    assert read(text).tree.html == read(b"\xef\xbb\xbf" + text.encode()).tree.html
    assert "\ufeff" not in read(b"\xef\xbb\xbf" + text.encode()).tree.html


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"", "is empty"),
        (b" \n\t", "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
        ("<p>ü".encode("latin-1"), "is not UTF-8"),
        ("<p>x".encode("utf-16-be"), "is not UTF-8: every other byte is zero"),
    ],
)
def test_a_document_is_text(read, data, found):
    """What is empty or not UTF-8 is refused by its name."""
    with pytest.raises(InputError, match=f"'a b.html' {found}"):
        read(data, "a b.html")


@pytest.mark.parametrize(
    "entry", ["none.html", "../outside.html", "link.html", "folder", "gone.html", ""]
)
def test_an_entry_is_a_file_of_the_project(tmp_path, entry):
    """However it is spelt, and whatever it links to."""
    project = write_tree(tmp_path / "project", {"folder": {"x.html": b"x"}})
    (tmp_path / "outside.html").write_text(ROOT)
    (project / "link.html").symlink_to("../outside.html")
    (project / "gone.html").symlink_to("nowhere")

    with pytest.raises(InputError, match=r"project|\.html file"):
        read_document(project, RenderConfig(entry_file=entry))


@pytest.mark.parametrize("name", ["none", "file"])
def test_a_project_is_a_directory(tmp_path, name):
    """Anything else is refused by its path."""
    (tmp_path / "file").write_text(ROOT)

    with pytest.raises(InputError, match=rf"project .*{name}' is not a directory"):
        read_document(tmp_path / name, RenderConfig(entry_file="index.html"))


@pytest.mark.parametrize(
    ("attributes", "width", "height"),
    [
        ('data-width="64" data-height="32"', 64, 32),
        ('data-width=" 64px " data-height="32.9"', 64, 32),
        ('data-width="" data-height="x"', None, 0),
        ('data-width="-5" data-height="0"', 0, 0),
        ("data-width", None, None),
        ('data-width="99999999999999999999" data-height="1e9"', 999_999_999, 1),
        ("", None, None),
    ],
)
def test_sizes_are_read_as_javascript_reads_them(read, attributes, width, height):
    """Leading digits count; what has none is a size of nothing, not a default."""
    document = read(f'<div data-composition-id="m" {attributes}></div>')

    assert (width, height) == (document.width, document.height)


def test_the_root_is_the_marked_one(read):
    """Else the first; a page without one is sized by whoever declares a size."""
    two = (
        '<div data-composition-id="a" data-width="1" data-height="2"></div>'
        '<div data-composition-id="b" data-width="3" data-height="4"{}></div>'
    )

    first, marked = read(two.format("")), read(two.format(' data-root="true"'))
    own = read('<html data-width="5" data-height="6"><p>')

    assert [(1, True), (3, True), (5, False)] == [
        (document.width, document.has_root) for document in (first, marked, own)
    ]


def test_the_declared_rate_is_the_roots(read):
    """``data-fps`` anywhere else means nothing."""
    assert read(f'<p data-fps="12">{ROOT}').fps is None
    assert read('<div data-composition-id="m" data-fps="12"></div>').fps == "12"


def test_files_are_listed_in_one_order(tmp_path):
    """Sorted by path, whatever the disk's order; hidden ones too, empty folders not."""
    tree = {
        "b": b"",
        "a.txt": b"",
        "a": {"z": b"", ".hidden": b"", "empty": {}},
        "ü": {"deep": {"er": {"x": b""}}},
        "index.html": b"",
    }

    names = listed(write_tree(tmp_path, tree))

    assert ["a.txt", "a/.hidden", "a/z", "b", "index.html", "ü/deep/er/x"] == names


def test_what_must_not_leave_is_left_out(tmp_path):
    """History, dependencies and secrets wherever they are; outputs at the top only."""
    inner = {name: {"x": b""} for name in sorted(IGNORED | IGNORED_AT_TOP)}
    secret = {".env": b"s3cret", ".env.local": b"s3cret", ".envrc": b"s3cret"}
    tree = {**inner, **secret, "sub": {**inner, **secret}, "index.html": b""}

    names = listed(write_tree(tmp_path, tree))

    kept = [f"sub/{name}/x" for name in sorted(IGNORED_AT_TOP)]
    assert ["index.html", *kept] == names


def test_links_inside_are_followed(tmp_path):
    """A link to a file is that file, a link to a folder is all of it, by its own name."""
    project = write_tree(tmp_path / "p", {"real": {"x": b"1"}, "index.html": b""})
    (project / "file").symlink_to("real/x")
    (project / "folder").symlink_to(project / "real")
    (project / "real/sibling").symlink_to("../index.html")

    names = listed(project)

    assert [
        *("file", "folder/sibling", "folder/x", "index.html", "real/sibling", "real/x"),
    ] == names
    assert all(path.is_file() for _, path in list_project(project, FREE))


def link_out(project: Path) -> None:
    (project / "sub/bad").symlink_to("../../outside")


def link_out_absolute(project: Path) -> None:
    (project / "sub/bad").symlink_to("/etc/passwd")


def link_out_folder(project: Path) -> None:
    (project / "sub/bad").symlink_to("../..")


def link_to_nothing(project: Path) -> None:
    (project / "sub/bad").symlink_to("nowhere")


def link_to_itself(project: Path) -> None:
    (project / "sub/bad").symlink_to("bad")


def link_to_the_top(project: Path) -> None:
    (project / "sub/bad").symlink_to("..")


def link_to_its_folder(project: Path) -> None:
    (project / "sub/bad").symlink_to(".")


def not_utf8(project: Path) -> None:
    Path(os.fsdecode(os.fsencode(project / "sub/bad") + b"\xff")).write_bytes(b"")


def reserved(project: Path) -> None:
    (project / OWN).mkdir()


BAD_TREES = [
    (link_out, "out of the project"),
    (link_out_absolute, "out of the project"),
    (link_out_folder, "out of the project"),
    (link_to_nothing, "link to nothing"),
    (link_to_itself, "link to nothing"),
    (link_to_the_top, "in a circle"),
    (link_to_its_folder, "in a circle"),
    (not_utf8, "is not UTF-8"),
    (reserved, "library's own folder"),
]


@pytest.mark.parametrize(("spoil", "found"), BAD_TREES)
def test_a_bad_tree_is_refused_by_name(tmp_path, spoil, found):
    """The error says which name, and what to do about it."""
    (tmp_path / "outside").write_bytes(b"s3cret")
    project = write_tree(tmp_path / "p", {"sub": {}, "index.html": b""})
    spoil(project)

    with pytest.raises(InputError, match=found) as caught:
        listed(project)

    assert "sub/bad" in str(caught.value) or OWN in str(caught.value)


def test_a_special_file_is_no_file(tmp_path):
    """A pipe in a project is left out, not waited for."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "index.html").write_bytes(b"")

    assert listed(tmp_path) == ["index.html"]


def test_paths_of_the_output_are_left_out(tmp_path):
    """A plan or a video written into the project is not part of it."""
    project = write_tree(tmp_path, {"out": {"x": b""}, "v.mp4": b"", "index.html": b""})

    names = listed(project, exclude=(project / "out", project / "sub/../v.mp4"))

    assert names == ["index.html"]


def test_files_have_a_limit(tmp_path):
    """A project of more files than allowed is refused with the number."""
    write_tree(tmp_path, {f"{n}": b"" for n in range(5)})

    assert len(listed(tmp_path, Limits(files=5))) == 5
    with pytest.raises(InputError, match="more than 4 files"):
        listed(tmp_path, Limits(files=4))


def test_a_copy_is_described_byte_by_byte(tmp_path):
    """Every file with its size and digest, but the document, which is written once shown."""
    project = write_tree(
        tmp_path / "p", {"a": {"index.html": b"<p>raw"}, "x": b"1", "empty": b""}
    )
    files = list_project(project, FREE)

    rows = copy_project(files, "a/index.html", tmp_path / "out", FREE)

    found = {row.path: (row.size, row.sha256) for row in rows}
    expected = {"x": b"1", "empty": b""}
    assert found == {
        f"compiled/{name}": (len(data), hashlib.sha256(data).hexdigest())
        for name, data in expected.items()
    }
    assert {
        name: (tmp_path / "out" / name).read_bytes() for name in expected
    } == expected


def test_a_plan_has_a_limit(tmp_path):
    """More bytes than allowed are refused with both numbers, before they are copied."""
    project = write_tree(tmp_path / "p", {"x": b"1" * 1000, "index.html": b""})
    files = list_project(project, FREE)

    with pytest.raises(PlanTooLargeError) as caught:
        copy_project(files, "index.html", tmp_path / "out", Limits(plan_bytes=999))

    assert (caught.value.size, caught.value.limit) == (1000, 999)
    assert not (tmp_path / "out/x").exists()


@pytest.mark.parametrize("limit", [200, 184 + 2000])
def test_a_plan_that_is_too_large_is_not_there(renderer, project, tmp_path, limit):
    """Not before its page is shown, and not after it asked for something large."""
    import hyperframes_dist as hf

    script = '<script src="https://assets.example.com/big.js"></script>'
    page = (project / "index.html").read_text()
    (project / "index.html").write_text(script + page)
    big = tmp_path / "overrides/assets.example.com/big.js"
    big.parent.mkdir(parents=True)
    big.write_bytes(b"//" + b"x" * 3000)
    config = hf.RenderConfig(
        overrides_dir=tmp_path / "overrides", limits=Limits(plan_bytes=limit)
    )

    with pytest.raises(PlanTooLargeError) as caught:
        renderer.plan(project, tmp_path / "plan", config)

    assert caught.value.size > caught.value.limit == limit
    assert sorted(path.name for path in tmp_path.iterdir()) == ["overrides", "project"]
