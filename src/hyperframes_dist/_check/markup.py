"""
Rules of elements and their attributes: misspelt words, sizes, roots, ids.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice

from .._model.near import nearest
from .._tools.markup import Attribute, Element
from .project import ID, SRC, Document, Project, scope_of
from .words import ATTRIBUTES, FORMAT, MEANT, MEANT_INSTEAD, TAGS, camel

_WORD = re.compile(r"[a-z]+")
_FORMAT_WORD = re.compile(r"[a-z][a-z_-]*")
_SIZE = (1080, 1920)
# A browser nests no deeper: what is written deeper lies beside it.
_DEEPEST = 512
# What authors call their own, one letter beside a word of the format.
_OWN_WORDS = frozenset({"data-weight", "data-label", "data-state", "data-stat"})
_PREFIX = re.compile(r"(?:date|data|dta|dat|daat|datta|adta)[-_]?(?=[a-z])")
_OF_MEDIA = frozenset(
    {
        *("data-volume", "data-playback-rate", "data-media-start", "data-fade-in"),
        *("muted", "loop"),
    }
)
_MOUNTS = frozenset({"include", "import", "composition", "component", "partial"})
_SIZED = frozenset(
    {
        *("img", "video", "canvas", "iframe", "embed", "object", "table", "td", "th"),
        *("tr", "col", "input", "source", "svg", "hr", "marquee", "pre"),
    }
)
_JUNK = re.compile(r"[\"'\u201c\u201d\u2018\u2019<,;]|^[{}]|^[^:@]*:$")
_JSX = re.compile(r"\{\s*[\w.$]+\s*\}|\{\s*\(.*\)\s*=>.*\}|\{\{.*:.*\}\}", re.DOTALL)
_CURLY = re.compile("[\u201c\u201d\u2018\u2019]")
_OPENS = re.compile(
    r"\s*+(?:(?><!--.*?-->)\s*+)*+(?=<!doctype|<[a-z]|\Z|\{\{|\{%|<\?)", re.S | re.I
)


def check_markup(project: Project) -> None:
    """All rules of this module."""
    _check_composition(project)
    for document in project.documents:
        for node in document.elements:
            _check_names(project, document, node)
            _check_mounts(project, document, node)
        _check_ids(project, document)
        _check_twice(project, document)
        _check_junk(project, document)
    _check_opening(project)
    _check_outside(project)


def _check_outside(project: Project) -> None:
    """Clips beside the composition, which is what is driven and cut out."""
    entry = project.entry
    roots = entry.roots
    if not roots or any("__hf" in code.text for code in project.codes):
        return
    for node in entry.shown():
        clip = "clip" in (node.get("class") or "").split()
        timed = clip or node.get("data-track-index") is not None
        if node.get("data-start") is None or not timed:
            continue
        if (
            node in roots
            or scope_of(node) is not None
            or node.tag in {"video", "audio"}
        ):
            continue
        line = entry.source.place(roots[0].start)[0]
        project.add(
            "HF211",
            entry.source,
            node.start,
            f"the clip lies beside the composition of line {line}, whose timeline does not "
            "reach it",
            f"put it into the element with {ID}={roots[0].get(ID)!r}",
            element=node,
        )


def _check_composition(project: Project) -> None:
    entry = project.entry
    if project.scripts_say("__hf"):
        return  # It may bring its own seek, or make its own elements.
    roots = entry.roots
    if not roots:
        _report_none(project, entry)
        return
    _check_stored(project, entry, roots[0])
    marked = [node for node in entry.compositions if node.get("data-root") == "true"]
    if len(roots) > 1 and not marked:
        _report_two(project, entry, roots)
    root = (marked or roots)[0]
    _check_size(project, entry, root)


def _report_none(project: Project, entry: Document) -> None:
    for node in entry.elements:
        for name, row in node.attributes.items():
            if name != ID and nearest(name, (ID,)):
                _report_format(project, entry, node, row, ID)
                project.add(
                    "HF101",
                    entry.source,
                    row.start,
                    f"the document has no composition: {name!r} stands for {ID!r}",
                    f"write {ID}={row.value!r}",
                    element=node,
                )
                return
    if project.scripts_say("data-composition-id"):
        return
    body = next((n for n in entry.elements if n.tag == "body"), None)
    project.add(
        "HF101",
        entry.source,
        0 if body is None else body.start,
        f"the document has no composition: no element has {ID}",
        f'give the outermost element {ID}="main", data-width and data-height',
    )


def _check_stored(project: Project, entry: Document, root: Element) -> None:
    """A whole document whose composition lies in a template, as a part's does."""
    above = next((a for a in root.ancestors() if a.tag == "template"), None)
    if above is None or all(node.tag != "html" for node in entry.elements):
        return
    project.add(
        "HF101",
        entry.source,
        above.start,
        "the composition lies in a <template>, which only a mounted file may have: the "
        "document shows nothing by itself",
        "remove the <template> around it",
        element=root,
        severity="warning",
    )


def _report_two(project: Project, entry: Document, roots: Sequence[Element]) -> None:
    first, second = roots[0], roots[1]
    line = entry.source.place(first.start)[0]
    names = f"{first.get(ID)!r} (line {line}) and {second.get(ID)!r}"
    project.add(
        "HF106",
        entry.source,
        second.start,
        f"the document has {len(roots)} roots, {names}; one film has one",
        "put one into the other, or render the second from a file of its own",
        element=second,
    )


def _check_size(project: Project, entry: Document, root: Element) -> None:
    missing = [n for n in ("data-width", "data-height") if root.get(n) is None]
    if not missing:
        return
    near = [
        n
        for n in missing
        if any(_stands_for(a, n) or _other_tools(root, a) == n for a in root.attributes)
    ]
    if near == missing:
        return  # The misspelt ones are told by name.
    taken = {"data-width": _SIZE[0], "data-height": _SIZE[1]}
    width, height = (root.get(n) or taken[n] for n in ("data-width", "data-height"))
    project.add(
        "HF105",
        entry.source,
        root.start,
        f"the composition has no {' and no '.join(missing)}; {width}x{height} is taken",
        'set both in pixels, such as data-width="1920" data-height="1080"',
        element=root,
    )


def _stands_for(name: str, wanted: str) -> bool:
    return name not in FORMAT and _format_word(name) == wanted


def _check_names(project: Project, document: Document, node: Element) -> None:
    known = node.foreign or node.tag in TAGS or not _WORD.fullmatch(node.tag)
    if not known and (near := nearest(node.tag, TAGS)):
        project.add(
            "HF104",
            document.source,
            node.start,
            f"<{node.tag}> is no element of HTML",
            f"did you mean <{near}>?",
            element=node,
        )
    for name, row in node.attributes.items():
        if name == "data-fps" and node.get(ID) is None and node.tag != "html":
            _report_rate(project, document, node, row)
        if meant := _other_tools(node, name):
            if not name.startswith("data-") or not _is_read(project, name):
                _report_format(project, document, node, row, meant)
            continue
        if name in FORMAT or name in ATTRIBUTES or name.startswith("data-hf-"):
            continue
        if _FORMAT_WORD.fullmatch(name) and (near := _format_word(name)):
            key = f"dataset.{camel(name.removeprefix('data-'))}"
            own = name.startswith("data-") and (
                project.text_elsewhere(name) or project.text_elsewhere(key)
            )
            if own or near in node.attributes:
                continue
            _report_format(project, document, node, row, near)
        elif not node.foreign and _WORD.fullmatch(name):
            _check_html_word(project, document, node, row)


def _report_rate(
    project: Project, document: Document, node: Element, row: Attribute
) -> None:
    project.add(
        "HF102",
        document.source,
        row.start,
        "'data-fps' counts on the composition, and is not looked at here",
        f"put it on the element with {ID}",
        element=node,
    )


def _is_read(project: Project, name: str) -> bool:
    """Whether a script or a style sheet may read the attribute *name*."""
    word = camel(name.removeprefix("data-"))
    if project.text_elsewhere(name):
        return True
    if not project.scripts_say("dataset"):
        return False
    whole = re.compile(rf"\b{re.escape(word)}\b")
    return any(_unpacks(code.text, whole) for code in project.codes)


def _unpacks(text: str, whole: re.Pattern[str]) -> bool:
    """Whether a script takes the *whole* word out of a ``dataset``, as far as it tells."""
    first = text.find("dataset")
    if first >= 0 and whole.search(text, first):
        return True
    for statement in text.split(";"):
        match = whole.search(statement) if "dataset" in statement else None
        if match and "dataset" in statement[match.end() :]:
            return True
    return False


def _other_tools(node: Element, name: str) -> str | None:
    """The attribute of the format that other tools call *name*, if it is meant here."""
    for meant in MEANT_INSTEAD.get(name, ()):
        if node.get(meant) is None and _may_mean(node, meant):
            return meant
    return None


def _may_mean(node: Element, meant: str) -> bool:
    """Whether an element is one that *meant* says something of."""
    composed = node.get(ID) is not None
    media = node.tag in {"video", "audio"}
    if meant in {"data-width", "data-height", "data-fps", SRC}:
        return composed and node.tag not in _SIZED
    if meant in _OF_MEDIA:
        return media
    if meant == "data-variable-values":
        return node.get(SRC) is not None
    if meant == "data-composition-variables":
        return (composed or node.tag == "html") and node.get(SRC) is None
    if meant == ID:
        return {"data-width", "data-height"} <= set(node.attributes)
    clip = "clip" in (node.get("class") or "").split()
    timed = media or composed or clip
    return (
        timed
        and bool(set(FORMAT) & set(node.attributes))
        and "data-end" not in node.attributes
    )


def _format_word(name: str) -> str | None:
    """The attribute of the format that *name* is a slip of."""
    if name in _OWN_WORDS:
        return None
    mended = _PREFIX.sub("data-", name, count=1)
    if mended != name and mended.replace("_", "-") in FORMAT:
        return mended.replace("_", "-")
    if near := nearest(name, FORMAT):
        tail, meant = name.removeprefix("data-"), near.removeprefix("data-")
        if nearest(tail, (meant,)) and (
            len(meant) > 4 or sorted(tail) == sorted(meant)
        ):
            return near
    bare = f"data-{name}"
    return bare if bare in FORMAT and name not in ATTRIBUTES else None


def _report_format(
    project: Project, document: Document, node: Element, row: Attribute, near: str
) -> None:
    project.add(
        "HF102",
        document.source,
        row.start,
        f"{row.name!r} means nothing to the format",
        f"did you mean {near!r}?",
        element=node,
    )


def _check_html_word(
    project: Project, document: Document, node: Element, row: Attribute
) -> None:
    near = nearest(row.name, MEANT)
    if near and near not in node.attributes and not project.text_elsewhere(row.name):
        project.add(
            "HF103",
            document.source,
            row.start,
            f"{row.name!r} is no attribute of HTML",
            f"did you mean {near!r}?",
            element=node,
        )


def _check_ids(project: Project, document: Document) -> None:
    first: dict[tuple[str, str], Element] = {}
    for node in document.shown():
        for name in ("id", ID):
            value = node.get(name)
            if not value or (name == ID and node.tag == "html"):
                continue  # A mounted file may say at its top what its template holds.
            # A part may be mounted twice, but not under the name of what holds it.
            mounts = name == ID and node.get(SRC) is not None
            above = islice(node.ancestors(), _DEEPEST)
            if mounts and not any(a.get(ID) == value for a in above):
                continue
            other = first.setdefault((name, value), node)
            if other is not node and not node.foreign:
                line = document.source.place(other.start)[0]
                project.add(
                    "HF107",
                    document.source,
                    node.attributes[name].start,
                    f"{name} {value!r} stands on line {line} already; "
                    "what is found by it is the first",
                    "give each element a name of its own",
                    element=node,
                )


def _check_twice(project: Project, document: Document) -> None:
    for node in document.elements:
        for row in node.repeated:
            if _JUNK.search(row.name):
                continue
            project.add(
                "HF109",
                document.source,
                row.start,
                f"{row.name!r} stands twice on one element; the second is ignored",
                "keep one of them",
                element=node,
            )


def _check_junk(project: Project, document: Document) -> None:
    """Words in a start tag that are what is left of a quote that is not closed."""
    for node in document.elements:
        for row in node.attributes.values():
            strange = next((char for char in row.name if ord(char) > 127), None)
            if strange is not None and not _CURLY.match(strange):
                _report_letter(project, document, node, row, strange)
                break
            curly = (
                row.value and _CURLY.match(row.value) and _CURLY.search(row.value[1:])
            )
            if _JSX.fullmatch(row.value) and not row.name.startswith("data-"):
                what = f"the value of {row.name!r} is JSX's, and is taken as it stands"
                hint = "write it in quotes, as HTML has it"
                project.add(
                    "HF110", document.source, row.value_start, what, hint, element=node
                )
                break
            if not curly and (not _JUNK.search(row.name) or "{{" in row.name):
                continue
            what = (
                f"the value of {row.name!r} stands in typographic quotes, which are part of it"
                if curly
                else f"{row.name!r} stands where an attribute's name is due"
            )
            hint = 'write straight quotes, as in name="value"'
            if not curly:
                hint = "look for a quote that is not closed, or for one too many, before it"
            if re.fullmatch(r"[^\W\d][\w-]*:", row.name):
                hint = f'write {row.name[:-1]}="…"'
            elif row.name in {",", ";"}:
                hint = "remove it: blanks part attributes"
            start = row.value_start if curly else row.start
            project.add("HF110", document.source, start, what, hint, element=node)
            break


def _report_letter(
    project: Project, document: Document, node: Element, row: Attribute, strange: str
) -> None:
    """A sign in an attribute's name that only looks like one of its letters, or a blank."""
    plain = "".join(_LOOKS.get(char, char) for char in row.name)
    plain = "".join(char for char in plain if ord(char) < 128)
    near = nearest(plain, (*FORMAT, *sorted(ATTRIBUTES)))
    project.add(
        "HF110",
        document.source,
        row.start,
        f"{row.name!r} has a U+{ord(strange):04X} in it, and is no attribute that is known",
        f"type {near or plain} again, and a plain blank before it",
        element=node,
    )


_LOOKS = {
    **dict(
        zip("\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456", "aeopcyxi", strict=True)
    ),
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-"),
}


def _check_mounts(project: Project, document: Document, node: Element) -> None:
    """Elements that mount a document elsewhere, and do nothing here."""
    source = node.get("src") or node.get("href") or node.get("data") or ""
    rel = (node.get("rel") or "").lower()
    mounts = node.tag in _MOUNTS or (node.tag == "object" and source.endswith("html"))
    if source and (mounts or (node.tag == "link" and rel == "import")):
        project.add(
            "HF104",
            document.source,
            node.start,
            f"<{node.tag}> mounts nothing; {source!r} is not in the film",
            f'write <div {ID}="…" {SRC}="{source}"></div>',
            element=node,
        )


def _check_opening(project: Project) -> None:
    """Text before the document, and the mode a browser shows it in."""
    entry = project.entry
    text = entry.source.text
    if (match := _OPENS.match(text)) is None:
        start = len(text) - len(text.lstrip())
        project.add(
            "HF111",
            entry.source,
            start,
            "text stands before the document; it is shown in the film",
            "remove what stands before <!doctype html>",
        )
    elif "<html" in text.lower() and not re.match(
        r"<!doctype", text[match.end() :], re.I
    ):
        project.add(
            "HF112",
            entry.source,
            match.end(),
            "without a doctype the browser lays the page out by the rules of old pages",
            "begin the file with <!doctype html>",
        )
