"""
Rules of SVG, and of what refers to it: words, and references to what is not there.

A browser draws nothing for an element of SVG it does not know, nothing for a fill, a filter
or a clip that is not there, and says nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import attrs

from .._model.near import nearest
from .._tools.markup import Attribute, Element
from .project import Document, Project, Source, read_text
from .styles import declarations, mask, properties, sheets
from .words import ATTRIBUTES

_TAGS = (
    *("a", "animate", "animateMotion", "animateTransform", "circle", "clipPath"),
    *("defs", "desc", "ellipse", "feBlend", "feColorMatrix", "feComponentTransfer"),
    *("feComposite", "feConvolveMatrix", "feDiffuseLighting", "feDisplacementMap"),
    *("feDistantLight", "feDropShadow", "feFlood", "feFuncA", "feFuncB", "feFuncG"),
    *("feFuncR", "feGaussianBlur", "feImage", "feMerge", "feMergeNode", "feMorphology"),
    *("feOffset", "fePointLight", "feSpecularLighting", "feSpotLight", "feTile"),
    *(
        "feTurbulence",
        "filter",
        "foreignObject",
        "g",
        "image",
        "line",
        "linearGradient",
    ),
    *("marker", "mask", "metadata", "mpath", "path", "pattern", "polygon", "polyline"),
    *("radialGradient", "rect", "script", "set", "stop", "style", "svg", "switch"),
    *("symbol", "text", "textPath", "title", "tspan", "use", "view", "discard"),
)
_ATTRIBUTES = (
    *("viewBox", "preserveAspectRatio", "transform", "cx", "cy", "r", "rx", "ry"),
    *("x", "y", "x1", "y1", "x2", "y2", "dx", "dy", "d", "points", "pathLength"),
    *("gradientUnits", "gradientTransform", "spreadMethod", "offset", "fx", "fy", "fr"),
    *("patternUnits", "patternContentUnits", "patternTransform", "maskUnits"),
    *(
        "maskContentUnits",
        "clipPathUnits",
        "filterUnits",
        "primitiveUnits",
        "stdDeviation",
    ),
    *("in", "in2", "result", "mode", "values", "type", "baseFrequency", "numOctaves"),
    *(
        "seed",
        "stitchTiles",
        "scale",
        "xChannelSelector",
        "yChannelSelector",
        "operator",
    ),
    *(
        "k1",
        "k2",
        "k3",
        "k4",
        "radius",
        "tableValues",
        "slope",
        "intercept",
        "amplitude",
    ),
    *("exponent", "surfaceScale", "specularConstant", "specularExponent", "azimuth"),
    *("diffuseConstant", "elevation", "limitingConeAngle", "pointsAtX", "pointsAtY"),
    *("pointsAtZ", "order", "kernelMatrix", "divisor", "bias", "targetX", "targetY"),
    *(
        "edgeMode",
        "preserveAlpha",
        "markerWidth",
        "markerHeight",
        "markerUnits",
        "refX",
    ),
    *("refY", "orient", "startOffset", "method", "spacing", "side", "textLength"),
    *("lengthAdjust", "attributeName", "from", "to", "by", "begin", "dur", "end"),
    *("repeatCount", "repeatDur", "restart", "calcMode", "keyTimes", "keySplines"),
    *("keyPoints", "additive", "accumulate", "rotate", "path", "href", "xlink:href"),
    *("width", "height", "id", "class", "style", "version", "xmlns", "systemLanguage"),
    *("requiredExtensions", "externalResourcesRequired", "baseProfile", "zoomAndPan"),
    *("enable-background", "filterRes", "glyph-name", "unicode", "lang", "tabindex"),
    *("xmlns:xlink", "xml:space", "crossorigin", "fetchpriority", "autofocus", "nonce"),
    *("attributeType", "min", "max", "z", "contentScriptType", "contentStyleType"),
)
# What only one letter tells apart of a name somebody may well have chosen.
_SHORTEST = 4
_SPELT = {name.lower(): name for name in (*_TAGS, *_ATTRIBUTES)}
# What other elements say so, and these do not.
_MEANT = {
    **dict.fromkeys((("circle", "radius"), ("circle", "rx"), ("circle", "ry")), "r"),
    **dict.fromkeys((("circle", "x"), ("ellipse", "x"), ("circle", "left")), "cx"),
    **dict.fromkeys((("circle", "y"), ("ellipse", "y"), ("circle", "top")), "cy"),
    **dict.fromkeys((("rect", "r"), ("rect", "radius"), ("ellipse", "r")), "rx"),
    **dict.fromkeys((("rect", "cx"), ("rect", "x1")), "x"),
    **dict.fromkeys((("rect", "cy"), ("rect", "y1")), "y"),
    **dict.fromkeys((("path", "points"), ("path", "path")), "d"),
    **dict.fromkeys(
        (("polygon", "d"), ("polyline", "d"), ("polyline", "path")), "points"
    ),
}
_ARITY = {
    **dict.fromkeys("MLT", 2),
    "H": 1,
    "V": 1,
    "C": 6,
    "S": 4,
    "Q": 4,
    "A": 7,
    "Z": 0,
}
_STEP = re.compile(r"([A-Za-z])([^A-Za-z]*(?:[eE][+-]?\d+[^A-Za-z]*)*)")
_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?")
_REFERENCE = re.compile(r"url\(\s*[\"']?#([\w:.-]+)[\"']?\s*\)")
_REFERRING = frozenset(
    {
        *(
            "fill",
            "stroke",
            "filter",
            "clip-path",
            "mask",
            "marker-start",
            "marker-mid",
        ),
        *("marker-end", "marker", "mask-image", "-webkit-mask", "-webkit-mask-image"),
        *("backdrop-filter", "-webkit-filter", "-webkit-clip-path"),
    }
)
_IN_FILE = re.compile(r"url\(\s*[\"']?([^\"')#\s]+)#([\w:.-]+)[\"']?\s*\)")
_MASKS = frozenset({"mask", "mask-image", "-webkit-mask", "-webkit-mask-image"})
_LARGEST = 4 << 20
_USES = frozenset({"use", "textpath", "mpath", "lineargradient", "radialgradient"})
_MAKES_IDS = (
    *(
        "createElementNS",
        "innerHTML",
        "insertAdjacentHTML",
        "outerHTML",
        "setAttribute",
    ),
    *(".id =", ".id=", "DOMParser", "cloneNode", ".attr(", "fetch("),
)


def check_graphics(project: Project) -> None:
    """All rules of this module."""
    for document in project.documents:
        for node in document.elements:
            if node.foreign:
                _check_words(project, document, node)
    for source, file, name, start, where in _in_files(project):
        _check_in_file(project, source, file, name, start, where)
    if project.libraries_unknown or _makes_elements(project):
        return
    ids = {n.get("id") for d in project.documents for n in d.elements} - {None, ""}
    known = sorted(name for name in ids if name)
    for source, name, start, where in _references(project):
        if name in ids:
            continue
        near = project.nearest(name, known)
        project.add(
            "HF312",
            source,
            start,
            f"{where} refers to '#{name}', and no element has that id",
            f"did you mean '#{near}'?"
            if near
            else "give an element that id, or remove it",
        )


def _is_frame(node: Element) -> bool:
    return node.tag in {"svg", "foreignobject", "math"}


def _check_words(project: Project, document: Document, node: Element) -> None:
    frame = node if node.tag == "svg" else node.nearest("frame", _is_frame)
    if frame is None or frame.tag != "svg":
        return
    if node.tag not in _SPELT and "-" not in node.tag and ":" not in node.tag:
        if near := nearest(node.tag, _TAGS):
            project.add(
                "HF104",
                document.source,
                node.start,
                f"<{node.tag}> is no element of SVG; it is not drawn",
                f"did you mean <{near}>?",
                element=node,
            )
        return
    _check_drawing(project, document, node)
    for name, row in node.attributes.items():
        meant = _MEANT.get((node.tag, name))
        if meant and meant not in node.attributes:
            _report_attribute(project, document, node, row, meant)
            continue
        plain = len(name) >= _SHORTEST and re.fullmatch(r"[a-z][a-z-]*", name)
        if not plain or name in _SPELT or name in ATTRIBUTES:
            continue
        if name.startswith(("data-", "aria-", "on")) or name in properties():
            continue
        near = nearest(name, (*_ATTRIBUTES, *_REFERRING, "stroke-width", "opacity"))
        if near and near.lower() not in node.attributes:
            _report_attribute(project, document, node, row, near)


def _report_attribute(
    project: Project, document: Document, node: Element, row: Attribute, meant: str
) -> None:
    if project.text_elsewhere(row.name):
        return
    project.add(
        "HF103",
        document.source,
        row.start,
        f"{row.name!r} is no attribute of <{_SPELT[node.tag]}>; it is ignored",
        f"did you mean {meant!r}?",
        element=node,
    )


def _check_drawing(project: Project, document: Document, node: Element) -> None:
    """What a path or a line of points says, as far as it can be drawn."""
    row = node.attributes.get("d" if node.tag == "path" else "points")
    if row is None or node.tag not in {"path", "polygon", "polyline"}:
        return
    text = row.value.strip()
    if not text or "{" in text or text.lower() in {"none"}:
        return
    fault = _path_fault(text) if node.tag == "path" else _points_fault(text)
    if fault is not None:
        project.add(
            "HF603",
            document.source,
            row.value_start,
            f"{row.name} {fault}; what follows is not drawn",
            "mend the numbers, or draw it anew",
            element=node,
        )


def _points_fault(text: str) -> str | None:
    found = len(_NUMBER.findall(text))
    return f"has {found} numbers, which are no pairs" if found % 2 else None


def _path_fault(text: str) -> str | None:
    if text[0] not in "Mm":
        return f"begins with {text[:1]!r}, and a path begins with M"
    for match in _STEP.finditer(text):
        letter = match[1].upper()
        if letter not in _ARITY:
            return f"has {match[1]!r}, which is no command of a path"
        wanted = _ARITY[letter]
        # The flags of an arc may be written without anything between them.
        found = len(_NUMBER.findall(match[2]))
        if letter == "A" or (wanted == 0 and found == 0):
            continue
        if wanted == 0 or found == 0 or found % wanted:
            return f"gives {match[1]} {found} numbers, and it takes {wanted}"
    return None


def _makes_elements(project: Project) -> bool:
    return project.scripts_say(*_MAKES_IDS)


@attrs.frozen
class _Said:
    """What a property or an attribute called *name* says, at *start* of *source*."""

    source: Source
    name: str
    value: str
    start: int


def _said(project: Project) -> Iterator[_Said]:
    """All that may refer to an element by its id."""
    for document in project.documents:
        source = document.source
        for node in document.elements:
            for name, row in node.attributes.items():
                links = name in {"href", "xlink:href"} and node.foreign
                if links and node.tag in _USES:
                    address = f"url({row.value.strip()})"
                    lead = len(row.value) - len(row.value.lstrip()) - len("url(")
                    where = f"<{node.tag}>"
                    yield _Said(source, where, address, row.value_start + lead)
                elif name in _REFERRING:
                    yield _Said(source, name, row.value, row.value_start)
                elif name == "style":
                    yield from _of_style(source, row)
    for source, text, start in sheets(project):
        for found in declarations(mask(text)):
            if found.name.lower() in _REFERRING:
                place = start + found.value_start
                written = source.text[place : place + len(found.value)]
                yield _Said(source, found.name.lower(), written, place)


def _of_style(source: Source, row: Attribute) -> Iterator[_Said]:
    for found in declarations(f"x{{{mask(row.value)}}}"):
        if found.name.lower() in _REFERRING:
            begin = found.value_start - 2
            written = row.value[begin : begin + len(found.value)]
            yield _Said(source, found.name.lower(), written, row.value_start + begin)


def _references(project: Project) -> Iterator[tuple[Source, str, int, str]]:
    """Names that are referred to: the file, the name, its place, and what says so."""
    for row in _said(project):
        for match in _REFERENCE.finditer(row.value):
            yield row.source, match[1], row.start + match.start(1), row.name


def _in_files(project: Project) -> Iterator[tuple[Source, str, str, int, str]]:
    """Elements of other files: who names them, the file, the name, its place, what says so."""
    for row in _said(project):
        for match in _IN_FILE.finditer(row.value):
            path = project.resolve(row.source, match[1])
            if path is not None and path.lower().endswith(".svg") and project.has(path):
                start = row.start + match.start(1)
                yield row.source, path, match[2], start, row.name


def _check_in_file(
    project: Project, source: Source, path: str, name: str, start: int, where: str
) -> None:
    file = project.folder / path
    text = "" if file.stat().st_size > _LARGEST else read_text(project.folder, path)
    if not text:
        return
    found = re.search(rf"<([\w:-]+)[^>]*?\bid\s*=\s*[\"']{re.escape(name)}[\"']", text)
    if found is None:
        near = nearest(name, re.findall(r"\bid\s*=\s*[\"']([^\"']+)", text))
        project.add(
            "HF312",
            source,
            start,
            f"{where} refers to '#{name}' of {path!r}, where no element has that id",
            f"did you mean '#{near}'?"
            if near
            else "give an element that id, or remove it",
        )
    elif found[1].lower() == "mask" and where in _MASKS:
        project.add(
            "HF313",
            source,
            start,
            f"{where} refers to a <mask> of another file, which Chrome does not follow: "
            "nothing is left of the element",
            f"put the <mask> into the document, and write url(#{name})",
        )
