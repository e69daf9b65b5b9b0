"""
Rules of timelines: who registers which, what they move, and for how long.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import attrs

from .._model.near import nearest
from .._tools.markup import Element
from .numbers import read_number
from .project import ID, NO_TIMELINE, SRC, Code, Document, Project
from .timing import length_of

_REGISTRY = "__timelines"
# Ways to reach the registry without its name, or to run what is no script here.
_HIDES = re.compile(
    r"\b(?:window|globalThis|self)\s*\[|\beval\(|\bFunction\(|\bimport\b"
)
_TWEENS = frozenset({"to", "from", "fromTo", "set"})
_SELECTOR_PART = re.compile(r"([#.])(-?[A-Za-z_][\w-]*)")
_SIMPLE = re.compile(r"[\w\s#.,>+~*-]+")
_MAKERS = (
    *("createElement", "innerHTML", "insertAdjacentHTML", "outerHTML", "cloneNode"),
    *(
        "document.write",
        "DOMParser",
        "SplitText",
        "Splitting",
        "SplitType",
        "importNode",
    ),
    *(
        "React",
        "Vue",
        "svelte",
        "createApp",
        "d3.",
        "lottie",
        "htm",
        "Alpine",
        "mermaid",
    ),
    *("katex", "MathJax", "anime", "p5", "three", "THREE", "PIXI", "Typed", "lucide"),
)
_CLASS_MAKERS = ("classList", "className", "setAttribute", ".id =", ".id=", ".attr(")
_GSAP = re.compile(r"gsap|TweenMax|greensock", re.IGNORECASE)


@attrs.frozen
class Registration:
    """A timeline registered as *name*: in *code*, at *start* of its file."""

    code: Code
    name: str
    start: int


@attrs.define
class Registry:
    """What scripts register; *closed*: nothing else can be registered by any script."""

    rows: list[Registration] = attrs.field(factory=list)
    closed: bool = True


def check_timelines(project: Project) -> None:
    """All rules of this module."""
    registry = read_registry(project)
    _check_registry(project, registry)
    for code in project.codes:
        _check_slip(project, code)
        _check_library(project, code)
        for call in _tweens(code):
            _check_targets(project, code, call)
            _check_length(project, code, call)
        _check_repeats(project, code)


def read_registry(project: Project) -> Registry:
    """What the scripts of *project* register, as far as their text tells."""
    registry = Registry()
    for code in project.codes:
        if _HIDES.search(code.text):
            registry.closed = False
        if _REGISTRY not in code.text:
            continue
        constants = _constants(code)
        for index in code.script.names(_REGISTRY):
            found = _registered(code, index, constants)
            if found is None:
                registry.closed = False
            else:
                registry.rows += found
        texts = (t for t in code.script.tokens if t.kind in {"string", "template"})
        if any(_REGISTRY in token.text for token in texts):
            registry.closed = False
    if any(not _GSAP.search(address) for address in project.libraries):
        registry.closed = False
    if any("import" in code.text and code.is_module for code in project.codes):
        registry.closed = False
    return registry


def _constants(code: Code) -> dict[str, str]:
    """Names that are given one text, once."""
    script, found = code.script, dict[str, str]()
    for index in script.names("const", "let", "var"):
        if script.text(index + 2) == "=" and script.kind(index + 3) == "string":
            name = script.text(index + 1)
            if sum(1 for _ in script.names(name)) and name not in found:
                found[name] = script.tokens[index + 3].value
    return found


def _registered(
    code: Code, index: int, constants: dict[str, str]
) -> list[Registration] | None:
    """What is registered where the registry is named at *index*; None: nobody can tell."""
    script = code.script
    after = script.text(index + 1)
    if after == ".":
        name = script.tokens[index + 2]
        known = [Registration(code, name.text, name.start)]
        return known if script.text(index + 3) == "=" else []
    if after == "[" or (after == "?." and script.text(index + 2) == "["):
        first = index + (2 if after == "[" else 3)
        return _by_bracket(code, first, script.closing(first - 1), constants)
    if after in {"=", "||=", "??="}:
        return _by_object(code, index + 2)
    if after in {"||", "??"}:
        follows = script.text(index + 2) in {"{", "("}
        return [] if follows else None
    if after == "&&" or script.text(index - 1) in {"!", "typeof"}:
        return []
    negated = script.text(index - 1) == "." and script.text(index - 3) in {
        "!",
        "typeof",
    }
    return [] if negated else None


def _by_bracket(
    code: Code, first: int, end: int, constants: dict[str, str]
) -> list[Registration] | None:
    script = code.script
    if script.text(end + 1) != "=":
        return []
    if end - first != 1:
        return None
    token = script.tokens[first]
    if token.kind == "string":
        return [Registration(code, token.value, token.start)]
    if token.kind == "template" and "${" not in token.text:
        return [Registration(code, token.value, token.start)]
    if token.kind == "name" and token.text in constants:
        return [Registration(code, constants[token.text], token.start)]
    return None


def _by_object(code: Code, first: int) -> list[Registration] | None:
    """Registrations by ``__timelines = …``."""
    script = code.script
    if script.text(first) == "window" and script.text(first + 2) == _REGISTRY:
        return []  # window.__timelines = window.__timelines || {}; told of there.
    if script.text(first) == _REGISTRY:
        return []
    if script.text(first) != "{":
        return None
    rows = []
    for begin, _ in script.arguments(first):
        token = script.tokens[begin]
        if token.text in {"...", "["}:
            return None
        if token.kind in {"string", "name"}:
            name = token.value if token.kind == "string" else token.text
            rows.append(Registration(code, name, token.start))
    return rows


def owes_timeline(project: Project) -> bool:
    """Whether a script loads GSAP into the page before it is ready."""
    for document in project.documents:
        for node in document.shown():
            if node.tag == "script" and _GSAP.search(node.get("src") or ""):
                return (node.get("type") or "") != "module"
    return False


def _check_registry(project: Project, registry: Registry) -> None:
    texts = [code.text for code in project.codes]
    own = any(re.search(r"__hf\b", text) for text in texts)
    made = any(ID in text for text in texts)
    if own or made or not project.entry.roots():
        return
    known = _composition_names(project)
    strays = [row for row in registry.rows if row.name not in known]
    owed = owes_timeline(project)
    for row in strays:
        _report_stray(project, row, registry, owed=owed)
    roots = project.entry.roots()
    marked = [n for n in project.entry.compositions() if n.get("data-root") == "true"]
    root = (marked or roots)[0]
    registered = {row.name for row in registry.rows}
    still = root.get(NO_TIMELINE) is not None or root.get(SRC) is not None
    if still or root.get(ID) in registered or strays or not registry.closed:
        return
    _report_missing(project, root, owed=owed)


def _composition_names(project: Project) -> set[str]:
    names = {n.get(ID) for d in project.documents for n in d.elements}
    return {name for name in names if name}


def _report_stray(
    project: Project, row: Registration, registry: Registry, *, owed: bool
) -> None:
    registered = {other.name for other in registry.rows}
    waiting = [
        node
        for document in (row.code.document, *project.documents)
        for node in document.compositions()
        if node.get(ID) not in registered and node.get(NO_TIMELINE) is None
    ]
    names = [node.get(ID) or "" for node in waiting]
    fatal = owed and registry.closed and bool(names)
    if fatal:
        near: str | None = nearest(row.name, names) or names[0]
        message = f"the timeline is registered as {row.name!r}, and the composition is"
        message += f" {near!r}"
        hint = (
            f'write window.__timelines["{near}"], or data-composition-id="{row.name}"'
        )
    else:
        message = f"the timeline is registered as {row.name!r}, which no composition is called"
        known = sorted(_composition_names(project))
        near = nearest(row.name, known) or (known[0] if len(known) == 1 else None)
        hint = f"did you mean {near!r}?" if near else "use the id of a composition"
    severity = "error" if fatal else "warning"
    source = row.code.source
    project.add("HF402", source, row.start, message, hint, severity=severity)  # type: ignore[arg-type]


def _report_missing(project: Project, root: Element, *, owed: bool) -> None:
    name = root.get(ID)
    project.add(
        "HF401",
        project.entry.source,
        root.attributes[ID].start,
        f'no timeline was registered for composition "{name}" by any script',
        f'set window.__timelines["{name}"] = timeline, or put data-no-timeline on the element',
        element=root,
        severity="error" if owed else "warning",
    )


def _check_slip(project: Project, code: Code) -> None:
    slip = code.script.slip
    if slip is not None:
        hint = "look at this place, and at what stands before it"
        project.add(
            "HF406",
            code.source,
            slip.start,
            f"the script does not parse (SyntaxError): {slip.what}",
            hint,
        )


_GLOBALS = {
    "gsap": _GSAP,
    "anime": re.compile("anime"),
    "THREE": re.compile("three"),
    "lottie": re.compile("lottie|bodymovin"),
}


def _check_library(project: Project, code: Code) -> None:
    """A library that a script calls, and that nothing loads."""
    own = {t.text for c in project.codes for t in c.script.tokens if t.kind == "name"}
    for name, pattern in _GLOBALS.items():
        uses = [i for i in code.script.names(name) if code.script.text(i + 1) == "."]
        uses = [i for i in uses if code.script.text(i - 1) not in {".", "?."}]
        if not uses or code.is_module or "import" in own:
            continue
        loaded = any(
            not _GSAP.search(a) or pattern.search(a) for a in project.libraries
        )
        made = any(
            re.search(rf"\b(?:const|let|var|function|window\.)\s*{name}\b", c.text)
            for c in project.codes
        )
        guarded = "typeof" in code.text or f"window.{name}" in code.text
        if not loaded and not made and not guarded:
            token = code.script.tokens[uses[0]]
            project.add(
                "HF407",
                code.source,
                token.start,
                f"{name!r} is used, and no script loads it",
                "load it by a <script src> before this one",
            )


@attrs.frozen
class _Call:
    """A call of *method* whose bracket opens at *index* of its script."""

    method: str
    index: int


def _tweens(code: Code) -> Iterator[_Call]:
    script = code.script
    for index, token in enumerate(script.tokens):
        if token.kind != "name" or token.text not in _TWEENS:
            continue
        if script.text(index - 1) in {".", "?."} and script.text(index + 1) == "(":
            yield _Call(token.text, index + 1)


def _check_targets(project: Project, code: Code, call: _Call) -> None:
    arguments = code.script.arguments(call.index)
    # A Map's set has no third part, and a value that is no object.
    if len(arguments) < 2 or (
        code.script.text(arguments[1][0]) not in {"{", "["}
        and (code.script.kind(arguments[1][0]) != "name")
    ):
        return
    first, stop = arguments[0]
    many = code.script.text(first) == "["
    runs = code.script.arguments(first) if many else [(first, stop)]
    for begin, end in runs:
        token = code.script.tokens[begin]
        plain = token.kind == "string" or (
            token.kind == "template" and "${" not in token.text
        )
        if end - begin == 1 and plain and _SIMPLE.fullmatch(token.value):
            for match in _SELECTOR_PART.finditer(token.value):
                _check_target(project, code, token.start + 1 + match.start(), match)


def _check_target(
    project: Project, code: Code, start: int, match: re.Match[str]
) -> None:
    is_id, name = match[1] == "#", match[2]
    known = _names(project, is_id=is_id)
    if name in known or _may_be_made(project, name):
        return
    near = nearest(name, known)
    if near is None and _makes_elements(project):
        return
    other = name in _names(project, is_id=not is_id)
    hint = (
        f"did you mean '{match[1]}{near}'?"
        if near
        else "mend the selector, or remove the tween"
    )
    if other:
        hint = f"did you mean '{'.' if is_id else '#'}{name}'?"
    what = "id" if is_id else "class"
    project.add(
        "HF403",
        code.source,
        start,
        f"the target {match[0]!r} is not there: no element has the {what} {name!r}",
        hint,
    )


def _names(project: Project, *, is_id: bool) -> set[str]:
    found: set[str] = set()
    for document in project.documents:
        for node in document.elements:
            text = node.get("id" if is_id else "class") or ""
            found.update([text] if is_id else text.split())
    return found - {""}


def _may_be_made(project: Project, name: str) -> bool:
    """Whether a script may give an element this *name*."""
    for other in project.codes:
        for token in other.script.tokens:
            if token.kind not in {"string", "template"} or name not in token.text:
                prefix = token.kind in {"string", "template"} and len(token.text) > 4
                text = re.split(r"\$\{", token.text[1:-1])[0] if prefix else ""
                text = text.rsplit('"', 1)[-1].rsplit("'", 1)[-1].rsplit(" ", 1)[-1]
                if (
                    len(text) > 2
                    and name.startswith(text.lstrip("#."))
                    and text[0] not in "#."
                ):
                    return True
                continue
            marks = f"#{name}", f".{name}"
            if not any(mark in token.text for mark in marks):
                return True
    return False


def _makes_elements(project: Project) -> bool:
    """Whether a script may make elements or name them, so that names are not all known."""
    if any(not _GSAP.search(address) for address in project.libraries):
        return True
    words = (*_MAKERS, *_CLASS_MAKERS)
    return any(word in code.text for code in project.codes for word in words)


def _options(code: Code, run: tuple[int, int]) -> dict[str, float]:
    """The plain numbers in an object literal."""
    script, found = code.script, dict[str, float]()
    if script.text(run[0]) != "{":
        return found
    for begin, end in script.arguments(run[0]):
        place = begin + 2
        if script.text(begin + 1) != ":":
            continue
        sign = -1 if script.text(place) == "-" else 1
        place += sign < 0
        value = read_number(script.text(place))
        if end - place == 1 and value is not None:
            found[script.text(begin)] = sign * value
    return found


def _check_length(project: Project, code: Code, call: _Call) -> None:
    script, arguments = code.script, code.script.arguments(call.index)
    wanted = 4 if call.method == "fromTo" else 3
    if len(arguments) != wanted or call.method == "set":
        return
    begin, end = arguments[-1]
    at = read_number(script.text(begin))
    options = _options(code, arguments[-2])
    length = _length(code.document)
    if at is None or end - begin != 1 or length is None or "duration" not in options:
        return
    stop = at + options.get("delay", 0) + options["duration"]
    if stop > length + 0.05:
        project.add(
            "HF404",
            code.source,
            script.tokens[begin].start,
            f"the tween ends at {stop:g} s, and the composition at {length:g} s",
            "let it end earlier, or give the composition a longer data-duration",
        )


def _length(document: Document) -> float | None:
    roots = document.roots()
    return length_of(document, roots[0]) if len(roots) == 1 else None


def _check_repeats(project: Project, code: Code) -> None:
    script = code.script
    finite = _length(project.entry) is not None
    for index in script.names("repeat"):
        row = [script.text(index + n) for n in (1, 2, 3)]
        if row[0] == ":" and (row[1:] == ["-", "1"] or row[1] == "Infinity"):
            project.add(
                "HF405",
                code.source,
                script.tokens[index].start,
                "the repeat never ends, so the timeline has no length"
                + ("; the composition's data-duration cuts it" if finite else ""),
                "give it a number of repeats"
                + ("" if finite else ", or the composition a data-duration"),
                severity="note" if finite else "warning",
            )
