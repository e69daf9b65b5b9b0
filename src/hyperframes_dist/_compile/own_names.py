"""
Names a mounted file gives for the whole document, made its own where two files share one.

What refers to an ``id`` by address (``url(#…)``, ``href="#…"``) and what names a
``@keyframes`` is answered by the whole document, so that the first scene's gradients and
movements would be the second's. The first file that has a name keeps it. Names that only
selectors and scripts look for stay as they are: those never reach beyond their own mount.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Mapping
from itertools import count
from typing import Any

import attrs

from .._tools.css import (
    WRITABLE,
    Tokens,
    parse_sheet,
    parse_values,
    quote,
    rules_in,
    text_of,
)
from .._tools.html import Node, Tree
from ..progress import Control

_REFERENCE = re.compile(
    r"url\(\s*(?:&quot;|['\"])?#([^'\")\s&]+)"  # fill="url(#a)"
    r"|href['\"]?\s*[=:,]\s*\\?['\"]#([^'\"\\\s]+)"  # href="#a", {href: "#a"}
    r"|\b(?:begin|end|for|list|form|popovertarget|commandfor)\s*=\s*\\?['\"]([\w-]+)"
)
_ID_GIVEN = r"(\bid[\"'`]?\s*[=:,]\s*\\?[\"'`])"  # id="a", .id = "a", ("id", "a")
_GIVEN = re.compile(_ID_GIVEN + r"([\w:.-]+)")
_LISTS = frozenset({"for", "list", "form", "popovertarget", "commandfor"})
_TIMES = frozenset({"begin", "end"})
_ANIMATION = re.compile(r"(-webkit-)?animation(-name)?", re.IGNORECASE)


@attrs.frozen(kw_only=True)
class Renamed:
    """
    What one mount's names are in the document, by what its author wrote.

    Attributes:
        ids: Of its elements.
        keyframes: Of its ``@keyframes`` rules.
    """

    ids: Mapping[str, str] = attrs.field(factory=dict)
    keyframes: Mapping[str, str] = attrs.field(factory=dict)

    def in_markup(self, tree: Tree) -> None:
        """Rename in the attributes of *tree*, but not in its style sheets and scripts."""
        if not self.ids and not self.keyframes:
            return
        for node in tree.css("*"):
            for name, value in list(node.attributes.items()):
                changed = self._in_attribute(name.lower(), value or "")
                if value and changed != value:
                    node.attrs[name] = changed

    def _in_attribute(self, name: str, value: str) -> str:
        if name == "id":
            return self.ids.get(value, value)
        if name == "style":
            return self.in_declarations(value)
        if name in {"href", "xlink:href"} and value.startswith("#"):
            return "#" + self.ids.get(value[1:], value[1:])
        if name in _LISTS:
            return " ".join(self.ids.get(part, part) for part in value.split())
        if name in _TIMES:
            return _swap(r"(^|[^\w-])", r"(?=\.[a-z])", self.ids, value)
        return _in_addresses(value, self.ids)

    def in_declarations(self, css: str) -> str:
        """Rename in *css*, a style attribute."""
        plain = css.lower()
        if "url(" not in plain and "animation" not in plain and "--" not in plain:
            return css
        tokens = parse_values(css, deepest=WRITABLE)
        _rename_declarations(tokens, self, frozenset())
        return text_of(tokens)

    def in_rules(self, rules: Tokens) -> None:
        """Rename in *rules* what they declare and refer to; selectors are not touched."""
        if self.ids or self.keyframes:
            variables = frozenset(_animation_variables(rules))
            _rename_rules(rules, self, variables)

    def in_script(self, text: str) -> str:
        """Rename in what the script *text* writes into the document, as it is spelt."""
        text = _in_addresses(text, self.ids)
        # "#fade" may be a colour.
        plain = {name: own for name, own in self.ids.items() if not _is_colour(name)}
        text = _swap(r"([\"'`,\s>+~(]#)", r"(?![\w-])", plain, text)
        text = _swap(_ID_GIVEN, r"(?=\\?[\"'`])", self.ids, text)
        return _SCRIPTED.sub(self._in_value, text)

    def _in_value(self, match: re.Match[str]) -> str:
        return match[1] + _swap(r"(^|[^\w-])", r"(?![\w-])", self.keyframes, match[2])


# What a script gives an animation: style.animation = "a 1s", {animationName: "a"}.
_SCRIPTED = re.compile(
    r"(\banimation(?:-?name)?[\"'\]]*\s*[=:,]\s*[\"'`]?)([^\"'`;}\n]*)", re.IGNORECASE
)


def _swap(before: str, after: str, names: Mapping[str, str], text: str) -> str:
    """*text* with each of *names* replaced that follows *before*, a group, and *after*."""
    if not any(name in text for name in names):
        return text
    one_of = "|".join(sorted(map(re.escape, names), key=len, reverse=True))
    pattern = re.compile(f"{before}({one_of}){after}")
    return pattern.sub(lambda match: match[1] + names[match[2]], text)


def _in_addresses(text: str, ids: Mapping[str, str]) -> str:
    if "url(" not in text:
        return text
    return _IN_ADDRESS.sub(lambda match: match[1] + ids.get(match[2], match[2]), text)


_IN_ADDRESS = re.compile(r"(url\(\s*\\?['\"]?#)([^'\")\\\s]+)(?=\s*\\?['\")])")


def _is_colour(name: str) -> bool:
    return re.fullmatch(r"[\da-f]{3,4}|[\da-f]{6}|[\da-f]{8}", name, re.I) is not None


class OwnNames:
    """Who has which name in the document *tree*, and in what is mounted in it."""

    def __init__(self, tree: Tree, control: Control) -> None:
        self._control = control
        self._ids = {node.attributes.get("id") or "" for node in tree.css("[id]")}
        sheets = [node.text() for node in tree.css("style")]
        self._keyframes = self._bodies(sheets)

    def claim(
        self,
        content: Tree,
        sheets: Iterable[str],
        scripts: Iterable[str],
        root: Node | None,
    ) -> Renamed:
        """What a mount of *content* with its *sheets* and *scripts* is to call its own."""
        sheets, scripts = list(sheets), list(scripts)
        # The root's own is taken from it.
        given = {
            node.attributes.get("id") or ""
            for node in content.css("[id]")
            if root is None or node.mem_id != root.mem_id
        }
        given |= {name for text in scripts for _, name in _GIVEN.findall(text)}
        referred: set[str] = set()
        for text in (content.html or "", *sheets, *scripts):
            referred |= {name for row in _REFERENCE.findall(text) for name in row}
        ids = {
            name: self._free(name, self._ids)
            for name in sorted(given & referred)
            if name in self._ids
        }
        self._ids |= given | set(ids.values())
        return Renamed(ids=ids, keyframes=self._claim_keyframes(sheets))

    def _claim_keyframes(self, sheets: Iterable[str]) -> dict[str, str]:
        renamed = {}
        for name, body in self._bodies(sheets).items():
            # Two that move alike may share their name.
            if self._keyframes.setdefault(name, body) != body:
                renamed[name] = self._free(name, self._keyframes)
                self._keyframes[renamed[name]] = body
        return renamed

    @staticmethod
    def _free(name: str, taken: Container[str]) -> str:
        names = (f"{name}__hf{number}" for number in count(1))
        return next(free for free in names if free not in taken)

    def _bodies(self, sheets: Iterable[str]) -> dict[str, str]:
        """What each ``@keyframes`` of *sheets* holds, by name."""
        found: dict[str, str] = {}
        for css in sheets:
            if "keyframes" in css:
                rules = parse_sheet(css, self._control, deepest=WRITABLE)
                for rule in _keyframes(rules):
                    text = text_of(rule.content)
                    name = _name_of(rule)
                    found[name] = found.get(name, "") + " ".join(text.split())
        return found


def _keyframes(rules: Tokens) -> Tokens:
    """The ``@keyframes`` in *rules*, and in the rules that hold rules among them."""
    found = []
    for rule in rules:
        if rule.type != "at-rule" or rule.content is None:
            continue
        if rule.lower_at_keyword in {"keyframes", "-webkit-keyframes"}:
            found.append(rule)
        elif rule.lower_at_keyword in {"media", "supports", "layer", "container"}:
            found += _keyframes(rules_in(rule.content))
    return found


def _name_of(rule: Any) -> str:
    names = [x.value for x in rule.prelude if x.type in {"ident", "string"}]
    return str(names[0]) if names else ""


def _rename_rules(rules: Tokens, names: Renamed, variables: frozenset[str]) -> None:
    for rule in rules:
        if rule.type == "at-rule" and rule.content is not None:
            if rule.lower_at_keyword in {"keyframes", "-webkit-keyframes"}:
                _rename_idents(rule.prelude, names.keyframes)
            else:
                # What holds rules was made a list of them; what holds declarations, not.
                inside = [x for x in rule.content if hasattr(x, "prelude")]
                _rename_rules(inside, names, variables)
        if getattr(rule, "content", None) is not None:
            _rename_declarations(rule.content, names, variables)


def _animation_variables(rules: Tokens) -> Iterable[str]:
    """The custom properties that animations of *rules* read."""
    text = text_of(rules)
    for value in re.findall(r"animation(?:-name)?\s*:([^;}]*)", text, re.IGNORECASE):
        yield from re.findall(r"var\(\s*(--[\w-]+)", value)


def _rename_declarations(
    tokens: Tokens, names: Renamed, variables: frozenset[str]
) -> None:
    """Rename in *tokens*, what stands between the braces of a rule."""
    declares = ""
    for place, token in enumerate(tokens):
        if token.type == "ident" and not declares and _is_colon_next(tokens, place):
            declares = token.value
        elif token == ";":  # noqa: S105
            declares = ""
        elif token.type == "{} block":
            _rename_declarations(token.content, names, variables)
            declares = ""
        elif declares:
            if _ANIMATION.fullmatch(declares) or declares in variables:
                _rename_idents([token], names.keyframes)
            _rename_addresses([token], names.ids)


def _is_colon_next(tokens: Tokens, place: int) -> bool:
    near = tokens[place + 1 : place + 4]
    rest = (x for x in near if x.type not in {"whitespace", "comment"})
    return next(rest, None) == ":"


def _rename_idents(tokens: Tokens, names: Mapping[str, str]) -> None:
    for token in tokens:
        if token.type == "ident" and token.value in names:
            token.value = names[token.value]
        elif token.type == "string" and token.value in names:
            token.value = names[token.value]
            token.representation = f'"{token.value}"'
        elif token.type == "function":
            _rename_idents(token.arguments, names)


def _rename_addresses(tokens: Tokens, ids: Mapping[str, str]) -> None:
    for token in tokens:
        if token.type in {"url", "string"} and token.value[1:] in ids:
            _readdress(token, f"#{ids[token.value[1:]]}")
        elif token.type == "function":
            _rename_addresses(token.arguments, ids)
        elif token.type in {"{} block", "() block", "[] block"}:
            _rename_addresses(token.content, ids)


def _readdress(token: Any, value: str) -> None:
    if token.value[0] == "#":
        text = quote(value)
        token.value = value
        token.representation = f"url({text})" if token.type == "url" else text
