"""
Rules of scripts that no browser parses, as far as their tokens tell.
"""

from __future__ import annotations

import re

from .grammar import first_fault
from .project import Code, Project, is_library

_QUOTES = re.compile("[\u2018\u2019\u201c\u201d]")


def check_syntax(project: Project) -> None:
    """All rules of this module."""
    for code in project.codes:
        _check_slip(project, code)
        _check_signs(project, code)


def _check_slip(project: Project, code: Code) -> None:
    slip, hint = code.script.slip, "look at this place, and at what stands before it"
    if slip is None and not is_library(code.source.path, code.text):
        # A mounted document's scripts run in functions.
        inside = not code.document.is_entry
        text = code.source.text
        fault = first_fault(code.script, text, may_return=inside)
        slip, hint = (fault.slip, fault.hint) if fault else (None, hint)
    if slip is not None:
        project.add(
            "HF406",
            code.source,
            slip.start,
            f"the script does not parse (SyntaxError): {slip.what}",
            hint,
        )


def _check_signs(project: Project, code: Code) -> None:
    """Signs that a browser's parser ends at, which brackets and quotes do not tell."""
    script = code.script
    for index, token in enumerate(script.tokens):
        if token.kind != "name":
            continue
        found = _QUOTES.search(token.text)
        if found:
            what, hint = f"{found[0]} quotes nothing in a script", "write \" or '"
        elif token.text == "await" and _waits_outside(code, index):
            what, hint = (
                "await stands outside of an async function",
                ('write <script type="module">, or put it into an async function'),
            )
        elif token.text in {"const", "let", "var"} and _is_typed(code, index):
            what = f"the type behind {script.text(index + 1)!r} is TypeScript's"
            hint = "leave it out, or compile the script before"
        else:
            continue
        start = token.start + (found.start() if found else 0)
        message = f"the script does not parse (SyntaxError): {what}"
        project.add("HF406", code.source, start, message, hint)
        return


def _is_typed(code: Code, index: int) -> bool:
    script = code.script
    return script.kind(index + 1) == "name" and script.text(index + 2) == ":"


def _waits_outside(code: Code, index: int) -> bool:
    script = code.script
    if code.is_module or script.kind(index + 1) not in {"name", "string", "number"}:
        return False
    return all(token.text != "async" for token in script.tokens[:index])
