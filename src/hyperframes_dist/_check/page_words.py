"""
Rules of the browser's words in scripts: members, events, contexts, elements that are made.

A script says nothing of a member that is not there; what is called is undefined, what is set
is nobody's. A word is told where it is one slip away from the browser's, and where no script
of the project has it for a word of its own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from .._model.near import distance, nearest
from .declared import OwnWords, own_words
from .project import Code, Project, is_library
from .styles import style_words
from .words import TAGS

_MEMBERS = (
    *("getElementById", "getElementsByClassName", "getElementsByTagName", "closest"),
    *("querySelector", "querySelectorAll", "createElement", "createElementNS"),
    *("createTextNode", "createDocumentFragment", "documentElement", "currentScript"),
    *("addEventListener", "removeEventListener", "dispatchEvent", "currentTime"),
    *("appendChild", "insertBefore", "removeChild", "replaceChildren", "cloneNode"),
    *("insertAdjacentHTML", "insertAdjacentElement", "parentElement", "firstChild"),
    *("firstElementChild", "lastElementChild", "nextElementSibling", "children"),
    *("previousElementSibling", "setAttribute", "getAttribute", "removeAttribute"),
    *("hasAttribute", "toggleAttribute", "classList", "className", "textContent"),
    *("innerHTML", "innerText", "outerHTML", "dataset", "offsetWidth", "offsetHeight"),
    *("clientWidth", "clientHeight", "scrollWidth", "scrollHeight", "naturalWidth"),
    *("naturalHeight", "getBoundingClientRect", "getComputedStyle", "getContext"),
    *("requestAnimationFrame", "cancelAnimationFrame", "setTimeout", "setInterval"),
    *("getAnimations", "setProperty", "getPropertyValue", "removeProperty", "animate"),
    *("fillStyle", "strokeStyle", "lineWidth", "fillRect", "strokeRect", "clearRect"),
    *(
        "beginPath",
        "closePath",
        "lineTo",
        "moveTo",
        "bezierCurveTo",
        "arcTo",
        "fillText",
    ),
    *("strokeText", "measureText", "drawImage", "getImageData", "putImageData"),
    *("createLinearGradient", "createRadialGradient", "addColorStop", "globalAlpha"),
    *("globalCompositeOperation", "setTransform", "textAlign", "textBaseline"),
    *(
        "shadowBlur",
        "shadowColor",
        "lineCap",
        "lineJoin",
        "setLineDash",
        "getTotalLength",
    ),
    *("getPointAtLength", "toFixed", "padStart", "padEnd", "toLocaleString", "forEach"),
    *("toString", "toUpperCase", "toLowerCase", "replaceAll", "substring", "indexOf"),
    *("includes", "startsWith", "endsWith", "preventDefault", "contentWindow"),
    *("setAttributeNS", "getAttributeNS", "removeAttributeNS", "hasAttributeNS"),
    # Words of three.js, which differ in capitals alone.
    *("linewidth", "linecap", "linejoin"),
)
_OF: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "Math": (
            *(
                "abs",
                "acos",
                "acosh",
                "asin",
                "asinh",
                "atan",
                "atan2",
                "atanh",
                "cbrt",
            ),
            *(
                "ceil",
                "clz32",
                "cos",
                "cosh",
                "exp",
                "expm1",
                "floor",
                "fround",
                "hypot",
            ),
            *("imul", "log", "log10", "log1p", "log2", "max", "min", "pow", "random"),
            *(
                "round",
                "sign",
                "sin",
                "sinh",
                "sqrt",
                "tan",
                "tanh",
                "trunc",
                "PI",
                "E",
            ),
            *("LN2", "LN10", "LOG2E", "LOG10E", "SQRT2", "SQRT1_2", "sumPrecise"),
            *("f16round", "seedrandom"),
        ),
        "JSON": ("parse", "stringify", "rawJSON", "isRawJSON"),
        "console": (
            *("log", "warn", "error", "info", "debug", "table", "group", "groupEnd"),
            *("groupCollapsed", "time", "timeEnd", "timeLog", "assert", "count", "dir"),
            *("countReset", "trace", "clear", "dirxml", "profile", "profileEnd"),
            *("timeStamp", "memory", "context", "createTask"),
        ),
        "classList": (
            *("add", "remove", "toggle", "contains", "replace", "forEach", "item"),
            *("length", "value", "entries", "keys", "values", "supports", "toString"),
        ),
    }
)
_OWNERS = (
    *("document", "window", "console", "performance", "navigator", "localStorage"),
    *("Math", "JSON", "Object", "Array", "Promise", "Number", "String"),
)
_CALLED = (
    *("requestAnimationFrame", "cancelAnimationFrame", "setTimeout", "setInterval"),
    *("clearTimeout", "clearInterval", "getComputedStyle", "addEventListener"),
    *("matchMedia", "parseFloat", "parseInt", "queueMicrotask", "structuredClone"),
    *("requestIdleCallback", "encodeURIComponent", "decodeURIComponent"),
)
_EVENTS = (
    *("hf-seek", "DOMContentLoaded", "load", "loadeddata", "loadedmetadata", "canplay"),
    *("canplaythrough", "timeupdate", "ended", "play", "playing", "pause", "seeked"),
    *("seeking", "error", "animationstart", "animationend", "animationiteration"),
    *("transitionend", "transitionstart", "transitionrun", "resize", "scroll", "click"),
    *("message", "readystatechange", "visibilitychange", "hashchange", "popstate"),
    *("mousemove", "mouseenter", "mouseleave", "pointermove", "pointerdown", "keydown"),
    *("keyup", "change", "input", "submit", "focus", "blur", "toggle", "unload"),
    *("beforeunload", "pageshow", "pagehide", "wheel", "touchstart", "touchmove"),
    *(
        "mouseover",
        "mouseout",
        "mousedown",
        "mouseup",
        "pointerup",
        "dblclick",
        "start",
    ),
    *("finish", "cancel", "complete", "loaded", "data_ready", "DOMLoaded", "ready"),
    *("open", "close", "progress", "abort", "emptied", "stalled", "waiting", "select"),
    *("ratechange", "durationchange", "volumechange", "slotchange", "beforetoggle"),
    *("scrollend", "touchend", "pointerenter", "pointerleave", "animationcancel"),
    *("transitioncancel", "online", "offline", "storage", "contextmenu", "focusin"),
    *("focusout", "keypress", "drag", "drop", "dragstart", "dragend", "dragover"),
    *("rejectionhandled", "unhandledrejection", "loadstart", "loadend", "suspend"),
    *("contextlost", "contextrestored", "webglcontextlost", "webglcontextrestored"),
    *("securitypolicyviolation", "fullscreenchange", "pointerover", "pointerout"),
    *("messageerror", "copy", "paste", "cut", "invalid", "reset", "formdata"),
)
# All the page runtime tells of that begins so.
_OF_THE_FORMAT = ("hf-seek", "hf-timelines-built", "hf-after-fonts-modules")
_NOT_EVENTS = frozenset({"DOMLoaded", "loaded", "ready", "start", "complete"})
_NEVER: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        ("document", "load"): "DOMContentLoaded",
        ("document", "ready"): "DOMContentLoaded",
        ("window", "ready"): "DOMContentLoaded",
        ("document", "onload"): "DOMContentLoaded",
    }
)
"""Events nobody sends to whom they are waited for."""

_CONTEXTS = ("2d", "webgl", "webgl2", "webgpu", "bitmaprenderer", "experimental-webgl")
_UNFILLED = re.compile(r"\$\{\s*([A-Za-z_$][\w$]*)")
_SHORT, _LONG = 5, 12


def check_page_words(project: Project) -> None:
    """All rules of this module."""
    own = own_words(project)
    for code in project.codes:
        if is_library(code.source.path, code.text):
            continue
        _check_members(project, code, own)
        _check_calls(project, code, own)
        _check_events(project, code)
        _check_strings(project, code, own)
        _check_unread(project, code)
        _check_endless(project, code)


@lru_cache(maxsize=4096)
def slip_of(word: str, known: tuple[str, ...]) -> str | None:
    """The one of *known* that *word* is surely a slip of: letters alike, or one apart."""
    if len(word) < _SHORT or word in known:
        return None
    near = nearest(word, known)
    if near is None or near == word or {word, near} & {f"{word}s", f"{near}s"}:
        return None
    if word[0].lower() != near[0].lower() and sorted(word) != sorted(near):
        return None
    most = 2 if len(near) >= _LONG else 1
    return near if distance(word.lower(), near.lower(), most + 1) <= most else None


def _add(
    project: Project, code: Code, index: int, said: str, near: str, inside: int = 0
) -> None:
    token = code.script.tokens[index]
    start, hint = token.start + inside, f"did you mean {near!r}?"
    project.add("HF417", code.source, start, said, hint)


def _check_members(project: Project, code: Code, own: OwnWords) -> None:
    script = code.script
    for index, token in enumerate(script.tokens):
        if token.kind != "name" or script.text(index - 1) not in {".", "?."}:
            continue
        owner, name = script.text(index - 2), token.text
        if owner == "style" and (near := slip_of(name, style_words())):
            project.add(
                "HF601",
                code.source,
                token.start,
                f"{name!r} is no property Chrome knows; nothing is styled by it",
                f"did you mean {near!r}?",
            )
        elif (known := _OF.get(owner)) is not None:
            near = None if name in known else nearest(name, known)
            if near and near != name and name not in own.made:
                _add(project, code, index, f"{owner} has no {name!r}", near)
        elif near := slip_of(name, _MEMBERS):
            alike = near.lower() == name.lower()
            if name in own.made or (project.libraries_unknown and not alike):
                continue
            _add(project, code, index, f"nothing in a page has {name!r}", near)


def _check_calls(project: Project, code: Code, own: OwnWords) -> None:
    """Functions and objects of the browser that are misspelt: the script stops there."""
    script = code.script
    for index, token in enumerate(script.tokens):
        after = script.text(index + 1)
        before = script.text(index - 1)
        if token.kind != "name" or before in {".", "?.", "function", "class", "new"}:
            continue
        if token.text in own.made or project.libraries_unknown:
            continue
        known = _CALLED if after == "(" else _OWNERS if after == "." else ()
        if near := slip_of(token.text, known):
            what = f"{token.text!r} is not there; the script stops at it"
            _add(project, code, index, what, near)


def _check_events(project: Project, code: Code) -> None:
    script = code.script
    for index in script.names("addEventListener"):
        place = index + 2
        if script.text(index + 1) != "(" or script.kind(place) != "string":
            continue
        name = script.tokens[place].value
        owner = script.text(index - 2) if script.text(index - 1) == "." else "window"
        if (owner, name) in _NEVER and not _is_told(project, name):
            what = f"{owner} is never told of {name!r}"
            _add(project, code, place, what, _NEVER[owner, name], 1)
            continue
        near = slip_of(name, _EVENTS) or _spelt_otherwise(name)
        if name.startswith("hf-") and name not in _OF_THE_FORMAT:
            near = near or _OF_THE_FORMAT[0]
        if near is None or near in _NOT_EVENTS or name in _EVENTS:
            continue
        if not _is_told(project, name):
            _add(project, code, place, f"no event is called {name!r}", near, 1)


def _spelt_otherwise(name: str) -> str | None:
    """The event that differs from *name* in capitals, in a hyphen or in an ``on`` before."""
    plain = name.lower().replace("_", "-").removeprefix("on")
    return next((e for e in _EVENTS if e.lower() == plain and e != name), None)


def _is_told(project: Project, name: str) -> bool:
    """Whether a script tells of an event called *name* itself."""
    if not project.afford(1 + len(project.codes)):
        return True
    said = re.compile(
        rf"(?:Event|emit|trigger|dispatch)\s*\(\s*[\"'`]{re.escape(name)}"
    )
    return any(said.search(code.text) for code in project.codes)


def _check_strings(project: Project, code: Code, own: OwnWords) -> None:
    script = code.script
    for index in script.names("getContext", "createElement"):
        place, many = index + 2, script.text(index) == "createElement"
        if script.text(index + 1) != "(" or script.kind(place) != "string":
            continue
        name = script.tokens[place].value
        known = sorted(TAGS) if many else _CONTEXTS
        near = None if name in known or "-" in name else nearest(name, known)
        if many and name.lower() in TAGS:
            continue
        if near and near != name:
            what = f"no {'element' if many else 'context'} is called {name!r}"
            _add(project, code, place, what, near, 1)
    for token in script.tokens:
        found = _UNFILLED.search(token.text) if token.kind == "string" else None
        selects = token.value.lstrip().startswith(("#", "."))
        if found and (selects or found[1] in own.names):
            project.add(
                "HF420",
                code.source,
                token.start,
                f"{token.text[:60]} is no template: in these quotes ${{…}} stands for itself",
                f"write `{token.value[:60]}`",
            )


_ENDS_LOOP = frozenset({"break", "return", "throw", "yield", "await"})


def _check_endless(project: Project, code: Code) -> None:
    """A loop that nothing ends: the page never gets ready."""
    script = code.script
    for index in script.names("while", "for"):
        close = script.closing(index + 1)
        head = [script.text(place) for place in range(index + 2, min(close, index + 6))]
        endless = head in (["true"], ["1"], [";", ";"], [";", "true", ";"])
        if not endless or script.text(close + 1) != "{":
            continue
        body = script.inside(close + 1)
        if script.closing(close + 1) not in {body.stop, len(script.tokens)}:
            continue
        if not any(script.text(place) in _ENDS_LOOP for place in body):
            project.add(
                "HF417",
                code.source,
                script.tokens[index].start,
                "the loop has no end, and the page never gets past it",
                "give it a condition, or a break",
            )


def _check_unread(project: Project, code: Code) -> None:
    """Variables that are taken off the function instead of what it gives."""
    script = code.script
    for index in script.names("getVariables"):
        place = index - 1
        while script.text(place) in {".", "?.", "window", "__hyperframes"}:
            place -= 1
        unpacked = script.text(place) == "=" and script.text(place - 1) == "}"
        if unpacked and script.text(index + 1) not in {"(", "?."}:
            project.add(
                "HF417",
                code.source,
                script.tokens[index].start,
                "getVariables is not called, and a function has none of these names",
                "write getVariables()",
            )
