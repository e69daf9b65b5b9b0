"""Every mistake has a name, a place and a cure, told from the files alone."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest

import hyperframes_dist as hf
from hyperframes_dist._check.grammar import first_fault
from hyperframes_dist._check.numbers import meant, read_number
from hyperframes_dist._check.rules import RULES
from hyperframes_dist._check.script import read_script
from hyperframes_dist.errors import InputError, PageError
from pages import composition, write_project

TESTS = Path(__file__).parents[1]
MISTAKES = TESTS / "mistakes"
NAMES = sorted(path.parent.name for path in MISTAKES.glob("*/expected.json"))
NEIGHBOURS = Path(__file__).with_name("neighbours")
ROWS = tomllib.loads(NEIGHBOURS.with_suffix(".toml").read_text("utf-8"))["mistake"]
OURS = sorted(
    path.parent
    for folder in (TESTS / "compositions", TESTS.parent / "examples")
    for path in folder.glob("*/index.html")
)


def test_elements_that_lie_deep_are_looked_at_once(tmp_path):
    """A document of many levels takes as long as its elements, not as their square."""
    depth = 3000
    html = composition("<p>" + "<b>" * depth)
    started = time.process_time()

    report = hf.check(write_project(tmp_path / "deep", html))

    assert report.errors or report.warnings
    assert time.process_time() - started < 5


MANY = {
    "tweens": (
        '<div id="a" data-start="0" data-duration="1"></div>',
        "const tl = gsap.timeline({ paused: true });"
        + 'tl.to("#a", { x: 1, duration: 1, ease: "none" }, 0);' * 1500,
    ),
    "functions": (
        '<script src="https://cdn.jsdelivr.net/npm/d3@7.9.0/dist/d3.min.js"></script>',
        "".join(
            f"function f{n}() {{ return d3.select('a{n}'); }}" for n in range(1500)
        ),
    ),
    "starts": (
        "".join(
            f'<div id="c{n}" data-start="{f"c{n - 1}" if n else 0}" data-duration="1"></div>'
            for n in range(400)
        ),
        "",
    ),
}


@pytest.mark.parametrize("name", MANY)
def test_what_there_is_much_of_is_looked_at_once(tmp_path, name):
    """A project takes as long as it is large, not as its square."""
    body, script = MANY[name]
    html = composition(f"{body}<script>{script}</script>")
    started = time.process_time()

    hf.check(write_project(tmp_path / name, html))

    assert time.process_time() - started < 3


def expected_of(name: str) -> dict:
    return json.loads((MISTAKES / name / "expected.json").read_text())


def check_of(name: str) -> hf.Report:
    facts = expected_of(name).get("config", {})
    return hf.check(MISTAKES / name, hf.RenderConfig(**facts))


@pytest.mark.parametrize("name", NAMES)
def test_a_mistake_is_told_with_its_place_and_its_cure(name):
    """The rule, the file, the line and what to do are those its project expects."""
    expected = expected_of(name)

    found = [f for f in check_of(name).findings if f.code == expected["code"]]

    assert [(expected["file"], expected["line"])] == [(f.file, f.line) for f in found][
        :1
    ]
    assert expected["hint"] in found[0].hint
    assert found[0].source
    assert 1 <= found[0].column <= len(found[0].source)


@pytest.mark.sampled(40)
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["name"])
def test_a_neighbour_is_told_with_its_place_and_its_cure(row, tmp_path):
    """One edit of a project without a mistake is one finding at least, at its line."""
    project = shutil.copytree(NEIGHBOURS, tmp_path / "project")
    file = project / row.get("file", "index.html")
    text = file.read_text("utf-8")
    for old, new in row.get("edits", ()):
        assert old in text
        text = text.replace(old, new, 1)
    file.write_text(text, "utf-8")
    config = hf.RenderConfig(variables=row.get("variables", {}))

    findings = hf.check(project, config).findings

    told = [f"{found.file}:{found.line} {found.code}" for found in findings]
    assert row["told"] in told
    assert row["hint"] in {found.hint for found in findings}


def test_a_picture_too_large_to_look_at_is_told(tmp_path):
    """It is read neither here nor for the film, where ``data-loop`` of it does nothing."""
    html = composition("<img src=a.gif data-loop=false alt=a>")
    project = write_project(tmp_path / "large", html, **{"a.gif": b"GIF89a"})
    with (project / "a.gif").open("r+b") as file:
        file.truncate((32 << 20) + 1)

    (found,) = [each for each in hf.check(project).findings if each.code == "HF213"]

    assert "larger than 32 MiB" in found.message


def test_the_project_of_the_neighbours_is_clean():
    """What is told of an edit of it is the edit's."""
    assert () == hf.check(NEIGHBOURS).findings


LOST = ("HF113", 20)
ENCODINGS = {
    "saved twice": (lambda text: text.encode().decode("latin-1").encode(), LOST),
    "lost": (lambda text: text.replace("ö", "\ufffd").encode(), LOST),
    "UTF-16": (lambda text: text.encode("utf-16"), None),
    "UTF-8 with a mark": (lambda text: text.encode("utf-8-sig"), None),
    "old line ends": (lambda text: text.replace("\n", "\r\n").encode(), None),
    "declared": (
        lambda text: text.replace('"utf-8"', '"iso-8859-1"').encode("latin-1"),
        None,
    ),
}


@pytest.mark.parametrize("name", ENCODINGS)
def test_letters_are_read_as_they_were_written(name, tmp_path):
    """What a file's mark or its <meta> says is heeded, and lost letters are told."""
    encode, told = ENCODINGS[name]
    project = shutil.copytree(NEIGHBOURS, tmp_path / "project")
    text = (project / "index.html").read_text("utf-8").replace("two<", "zwölf<")
    (project / "index.html").write_bytes(encode(text))

    found = hf.check(project).findings

    assert [told] * (told is not None) == [(f.code, f.line) for f in found]


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16-le"])
def test_what_is_no_text_is_refused_with_its_place(encoding, tmp_path):
    """Nothing in it says how it is to be read."""
    project = shutil.copytree(NEIGHBOURS, tmp_path / "project")
    page = project / "index.html"
    page.write_bytes(page.read_text("utf-8").replace("two<", "zwölf<").encode(encoding))
    said = {"latin-1": "line 20, column 118", "utf-16-le": "every other byte is zero"}

    with pytest.raises(InputError, match=said[encoding]):
        hf.check(project)


PNG = (NEIGHBOURS / "assets" / "logo.png").read_bytes()
SVG = '<svg xmlns="http://www.w3.org/2000/svg">{}</svg>'
FILES = {
    "cut off": ("logo.png", PNG[:30], "HF307", "is cut off"),
    "no namespace": ("a.svg", b"<svg><rect/></svg>", "HF307", "lacks xmlns"),
    "no XML": ("a.svg", SVG.format("<rect x=1>").encode(), "HF307", "is no XML"),
    "of two files": (
        "a.svg",
        SVG.format('<image href="logo.png"/>').encode(),
        "HF307",
        "asks for 'logo.png'",
    ),
    "a photograph of a phone's": ("a.heic", b"ftypheic", "HF309", "no browser shows"),
    "a hash in its name": ("lo#go.png", PNG, "HF301", "lo%23go.png"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_picture_that_cannot_be_shown_is_told(name, tmp_path):
    """By what its bytes are, or by how its name is to be spelt."""
    file, data, code, said = FILES[name]
    project = shutil.copytree(NEIGHBOURS, tmp_path / "project")
    (project / "assets" / file).write_bytes(data)
    page = project / "index.html"
    page.write_text(page.read_text("utf-8").replace("logo.png", file, 1), "utf-8")

    (found,) = hf.check(project).findings

    assert (code, 21) == (found.code, found.line)
    assert said in f"{found.message} {found.hint}"


QUIET = {
    "selectors that begin with brackets": (
        "index.html",
        'tl.from("#line"',
        'tl.set("[id=line] > b, p:first-child + p", { x: 1 }, 0); tl.from("#line"',
    ),
    "a timeline with a method of its author's": (
        "index.html",
        'tl.from("#line"',
        'tl.rise = (what) => tl.to(what, { y: 1 }, 0); tl.rise("#line"); tl.from("#line"',
    ),
    "a loop with a label on a line of its own": (
        "index.html",
        "window.__timelines =",
        "const many = 1\nouter: for (;;) { break outer }\nwindow.__timelines =",
    ),
    "a name for the registry": (
        "index.html",
        "window.__timelines =",
        "const __timelines = window.__timelines =",
    ),
    "a registry that is handed over": (
        "index.html",
        "window.__timelines =",
        "const __timelines = (globalThis.__timelines ??= {}); window.__timelines =",
    ),
    "a part that says twice what it is": (
        "parts/intro.html",
        "<template>",
        '<html data-composition-id="intro"><template>',
    ),
    "what only gives a length": (
        "index.html",
        '<div id="card"',
        (
            '<i class="clip" data-start="0" data-duration="4" style="opacity: 0"></i>'
            '<div id="card"'
        ),
    ),
}


@pytest.mark.parametrize("name", QUIET)
def test_what_published_pieces_do_is_no_mistake(name, tmp_path):
    """As the catalogue of blocks writes its files."""
    file, old, new = QUIET[name]
    place = shutil.copytree(NEIGHBOURS, tmp_path / "project") / file
    place.write_text(place.read_text("utf-8").replace(old, new, 1), "utf-8")

    report = hf.check(tmp_path / "project")

    assert () == (*report.errors, *report.warnings)


FONT = Path(hf.__file__).parent / "_fonts" / "data" / "inter.ttf"
FORMATS = {
    "truetype": None,
    "opentype": None,
    "woff2": ("HF307", 'write format("truetype")'),
    "ttf": ("HF603", "did you mean 'truetype'?"),
    "svg": ("HF603", "did you mean 'truetype'?"),
}


@pytest.mark.parametrize("said", FORMATS)
def test_what_is_said_of_a_font_is_held_against_its_bytes(said, tmp_path):
    """Chrome leaves out what it does not know, and others what is of another format."""
    project = shutil.copytree(NEIGHBOURS, tmp_path / "project")
    shutil.copy(FONT, project / "assets")
    page = project / "index.html"
    face = f"@font-face {{ font-family: Own; src: url(assets/inter.ttf) format('{said}') }}"
    page.write_text(
        page.read_text("utf-8").replace(".big {", f"{face} .big {{", 1), "utf-8"
    )

    found = [(f.code, f.hint) for f in hf.check(project).findings]

    assert [FORMATS[said]] * (FORMATS[said] is not None) == found


GOOD_SCRIPTS = (
    "for await (const x of y) { z(x); }",
    "const a = 1\nconst b = 2",
    "if (a) b(); else c();",
    "x = class extends Y { static z = 1; get a() { return 1 } async *b() {} }",
    "f(({ a = 1, b: { c = 2 } = {} }) => a)",
    "label: for (;;) { break label }",
    "({ get a() { return 1 }, set a(b) {}, async c() {}, *d() {}, [e]: 1, ...f })",
    "a = b ? { c } : [d,,e]",
    'import a, { b as c } from "./a.js" with { type: "json" };',
    "export default { a }",
    "do x(); while (y)",
    "a = `${b} ${c}` + d`e`",
    "return",
    "const [a, b] = c; { let a = 1; }",
    "a = (1, 2); function* g() { yield; yield 1 }",
    "switch (a) { case 1: { b } default: c }",
    "let of = 1; async(of); new a.default",
)


@pytest.mark.parametrize("text", GOOD_SCRIPTS)
def test_a_script_that_parses_has_no_fault(text):
    """What JavaScript allows is no slip, however seldom it is written."""
    assert None is first_fault(read_script(text), text, may_return=True)


MASK = """<svg xmlns="http://www.w3.org/2000/svg"><mask id="m"><rect/></mask>
<clipPath id="c"><rect/></clipPath></svg>"""
OF_FILES = {
    "mask": ("mask: url(m.svg#m)", ["HF313"]),
    "mask with more": ("-webkit-mask: url('m.svg#m') no-repeat", ["HF313"]),
    "a mask that is not there": ("mask: url(m.svg#n)", ["HF312"]),
    "a clip that is not there": ("clip-path: url(m.svg#n)", ["HF312"]),
    "clip": ("clip-path: url(m.svg#c)", []),
    "a picture as a mask": ("mask: url(m.svg)", []),
}


@pytest.mark.parametrize("name", OF_FILES)
def test_a_mask_of_another_file_is_told(name, tmp_path):
    """Chrome hides what is masked so, and says nothing; clips of other files it draws."""
    css, told = OF_FILES[name]
    project = shutil.copytree(NEIGHBOURS, tmp_path / "project")
    (project / "m.svg").write_text(MASK)
    page = project / "index.html"
    text = page.read_text("utf-8").replace(".big {", f".big {{ {css};", 1)
    page.write_text(text, "utf-8")

    findings = hf.check(project).findings

    assert [(code, 14) for code in told] == [(f.code, f.line) for f in findings]


PAGES = {
    "thrown": ("x: size", "x: sise", "HF701", 30, "sise is not defined"),
    "parsed": ("const tl =", "const const tl =", "HF701", 29, "SyntaxError"),
    "unanswered": ("@3.12.5/dist", "@3.12.5/dst", "HF703", 10, "no such file"),
    "refused": ('data-duration="4">', 'data-duration="400000">', "HF704", 18, "limit"),
    "doubtful": ('"Inter"', '"NotThere Sans"', "HF702", 13, "NotThere Sans"),
}


@pytest.mark.sampled(1)
@pytest.mark.parametrize("name", PAGES)
def test_what_only_a_page_tells_has_its_place_too(name, tmp_path):
    """Asked for, the page is shown as planning shows it."""
    old, new, code, line, said = PAGES[name]
    project = shutil.copytree(NEIGHBOURS, tmp_path / "project")
    page = project / "index.html"
    text = page.read_text("utf-8")
    assert old in text
    page.write_text(text.replace(old, new, 1), "utf-8")

    last = hf.check(project, page=True).findings[-1]

    assert (code, "index.html", line) == (last.code, last.file, last.line)
    assert said in last.message


def test_every_rule_has_a_project():
    """No rule is there that nobody has seen at work."""
    seen = {expected_of(name)["code"] for name in NAMES}
    seen |= {row["told"].split()[-1] for row in ROWS}
    seen |= {code for _, _, code, _, _ in PAGES.values()}
    seen |= {code for _, told in OF_FILES.values() for code in told}
    seen |= {told[0] for _, told in ENCODINGS.values() if told}

    assert sorted(RULES) == sorted(seen)


def test_every_rule_has_its_page():
    """A code that is printed can be looked up."""
    page = (TESTS.parent / "docs" / "checks.md").read_text("utf-8")

    assert [code for code in RULES if f"\n## {code}: " not in page] == []


def test_the_project_without_a_mistake_is_clean():
    """The project all the others are made from has no finding at all."""
    assert () == hf.check(MISTAKES / "none").findings


@pytest.mark.parametrize("project", OURS, ids=lambda path: path.name)
def test_no_alarm_is_false(project):
    """Compositions that render as meant give neither errors nor warnings."""
    report = hf.check(project)

    assert () == (*report.errors, *report.warnings)


def test_it_is_quick():
    """Import and all, a typical project takes a fraction of a second of a processor."""
    script = "import hyperframes_dist as hf; hf.check('tests/mistakes/none')"
    best = min(spent(script) for _ in range(3))

    assert best < 0.6


def spent(script: str) -> float:
    before = os.times()
    command = [sys.executable, "-c", script]
    subprocess.run(command, check=True, cwd=TESTS.parent, timeout=60)
    after = os.times()
    return after.children_user - before.children_user


def test_what_cannot_be_rendered_is_told_before_the_page_is_shown(renderer, tmp_path):
    """A wrong timeline id is known at once, and named beside the one that was meant."""
    began = time.monotonic()

    with pytest.raises(
        PageError, match="'frist', and the composition is 'first'"
    ) as got:
        renderer.plan(MISTAKES / "wrong-registration", tmp_path / "plan")

    assert time.monotonic() - began < 10
    assert ("index.html", 21) == (got.value.file, got.value.line)


def test_strict_makes_warnings_errors(renderer, tmp_path):
    """All of them are listed."""
    config = hf.RenderConfig(strict=True)

    with pytest.raises(InputError, match=r"index\.html:12:\d+: HF102"):
        renderer.plan(MISTAKES / "misspelt-width", tmp_path / "plan", config)


def test_a_plan_carries_warnings(renderer, tmp_path, caplog):
    """They stand in its notes and in the log."""
    plan = renderer.plan(MISTAKES / "css-misspelt", tmp_path / "plan")

    assert [True] == ["HF601" in text for text in plan.warnings]
    assert any("HF601" in record.getMessage() for record in caplog.records)


def test_a_missing_entry_has_a_near_one(tmp_path):
    """An entry that is not there is refused with the one that is."""
    (tmp_path / "Index.html").write_text("<p>")

    with pytest.raises(InputError, match=r"did you mean 'Index\.html'"):
        hf.check(tmp_path)


def test_a_report_is_printed_as_linters_print():
    """The line is shown with a caret below the place, and what to do below that."""
    text = str(check_of("misspelt-width")).splitlines()

    assert text[0].startswith("index.html:12:")
    assert "HF102 [warning]" in text[0]
    assert text[1].lstrip().startswith("12 | ")
    assert "data-widht" == text[1][text[2].index("^") :].partition("=")[0]
    assert "help: did you mean 'data-width'?" in text[3]
    assert "found 1 warning" == text[-1]


def command(*words: str) -> tuple[int, str]:
    line = [sys.executable, "-m", "hyperframes_dist", "check", *words]
    done = subprocess.run(line, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout


def test_the_command_ends_with_what_it_found():
    """Warnings are none of its business unless it is strict; errors always are."""
    warned, failed = str(MISTAKES / "css-misspelt"), str(MISTAKES / "two-roots")

    statuses = [command(warned)[0], command(warned, "--strict")[0], command(failed)[0]]

    assert [0, 1, 1] == statuses


def test_the_command_speaks_to_machines():
    """As one JSON object, and as commands of GitHub Actions."""
    project = str(MISTAKES / "two-roots")
    row = json.loads(command(project, "--json")[1])
    line = command(project, "--format", "github")[1].splitlines()[0]

    assert ("HF106", 16, 1) == (
        row["findings"][0]["code"],
        row["findings"][0]["line"],
        row["errors"],
    )
    assert line.startswith("::error file=index.html,line=16,col=5,title=HF106::")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1.5s", "1.5"),
        ("1500ms", "1.5"),
        ("1,5", "1.5"),
        ("50%", "0.5"),
        ("1:30", "90"),
    ],
)
def test_what_was_meant_by_a_unit(text, number):
    """A number is told in the unit the format counts in."""
    assert (None, number) == (read_number(text), meant(text))


@pytest.mark.parametrize(
    "text",
    [
        "const a = /[/(]/g.test(`x${ {a: `}`}.a }`) / 2;",
        "// ( {\n/* [ */ f('(', \"[\", `{`)",
        "x = a / b / c; y = (a) / 2; return_ = [1] / 2",
        "if (/\\(/.test(s)) { s = s.replace(/'/g, \"'\"); }",
    ],
)
def test_a_script_that_parses_has_no_slip(text):
    """Brackets in strings, comments and expressions open nothing."""
    assert read_script(text).slip is None


@pytest.mark.parametrize("text", ["f(", "f)", "f(]", "'a", "`a", "{ `${`", "/* a"])
def test_a_script_that_does_not_parse_has_one(text):
    """What is not closed, or closed by another bracket, is told."""
    assert read_script(text).slip is not None


def test_addresses_begin_at_the_base(tmp_path):
    """A document may say where its addresses begin."""
    page = composition('<img src="p.png"><img src="q.png">', head='<base href="a/">')
    project = write_project(tmp_path / "p", page)
    (project / "a").mkdir()
    (project / "a/p.png").write_bytes(b"\x89PNG")

    found = [row.message for row in hf.check(project).findings if row.code == "HF301"]

    assert ["<img> asks for 'a/q.png', which is not in the project"] == found
