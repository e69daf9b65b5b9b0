"""
What every reader of CSS needs: its tokens, lists cut at their commas, quoted strings.

The tokens are tinycss2's. Nothing here knows what a sheet is for.
"""

from __future__ import annotations

from typing import Any

import tinycss2

Tokens = list[Any]


def quote(value: str) -> str:
    """*value* as a CSS string, safe inside of a ``<style>`` element."""
    # A backslash escape ends at its blank, so no "</style" is left in the text.
    text = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\a ")
    return f'"{text.replace("<", chr(92) + "3c ")}"'


def selector_of(name: str, value: str) -> str:
    """The attribute selector for *name* equal to *value*."""
    return f"[{name}={quote(value)}]"


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
    """The component values *text* consists of."""
    tokens: Tokens = tinycss2.parse_component_value_list(text)
    return tokens
