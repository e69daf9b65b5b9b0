"""
The words of the format and of HTML, to tell a slip from somebody's own word.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

FORMAT = (
    *("data-composition-id", "data-composition-src", "data-composition-duration"),
    *(
        "data-composition-variables",
        "data-variable-values",
        "data-width",
        "data-height",
    ),
    *("data-duration", "data-start", "data-end", "data-fps", "data-root"),
    *(
        "data-no-timeline",
        "data-track-index",
        "data-media-start",
        "data-playback-start",
    ),
    *("data-playback-rate", "data-has-audio", "data-volume", "data-automation"),
    *("data-fx-chain", "data-audio-group", "data-color-grading", "data-hidden"),
    *("data-var-src", "data-var-text", "data-requires-webgpu", "data-timeline-locked"),
    *("data-motion-blur", "data-motion-blur-angle", "data-motion-blur-phase"),
    *("data-motion-blur-samples", "data-motion-blur-shutter", "data-shutter-angle"),
    *("data-motion-blur-shutter-angle", "data-motion-blur-shutter-phase"),
    *("data-shutter-phase", "data-fade-in", "data-fade-out", "data-layer", "data-loop"),
)
"""Attributes the format gives a meaning."""

_MEANINGS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "data-start": (
            *("data-begin", "data-from", "data-start-time", "data-in", "data-at"),
            *("data-start-at", "start", "data-start-seconds", "data-begin-at"),
        ),
        "data-duration": (
            *("data-length", "data-dur", "data-time", "data-seconds", "data-until"),
            *("data-duration-ms", "data-to", "data-out", "data-stop"),
        ),
        "data-track-index": (
            *("data-track", "data-layer-index", "data-track-id", "data-lane"),
            *("data-track-number", "data-track-no", "data-tracks", "data-trackid"),
            *(
                "data-z",
                "data-zindex",
                "data-z-index",
                "data-channel",
                "data-track-name",
            ),
        ),
        "data-width": ("data-w", "width"),
        "data-height": ("data-h", "height"),
        "data-fps": ("data-framerate", "data-frame-rate", "data-frames-per-second"),
        "data-volume": (
            *("data-vol", "data-gain", "data-loudness", "volume", "data-audio-volume"),
            *(
                "data-gain-db",
                "data-volume-db",
                "data-sound",
                "data-loud",
                "data-level",
            ),
            "data-volume-percent",
        ),
        "data-playback-rate": (
            *("data-speed", "data-rate", "data-playback-speed", "playbackrate"),
            *("data-playback", "playback-rate", "data-play-rate"),
        ),
        "data-media-start": (
            *("data-media-offset", "data-trim-start", "data-trim", "data-offset"),
            *("data-seek", "data-trim-in", "data-source-start", "data-src-start"),
            *("data-in-point", "data-clip-from", "data-start-from", "data-startfrom"),
            *(
                "data-cut",
                "data-skip",
                "data-media-begin",
                "data-begin-at",
                "data-from",
            ),
            *("data-current-time", "currenttime", "data-video-start", "data-trim-from"),
            *("data-audio-start", "data-source-offset", "data-clip-start", "data-in"),
        ),
        "data-fade-in": ("data-fade", "data-fade-duration", "data-fade-in-out"),
        "muted": ("data-muted", "data-mute", "mute", "data-silent"),
        "loop": ("data-repeat", "data-looped", "data-loops", "data-loop"),
        "data-composition-id": (
            *("data-comp-id", "data-composition", "data-composition-name"),
            "id-composition",
        ),
        "data-composition-src": (
            *("data-composition-source", "data-composition-file", "data-src", "src"),
            *("data-composition-path", "data-composition-href"),
        ),
        "data-variable-values": ("data-values", "data-props", "data-variables"),
        "data-composition-variables": ("data-composition-vars", "data-variables"),
    }
)
"""Attributes of the format, and what other tools call the same."""

MEANT_INSTEAD: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        word: tuple(name for name, words in _MEANINGS.items() if word in words)
        for words in _MEANINGS.values()
        for word in words
    }
)
"""What other tools call an attribute, and which it may be here."""

ATTRIBUTES = frozenset(
    {
        *("abbr", "accept", "accesskey", "action", "allow", "allowfullscreen"),
        *("alpha", "alt", "as", "async", "autocapitalize", "autocomplete"),
        *("autofocus", "autoplay", "blocking", "border", "charset", "checked"),
        *("cite", "class", "color", "cols", "colspan", "content", "contenteditable"),
        *("controls", "coords", "crossorigin", "data", "datetime", "decoding"),
        *("default", "defer", "dir", "dirname", "disabled", "download", "draggable"),
        *("enctype", "enterkeyhint", "exportparts", "fetchpriority", "for", "form"),
        *("formaction", "formmethod", "headers", "height", "hidden", "high", "href"),
        *("hreflang", "id", "imagesizes", "imagesrcset", "inert", "inputmode"),
        *("integrity", "is", "ismap", "itemid", "itemprop", "itemref", "itemscope"),
        *("itemtype", "kind", "label", "lang", "language", "list", "loading", "loop"),
        *("low", "max", "maxlength", "media", "method", "min", "minlength"),
        *("multiple", "muted", "name", "nomodule", "nonce", "novalidate", "open"),
        *("optimum", "part", "pattern", "ping", "placeholder", "playsinline"),
        *("popover", "popovertarget", "poster", "preload", "property", "readonly"),
        *("referrerpolicy", "rel", "required", "reversed", "role", "rows", "rowspan"),
        *("sandbox", "scope", "selected", "shape", "size", "sizes", "slot", "span"),
        *("spellcheck", "src", "srcdoc", "srclang", "srcset", "start", "step"),
        *("style", "summary", "tabindex", "target", "title", "translate", "type"),
        *("usemap", "value", "width", "wrap", "align", "valign", "bgcolor"),
        *("background", "cellpadding", "cellspacing", "frameborder", "marginheight"),
        *("marginwidth", "scrolling", "text", "link", "vlink", "noshade", "face"),
        *("hspace", "vspace", "scheme", "rules", "version", "xmlns", "direction"),
        *("behavior", "scrollamount", "scrolldelay", "truespeed", "bordercolor"),
        *("nowrap", "axis", "char", "charoff", "codebase", "codetype", "declare"),
        *("standby", "archive", "classid", "compact", "clear", "profile", "longdesc"),
        *("lowsrc", "http-equiv", "accept-charset"),
    }
)
"""Attributes of HTML."""

MEANT = (
    *("src", "href", "class", "style", "width", "height", "srcset", "poster", "muted"),
    *("loop", "type", "alt", "preload", "autoplay", "controls", "charset", "content"),
    *("playsinline", "loading", "crossorigin", "defer", "async", "name"),
)
"""Those of them whose slips change a picture."""

TAGS = frozenset(
    {
        *("a", "abbr", "acronym", "address", "area", "article", "aside", "audio"),
        *("b", "base", "bdi", "bdo", "big", "blockquote", "body", "br", "button"),
        *("canvas", "caption", "center", "cite", "code", "col", "colgroup", "data"),
        *("datalist", "dd", "del", "details", "dfn", "dialog", "dir", "div", "dl"),
        *("dt", "em", "embed", "fencedframe", "fieldset", "figcaption", "figure"),
        *("font", "footer", "form", "frame", "frameset", "h1", "h2", "h3", "h4"),
        *("h5", "h6", "head", "header", "hgroup", "hr", "html", "i", "iframe"),
        *("image", "img", "input", "ins", "kbd", "label", "legend", "li", "link"),
        *("main", "map", "mark", "marquee", "menu", "meta", "meter", "nav", "nobr"),
        *("noembed", "noframes", "noscript", "object", "ol", "optgroup", "option"),
        *("output", "p", "param", "picture", "plaintext", "portal", "pre"),
        *("progress", "q", "rb", "rp", "rt", "rtc", "ruby", "s", "samp", "script"),
        *("search", "section", "select", "selectedcontent", "slot", "small"),
        *("source", "span", "strike", "strong", "style", "sub", "summary", "sup"),
        *("svg", "math", "table", "tbody", "td", "template", "textarea", "tfoot"),
        *("th", "thead", "time", "title", "tr", "track", "tt", "u", "ul", "var"),
        *("video", "wbr", "xmp"),
    }
)
"""Elements of HTML."""


@cache
def css() -> dict[str, Any]:
    """What Chrome knows of CSS, as it wrote it."""
    return dict(json.loads((files(__package__) / "data" / "css.json").read_bytes()))


@cache
def page_globals() -> frozenset[str]:
    """The names every script of a page has, as Chrome wrote them."""
    place = files(__package__) / "data" / "globals.json"
    return frozenset(json.loads(place.read_bytes()))


def colors() -> list[str]:
    """The names of colours."""
    return list(css()["colors"])


def camel(name: str) -> str:
    """*name* of several words, as JavaScript writes it."""
    first, *rest = name.split("-")
    return first + "".join(part.capitalize() for part in rest)
