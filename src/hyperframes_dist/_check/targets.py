"""
Rules of what scripts look for and move: elements that nobody has.
"""

from __future__ import annotations

import re
from collections.abc import Set as AbstractSet

from .project import Code, Project
from .script import FINDERS, Token
from .tweens import GSAP, TWEENS, timelines, tweens
from .words import TAGS

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
# jQuery's, which no page has.
_PSEUDOS = frozenset(
    {
        *("first", "last", "eq", "gt", "lt", "even", "odd", "visible", "contains"),
        *("parent", "header", "input", "text", "selected", "animated"),
    }
)
_BROKEN = (
    (re.compile(r"[,>+~]\s*$"), "ends where something is due"),
    (re.compile(r"^\s*[,>+~]"), "begins where something is due"),
    (re.compile(r";"), "has a semicolon in it"),
    (re.compile(r"[#.](?=[\s#.,>+~;:\[)]|$)"), "has a mark with no name behind it"),
    (re.compile(r",\s*,"), "has two commas in a row"),
    (re.compile(r"[#.]\d"), "has a name that begins with a digit"),
)
_CLASS_MAKERS = ("classList", "className", "setAttribute", ".attr(")
_ID_MAKERS = ("setAttribute", ".id =", ".id=", ".attr(")


def check_targets(project: Project) -> None:
    """All rules of this module."""
    for code in project.codes:
        _check_found(project, code)
        held = timelines(code)
        for index in tweens(code):
            _check_lacking(project, code, index, held)
            _check_tween(project, code, index)


def _check_found(project: Project, code: Code) -> None:
    """Elements a script looks for by a name nobody has."""
    script = code.script
    for index in script.names(*FINDERS):
        name, token = script.text(index), None
        if script.text(index + 1) == "(" and script.text(index + 3) == ")":
            token = script.tokens[index + 2]
        if token is None or token.kind != "string" or not token.value.strip():
            continue
        if name == "getElementById":
            sure = _throws(code, index + 3)
            _check_by_id(project, code, token, sure=sure)
        elif _is_broken(project, code, token):
            continue
        elif _SIMPLE.fullmatch(token.value) and _owner_is_page(code, index):
            _check_bare(project, code, token)
            for match in _SELECTOR_PART.finditer(token.value):
                start = token.start + 1 + match.start()
                sure = _throws(code, index + 3)
                _check_target(project, code, start, match, sure=sure)


def _check_by_id(project: Project, code: Code, token: Token, *, sure: bool) -> None:
    name = token.value.lstrip("#.")
    if name != token.value and name in _names(project, is_id=True):
        project.add(
            "HF403",
            code.source,
            token.start + 1,
            f"getElementById looks for {token.value!r}, and no id begins so",
            f"write getElementById({name!r})",
        )
    elif found := _SELECTOR_PART.fullmatch(f"#{token.value}"):
        _check_target(project, code, token.start + 1, found, sure=sure)


def _owner_is_page(code: Code, index: int) -> bool:
    return code.script.text(index - 2) == "document"


def _throws(code: Code, end: int) -> bool:
    """Whether what is found is used at once, so that nothing found is an error."""
    script = code.script
    # document . getElementById ( "a" ), of which *end* is the last.
    begin = max(0, end - 5)
    while begin < end and script.text(begin) != "document":
        begin += 1
    moved = script.text(begin - 1) == "(" and script.text(begin - 2) in TWEENS
    return moved or script.text(end + 1) in {".", "["}


def _check_tween(project: Project, code: Code, index: int) -> None:
    arguments = code.script.arguments(index)
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
        if end - begin == 1:
            check_selector(project, code, begin)


def _check_lacking(
    project: Project, code: Code, index: int, held: frozenset[str]
) -> None:
    """A tween of GSAP's that is given no target, or nothing to do with it."""
    script = code.script
    owner = script.text(index - 3)
    if owner != "gsap" and owner not in held:
        return
    arguments = script.arguments(index)
    first = script.text(arguments[0][0]) if arguments else ""
    alone = bool(arguments) and arguments[0][1] - arguments[0][0] == 1
    what = ""
    if not arguments:
        what = "is given nothing: a target and an object of values are due"
    elif alone and first in {"null", "undefined", "this"}:
        what = f"is given {first} for its target"
    elif len(arguments) == 1 and first != "...":
        what = "is given one thing: a target and an object of values are due"
    elif script.kind(arguments[1][0]) == "string" and len(arguments) > 1:
        what = "is given a text where its object of values is due"
    if what:
        project.add(
            "HF413",
            code.source,
            script.tokens[index - 1].start,
            f"{script.text(index - 1)} {what}; nothing is moved",
            'write as in to("#card", { x: 100, duration: 1 })',
        )


def check_selector(project: Project, code: Code, place: int) -> None:
    """What is moved by the selector that is written out at *place*, if one is."""
    token = code.script.tokens[place]
    if token.kind not in {"string", "template"} or "${" in token.text:
        return
    if _is_broken(project, code, token):
        return
    _check_bare(project, code, token)
    if _SIMPLE.fullmatch(token.value):
        for match in _SELECTOR_PART.finditer(token.value):
            _check_target(project, code, token.start + 1 + match.start(), match)


def _check_target(
    project: Project,
    code: Code,
    start: int,
    match: re.Match[str],
    *,
    sure: bool = True,
) -> None:
    is_id, name = match[1] == "#", match[2]
    known = _names(project, is_id=is_id)
    if name in known or _may_be_made(project, name):
        return
    near = project.nearest(name, known)
    if near is None and (not sure or _makes_elements(project, is_id=is_id)):
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


def _is_broken(project: Project, code: Code, token: Token) -> bool:
    """Whether a selector is none, which is told: what looks for it throws."""
    text = re.sub(r"\"[^\"]*\"|'[^']*'", '""', token.value)
    plain = re.sub(r"\[[^\]]*\]|\\.", "_", text)
    what = next((why for pattern, why in _BROKEN if pattern.search(plain)), "")
    hint = "mend the selector"
    if not text.strip():
        what = "is empty"
    elif text.count("[") != text.count("]") or text.count("(") != text.count(")"):
        what = "has a bracket that is not closed"
    elif (match := re.search(r"(?<!:):([a-z]+)(?![\w-])", plain)) and match[
        1
    ] in _PSEUDOS:
        what, hint = (
            f"has :{match[1]}, which is jQuery's",
            "use :first-child or its like",
        )
    if what:
        what = f"the selector {token.value!r} {what}"
        project.add("HF403", code.source, token.start + 1, what, hint)
    return bool(what)


def _check_bare(project: Project, code: Code, token: Token) -> None:
    """A target that is a bare word, which means elements of that kind."""
    name = token.value.strip()
    if not re.fullmatch(r"-?[A-Za-z_][\w-]*", name) or name.lower() in TAGS:
        return
    marks = {"#": _names(project, is_id=True), ".": _names(project, is_id=False)}
    mark = next((mark for mark, known in marks.items() if name in known), None)
    if mark is not None and name.lower() not in project.tags:
        project.add(
            "HF403",
            code.source,
            token.start + 1,
            f"the target {name!r} is not there: no element is a <{name}>",
            f"did you mean '{mark}{name}'?",
        )


def _names(project: Project, *, is_id: bool) -> AbstractSet[str]:
    return project.ids if is_id else project.classes


def _may_be_made(project: Project, name: str) -> bool:
    """Whether a script may give an element this *name*."""
    texts = project.quoted
    if any(name[:stop] in texts.beginnings for stop in range(3, len(name) + 1)):
        return True
    if not project.afford(len(texts.whole) // 10):
        return True
    marks = f"#{name}", f".{name}"
    return any(
        name in text and not any(mark in text for mark in marks) for text in texts.whole
    )


def _makes_elements(project: Project, *, is_id: bool) -> bool:
    """Whether a script may make elements or name them, so that names are not all known."""
    if any(not GSAP.search(address) for address in project.libraries):
        return True
    words = (*_MAKERS, *(_ID_MAKERS if is_id else _CLASS_MAKERS))
    return project.scripts_make(words)
