"""
Words that a project's scripts make themselves, which no rule takes for slips of another's.

Three questions are asked of them: which names are declared, which words may be members of the
project's own objects, and whether a method was put on an object of a library's.
"""

from __future__ import annotations

import re
from collections.abc import Collection

import attrs

from .project import Code, Project
from .script import Script

_HEADS = frozenset({"if", "for", "while", "switch", "with"})
_DECLARE = frozenset({"const", "let", "var", "using"})
_STATEMENTS = frozenset({"if", "for", "while", "return", "function", "switch", "try"})
_WINDOWS = frozenset({"window", "globalThis", "self", "this"})


def declared_names(script: Script) -> set[str]:
    """The names a script declares or gives a value: what may be read that stands alone."""
    found = set[str]()
    for index, token in enumerate(script.tokens):
        if token.kind == "punct":
            if token.text == "(" and _holds_parameters(script, index):
                found |= _names_in(script, index)
        elif token.kind != "name":
            continue
        elif token.text in _DECLARE:
            found |= _declared(script, index)
        elif token.text == "import" and script.text(index + 1) != "(":
            found |= _imported(script, index)
        elif token.text == "for" and script.text(index + 1) == "(":
            found |= _of_head(script, index + 1)
        elif _is_given(script, index):
            found.add(token.text)
    return found


@attrs.frozen
class OwnWords:
    """Words of the project's scripts: all names, and those that are given a meaning."""

    names: frozenset[str]
    made: frozenset[str]


def own_words(project: Project) -> OwnWords:
    """Those of *project*; a member is made by a key, not where it is set, as a slip is."""
    names, made = set[str](), set[str]()
    for code in project.codes:
        script = code.script
        for index, token in enumerate(script.tokens):
            if token.kind == "string":
                made.add(token.value)
            if token.kind != "name":
                continue
            names.add(token.text)
            before, after = script.text(index - 1), script.text(index + 1)
            if before not in {".", "?."} and (after in {":", "=", "(", ",", "}", ")"}):
                called = after == "(" and not _opens_body(code, index + 1)
                if not called:
                    made.add(token.text)
    return OwnWords(frozenset(names), frozenset(made))


def is_put_there(project: Project, name: str, held: Collection[str]) -> bool:
    """Whether scripts say *name* otherwise than by calling it: they may put it there."""
    if not project.afford(sum(len(each.text) for each in project.codes) // 100):
        return True
    owners = "|".join(map(re.escape, sorted(held)))
    calls = re.compile(rf"(?<![\w$.])(?:{owners})\s*\.\s*{re.escape(name)}\s*\(")
    word = re.compile(rf"(?<![\w$]){re.escape(name)}(?![\w$])")
    return any(word.search(calls.sub("", each.text)) for each in project.codes)


def _is_given(script: Script, index: int) -> bool:
    """Whether the name at *index* is given a meaning there."""
    before, after = script.text(index - 1), script.text(index + 1)
    if before in {".", "?."}:
        return after == "=" and script.text(index - 2) in _WINDOWS
    if before in {"function", "class", "*"} or after == "=>":
        return True
    if after == ":":
        return before in {";", "}", "{", ""}
    return after in {"=", "||=", "??=", "&&="}


def _of_head(script: Script, opened: int) -> set[str]:
    """The name a loop gives its values to, where it declares none."""
    following = script.text(opened + 2)
    return {script.text(opened + 1)} if following in {"of", "in"} else set()


def _holds_parameters(script: Script, opened: int) -> bool:
    after = script.text(script.closing(opened) + 1)
    if after == "=>":
        return True
    return after == "{" and script.text(opened - 1) not in _HEADS


def _names_in(script: Script, opened: int) -> set[str]:
    return {
        script.text(place)
        for place in script.inside(opened)
        if script.kind(place) == "name" and script.text(place - 1) not in {".", "?."}
    }


def _declared(script: Script, index: int) -> set[str]:
    """The names of the declaration that begins at *index*."""
    found, place = set[str](), index + 1
    while place < len(script.tokens):
        text, before = script.text(place), script.text(place - 1)
        first = place == index + 1 or before == ","
        if text in {"{", "[", "("} and script.kind(place) == "punct":
            if first:
                found |= _names_in(script, place)
            place = script.closing(place)
        elif text in {";", ")", "}", "]"} or text in _STATEMENTS | _DECLARE:
            break
        elif first and script.kind(place) == "name":
            found.add(text)
        place += 1
    return found


def _imported(script: Script, index: int) -> set[str]:
    found, place = set[str](), index + 1
    while script.kind(place) not in {"string", ""} and script.text(place) != ";":
        if script.kind(place) == "name":
            found.add(script.text(place))
        place += 1
    return found


def _opens_body(code: Code, bracket: int) -> bool:
    """Whether what is in brackets are the parameters of a function."""
    return code.script.text(code.script.closing(bracket) + 1) in {"{", "=>"}
