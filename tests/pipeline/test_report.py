"""The report of a render: one page with all that is to be said, and nothing from elsewhere."""

from __future__ import annotations

import re
import sys
from html.parser import HTMLParser

import pytest

import hyperframes_dist as hf
from hyperframes_dist._tools.charts import Bar, bars, columns, spans
from hyperframes_dist.errors import InputError
from pages import composition, write_project

PAGE = composition(
    '<div id="intro" class="clip" data-start="0" data-duration="0.5">a</div>'
    '<div id="wrong" class="clip" data-start="0.5" data-durration="0.5">b</div>'
)
SECTIONS = [
    *("what-was-made", "timeline", "time-by-stage", "milliseconds-a-frame"),
    *("chunks-and-workers", "size-by-segment", "critical-path-and-more-workers"),
    *("warnings", "settings", "toolchain", "hashes"),
]


class Reader(HTMLParser):
    """The sections of a page, what it loads, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.sections: list[str] = []
        self.loads: list[str] = []
        self.tags: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags.add(tag)
        if tag == "section":
            self.sections.append(given["id"] or "")
        for name in ("src", "href", "xlink:href", "data"):
            if value := given.get(name):
                self.loads.append(value)


def test_a_report_holds_all_and_loads_nothing(renderer, tmp_path):
    """Charts, pictures of slow frames, warnings with their elements, hashes."""
    project = write_project(tmp_path / "project", PAGE)
    path = tmp_path / "report.html"
    config = hf.RenderConfig(fps=10, segment_seconds="1/2", variables={"key": "secret"})

    made = renderer.render(project, tmp_path / "film.mp4", config, report=path)

    text = path.read_text("utf-8")
    page = Reader(text)
    assert SECTIONS == page.sections
    assert not page.tags & {"script", "link", "iframe", "object"}
    assert [a for a in page.loads if not a.startswith("data:image/webp;base64,")] == []
    assert 4 == len(page.loads)
    assert not re.search(r"url\(|@import|//(?!www\.w3\.org/)[\w.-]+\.\w+/", text)
    for said in (made.sha256, made.content_hash, "data-durration", "intro", "worker 0"):
        assert said in text
    assert "secret" not in text


@pytest.mark.thorough
def test_frames_that_are_still_are_told(renderer, tmp_path):
    """A picture that does not move is one stretch."""
    project = write_project(tmp_path / "project", composition("<p>still</p>"))
    path = tmp_path / "report.html"

    renderer.render(project, tmp_path / "film.mp4", fps=10, report=path)

    assert "are the one before; 0.00–1.00 s" in path.read_text("utf-8")


@pytest.mark.parametrize(
    ("name", "said"), [("report.txt", r"name it report\.html"), (".", "directory")]
)
def test_a_report_that_cannot_be_is_refused_at_once(renderer, tmp_path, name, said):
    """Before a project is looked at."""
    with pytest.raises(InputError, match=said):
        renderer.render(tmp_path / "none", tmp_path / "a.mp4", report=tmp_path / name)


def test_without_the_extra_it_says_what_to_install(renderer, tmp_path, monkeypatch):
    """Before a project is looked at."""
    monkeypatch.setitem(sys.modules, "pygal", None)

    with pytest.raises(InputError, match=r"pip install 'hyperframes_dist\[report\]'"):
        renderer.render(
            tmp_path / "none", tmp_path / "a.mp4", report=tmp_path / "r.html"
        )


def test_charts_are_shapes_and_text():
    """Of any number of rows, none among them."""
    drawn = [
        bars([("plan", 1.25)], "s"),
        columns(["0", "1"], [1, 2], "ms"),
        spans([("worker", [Bar(0, 1, "one"), Bar(2, 1, "two", 1)]), ("idle", [])], "s"),
        columns([], [], "ms"),
    ]

    for text in drawn:
        assert text.startswith("<svg")
        assert "<script" not in text
    assert "1.25 s" in drawn[0]
