"""
Rules of timelines: who registers which, and for how long they move things.
"""

from __future__ import annotations

import re
from itertools import pairwise

import attrs

from .._tools.markup import Element
from .numbers import read_number
from .project import ID, NO_TIMELINE, SRC, Code, Document, Project
from .report import Severity
from .timing import length_of
from .tweens import GSAP, timelines, tweens

_REGISTRY = "__timelines"
_OWN_FIRST = 100
# Ways to reach the registry without its name, or to run what is no script here.
_HIDES = re.compile(
    r"\b(?:window|globalThis|self)\s*\[|\beval\(|\bFunction\(|\bimport\b"
)


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
    _check_again(project, registry)
    for code in project.codes:
        _check_use(project, code)
        _check_paused(project, code)
        for index in tweens(code):
            _check_length(project, code, index)
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
    if any(not GSAP.search(address) for address in project.libraries):
        registry.closed = False
    if any("import" in code.text and code.is_module for code in project.codes):
        registry.closed = False
    return registry


def _constants(code: Code) -> dict[str, str]:
    """Names that are given one text, once."""
    script, found = code.script, dict[str, str]()
    for index in script.names("const", "let", "var"):
        kinds = script.kind(index + 1), script.kind(index + 3)
        if script.text(index + 2) == "=" and kinds == ("name", "string"):
            name, value = script.text(index + 1), script.tokens[index + 3].value
            found.setdefault(name, value)
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
            if node.tag == "script" and GSAP.search(node.get("src") or ""):
                return (node.get("type") or "") != "module"
    return False


def _check_registry(project: Project, registry: Registry) -> None:
    texts = [code.text for code in project.codes]
    own = any(re.search(r"__hf\b", text) for text in texts)
    made = any(ID in text for text in texts)
    if own or made or not project.entry.roots:
        return
    known = _composition_names(project)
    strays = [row for row in registry.rows if row.name not in known]
    owed = owes_timeline(project)
    if strays:
        _report_strays(project, strays, registry, owed=owed)
    roots = project.entry.roots
    marked = [n for n in project.entry.compositions if n.get("data-root") == "true"]
    root = (marked or roots)[0]
    registered = {row.name for row in registry.rows}
    still = root.get(NO_TIMELINE) is not None or root.get(SRC) is not None
    if still or root.get(ID) in registered or strays or not registry.closed:
        return
    _report_missing(project, root, owed=owed)


def _composition_names(project: Project) -> set[str]:
    names = {n.get(ID) for d in project.documents for n in d.elements}
    return {name for name in names if name}


def _report_strays(
    project: Project, strays: list[Registration], registry: Registry, *, owed: bool
) -> None:
    registered = {other.name for other in registry.rows}
    waiting: dict[Document, list[str]] = {
        document: [
            node.get(ID) or ""
            for node in document.compositions
            if node.get(ID) not in registered and node.get(NO_TIMELINE) is None
        ]
        for document in project.documents
    }
    every = [name for names in waiting.values() for name in names]
    fatal = owed and registry.closed and bool(every)
    known = sorted(_composition_names(project))
    for row in strays:
        own = waiting.get(row.code.document, [])
        _report_stray(project, row, [*own[:_OWN_FIRST], *every], known, fatal=fatal)


def _report_stray(
    project: Project,
    row: Registration,
    names: list[str],
    known: list[str],
    *,
    fatal: bool,
) -> None:
    if fatal:
        near: str | None = project.nearest(row.name, names) or names[0]
        message = f"the timeline is registered as {row.name!r}, and the composition is"
        message += f" {near!r}"
        hint = (
            f'write window.__timelines["{near}"], or data-composition-id="{row.name}"'
        )
    else:
        message = f"the timeline is registered as {row.name!r}, which no composition is called"
        near = project.nearest(row.name, known)
        near = near or (known[0] if len(known) == 1 else None)
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


def _check_again(project: Project, registry: Registry) -> None:
    """A name that is registered twice in a row, by one script, unconditionally."""
    plain: dict[Code, bool] = {}
    for one, other in pairwise(registry.rows):
        if one.name != other.name or one.code is not other.code:
            continue
        if one.code not in plain:
            plain[one.code] = _is_straight(one.code)
        if not plain[one.code]:
            continue
        line = one.code.source.place(one.start)[0]
        project.add(
            "HF414",
            other.code.source,
            other.start,
            f"the timeline {one.name!r} is registered on line {line} already; that one is "
            "forgotten",
            "keep one timeline, and add() the other to it",
            severity="warning",
        )


def _is_straight(code: Code) -> bool:
    """Whether a script does all it says, and in that order."""
    words = {"if", "function", "=>"}
    return not any(token.text in words for token in code.script.tokens) and not any(
        word in code.text for word in words - {"if"}
    )


_METHODS = frozenset(
    {"pause", "play", "restart", "seek", "reverse", "paused", "resume"}
)
_WINDOWS = frozenset({"window", "globalThis", "self", "top"})
_LONGEST_VALUE = 12
_NUMBERS = frozenset({"duration", "totalDuration", "time", "progress"})
_NOT_TIMELINES = frozenset({"number", "string", "template", "regex"})


def _check_use(project: Project, code: Code) -> None:
    """The registry is an object of names to timelines, and nothing else."""
    script = code.script
    first = next((i for i in script.names(_REGISTRY) if _is_put_in(code, i)), None)
    held = timelines(code) if _REGISTRY in code.text else frozenset()
    for index in script.names(_REGISTRY):
        message = _elsewhere(code, index, held) or _misuse(code, index, first)
        loose = "" if message else _looseness(code, index)
        if message or loose:
            hint = 'write window.__timelines["id"] = timeline'
            start = script.tokens[index].start
            severity: Severity = "error" if message else "note"
            project.add(
                *("HF414", code.source, start, message or loose, hint),
                severity=severity,
            )
        elif (value := _value_at(code, index)) is not None:
            _check_registered(project, code, value, held)


def _looseness(code: Code, index: int) -> str:
    """What else than an object of names the registry is made, where that is understood."""
    row = [code.script.text(index + n) for n in (1, 2, 3)]
    kind = "list" if row[:2] == ["=", "["] else row[2] if row[1] == "new" else ""
    if row[0] != "=" or kind not in {"list", "Map", "Array", "Set", "WeakMap"}:
        return ""
    return f"the registry is made a {kind}; what says whose it is, is taken out of it"


def _is_made(code: Code) -> bool:
    """Whether the script makes the registry a list, which is told there, or a Map."""
    script = code.script
    values = [(script.text(i + 1), script.text(i + 2)) for i in script.names(_REGISTRY)]
    return ("=", "[") in values or any(
        value == ("=", "new") and script.text(i + 3) == "Map"
        for value, i in zip(values, script.names(_REGISTRY), strict=True)
    )


def _says_whose(code: Code, index: int) -> bool:
    """
    Whether a list that the registry is made at *index* tells whose timelines are in it.

    One alone in the entry is the root's; others are found by their names.
    """
    script = code.script
    pushed = [i for i in script.names(_REGISTRY) if script.text(i + 2) == "push"]
    count = len(script.arguments(index + 2)) + len(pushed)
    listed = script.inside(index + 2)
    wrapped = _is_wrapped(code, index + 3)
    named = any(script.text(place) == "id" for place in listed) and not wrapped
    alone = count == 1 and code.document.is_entry and not wrapped
    return alone or named or _is_filled(code)


def _is_wrapped(code: Code, value: int) -> bool:
    """Whether what is listed at *value* is no timeline, but a pair or an object."""
    return code.script.text(value) in {"[", "{"}


def _is_filled(code: Code) -> bool:
    """Whether the script puts a timeline into the registry by its name."""
    return any(
        _value_at(code, place) is not None for place in code.script.names(_REGISTRY)
    )


def _is_put_in(code: Code, index: int) -> bool:
    """Whether a timeline is registered at *index*, whatever happens."""
    return _value_at(code, index) is not None and not code.script.depths[index]


def _misuse(code: Code, index: int, first: int | None) -> str:
    """
    What the registry is taken for where it is named at *index*; nothing if for itself.

    *first* is where something is put into it first.
    """
    row = [code.script.text(index + n) for n in (1, 2, 3)]
    methods = {"push", "set", "add", "concat", "unshift"}
    if row[0] == "(":
        return "the registry is called as if it were a function"
    if row[0] == "." and row[1] in methods and row[2] == "(" and not _is_made(code):
        return f"the registry is no list and no Map: it has no {row[1]}"
    made = row[2] if row[:2] == ["=", "new"] else ""
    if row[:2] == ["=", "["] and not _says_whose(code, index):
        return "the registry is made a list, and is an object of names"
    if made in {"Set", "Array", "WeakMap"} and not _is_filled(code):
        return f"the registry is made a {made}, and is an object of names"
    if first is not None and first < index and _is_emptied(code, index):
        return "the registry is emptied after a timeline was put into it"
    return ""


def _elsewhere(code: Code, index: int, held: frozenset[str]) -> str:
    """How what is named at *index* is no registry at all, though it is called so."""
    script = code.script
    before, after = script.text(index - 1), script.text(index + 2)
    owner = script.text(index - 2) if before == "." else ""
    if owner in {"document", "gsap", "body"}:
        return f"the registry is {owner}'s here, and is looked for in window"
    own = before in {"let", "const"} and not script.depths[index]
    if own and not _is_shared(code, index):
        return "the registry is a variable of the script's, and not the window's"
    ends = script.text(index + 3) in {";", ""}
    if script.text(index + 1) == "=" and ends and after in held:
        return "the registry is made one timeline, and is an object of names"
    return ""


def _is_shared(code: Code, index: int) -> bool:
    """Whether the variable declared at *index* is the window's registry, or is made it."""
    script = code.script
    value = [script.text(index + n) for n in range(2, _LONGEST_VALUE)]
    if not _WINDOWS.isdisjoint(value[: value.index(";")] if ";" in value else value):
        return True
    others = (place for place in script.names(_REGISTRY) if place != index)
    return any(script.text(place - 1) in {"=", "{", ",", ":", "("} for place in others)


def _is_emptied(code: Code, index: int) -> bool:
    script = code.script
    row = [script.text(index + n) for n in (1, 2, 3)]
    return row == ["=", "{", "}"] and script.depths[index] <= 0


def _value_at(code: Code, index: int) -> int | None:
    """Where the value begins that is registered at *index*; None where none is."""
    script = code.script
    if script.text(index + 1) == "." and script.text(index + 3) == "=":
        return index + 4
    if script.text(index + 1) == "[":
        end = script.closing(index + 1)
        return end + 2 if script.text(end + 1) == "=" else None
    return None


def _check_registered(
    project: Project, code: Code, value: int, held: frozenset[str]
) -> None:
    script = code.script
    text, kind = script.text(value), script.kind(value)
    ends = script.text(value + 1) in {";", "", "}"} or kind == "number"
    what = None
    if kind in _NOT_TIMELINES or (
        text in {"null", "undefined", "true", "false"} and ends
    ):
        what = f"{text} is registered, which is no timeline"
    elif text in held and script.text(value + 1) == ".":
        member, called = script.text(value + 2), script.text(value + 3) == "("
        if member in _METHODS and not called:
            what = f"{text}.{member} is registered, which is a method of the timeline"
        elif member in _NUMBERS and called and script.text(value + 4) == ")":
            what = f"{text}.{member}() is registered, which is a number"
    elif text == "gsap" and script.text(value + 1) in {";", ""}:
        what = "gsap itself is registered, not a timeline it makes"
    elif text == "{" and _holds_timeline(code, value, held):
        what = "an object that holds the timeline is registered, not the timeline"
    elif text in {"[", "function"} or _is_arrow(code, value):
        what = "a list is registered, not a timeline" if text == "[" else None
        what = what or "a function is registered, not the timeline it makes"
    if what is not None:
        hint = "register what gsap.timeline({ paused: true }) gives"
        project.add("HF414", code.source, script.tokens[value].start, what, hint)


def _holds_timeline(code: Code, opened: int, names: frozenset[str]) -> bool:
    """Whether an object is nothing but a wrapping of a timeline of GSAP's."""
    script, runs = code.script, code.script.arguments(opened)
    return len(runs) == 1 and (
        script.text(runs[0][0]) in names
        or (script.text(runs[0][0] + 2) in names and runs[0][1] - runs[0][0] == 3)
    )


def _is_arrow(code: Code, value: int) -> bool:
    script = code.script
    if script.text(value) == "(":
        return script.text(script.closing(value) + 1) == "=>"
    return script.text(value + 1) == "=>"


def _check_paused(project: Project, code: Code) -> None:
    """A registered timeline that plays by itself until it is taken over."""
    script, constants = code.script, _constants(code)
    names = {
        script.text(value)
        for index in script.names(_REGISTRY)
        if (value := _value_at(code, index)) is not None
    }
    for index in script.names("timeline"):
        made = script.text(index - 2) == "gsap" and script.text(index + 1) == "("
        holder = script.text(index - 4) if script.text(index - 3) == "=" else ""
        if not made or holder not in names or holder in constants:
            continue
        words = [script.text(place) for place in script.inside(index + 1)]
        bare = not words or words == ["{", "}"]
        says = "paused" in words and words[words.index("paused") + 2 :][:1] == ["false"]
        lacks = "paused" not in words and words[:1] == ["{"] and "..." not in words
        if bare or says or lacks:
            project.add(
                "HF419",
                code.source,
                script.tokens[index].start,
                "the registered timeline is not paused; it is stopped and put at each "
                "frame's time all the same",
                "write gsap.timeline({ paused: true })",
            )


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


def _check_length(project: Project, code: Code, index: int) -> None:
    script, arguments = code.script, code.script.arguments(index)
    method = script.text(index - 1)
    wanted = 4 if method == "fromTo" else 3
    if len(arguments) != wanted or method == "set":
        return
    begin, end = arguments[-1]
    at = read_number(script.text(begin))
    options = _options(code, arguments[-2])
    length = _length(code.document)
    if at is None or end - begin != 1 or length is None:
        return
    if "duration" not in options and at < length:
        return
    stop = at + options.get("delay", 0) + options.get("duration", 0)
    if stop > length + 0.05:
        project.add(
            "HF404",
            code.source,
            script.tokens[begin].start,
            f"the tween ends at {stop:g} s, and the composition at {length:g} s",
            "let it end earlier, or give the composition a longer data-duration",
        )


def _length(document: Document) -> float | None:
    roots = document.roots
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
