"""
JavaScript as a row of tokens with their places: enough to find calls and names by.

Nothing is understood of it beyond what a bracket opens and closes. Where a slash begins a
regular expression is told from the token before it, as every such scanner does, and behind a
bracket from what it closes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from typing import Literal

import attrs

Kind = Literal["name", "number", "string", "template", "regex", "punct"]

_TOKEN = re.compile(
    r"""
    (?P<space>[\s\ufeff]+|//[^\n]*|/\*.*?\*/|<!--[^\n]*|\A\#![^\n]*)
    |(?P<name>\#?(?:[A-Za-z_$\u0080-\uffff]|\\u)(?:[\w$\u0080-\uffff]|\\u|(?<=\\u)\{[\da-fA-F]+\})*)
    |(?P<number>0[xXbBoO][\da-fA-F_]+n?|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d+)?n?)
    |(?P<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
    |(?P<punct>\.\.\.|=>|===|!==|==|!=|<=|>=|\?\?=|\|\|=|&&=|\?\?|\?\.(?!\d)|\|\||&&|\+\+|--|[-+*/%&|^]=|[^\w\s])
    """,
    re.VERBOSE | re.DOTALL,
)
_REGEX = re.compile(r"/(?:[^/\\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/[a-z]*")
_TEMPLATE_TEXT = re.compile(r"(?:[^`\\$]|\\.|\$(?!\{))*", re.DOTALL)
_BEFORE_REGEX = frozenset(
    {
        *("return", "typeof", "case", "in", "of", "delete", "void", "throw", "new"),
        *("instanceof", "else", "do", "await", "yield"),
    }
)
# Words whose brackets stand before a statement, not for a value.
_HEADS = frozenset({"if", "while", "for", "with"})
_BEFORE_BLOCK = frozenset({"else", "do"})
FINDERS = frozenset({"getElementById", "querySelector", "querySelectorAll"})
"""Methods of a page that look for elements."""

_OPEN = {"(": ")", "[": "]", "{": "}"}
# More than anybody writes, and little enough for every token to be the first of so many.
_DEEPEST, _LONGEST_REGEX, _MOST_INSIDE = 50, 1000, 2000


@attrs.frozen
class Token:
    """One token: its kind, its text as written, and where that begins in the file."""

    kind: Kind
    text: str
    start: int

    @property
    def value(self) -> str:
        """What a string says, its plainest escapes undone."""
        inner = self.text[1:-1]
        return re.sub(r"\\(.)", r"\1", inner) if "\\" in inner else inner


@attrs.frozen
class Slip:
    """What keeps a script from being parsed: *what*, at *start*."""

    what: str
    start: int


@attrs.define
class Script:
    """
    A script read into tokens.

    Attributes:
        tokens: All of them, in order; those within a template's ``${}`` follow it.
        slip: The first thing that keeps it from being parsed, as far as brackets and
            quotes tell.
    """

    tokens: list[Token]
    slip: Slip | None

    @cached_property
    def _pairs(self) -> dict[int, int]:
        """Where the brackets that open are closed."""
        pairs, stack = dict[int, int](), list[int]()
        for index, token in enumerate(self.tokens):
            if token.kind != "punct":
                continue
            if token.text in _OPEN:
                stack.append(index)
            elif token.text in _OPEN.values() and stack:
                pairs[stack.pop()] = index
        return pairs

    @cached_property
    def _openers(self) -> dict[int, int]:
        return {closed: opened for opened, closed in self._pairs.items()}

    def text(self, index: int) -> str:
        """The text of the token at *index*; empty beyond either end."""
        return self.tokens[index].text if 0 <= index < len(self.tokens) else ""

    def kind(self, index: int) -> str:
        """The kind of the token at *index*; empty beyond either end."""
        return self.tokens[index].kind if 0 <= index < len(self.tokens) else ""

    def closing(self, index: int) -> int:
        """Where the bracket that opens at *index* is closed."""
        return self._pairs.get(index, len(self.tokens))

    def opening(self, index: int) -> int:
        """Where the bracket that closes at *index* was opened; 0 where none was."""
        return self._openers.get(index, 0)

    def inside(self, opened: int) -> range:
        """What stands in the bracket that opens at *opened*, as far as a rule looks."""
        first = opened + 1
        return range(first, min(self.closing(opened), first + _MOST_INSIDE))

    @cached_property
    def depths(self) -> list[int]:
        """How many braces are open before each token."""
        depths, depth = [], 0
        for token in self.tokens:
            depths.append(depth)
            if token.kind == "punct":
                depth += (token.text == "{") - (token.text == "}")
        return depths

    def arguments(self, index: int) -> list[tuple[int, int]]:
        """The arguments of the call whose bracket opens at *index*, as half-open runs."""
        end = self.closing(index)
        runs, first, place = [], index + 1, index + 1
        while place < end:
            text = self.text(place)
            if self.kind(place) == "punct" and text in _OPEN:
                place = self.closing(place)
            elif self.kind(place) == "punct" and text == ",":
                runs.append((first, place))
                first = place + 1
            place += 1
        if first < end:
            runs.append((first, end))
        return runs

    def names(self, *wanted: str) -> Iterator[int]:
        """Where a name out of *wanted* stands."""
        for index, token in enumerate(self.tokens):
            if token.kind == "name" and token.text in wanted:
                yield index


def read_script(text: str, start: int = 0) -> Script:
    """Read *text*, which begins at *start* of its file."""
    tokens: list[Token] = []
    slip = _scan(text, 0, tokens, start, nested=0)[1]
    return Script(tokens, slip or _unbalanced(tokens))


@attrs.define
class _Behind:
    """
    What stands before a place, as far as it tells a regular expression from a division.

    Attributes:
        last: The token before it.
        before: The one before that.
        open: Of the brackets that are open, whether a statement begins behind each.
        begins: Whether one does behind the bracket that was closed last.
    """

    last: Token | None = None
    before: str = ""
    open: list[bool] = attrs.field(factory=list)
    begins: bool = False

    def add(self, token: Token) -> None:
        """*token* stands there."""
        if token.kind == "punct" and token.text in _OPEN:
            self.open.append(self._opens_statement(token.text))
        elif token.kind == "punct" and token.text in _OPEN.values():
            self.begins = bool(self.open) and self.open.pop()
        self.before = self.last.text if self.last else ""
        self.last = token

    @property
    def _is_member(self) -> bool:
        return self.before in {".", "?."}

    def _opens_statement(self, bracket: str) -> bool:
        last = self.last
        if bracket == "[" or last is None:
            return bracket == "{"
        if bracket == "(":
            awaits = last.text == "await" and self.before == "for"
            return awaits or (last.text in _HEADS and not self._is_member)
        if last.kind == "name":
            return last.text not in _BEFORE_REGEX or last.text in _BEFORE_BLOCK
        return last.kind != "punct" or last.text in {")", ";", "{", "}", "=>"}

    @property
    def may_begin_regex(self) -> bool:
        """Whether a slash begins a regular expression here."""
        last = self.last
        if last is None:
            return True
        if last.kind == "name":
            # A name may be called so, and is a word of a loop's behind another name.
            named = last.text == "of" and not re.match(r"[\w$\]}]", self.before[-1:])
            return last.text in _BEFORE_REGEX and not self._is_member and not named
        if last.kind != "punct" or last.text in {"]", "++", "--"}:
            return False
        return self.begins if last.text in {")", "}"} else True


def _scan(
    text: str, place: int, tokens: list[Token], start: int, *, nested: int
) -> tuple[int, Slip | None]:
    """Tokens from *place* on; where *nested*, so deep, to the brace that ends a ``${}``."""
    depth, behind = 0, _Behind()
    while place < len(text):
        char = text[place]
        if char == "`":
            slot = len(tokens)
            place, slip = _template(text, place, tokens, start, nested)
            if slip:
                return place, slip
            behind.add(tokens[slot])
            continue
        if char == "/" and (regex := _regex(text, place, behind)):
            tokens.append(Token("regex", regex, start + place))
            behind.add(tokens[-1])
            place += len(regex)
            continue
        match = _TOKEN.match(text, place)
        if match is None:
            return len(text), Slip(f"{char!r} is not closed", start + place)
        kind, body = str(match.lastgroup), match[0]
        if kind == "punct" and (slip := _unclosed(text, place, start)):
            return len(text), slip
        if nested and kind == "punct":
            depth += (body == "{") - (body == "}")
            if depth < 0:
                return place, None
        if kind != "space":
            tokens.append(Token(kind, body, start + place))  # type: ignore[arg-type]
            behind.add(tokens[-1])
        place = _end(text, match)
    return place, None


def _end(text: str, match: re.Match[str]) -> int:
    """Where what *match* found ends; a comment of HTML's may, at the beginning of a line."""
    place = match.end()
    if "\n" not in match[0] or not text.startswith("-->", place):
        return place
    end = text.find("\n", place)
    return len(text) if end < 0 else end


def _template(
    text: str, place: int, tokens: list[Token], start: int, nested: int
) -> tuple[int, Slip | None]:
    begun, slot = place, len(tokens)
    if nested == _DEEPEST:
        what = f"template strings stand in one another, deeper than {_DEEPEST}"
        return place, Slip(what, start + begun)
    tokens.append(Token("template", "", start + place))
    place += 1
    while True:
        match = _TEMPLATE_TEXT.match(text, place)
        place = match.end() if match else place
        if place >= len(text):
            return place, Slip("a template string is not closed", start + begun)
        if text[place] == "`":
            break
        place, slip = _scan(text, place + 2, tokens, start, nested=nested + 1)
        if slip or place >= len(text):
            return place, slip or Slip("a template string is not closed", start + begun)
        place += 1
    tokens[slot] = Token("template", text[begun : place + 1], start + begun)
    return place + 1, None


def _unclosed(text: str, place: int, start: int) -> Slip | None:
    """What is begun at *place* and never closed, of a string or a comment."""
    if text[place] in "\"'":
        return Slip("a string is not closed on its line", start + place)
    if text.startswith("/*", place):
        return Slip("a comment is not closed", start + place)
    return None


def _regex(text: str, place: int, behind: _Behind) -> str:
    if text[place + 1 : place + 2] in {"/", "*"} or not behind.may_begin_regex:
        return ""
    # One that is longer is none: a slash would be looked for to the end each time.
    match = _REGEX.match(text, place, place + _LONGEST_REGEX)
    return match[0] if match else ""


def _unbalanced(tokens: list[Token]) -> Slip | None:
    stack: list[Token] = []
    for token in tokens:
        if token.kind != "punct":
            continue
        if token.text in _OPEN:
            stack.append(token)
        elif token.text in _OPEN.values():
            if not stack:
                return Slip(f"{token.text!r} closes nothing", token.start)
            if _OPEN[stack[-1].text] != token.text:
                opened = stack[-1].text
                what = f"{token.text!r} stands where {_OPEN[opened]!r} is due"
                return Slip(what, token.start)
            stack.pop()
    if stack:
        return Slip(f"{stack[-1].text!r} is not closed", stack[-1].start)
    return None
