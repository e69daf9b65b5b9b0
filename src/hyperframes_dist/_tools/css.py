"""
What every reader of CSS needs: its tokens, lists cut at their commas, quoted strings.

The tokens are tinycss2's. Nothing here knows what a sheet is for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import tinycss2

from ..errors import InputError
from ..progress import Control

Tokens = list[Any]

DEEPEST = 1000
"""Deepest nesting of a page's sheet: far more than authors do, less than ends Chrome."""

WRITABLE = 100
"""Deepest nesting that can be written: far more than authors do, less than Python's stack."""

# A second's work, or what a caller who wants to stop has to wait for at most.
_MOST_IN_A_RULE = 4 << 20
_PIECE = 1 << 15
# What may hold brackets that are none, and brackets. Every alternative goes to its end or
# to the text's, so that nothing is read twice.
_MARKS = re.compile(
    r"/\*.*?(?:\*/|\Z)|\"(?:\\.|[^\"\\\n])*\"?|'(?:\\.|[^'\\\n])*'?"
    r"|url\((?:\\.|[^)\\\"'(])*\)?|\\.|[(){}\[\];]",
    re.DOTALL | re.IGNORECASE,
)


def quote(value: str) -> str:
    """*value* as a CSS string, safe inside of a ``<style>`` element."""
    # A backslash escape ends at its blank, so no "</style" is left in the text.
    text = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\a ")
    return f'"{text.replace("<", chr(92) + "3c ")}"'


def selector_of(name: str, value: str) -> str:
    """The attribute selector for *name* equal to *value*."""
    return f"[{name}={quote(value)}]"


def parse_sheet(
    css: str, control: Control | None = None, *, deepest: int | None = None
) -> Tokens:
    """
    The rules of the style sheet *css*, errors among them.

    Args:
        deepest: Most blocks inside one another; None for any number, which can be read
            but not written.

    Raises:
        InputError: *css* nests deeper, or holds a longer rule, than any author's does.
        Cancelled, DeadlineExceeded: As *control* says, while it is read.
    """
    rules: Tokens = tinycss2.parse_stylesheet(
        parse_values(css, control, deepest=deepest)
    )
    return rules


def parse_values(
    css: str, control: Control | None = None, *, deepest: int | None = None
) -> Tokens:
    """The component values of *css*; raises as `parse_sheet` does."""
    tokens: Tokens = []
    for piece in _pieces(css, len(css) if deepest is None else deepest):
        if control is not None:
            control.check()
        tokens += tokens_of(piece)
    return tokens


def too_deep(css: str, deepest: int = DEEPEST) -> int | None:
    """Where the brackets of *css* first nest deeper than *deepest*; None where they do not."""
    depth = 0
    for match in _MARKS.finditer(css):
        mark = match[0]
        if len(mark) == 1:
            depth = max(0, depth + (mark in "({[") - (mark in ")}]"))
            if depth > deepest:
                return match.start()
    return None


def _pieces(css: str, deepest: int) -> Iterator[str]:
    """*css*, cut between rules: reading one takes a moment that nothing interrupts."""
    depth = start = quiet = 0
    for match in _MARKS.finditer(css):
        mark, stop = match[0], match.end()
        if len(mark) > 1:
            quiet += len(mark)
            continue
        depth = max(0, depth + (mark in "({[") - (mark in ")}]"))
        if depth > deepest:
            line = css.count("\n", 0, stop) + 1
            raise InputError(
                f"a style sheet nests deeper than {deepest} in its line {line}: "
                f"{css[max(0, stop - 60) : stop]!r}"
            )
        if stop - start - quiet > _MOST_IN_A_RULE:
            break
        if not depth and mark in "};" and stop - start > _PIECE:
            yield css[start:stop]
            start, quiet = stop, 0
    if len(css) - start - quiet > _MOST_IN_A_RULE:
        raise InputError(
            f"a style sheet has a rule of more than {_MOST_IN_A_RULE >> 20} MiB: "
            f"{css[start : start + 60]!r}"
        )
    yield css[start:]


def split_commas(prelude: Tokens) -> list[Tokens]:
    """The parts of *prelude* between its commas."""
    parts: list[Tokens] = [[]]
    for piece in prelude:
        if piece == ",":
            parts.append([])
        else:
            parts[-1].append(piece)
    return parts


def tokens_of(text: str) -> Tokens:
    """
    The component values *text* consists of.

    Raises:
        InputError: A number in it has thousands of digits.
    """
    try:
        tokens: Tokens = tinycss2.parse_component_value_list(text)
    except ValueError as error:
        raise InputError(
            f"a style sheet holds a number nobody wrote: {error}"
        ) from None
    return tokens


def text_of(tokens: Tokens) -> str:
    """The text of *tokens*, component values or rules."""
    text: str = tinycss2.serialize(tokens)
    return text


def rules_in(tokens: Tokens) -> Tokens:
    """The rules that *tokens*, the content of a rule that holds rules, consist of."""
    rules: Tokens = tinycss2.parse_rule_list(tokens)
    return rules
