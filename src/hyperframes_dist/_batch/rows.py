"""
Rows of a batch: read from a file, named, and typed by what the composition declares.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs

from .._compile.variables import Variable
from .._model.config import check_json
from .._model.file_names import check_name, one_file
from .._model.near import nearest
from .._tools.files import path_of
from ..errors import InputError

_COLUMN = re.compile(r"\{([^{}]+)\}")
_TRUTHS = {
    "true": True,
    "1": True,
    "yes": True,
    "false": False,
    "0": False,
    "no": False,
}


@attrs.frozen(kw_only=True)
class Row:
    """One film to make: its *key*, its *output* and its *variables*."""

    key: str
    output: Path
    variables: Mapping[str, Any]


def read_rows(path: Path | str) -> list[dict[str, Any]]:
    """
    The rows of a CSV file with a head, or of JSON objects, one a line.

    Args:
        path: Named ``.csv``, else taken for JSON Lines; UTF-8.

    Raises:
        InputError: The file cannot be read; the line is named.
    """
    path = path_of(path, "rows")
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: {error}") from None
    if path.suffix.lower() == ".csv":
        return _read_csv(path, text)
    return [
        _read_line(line, f"{path}:{number}")
        for number, line in enumerate(text.split("\n"), 1)
        if line.strip()
    ]


def _read_csv(path: Path, text: str) -> list[dict[str, Any]]:
    # A line ends where a line feed or a carriage return says so, and at no other separator.
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    rows = []
    try:
        names = reader.fieldnames or ()
        if twice := [name for name, count in Counter(names).items() if count > 1]:
            raise InputError(f"{path}: the head names the column {twice[0]!r} twice")
        for row in reader:
            if None in row or None in row.values():
                place = f"{path}:{reader.line_num}"
                raise InputError(f"{place}: not as many columns as the head has")
            rows.append(row)
    except csv.Error as error:
        raise InputError(f"{path}:{reader.line_num}: {error}") from None
    return rows


def _read_line(line: str, where: str) -> dict[str, Any]:
    try:
        row = json.loads(line, object_pairs_hook=_object)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{where}: no JSON: {error}") from None
    if not isinstance(row, dict):
        raise InputError(f"{where}: no JSON object")
    return row


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The object of *pairs*, none of which silently takes the place of another."""
    made = dict(pairs)
    if len(made) < len(pairs):
        counts = Counter(name for name, _ in pairs)
        raise ValueError(f"{counts.most_common(1)[0][0]!r} stands there twice")
    return made


def make_rows(
    raw: Iterable[Mapping[str, Any]], output: str, declared: Sequence[Variable]
) -> list[Row]:
    """
    What to make of each of *raw*, whose columns may stand in braces in *output*.

    Raises:
        InputError: A column is neither declared nor in *output*, a value is not of the
            declared type, or two rows would write one file; the row is named.
    """
    names, types = columns_in(output), {row.id: row.type for row in declared}
    made: dict[str, Row] = {}
    if not isinstance(raw, Iterable):
        raise InputError(f"rows are mappings, one after the other, found {raw!r}")
    for number, columns in enumerate(raw, 1):
        where = f"row {number}"
        if not isinstance(columns, Mapping):
            raise InputError(f"{where} is no mapping of columns to values")
        flat = {"key": str(number), **columns}
        spread = flat.pop("variables", {})
        flat.update(spread if isinstance(spread, Mapping) else {"variables": spread})
        row = _make_row(flat, names, types, output, where)
        name = one_file(str(row.output))
        if name in made:
            other = made[name].output
            also = (
                f", the same as {other} to many systems" if other != row.output else ""
            )
            raise InputError(
                f"{where} and an earlier one both write {row.output}{also}"
            )
        made[name] = row
    return list(made.values())


def _make_row(
    columns: Mapping[str, Any],
    names: set[str],
    types: Mapping[str, str],
    output: str,
    where: str,
) -> Row:
    values = {}
    for name, value in columns.items():
        if name in types:
            values[name] = _typed(value, types[name], f"{where}, column {name!r}")
        elif types and name not in names | {"key"}:
            meant = nearest(name, types)
            hint = f"; did you mean {meant!r}?" if meant else ""
            raise InputError(
                f"{where}: column {name!r} is no variable that the composition "
                f"declares ({', '.join(types)}), and does not stand in {output!r}{hint}"
            )
        elif not types and name != "key":
            values[name] = value
    missing = sorted(names - set(columns))
    if missing:
        raise InputError(f"{where} has no column {missing[0]!r}, as {output!r} wants")
    parts = {name: _name_part(columns[name], where, name) for name in names}
    place = Path(_COLUMN.sub(lambda found: parts[found[1]], output))
    check_name(place.name, where)
    values = check_json(values, f"{where}: variables")
    return Row(key=str(columns["key"]), output=place, variables=values)


def columns_in(output: str) -> set[str]:
    """
    The columns that stand in braces in *output*.

    Raises:
        InputError: A brace has no other one.
    """
    if set(_COLUMN.sub("", output)) & set("{}"):
        raise InputError(f"output {output!r} is not like out/{{key}}.mp4")
    return set(_COLUMN.findall(output))


def _name_part(value: Any, where: str, column: str) -> str:
    text = str(value)
    if not text or text.startswith(".") or set(text) & set('/\\\0:*?"<>|'):
        raise InputError(f"{where}: {column} {text!r} cannot stand in a file's name")
    return text


def _typed(value: Any, kind: str, where: str) -> Any:
    if not isinstance(value, str) or kind not in {"number", "boolean"}:
        return value
    if kind == "boolean":
        if value.strip().lower() not in _TRUTHS:
            raise InputError(f"{where}: {value!r} is neither true nor false")
        return _TRUTHS[value.strip().lower()]
    try:
        return json.loads(value) if value.strip().isdigit() else float(value)
    except ValueError:
        raise InputError(f"{where}: {value!r} is no number") from None
