"""
Rules of anime.js's own words: targets, settings, eases.

anime.js 3 and 4 say nothing of a setting they do not know: it is taken for a property of what
is moved.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from .._model.near import nearest
from .project import Code, Project
from .styles import style_words
from .targets import check_selector

_LOADED = re.compile(r"anime", re.IGNORECASE)
_SETTINGS = (
    *("targets", "duration", "delay", "endDelay", "easing", "ease", "round", "loop"),
    *("direction", "autoplay", "update", "begin", "complete", "change", "alternate"),
    *("loopBegin", "loopComplete", "changeBegin", "changeComplete", "reversed"),
    *(
        "keyframes",
        "loopDelay",
        "onBegin",
        "onUpdate",
        "onComplete",
        "onLoop",
        "onRender",
    ),
    *(
        "frameRate",
        "playbackRate",
        "playbackEase",
        "composition",
        "modifier",
        "defaults",
    ),
    *("onPause", "onBeforeUpdate", "translateX", "translateY", "translateZ", "rotate"),
    *("rotateX", "rotateY", "rotateZ", "scale", "scaleX", "scaleY", "skewX", "skewY"),
    *("strokeDashoffset", "points", "value", "perspective", "innerHTML", "textContent"),
)
_KINDS = (
    *("Quad", "Cubic", "Quart", "Quint", "Sine", "Expo", "Circ", "Back"),
    *("Elastic", "Bounce"),
)
_WAYS = ("easeIn", "easeOut", "easeInOut", "easeOutIn")
_EASES = ("linear", *(way + kind for way in _WAYS for kind in _KINDS))


def check_anime(project: Project) -> None:
    """All rules of this module."""
    if not any(_LOADED.search(address) for address in project.libraries):
        return
    for code in project.codes:
        for target, opened in _calls(code):
            if target is not None:
                check_selector(project, code, target)
            if opened is not None:
                _check_settings(project, code, opened)


def _calls(code: Code) -> Iterator[tuple[int | None, int | None]]:
    """Of each call, where its selector stands and where its object opens."""
    script = code.script
    for index in script.names("anime", "add", "animate", "timeline"):
        if script.text(index + 1) != "(":
            continue
        arguments = script.arguments(index + 1)
        first = arguments[0][0] if arguments else -1
        if script.text(first) == "{":
            yield None, first
        elif script.kind(first) == "string" and len(arguments) > 1:
            second = arguments[1][0]
            yield first, second if script.text(second) == "{" else None


def _check_settings(project: Project, code: Code, opened: int) -> None:
    script = code.script
    keys = [b for b, _ in script.arguments(opened) if script.text(b + 1) == ":"]
    for key in keys:
        name, value = script.text(key).strip("\"'"), key + 2
        if name == "targets" and script.kind(value) == "string":
            check_selector(project, code, value)
        if name in {"easing", "ease"} and script.kind(value) == "string":
            _check_ease(project, code, value)
        if name in _SETTINGS or name in style_words() or name.startswith("-"):
            continue
        near = "targets" if name == "target" else nearest(name, _SETTINGS)
        if near and len(name) > 3:
            project.add(
                "HF413",
                code.source,
                script.tokens[key].start,
                f"{name!r} is nothing anime.js knows; it is taken for a property",
                f"did you mean {near!r}?",
            )


def _check_ease(project: Project, code: Code, value: int) -> None:
    token = code.script.tokens[value]
    name = token.value.split("(")[0].strip()
    near = nearest(name, _EASES) if name not in _EASES and len(name) > 5 else None
    if near and name.startswith("ease"):
        project.add(
            "HF412",
            code.source,
            token.start,
            f"{token.value!r} is no ease anime.js knows; it goes on evenly, or its own way",
            f"did you mean {near!r}?",
        )
