"""
Lines of the compiled document, said as the author's.

The document is parsed and written anew before it is shown, and gets styles of its own;
what a browser says of a line in it is not what its author sees. The text of a script is
never touched, so a script is found again by what it says.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from .._model.content import ScriptLines
from .._tools.markup import Markup
from ..errors import PageError


def script_lines(authored: str, compiled: str) -> tuple[ScriptLines, ...]:
    """Every inline script of the document *authored* that *compiled* holds as well."""
    return tuple(_rows(authored, compiled))


def _rows(authored: str, compiled: str) -> Iterator[ScriptLines]:
    after = 0
    for node in Markup(authored).elements:
        if node.tag != "script" or not node.text.strip():
            continue
        at = compiled.find(node.text, after)
        if at < 0:
            continue
        after = at + len(node.text)
        first, column = line_and_column(compiled, at)
        line, authored_column = line_and_column(authored, node.text_start)
        yield ScriptLines(
            first=first,
            column=column,
            last=first + node.text.count("\n"),
            authored=line,
            authored_column=authored_column,
        )


def line_and_column(text: str, offset: int) -> tuple[int, int]:
    """The line and the column of *offset* in *text*, both from 1."""
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)


def find_authored(
    rows: Iterable[ScriptLines], line: int, column: int
) -> tuple[int, int] | None:
    """Where the author has what stands at *line* and *column* of the compiled document."""
    for row in rows:
        start = column >= row.column if line == row.first else line > row.first
        if start and line <= row.last:
            same = line == row.first
            shift = row.authored_column - row.column if same else 0
            return line - row.first + row.authored, column + shift
    return None


@contextlib.contextmanager
def say_authored(
    compiled: Path, entry: str, rows: Iterable[ScriptLines]
) -> Iterator[None]:
    """
    Have what a page raises name the author's line; see `in_authors_lines`.
    """
    try:
        yield
    except PageError as error:
        raise in_authors_lines(error, compiled, entry, rows) from None


def in_authors_lines(
    error: PageError, compiled: Path, entry: str, rows: Iterable[ScriptLines] | str
) -> PageError:
    """
    *error* of a page, with the author's line in the place of the compiled document's.

    Args:
        compiled: The directory of the files the page is made of.
        entry: The document in it.
        rows: Its scripts; or the text its author wrote, from which they are found.
    """
    if error.file is None or error.line is None or error.source is not None:
        return error
    try:
        text = (compiled / error.file).read_text("utf-8")
    except (OSError, ValueError):
        return error
    if error.file != entry:
        return error.with_facts(source=_line(text, error.line))
    known = script_lines(rows, text) if isinstance(rows, str) else rows
    place = find_authored(known, error.line, error.column or 1)
    if place is None:
        # What stands in no script was written anew: its line means nothing to anybody.
        return error.with_facts(line=None, column=None)
    line, column = place
    same = column == error.column
    source = _line(rows, line) if isinstance(rows, str) else _line(text, error.line)
    shown = source if same or isinstance(rows, str) else None
    return error.with_facts(line=line, column=column, source=shown)


def _line(text: str, number: int) -> str | None:
    lines = text.split("\n")
    return lines[number - 1] if number <= len(lines) else None
