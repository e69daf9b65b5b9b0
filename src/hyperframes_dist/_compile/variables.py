"""
Variables of a composition: what it declares, what an instance and the caller give.

Values only; where they are put into a document is the compiler's business.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

import attrs

from .._model.checks import is_number
from ..errors import InputError


@attrs.frozen(kw_only=True)
class Variable:
    """
    One declared variable.

    Attributes:
        id: Its name.
        type: Its declared type; empty where none is declared.
        default: Its default; None with *has_default* false.
        has_default: Whether it declares one.
        options: The values an ``enum`` may have.
        least: The least a ``number`` may be; None where none is declared.
        most: The most it may be.
    """

    id: str
    type: str = ""
    default: Any = None
    has_default: bool = False
    options: tuple[Any, ...] = ()
    least: float | None = None
    most: float | None = None


def read_declarations(text: str | None) -> tuple[Variable, ...]:
    """
    What a ``data-composition-variables`` attribute declares.

    Anything but an array declares nothing, as the page runtime reads it.

    Raises:
        InputError: *text* is no JSON, or an array of what are no objects with an ``id``.
    """
    if not text:
        return ()
    rows = _json(text, "data-composition-variables")
    if not isinstance(rows, list):
        return ()
    if not all(_is_declaration(row) for row in rows):
        raise InputError(
            "data-composition-variables is not an array of objects with an id"
        )
    return tuple(_variable(row) for row in rows)


def _is_declaration(row: Any) -> bool:
    return isinstance(row, dict) and isinstance(row.get("id"), str) and bool(row["id"])


def _variable(row: dict[str, Any]) -> Variable:
    options = row.get("options")
    return Variable(
        id=row["id"],
        type=str(row.get("type", "")),
        default=row.get("default"),
        has_default="default" in row,
        options=tuple(map(_option, options)) if isinstance(options, list) else (),
        least=_bound(row, "min"),
        most=_bound(row, "max"),
    )


def _bound(row: dict[str, Any], name: str) -> float | None:
    value = row.get(name)
    return float(value) if is_number(value) else None


def _option(option: Any) -> Any:
    return option.get("value") if isinstance(option, dict) else option


def read_values(text: str | None) -> dict[str, Any]:
    """
    What a ``data-variable-values`` attribute gives.

    Raises:
        InputError: *text* is not a JSON object.
    """
    values = _json(text, "data-variable-values") if text else {}
    if not isinstance(values, dict):
        raise InputError("data-variable-values is not an object")
    return values


def _json(text: str, where: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        # Where it is broken is the cause's to say.
        raise InputError(f"{where} is not JSON: {error}") from error


def defaults_of(declared: Iterable[Variable]) -> dict[str, Any]:
    """The defaults in *declared*; a later declaration of a name wins."""
    return {row.id: row.default for row in declared if row.has_default}


def check_values(values: Mapping[str, Any], declared: Iterable[Variable]) -> None:
    """
    Refuse values for what is not *declared*, or of another type.

    Raises:
        InputError: Some values are; all of them are named.
    """
    known = {row.id: row for row in declared}
    wrong = [_complaint(name, values[name], known.get(name)) for name in sorted(values)]
    if found := [text for text in wrong if text]:
        raise InputError("; ".join(found))


def _complaint(name: str, value: Any, row: Variable | None) -> str:
    if row is None:
        return f"variable {name!r} is not declared in data-composition-variables"
    if row.type == "enum" and isinstance(value, str) and value not in row.options:
        allowed = ", ".join(map(repr, row.options))
        if not allowed:
            return f"variable {name!r} is an enum, and its declaration has no options"
        return f"variable {name!r} is {value!r}, which is not one of {allowed}"
    if _has_type(value, row.type):
        return _bounds(name, value, row) if row.type == "number" else ""
    return f"variable {name!r} is {value!r}, which is not of type {row.type}"


def _bounds(name: str, value: float, row: Variable) -> str:
    if row.least is not None and value < row.least:
        return f"variable {name!r} is {value}, below its least, {row.least:g}"
    if row.most is not None and value > row.most:
        return f"variable {name!r} is {value}, above its most, {row.most:g}"
    return ""


def _has_type(value: Any, kind: str) -> bool:
    if kind == "number":
        return is_number(value)
    if kind == "boolean":
        return isinstance(value, bool)
    fields = {"font": ("name", "source"), "image": ("url",)}.get(kind)
    if fields and isinstance(value, dict):
        return all(isinstance(value.get(field), str) for field in fields)
    texts = {"string", "color", "enum", "font", "image"}
    return isinstance(value, str) or kind not in texts


def property_name(name: str) -> str:
    """The CSS custom property of the variable *name*."""
    return f"--{re.sub('[^a-z0-9]+', '-', name.lower()).strip('-') or 'node'}"


def property_value(value: Any) -> str | None:
    """*value* as CSS; None for what CSS cannot hold, such as an object."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if is_number(value):
        return str(value)
    text = re.sub(r"[;{}<>\r\n]", "", value) if isinstance(value, str) else ""
    return text or None


def css_rule(selector: str, values: Mapping[str, Any]) -> str:
    """A rule that gives *values* as custom properties; empty if CSS can hold none."""
    rows = ((property_name(name), property_value(values[name])) for name in values)
    body = ";".join(f"{name}:{text}" for name, text in rows if text is not None)
    return f"{selector}{{{body}}}" if body else ""


def defined_in(css: str, name: str) -> bool:
    """Whether *css* itself gives the custom property of the variable *name*."""
    return (
        re.search(rf"(?<![\w-]){re.escape(property_name(name))}\s*:", css) is not None
    )
