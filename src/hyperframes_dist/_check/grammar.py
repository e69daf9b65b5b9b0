"""
What keeps a script from being parsed where its brackets and quotes are in order: two values
with nothing between them, an operator without its value, a name that is declared twice.

It is told what no JavaScript can be; most of what is none is not noticed here.
"""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from .script import Script, Slip, Token

_OPEN = {"(": ")", "[": "]", "{": "}"}
# Words a value may follow without anything between them.
_LEADS = frozenset(
    {
        *("return", "typeof", "case", "in", "of", "delete", "void", "throw", "new"),
        *("instanceof", "else", "do", "await", "yield", "const", "let", "var", "as"),
        *("function", "class", "async", "get", "set", "static", "import", "export"),
        *("default", "extends", "from", "break", "continue", "accessor", "using"),
        *("defer", "source", "type", "interface", "enum", "declare", "abstract"),
        *("namespace", "module", "public", "private", "protected", "readonly", "for"),
    }
)
# Words that stand between two values, or before what is no value.
_BETWEEN = frozenset(
    {
        "in",
        "of",
        "instanceof",
        "as",
        "from",
        "satisfies",
        "extends",
        "implements",
        "with",
    }
)
_HEADS = frozenset({"if", "for", "while", "with", "await", "switch", "catch"})
_BEFORE_OBJECT = frozenset(
    {
        *("(", ",", "[", "=", "?", "??", "||", "&&", "...", "+=", "||=", "??=", "!"),
        *("return", "typeof", "in", "of", "default", "===", "==", "!==", "!=", "+"),
    }
)
_WANTS_MORE = frozenset(
    {
        *("=", "==", "===", "!=", "!==", "<=", ">=", "&&", "||", "??", "+", "-", "%"),
        *("^", "&", "|", "+=", "-=", "*=", "%=", "||=", "&&=", "??=", ".", "?.", "!"),
        *("~", "...", "=>"),
    }
)
_WANTS_BEFORE = frozenset(
    {"==", "===", "!=", "!==", "<=", ">=", "&&", "||", "??", "%", "^", "|", "&", "<"}
)
_ENDS = frozenset({")", "]", "}", ",", ";"})
_BEGINS = frozenset({"(", "[", "{", ",", ";", "="})
_DEEPEST = 50
_UNITS = frozenset(
    {"px", "em", "rem", "vw", "vh", "deg", "s", "ms", "pt", "fr", "turn", "rad"}
)


@attrs.frozen
class _Frame:
    """A bracket that is open: its *text*, and whether it is an object's or a head's."""

    text: str
    is_object: bool = False
    is_head: bool = False
    is_pattern: bool = False

    @property
    def is_value(self) -> bool:
        """Whether a new line ends nothing in it."""
        return self.text in {"(", "["} or self.is_object


@attrs.frozen
class Fault:
    """A slip, and what to do about it."""

    slip: Slip
    hint: str


def first_fault(script: Script, lines: str, *, may_return: bool) -> Fault | None:
    """
    The first thing that keeps *script* from being parsed.

    Args:
        lines: The text of the file the tokens' places are in.
        may_return: Whether all of it is the body of a function.
    """
    row = list(_outside_templates(script.tokens))
    closers = _closers(row)
    stack: list[_Frame] = []
    for place, token in enumerate(row):
        before = row[place - 1] if place else None
        found = None
        if before is not None:
            found = _between(row, place, stack, lines, closers)
        found = found or _alone(row, place, stack, may_return=may_return)
        if found is not None:
            return found
        if token.kind == "punct" and token.text in _OPEN:
            stack.append(_frame(row, place, stack, closers))
        elif token.kind == "punct" and token.text in _OPEN.values() and stack:
            stack.pop()
    return _twice(row)


def _outside_templates(tokens: list[Token]) -> Iterator[Token]:
    end = 0
    for token in tokens:
        if token.start >= end:
            yield token
        if token.kind == "template":
            end = max(end, token.start + len(token.text))


def _closers(row: list[Token]) -> dict[int, int]:
    """Where brackets close, by where they open, and the other way round."""
    found, stack = dict[int, int](), list[int]()
    for place, token in enumerate(row):
        if token.kind != "punct":
            continue
        if token.text in _OPEN:
            stack.append(place)
        elif token.text in _OPEN.values() and stack:
            opened = stack.pop()
            found[opened], found[place] = place, opened
    return found


def _text(row: list[Token], place: int) -> str:
    return row[place].text if 0 <= place < len(row) else ""


def _frame(
    row: list[Token], place: int, stack: list[_Frame], closers: dict[int, int]
) -> _Frame:
    text, before = row[place].text, _text(row, place - 1)
    after = _text(row, closers.get(place, len(row)) + 1)
    if text == "(":
        is_pattern = after in {"=>", "{"} or before in {"catch", "function"}
        head = before == "for" or (before == "await" and _text(row, place - 2) == "for")
        return _Frame(text, is_head=head, is_pattern=is_pattern)
    above = stack[-1] if stack else None
    is_pattern = after in {"=", "of", "in"} or (above is not None and above.is_pattern)
    if text == "[":
        return _Frame(text, is_pattern=is_pattern)
    within = before == ":" and above is not None and above.is_value
    spelt = place > 0 and row[place - 1].kind in {"punct", "name"}
    spelt = spelt and _text(row, place - 2) not in {".", "?."}
    is_object = spelt and (within or before in _BEFORE_OBJECT)
    return _Frame(text, is_object=is_object, is_pattern=is_pattern)


def _between(
    row: list[Token],
    place: int,
    stack: list[_Frame],
    lines: str,
    closers: dict[int, int],
) -> Fault | None:
    """What is wrong with the token at *place* after the one before it."""
    one, other = row[place - 1], row[place]
    frame = stack[-1] if stack else None
    if other.kind == "punct":
        return _operators(one, other, frame)
    if not _begins_value(other) or not _ends_value(row, place - 1, closers, frame):
        return None
    gap = lines[one.start + len(one.text) : other.start]
    if "\n" in gap and (frame is None or not frame.is_value):
        return None
    if one.text == "}" and (frame is None or not frame.is_value):
        return None
    hint = "a comma or an operator is lacking before it"
    if one.kind == "number" and other.text in _UNITS and not gap:
        hint = f'write "{one.text}{other.text}", in quotes'
    what = f"{_shown(other)} follows {_shown(one)}, and nothing stands between them"
    return Fault(Slip(what, other.start), hint)


def _shown(token: Token) -> str:
    text = token.text if len(token.text) <= 40 else f"{token.text[:40]}…"
    return text if token.kind == "string" else repr(text)


def _begins_value(token: Token) -> bool:
    if token.kind == "name":
        return token.text not in _BETWEEN and not token.text.startswith("#")
    return token.kind in {"number", "string"}


def _ends_value(
    row: list[Token], place: int, closers: dict[int, int], frame: _Frame | None
) -> bool:
    token = row[place]
    if token.kind == "name":
        member = _text(row, place - 1) in {".", "?."}
        return member or token.text not in _LEADS
    if token.kind != "punct":
        return True
    if token.text == ")" and (frame is None or not frame.is_value):
        return _text(row, closers.get(place, 0) - 1) not in _HEADS
    return token.text in {")", "]", "}"}


def _operators(one: Token, other: Token, frame: _Frame | None) -> Fault | None:
    sign = one.kind == "punct"
    what, hint = "", "remove it, or write what it is to stand between"
    if sign and one.text in _WANTS_MORE and other.text in _ENDS:
        what = f"{one.text!r} stands before {other.text!r}, and takes a value"
    elif sign and one.text == "." and other.text == ".":
        what, hint = "two dots stand where one is due", "remove one of them"
    elif sign and one.text in _BEGINS and other.text in _WANTS_BEFORE:
        what = f"{other.text!r} stands behind {one.text!r}, and takes a value before it"
    elif other.text == ";" and frame is not None and frame.is_value:
        if not frame.is_head:
            what = f"';' stands in what a {frame.text!r} opens"
            hint = "put a comma in its place, or close the bracket before it"
    elif (
        sign
        and other.text == ","
        and (
            one.text == "("
            or (one.text == "," and frame is not None and frame.text != "[")
        )
    ):
        what, hint = f"',' follows {one.text!r}", "remove it"
    return Fault(Slip(what, other.start), hint) if what else None


def _alone(
    row: list[Token], place: int, stack: list[_Frame], *, may_return: bool
) -> Fault | None:
    token = row[place]
    if (
        token.text == "return"
        and token.kind == "name"
        and not (stack or may_return)
        and _text(row, place - 1) not in {".", "?."}
        and _text(row, place + 1) != ":"
    ):
        slip = Slip("'return' stands outside of a function", token.start)
        return Fault(slip, "remove it, or put the script into a function")
    if token.text == "=" and token.kind == "punct" and stack and stack[-1].is_object:
        key = place > 1 and row[place - 1].kind == "name"
        alone = key and _text(row, place - 2) in {"{", ","}
        if alone and not any(frame.is_pattern for frame in stack[-_DEEPEST:]):
            slip = Slip(f"{row[place - 1].text!r} is given a value by '='", token.start)
            return Fault(slip, f"write {row[place - 1].text}: …")
    return None


def _twice(row: list[Token]) -> Fault | None:
    """A name that is declared twice at the top of one script."""
    known, depth = set[str](), 0
    for place, token in enumerate(row):
        if token.kind == "punct":
            depth += (token.text in _OPEN) - (token.text in _OPEN.values())
        if depth or token.kind != "name" or token.text not in {"const", "let", "class"}:
            continue
        if place and row[place - 1].text in {".", "?.", "export", "default", "="}:
            continue
        for name in _declared(row, place + 1):
            if name.text in known:
                what = f"{name.text!r} has already been declared"
                return Fault(Slip(what, name.start), "give one of them another name")
            known.add(name.text)
    return None


def _declared(row: list[Token], place: int) -> Iterator[Token]:
    """The plain names that a declaration gives a meaning, its first part only."""
    if place < len(row) and row[place].kind == "name":
        if row[place].text not in _LEADS:
            yield row[place]
        return
    if _text(row, place) not in {"{", "["}:
        return
    while place + 1 < len(row) and row[place].text not in {"}", "]"}:
        place += 1
        plain = row[place].kind == "name" and row[place + 1].text in {",", "}", "]"}
        if plain and row[place - 1].text in {"{", "[", ",", ":"}:
            yield row[place]
        if row[place].text in {"{", "[", "("}:
            return
