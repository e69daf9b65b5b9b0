"""
Rules of variables: what is declared, given and read.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from collections.abc import Collection, Iterator, Mapping
from json import JSONDecodeError
from types import MappingProxyType
from typing import Any

from .._compile.variables import (
    Variable,
    check_values,
    property_name,
    read_declarations,
    read_values,
)
from .._model.checks import is_number
from .._model.near import nearest
from .._tools.markup import Element
from ..errors import InputError
from .project import ROOT, SRC, Code, Document, Project, Source
from .report import Severity
from .words import FORMAT, colors

_DECLARES, _VALUES = "data-composition-variables", "data-variable-values"
_TYPES = ("string", "number", "color", "boolean", "enum", "font", "image")
_WHOLE = re.compile(
    r"Object\.(?:keys|entries|values|assign)|JSON\.stringify|\.\.\.|\bfor\b"
)
_GIVEN = r"(?:getVariables\(\)|__hfVariables)"
_READS = re.compile(
    rf"{_GIVEN}\s*(?:\?\.|\.)\s*([A-Za-z_$][\w$]*)"
    rf"|{_GIVEN}\s*(?:\?\.)?\[\s*[\"']([^\"']+)[\"']\s*\]"
)
_HELD = re.compile(
    rf"\b(?:const|let|var)\s+([A-Za-z_$][\w$]*)\s*=\s*[\w.?]*{_GIVEN}\s*(?:\|\|\s*\{{\}}\s*)?(?=[;\n])"
)
_OWN_METHODS = frozenset({"hasOwnProperty", "toString", "valueOf", "constructor"})
_KEYS = (
    *("id", "type", "default", "label", "options", "min", "max", "step", "description"),
    *("group", "required", "placeholder", "unit", "multiline", "rows", "name", "value"),
    *("role", "brandRole", "hint", "section", "order", "icon", "title", "source"),
    *("maxLength", "minLength", "pattern", "category", "accept", "editable", "hidden"),
)
_MEANT_KEYS: Mapping[str, str] = MappingProxyType(
    {
        "name": "id",
        "key": "id",
        "value": "default",
        "initial": "default",
        "choices": "options",
        "values": "options",
        "enum": "options",
        "kind": "type",
        "minimum": "min",
        "maximum": "max",
    }
)
_MEANT_TYPES = {
    **dict.fromkeys(("int", "integer", "float", "double", "num"), "number"),
    **dict.fromkeys(("text", "str", "url", "markdown", "html"), "string"),
    **dict.fromkeys(("bool", "toggle", "checkbox"), "boolean"),
    **dict.fromkeys(("select", "choice", "options", "list"), "enum"),
    **dict.fromkeys(("img", "picture", "photo"), "image"),
    **dict.fromkeys(("colour", "hex", "rgb"), "color"),
}
_COLOR = re.compile(
    r"#(?:[0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})|[a-z-]+\(.*\)|var\(.*\)", re.I
)
_WORDS, _DASHED = re.compile(r"[\w$]+"), re.compile(r"--[\w-]+")
_UNPACKS = re.compile(
    r"\{([^{}]*)\}\s*=\s*[^;\n]{0,300}?(?:getVariables\(\)|__hfVariables)"
)


def check_variables(project: Project) -> None:
    """All rules of this module."""
    rows = {document: _declared(document) for document in project.documents}
    known = dict.fromkeys(sorted({v.id for each in rows.values() for v in each}))
    for document in project.documents:
        declared: list[Variable] = []
        for node in document.elements:
            if node.get(_DECLARES) is not None:
                declared += _check_declarer(project, document, node)
            if node.get(_VALUES) is not None:
                _check_values(project, document, node, rows)
        _check_reads(project, document, declared, known)
    _check_given(project, rows[project.entry], known)


_Rows = Mapping[Document, "list[Variable]"]
_Names = Mapping[str, None]
"""Names of all declared variables, sorted."""


def _declared(document: Document) -> list[Variable]:
    rows: list[Variable] = []
    for node in document.elements:
        try:
            rows += read_declarations(node.get(_DECLARES))
        except InputError:
            continue
    return rows


def _report_json(
    project: Project, source: Source, node: Element, name: str, error: InputError
) -> None:
    row = node.attributes[name]
    start = row.value_start
    message, cause = str(error), error.__cause__
    if isinstance(cause, JSONDecodeError):
        start += cause.pos
        message = f"{name} is not JSON: {cause.msg}"
    hint = (
        'write a JSON array in single quotes: \'[{"id": "title", "type": "string"}]\''
    )
    if name == _VALUES:
        hint = 'write a JSON object in single quotes: \'{"title": "Hello"}\''
    project.add("HF501", source, start, message, hint, element=node)


def _check_declarer(
    project: Project, document: Document, node: Element
) -> tuple[Variable, ...]:
    row = node.attributes[_DECLARES]
    try:
        declared = read_declarations(row.value)
    except InputError as error:
        _report_json(project, document.source, node, _DECLARES, error)
        return ()
    _check_shape(project, document, node, declared)
    place = 0
    for variable in declared:
        place = max(row.value.find(_quoted(variable.id), place), place)
        start = row.value_start + place
        if variable.type and variable.type not in _TYPES:
            near = _MEANT_TYPES.get(variable.type.lower()) or nearest(
                variable.type, _TYPES
            )
            project.add(
                "HF503",
                document.source,
                start,
                f"variable {variable.id!r} has the type {variable.type!r}, which is none",
                f"did you mean {near!r}?"
                if near
                else f"use one of {', '.join(_TYPES)}",
                element=node,
            )
        elif variable.has_default and variable.default is not None:
            _check_types(
                project,
                document,
                node,
                start,
                {variable.id: variable.default},
                [variable],
                "its default",
            )
    return declared


def _check_shape(
    project: Project, document: Document, node: Element, declared: tuple[Variable, ...]
) -> None:
    """Keys that are misspelt or lacking, names that are declared twice."""
    row = node.attributes[_DECLARES]
    rows = json.loads(row.value) if row.value.strip() else []
    if not isinstance(rows, list):
        _add(
            project,
            document,
            node,
            "HF501",
            row.value_start,
            f"{_DECLARES} is no list, and declares nothing: a list of objects is read",
            'write [{"id": "title", "type": "string", "default": "Hello"}]',
            warn=True,
        )
        return
    seen, place = set[str](), 0
    for entry, variable in zip(rows, declared, strict=False):
        found = row.value.find(_quoted(variable.id), place)
        place = max(found, place) + 1
        start = row.value_start + place - 1
        if variable.id in seen:
            message = f"variable {variable.id!r} is declared twice; the last one counts"
            _add(project, document, node, "HF505", start, message, "remove one of them")
        seen.add(variable.id)
        _check_keys(project, document, node, start, entry)
        _check_bounds(project, document, node, start, entry)
        _check_lacks(project, document, node, start, variable, entry)
        _check_default(project, document, node, variable, start)


def _quoted(name: str) -> str:
    """*name* as JSON spells it where its author did not escape it."""
    return json.dumps(name, ensure_ascii=False)


def _check_keys(
    project: Project,
    document: Document,
    node: Element,
    start: int,
    entry: dict[str, Any],
) -> None:
    for key in entry:
        if key in _KEYS and (key not in _MEANT_KEYS or _MEANT_KEYS[key] in entry):
            continue
        near = _MEANT_KEYS.get(key) or project.nearest(key, _KEYS)
        if near and near not in entry:
            message = f"variable {entry['id']!r} has {key!r}, which says nothing"
            hint = f"did you mean {near!r}?"
            _add(project, document, node, "HF505", start, message, hint)


def _check_bounds(
    project: Project,
    document: Document,
    node: Element,
    start: int,
    entry: dict[str, Any],
) -> None:
    """Bounds that are no numbers, and say nothing, or that nothing lies between."""
    for key in ("min", "max", "step"):
        value = entry.get(key)
        if key in entry and not is_number(value):
            shown = json.dumps(value, ensure_ascii=False)
            message = (
                f"variable {entry['id']!r} has the {key} {shown}, which is no number"
            )
            number = _number_in(value)
            hint = (
                f'write "{key}": {number}'
                if number
                else f'write a number, or leave "{key}" out'
            )
            _add(project, document, node, "HF505", start, message, hint)
        elif key == "step" and is_number(value) and value <= 0:
            message = f"variable {entry['id']!r} has the step {value}"
            _add(project, document, node, "HF505", start, message, "write one above 0")
    least, most = entry.get("min"), entry.get("max")
    if is_number(least) and is_number(most) and least > most:
        message = (
            f"variable {entry['id']!r} is from {least} to {most}, which is nothing"
        )
        _add(project, document, node, "HF505", start, message, "exchange min and max")


def _number_in(value: Any) -> str:
    """The number a text says; empty where it says none."""
    text = value.strip() if isinstance(value, str) else ""
    return text if re.fullmatch(r"-?\d+(?:\.\d+)?", text, re.ASCII) else ""


def _check_lacks(
    project: Project,
    document: Document,
    node: Element,
    start: int,
    variable: Variable,
    entry: dict[str, Any],
) -> None:
    def misspells(key: str) -> bool:
        return any(nearest(k, (key,)) or _MEANT_KEYS.get(k) == key for k in entry)

    if not misspells("type"):
        message = f"variable {variable.id!r} has no type; every value is taken"
        hint = f'add "type": one of {", ".join(_TYPES)}'
        _add(project, document, node, "HF505", start, message, hint, note=True)
    given = variable.id in project.config.variables or not document.is_entry
    if not given and not misspells("default"):
        message = f"variable {variable.id!r} has no default: undefined unless given"
        _add(
            project, document, node, "HF505", start, message, 'add "default"', note=True
        )


def _check_default(
    project: Project, document: Document, node: Element, variable: Variable, start: int
) -> None:
    """A default that is of its type and cannot be used all the same."""
    value = variable.default
    if not isinstance(value, str) or not value.strip():
        return
    if variable.type == "color" and not _COLOR.fullmatch(value.strip()):
        names = colors()
        if value.strip().lower() in {*names, "transparent", "currentcolor", "inherit"}:
            return
        near = nearest(value.strip().lower(), names)
        message = (
            f"its default: variable {variable.id!r} is {value!r}, which is no colour"
        )
        hint = f"did you mean {near!r}?" if near else 'write it as in "#ffb92e"'
        _add(project, document, node, "HF503", start, message, hint)
    elif variable.type == "image":
        path = project.resolve(document.source, value)
        if (
            path is not None
            and re.search(r"\.\w{2,5}$", path)
            and not project.has(path)
        ):
            message = (
                f"its default: variable {variable.id!r} names {path!r}, which is not in "
                "the project"
            )
            hint = project.suggest(path)
            _add(project, document, node, "HF301", start, message, hint, warn=True)


def _add(
    project: Project,
    document: Document,
    node: Element,
    code: str,
    start: int,
    message: str,
    hint: str,
    *,
    note: bool = False,
    warn: bool = False,
) -> None:
    severity: Severity | None = "note" if note else "warning" if warn else None
    source = document.source
    project.add(code, source, start, message, hint, element=node, severity=severity)


def _check_types(
    project: Project,
    document: Document,
    node: Element,
    start: int,
    values: Mapping[str, Any],
    declared: list[Variable],
    whose: str,
) -> None:
    known = {row.id: row for row in declared}
    for name, value in values.items():
        try:
            check_values({name: value}, [known[name]])
        except InputError as error:
            project.add(
                "HF503",
                document.source,
                start,
                f"{whose}: {error}",
                f"give a value of type {known[name].type}, or declare another type",
                element=node,
            )


def _report_undeclared(
    project: Project,
    document: Document,
    node: Element | None,
    start: int,
    name: str,
    known: Collection[str],
) -> None:
    near = project.nearest(name, known)
    project.add(
        "HF502",
        document.source,
        start,
        f"variable {name!r} is not declared",
        f"did you mean {near!r}?" if near else f"declare it in {_DECLARES}",
        element=node,
    )


def _check_values(
    project: Project, document: Document, node: Element, rows: _Rows
) -> None:
    row = node.attributes[_VALUES]
    try:
        values = read_values(row.value)
    except InputError as error:
        _report_json(project, document.source, node, _VALUES, error)
        return
    path = project.resolve(ROOT, node.get(SRC) or "")
    mounted = project.document(path)
    if mounted is None or not rows[mounted]:
        return  # It may read what it is given all the same.
    known = {v.id: v for v in (*rows[mounted], *rows[project.entry])}
    place = 0
    for name, value in values.items():
        place = max(row.value.find(_quoted(name), place), place)
        start = row.value_start + place
        if name not in known:
            _report_undeclared(project, document, node, start, name, known)
            continue
        given, own = {name: value}, [known[name]]
        _check_types(project, document, node, start, given, own, "the value")


def _check_given(project: Project, own: list[Variable], known: _Names) -> None:
    entry, given = project.entry, project.config.variables
    node = next((n for n in entry.elements if n.get(_DECLARES) is not None), None)
    start = 0 if node is None else node.attributes[_DECLARES].start
    for name in given:
        if name not in known:
            _report_undeclared(project, entry, node, start, name, [v.id for v in own])
        elif any(row.id == name for row in own) and node is not None:
            _check_types(project, entry, node, start, {name: given[name]}, own, "given")


def _check_reads(
    project: Project, document: Document, declared: list[Variable], known: _Names
) -> None:
    node = next((n for n in document.elements if n.get(_DECLARES) is not None), None)
    names = [variable.id for variable in declared]
    if node is None or not names:
        return
    _check_unread(project, document, node, names)
    for code in project.codes:
        if code.document is not document:
            continue
        for name, start in _reads(code):
            _check_read(project, code.source, code.text_start + start, name, known)
        for match in _UNPACKS.finditer(code.text):
            for part in re.finditer(r"(?:^|,)\s*([A-Za-z_$][\w$]*)", match[1]):
                start = code.text_start + match.start(1) + part.start(1)
                _check_read(project, code.source, start, part[1], known)
    _check_bound(project, document, known)
    _check_binders(project, document, known)
    for element in document.elements:
        for name in ("data-var-text", "data-var-src"):
            row = element.attributes.get(name)
            if row is not None and row.value.strip():
                _check_read(
                    project, document.source, row.value_start, row.value.strip(), known
                )


def _reads(code: Code) -> Iterator[tuple[str, int]]:
    """The names a script reads off the variables, and where."""
    for match in _READS.finditer(code.text):
        part = 1 if match[1] else 2
        yield match[part], match.start(part)
    for held in _HELD.finditer(code.text):
        name = re.escape(held[1])
        given = (
            rf"(?<![\w$.]){name}(?:\.([A-Za-z_$][\w$]*)(?!\s*(?:\(|=(?!=)))"
            rf"|\[[\"']([^\"']+)[\"']\])"
        )
        for match in re.finditer(given, code.text):
            part = 1 if match[1] else 2
            if match[part] not in _OWN_METHODS:
                yield match[part], match.start(part)


def _check_read(
    project: Project, source: Source, start: int, name: str, known: _Names
) -> None:
    if name in known:
        return
    near = project.nearest(name, known)
    if near or len(known) < 12:
        project.add(
            "HF502",
            source,
            start,
            f"variable {name!r} is read and not declared",
            f"did you mean {near!r}?" if near else f"declare it in {_DECLARES}",
        )


_BINDERS = {
    **dict.fromkeys(("data-text", "data-var", "data-variable-text"), "data-var-text"),
    **dict.fromkeys(("data-bind", "data-variable", "data-content"), "data-var-text"),
    "data-variable-src": "data-var-src",
}


def _check_bound(project: Project, document: Document, known: _Names) -> None:
    """Attributes of other tools that would put a variable into an element."""
    for element in document.elements:
        for name, meant in _BINDERS.items():
            row = element.attributes.get(name)
            if row is None or row.value.strip() not in known:
                continue
            if project.text_elsewhere(name) or element.get(meant) is not None:
                continue
            message = f"{name!r} means nothing to the format"
            hint = f"did you mean {meant!r}?"
            _add(project, document, element, "HF102", row.start, message, hint)


_BINDS = re.compile(
    r"data-(?:var|variable|bind|text|content|value|html|model)(?:-[\w-]*)?"
    r"|(?:v|x|ng|:|@|bind)[-:]?[\w:-]+|data-[\w-]*-var(?:iable)?"
)


def _check_binders(project: Project, document: Document, known: _Names) -> None:
    """Attributes that would bind a variable, and are none of the format's."""
    for element in document.elements:
        for name, row in element.attributes.items():
            if name in FORMAT or name in _BINDERS or not _BINDS.fullmatch(name):
                continue
            bound = row.value.strip() in known
            if not bound and not name.startswith("data-var-"):
                continue
            if project.text_elsewhere(name) or not project.afford(len(known)):
                continue
            if name.startswith("data-") and nearest(name, FORMAT):
                continue  # Told as a slip of the word it is next to.
            media = element.tag in {"img", "video", "audio", "source"}
            meant = "data-var-src" if media else "data-var-text"
            message = f"{name!r} binds nothing: text is bound, and the address of media"
            hint = f"did you mean {meant!r}?"
            if re.search("color|style|class|width|height|size", name):
                slug = property_name(row.value)
                hint = f"use var({slug}) in a style, or getVariables() in a script"
            _add(project, document, element, "HF102", row.start, message, hint)


def _check_unread(
    project: Project, document: Document, node: Element, names: list[str]
) -> None:
    row = node.attributes[_DECLARES]
    text = document.source.text
    raw_end = text.find(">", row.value_start + len(row.value))
    rest = [text[: row.value_start], text[max(raw_end, row.value_start) :]]
    rest += [d.source.text for d in project.documents if d is not document]
    rest += [c.text for c in project.codes] + [s.text for s in project.sheets]
    texts = "\n".join(rest)
    if not project.afford(len(texts) // 1000):
        return
    words, properties = set(_WORDS.findall(texts)), sorted(set(_DASHED.findall(texts)))
    passes = re.search(r"getVariables|__hfVariables", texts) and any(
        _WHOLE.search(code.text)
        for code in project.codes
        if "getVariables" in code.text or "__hfVariables" in code.text
    )
    if passes or project.libraries_unknown:
        return
    place = 0
    for name in names:
        slug = property_name(name)
        place = max(row.value.find(_quoted(name), place), place)
        begun = bisect_left(properties, slug)
        if name in words or "".join(properties[begun : begun + 1]).startswith(slug):
            continue
        if not _WORDS.fullmatch(name) and name in texts:
            continue
        start = row.value_start + place
        project.add(
            "HF504",
            document.source,
            start,
            f"variable {name!r} is declared and never read",
            f'read it by data-var-text="{name}", var({slug}) or getVariables().{name}',
            element=node,
        )


def declared_properties(project: Project) -> set[str]:
    """The custom properties of all declared variables."""
    names = [v.id for d in project.documents for v in _declared(d)]
    return {property_name(name) for name in names} | {f"--{name}" for name in names}
