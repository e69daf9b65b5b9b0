"""What a page does wrong is told with the line its author wrote, and what it printed."""

from __future__ import annotations

import logging
import pickle
import time

import pytest

import hyperframes_dist as hf
from hyperframes_dist._planned.authored import find_authored, script_lines
from hyperframes_dist.errors import PageError
from pages import GSAP, composition, write_project

PAGE = """<!doctype html>
<html>
<head>
<meta charset="utf-8">
<style>
  body { margin: 0; font-family: "Space Mono"; }
</style>
</head>

<body>
<div
  data-composition-id="main"
  data-width="64"
  data-height="32"
  data-duration="1"
  data-no-timeline>text</div>
<script>
console.log("hello", 3, { a: 1 });
console.error("careful");
</script>
<script>
  %s
</script>
</body>
</html>
"""
KINDS = {
    "throws": ("kaputt();", "ReferenceError: kaputt is not defined"),
    "does not parse": ("draw(1;", "SyntaxError"),
    "rejects": ("Promise.reject(new Error('later'))", "later"),
    "throws in a frame": ("requestAnimationFrame(() => kaputt())", "kaputt is not"),
    "throws in a timer": ("setTimeout(() => kaputt())", "kaputt is not defined"),
}


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_fault_is_told_with_its_authors_line(renderer, tmp_path, kind):
    """Fonts and styles that are put before it move nothing; the line itself is shown."""
    script, text = KINDS[kind]
    project = write_project(tmp_path / "project", PAGE % script)

    with pytest.raises(PageError, match=r"index\.html:22:") as caught:
        renderer.plan(project, tmp_path / "plan")

    error = caught.value
    assert text in error.reason
    assert ("index.html", 22, f"  {script}") == (error.file, error.line, error.source)
    assert str(error) == str(pickle.loads(pickle.dumps(error)))


def test_a_worker_names_the_authors_line_too(renderer, tmp_path):
    """What only a rendered frame meets is told as planning would have told it."""
    script = (
        "let n = 0; addEventListener('hf-seek', () => { if (++n > 300) kaputt(); });"
    )
    page = (PAGE % script).replace('duration="1"', 'duration="2"')
    project = write_project(tmp_path / "project", page)
    # Planning looks at every other of so many frames, a worker at each.
    config = hf.RenderConfig(fps=240, format="webm", quality="draft", chunks=1)
    renderer.plan(project, tmp_path / "plan", config)

    with pytest.raises(PageError, match="kaputt is not defined") as caught:
        renderer.render_chunk(tmp_path / "plan", 0, tmp_path / "chunk.webm")

    error = caught.value
    assert ("index.html", 22) == (error.file, error.line)
    assert error.frame is not None
    assert error.source == f"  {script}"


@pytest.mark.parametrize("call", ["onUpdate", "onComplete"])
def test_what_a_tween_calls_fails_the_frame(renderer, tmp_path, call):
    """The page runtime goes on where something throws while it is sought."""
    body = f"""<script>const tl = gsap.timeline({{paused: true}});
tl.to("#root", {{x: 9, duration: 0.2, {call}() {{ kaputt(); }}}}, 0.5);
window.__timelines.main = tl;</script>"""
    page = composition(body, head=f'<script src="{GSAP}"></script>', root="")
    project = write_project(tmp_path / "project", page)

    with pytest.raises(PageError, match="kaputt is not defined") as caught:
        renderer.plan(project, tmp_path / "plan")

    assert "kaputt()" in caught.value.source


def test_what_the_page_prints_is_logged_and_told(renderer, tmp_path, caplog):
    """The console goes to a logger of its own, and its last lines into the error."""
    project = write_project(tmp_path / "project", PAGE % "throw new Error('kaputt')")

    with (
        caplog.at_level(logging.DEBUG, "hyperframes_dist.page"),
        pytest.raises(PageError) as caught,
    ):
        renderer.plan(project, tmp_path / "plan")

    rows = [(r.levelname, r.getMessage()) for r in caplog.records if "page" in r.name]
    assert ("INFO", "hello 3 Object") in rows
    assert ("ERROR", "careful") in rows
    assert caught.value.console[:2] == ("log: hello 3 Object", "error: careful")
    assert "error: careful" in str(caught.value)


# The registry by a way that cannot be read from the script's text.
HIDDEN = "window[['__time', 'lines'].join('')]"


def page_with_timeline(names: str, register: str) -> str:
    parts = "".join(f'<p data-composition-id="{name}"></p>' for name in names.split())
    script = f"<script>const tl = gsap.timeline({{paused: true}}); {register}</script>"
    head = f'<script src="{GSAP}"></script>'
    return composition(parts + script, head=head, root="")


@pytest.mark.parametrize(
    ("names", "register", "text"),
    [
        ("", HIDDEN, r'for composition "main"; set'),
        ("", f"{HIDDEN}.mian = tl", r'"main", but "mian" is; set'),
        ("first", f"{HIDDEN}.main = {HIDDEN}.frist = tl", r'"first", but "frist"'),
    ],
)
def test_a_missing_timeline_is_decided_soon(renderer, tmp_path, names, register, text):
    """A page that asks for nothing any more is not waited for until the deadline."""
    project = write_project(tmp_path / "project", page_with_timeline(names, register))
    began = time.monotonic()

    with pytest.raises(PageError, match=text):
        renderer.plan(project, tmp_path / "plan")

    assert time.monotonic() - began < 20


def test_a_part_that_never_moves_needs_no_timeline(renderer, tmp_path):
    """It is drawn, with a warning, and no worker waits for it."""
    page = page_with_timeline("alpha beta", "__timelines.main = tl")
    project = write_project(tmp_path / "project", page)

    plan = renderer.plan(project, tmp_path / "plan", hf.RenderConfig(fps=10))
    began = time.monotonic()
    chunk = renderer.render_chunk(plan.path, 0, tmp_path / "chunk.mp4")

    warned = [text for text in plan.warnings if "registers no timeline" in text]
    assert ["'alpha'" in warned[0], "'beta'" in warned[1]] == [True, True]
    assert plan.content.page.timeline
    assert 10 == chunk.frame_count
    html = (plan.path / "compiled" / "index.html").read_text()
    assert 2 == html.count("data-no-timeline")
    assert time.monotonic() - began < 20


def test_a_late_timeline_is_waited_for(renderer, tmp_path):
    """One that comes after a file the page asked for is not late."""
    register = (
        "fetch('data.json').then((r) => r.json()).then(() => {"
        "__timelines.main = tl.to('#root', {x: 1, duration: 1})})"
    )
    page = page_with_timeline("", register)
    project = write_project(tmp_path / "project", page, **{"data.json": b"{}"})

    plan = renderer.plan(project, tmp_path / "plan", hf.RenderConfig(fps=10))

    assert (True, ()) == (plan.content.page.timeline, plan.warnings)


def test_lines_are_mapped_by_what_a_script_says():
    """A line outside of every script is nobody's."""
    authored = "<p>\n</p>\n<script>\none;\ntwo;\n</script>"
    compiled = "<html><head>\n\n\n</head><p></p><script>\none;\ntwo;\n</script></html>"
    rows = script_lines(authored, compiled)

    assert (5, 3) == find_authored(rows, 6, 3)
    assert (3, 9) == find_authored(rows, 4, 23)
    assert find_authored(rows, 1, 1) is None


def test_a_worker_of_a_worker_is_refused(renderer, tmp_path):
    """Chrome does not ask us for what it wants, so it is told instead of left without."""
    page = composition("<script>new Worker('outer.js')</script>")
    files = {"outer.js": b"\n\nnew Worker('inner.js')", "inner.js": b""}
    project = write_project(tmp_path / "project", page, **files)

    with pytest.raises(PageError, match="starts a worker of its own") as caught:
        renderer.plan(project, tmp_path / "plan")

    assert ("outer.js", 3) == (caught.value.file, caught.value.line)
