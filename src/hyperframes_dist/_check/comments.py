"""
Rules of comments: what a browser leaves out that nobody wanted left out, and the reverse.
"""

from __future__ import annotations

import re

from .._tools.markup import Comment
from .project import Document, Project
from .report import Severity

# What tools write into documents, and nobody misses.
_HARMLESS = re.compile(r"<\?xml\b|<!\[if\b|<!\[endif\]|<!>", re.IGNORECASE)
_NAME = re.compile(r"</\s*([a-z][\w-]*)", re.IGNORECASE)
_ELEMENT = re.compile(r"<[a-z]", re.IGNORECASE)
_NEARLY_ENDS = re.compile(r"--\s+>|--\s*!\s+>|-\s+->")
_WRITE = "write <!-- … -->"


def check_comments(project: Project) -> None:
    """All rules of this module."""
    for document in project.documents:
        for comment in document.markup.comments:
            text = document.source.text
            said = text[comment.start : comment.stop]
            if comment.bogus:
                _check_bogus(project, document, comment, said)
            elif said.endswith("--!>"):
                _report(
                    *(project, document, comment.stop - 4),
                    "the comment ends by '--!>', which a browser forgives",
                    "write -->",
                    severity="note",
                )
            elif not said.endswith("-->"):
                what = "the comment is not closed: nothing of what follows is shown"
                _report(project, document, comment.start, what, "close it by -->")
            else:
                _check_ends(project, document, comment, said)


def _check_bogus(
    project: Project, document: Document, comment: Comment, said: str
) -> None:
    if _HARMLESS.match(said):
        return
    shown = said.splitlines()[0][:40]
    if said.startswith("<![CDATA["):
        what = "CDATA is there in SVG and MathML only; here it is left out"
        hint = "write its text as it is"
    elif said.startswith("<?"):
        what = f"{shown!r} is run by nothing here; it is left out, to the first >"
        hint = "fill it before, or declare a variable and write data-var-text"
    elif said.startswith("</"):
        what = f"{shown!r} closes nothing: the name follows the slash at once"
        name = _NAME.match(said)
        hint = f"write </{name[1]}>" if name else "remove it"
    else:
        what = f"{shown!r} begins no comment; it is left out, to the first >"
        hint = _WRITE
    _report(project, document, comment.start, what, hint)


def _check_ends(
    project: Project, document: Document, comment: Comment, said: str
) -> None:
    """Comments that end elsewhere than they seem to."""
    text, begins = document.source.text, document.source.place(comment.start)[0]
    # Up to the next comment, a second end is one too much.
    second, later = (text.find(mark, comment.stop) for mark in ("-->", "<!--"))
    has_stray = second >= 0 and (later < 0 or second < later)
    inner = said.find("<!--", 4)
    if said in {"<!-->", "<!--->"}:
        if has_stray:
            what = f"{said!r} is a whole comment; what follows is shown"
            _report(project, document, comment.start, what, _WRITE)
    elif inner > 0 and has_stray:
        what = f"the comment of line {begins} ends here, since none holds another"
        hint = "take the inner comment out, or what stands between is shown"
        _report(project, document, comment.stop - 3, what, hint)
    elif inner > 0 and _ELEMENT.search(said, 4, inner):
        what = (
            "the comment is not closed before the next; what lies between is left out"
        )
        _report(project, document, comment.start, what, "close it by -->")
    elif (match := _NEARLY_ENDS.search(said)) and _ELEMENT.search(said, match.end()):
        what = f"{match[0]!r} ends no comment; that of line {begins} goes on"
        place = comment.start + match.start()
        _report(project, document, place, what, "write -->")


def _report(
    project: Project,
    document: Document,
    place: int,
    message: str,
    hint: str,
    *,
    severity: Severity = "warning",
) -> None:
    project.add("HF114", document.source, place, message, hint, severity=severity)
