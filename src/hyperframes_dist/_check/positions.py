"""
Rules of where in a GSAP timeline something is put: seconds, relative places, labels.
"""

from __future__ import annotations

import re

import attrs

from .numbers import read_seconds
from .project import Code, Project

_LONGEST_PLACE = 200
_POSITION = re.compile(
    r"\s*[<>]?\s*(?:[+-]=)?\s*-?(?:\d+(?:\.\d*)?|\.\d+)?%?\s*", re.ASCII
)
_SIGNED = re.compile(r"\s*([+-])\s*(\d+(?:\.\d*)?|\.\d+)\s*")
_TURNED = re.compile(r"\s*=\s*([<>+-])\s*(\d+(?:\.\d*)?|\.\d+)\s*")
_LABELLED = re.compile(r"([A-Za-z_][\w -]*?)\s*(?:[+-]=\s*[\d.]+%?)?")


@attrs.frozen
class Labels:
    """
    Labels of a script's timelines.

    Attributes:
        names: Those it adds.
        open: Whether it adds some whose name only the script knows.
    """

    names: frozenset[str]
    open: bool

    @classmethod
    def of(cls, code: Code) -> Labels:
        """Those of *code*."""
        return cls(frozenset(_labels(code)), _makes_labels(code))


def check_position(
    project: Project, code: Code, run: tuple[int, int], labels: Labels
) -> None:
    """Tell what is wrong with the place that the argument *run* gives, if anything is."""
    begin, end = run
    token = code.script.tokens[begin]
    if _is_no_place(project, code, begin, end):
        return
    plain = end - begin == 1 and token.kind == "string"
    if (
        not plain
        or len(token.text) > _LONGEST_PLACE
        or _POSITION.fullmatch(token.value)
    ):
        return
    said = _said_of_place(token.value) or _said_of_label(
        project, code, token.value, labels
    )
    if said is not None:
        project.add("HF415", code.source, token.start, *said)


def _labels(code: Code) -> set[str]:
    script, found = code.script, set[str]()
    for index in script.names("addLabel", "add", "addPause", "labels"):
        for begin, _ in (
            script.arguments(index + 1) if script.text(index + 1) == "(" else ()
        ):
            if script.kind(begin) == "string":
                found.add(script.tokens[begin].value)
    return found


def _said_of_place(text: str) -> tuple[str, str] | None:
    """What is wrong with a place that was to be a number, and what to write."""
    if match := _SIGNED.fullmatch(text):
        what = f"the place {text!r} is not relative: that is written with an ="
        return what, f'write "{match[1]}={match[2]}"'
    if match := _TURNED.fullmatch(text):
        sign = match[1]
        what = f"the place {text!r} is a label's name: its = stands first"
        return what, f'write "{sign}{"=" if sign in "+-" else ""}{match[2]}"'
    if (seconds := read_seconds(text)) is not None:
        what = f"the place {text!r} is no number of seconds, but a label's name"
        return what, f"write {seconds:g}"
    if text[:1] in set("<>=+-"):
        hint = 'write seconds, as 1.5, or a relative place, as "<0.5" or "+=0.5"'
        return f"the place {text!r} is none: the tween goes to the end", hint
    return None


def _said_of_label(
    project: Project, code: Code, text: str, labels: Labels
) -> tuple[str, str] | None:
    """What is wrong with a place that is a label's name."""
    match, known = _LABELLED.fullmatch(text), labels.names
    if match is None or match[1] in known or labels.open:
        return None
    near = project.nearest(match[1], known)
    if near is None and len(known) > 5:
        return None
    if near is None and not known and _counts(project, code, match[1]) > 1:
        return None  # Its first use makes the label, and the others go there.
    message = f"no label is called {match[1]!r}; the tween goes to the end"
    hint = f"did you mean {near!r}?" if near else f'add it by addLabel("{match[1]}")'
    return message, hint


def _is_no_place(project: Project, code: Code, begin: int, end: int) -> bool:
    """Whether what is given for a place cannot be one, which is told."""
    script = code.script
    texts = [script.text(place) for place in range(begin, min(end, begin + 2))]
    if texts[:1] == ["-"] and end - begin == 2 and script.kind(begin + 1) == "number":
        what, hint = (
            f"the place -{texts[1]} lies before the timeline's start",
            (f'write {texts[1]}, or "-={texts[1]}" for so long before the end'),
        )
    elif texts[0] in {"{", "["} or texts in (["NaN"], ["true"], ["false"]):
        shown = {"{": "an object", "[": "a list"}.get(texts[0], texts[0])
        what, hint = (
            f"the place is {shown}, and a number or a label is due",
            ("write seconds, as 1.5"),
        )
    else:
        return False
    start = script.tokens[begin].start
    project.add("HF415", code.source, start, what, hint)
    return True


def _makes_labels(code: Code) -> bool:
    """Whether a label is added whose name only the script knows."""
    script = code.script
    return any(
        script.text(index + 1) == "(" and script.kind(index + 2) != "string"
        for index in script.names("addLabel")
    )


def _counts(project: Project, code: Code, label: str) -> int:
    """How often a label is named in a script; twice, where that takes too long."""
    texts = [t.value for t in code.script.tokens if t.kind == "string"]
    affordable = project.afford(len(texts))
    return sum(label in text for text in texts) if affordable else 2
