"""
What a style sheet says of fonts: which families it brings, and which it asks for.

A name is kept as it is written; a kind of font, such as ``sans-serif``, is a name like
others here. All that is ever changed in a sheet is that a list of families gets longer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import attrs
import tinycss2

from .._tools.css import (
    DEEPEST,
    Tokens,
    parse_sheet,
    parse_values,
    quote,
    split_commas,
    tokens_of,
)
from ..progress import Control

Stack = tuple[str, ...]
"""Names of families in the order they are tried."""

After = Callable[[Stack], Stack]
"""Families to try after a list of others."""

_FACE = "font-face"
# Far more than anybody nests, and less than Python's own stack.
_DEEPEST = 50
_MOST_CHOICES = 100
_COMMA, _SEMICOLON = map(tinycss2.parse_one_component_value, ",;")
_BLANK = frozenset({"whitespace", "comment"})
_KEYWORDS = frozenset(
    {
        *("inherit", "initial", "unset", "revert", "revert-layer", "caption", "icon"),
        *("menu", "message-box", "small-caption", "status-bar"),
    }
)


@attrs.frozen(kw_only=True)
class FontCss:
    """
    What one or several sheets say.

    Attributes:
        brought: Families with an ``@font-face`` rule that names a file.
        stacks: Families asked for, in the order they are tried.
        imports: Addresses of the sheets it imports, as they are written.
    """

    brought: frozenset[str] = frozenset()
    stacks: tuple[Stack, ...] = ()
    imports: tuple[str, ...] = ()


def read_sheets(
    sheets: Iterable[str],
    styles: Iterable[str] = (),
    *,
    control: Control | None = None,
) -> FontCss:
    """
    What *sheets* say, and *styles*, which are values of ``style`` attributes.

    Custom properties are looked up in all of them: where one is set is not followed.

    Raises:
        InputError: One nests deeper than any author's does, or as `parse_sheet` says.
    """
    rules = [r for css in sheets for r in parse_sheet(css, control, deepest=DEEPEST)]
    found = list(_declarations(rules, _DEEPEST))
    for style in styles:
        tokens = parse_values(style, control, deepest=DEEPEST)
        found += [(False, row) for row in _rows(tokens)]
    values = [row for in_face, row in found if not in_face]
    properties: dict[str, list[Tokens]] = {}
    for row in values:
        if row.name.startswith("--"):
            properties.setdefault(row.name, []).append(row.value)
    return FontCss(
        brought=frozenset(_brought(row for in_face, row in found if in_face)),
        stacks=tuple(s for row in values for s in _stacks(row, properties)),
        imports=tuple(_imports(rules)),
    )


def _declarations(rules: Tokens, depth: int) -> Iterator[tuple[bool, Any]]:
    """Every declaration below *rules*, with whether it describes an ``@font-face``."""
    for rule in rules if depth else ():
        if rule.type == "at-rule" and rule.lower_at_keyword == _FACE:
            rows = _rows(rule.content or [])
            if any(_names_file(row) for row in rows):
                yield from ((True, row) for row in rows)
        elif rule.type in {"at-rule", "qualified-rule"} and rule.content is not None:
            inner = tinycss2.parse_blocks_contents(rule.content)
            yield from ((False, row) for row in inner if row.type == "declaration")
            yield from _declarations(inner, depth - 1)


def _rows(content: Tokens) -> Tokens:
    parsed = tinycss2.parse_blocks_contents(content)
    return [row for row in parsed if row.type == "declaration"]


def read_faces(css: str) -> tuple[dict[str, str], ...]:
    """The descriptors of each ``@font-face`` of *css*: family, style and weight."""
    names = ("font-family", "font-style", "font-weight")
    faces = []
    for rule in parse_sheet(css):
        if rule.type == "at-rule" and rule.lower_at_keyword == _FACE:
            rows = {row.lower_name: row.value for row in _rows(rule.content or [])}
            found = {name: rows[name] for name in names if name in rows}
            faces.append({name: _words(value) for name, value in found.items()})
    return tuple(faces)


def _words(value: Tokens) -> str:
    parts = (
        t.representation if t.type == "number" else str(t.value)
        for t in value
        if t.type not in _BLANK and hasattr(t, "value")
    )
    return " ".join(parts)


def _names_file(row: Any) -> bool:
    # A face of local() alone brings nothing: a font of its author's machine.
    return row.lower_name == "src" and any(
        token.type == "url" or (token.type == "function" and token.lower_name == "url")
        for token in row.value
    )


def _brought(rows: Iterable[Any]) -> Iterator[str]:
    for row in rows:
        if row.lower_name == "font-family" and (name := _name(row.value)):
            yield name.lower()


def _imports(rules: Tokens) -> Iterator[str]:
    for rule in rules:
        if rule.type == "at-rule" and rule.lower_at_keyword == "import":
            for token in rule.prelude:
                if token.type in {"url", "string"}:
                    yield str(token.value)
                    break
                if token.type == "function" and token.lower_name == "url":
                    yield from (str(a.value) for a in token.arguments[:1])
                    break


def _stacks(row: Any, properties: Mapping[str, list[Tokens]]) -> Iterator[Stack]:
    if row.lower_name not in {"font", "font-family"}:
        return
    budget = iter(range(_MOST_CHOICES))
    for value in _substituted(row.value, properties, budget):
        parts = split_commas(value)
        if row.lower_name == "font":
            parts[0] = _after_size(parts[0])
        stack = tuple(name for part in parts if (name := _name(part)))
        if stack:
            yield stack


def _substituted(
    value: Tokens, properties: Mapping[str, list[Tokens]], budget: Iterator[int]
) -> Iterator[Tokens]:
    """*value* with its first ``var()`` replaced by each thing it may stand for."""
    for index, token in enumerate(value):
        if not _is_variable(token):
            continue
        parts = split_commas(token.arguments)
        name = "".join(str(t.value) for t in parts[0] if t.type == "ident")
        fallback = [t for part in parts[1:] for t in [*part, _COMMA]][:-1]
        choices = [*properties.get(name, []), *([fallback] if fallback else [])]
        # Variables of variables multiply, and may stand for themselves.
        for choice, _ in zip(choices, budget, strict=False):
            whole = [*value[:index], *choice, *value[index + 1 :]]
            yield from _substituted(whole, properties, budget)
        return
    yield value


def _after_size(part: Tokens) -> Tokens:
    """What follows the size, and the height of a line, in the shorthand."""
    cut, solid = 0, [i for i, token in enumerate(part) if token.type not in _BLANK]
    for index in solid:
        families = index == solid[-1] and _is_variable(part[index])
        if part[index].type not in {"ident", "string"} and not families:
            cut = index + 1
    return part[cut:]


def _is_variable(token: Any) -> bool:
    return bool(token.type == "function" and token.lower_name == "var")


def _name(part: Tokens) -> str | None:
    """A family's name: one string, or words with blanks between; None for all else."""
    tokens = [token for token in part if token.type not in _BLANK]
    if len(tokens) == 1 and tokens[0].type == "string":
        return str(tokens[0].value)
    if not tokens or any(token.type != "ident" for token in tokens):
        return None
    name = " ".join(str(token.value) for token in tokens)
    return None if name.lower() in _KEYWORDS else name


def extend_stacks(css: str, after: After, *, style: bool = False) -> str:
    """
    *css* with more families after each list of families in it.

    Args:
        after: Gives them for the names that are in such a list.
        style: Whether *css* is the value of a ``style`` attribute.
    """
    try:
        text: str = tinycss2.serialize(
            _extended(parse_values(css), after, in_block=style)
        )
    except RecursionError:
        return css  # Nobody wrote that; a warning about its characters remains.
    return text


def _extended(tokens: Tokens, after: After, *, in_block: bool) -> Tokens:
    out: Tokens = []
    for run, end in _runs(tokens):
        describes_face = False
        for token in run:
            if token.type == "at-keyword":
                describes_face = token.lower_value == _FACE
            if token.type == "{} block" and not describes_face:
                token.content = _extended(token.content, after, in_block=True)
        out += _extended_run(run, after) if in_block else run
        out += end
    return out


def _runs(tokens: Tokens) -> Iterator[tuple[Tokens, Tokens]]:
    """*tokens* cut after each semicolon and each block in braces."""
    run: Tokens = []
    for token in tokens:
        if token == _SEMICOLON:
            yield run, [token]
            run = []
        else:
            run.append(token)
            if token.type == "{} block":
                yield run, []
                run = []
    yield run, []


def _extended_run(run: Tokens, after: After) -> Tokens:
    """One declaration, or something else that stays as it is."""
    name, start, stop = _declared(run)
    if name not in {"font", "font-family"}:
        return run
    parts = split_commas(run[start:stop])
    if name == "font":
        parts[0] = _after_size(parts[0])
    if not _is_family(parts[-1]):
        return run
    more = after(tuple(n for part in parts if (n := _name(part))))
    last = tokens_of("".join(f", {quote(n)}" for n in more))
    return [*run[:stop], *last, *run[stop:]]


def _declared(run: Tokens) -> tuple[str, int, int]:
    """The property *run* sets, and where its value lies; empty where it sets none."""
    solid = [i for i, token in enumerate(run) if token.type not in _BLANK]
    if len(solid) < 3 or run[solid[0]].type != "ident" or run[solid[1]] != ":":
        return "", 0, 0
    if run[solid[-1]].type == "{} block":
        return "", 0, 0  # The selector of a nested rule.
    stop = next((i for i in solid if run[i] == "!"), len(run))
    return str(run[solid[0]].lower_value), solid[1] + 1, stop


def _is_family(part: Tokens) -> bool:
    tokens = [token for token in part if token.type not in _BLANK]
    variable = len(tokens) == 1 and _is_variable(tokens[0])
    return variable or _name(part) is not None
