"""
Attributes that say yes by being there, and those that name something: what is written as their
value and is not what they mean.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from types import MappingProxyType

from .._tools.markup import Element
from .project import Document, Project

_FLAGS = frozenset(
    {
        # Of HTML, https://html.spec.whatwg.org/multipage/indices.html#attributes-3.
        *("allowfullscreen", "async", "autofocus", "autoplay", "checked", "controls"),
        *("default", "defer", "disabled", "hidden", "inert", "ismap", "loop", "muted"),
        *("multiple", "nomodule", "novalidate", "open", "playsinline", "readonly"),
        *("required", "reversed", "selected"),
        # Of the format.
        *("data-no-timeline", "data-hidden"),
    }
)
_NOES = frozenset({"false", "no", "off", "0", "null", "undefined"})
_HAS_AUDIO, _GROUP, _GRADING = (
    *("data-has-audio", "data-audio-group"),
    "data-color-grading",
)
_GROUPS = "hf-audio-group"

Fault = tuple[str, str]
"""What is said without being meant, and what to do."""


def check_flags(project: Project) -> None:
    """All rules of this module."""
    groups = {
        node.get("id")
        for document in project.documents
        for node in document.elements
        if node.tag == _GROUPS
    }
    for document in project.documents:
        for node in document.shown():
            # What an element of somebody's own makes of its words is its own.
            if not node.foreign and "-" not in node.tag:
                _check_flags(project, document, node)
            _check_named(project, document, node, groups)


def _check_flags(project: Project, document: Document, node: Element) -> None:
    for name in _FLAGS & node.attributes.keys():
        value = node.attributes[name].value
        if value.strip().lower() not in _NOES:
            continue
        what = f"{name} means yes wherever it stands, also as {name}={value!r}"
        _add(project, document, node, name, (what, f"remove {name}"))


def _check_named(
    project: Project, document: Document, node: Element, groups: set[str | None]
) -> None:
    readers: Mapping[str, Callable[[str], Fault | None]] = MappingProxyType(
        {
            _HAS_AUDIO: _read_has_audio,
            _GROUP: lambda value: _read_group(value, groups),
            _GRADING: _read_grading,
        }
    )
    for name, read in readers.items():
        value = node.get(name)
        if value is not None and "{{" not in value and (fault := read(value)):
            _add(project, document, node, name, fault)


def _read_has_audio(value: str) -> Fault | None:
    if value in {"true", "false"}:
        return None
    what = f"{_HAS_AUDIO} is {value!r}: only 'true' has the sound heard"
    return what, f'write {_HAS_AUDIO}="true" or "false", or leave it out'


def _read_group(value: str, groups: set[str | None]) -> Fault | None:
    if not value or value in groups:
        return None
    what = f"{_GROUP} names {value!r}, and no <{_GROUPS}> has this id"
    return what, f'add <{_GROUPS} id="{value}">, or name one that is there'


def _read_grading(value: str) -> Fault | None:
    if not value.lstrip().startswith(("{", "[")):
        return None
    try:
        json.loads(value)
    except ValueError as error:
        return f"{_GRADING} cannot be read: {error}", "write it as JSON"
    return None


def _add(
    project: Project, document: Document, node: Element, name: str, fault: Fault
) -> None:
    start = node.attributes[name].start
    project.add("HF214", document.source, start, *fault, element=node)
