"""
What a page's text shows of its fonts: names that nobody brings, characters nobody draws.

A judge only. Whatever it finds looks the same on every machine; it is not what the author
saw on theirs.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator

import attrs

from ..errors import InputError
from .names import OWN_NAMES, SERIF

_MOST_NAMED = 20
_ABSENT = ("is not in the plan", "bring it with @font-face or name another")
_REFUSED = (
    "has an @font-face with no source that can be drawn from",
    "put a whole font file where its src says",
)


@attrs.frozen(kw_only=True)
class Shown:
    """
    Text of one look.

    Attributes:
        stack: Families it asks for, in the order they are tried.
        where: An element that has it, for a message.
        missing: Characters no font has, each with the marks and signs drawn with it.
    """

    stack: tuple[str, ...]
    where: str
    missing: tuple[str, ...]


def _lower(names: Iterable[str]) -> frozenset[str]:
    return frozenset(name.lower() for name in names)


@attrs.frozen(kw_only=True)
class ShownFonts:
    """
    What the page's text asks of fonts.

    Attributes:
        rows: Its text, by look.
        brought: Families it has faces of, in lower case.
        refused: Families with a face none of whose sources can be drawn from, in lower case.
    """

    rows: tuple[Shown, ...]
    brought: frozenset[str] = attrs.field(converter=_lower)
    refused: frozenset[str] = attrs.field(converter=_lower, default=frozenset())

    @property
    def missing(self) -> frozenset[str]:
        """Characters that some text has and none of its fonts."""
        return frozenset(each for row in self.rows for each in row.missing)


def check_fonts(shown: ShownFonts, *, strict: bool) -> tuple[str, ...]:
    """
    One sentence for each loss in what the page *shown* has of fonts.

    Raises:
        InputError: Something is lost, and *strict* is set.
    """
    losses = [*_unknown(shown), *_undrawn(shown.rows)]
    found = tuple(dict.fromkeys(losses))
    if found and strict:
        raise InputError(f'{found[0]}, or render with fonts="warn"')
    return found


def _unknown(shown: ShownFonts) -> Iterator[str]:
    named, brought = set[str](), shown.brought | OWN_NAMES
    for row in shown.rows:
        known = [name.lower() in brought for name in row.stack]
        first = known.index(True) if True in known else len(known)
        drawn = row.stack[first] if first < len(known) else SERIF
        for name in row.stack[:first]:
            if name.lower() not in named:
                named.add(name.lower())
                is_refused = name.lower() in shown.refused
                why, cure = _REFUSED if is_refused else _ABSENT
                yield (
                    f"font {name!r} of {row.where} {why}, the text is drawn in {drawn!r}; "
                    f"{cure}"
                )


def _undrawn(rows: Iterable[Shown]) -> Iterator[str]:
    for row in rows:
        if row.missing:
            found = row.missing[:_MOST_NAMED]
            some = ", ".join(f"{each} ({_code_points(each)})" for each in found)
            yield (
                f"no font of {row.where} has {some}; add a family that has, such as one "
                "of the Noto fonts, to its font-family"
            )


def _code_points(cluster: str) -> str:
    """Numbers of the characters of *cluster*, and the name of the first one."""
    codes = " ".join(f"U+{ord(each):04X}" for each in cluster if each != "\ufe0f")
    name = unicodedata.name(cluster[0], "")
    return f"{codes} {name}".strip()
