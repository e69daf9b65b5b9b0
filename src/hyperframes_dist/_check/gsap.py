"""
Rules of GSAP's own words: eases, options, methods, plugins.

GSAP ignores what it does not know, or says so on a console nobody sees. A word is told
where it is one slip away from one that GSAP knows, or where GSAP cannot know it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import accumulate
from types import MappingProxyType

from .._model.near import nearest
from .declared import is_put_there
from .numbers import read_seconds
from .positions import Labels, check_position
from .project import Code, Project
from .styles import properties
from .tweens import GSAP, timelines, tweens
from .words import camel

_METHODS = (
    *("to", "from", "fromTo", "set", "add", "addLabel", "addPause", "call", "delay"),
    *("duration", "eventCallback", "getChildren", "getTweensOf", "getById", "invert"),
    *("isActive", "iteration", "kill", "killTweensOf", "nextLabel", "pause", "paused"),
    *("play", "previousLabel", "progress", "remove", "removePause", "render", "repeat"),
    *("repeatDelay", "restart", "resume", "reverse", "reversed", "revert", "seek"),
    *("shiftChildren", "startTime", "then", "time", "timeScale", "totalDuration"),
    *(
        "totalProgress",
        "totalTime",
        "tweenFromTo",
        "tweenTo",
        "yoyo",
        "clear",
        "recent",
    ),
    *("currentLabel", "endTime", "globalTime", "removeLabel", "staggerTo", "data"),
    *("staggerFrom", "staggerFromTo", "exportRoot", "labels", "vars", "parent"),
    *("invalidate", "getLabelsArray", "updateTo", "resetTo", "targets", "ratio"),
    *("sortChildren", "insert", "append", "appendMultiple", "scrollTrigger"),
    *("hasOwnProperty", "toString", "rawTime", "totalDuration", "addCallback"),
)
_OPTIONS = (
    *("duration", "delay", "ease", "repeat", "repeatDelay", "yoyo", "yoyoEase"),
    *("stagger", "paused", "onComplete", "onStart", "onUpdate", "onRepeat", "id"),
    *("onReverseComplete", "onInterrupt", "overwrite", "immediateRender", "data"),
    *("defaults", "keyframes", "startAt", "snap", "modifiers", "runBackwards"),
    *("repeatRefresh", "smoothChildTiming", "autoRemoveChildren", "callbackScope"),
    *("onCompleteParams", "onStartParams", "onUpdateParams", "reversed", "inherit"),
    *("lazy", "autoAlpha", "onUpdateScope", "transformOrigin", "easeEach", "attr"),
)
_MEANT_OPTIONS: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("d", "dur", "seconds", "secs", "time", "length"), "duration"),
        **dict.fromkeys(("easing", "timing", "easingFunction"), "ease"),
        **dict.fromkeys(("timingFunction", "animationTimingFunction"), "ease"),
        **dict.fromkeys(("loop", "loops", "iterations", "iterationCount"), "repeat"),
        **dict.fromkeys(("onEnd", "onFinish", "onDone", "complete"), "onComplete"),
        **dict.fromkeys(("alternate", "autoreverse", "autoReverse"), "yoyo"),
        **dict.fromkeys(("visible", "autoOpacity", "fade"), "autoAlpha"),
        "blur": "filter",
        **dict.fromkeys(("className", "class", "style"), "attr"),
    }
)
"""What other libraries call GSAP's options."""

_PLACES = frozenset({"at", "position", "start", "startTime", "begin", "when", "offset"})
_STAGGER = (
    *("each", "amount", "from", "grid", "axis", "ease", "repeat", "yoyo", "delay"),
    *("repeatDelay", "onComplete", "onStart", "onUpdate", "onRepeat", "repeatRefresh"),
    *("onCompleteParams", "onStartParams", "onUpdateParams", "callbackScope"),
)
_UTILS = (
    *("checkPrefix", "clamp", "distribute", "getUnit", "interpolate", "mapRange"),
    *("normalize", "pipe", "random", "selector", "shuffle", "snap", "splitColor"),
    *("toArray", "unitize", "wrap", "wrapYoyo"),
)
_PROPERTIES = (
    *("x", "y", "z", "xPercent", "yPercent", "rotation", "rotationX", "rotationY"),
    *("rotationZ", "rotate", "rotateX", "rotateY", "scale", "scaleX", "scaleY"),
    *("skewX", "skewY", "opacity", "alpha", "width", "height", "left", "top", "right"),
    *("bottom", "color", "background", "backgroundColor", "backgroundPosition"),
    *("borderRadius", "boxShadow", "clipPath", "filter", "fontSize", "letterSpacing"),
    *("lineHeight", "margin", "marginTop", "marginLeft", "padding", "perspective"),
    *("transform", "visibility", "display", "zIndex", "strokeDashoffset", "fill"),
    *("strokeDasharray", "stroke", "strokeWidth", "transformPerspective", "maxWidth"),
    *("maxHeight", "minWidth", "minHeight", "borderColor", "borderWidth", "textShadow"),
    *("innerText", "textContent", "innerHTML", "webkitTextStrokeWidth", "inset"),
    *("backgroundSize", "backdropFilter", "fontWeight", "outline", "scrollTop", "r"),
    *("cx", "cy", "svgOrigin", "force3D", "translateX", "translateY", "z", "rowGap"),
    *("columnGap", "gap", "flexGrow", "flexBasis", "border", "offsetDistance", "mask"),
    *("pointerEvents", "willChange", "textIndent", "wordSpacing", "clip", "cssText"),
    *("transformStyle", "backfaceVisibility", "scaleZ", "translateZ", "translate"),
)
_PLUGINS: Mapping[str, tuple[str, re.Pattern[str]]] = MappingProxyType(
    {
        "scrollTo": ("ScrollToPlugin", re.compile("ScrollTo", re.IGNORECASE)),
        "text": ("TextPlugin", re.compile("TextPlugin", re.IGNORECASE)),
        "motionPath": ("MotionPathPlugin", re.compile("MotionPath", re.IGNORECASE)),
        "drawSVG": ("DrawSVGPlugin", re.compile("DrawSVG", re.IGNORECASE)),
        "morphSVG": ("MorphSVGPlugin", re.compile("MorphSVG", re.IGNORECASE)),
        "scrollTrigger": ("ScrollTrigger", re.compile("ScrollTrigger", re.IGNORECASE)),
        "scrambleText": ("ScrambleTextPlugin", re.compile("ScrambleText", re.I)),
        "physics2D": ("Physics2DPlugin", re.compile("Physics2D", re.IGNORECASE)),
        "pixi": ("PixiPlugin", re.compile("PixiPlugin", re.IGNORECASE)),
    }
)
_MEANT_METHODS: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("animate", "tween", "tweenTo", "move"), "to"),
        **dict.fromkeys(("label", "marker", "addMarker"), "addLabel"),
        "stop": "pause",
    }
)
_STATIC = (
    *("to", "from", "fromTo", "set", "timeline", "registerPlugin", "registerEase"),
    *("registerEffect", "effects", "utils", "ticker", "globalTimeline", "defaults"),
    *("config", "killTweensOf", "getProperty", "getTweensOf", "getById", "quickTo"),
    *("quickSetter", "matchMedia", "matchMediaRefresh", "context", "delayedCall"),
    *(
        "updateRoot",
        "parseEase",
        "core",
        "plugins",
        "version",
        "isTweening",
        "exportRoot",
    ),
    *("addEventListener", "removeEventListener", "install", "globals", "ticks"),
)
_ALL = re.compile(r"gsap/(?:dist/)?all|gsap-bundle|gsap-trial|gsap\.all", re.IGNORECASE)
_FAMILIES = (
    *("power0", "power1", "power2", "power3", "power4", "linear", "quad", "cubic"),
    *("quart", "quint", "strong", "sine", "expo", "circ", "back", "elastic", "bounce"),
)
_EASES = frozenset(
    {
        *("none", "steps", "rough", "slow", "expoScale", "stepped", "SteppedEase"),
        *("Linear.easeNone", "linear.easeNone", "CustomEase", "custom"),
        *(
            form
            for family in _FAMILIES
            for name in (family, family.capitalize())
            for form in (
                name,
                *(f"{name}.{way}" for way in ("in", "out", "inOut")),
                *(f"{name}.{way}" for way in ("easeIn", "easeOut", "easeInOut")),
            )
        ),
    }
)
_CSS_EASES: Mapping[str, str] = MappingProxyType(
    {
        "ease": "power1.inOut",
        "ease-in": "power1.in",
        "ease-out": "power1.out",
        "ease-in-out": "power1.inOut",
        "easeIn": "power1.in",
        "easeOut": "power1.out",
        "easeInOut": "power1.inOut",
    }
)


def check_gsap(project: Project) -> None:
    """All rules of this module."""
    if not _is_used(project):
        return
    for code in project.codes:
        held = timelines(code)
        labels = Labels.of(code)
        for index in tweens(code):
            _check_tween(project, code, index, labels)
        for index in _timeline_options(code):
            _check_options(project, code, index, own=True)
            _check_nested(project, code, index)
        _check_methods(project, code, held)
        _check_statics(project, code)
        _check_made(project, code)
        _check_eases(project, code)


def _is_used(project: Project) -> bool:
    loaded = any(GSAP.search(address) for address in project.libraries)
    return loaded or any("gsap" in code.text for code in project.codes)


def _timeline_options(code: Code) -> Iterator[int]:
    script = code.script
    for index in script.names("timeline"):
        before = script.text(index - 2), script.text(index - 1)
        row = script.text(index + 1), script.text(index + 2)
        if before == ("gsap", ".") and row == ("(", "{"):
            yield index + 2


def _keys(code: Code, opened: int) -> Iterator[tuple[int, int]]:
    """The plain keys of the object that opens at a place, each with its value's place."""
    script = code.script
    for begin, end in script.arguments(opened):
        if script.text(begin + 1) == ":" and script.kind(begin) in {"name", "string"}:
            yield begin, begin + 2
        elif end - begin == 1 and script.kind(begin) == "name":
            yield begin, begin


def _word(code: Code, index: int) -> str:
    token = code.script.tokens[index]
    return token.value if token.kind == "string" else token.text


def _check_tween(project: Project, code: Code, index: int, labels: Labels) -> None:
    script, arguments = code.script, code.script.arguments(index)
    method = script.text(index - 1)
    if len(arguments) < 2:
        return
    begin = arguments[0][0]
    selects = script.kind(begin) in {"string", "template"} or script.text(begin) == "["
    objects = [run[0] for run in arguments[1:] if script.text(run[0]) == "{"]
    if not objects and not selects:
        return
    if method == "fromTo" and len(objects) == 2:
        _check_from(project, code, *objects)
    for opened in objects:
        _check_options(project, code, opened, own=False, selects=selects)
        _check_nested(project, code, opened)
        _check_parted(project, code, opened)
        _check_yoyo(project, code, opened)
    if method == "fromTo" and len(objects) == 1 and selects:
        values = arguments[2][0] if len(arguments) > 2 else None
        if values is None or script.kind(values) == "number":
            project.add(
                "HF413",
                code.source,
                script.tokens[index - 1].start,
                "fromTo is given one object of values, and takes two: from and to",
                "give both, or call to() or from()",
            )
            return
    count = 4 if method == "fromTo" else 3
    # GSAP takes its older form too, to(target, seconds, values).
    older = script.kind(arguments[1][0]) == "number"
    if len(arguments) == count and _owner(code, index) != "gsap" and not older:
        check_position(project, code, arguments[-1], labels)


def _owner(code: Code, index: int) -> str:
    """What a method is called on: the name before its dot."""
    return code.script.text(index - 3)


def _check_options(
    project: Project, code: Code, opened: int, *, own: bool, selects: bool = True
) -> None:
    """The keys of an object of options; *own* of a timeline's, where all are known."""
    script = code.script
    known = _OPTIONS if own or not selects else (*_OPTIONS, *_PROPERTIES)
    for key, value in _keys(code, opened):
        name = _word(code, key)
        start = script.tokens[key].start + (script.kind(key) == "string")
        if name in known or (not own and name in _css_names()):
            if name in {"duration", "delay"}:
                _check_seconds(project, code, name, value)
            number = script.kind(value) == "number"
            if selects and not own and name == "position" and number:
                _report_place(project, code, name, start)
            continue
        if not own and selects and name in _PLUGINS:
            _check_plugin(project, code, name, start)
            continue
        near = _meant_option(name, known) if selects else nearest(name, known)
        if own and name in {"pause", "loop", "autoplay", "autoPlay", "stopped"}:
            near = {"loop": "repeat"}.get(name, "paused")
        if not own and selects and name in _PLACES:
            _report_place(project, code, name, start)
            continue
        short = (len(name) < 4 and name not in _MEANT_OPTIONS) or name.startswith("--")
        if near is None or (short and not own) or near == name:
            continue
        project.add(
            "HF413",
            code.source,
            start,
            f"{name!r} is nothing GSAP knows; it is ignored",
            f"did you mean {near!r}?",
        )


def _meant_option(name: str, known: tuple[str, ...]) -> str | None:
    """The option somebody meant who wrote *name*; capitals are slips in short ones too."""
    return _MEANT_OPTIONS.get(name) or nearest(name, known)


def _report_place(project: Project, code: Code, name: str, start: int) -> None:
    project.add(
        "HF413",
        code.source,
        start,
        f"{name!r} is nothing GSAP knows; it is ignored",
        "give the place on the timeline behind the object: to(target, { … }, 2)",
    )


def _check_nested(project: Project, code: Code, opened: int) -> None:
    """Options that stand in one: defaults, keyframes, stagger."""
    script = code.script
    for name, value in _named_keys(code, opened):
        first = script.text(value)
        if name == "defaults" and first == "{":
            _check_options(project, code, value, own=False)
        elif name == "keyframes" and first == "[":
            for begin, _ in script.arguments(value):
                if script.text(begin) == "{":
                    _check_options(project, code, begin, own=False)
        elif name == "stagger" and first == "{":
            _check_stagger(project, code, value)


def _check_stagger(project: Project, code: Code, opened: int) -> None:
    for name, value in _named_keys(code, opened):
        start = code.script.tokens[value - 2].start
        if name in {"each", "amount", "delay"}:
            _check_seconds(project, code, name, value)
        near = None if name in _STAGGER else nearest(name, _STAGGER)
        if near is not None:
            project.add(
                "HF413",
                code.source,
                start,
                f"{name!r} is nothing a stagger knows; it is ignored",
                f"did you mean {near!r}?",
            )


def _check_from(project: Project, code: Code, opened: int, behind: int) -> None:
    """Options in the object a fromTo begins at, which only holds values."""
    known = dict(_named_keys(code, behind))
    for name, value in _named_keys(code, opened):
        if name in {"duration", "delay", "ease", "repeat"} and name not in known:
            project.add(
                "HF413",
                code.source,
                code.script.tokens[value - 2].start,
                f"{name} stands in the object fromTo begins at, and is not looked at there",
                "put it into the second object",
            )


def _check_parted(project: Project, code: Code, opened: int) -> None:
    """A key with a hyphen and no quotes, which is a difference and no key."""
    script = code.script
    for begin, end in script.arguments(opened):
        texts = [script.text(place) for place in range(begin, min(end, begin + 4))]
        if texts[1:2] != ["-"] or texts[3:] != [":"] or script.kind(begin) != "name":
            continue
        name = f"{texts[0]}-{texts[2]}"
        project.add(
            "HF406",
            code.source,
            script.tokens[begin].start,
            f"the script does not parse (SyntaxError): {name} is no name of a key",
            f"write {camel(name)}",
        )


def _check_yoyo(project: Project, code: Code, opened: int) -> None:
    """A way back that is never gone."""
    script, keys = code.script, dict(_named_keys(code, opened))
    if "yoyo" not in keys or "repeat" in keys or script.text(keys["yoyo"]) != "true":
        return
    spread = any(script.text(begin) == "..." for begin, _ in script.arguments(opened))
    if spread or "defaults" in code.text:
        return
    project.add(
        "HF413",
        code.source,
        script.tokens[keys["yoyo"] - 2].start,
        "yoyo goes back on a repeat, and there is none",
        "write repeat: 1 beside it",
    )


def _named_keys(code: Code, opened: int) -> Iterator[tuple[str, int]]:
    """The keys of an object by their names, each with its value's place."""
    for key, value in _keys(code, opened):
        yield _word(code, key), value


@cache
def _css_names() -> frozenset[str]:
    return frozenset(map(camel, properties()))


def _check_seconds(project: Project, code: Code, name: str, value: int) -> None:
    script = code.script
    if script.text(value) == "-" and script.kind(value + 1) == "number":
        if name == "duration" and script.text(value + 2) in {",", "}"}:
            digits = script.text(value + 1)
            what = f"duration is -{digits}, and no tween lasts less than nothing"
            start, hint = script.tokens[value].start, f"did you mean {digits}?"
            project.add("HF413", code.source, start, what, hint)
        return
    text = script.tokens[value].value if script.kind(value) == "string" else ""
    seconds = read_seconds(text)
    if seconds is not None:
        project.add(
            "HF413",
            code.source,
            script.tokens[value].start,
            f"{name} is {text!r}; GSAP counts seconds, as a plain number",
            f"write {name}: {seconds:g}",
        )


def _check_plugin(project: Project, code: Code, name: str, start: int) -> None:
    plugin, pattern = _PLUGINS[name]
    loaded = any(
        pattern.search(a) or _ALL.search(a) or not GSAP.search(a)
        for a in project.libraries
    )
    made = project.scripts_say(plugin, "registerPlugin")
    if not loaded and not made:
        project.add(
            "HF407",
            code.source,
            start,
            f"{name!r} is for GSAP's {plugin}, which no script loads; it is ignored",
            f"load gsap/dist/{plugin}.min.js after gsap.min.js, of the same version",
            severity="warning",
        )


def _check_methods(project: Project, code: Code, held: frozenset[str]) -> None:
    script = code.script
    for index, token in enumerate(script.tokens):
        called = token.kind == "name" and script.text(index + 1) == "("
        if called and token.text == "call" and script.text(index - 2) in held:
            _check_call(project, code, index)
        if not called or script.text(index - 1) != "." or token.text in _METHODS:
            continue
        if script.text(index - 2) not in held or script.text(index - 3) == ".":
            continue
        near = nearest(token.text, _METHODS)
        if near is None and _is_one_thing(project, code, script.text(index - 2)):
            near = _MEANT_METHODS.get(token.text, "")
        if near is not None and not is_put_there(project, token.text, held):
            project.add(
                "HF413",
                code.source,
                token.start,
                f"a timeline has no method {token.text!r}; the script stops there",
                f"did you mean {near!r}?" if near else "use to, from, fromTo or set",
                severity="error",
            )


def _is_one_thing(project: Project, code: Code, name: str) -> bool:
    """Whether *name*, of a timeline, means nothing else anywhere in a script."""
    if project.scripts_say("registerEffect", "prototype") or not project.afford(
        len(code.text) // 100
    ):
        return False
    word = re.escape(name)
    given = re.findall(rf"(?<![\w$.]){word}\s*=(?![=>])", code.text)
    handed = rf"(?<![\w$.]){word}\s*(?:=>|(?:,[^()]{{0,200}})?\)\s*(?:=>|\{{))"
    return len(given) == 1 and re.search(handed, code.text) is None


def _check_call(project: Project, code: Code, index: int) -> None:
    """A name in the place of the function that a timeline is to call."""
    if code.script.kind(index + 2) in {"string", "number"}:
        project.add(
            "HF413",
            code.source,
            code.script.tokens[index + 2].start,
            f"call is given {code.script.text(index + 2)}, which is no function",
            "give the function itself, without quotes",
        )


def _check_statics(project: Project, code: Code) -> None:
    """What is asked of GSAP itself, and no release of it has."""
    script = code.script
    for index in script.names("gsap"):
        name, owner = script.text(index + 2), script.text(index - 2)
        if script.text(index + 1) != "." or (
            script.text(index - 1) == "." and owner not in {"window", "globalThis"}
        ):
            continue
        if name == "utils" and script.text(index + 3) == ".":
            _check_utility(project, code, index + 4)
        near = None if name in _STATIC else nearest(name, _STATIC)
        if near and near != name:
            project.add(
                "HF413",
                code.source,
                script.tokens[index + 2].start,
                f"gsap has no {name!r}; the script stops there",
                f"did you mean {near!r}?",
                severity="error",
            )


def _check_utility(project: Project, code: Code, index: int) -> None:
    token = code.script.tokens[index]
    near = None if token.text in _UTILS else nearest(token.text, _UTILS)
    if near is not None:
        project.add(
            "HF413",
            code.source,
            token.start,
            f"gsap.utils has no {token.text!r}; the script stops there",
            f"did you mean {near!r}?",
            severity="error",
        )


def _check_made(project: Project, code: Code) -> None:
    """What a timeline is made by: one object of options, or nothing."""
    script = code.script
    for index in script.names("timeline"):
        if script.text(index - 1) != "." or script.text(index - 2) != "gsap":
            continue
        first = index + 2
        if script.text(index + 1) != "(":
            if script.text(index - 3) == "=" and script.text(index + 1) in {";", ""}:
                _report_made(project, code, index, "gsap.timeline is not called")
            continue
        given, kind = script.text(first), script.kind(first)
        alone = script.text(first + 1) in {")", ","}
        plain = kind in {"string", "number", "template"} or given in {"true", "false"}
        if (plain and alone) or given == "[" or script.text(first + 1) == "=":
            shown = "a list" if given == "[" else given
            what = f"gsap.timeline is given {shown}, and takes an object of options"
            _report_made(project, code, first, what)


def _report_made(project: Project, code: Code, index: int, what: str) -> None:
    start = code.script.tokens[index].start
    hint = "write gsap.timeline({ paused: true })"
    project.add("HF413", code.source, start, what, hint)


def _check_eases(project: Project, code: Code) -> None:
    script = code.script
    if project.scripts_say("registerEase", "CustomEase"):
        return
    options = _within(code)
    for index in script.names("ease"):
        token = script.tokens[index + 2] if script.kind(index + 2) == "string" else None
        if script.text(index + 1) != ":" or not options[index]:
            continue
        if token is None:
            _check_no_ease(project, code, index + 2)
            continue
        name = token.value.split("(")[0].strip()
        if name in _EASES and token.value.count("(") == token.value.count(")"):
            continue
        near = _CSS_EASES.get(name) or _nearest_ease(name)
        hint = (
            f"did you mean {near!r}?" if near else "use one of GSAP's, as 'power2.out'"
        )
        if name == "cubic-bezier":
            hint = "use CustomEase, or one of GSAP's, as 'power2.out'"
        project.add(
            "HF412",
            code.source,
            token.start,
            f"{token.value!r} is no ease GSAP knows; its default is taken",
            hint,
        )


def _check_no_ease(project: Project, code: Code, place: int) -> None:
    """A number, a truth or a list in the place of an ease."""
    script = code.script
    text, kind = script.text(place), script.kind(place)
    if kind == "number" or text in {"true", "false", "["}:
        project.add(
            "HF412",
            code.source,
            script.tokens[place].start,
            f"ease is {'a list' if text == '[' else text}, and is a name or a function",
            "use one of GSAP's, as 'power2.out'",
        )


def _within(code: Code) -> list[bool]:
    """Of each token, whether it stands in what GSAP is given."""
    script = code.script
    edges = [0] * (len(script.tokens) + 2)
    for opened in (*tweens(code), *(i - 1 for i in _timeline_options(code))):
        edges[opened + 1] += 1
        edges[script.closing(opened)] -= 1
    return [depth > 0 for depth in accumulate(edges)]


def _nearest_ease(name: str) -> str | None:
    """The ease somebody meant who wrote *name*."""
    flat = name.replace("-", ".").replace("_", ".")
    family, dot, way = flat.partition(".")
    families, ways = (*_FAMILIES, "none", "steps"), ("in", "out", "inOut")
    meant = family.lower() if family.lower() in families else nearest(family, families)
    if meant is None:
        return nearest(name, sorted(_EASES))
    if not dot:
        return meant
    folded = {"easein": "in", "easeout": "out", "easeinout": "inOut", "inout": "inOut"}
    wanted = folded.get(way.lower()) or (way if way in ways else None)
    wanted = wanted or next(
        (w for w in ways if way.lower().startswith(w.lower())), "out"
    )
    return f"{meant}.{'inOut' if way.lower().startswith('ino') else wanted}"
