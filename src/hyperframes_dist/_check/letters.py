"""
Rules of a document's text: letters that were lost, marks of a templating language, names of
characters that are none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.entities import html5

from .._model.near import nearest
from .project import Document, Project

_MARKS = re.compile(r"\{\{[^{}\n]{1,80}\}\}|\{%[^%\n]{1,80}%\}|<%[^%\n]{0,80}%>")
_ENTITY = re.compile(r"&([A-Za-z][A-Za-z0-9]{1,9});")
_TWICE_SAVED = re.compile("[\u00c2\u00c3][\u0080-\u00bf]|\u00e2\u20ac[\u0080-\u2fff]")
_ENTITIES = (
    *("nbsp", "amp", "lt", "gt", "quot", "apos", "copy", "reg", "trade", "hellip"),
    *("mdash", "ndash", "lsquo", "rsquo", "ldquo", "rdquo", "laquo", "raquo", "bull"),
    *("middot", "times", "divide", "deg", "euro", "pound", "yen", "cent", "sect"),
    *("larr", "rarr", "uarr", "darr", "hearts", "check", "shy", "thinsp", "ensp"),
)


def check_letters(project: Project) -> None:
    """All rules of this module."""
    for document in project.documents:
        _check_text(project, document)
        _check_shown(project, document)


def _check_text(project: Project, document: Document) -> None:
    """Letters that were lost when somebody saved the file by another encoding."""
    text = document.source.text
    for pattern, what in (
        (re.compile("\ufffd"), "stands where a letter was lost"),
        (_TWICE_SAVED, "is a letter that was read by another encoding and saved so"),
    ):
        if match := pattern.search(text):
            project.add(
                "HF113",
                document.source,
                match.start(),
                f"{match[0]!r} {what}; it is shown so",
                "type the letter again, and save the file as UTF-8",
            )


def _check_shown(project: Project, document: Document) -> None:
    """Marks of a templating language, and characters' names that are none."""
    if project.libraries_unknown:
        return
    for place, text in _texts(document):
        for match in _MARKS.finditer(text):
            project.add(
                "HF111",
                document.source,
                place + match.start(),
                f"{match[0]!r} is filled by nothing here; it is shown as it stands",
                "fill it before, or declare a variable and write data-var-text",
            )
        for match in _ENTITY.finditer(text):
            known = f"{match[1]};" in html5 or match[1] in html5
            near = None if known else nearest(match[1], _ENTITIES)
            if near is not None:
                project.add(
                    "HF104",
                    document.source,
                    place + match.start(),
                    f"{match[0]!r} is no character of HTML; it is shown as it stands",
                    f"did you mean '&{near};'?",
                )


def _texts(document: Document) -> Iterator[tuple[int, str]]:
    """What stands between tags and may be seen, with its places."""
    text, rows = document.source.text, document.elements
    ends = (*(node.start for node in rows[1:]), len(text))
    hidden = {"script", "style", "title", "noscript", "textarea", "template"}
    for node, stop in zip(rows, ends, strict=False):
        if (
            node.tag not in hidden
            and not node.foreign
            and "hidden" not in node.attributes
        ):
            piece = re.sub(
                r"<!--.*?-->|<[a-zA-Z/!][^<>]*>", _blank, text[node.opened : stop]
            )
            yield node.opened, piece


def _blank(match: re.Match[str]) -> str:
    return " " * len(match[0])
