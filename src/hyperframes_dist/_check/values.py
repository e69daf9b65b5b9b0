"""
Values of CSS that Chrome drops: units that are none, numbers without one, words and functions
that are misspelt.

A value is only told where it is certain to be dropped. The lists of words are of
``data/css.json``, written by Chrome.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from .._model.near import nearest

_NUMBER = r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?"
_MEASURE = re.compile(
    rf"(?<![\w#.%-])({_NUMBER})([a-zA-Z]+|&)(?![\w(-])", re.IGNORECASE
)
_PARTED = re.compile(
    rf"(?<![\w#.-])({_NUMBER})\s+(px|em|rem|vh|vw|s|ms|deg|%)(?![\w-])"
)
UNITS = (
    *("px", "em", "rem", "ex", "ch", "cap", "ic", "lh", "rlh", "vw", "vh", "vi", "vb"),
    *("vmin", "vmax", "svw", "svh", "lvw", "lvh", "dvw", "dvh", "svmin", "svmax"),
    *("lvmin", "lvmax", "dvmin", "dvmax", "cm", "mm", "q", "in", "pt", "pc", "deg"),
    *("grad", "rad", "turn", "s", "ms", "hz", "khz", "dpi", "dpcm", "dppx", "x", "fr"),
    *("cqw", "cqh", "cqi", "cqb", "cqmin", "cqmax", "rex", "rch", "ric", "rcap", "n"),
    *("svi", "svb", "lvi", "lvb", "dvi", "dvb"),
)
"""Units of CSS."""

_MEANT_UNITS = {
    **dict.fromkeys(("pixel", "pixels", "pxs", "p", "xp", "pxx", "ppx"), "px"),
    **dict.fromkeys(("sec", "secs", "second", "seconds", "sek"), "s"),
    **dict.fromkeys(("msec", "msecs", "millis", "milliseconds"), "ms"),
    **dict.fromkeys(("degree", "degrees", "degs", "d"), "deg"),
    **dict.fromkeys(("percent", "pct"), "%"),
    "&": "%",
}
_HEX = re.compile(r"(?<![\w(])#([\w]+)")
_FUNCTION = re.compile(r"(?<![\w-])(-?[a-z][\w-]*)\(([^()]*)\)", re.IGNORECASE)
_FUNCTIONS = (
    *("rotate", "rotateX", "rotateY", "rotateZ", "rotate3d", "translate", "scale"),
    *("translateX", "translateY", "translateZ", "translate3d", "scaleX", "scaleY"),
    *("scaleZ", "scale3d", "skew", "skewX", "skewY", "matrix", "matrix3d"),
    *("perspective", "blur", "brightness", "contrast", "drop-shadow", "grayscale"),
    *("hue-rotate", "invert", "opacity", "saturate", "sepia", "circle", "ellipse"),
    *("inset", "polygon", "path", "rect", "xywh", "shape", "rgb", "rgba", "hsl"),
    *("hsla", "hwb", "lab", "lch", "oklab", "oklch", "color", "color-mix", "calc"),
    *("min", "max", "clamp", "var", "env", "attr", "url", "linear-gradient", "steps"),
    *("radial-gradient", "conic-gradient", "repeating-linear-gradient", "linear"),
    *("repeating-radial-gradient", "repeating-conic-gradient", "cubic-bezier"),
    *("repeat", "minmax", "fit-content", "counter", "counters", "image-set", "ray"),
    *("-webkit-image-set", "cross-fade", "element", "light-dark", "round", "mod"),
    *("rem", "sin", "cos", "tan", "asin", "acos", "atan", "atan2", "pow", "sqrt"),
    *("hypot", "log", "exp", "abs", "sign", "-webkit-gradient", "symbols", "paint"),
    *("format", "local", "tech", "scroll", "view", "anchor", "anchor-size", "leader"),
    *("calc-size", "if", "sibling-index", "sibling-count", "contrast-color", "random"),
    *("device-cmyk", "palette-mix", "type", "image", "stylistic", "swash", "styleset"),
    *("character-variant", "ornaments", "annotation", "-webkit-cross-fade", "progress"),
    *("superellipse", "dynamic-range-limit-mix", "alpha", "translate", "relative"),
    *(
        "selector",
        "supports",
        "layer",
        "style",
        "not",
        "is",
        "where",
        "has",
        "nth-child",
    ),
)
_KNOWN_FUNCTIONS = frozenset(name.lower() for name in _FUNCTIONS)
_ANGLES = frozenset(
    {"rotate", "rotatex", "rotatey", "rotatez", "skew", "skewx", "skewy"}
)
_ANGLES |= {"hue-rotate"}
_DISTANCES = frozenset(
    {"translate", "translatex", "translatey", "translatez", "translate3d", "blur"}
)
_LISTS_OF_LENGTHS = frozenset(
    {
        *("margin", "padding", "inset", "border-radius", "gap", "box-shadow", "border"),
        *("text-shadow", "outline", "border-width", "background-position", "translate"),
        *("border-top", "border-left", "border-right", "border-bottom", "perspective"),
        *("background-size", "transform-origin", "border-spacing", "scroll-margin"),
        *(
            "grid-template-columns",
            "grid-template-rows",
            "margin-inline",
            "inset-block",
        ),
        *("margin-block", "padding-inline", "padding-block", "inset-inline"),
    }
)
_PURE = frozenset(
    {
        *("display", "position", "text-align", "flex-direction", "flex-wrap", "float"),
        *("visibility", "white-space", "text-transform", "font-style", "object-fit"),
        *("mix-blend-mode", "box-sizing", "justify-content", "align-items", "clear"),
        *("background-repeat", "background-clip", "border-style", "border-collapse"),
        *("pointer-events", "overflow-x", "overflow-y", "table-layout", "direction"),
        *("transform-style", "backface-visibility", "animation-direction", "resize"),
        *("animation-fill-mode", "animation-play-state", "writing-mode", "isolation"),
        *(
            "vertical-align",
            "align-content",
            "align-self",
            "justify-items",
            "isolation",
        ),
    }
)
_MORE_WORDS = {
    "display": (
        *("flow", "ruby", "inline-table", "table-caption", "table-column", "math"),
        *("table-column-group", "table-footer-group", "table-header-group", "inline"),
        *("table-row-group", "-webkit-box", "-webkit-flex", "-webkit-inline-box"),
        *("-webkit-inline-flex", "grid-lanes", "inline-grid-lanes", "ruby-text"),
    ),
    "position": ("-webkit-sticky",),
    "text-align": ("match-parent", "-webkit-center", "-webkit-left", "-webkit-right"),
    "vertical-align": ("sub", "super", "text-top", "text-bottom"),
    "white-space": ("break-spaces", "pre-line", "pre-wrap", "pre", "nowrap", "normal"),
    "justify-content": ("baseline",),
    "align-items": ("self-start", "self-end", "anchor-center", "baseline", "normal"),
    "align-self": ("self-start", "self-end", "anchor-center", "baseline", "normal"),
    "justify-items": ("self-start", "self-end", "legacy", "baseline", "anchor-center"),
    "writing-mode": ("lr", "lr-tb", "rl", "tb", "tb-rl", "sideways-rl", "sideways-lr"),
    "background-clip": ("text", "border-area", "border", "padding", "content"),
    "visibility": ("collapse",),
    "mix-blend-mode": ("plus-lighter",),
    "box-sizing": ("padding-box",),
    "pointer-events": ("all", "fill", "stroke", "painted", "visible", "bounding-box"),
    "overflow-x": ("overlay", "-webkit-paged-x"),
    "overflow-y": ("overlay", "-webkit-paged-y"),
    "float": ("inline-start", "inline-end"),
    "clear": ("inline-start", "inline-end"),
    "text-transform": ("full-width", "full-size-kana", "math-auto"),
    "resize": ("block", "inline"),
}
_MEANT_WORDS = {
    ("justify-content", "middle"): "center",
    ("align-items", "middle"): "center",
    ("text-align", "middle"): "center",
    ("vertical-align", "center"): "middle",
    ("display", "visible"): "block",
    ("display", "hidden"): "none",
    ("visibility", "none"): "hidden",
    ("position", "center"): "absolute",
}
_TIMED = frozenset(
    {
        *("animation", "animation-duration", "animation-delay", "transition"),
        *("transition-duration", "transition-delay"),
    }
)
_BARE_NUMBERS = frozenset(
    {
        "z-index",
        "order",
        "flex-grow",
        "flex-shrink",
        "opacity",
        "font-weight",
        "orphans",
    }
)
_STYLES = (
    *("solid", "dashed", "dotted", "double", "groove", "ridge", "inset", "outset"),
    "hidden",
)
# What they hold may be a name somebody has chosen, such as Press Start 2P.
_OWN_NAMES = frozenset(
    {
        *("unicode-range", "grid-area", "font-variation-settings", "font-family"),
        *("font", "grid-row", "grid-column", "will-change", "counter-reset"),
    }
)
_BORDERS = frozenset(
    {
        *("border", "border-top", "border-right", "border-bottom", "border-left"),
        *(
            "outline",
            "column-rule",
            "border-inline",
            "border-block",
            "border-inline-start",
        ),
    }
)
_FONT_WORDS = frozenset(
    {"caption", "icon", "menu", "message-box", "small-caption", "status-bar"}
)
_SIZES = frozenset(
    {"xx-small", "x-small", "small", "medium", "large", "x-large", "xx-large"}
)
_SIZES |= {"smaller", "larger", "xxx-large", "math"}
_BARE = re.compile(rf"(?<![\w#.%(-])({_NUMBER})(?![\w.%(])")


def faults(
    name: str, value: str, words: list[str], colors: list[str]
) -> Iterator[tuple[int, str, str]]:
    """
    What is wrong with *value* of the property *name*: its place in it, a message, a hint.

    Strings and addresses in *value* are blanked already. *words* and *colors* are those
    Chrome takes there.
    """
    for rule in (
        _importance,
        _doubled,
        _variables,
        _parted,
        _units,
        _hexes,
        _functions,
        _gradients,
        _colors,
        _commas,
        _sums,
        _seconds,
        _lengths,
        _plain,
        _ratio,
        _content,
        _moves,
        _font,
    ):
        found = next(rule(name, value), None)
        if found is not None:
            yield found
            return
    if found := _word(name, value, words, colors):
        yield found


def _importance(_: str, value: str) -> Iterator[tuple[int, str, str]]:
    match = re.search(r"!\s*([\w-]+)", value)
    if match and match[1].lower() not in {"important", "default"}:
        yield match.start(), f"{match[0]!r} is not !important", "write !important"


def _doubled(name: str, value: str) -> Iterator[tuple[int, str, str]]:
    if match := re.match(r"[:=]+\s*", value):
        rest = value[match.end() :]
        yield (
            0,
            f"{name} is followed by {match[0].strip()!r} too much",
            f"write {name}: {rest}",
        )


def _variables(name: str, value: str) -> Iterator[tuple[int, str, str]]:
    for match in re.finditer(r"\bvar\(\s*(?!\s|--)([\w-]*)", value):
        what = f"{name} is {value!r}: a custom property begins with two hyphens"
        yield match.start(1), what, f"write var(--{match[1].lstrip('-')})"


_SIDES = ("top", "right", "bottom", "left", "center")


def _gradients(name: str, value: str) -> Iterator[tuple[int, str, str]]:
    for match in re.finditer(r"linear-gradient\(\s*+([^,()]*),", value):
        first = match[1].strip()
        if _is_bare(first):
            what = f"{name} is {value!r}: the angle has no unit"
            yield match.start(1), what, f"did you mean {first}deg?"
        side = first.removeprefix("to ").split()
        if not first.startswith("to "):
            if first in _SIDES[:4]:
                what = f"{name} is {value!r}: a direction begins with to"
                yield match.start(1), what, f"write to {first}"
            continue
        for word in side:
            if word not in _SIDES[:4]:
                near = nearest(word, _SIDES[:4])
                what = f"{name} is {value!r}: {word!r} is no side"
                hint = (
                    f"did you mean {near!r}?" if near else "top, right, bottom or left"
                )
                yield match.start(1) + match[1].index(word), what, hint


def _colors(name: str, value: str) -> Iterator[tuple[int, str, str]]:
    for match in re.finditer(r"\b(rgba?|hsla?)\(([^()]*)\)", value, re.IGNORECASE):
        if "var" in match[2] or "from" in match[2] or "_" in match[2]:
            continue
        parts = [part for part in re.split(r"[\s,/]+", match[2].strip()) if part]
        if len(parts) not in {3, 4}:
            what = f"{name} is {value!r}: {match[1]}() takes three numbers, or four"
            yield match.start(), what, "write as in rgba(255, 0, 0, 0.5)"
        elif match[1][0] in "hH" and "," in match[2] and any(map(_is_bare, parts[1:3])):
            what = (
                f"{name} is {value!r}: saturation and lightness take a % between commas"
            )
            shares = ", ".join(p if p.endswith("%") else f"{p}%" for p in parts[1:3])
            yield match.start(2), what, f"write {match[1]}({parts[0]}, {shares})"
    number = re.search(r"(?<![\w#.-])0[xX]([0-9a-fA-F]{3,8})\b", value)
    if number is not None:
        what = f"{name} is {value!r}: {number[0]} is a number of JavaScript"
        yield number.start(), what, f"write #{number[1]}"


_NO_COMMAS = frozenset(
    {
        *("margin", "padding", "border-radius", "inset", "gap", "border", "outline"),
        *("border-top", "border-right", "border-bottom", "border-left", "flex"),
        *("transform", "translate", "scale", "border-width", "grid-template-columns"),
        *(
            "grid-template-rows",
            "text-align",
            "display",
            "font-size",
            "object-position",
        ),
        *("transform-origin", "filter", "backdrop-filter", "aspect-ratio", "width"),
        *(
            "height",
            "top",
            "left",
            "right",
            "bottom",
            "line-height",
            "opacity",
            "rotate",
        ),
    }
)


def _commas(name: str, value: str) -> Iterator[tuple[int, str, str]]:
    if name not in _NO_COMMAS:
        return
    plain = value
    for _ in range(4):
        plain = re.sub(r"\([^()]*\)", lambda match: "_" * len(match[0]), plain)
    if (place := plain.find(",")) > 0 and "(" not in plain:
        what = f"{name} is {value!r}: its parts are not parted by commas"
        yield place, what, "put blanks in the place of the commas"


def _parted(name: str, value: str) -> Iterator[tuple[int, str, str]]:
    if match := _PARTED.search(value):
        what = f"{name} is {value!r}: a number and its unit are parted"
        yield match.start(), what, f"write {match[1]}{match[2]}"


def _units(name: str, value: str) -> Iterator[tuple[int, str, str]]:
    if name in _OWN_NAMES:
        return
    for match in _MEASURE.finditer(value):
        unit = match[2].lower()
        if unit in UNITS or unit == "e":
            continue
        near = _MEANT_UNITS.get(unit) or nearest(unit, UNITS)
        what = f"{name} is {value!r}: {match[2]!r} is no unit"
        yield match.start(), what, f"did you mean {match[1]}{near or 'px'}?"


def _hexes(name: str, value: str) -> Iterator[tuple[int, str, str]]:
    for match in _HEX.finditer(value):
        digits = match[1]
        if _is_hex(digits) and len(digits) in {3, 4, 6, 8}:
            continue
        why = "has no length of a colour's" if _is_hex(digits) else "is no hexadecimal"
        hint = "write #rgb, #rrggbb or #rrggbbaa"
        yield match.start(), f"{name} is {value!r}: {match[0]!r} {why}", hint


def _is_hex(digits: str) -> bool:
    return re.fullmatch(r"[0-9a-fA-F]+", digits) is not None


def _functions(name: str, value: str) -> Iterator[tuple[int, str, str]]:
    for match in _FUNCTION.finditer(value):
        word, inner = match[1].lower(), match[2]
        if word not in _KNOWN_FUNCTIONS and not word.startswith("-"):
            near = nearest(match[1], _FUNCTIONS)
            if near:
                what = f"{name} is {value!r}: {match[1]}() is no function of CSS"
                yield match.start(), what, f"did you mean {near}()?"
            continue
        bare = [n for n in re.split(r"[\s,]+", inner.strip()) if _is_bare(n)]
        if not bare or word not in _ANGLES | _DISTANCES:
            continue
        unit = "deg" if word in _ANGLES else "px"
        what = f"{name} is {value!r}: {match[1]}() takes a unit"
        yield match.start(2), what, f"did you mean {bare[0]}{unit}?"


def _is_bare(text: str) -> bool:
    return re.fullmatch(_NUMBER, text) is not None and float(text) != 0


def _sums(name: str, value: str) -> Iterator[tuple[int, str, str]]:
    for match in re.finditer(r"calc\(((?:[^()]|\([^()]*\))*)\)", value):
        if found := re.search(
            r"[\w%)]([+-])[\d.(]|[\w%)]\s[+-][\d.(]|[\w%)][+-]\s", match[1]
        ):
            if re.search(r"\de[+-]\d", match[1]):
                continue
            place = match.start(1) + found.start() + 1
            what = f"{name} is {value!r}: in calc() a + or - stands between blanks"
            yield place, what, "write a blank on both sides of it"


def _seconds(name: str, value: str) -> Iterator[tuple[int, str, str]]:
    if name not in _TIMED:
        return
    start = 0
    plain = re.sub(
        r"(?<![\w-])[\w-]+\([^()]*\)", lambda match: "_" * len(match[0]), value
    )
    for layer in plain.split(","):
        place, start = start, start + len(layer) + 1
        if "(" in layer or ")" in layer:
            continue
        timed = re.search(r"\d(?:s|ms)\b", layer, re.IGNORECASE)
        bare = next((m for m in _BARE.finditer(layer) if float(m[1])), None)
        wanted = name != "animation" or not timed
        if bare and wanted:
            what = f"{name} is {value!r}: {bare[1]} is a time without a unit"
            yield place + bare.start(), what, f"did you mean {bare[1]}s?"


def _lengths(name: str, value: str) -> Iterator[tuple[int, str, str]]:
    if name not in _LISTS_OF_LENGTHS or "(" in value or "/" in value:
        return
    for match in _BARE.finditer(value):
        if float(match[1]):
            what = f"{name} is {value!r}: {match[1]} is a length without a unit"
            yield match.start(), what, f"did you mean {match[1]}px?"


def _plain(name: str, value: str) -> Iterator[tuple[int, str, str]]:
    match = re.fullmatch(rf"({_NUMBER})([a-z]+|%)?", value.strip(), re.IGNORECASE)
    if match is None or name not in _BARE_NUMBERS:
        return
    if match[2] and not (name == "opacity" and match[2] == "%"):
        yield 0, f"{name} is {value!r}, and takes a plain number", f"write {match[1]}"
    elif name == "opacity" and not match[2] and not 0 <= float(match[1]) <= 1:
        meant = f"{float(match[1]) / 100:g}" if 1 < float(match[1]) <= 100 else "1"
        yield 0, f"opacity is {value}, and goes from 0 to 1", f"did you mean {meant}?"


_CONTENT_WORDS = frozenset(
    {
        *("none", "normal", "open-quote", "close-quote", "no-open-quote", "inherit"),
        *("no-close-quote", "initial", "unset", "revert", "revert-layer"),
    }
)


def _content(name: str, value: str) -> Iterator[tuple[int, str, str]]:
    text = value.strip()
    bare = re.fullmatch(r"[A-Za-z][\w \-]*", text)
    if name == "content" and bare and text.lower() not in _CONTENT_WORDS:
        yield 0, f"content is {text!r}, which stands in no quotes", f'write "{text}"'


_FILLS = (
    *("forwards", "backwards", "both", "alternate", "reverse", "infinite", "running"),
    *("paused", "linear", "ease-in", "ease-out", "ease-in-out", "normal"),
)


def _moves(name: str, value: str) -> Iterator[tuple[int, str, str]]:
    """Words of an animation that are none, beside its own name."""
    if name != "animation" or "var(" in value:
        return
    for layer in re.finditer(r"[^,()]+(?:\([^)]*\))?[^,()]*", value):
        words = list(re.finditer(r"(?<![\w.(-])[A-Za-z][\w-]*(?![\w(.-])", layer[0]))
        strange = [w for w in words if w[0].lower() not in (*_FILLS, "ease", "none")]
        slips = [w for w in strange if _meant_move(w[0])]
        if len(strange) < 2 or not slips:
            continue
        word = slips[-1][0]
        near = _meant_move(word)
        what = f"animation is {value!r}: {word!r} is no word of it"
        yield layer.start() + slips[-1].start(), what, f"did you mean {near!r}?"


def _meant_move(word: str) -> str | None:
    plain = word.lower().removesuffix("s")
    return nearest(plain, [w.removesuffix("s") for w in _FILLS]) and nearest(
        f"{plain}s" if "ward" in plain else plain, _FILLS
    )


def _ratio(name: str, value: str) -> Iterator[tuple[int, str, str]]:
    match = re.fullmatch(r"\s*(\d+)\s*[:x]\s*(\d+)\s*", value)
    if match and name == "aspect-ratio":
        hint = f"write {match[1]} / {match[2]}"
        yield 0, f"aspect-ratio is {value!r}, which is no ratio of CSS", hint


def _font(name: str, value: str) -> Iterator[tuple[int, str, str]]:
    text = value.lower()
    if name != "font" or "(" in text or text.strip() in _FONT_WORDS or not text.strip():
        return
    head = text.split(",")[0].split()
    sized = any(re.match(rf"{_NUMBER}(?:[a-z]+|%)", word) for word in head)
    if len(head) > 1 and not sized and not set(head) & _SIZES:
        yield 0, f"font is {value!r}, and names no size", "write as in bold 20px Inter"


def _word(
    name: str, value: str, words: list[str], colors: list[str]
) -> tuple[int, str, str] | None:
    text = value.strip().lower()
    if name in _PURE and re.fullmatch(r"[a-z][a-z-]*", text):
        known = {*words, *_MORE_WORDS.get(name, ()), "inherit", "initial", "unset"}
        known |= {"revert", "revert-layer", "none", "auto"}
        strange = text not in known or (name, text) in _MEANT_WORDS
        if strange and text not in words and not text.startswith("-"):
            meant = _MEANT_WORDS.get((name, text)) or nearest(text, sorted(known))
            hint = f"did you mean {meant!r}?" if meant else _some(words)
            return 0, f"{name} is {text!r}, which it cannot be", hint
    if name in _BORDERS and "(" not in text:
        for match in re.finditer(r"(?<![\w#-])[a-z][a-z-]+", text):
            if match[0] in {*words, *colors, *_STYLES}:
                continue
            if near := nearest(match[0], [*_STYLES, *colors]):
                what = f"{name} is {value!r}: {match[0]!r} is no style and no colour"
                return match.start(), what, f"did you mean {near!r}?"
    return None


def _some(words: list[str]) -> str:
    return f"use one of {', '.join(words[:6])}" if words else "mend the value"
