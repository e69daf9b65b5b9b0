"""
Rules of what a style sheet speaks of: selectors, animations, clips it hides.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

import attrs

from .._tools.markup import Attribute, Element
from .numbers import read_number
from .project import ID, Document, Project, Source
from .styles import declarations, mask, sheets

_NAMED = re.compile(r"([#.])(-?[A-Za-z_][\w-]*)")
_KEYFRAMES = re.compile(r"@(?:-webkit-)?keyframes\s+[\"']?(-?[A-Za-z_][\w-]*)")
_ANIMATION_WORDS = frozenset(
    {
        *("none", "infinite", "normal", "reverse", "alternate", "alternate-reverse"),
        *("forwards", "backwards", "both", "running", "paused", "linear", "ease"),
        *("ease-in", "ease-out", "ease-in-out", "step-start", "step-end", "inherit"),
        *("initial", "unset", "revert", "revert-layer", "auto", "replace", "add"),
        "accumulate",
    }
)
_REMOTE = re.compile(r"(?:https?:)?//", re.IGNORECASE)
_STEPS = re.compile(r"(?:from|to|[\d.]++%|,|\s)+")
_ODD = re.compile(r"[^\w-]")
_FONTS = re.compile(r"fonts\.googleapis|fonts\.bunny|rsms\.me|fontshare|typekit")
_FAR = 2000
# What reaches elements without their names.
_FINDS_ALL = re.compile(
    r"querySelectorAll\(|\.children|childNodes|Sibling|\.clip\b|createElement|\*[\"'`]"
    r"|[\"'`][^\"'`\n]*\[[\w-]+|getElementsBy"
)


@attrs.frozen
class _Rule:
    """A rule's *head* and where it begins in *source*; its declarations with their places."""

    source: Source
    head: str
    start: int
    body: tuple[tuple[str, str, int], ...]


def check_selectors(project: Project) -> None:
    """All rules of this module."""
    rules = list(_rules(project))
    _check_animations(project)
    if not project.libraries_unknown:
        _check_heads(project, rules)
        _check_hidden(project, rules)


def _rules(project: Project) -> Iterator[_Rule]:
    for source, text, start in sheets(project):
        plain = mask(text)
        for first, opened, closed in _innermost(plain):
            head = plain[first:opened].strip()
            if not head or head.startswith("@") or _STEPS.fullmatch(head):
                continue
            lead = opened - first - len(plain[first:opened].lstrip())
            begin = start + opened - 1
            body = tuple(
                (row.name.lower(), row.value.strip().lower(), begin + row.start)
                for row in declarations(f"x{plain[opened : closed + 1]}")
            )
            yield _Rule(source, head, start + first + lead, body)


def _innermost(plain: str) -> Iterator[tuple[int, int, int]]:
    """Where the head of each rule that holds no rule begins, its braces open and close."""
    before, opened = 0, None
    for match in re.finditer("[{}]", plain):
        if match[0] == "{":
            before, opened = (
                (opened + 1 if opened is not None else before),
                match.start(),
            )
        else:
            if opened is not None:
                first = plain.rfind(";", before, opened) + 1
                yield max(before, first), opened, match.start()
            before, opened = match.end(), None


def _has_remote_sheet(project: Project) -> bool:
    for document in project.documents:
        for node in document.elements:
            href = node.get("href") or ""
            linked = node.tag == "link" and _REMOTE.match(href.strip())
            if linked and not _FONTS.search(href):
                return True
    rows = (row for sheet in project.sheets for row in sheet.text.split(";"))
    imports = (row[row.find("@import") :] for row in rows if "@import" in row)
    return any("//" in found and not _FONTS.search(found) for found in imports)


def _check_animations(project: Project) -> None:
    texts = [d.source.text for d in project.documents]
    texts += [s.text for s in project.sheets] + [c.text for c in project.codes]
    known = {name for text in texts for name in _KEYFRAMES.findall(text)}
    closed = not project.libraries_unknown and not _has_remote_sheet(project)
    for source, text, start in sheets(project):
        for row in declarations(mask(text)):
            place = start + row.value_start
            _check_animation(project, source, row.name, row.value, place, known, closed)
    for document in project.documents:
        for node in document.elements:
            style = node.attributes.get("style")
            if style is None or "animation" not in style.value or "{{" in style.value:
                continue
            for row in declarations(f"x{{{mask(style.value)}}}"):
                place = style.value_start - 2 + row.value_start
                source = document.source
                _check_animation(
                    project, source, row.name, row.value, place, known, closed
                )


def _check_animation(
    project: Project,
    source: Source,
    prop: str,
    value: str,
    place: int,
    known: set[str],
    closed: bool,
) -> None:
    name = prop.lower().removeprefix("-webkit-")
    if name not in {"animation", "animation-name"} or re.search(r"var\(|[\"'$]", value):
        return
    plain = re.sub(
        r"(?<![\w-])[\w-]+\([^()]*\)", lambda match: " " * len(match[0]), value
    )
    start = 0
    for layer in plain.split(","):
        begin, start = start, start + len(layer) + 1
        words = [
            match
            for match in re.finditer(r"(?<![\w.-])-?[A-Za-z_][\w-]*", layer)
            if match[0].lower() not in _ANIMATION_WORDS and match[0] != "important"
        ]
        if not words or any(match[0] in known for match in words):
            continue
        near = project.nearest(words[0][0], known)
        if near is None and not closed:
            continue
        project.add(
            "HF606",
            source,
            place + begin + words[0].start(),
            f"no @keyframes describes the animation {words[0][0]!r}; nothing moves",
            f"did you mean {near!r}?" if near else f"write @keyframes {words[0][0]}",
        )


def _names(project: Project) -> dict[str, set[str]]:
    ids, classes = set[str](), set[str]()
    for document in project.documents:
        for node in document.elements:
            ids.add(node.get("id") or "")
            classes.update((node.get("class") or "").split())
    return {"#": ids - {""}, ".": classes}


def _check_heads(project: Project, rules: list[_Rule]) -> None:
    """Selectors of names nobody has, one slip away from one without a rule of its own."""
    names = _names(project)
    styled = {(mark, n) for rule in rules for mark, n in _NAMED.findall(rule.head)}
    free = {mark: [n for n in names[mark] if (mark, n) not in styled] for mark in names}
    spoken = {mark: _words_but(project, mark) for mark in names}
    for rule in rules:
        for match in _NAMED.finditer(rule.head):
            mark, name = match[1], match[2]
            other = "." if mark == "#" else "#"
            if name in names[mark]:
                continue
            if _begins_one(name, spoken[other]):
                continue
            if name in names[other] and (other, name) not in styled:
                meant: str | None = f"{other}{name}"
            else:
                near = project.nearest(name, free[mark]) if len(name) > 3 else None
                meant = (
                    f"{mark}{near}"
                    if near and not _differ_in_digits(name, near)
                    else None
                )
            if meant is None:
                continue
            project.add(
                "HF607",
                rule.source,
                rule.start + match.start(),
                f"no element is called {match[0]!r}",
                f"did you mean {meant!r}?",
            )


def _words_but(project: Project, mark: str) -> list[str]:
    """The words of the scripts, sorted, but for those that follow *mark*."""
    word = re.compile(rf"(?<![\w{mark}-])[\w-]+")
    return sorted({w for c in project.codes for w in word.findall(c.text)})


def _begins_one(name: str, words: list[str]) -> bool:
    """Whether one of *words*, which are sorted, begins with *name*."""
    place = bisect_left(words, name)
    return place < len(words) and words[place].startswith(name)


def _differ_in_digits(one: str, other: str) -> bool:
    return re.sub(r"\d", "", one) == re.sub(r"\d", "", other)


def _check_hidden(project: Project, rules: list[_Rule]) -> None:
    code = "\n".join(c.text for c in project.codes)
    spoken = set(re.findall(r"[\w-]+", code))
    moved = set(re.findall(r"(?<=[\"'`\s>])[a-z][\w-]*(?=[\"'`\s,:.>\[])", code))
    index = _by_names(rules)
    whole = _FINDS_ALL.search(code) or any(
        name.startswith("animation") and not re.search(r"[#.]", rule.head)
        for rule in rules
        for name, _, _ in rule.body
    )
    for document in project.documents:
        for node in document.shown():
            timed = node.get("data-start") is not None and node.tag != "audio"
            if not timed or node.get(ID) is not None or node.foreign or whole:
                continue
            if _is_empty(document, node):
                continue  # It only lasts, which gives the composition its length.
            if (above := _hidden_by(node, spoken)) is not None:
                _report_hidden(project, document, node, above)
                continue
            own = _names_of(node)
            if any(n in spoken for n in own) or node.tag in moved:
                continue
            odd = [n for n in own if _ODD.search(n)]
            if odd and not project.afford(len(odd) * (1 + len(code) // 1000)):
                continue
            if any(re.search(rf"(?<![\w-]){re.escape(n)}(?![\w-])", code) for n in odd):
                continue
            _check_clip(project, document, node, index)


def _names_of(node: Element) -> list[str]:
    """What a script may find *node* by, but what all clips are called."""
    names = [node.get("id") or "", *(node.get("class") or "").split()]
    return [name for name in names if name and name != "clip"]


_GONE = re.compile(r"(?:^|;)\s*display\s*:\s*none\b", re.IGNORECASE)
_DEEPEST = 100


def _hidden_by(node: Element, spoken: set[str]) -> Element | None:
    """The element around *node*, or itself, whose own words keep it from being shown."""
    for above in (node, *islice(node.ancestors(), _DEEPEST)):
        gone = _GONE.search(above.get("style") or "") and above is not node
        if above.get("data-start") is not None and above is not node:
            gone = None  # The renderer shows it when it is due.
        if ("hidden" in above.attributes or gone) and not above.foreign:
            names = {*_names_of(above), above.tag} & spoken
            return None if names or {"hidden", "display"} & spoken else above
    return None


def _report_hidden(
    project: Project, document: Document, node: Element, above: Element
) -> None:
    hides = "hidden" if "hidden" in above.attributes else "style"
    line = document.source.place(above.start)[0]
    where = "" if above is node else f" of <{above.tag}>, line {line}"
    project.add(
        "HF608",
        document.source,
        node.start,
        f"the clip is never seen: {hides}{where} hides it, and nothing changes that",
        "remove it; a clip is shown and hidden by its time",
        element=node,
    )


_Index = Mapping[str, Sequence[tuple[int, _Rule]]]
"""Rules with their places in the order of the sheets, by what their heads name."""


def _by_names(rules: list[_Rule]) -> _Index:
    found: dict[str, list[tuple[int, _Rule]]] = {}
    for place, rule in enumerate(rules):
        for name in set(re.findall(r"[#.][\w-]+", rule.head)):
            found.setdefault(name, []).append((place, rule))
    return found


def _is_empty(document: Document, node: Element) -> bool:
    """Whether there is nothing in *node*, which shows nothing by itself either."""
    text = document.source.text[node.opened :]
    shows = node.tag in {"img", "video", "canvas", "iframe", "embed", "object", "input"}
    return not shows and not node.children and text.lstrip().startswith("</")


def _check_clip(
    project: Project, document: Document, node: Element, index: _Index
) -> None:
    """Whether all that is said of a clip leaves it unseen."""
    ruled = _ruled(project, node, index)
    if ruled is None:
        return  # Something else than itself decides.
    style = node.attributes.get("style")
    found = ruled + ([] if style is None else _styled(document, style))
    if any(name.startswith(("animation", "transition")) for _, name, _, _ in found):
        return
    last = {name: (source, value, place) for source, name, value, place in found}
    for name, (source, value, place) in last.items():
        if (what := _hides(project, name, value)) is not None:
            own = style is not None and source is document.source
            line = source.place(place)[0]
            told = what if own else f"{what} ({source.path}, line {line})"
            project.add(
                "HF608",
                source if own else document.source,
                place if own else node.start,
                f"the clip is never seen: {told}, and nothing changes that",
                f"remove {name}, or let an animation change it",
                element=node,
            )
            return


_Said = tuple[Source, str, str, int]
"""A declaration: its file, name, value and place."""


def _ruled(project: Project, node: Element, index: _Index) -> list[_Said] | None:
    """What rules say of *node* by its name alone; None where others have a say."""
    names = (node.get("class") or "").split()
    marks = {f"#{node.get('id')}", *(f".{name}" for name in names)}
    rows = {place: rule for mark in marks for place, rule in index.get(mark, ())}
    if not project.afford(len(rows)):
        return None
    found: list[_Said] = []
    for _, rule in sorted(rows.items()):
        heads = [head.strip() for head in rule.head.split(",")]
        said = [
            head
            for head in heads
            if any(re.search(rf"{re.escape(m)}(?![\w-])", head) for m in marks)
        ]
        plain = [h for h in said if h in marks or h.removeprefix(node.tag) in marks]
        if said and not plain:
            return None
        if plain:
            found += [(rule.source, *said_of) for said_of in rule.body]
    return found


def _styled(document: Document, style: Attribute) -> list[_Said]:
    """What an element's own *style* says."""
    rows = declarations(f"x{{{mask(style.value)}}}")
    return [
        (
            document.source,
            row.name.lower(),
            row.value.lower(),
            style.value_start + row.start - 2,
        )
        for row in rows
    ]


def _hides(project: Project, name: str, value: str) -> str | None:
    text = value.removesuffix("!important").strip()
    # Visibility is the runtime's: it gives every clip its own.
    if name == "display" and text == "none":
        return f"{name} is {text}"
    if name == "opacity" and read_number(text) == 0:
        return "opacity is 0"
    if name in {"transform", "scale"} and text in {"scale(0)", "0"}:
        return f"{name} is {text}"
    match = re.fullmatch(r"(-?[\d.]+)px", text)
    if name in {"left", "top"} and match:
        size = next(
            (
                n.get("data-width" if name == "left" else "data-height")
                for n in project.entry.roots
            ),
            None,
        )
        side = read_number(size) or _FAR
        if float(match[1]) >= side or float(match[1]) <= -max(_FAR, side):
            return f"{name} is {text}, beside the film"
    return None
