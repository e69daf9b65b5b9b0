"""
Rules of style sheets: properties, values and names Chrome does not know.

What Chrome knows is listed in ``data/css.json``, written by Chrome 156 itself.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any

import attrs

from .._fonts.names import GENERIC, OWN_NAMES, WELL_KNOWN
from .._model.near import nearest
from .project import Project, Source
from .variables import declared_properties

_HIDDEN = re.compile(
    r"/\*.*?(?:\*/|\Z)|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'"
    r"|url\((?:\\.|[^)\\\"'(])*\)",
    re.DOTALL | re.IGNORECASE,
)
_PART = re.compile(r"[^{};]*(?:[{};]|\Z)")
_DECLARATION = re.compile(r"(\s*)([A-Za-z-][\w-]*)(\s*):(\s*)(.*)", re.DOTALL)
_WORD = re.compile(r"-?[A-Za-z][\w-]*")
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)")
_SPLIT_UNIT = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+))\s+(px|em|rem|vh|vw|s|ms|deg)\b")
_VARIABLE = re.compile(r"var\(\s*(--[\w-]+)\s*\)")
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


@cache
def _known() -> dict[str, Any]:
    return dict(json.loads((files(__package__) / "data" / "css.json").read_bytes()))


def check_styles(project: Project) -> None:
    """All rules of this module."""
    defined = _defined(project)
    for source, text, start in _sheets(project):
        plain = _mask(text)
        _check_braces(project, source, plain, start)
        for row in declarations(plain):
            _check_declaration(project, source, row, start)
            _check_variable(project, source, row, start, defined)
    for document in project.documents:
        for node in document.elements:
            style = node.attributes.get("style")
            if style is None or "{{" in style.value or "${" in style.value:
                continue
            for found in declarations(f"x{{{_mask(style.value)}}}"):
                moved = style.value_start - 2
                _check_declaration(project, document.source, found, moved)
                _check_variable(project, document.source, found, moved, defined)


def _sheets(project: Project) -> Iterator[tuple[Source, str, int]]:
    for sheet in project.sheets:
        if "{{" not in sheet.text:
            yield sheet.source, sheet.text, sheet.start


def _mask(text: str) -> str:
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
    project: Project, source: Source, row: Declaration, start: int
) -> None:
    name, known = row.name.lower(), _known()
    if name.startswith("--"):
        return
    at_rule = row.within.startswith("@")
    if name not in known["properties"] and not (at_rule and name in _DESCRIPTORS):
        _check_property(project, source, row, start)
        return
    lost = re.search(r"\n\s*([a-z-]+)\s*:", row.value)
    if lost and lost[1] in known["properties"]:
        project.add(
            "HF604",
            source,
            start + row.value_start + max(lost.start() - 1, 0),
            f"a semicolon is missing after {name!r}, which takes {lost[1]!r} with it",
            "end the declaration by ';'",
        )
        return
    if not at_rule:
        _check_value(project, source, row, start)
        _check_font(project, source, row, start)


def _check_property(
    project: Project, source: Source, row: Declaration, start: int
) -> None:
    name = row.name.lower()
    if name.startswith("-"):
        return
    near = nearest(name, _known()["properties"])
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


def _check_value(
    project: Project, source: Source, row: Declaration, start: int
) -> None:
    name, known = row.name.lower(), _known()
    value = re.sub(r"\s*!important\s*$", "", row.value).strip()
    offset = start + row.value_start
    if value in {"0", ""} or "{" in value:
        return
    if _NUMBER.fullmatch(value) and float(value) and name in known["lengths"]:
        message = f"{name} is {value}, a number without a unit; it is ignored"
        project.add("HF603", source, offset, message, f"did you mean {value}px?")
    elif split := _SPLIT_UNIT.search(value):
        message = (
            f"{name} is {value!r}: a number and its unit are parted; it is ignored"
        )
        project.add("HF603", source, offset, message, f"write {split[1]}{split[2]}")
    elif _WORD.fullmatch(value):
        _check_word(project, source, name, value.lower(), offset)


def _check_word(
    project: Project, source: Source, name: str, word: str, offset: int
) -> None:
    known = _known()
    words = list(known["keywords"].get(name, ()))
    if name in known["colored"]:
        words += known["colors"]
    if not words or word in words or word in _WIDE:
        return
    if near := nearest(word, words):
        message = f"{name} is {word!r}, which it cannot be; the declaration is ignored"
        project.add("HF603", source, offset, message, f"did you mean {near!r}?")


def _check_font(project: Project, source: Source, row: Declaration, start: int) -> None:
    if row.name.lower() != "font-family" or "var(" in row.value:
        return
    text = source.text[start + row.value_start :][: len(row.value)]
    for match in re.finditer(r"[^,]+", text):
        name = match[0].strip().strip("\"'")
        if not name or name.lower() in GENERIC | OWN_NAMES or name in _brought(project):
            continue
        near = nearest(name, [*_brought(project), *WELL_KNOWN])
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
            r"@font-face\s*\{[^}]*?font-family\s*:\s*[\"']?([^;\"'}]+)", sheet.text
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
        found.update(re.findall(r"(--[\w-]+)[\"'`]?\s*[:,\]]", text))
        found.update(re.findall(r"@property\s+(--[\w-]+)", text))
    return found


def _check_variable(
    project: Project, source: Source, row: Declaration, start: int, defined: set[str]
) -> None:
    for match in _VARIABLE.finditer(row.value):
        name = match[1]
        known = defined | declared_properties(project)
        if name in known or project.libraries_unknown or name.startswith("--tw-"):
            continue
        near = nearest(name, known)
        if near:
            project.add(
                "HF605",
                source,
                start + row.value_start + match.start(1),
                f"nothing gives {name!r} a value",
                f"did you mean {near!r}?",
            )
