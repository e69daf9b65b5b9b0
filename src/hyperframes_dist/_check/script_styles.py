"""
Rules of CSS that stands in scripts: what is set on a style, tweened, or animated.

What Chrome does not take there it drops, and says nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from types import MappingProxyType

from .._model.near import nearest
from .page_words import slip_of
from .project import Code, Project, is_library
from .styles import check_value, properties, style_words
from .tweens import tweens
from .values import UNITS
from .words import camel, css

_NUMBER = r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)"
_PLAIN = re.compile(rf"[\s,]*(?:{_NUMBER}[\s,]*)+")
_MOVED = frozenset(
    {
        *("x", "y", "z", "xPercent", "yPercent", "rotation", "rotationX", "rotationY"),
        *("rotationZ", "scale", "scaleX", "scaleY", "skewX", "skewY"),
    }
)
_MEASURE = re.compile(rf"\s*(?:[+*/-]=\s*)?({_NUMBER})\s*([^\s\d.,+-]\S*)?\s*")
_RELATIVE = re.compile(r"\s*(?:[+*/-]=|random\(|=)|var\(|_rad|_short|_cw|_ccw")
# GSAP takes these for transforms of its own, whose numbers have units of their own.
_TRANSFORMS = frozenset({"rotate", "scale", "translate", "transform", "opacity"})
_TIMING: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "fill": ("none", "forwards", "backwards", "both", "auto"),
        "direction": ("normal", "reverse", "alternate", "alternate-reverse"),
        "composite": ("replace", "add", "accumulate"),
    }
)
_OPTIONS = (
    *("duration", "delay", "endDelay", "easing", "direction", "fill", "iterations"),
    *("iterationStart", "composite", "id", "timeline", "rangeStart", "rangeEnd"),
    *("pseudoElement", "iterationComposite"),
)
_EASINGS = ("linear", "ease", "ease-in", "ease-out", "ease-in-out", "step-start")
_EASING = re.compile(
    r"(?:linear|ease(?:-in|-out|-in-out)?|step-(?:start|end))|"
    r"(?:cubic-bezier|steps|linear|var)\(.*\)"
)
_OF_KEYFRAMES = frozenset({"offset", "easing", "composite", "computedOffset"})
_SHORTEST_MS = 20


def check_script_styles(project: Project) -> None:
    """All rules of this module."""
    for code in project.codes:
        if is_library(code.source.path, code.text):
            continue
        _check_set(project, code)
        _check_classes(project, code)
        for index in tweens(code):
            for run in code.script.arguments(index)[1:]:
                _check_tweened(project, code, run[0])
        if not project.libraries_unknown:
            _check_animated(project, code)


@cache
def _names() -> Mapping[str, str]:
    """The properties Chrome knows, by what a script calls them."""
    return MappingProxyType({camel(name): name for name in properties()})


def _check_set(project: Project, code: Code) -> None:
    """``element.style.left = …`` and ``element.style.setProperty(…)``."""
    script = code.script
    for index in script.names("style"):
        row = [script.text(index + n) for n in (1, 2, 3)]
        value, ends = index + 4, script.text(index + 5) in {";", "", "}", ")"}
        if script.text(index - 1) not in {".", "?."} or row[0] not in {".", "="}:
            continue
        if row[0] == "=":
            _check_whole(project, code, index)
        elif row[1] == "setProperty" and script.kind(value) == "string":
            _check_named(project, code, value)
        elif row[2] == "=" and row[1] in _names() and (ends or _ends(code, value)):
            _check_literal(project, code, _names()[row[1]], value)


def _ends(code: Code, value: int) -> bool:
    """Whether a value is all there is of its statement: what follows is on a new line."""
    script = code.script
    token, after = script.tokens[value : value + 1], script.tokens[value + 1 :][:1]
    if not (token and after) or after[0].kind == "punct":
        return False
    begin = token[0].start + len(token[0].text)
    return "\n" in code.source.text[begin : after[0].start]


def _check_whole(project: Project, code: Code, index: int) -> None:
    script = code.script
    if script.text(index + 2) == "{" and script.text(index + 1) == "=":
        project.add(
            "HF417",
            code.source,
            script.tokens[index].start,
            "a style is given an object, which it does not take; nothing is styled by it",
            "write Object.assign(element.style, { … })",
        )


def _check_named(project: Project, code: Code, place: int) -> None:
    token = code.script.tokens[place]
    name = token.value
    if name.startswith("--") or name in css()["properties"]:
        return
    near = _names().get(name) or nearest(name, properties())
    if near is not None:
        project.add(
            "HF601",
            code.source,
            token.start + 1,
            f"{name!r} is no property Chrome knows; nothing is styled by it",
            f"did you mean {near!r}?",
        )


def _check_literal(project: Project, code: Code, name: str, place: int) -> None:
    """What is wrong with the text or the number at *place* as a value of *name*."""
    script = code.script
    if script.kind(place) == "string":
        token = script.tokens[place]
        check_value(project, code.source, name, token.value, token.start + 1)
    elif script.kind(place) == "number":
        token = script.tokens[place]
        if name in css()["lengths"] and float_of(token.text):
            check_value(project, code.source, name, token.text, token.start)


def float_of(text: str) -> float:
    """The number *text* is in a script; 0 where that is not to be had."""
    try:
        return float(text)
    except ValueError:
        return 0.0


def _check_classes(project: Project, code: Code) -> None:
    """Names of classes as no element has them: with a dot, or two at once."""
    script = code.script
    for index in script.names("className"):
        if script.text(index + 1) != "+=" or script.kind(index + 2) != "string":
            continue
        token = script.tokens[index + 2]
        if re.match(r"[\w-]", token.value):
            what = (
                f"{token.text} is joined to the class before it, with no blank between"
            )
            hint = f"write classList.add({token.text})"
            project.add("HF417", code.source, token.start, what, hint)
    for index in script.names("classList"):
        method, first = script.text(index + 2), index + 4
        if method not in {"add", "remove", "toggle", "contains"}:
            continue
        if script.kind(first) != "string" or script.text(index + 3) != "(":
            continue
        token = script.tokens[first]
        if re.search(r"\s", token.value) and method != "contains":
            what = f"classList.{method} takes one name, and stops at a blank"
            names = '", "'.join(token.value.split())
            hint = f'write {method}("{names}")'
        elif token.value.startswith(".") or not token.value:
            what = f"{token.value!r} is a selector, and no class is called so"
            hint = f"write {token.value.lstrip('.')!r}"
        else:
            continue
        project.add("HF417", code.source, token.start, what, hint)


def _keys(code: Code, opened: int) -> Iterator[tuple[int, int]]:
    """The plain keys of an object, each with where its value begins."""
    script = code.script
    for begin, _ in script.arguments(opened):
        if script.text(begin + 1) == ":" and script.kind(begin) in {"name", "string"}:
            yield begin, begin + 2


def _check_tweened(project: Project, code: Code, opened: int) -> None:
    """The values of CSS that a tween goes to."""
    script = code.script
    if script.text(opened) != "{":
        return
    for key, value in _keys(code, opened):
        token = script.tokens[key]
        name = token.value if token.kind == "string" else token.text
        alone = script.text(value + 1) in {",", "}"}
        text = script.tokens[value].value if script.kind(value) == "string" else ""
        if not alone or (text and _RELATIVE.search(text) and name not in _MOVED):
            continue
        if name in _MOVED and text:
            _check_measure(project, code, name, value)
        elif name == "opacity" and not text:
            _check_opacity(project, code, value)
        elif name in _names() and text and name not in _TRANSFORMS:
            if _PLAIN.fullmatch(text):
                continue  # GSAP gives it a unit.
            start = script.tokens[value].start + 1
            check_value(project, code.source, _names()[name], text, start)


def _check_opacity(project: Project, code: Code, value: int) -> None:
    token = code.script.tokens[value]
    if token.kind == "number" and float_of(token.text) > 1:
        check_value(project, code.source, "opacity", token.text, token.start)


def _check_measure(project: Project, code: Code, name: str, value: int) -> None:
    token = code.script.tokens[value]
    if _RELATIVE.match(token.value) and not token.value.lstrip().startswith("="):
        return
    match = _MEASURE.fullmatch(token.value)
    unit = (match[2] or "") if match else ""
    known = (*UNITS, "%", "")
    if match is not None and unit.lower() in known:
        return
    if re.search(r"[(_]|^[a-z]*$", token.value):
        return
    near = nearest(unit, UNITS) if match and unit else None
    number, turned = match[1] if match else "", name.startswith(("rotat", "skew"))
    near = "deg" if turned else near
    project.add(
        "HF603",
        code.source,
        token.start,
        f"{name} is {token.value!r}, which is no number with a unit",
        f'write "{number}{near or "px"}"' if match else "write a plain number",
    )


def _check_animated(project: Project, code: Code) -> None:
    """``element.animate(keyframes, options)`` of the Web Animations API."""
    script = code.script
    for index in script.names("animate"):
        if script.text(index - 1) not in {".", "?."} or script.text(index + 1) != "(":
            continue
        arguments = [run[0] for run in script.arguments(index + 1)]
        if len(arguments) != 2 or script.text(arguments[0]) not in {"{", "["}:
            continue
        frames, options = arguments
        several = script.text(frames) == "["
        runs = script.arguments(frames) if several else [(frames, frames)]
        for begin, _ in runs:
            if script.text(begin) == "{":
                _check_frame(project, code, begin)
        if script.text(options) == "{":
            _check_timing(project, code, options)
        elif script.kind(options) == "number":
            _check_milliseconds(project, code, "duration", options)


def _check_frame(project: Project, code: Code, opened: int) -> None:
    for key, _ in _keys(code, opened):
        token = code.script.tokens[key]
        name = token.value if token.kind == "string" else token.text
        if name in _OF_KEYFRAMES or name.startswith("--"):
            continue
        near = _names_by_css().get(name) or slip_of(name, style_words())
        if near is not None:
            project.add(
                "HF601",
                code.source,
                token.start,
                f"{name!r} is no property Chrome animates; nothing is moved by it",
                f"did you mean {near!r}?",
            )


@cache
def _names_by_css() -> Mapping[str, str]:
    """What a script calls the properties whose names have hyphens."""
    return {name: camel(name) for name in properties() if "-" in name.lstrip("-")}


def _check_timing(project: Project, code: Code, opened: int) -> None:
    script = code.script
    for key, value in _keys(code, opened):
        token, given = script.tokens[key], script.tokens[value]
        name = token.value if token.kind == "string" else token.text
        text = given.value if given.kind == "string" else None
        what, hint = "", ""
        if name not in _OPTIONS:
            near = {"ease": "easing", "repeat": "iterations", "loop": "iterations"}
            meant = near.get(name) or nearest(name, _OPTIONS)
            what = f"{name!r} is no option of an animation; it is ignored"
            hint = f"did you mean {meant!r}?" if meant else "remove it"
        elif name in {"duration", "delay", "endDelay", "iterations"}:
            if name == "duration" and given.kind == "number":
                _check_milliseconds(project, code, name, value)
            elif text is not None and not (name == "duration" and text == "auto"):
                what = f"{name} is {given.text}, and takes a number; the script stops"
                hint = (
                    "write Infinity"
                    if text == "infinite"
                    else "write a plain number of milliseconds"
                )
        elif name == "easing" and text is not None and not _EASING.fullmatch(text):
            near_ease = nearest(text, _EASINGS)
            what = f"easing is {text!r}, which CSS has not; the script stops there"
            hint = f"did you mean {near_ease!r}?" if near_ease else 'write "ease-out"'
        elif text is not None and text not in _TIMING.get(name, (text,)):
            meant = nearest(text, _TIMING[name])
            what = f"{name} is {text!r}, which it cannot be; the script stops there"
            words = ", ".join(_TIMING[name])
            hint = f"did you mean {meant!r}?" if meant else f"use one of {words}"
        if what:
            project.add("HF417", code.source, token.start, what, hint)


def _check_milliseconds(project: Project, code: Code, name: str, place: int) -> None:
    token = code.script.tokens[place]
    alone = code.script.text(place + 1) in {",", "}", ")"}
    if alone and 0 < float_of(token.text) < _SHORTEST_MS:
        milliseconds = float_of(token.text) * 1000
        project.add(
            "HF417",
            code.source,
            token.start,
            f"{name} is {token.text}: an animation of the page counts milliseconds",
            f"did you mean {milliseconds:g}?",
        )
