"""
Rules of what a script has at hand: libraries, their order, the page's own words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from .._model.near import nearest
from .._tools.markup import Element
from .project import Code, Document, Project
from .script import Script
from .tweens import GSAP

_GLOBALS: Mapping[str, re.Pattern[str]] = MappingProxyType(
    {
        "gsap": GSAP,
        "anime": re.compile("anime"),
        "THREE": re.compile("three", re.IGNORECASE),
        "lottie": re.compile("lottie|bodymovin", re.IGNORECASE),
        "d3": re.compile(r"\bd3\b|d3[.@/-]", re.IGNORECASE),
        "jQuery": re.compile("jquery", re.IGNORECASE),
        "Chart": re.compile("chart", re.IGNORECASE),
        "PIXI": re.compile("pixi", re.IGNORECASE),
        "Matter": re.compile("matter", re.IGNORECASE),
        "Howl": re.compile("howler", re.IGNORECASE),
        "Tone": re.compile("tone", re.IGNORECASE),
        "SplitText": re.compile("splittext", re.IGNORECASE),
        "SplitType": re.compile("split-?type", re.IGNORECASE),
        "Splitting": re.compile("splitting", re.IGNORECASE),
        "CustomEase": re.compile("customease", re.IGNORECASE),
        "MotionPathPlugin": re.compile("motionpath", re.IGNORECASE),
        "TextPlugin": re.compile("textplugin", re.IGNORECASE),
        "ScrollTrigger": re.compile("scrolltrigger", re.IGNORECASE),
        "MorphSVGPlugin": re.compile("morphsvg", re.IGNORECASE),
        "DrawSVGPlugin": re.compile("drawsvg", re.IGNORECASE),
        "TweenMax": GSAP,
        "TweenLite": GSAP,
        "TimelineMax": GSAP,
        "TimelineLite": GSAP,
        "Typed": re.compile("typed", re.IGNORECASE),
        "mermaid": re.compile("mermaid", re.IGNORECASE),
        "echarts": re.compile("echarts", re.IGNORECASE),
        "confetti": re.compile("confetti", re.IGNORECASE),
        "p5": re.compile("p5"),
        "$": re.compile("jquery|cash|zepto|umbrella", re.IGNORECASE),
        "require": re.compile("require|system", re.IGNORECASE),
    }
)
LIBRARY_NAMES = frozenset(_GLOBALS)
"""Names of libraries, of which a rule of their own tells whether they are loaded."""

_ALL = re.compile(r"/all(?:\.min)?\.js|bundle", re.IGNORECASE)
_WAITED_FOR = ("gsap", "anime", "THREE", "lottie", "d3", "Chart")
_PAGE_WORDS = (
    *("__timelines", "__hyperframes", "__hfVariables", "getVariables", "__hf"),
    "fitTextFontSize",
)
_REGISTRY_WORDS = frozenset({"timelines", "_timelines", "timeLines", "timeline"})
_INTERFACE_WORDS = ("hyperframes", "_hyperframes", "HyperFrames", "__hyperFrames")


def check_loading(project: Project) -> None:
    """All rules of this module."""
    own = {t.text for c in project.codes for t in c.script.tokens if t.kind == "name"}
    mapped = _is_mapped(project)
    brought = {
        name
        for name, pattern in _GLOBALS.items()
        if _is_brought(project, name, pattern)
    }
    loaders = {name: _loader(project, _GLOBALS[name]) for name in _WAITED_FOR}
    registering = {c.document for c in project.codes if "__timelines" in c.text}
    for code in project.codes:
        _check_libraries(project, code, own, brought)
        _check_order(project, code, loaders)
        _check_imports(project, code, mapped=mapped)
        _check_words(project, code, registers=code.document in registering)
        _check_sound(project, code)


def _uses(code: Code, name: str) -> list[int]:
    """Where a script takes the global *name* for what a library brings."""
    script, found = code.script, []
    for index in script.names(name):
        before, after = script.text(index - 1), script.text(index + 1)
        if before in {".", "?.", "const", "let", "var", "function", "class", "typeof"}:
            continue
        called = after == "(" and (name in {"anime", "$", "require"} or before == "new")
        handed = name[0].isupper() and before == "(" and after in {")", ","}
        registers = handed and script.text(index - 2) == "registerPlugin"
        if after == "." or called or registers:
            found.append(index)
    return found


def _check_libraries(
    project: Project, code: Code, own: set[str], brought: set[str]
) -> None:
    if code.is_module or "import" in own or "typeof" in code.text:
        return
    for name in _GLOBALS:
        if name not in own or name in brought or f"window.{name}" in code.text:
            continue
        uses = _uses(code, name)
        if not uses:
            continue
        project.add(
            "HF407",
            code.source,
            code.script.tokens[uses[0]].start,
            f"{name!r} is used, and no script loads it",
            "give the file to the page by a <script src> before this one"
            if name == "require"
            else "load it by a <script src> before this one",
        )


def _is_brought(project: Project, name: str, pattern: re.Pattern[str]) -> bool:
    """Whether a script, of the project's or another's, makes the global *name*."""
    word = re.escape(name)
    loaded = any(
        not GSAP.search(a) or pattern.search(a) or _ALL.search(a)
        for a in project.libraries
    )
    # A name that is declared, as a parameter too, is the script's own.
    own = re.compile(
        rf"\b(?:const|let|var|function|class)\s*{word}(?![\w$])|window\.{word}\s*="
        rf"|[(,]\s*{word}\s*[,)]\s*(?:=>|\{{)"
        rf"|(?:const|let|var)\s*[{{\[][^}}\]]{{0,500}}{word}"
    )
    return loaded or any(own.search(c.text) for c in project.codes)


def _loader(
    project: Project, pattern: re.Pattern[str]
) -> tuple[Document, Element] | None:
    """The element that loads a library, if it is the only one, and its document."""
    rows = [
        (document, node)
        for document in project.documents
        for node in document.elements
        if node.tag == "script" and pattern.search(node.get("src") or "")
    ]
    return rows[0] if len(rows) == 1 else None


_Loaders = Mapping[str, tuple[Document, Element] | None]


def _check_order(project: Project, code: Code, loaders: _Loaders) -> None:
    """A library that is loaded after a script has run that takes it at once."""
    # A script of a file is placed by the element that names it, which is not looked for.
    if code.is_module or code.source is not code.document.source:
        return
    if project.scripts_say("createElement"):
        return
    for name, loader in loaders.items():
        local = loader is not None and loader[0] is code.document
        node = loader[1] if loader is not None and local else None
        uses = [] if node is None else _uses(code, name)
        later = _run_later(code) if uses else set()
        use = next((index for index in uses if index not in later), None)
        if use is None or node is None:
            continue
        kind = (node.get("type") or "").strip().lower()
        late: str | None = None
        if words := [w for w in ("async", "defer") if w in node.attributes]:
            late = words[0]
        if kind == "module":
            late = 'type="module"'
        if not late and node.start < code.text_start:
            continue
        line = code.document.source.place(node.start)[0]
        why = f"by {late}" if late else "below"
        project.add(
            "HF416",
            code.source,
            code.script.tokens[use].start,
            f"{name!r} is used before it is there: line {line} loads it {why}",
            f"remove {late}" if late else "put that <script src> before this script",
            severity="warning" if late == "async" else "error",
        )


def _run_later(code: Code) -> set[int]:
    """What does not run as soon as the script does: what stands in functions."""
    found, end = set[int](), 0
    for place, token in enumerate(code.script.tokens):
        # What is in a function that is in another is known already.
        if place < end or token.kind != "punct" or token.text != "{":
            continue
        if _is_function(code, place):
            end = code.script.closing(place)
            found.update(range(place + 1, end))
    return found


def _is_function(code: Code, opened: int) -> bool:
    """Whether a brace opens a function's body that does not run where it stands."""
    script = code.script
    body = script.text(opened - 1) in {")", "=>"}
    if not body:
        return False
    end = script.closing(opened)
    called = script.text(end + 1) == ")" and script.text(end + 2) == "("
    called = called or (script.text(end + 1) == "(" and script.text(end + 2) == ")")
    if called:
        return False
    if script.text(opened - 1) == "=>":
        return True
    word = script.text(script.opening(opened - 1) - 1)
    return word not in {"if", "for", "while", "switch", "catch", "with"}


def _is_mapped(project: Project) -> bool:
    """Whether an importmap says where packages lie."""
    return any(
        node.tag == "script" and (node.get("type") or "").lower() == "importmap"
        for document in project.documents
        for node in document.elements
    )


def _check_imports(project: Project, code: Code, *, mapped: bool) -> None:
    script = code.script
    for index in script.names("import", "export"):
        first = index == 0 or script.text(index - 1) in {";", "}", ")"}
        first = first or script.kind(index - 1) == "string"
        if not first or script.text(index + 1) in {"(", "."}:
            continue
        start = script.tokens[index].start
        if not code.is_module:
            project.add(
                "HF406",
                code.source,
                start,
                f"{script.text(index)} stands in a script that is no module (SyntaxError)",
                'write <script type="module">, or load the library by <script src>',
            )
            return
        place = _address(script, index)
        if place is None:
            continue
        if mapped:
            _check_imported(project, code, place)
            continue
        name = script.tokens[place].value
        _check_imported(project, code, place)
        if re.match(r"[./]|[a-z]+:", name) is None:
            project.add(
                "HF407",
                code.source,
                script.tokens[place].start,
                f"{name!r} is no address, and no importmap says where it lies",
                f'add <script type="importmap">{{"imports": {{"{name}": "…"}}}}</script>, '
                "or import it from its address",
            )


def _address(script: Script, index: int) -> int | None:
    """Where the address stands of what is imported at *index*; None where nothing is."""
    place = index + 1
    while script.kind(place) and script.text(place) not in {";", "import", "export"}:
        named = script.text(place - 1) == "from" or place == index + 1
        if named and script.kind(place) == "string":
            return place
        place += 1
    return None


def _check_imported(project: Project, code: Code, place: int) -> None:
    """A file of the project that a module takes, and that is not there."""
    token = code.script.tokens[place]
    path = project.resolve(code.source, token.value)
    if path is None or not token.value.startswith((".", "/")) or project.has(path):
        return
    project.add(
        "HF301",
        code.source,
        token.start,
        f"the script imports {path!r}, which is not in the project",
        project.suggest(path),
        severity="warning",
    )


def _check_words(project: Project, code: Code, *, registers: bool) -> None:
    """
    Slips of the words a page talks to the renderer by.

    *registers* is whether a script of its document names the registry.
    """
    script = code.script
    for index, token in enumerate(script.tokens):
        owner = script.text(index - 2) if script.text(index - 1) == "." else ""
        if token.kind != "name" or owner not in {
            "window",
            "globalThis",
            "__hyperframes",
        }:
            continue
        near = None
        if token.text in _PAGE_WORDS:
            continue
        if owner == "__hyperframes":
            near = nearest(token.text, ("getVariables", "fitTextFontSize"))
        elif token.text.startswith("__") and len(token.text) > 5:
            near = nearest(token.text, _PAGE_WORDS)
        elif token.text in _INTERFACE_WORDS:
            near = "__hyperframes"
        elif token.text in _REGISTRY_WORDS and not registers and _is_gsap(project):
            near = "__timelines"
        if near and near != token.text and not _is_set(project, token.text, near):
            project.add(
                "HF417",
                code.source,
                token.start,
                f"{token.text!r} is no word of the page's interface",
                f"did you mean {near!r}?",
                severity="error" if owner == "__hyperframes" else "warning",
            )


def _is_gsap(project: Project) -> bool:
    return any(GSAP.search(address) for address in project.libraries)


def _is_set(project: Project, name: str, near: str) -> bool:
    """Whether a script makes *name* for itself; the registry is made by its users."""
    if near == "__timelines":
        return False
    if not project.afford(1 + len(project.codes)):
        return True
    made = re.compile(rf"window\.{re.escape(name)}\s*(?:=|\|\|=|\?\?=)(?!=)")
    return any(made.search(code.text) for code in project.codes)


def _check_sound(project: Project, code: Code) -> None:
    script = code.script
    for index in script.names("Audio", "AudioContext", "webkitAudioContext", "Howl"):
        if script.text(index - 1) not in {"new", "."} or script.text(index + 1) != "(":
            continue
        name = script.text(index)
        if (
            name in {"AudioContext", "webkitAudioContext"}
            and "createAnalyser" in code.text
        ):
            continue
        project.add(
            "HF418",
            code.source,
            script.tokens[index].start,
            f"{name} plays by itself, and is not in the film's sound",
            'put it into the document: <audio src="…" data-start="0"></audio>',
        )
        return
