"""
Rules of what a page does on its own: timers, questions to the network, chance.
"""

from __future__ import annotations

import posixpath
import re

from .._tools.address import split
from .project import Code, Project

_TIMERS = frozenset({"setTimeout", "setInterval"})
_CONTENT = frozenset(
    {
        *("innerHTML", "textContent", "innerText", "insertAdjacentHTML", "append"),
        *("appendChild", "prepend", "replaceWith", "replaceChildren", "createElement"),
        *(
            "outerHTML",
            "src",
            "href",
            "setAttribute",
            "display",
            "visibility",
            "opacity",
        ),
        *("classList", "className", "hidden", "backgroundImage"),
    }
)
_ASKERS = frozenset({"WebSocket", "EventSource"})
_LOADERS = frozenset({"json", "csv", "tsv", "text", "get", "load"})
_REMOTE = re.compile(r"(?:https?|wss?):|//")
_CHANCE = re.compile(
    r"Math\.random\(|Date\.now\(|new Date\(\s*\)|performance\.now\(|getRandomValues\("
    r"|randomUUID\("
)


def check_behaviour(project: Project) -> None:
    """All rules of this module."""
    for code in project.codes:
        _check_timers(project, code)
        _check_network(project, code)
        _check_chance(project, code)


def _check_timers(project: Project, code: Code) -> None:
    script = code.script
    for index in script.names(*_TIMERS):
        before = script.text(index - 1)
        if script.text(index + 1) != "(" or (
            before == "."
            and script.text(index - 2) not in {"window", "globalThis", "self"}
        ):
            continue
        inside = {script.text(place) for place in script.inside(index + 1)}
        name = script.text(index)
        brings = name == "setTimeout" and bool(inside & _CONTENT)
        project.add(
            "HF408" if brings else "HF409",
            code.source,
            script.tokens[index].start,
            f"{name} brings content while the film runs, at a time no timeline knows"
            if brings
            else f"{name} waits for a time that is no part of the timeline",
            "put what is shown into the document or into data-composition-variables, and "
            "when into the timeline",
        )


def _check_network(project: Project, code: Code) -> None:
    script, constants = code.script, _constants(code)
    for index, token in enumerate(script.tokens):
        if token.kind != "name" or script.text(index + 1) != "(":
            continue
        arguments = script.arguments(index + 1)
        place = arguments[0][0] if arguments else len(script.tokens)
        if token.text == "open" and len(arguments) > 1:
            place = arguments[1][0]
        elif not _asks(code, index):
            continue
        place = constants.get(script.text(place), place)
        if script.kind(place) not in {"string", "template"}:
            continue
        _check_question(project, code, token.text, place)


def _constants(code: Code) -> dict[str, int]:
    """Where the value stands that a name is given, by the name; of two, the first."""
    script, found = code.script, dict[str, int]()
    for index in script.names("const", "let", "var"):
        if script.kind(index + 1) == "name" and script.text(index + 2) == "=":
            found.setdefault(script.text(index + 1), index + 3)
    return found


def _asks(code: Code, index: int) -> bool:
    script, name = code.script, code.script.text(index)
    if name == "fetch":
        return script.text(index - 1) != "." or script.text(index - 2) == "window"
    if name in _ASKERS:
        return script.text(index - 1) == "new"
    if name == "sendBeacon":
        return True
    return name in _LOADERS and script.text(index - 2) in {"d3", "axios", "$", "jQuery"}


def _check_question(project: Project, code: Code, name: str, place: int) -> None:
    token = code.script.tokens[place]
    address = token.value.split("${")[0]
    if _REMOTE.match(address):
        if name in {*_ASKERS, "sendBeacon"} or _is_question(token.value):
            host = split(address).hostname or address
            project.add(
                "HF410",
                code.source,
                token.start,
                f"the page asks {host} while it is rendered, which may answer something "
                "else, late, or not at all",
                "ask before rendering, and hand the answer over in variables",
            )
        return
    path = project.resolve(code.document.source, address)
    if path and "${" not in token.text and not project.has(path):
        if _is_question(address):
            project.add(
                "HF410",
                code.source,
                token.start,
                f"the page asks for {address!r}, and there is no server while it is rendered",
                "hand the answer over in variables, or put a file of it into the project",
            )
            return
        project.add(
            "HF301",
            code.source,
            token.start,
            f"the script asks for {path!r}, which is not in the project",
            project.suggest(path),
            severity="warning",
        )


def _is_question(address: str) -> bool:
    """Whether an address is a program's, not a file's."""
    parts = split(address.split("${", maxsplit=1)[0])
    suffix = posixpath.splitext(parts.path)[1]
    return "${" in address or bool(parts.query) or not suffix


def _check_chance(project: Project, code: Code) -> None:
    seen: set[str] = set()
    for match in _CHANCE.finditer(code.text):
        word = match[0].rstrip("( )")
        if word in seen:
            continue
        seen.add(word)
        start = code.text_start + match.start()
        project.add(
            "HF411",
            code.source,
            start,
            f"{word} is made to repeat: it goes by the frame, not by the machine",
            "nothing to do; another value in each render comes by a variable",
        )
