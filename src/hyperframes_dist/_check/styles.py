"""
Rules of style sheets: properties, values and names Chrome does not know.

What Chrome knows is listed in ``data/css.json``, written by Chrome 156 itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

import attrs

from .._fonts.names import GENERIC, OWN_NAMES, WELL_KNOWN
from .._model.near import nearest
from .._tools.css import DEEPEST, too_deep
from .project import Project, Source
from .values import faults
from .variables import declared_properties
from .words import TAGS, camel, css

_HIDDEN = re.compile(
    r"/\*.*?(?:\*/|\Z)|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'"
    r"|url\((?:\\.|[^)\\\"'(])*\)",
    re.DOTALL | re.IGNORECASE,
)
_PART = re.compile(r"[^{};]*(?:[{};]|\Z)")
_DECLARATION = re.compile(r"(\s*)([A-Za-z-][\w-]*)(\s*):(\s*)(.*)", re.DOTALL)
_WORD = re.compile(r"-?[A-Za-z][\w-]*")
_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)")
_VARIABLE = re.compile(r"var\(\s*(--[\w-]+)\s*\)")
# A program has written what is longer.
_LONGEST_VALUE, _LONGEST_SELECTOR = 4000, 2000
_WIDE = frozenset(
    {"inherit", "initial", "unset", "revert", "revert-layer", "none", "auto"}
)
_DESCRIPTORS = (
    *("src", "font-display", "unicode-range", "ascent-override", "descent-override"),
    *(
        "line-gap-override",
        "size-adjust",
        "syntax",
        "inherits",
        "initial-value",
        "system",
    ),
    *("symbols", "additive-symbols", "negative", "prefix", "suffix", "range", "pad"),
    *("speak-as", "fallback", "base-palette", "override-colors", "navigation", "types"),
    *("size", "marks", "bleed", "page-orientation", "font-named-instance"),
)


@attrs.frozen
class Declaration:
    """One declaration: its *name* at *start*, its *value* at *value_start*."""

    name: str
    start: int
    value: str
    value_start: int
    within: str


@attrs.frozen(kw_only=True)
class _Known:
    """
    What the project's sheets may speak of.

    Attributes:
        variables: Custom properties that are given a value.
        closed: Whether nothing else can give one.
        fonts: Families of fonts that it brings.
    """

    variables: frozenset[str]
    closed: bool
    fonts: frozenset[str]


def properties() -> list[str]:
    """The properties Chrome knows."""
    return list(css()["properties"])


@cache
def style_words() -> tuple[str, ...]:
    """The properties as a script spells them, and what a style does besides."""
    more = (
        *("cssText", "setProperty", "getPropertyValue", "removeProperty", "cssFloat"),
        *("getPropertyPriority", "parentRule", "length"),
    )
    names = tuple(map(camel, properties()))
    own = tuple(
        name[0].lower() + name[1:] for name in names if name.startswith("Webkit")
    )
    return (*names, *own, *more)


def check_styles(project: Project) -> None:
    """All rules of this module."""
    known = _Known(
        variables=frozenset(_defined(project) | declared_properties(project)),
        closed=not _may_come(project),
        fonts=frozenset(_brought(project)),
    )
    for source, text, start in sheets(project):
        plain = mask(text)
        _check_depth(project, source, text, start)
        _check_braces(project, source, plain, start)
        _check_parts(project, source, plain, start)
        _check_faces(project, source, plain, start)
        for row in declarations(plain):
            _check_declaration(project, source, row, start, known)
            _check_variable(project, source, row, start, known)
    for document in project.documents:
        for node in document.elements:
            style = node.attributes.get("style")
            if style is None or "{{" in style.value or "${" in style.value:
                continue
            _check_depth(project, document.source, style.value, style.value_start)
            if style.value.lstrip().startswith("{"):
                project.add(
                    "HF604",
                    document.source,
                    style.value_start,
                    "the style begins with a brace, and says nothing",
                    'write declarations only: style="color: red"',
                    element=node,
                )
                continue
            for found in declarations(f"x{{{mask(style.value)}}}"):
                moved = style.value_start - 2
                _check_declaration(project, document.source, found, moved, known)
                _check_variable(project, document.source, found, moved, known)


def sheets(project: Project) -> Iterator[tuple[Source, str, int]]:
    """The style sheets that are no templates: file, text, and where that begins."""
    for sheet in project.sheets:
        if "{{" not in sheet.text:
            yield sheet.source, sheet.text, sheet.start


def mask(text: str) -> str:
    """*text* with blanks for comments, and for what strings and addresses hold."""

    def blank(match: re.Match[str]) -> str:
        body = match[0]
        if body.startswith("/*"):
            return re.sub(r"[^\n]", " ", body)
        return body[0] + re.sub(r"[^\n]", "_", body[1:-1]) + body[-1]

    return _HIDDEN.sub(blank, text)


def declarations(plain: str) -> Iterator[Declaration]:
    """The declarations of a masked sheet, wherever they are nested."""
    stack: list[str] = []
    for match in _PART.finditer(plain):
        part, end = match[0][:-1], match[0][-1:]
        if end == "{":
            stack.append(part.strip().lower())
            continue
        if stack and (found := _DECLARATION.match(part)):
            name_start = match.start() + found.start(2)
            value_start = match.start() + found.start(5)
            yield Declaration(
                found[2], name_start, found[5].strip(), value_start, stack[-1]
            )
        if end == "}" and stack:
            stack.pop()


_AT_RULES = (
    *("media", "keyframes", "font-face", "supports", "import", "charset", "layer"),
    *("property", "container", "namespace", "page", "counter-style", "starting-style"),
    *("scope", "font-feature-values", "font-palette-values", "view-transition"),
    *("position-try", "function", "-webkit-keyframes", "document", "color-profile"),
    *("tailwind", "apply", "theme", "custom-variant", "utility", "variant", "source"),
    *("plugin", "config", "swash", "styleset", "ornaments", "annotation", "stylistic"),
    *("character-variant", "top-left", "bottom-right", "include", "mixin", "use"),
)


def _check_parts(project: Project, source: Source, plain: str, start: int) -> None:
    """What stands in a sheet and is neither a rule nor a declaration."""
    stack: list[str] = []
    began = False
    for match in _PART.finditer(plain):
        part, end = match[0][:-1], match[0][-1:]
        text = part.strip()
        place = start + match.start() + len(part) - len(part.lstrip())
        if began and end == ";" and text.startswith("@import") and not stack:
            what = "@import stands after a rule, and is not followed"
            project.add("HF604", source, place, what, "put it before all rules")
        if end in {";", "}"} and text:
            _check_part(project, source, place, text, stack)
        if end == "{":
            _check_head(project, source, place, text, stack)
            began = began or not text.startswith(("@charset", "@layer", "@import"))
            stack.append(text.lower())
        elif end == "}" and stack:
            stack.pop()


def _check_part(
    project: Project, source: Source, place: int, text: str, stack: list[str]
) -> None:
    if text.startswith("@") or "<%" in text:
        return
    if not stack:
        if re.match(r"\$[\w-]+\s*:", text):
            name = text.split(":", maxsplit=1)[0].strip()
            message = f"{name!r} is a variable of Sass, not of CSS"
            hint = "write :root { --name: value } and var(--name)"
        elif re.match(r"[a-z-]+\s*:\s*\S", text):
            message, hint = "a declaration stands outside of a rule", "put it into one"
        else:
            return
        project.add("HF604", source, place, message, hint)
        return
    if stack[-1].startswith("@") and not stack[-1].startswith(("@font-face", "@media")):
        return
    word = re.match(r"([a-zA-Z-]+)\s*(=?)\s*\S", text)
    if ":" not in text and word:
        name = word[1].lower()
        if name in css()["properties"] or name == text:
            message = f"{text[:40]!r} has no colon, and says nothing"
            rest = text[len(word[1]) :].lstrip(" =")
            hint = f"write {name}: {rest}" if rest else "remove it, or write it out"
            project.add("HF604", source, place, message, hint)
    elif re.search(r"\$[A-Za-z]", text) and re.match(r"[a-z-]+\s*:", text):
        message = "'$' begins a variable of Sass, not of CSS"
        project.add("HF604", source, place, message, "write var(--name)")


def _check_head(
    project: Project, source: Source, place: int, text: str, stack: list[str]
) -> None:
    if any(line.lstrip().startswith("//") for line in text.split("\n")):
        message = "CSS has no comments that begin with //; the rule after it is lost"
        project.add("HF604", source, place, message, "write /* … */")
    elif text.startswith("<!--") and re.match(r"<!--\s*\w[^>]*-->", text):
        message = "a comment of HTML is none of CSS; the rule after it is lost"
        project.add("HF604", source, place, message, "write /* … */")
    elif match := re.match(r"@([\w-]+)", text):
        name = match[1].lower()
        if name not in _AT_RULES and not name.startswith("-"):
            near = nearest(name, _AT_RULES)
            project.add(
                "HF601",
                source,
                place,
                f"'@{match[1]}' is no rule Chrome knows; it is ignored",
                f"did you mean '@{near}'?" if near else "mend the name, or remove it",
            )
    elif not stack and not text:
        project.add("HF604", source, place, "the rule has no selector", "name one")
    elif stack and re.match(r"@(?:-webkit-)?keyframes\b", stack[-1]):
        _check_step(project, source, place, text)
    else:
        _check_selector(project, source, place, text)


def _check_step(project: Project, source: Source, place: int, text: str) -> None:
    """The steps of an animation: from, to and percentages."""
    for part in text.split(","):
        word = part.strip()
        if re.fullmatch(
            r"from|to|[\d.]+%|(?:entry|exit|cover|contain).*", word.lower()
        ):
            continue
        if re.fullmatch(r"[\d.]+", word):
            hint = f"write {word}%"
        elif near := nearest(word, ("from", "to")):
            hint = f"did you mean {near!r}?"
        else:
            continue
        what = f"{word!r} is no step of an animation; the step is lost"
        project.add("HF604", source, place, what, hint)


_PSEUDO = (
    *("hover", "active", "focus", "focus-within", "focus-visible", "visited", "link"),
    *("first-child", "last-child", "only-child", "nth-child", "nth-last-child", "not"),
    *(
        "first-of-type",
        "last-of-type",
        "nth-of-type",
        "nth-last-of-type",
        "only-of-type",
    ),
    *(
        "empty",
        "root",
        "is",
        "where",
        "has",
        "checked",
        "disabled",
        "enabled",
        "target",
    ),
    *("before", "after", "first-letter", "first-line", "placeholder", "selection"),
    *(
        "marker",
        "backdrop",
        "part",
        "slotted",
        "host",
        "host-context",
        "defined",
        "lang",
    ),
    *(
        "dir",
        "scope",
        "open",
        "modal",
        "popover-open",
        "fullscreen",
        "autofill",
        "state",
    ),
    *("placeholder-shown", "required", "optional", "valid", "invalid", "in-range"),
    *(
        "out-of-range",
        "read-only",
        "read-write",
        "default",
        "indeterminate",
        "details-content",
    ),
    *("view-transition", "view-transition-group", "view-transition-image-pair"),
    *("view-transition-old", "view-transition-new", "highlight", "target-text", "cue"),
    *(
        "file-selector-button",
        "picture-in-picture",
        "playing",
        "paused",
        "muted",
        "any",
    ),
    *(
        "any-link",
        "local-link",
        "target-within",
        "user-valid",
        "user-invalid",
        "matches",
    ),
    *("current", "past", "future", "spelling-error", "grammar-error", "column"),
    *("scroll-marker", "scroll-button", "checkmark", "picker", "picker-icon", "global"),
    *("deep", "active-view-transition", "active-view-transition-type", "xr-overlay"),
)
_PSEUDO_PART = re.compile(r"(?<!\\):{1,2}([A-Za-z][\w-]*)")


def _check_selector(project: Project, source: Source, place: int, text: str) -> None:
    """What a browser cannot read of a selector, for which it drops the whole rule."""
    if len(text) > _LONGEST_SELECTOR or "{{" in text or "<" in text or "$" in text:
        return
    for match in _PSEUDO_PART.finditer(text):
        name = match[1].lower()
        if name in _PSEUDO or name.startswith(("-", "webkit", "moz")):
            continue
        near = nearest(name, _PSEUDO)
        hint = (
            f"did you mean {near!r}?" if near else "mend the name, or remove the rule"
        )
        what = f"{match[0]!r} is nothing a selector knows; the rule is lost"
        project.add("HF604", source, place + match.start(), what, hint)
        return
    _check_kinds(project, source, place, text)
    alone = re.search(r"[#.](?=[\s#.,>{]|$)|(?<![\w\]\)*-])[#.](?=\d)", text)
    if alone is None or "\\" in text or "(" in text[: alone.start()]:
        return
    what = f"{alone[0]!r} stands alone, or before a digit; the rule is lost"
    project.add("HF604", source, place + alone.start(), what, "write #name or .name")


def _check_kinds(project: Project, source: Source, place: int, text: str) -> None:
    """Elements a selector names, which neither HTML nor SVG has."""
    plain = re.sub(r"\[[^\]]*\]|\([^)]*\)", lambda match: "_" * len(match[0]), text)
    for match in re.finditer(r"(?<![\w.#:&\\-])[a-z][a-z0-9]*(?![\w-])", plain):
        name = match[0]
        if name in TAGS or name in _OF_SVG or name in project.tags:
            continue
        marks = [m for m in (".", "#") if _is_named(project, m, name)]
        near = nearest(name, TAGS) if len(name) > 3 else None
        meant = f"{marks[0]}{name}" if marks else _near_name(project, name) or near
        if meant is None:
            continue
        what = f"no element is a <{name}>"
        start = place + match.start()
        project.add("HF607", source, start, what, f"did you mean {meant!r}?")


_OF_SVG = frozenset(
    {
        *("circle", "ellipse", "line", "path", "polygon", "polyline", "rect", "text"),
        *("tspan", "g", "use", "defs", "symbol", "mask", "filter", "stop", "marker"),
        *(
            "pattern",
            "set",
            "view",
            "switch",
            "animate",
            "desc",
            "mi",
            "mn",
            "mo",
            "mrow",
        ),
    }
)


def _is_named(project: Project, mark: str, name: str) -> bool:
    return name in (project.ids if mark == "#" else project.classes)


def _near_name(project: Project, name: str) -> str | None:
    known = project.classes
    found = project.nearest(name, sorted(known)) if len(name) > 3 and known else None
    return f".{found}" if found else None


def _check_faces(project: Project, source: Source, plain: str, start: int) -> None:
    """Fonts that are described and come from nowhere."""
    for match in re.finditer(r"@font-face\s*\{([^{}]*)\}", plain, re.IGNORECASE):
        lacks = [
            word
            for word in ("font-family", "src")
            if re.search(rf"(?<![\w-]){word}\s*:", match[1], re.IGNORECASE) is None
        ]
        if lacks:
            what = f"the @font-face has no {' and no '.join(lacks)}; it brings no font"
            place = start + match.start()
            project.add("HF604", source, place, what, "give it font-family and src")


def _check_depth(project: Project, source: Source, text: str, start: int) -> None:
    """A sheet that a browser, which reads what is nested by nesting, may end at."""
    place = too_deep(text)
    if place is not None:
        project.add(
            "HF604",
            source,
            start + place,
            f"brackets nest deeper than {DEEPEST} here, which a browser may end at",
            "close what is open, or nest less",
            severity="error",
        )


def _check_braces(project: Project, source: Source, plain: str, start: int) -> None:
    opened: list[int] = []
    for match in re.finditer("[{}]", plain):
        if match[0] == "{":
            opened.append(match.start())
        elif opened:
            opened.pop()
        else:
            message = "'}' closes nothing; the rule after it is lost"
            hint = "remove it"
            project.add("HF604", source, start + match.start(), message, hint)
            return
    if opened:
        message = "'{' is not closed; rules after it mean something else"
        project.add(
            "HF604", source, start + opened[-1], message, "close the rule by '}'"
        )


def _check_declaration(
    project: Project, source: Source, row: Declaration, start: int, known: _Known
) -> None:
    name, words = row.name.lower(), css()
    if name.startswith("--"):
        return
    at_rule = row.within.startswith("@")
    if name not in words["properties"] and not (at_rule and name in _DESCRIPTORS):
        _check_property(project, source, row, start)
        return
    if len(row.value) > _LONGEST_VALUE:
        return
    lost = re.search(r"(?<!\s)\s+([a-z-]+)\s*:", row.value)
    if lost and lost[1] in words["properties"] and "(" not in row.value[lost.start() :]:
        project.add(
            "HF604",
            source,
            start + row.value_start + max(lost.start() - 1, 0),
            f"a semicolon is missing after {name!r}, which takes {lost[1]!r} with it",
            "end the declaration by ';'",
        )
        return
    if not at_rule:
        check_value(project, source, name, row.value, start + row.value_start)
        _check_font(project, source, row, start, known.fonts)


def _check_property(
    project: Project, source: Source, row: Declaration, start: int
) -> None:
    name = row.name.lower()
    near = nearest(name, css()["properties"])
    if name.startswith("-") and not (near and near.startswith("-webkit-")):
        return
    if near and near.startswith("-") and not name.startswith("-"):
        near = None
    if near or not row.within.startswith("@"):
        project.add(
            "HF601" if near else "HF602",
            source,
            start + row.start,
            f"{row.name!r} is no property Chrome knows; the declaration is ignored",
            f"did you mean {near!r}?" if near else "mend the name, or remove it",
        )


def check_value(
    project: Project, source: Source, name: str, written: str, offset: int
) -> None:
    """What is wrong with the value *written* at *offset* for the property *name*."""
    known = css()
    value = re.sub(r"(?<!\s)\s*!important\s*$", "", written).strip()
    if value in {"0", ""} or "{" in value:
        return
    if "var(" in value and "(" in value.replace("var(", ""):
        return  # What a variable brings may be what is missing.
    colors = list(known["colors"]) if name in known["colored"] else []
    words = list(known["keywords"].get(name, ()))
    fault = next(faults(name, written.strip(), words, colors), None)
    if _NUMBER.fullmatch(value) and float(value) and name in known["lengths"]:
        message = f"{name} is {value}, a number without a unit; it is ignored"
        project.add("HF603", source, offset, message, f"did you mean {value}px?")
    elif fault is not None:
        place, message, hint = fault
        shown = message if name == "opacity" else f"{message}; it is ignored"
        project.add("HF603", source, offset + place, shown, hint)
    elif _WORD.fullmatch(value):
        _check_word(project, source, name, value.lower(), offset)


def _check_word(
    project: Project, source: Source, name: str, word: str, offset: int
) -> None:
    known = css()
    words = list(known["keywords"].get(name, ()))
    if name in known["colored"]:
        words += known["colors"]
    if not words or word in words or word in _WIDE:
        return
    if near := nearest(word, words):
        message = f"{name} is {word!r}, which it cannot be; the declaration is ignored"
        project.add("HF603", source, offset, message, f"did you mean {near!r}?")


def _check_font(
    project: Project,
    source: Source,
    row: Declaration,
    start: int,
    fonts: frozenset[str],
) -> None:
    if row.name.lower() != "font-family" or "var(" in row.value:
        return
    text = source.text[start + row.value_start :][: len(row.value)]
    for match in re.finditer(r"[^,]+", text):
        name = match[0].strip().strip("\"'")
        if not name or name.lower() in GENERIC | OWN_NAMES or name in fonts:
            continue
        near = project.nearest(name, [*sorted(fonts), *WELL_KNOWN])
        if near and near.lower() != name.lower():
            shift = len(match[0]) - len(match[0].lstrip())
            project.add(
                "HF308",
                source,
                start + row.value_start + match.start() + shift,
                f"nobody brings a font called {name!r}",
                f"did you mean {near!r}?",
            )


def _brought(project: Project) -> set[str]:
    """Families the project's own sheets and its links to Google Fonts bring."""
    found: set[str] = set()
    for sheet in project.sheets:
        for face in re.finditer(
            r"@font-face\s*\{[^{}]*?font-family\s*:\s*[\"']?([^;\"'}]+)", sheet.text
        ):
            found.add(face[1].strip())
    for document in project.documents:
        for asked in re.findall(r"[?&]family=([^&:\"'|)]+)", document.source.text):
            found.add(asked.replace("+", " "))
    for sheet in project.sheets:
        for asked in re.findall(r"[?&]family=([^&:\"'|)]+)", sheet.text):
            found.add(asked.replace("+", " "))
    return found


def _defined(project: Project) -> set[str]:
    """Custom properties that are given a value anywhere."""
    texts = [d.source.text for d in project.documents]
    texts += [s.text for s in project.sheets] + [c.text for c in project.codes]
    found = set[str]()
    for text in texts:
        found.update(re.findall(r"(?<![\w-])(--[\w-]++)[\"'`]?\s*+[:,\]]", text))
        found.update(re.findall(r"@property\s+(--[\w-]++)", text))
    return found


def _check_variable(
    project: Project, source: Source, row: Declaration, start: int, known: _Known
) -> None:
    for match in _VARIABLE.finditer(row.value):
        name = match[1]
        if (
            name in known.variables
            or project.libraries_unknown
            or name.startswith("--tw-")
        ):
            continue
        near = project.nearest(name, known.variables)
        if near or known.closed:
            project.add(
                "HF605",
                source,
                start + row.value_start + match.start(1),
                f"nothing gives {name!r} a value; the declaration is ignored",
                f"did you mean {near!r}?"
                if near
                else f"write :root {{ {name}: … }}, or var({name}, …) with another value",
            )


def _may_come(project: Project) -> bool:
    """Whether a sheet of another place, or a script, may define custom properties."""
    if project.scripts_say("setProperty", "cssText"):
        return True
    return any(
        node.tag == "link"
        and "//" in (node.get("href") or "")
        and "fonts." not in (node.get("href") or "")
        for document in project.documents
        for node in document.elements
    ) or any("@import" in sheet.text for sheet in project.sheets)
