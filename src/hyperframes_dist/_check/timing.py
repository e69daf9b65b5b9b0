"""
Rules of time: numbers that are none, clips that overlap, outlast the film or never end.
"""

from __future__ import annotations

import re
from itertools import islice, pairwise

from .._model.frames import FrameRate
from .._model.near import nearest
from .._tools.markup import Attribute, Element
from ..errors import InputError
from .numbers import (
    MEASURES,
    Measure,
    meant,
    pixels_meant,
    read_number,
    read_pixels,
)
from .project import ID, SRC, Document, Project, scope_of
from .words import MEANT_INSTEAD

_REFERENCE = re.compile(r"([A-Za-z0-9_.:-]+?)(?:\s*([+-])\s*(\d+(?:\.\d*)?|\.\d+))?")
_LONGEST_START = 300
_MEDIA = frozenset({"video", "audio"})
# A browser nests no deeper.
_DEEPEST = 512
_CLOSE = 1e-3
_BRACED = re.compile(r"\{\{|\$\{|<%|__[A-Z]")


def check_timing(project: Project) -> None:
    """All rules of this module."""
    for document in project.documents:
        for node in document.elements:
            _check_numbers(project, document, node)
        _check_starts(project, document)
        _check_clips(project, document)
        _check_tracks(project, document)
    _check_rate(project)


def _check_numbers(project: Project, document: Document, node: Element) -> None:
    if node.tag == "canvas":
        _check_canvas(project, document, node)
    for name, row in node.attributes.items():
        measure = MEASURES.get(name)
        if measure is None or _BRACED.search(row.value):
            continue
        value = read_number(row.value)
        if value is None:
            _report_word(project, document, node, row, measure)
        elif measure.pixels and read_pixels(row.value) != value:
            _report_pixels(project, document, node, row)
        elif _is_outside(value, measure):
            project.add(
                "HF202",
                document.source,
                row.value_start,
                f"{name} is {row.value}, and should be {_bounds(measure)}",
                _advice(name, value, measure),
                element=node,
            )


def _check_canvas(project: Project, document: Document, node: Element) -> None:
    """A canvas has as many pixels as its attributes' first digits say."""
    for name in ("width", "height"):
        row = node.attributes.get(name)
        if row is None or _BRACED.search(row.value):
            continue
        text, read = row.value.strip(), read_pixels(row.value)
        if read is not None and (read_number(text) == read or text.endswith("px")):
            continue
        what = "nothing" if read is None else f"{read}"
        near = pixels_meant(text) if read_number(text) is not None else None
        project.add(
            "HF201",
            document.source,
            row.value_start,
            f"{name} of <canvas> is {row.value!r}, of which {what} is read: it counts pixels",
            f'write {name}="{near}"' if near else "give pixels, and size it by CSS",
            element=node,
        )


def _is_outside(value: float, measure: Measure) -> bool:
    low = measure.least is not None and (
        value <= measure.least if measure.above else value < measure.least
    )
    parted = measure.whole and value != int(value)
    return low or parted or (measure.most is not None and value > measure.most)


def _bounds(measure: Measure) -> str:
    if measure.most is not None or measure.least is None:
        return measure.what
    return (
        f"{measure.what}, {'above' if measure.above else 'at least'} {measure.least:g}"
    )


def _advice(name: str, value: float, measure: Measure) -> str:
    if value < 0 and not _is_outside(-value, measure):
        return f'did you mean {name}="{-value:g}"?'
    if name == "data-volume" and 1 < value <= 100:
        return f'did you mean {name}="{value / 100:g}"?'
    return "mend the number, or leave the attribute out"


def _report_word(
    project: Project,
    document: Document,
    node: Element,
    row: Attribute,
    measure: Measure,
) -> None:
    near = pixels_meant(row.value) if measure.pixels else meant(row.value)
    shown = repr(row.value) if row.value.strip() else "empty"
    project.add(
        "HF201",
        document.source,
        row.value_start,
        f"{row.name} is {shown}, which is not {measure.what}",
        f'write {row.name}="{near}"'
        if near
        else "write a plain number, without a unit",
        element=node,
    )


def _report_pixels(
    project: Project, document: Document, node: Element, row: Attribute
) -> None:
    """A number of which less is read than stands there."""
    near = pixels_meant(row.value)
    project.add(
        "HF202",
        document.source,
        row.value_start,
        f"{row.name} is {row.value!r}, of which {read_pixels(row.value)} is read: whole "
        "pixels are given by digits alone",
        f'write {row.name}="{near}"' if near else "write a whole number of pixels",
        element=node,
    )


def _check_rate(project: Project) -> None:
    for node in project.entry.compositions:
        row = node.attributes.get("data-fps")
        if row is None or not row.value.strip():
            continue
        try:
            FrameRate.parse(row.value)
        except InputError as error:
            project.add(
                "HF201",
                project.entry.source,
                row.value_start,
                f"data-fps is {row.value!r}: {error}",
                'write data-fps="30", or an exact fraction such as "30000/1001"',
                element=node,
                severity="error" if project.config.fps is None else "warning",
            )


def _check_starts(project: Project, document: Document) -> None:
    names = project.names
    circle = _in_circles(document)
    for node in document.elements:
        row = node.attributes.get("data-start")
        if row is None or _BRACED.search(row.value):
            continue
        value = read_number(row.value)
        if value is not None:
            if value < 0:
                _report_early(project, document, node, row, value)
            continue
        match = _referred(row.value)
        if match and match[1] in names:
            found = match[1]
            _check_reference(
                project, document, node, row, found, in_circle=node in circle
            )
            continue
        _report_start(project, document, node, row)


def _referred(text: str) -> re.Match[str] | None:
    """The name a start refers to, and what is added to it."""
    text = text.strip()
    return None if len(text) > _LONGEST_START else _REFERENCE.fullmatch(text)


def _begins_with(document: Document, node: Element) -> Element | None:
    """The element whose end is the start of *node*; None for a number."""
    match = _referred(node.get("data-start") or "")
    if match is None or read_number(match[0]) is not None:
        return None
    return document.named.get(match[1])


def _in_circles(document: Document) -> set[Element]:
    """The elements that begin, by way of others, when they themselves end."""
    found, seen = set[Element](), dict[Element, int]()
    for turn, node in enumerate(document.elements):
        at: Element | None = node
        while at is not None and at not in seen:
            seen[at] = turn
            at = _begins_with(document, at)
        # Where this way comes back to itself it has not been before.
        while at is not None and seen[at] == turn and at not in found:
            found.add(at)
            at = _begins_with(document, at)
    return found


def _check_reference(
    project: Project,
    document: Document,
    node: Element,
    row: Attribute,
    name: str,
    *,
    in_circle: bool,
) -> None:
    """Whether what a start names has an end of its own."""
    target = document.named.get(name)
    if in_circle:
        message = f"data-start is {row.value!r}, and that one begins after this one"
        if target is node:
            message = f"data-start is {row.value!r}, which is the element itself"
        hint = "give one of them a number of seconds"
    elif target is not None and target in islice(node.ancestors(), _DEEPEST):
        message = (
            f"data-start is {row.value!r}, which holds the element: it ends with it"
        )
        hint = "give seconds, or the id of a clip beside it"
    elif target is not None and not _has_time(target):
        message = f"data-start is {row.value!r}, which is no clip: it has no time"
        hint = f"give #{name} data-start and data-duration, or name a clip"
    else:
        return
    place = row.value_start
    project.add("HF208", document.source, place, message, hint, element=node)


def _has_time(node: Element) -> bool:
    names = ("data-start", "data-duration", "data-end", ID, SRC)
    return node.tag in _MEDIA or any(node.get(name) is not None for name in names)


def _report_early(
    project: Project, document: Document, node: Element, row: Attribute, value: float
) -> None:
    project.add(
        "HF202",
        document.source,
        row.value_start,
        f"data-start is {row.value}, before the film; it is taken for 0",
        f'write data-start="0", or did you mean "{-value:g}"? '
        "data-media-start skips the beginning of a medium",
        element=node,
    )


def _report_start(
    project: Project, document: Document, node: Element, row: Attribute
) -> None:
    text = row.value.strip()
    if number := meant(text) or (None if text else "0"):
        hint = f'write data-start="{number}"'
    else:
        hint = _meant_start(project, text)
    word = re.fullmatch(r"[A-Za-z_][\w.:-]*(\s*[+-].*)?", text[:_LONGEST_START])
    named = word and text.lower() not in {"infinity", "nan", "undefined", "null"}
    code = "HF207" if named and not meant(text) else "HF201"
    what = "names no element" if code == "HF207" else "is not a number of seconds"
    project.add(
        code,
        document.source,
        row.value_start,
        f"data-start is {row.value!r}, which {what}; it is taken for 0",
        hint,
        element=node,
    )


def _meant_start(project: Project, text: str) -> str:
    """What to write in the place of a start that cannot be read."""
    text, known = text[:_LONGEST_START], project.names
    words = re.findall(r"[A-Za-z_][\w:-]*", text)
    numbers = re.findall(r"(?<![\w.])\d+(?:\.\d*)?|(?<![\w.])\.\d+", text)
    named = next((word for word in words if word in known), None)
    if named and len({word for word in words if word in known}) == 1:
        sign = "-" if re.search(r"\s-\s*[\d.]", text) else "+"
        after = f" {sign} {numbers[0]}" if numbers and re.search("[+-]", text) else ""
        return f'did you mean {named!r}? write data-start="{named}{after}"'
    for word in words:
        if near := project.nearest(word, known):
            return f"did you mean {near!r}?"
    if re.fullmatch(r"[\d.\s+]+", text) and numbers:
        return f'write the sum, data-start="{sum(map(float, numbers)):g}"'
    return "give seconds, or the id of a clip and seconds, as in 'intro + 0.5'"


def window_of(
    node: Element, document: Document, depth: int = 0
) -> tuple[float, float] | None:
    """When *node* begins and ends in its composition; None where only the page knows."""
    start = start_of(node, document, depth)
    duration = read_number(node.get("data-duration"))
    end = read_number(node.get("data-end"))
    if start is None:
        return None
    if duration is not None and duration > 0:
        return start, start + duration
    return (start, end) if end is not None and end > start else None


def start_of(node: Element, document: Document, depth: int = 0) -> float | None:
    """When *node* begins; None where only the page knows."""
    text = (node.get("data-start") or "").strip()
    value = read_number(text)
    if value is not None:
        return max(value, 0)
    match = _referred(text)
    if match is None or depth > 20:
        return None
    other = document.named.get(match[1])
    window = None if other is None else window_of(other, document, depth + 1)
    if window is None:
        return None
    shift = float(match[3] or 0) * (-1 if match[2] == "-" else 1)
    return max(window[1] + shift, 0)


def length_of(document: Document, scope: Element) -> float | None:
    """How long the composition *scope* says it is."""
    own = read_number(scope.get("data-duration"))
    if own is not None and own > 0:
        return own
    return document.length_as_mounted if scope_of(scope) is None else None


def _check_clips(project: Project, document: Document) -> None:
    for node in document.shown():
        scope = scope_of(node)
        if scope is None:
            continue
        if node.get("data-start") is None:
            _check_begun(project, document, node)
            continue
        is_clip = "clip" in (node.get("class") or "").split()
        plain = (
            node.tag not in _MEDIA and node.get(ID) is None and node.get(SRC) is None
        )
        lacks = node.get("data-duration") is None and node.get("data-end") is None
        _check_stop(project, document, node)
        if is_clip and plain and lacks and not _misspells_duration(node):
            _report_endless(project, document, node)
        if plain and not is_clip and not lacks and node.tag != "img":
            project.add(
                "HF206",
                document.source,
                node.attributes["data-start"].start,
                'the element is timed and has no class="clip"; it is timed all the same',
                'add class="clip", which is what editors and style sheets go by',
                element=node,
            )
        _check_end(project, document, node, scope)


def _check_begun(project: Project, document: Document, node: Element) -> None:
    """A clip that has a length or a track, and no start."""
    row = node.attributes.get("data-duration") or node.attributes.get(
        "data-track-index"
    )
    is_clip = "clip" in (node.get("class") or "").split()
    if row is None or not is_clip or node.tag in _MEDIA or node.get(ID) is not None:
        return
    if any(_means_start(name) for name in node.attributes):
        return
    project.add(
        "HF210",
        document.source,
        row.start,
        f"the clip has {row.name} and no data-start: it is shown all the time",
        'give it data-start in seconds, such as data-start="0"',
        element=node,
    )


def _means_start(name: str) -> bool:
    return "data-start" in MEANT_INSTEAD.get(name, ()) or bool(
        nearest(name.replace("_", "-"), ("data-start",))
    )


def _check_stop(project: Project, document: Document, node: Element) -> None:
    """An end that lies before the start, or says something else than the duration."""
    row, end = node.attributes.get("data-end"), read_number(node.get("data-end"))
    start, duration = start_of(node, document), read_number(node.get("data-duration"))
    if row is None or end is None or start is None:
        return
    if end <= start:
        message = f"the clip ends at {end:g} s, and begins at {start:g} s"
        hint = "give data-duration in seconds instead"
    elif duration is not None and abs(start + duration - end) > _CLOSE:
        message = (
            f"data-end is {end:g}, and by its data-duration the clip ends at "
            f"{start + duration:g} s, which counts"
        )
        hint = "leave data-end out"
    else:
        return
    project.add("HF209", document.source, row.start, message, hint, element=node)


def _misspells_duration(node: Element) -> bool:
    return any(
        nearest(name, ("data-duration",))
        or "data-duration" in MEANT_INSTEAD.get(name, ())
        or name == "duration"
        for name in node.attributes
    )


def _report_endless(project: Project, document: Document, node: Element) -> None:
    project.add(
        "HF205",
        document.source,
        node.attributes["data-start"].start,
        "the clip has a start and no duration; it stays until the end",
        "give it data-duration in seconds",
        element=node,
    )


def _check_end(
    project: Project, document: Document, node: Element, scope: Element
) -> None:
    length = length_of(document, scope)
    start = start_of(node, document)
    window = window_of(node, document)
    if length is None or start is None or _BRACED.search(node.get("data-start") or ""):
        return
    row = node.attributes["data-start"]
    if start >= length - _CLOSE and start > 0:
        what = (
            f"the clip begins at {start:g} s, and the composition ends at {length:g} s"
        )
    elif window and window[1] > length + _CLOSE and node.tag != "audio":
        what = f"the clip ends at {window[1]:g} s, and the composition at {length:g} s"
    else:
        return
    project.add(
        "HF204",
        document.source,
        row.start,
        f"{what}; what lies beyond is not shown",
        f"end it by {length:g} s, or give the composition a longer data-duration",
        element=node,
    )


def _check_tracks(project: Project, document: Document) -> None:
    tracks: dict[tuple[int, str], list[tuple[float, float, Element]]] = {}
    for node in document.shown():
        track = (node.get("data-track-index") or "").strip()
        window = window_of(node, document)
        scope = scope_of(node)
        if read_number(track) is None or window is None or scope is None:
            continue
        tracks.setdefault((id(scope), track), []).append((*window, node))
    for (_, track), rows in tracks.items():
        rows.sort(key=lambda row: row[:2])
        for one, other in pairwise(rows):
            if other[0] < one[1] - _CLOSE:
                _report_overlap(project, document, track, one, other)


def _report_overlap(
    project: Project,
    document: Document,
    track: str,
    one: tuple[float, float, Element],
    other: tuple[float, float, Element],
) -> None:
    line = document.source.place(one[2].start)[0]
    times = [f"{_name(row[2])} ({row[0]:g}–{row[1]:g} s)" for row in (one, other)]
    project.add(
        "HF203",
        document.source,
        other[2].start,
        f"{times[1]} overlaps {times[0]} of line {line} on track {track}",
        f"start it at {one[1]:g}, or give it another data-track-index",
        element=other[2],
    )


def _name(node: Element) -> str:
    name = node.get("id") or node.get(ID)
    return f"#{name}" if name else f"<{node.tag}>"
