"""
Rules of names in scripts: those that nothing declares, neither a script nor Chrome.

A script stops where it reads one. What may be declared where no rule looks, by a library of
which nothing is known, is told only where it is a slip of a name that is declared.
"""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from .classes import class_keys
from .declared import declared_names
from .loading import LIBRARY_NAMES
from .project import ID, Code, Project
from .project import is_library as is_packed
from .script import Script
from .tweens import GSAP
from .words import page_globals

_KEYWORDS = frozenset(
    {
        *("break", "case", "catch", "class", "const", "continue", "debugger", "do"),
        *("default", "delete", "else", "enum", "export", "extends", "finally", "for"),
        *("function", "if", "import", "in", "instanceof", "new", "return", "super"),
        *("switch", "this", "throw", "try", "typeof", "var", "void", "while", "with"),
        *("yield", "let", "static", "await", "async", "of", "get", "set", "from", "as"),
        *("null", "true", "false", "arguments", "using", "accessor"),
    }
)
_OF_GSAP = frozenset(
    {
        *("gsap", "TweenMax", "TweenLite", "TimelineMax", "TimelineLite", "Power0"),
        *("Power1", "Power2", "Power3", "Power4", "Linear", "Quad", "Cubic", "Quart"),
        *("Quint", "Strong", "Elastic", "Back", "Bounce", "Sine", "Expo", "Circ"),
        *("SteppedEase", "RoughEase", "SlowMo", "ExpoScaleEase", "Ease", "CSSPlugin"),
        *("ScrambleTextPlugin", "ScrollToPlugin", "ScrollSmoother", "InertiaPlugin"),
        *("Physics2DPlugin", "PhysicsPropsPlugin", "CSSRulePlugin", "EaselPlugin"),
        *("PixiPlugin", "GSDevTools", "CustomBounce", "CustomWiggle", "Draggable"),
        *("Flip", "Observer", "MotionPathHelper", "EasePack", "BezierPlugin"),
    }
)
_OF_THE_RENDERER = frozenset({"__timelines", "__hyperframes", "__hfVariables", "__hf"})
# Whoever says one of these makes names that nobody can read off.
_HIDES = (
    *("Object.assign(window", "Object.assign(globalThis", "defineProperty(window"),
    *("eval(", "Function(", "importScripts", "with ("),
)
_OTHER_LANGUAGES = {"True": "true", "False": "false", "None": "null", "nil": "null"}
_SHORTEST, _MOST_TOLD, _MOST_ASKED = 2, 3, 50


@attrs.frozen
class _Known:
    """Names of the project's scripts, of Chrome and of GSAP."""

    made: frozenset[str]
    others: frozenset[str]
    closed: bool
    meant: tuple[str, ...]


def check_names(project: Project) -> None:
    """All rules of this module."""
    codes = [c for c in project.codes if not is_packed(c.source.path, c.text)]
    made: set[str] = set()
    for code in codes:
        made |= declared_names(code.script)
    others = {*page_globals(), *_OF_GSAP, *_OF_THE_RENDERER, *LIBRARY_NAMES}
    others |= {*project.ids, *_named(project)}
    opaque = any(word in code.text for code in codes for word in _HIDES)
    closed = all(GSAP.search(address) for address in project.libraries)
    known = _Known(
        made=frozenset(made),
        others=frozenset(others),
        closed=closed and not opaque,
        meant=tuple(sorted({*made, *_OF_GSAP})),
    )
    for code in codes:
        if code.script.slip is None:
            _check_uses(project, code, known)


def _named(project: Project) -> set[str]:
    """Elements that are found by a ``name``, as forms and frames are."""
    rows = (n.get("name") for d in project.documents for n in d.elements)
    return {name for name in rows if name}


def _check_uses(project: Project, code: Code, known: _Known) -> None:
    script, told, count = code.script, set[str](), 0
    guarded = {script.text(index + 1) for index in script.names("typeof")}
    for index in _uses(script):
        name = script.text(index)
        if name in known.made or name in known.others or name in guarded:
            continue
        if name in told or len(told) == _MOST_ASKED:
            continue
        told.add(name)
        hint = _hint(project, name, known)
        if hint is None or count == _MOST_TOLD:
            continue
        count += 1
        project.add(
            "HF421",
            code.source,
            script.tokens[index].start,
            f"{name!r} is declared by no script; the script stops where it is read",
            hint,
        )


def _hint(project: Project, name: str, known: _Known) -> str | None:
    """What to do about *name*; None where it may be declared after all."""
    if name in _OTHER_LANGUAGES:
        return f"write {_OTHER_LANGUAGES[name]}"
    near = project.nearest(name, known.meant)
    if near is None and len(name) >= _SHORTEST:
        near = _alike(name, known.made)
    if near is not None and (len(name) >= _SHORTEST):
        return f"did you mean {near!r}?"
    if not known.closed:
        return None
    ids = {n.get(ID) for d in project.documents for n in d.elements}
    if name in ids:
        return f'put it in quotes: "{name}"'
    return "declare it before, or put it in quotes if it is a text"


def _alike(name: str, made: frozenset[str]) -> str | None:
    """The one of *made* that looks like a short *name*, as tl does like t1."""
    looks = str.maketrans("1I0O", "lloo")
    plain = name.translate(looks)
    return next((m for m in sorted(made) if m.translate(looks) == plain), None)


def _uses(script: Script) -> Iterator[int]:
    """Where a name is read that stands alone."""
    keys = class_keys(script) | _passed_on(script)
    for index, token in enumerate(script.tokens):
        if token.kind != "name" or token.text in _KEYWORDS or index in keys:
            continue
        # A private one is a member's; one with an escape is another's in disguise.
        if token.text[0] == "#" or "\\" in token.text:
            continue
        before, after = script.text(index - 1), script.text(index + 1)
        if before in {".", "?.", "function", "class", "break", "continue", "import"}:
            continue
        key = after == ":" and before != "?" and before in {"{", ",", ";", "}", ""}
        method = after == "(" and script.text(script.closing(index + 1) + 1) == "{"
        label = after == ":" and script.text(index + 2) in {"for", "while", "do"}
        if key or (after == ":" and before == ")") or method or after == "=>" or label:
            continue
        if script.kind(index - 1) == "template" or before not in {"get", "set", "as"}:
            yield index


def _passed_on(script: Script) -> set[int]:
    """Where names of another module stand that this one exports as they are."""
    found = set[int]()
    for index in script.names("export"):
        behind = script.closing(index + 1) + 1
        if script.text(index + 1) == "{" and script.text(behind) == "from":
            found.update(script.inside(index + 1))
    return found
