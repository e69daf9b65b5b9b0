"""
HTML as its author wrote it: every element and attribute with its place in the file.

`_html` gives the tree a browser makes of a document, which has forgotten lines, columns
and what was left open; this gives what stands there. Knows nothing of compositions.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from html import unescape
from html.parser import HTMLParser

import attrs

VOID = frozenset(
    {
        *("area", "base", "br", "col", "embed", "hr", "img", "input", "link"),
        *("meta", "param", "source", "track", "wbr"),
    }
)
"""Elements that have no end tag."""

_MAY_STAY_OPEN = frozenset(
    {
        *("html", "head", "body", "p", "li", "dt", "dd", "option", "optgroup"),
        *("tr", "td", "th", "thead", "tbody", "tfoot", "colgroup", "caption"),
        *("rt", "rp", "rb", "rtc"),
    }
)
_TEXT_ONLY = frozenset({"script", "style", "title", "textarea"})
_FOREIGN = frozenset({"svg", "math"})
_ATTRIBUTE = re.compile(
    r"""(?P<name>[^\s/>=][^\s/>=]*)(?:\s*=\s*
        (?P<value>"[^"]*"|'[^']*'|[^\s>"'][^\s>]*|))?""",
    # A blank that is none of HTML's is part of a name.
    re.VERBOSE | re.ASCII,
)
# As the HTML standard has it: what ends a comment, and what is one though it is none.
_COMMENT_ENDS = re.compile(r"--!?>")
_EMPTY_COMMENT = re.compile(r"<!---?>")
_CDATA = "<![CDATA["
_TAG_NAME = re.compile(r"<[^\s/>]+")


@attrs.frozen
class Attribute:
    """
    One attribute of a start tag.

    Attributes:
        name: Its name, in small letters.
        value: Its value; empty where it has none.
        start: Where its name begins in the file's text.
        value_start: Where its value begins, inside of the quotes.
    """

    name: str
    value: str
    start: int
    value_start: int


@attrs.define(eq=False)
class Element:
    """
    One element.

    Attributes:
        tag: Its name, in small letters.
        attributes: Its attributes by name; of two with one name the first counts.
        start: Where its start tag begins in the file's text.
        opened: Where its start tag ends.
        parent: The element it lies in; None at the top.
        foreign: Whether it is SVG's or MathML's.
        children: The elements directly in it.
        repeated: Attributes whose name stands there already; they are ignored.
        text: What is written in it, of an element that holds text only, such as a script.
        text_start: Where that begins.
        closed: Whether its end tag is written.
        found: What `nearest` has found, by the name of what was looked for.
    """

    tag: str
    attributes: dict[str, Attribute]
    start: int
    opened: int
    parent: Element | None
    foreign: bool
    children: list[Element] = attrs.field(factory=list)
    repeated: list[Attribute] = attrs.field(factory=list)
    text: str = ""
    text_start: int = 0
    closed: bool = False
    found: dict[str, Element | None] = attrs.field(factory=dict)

    def get(self, name: str) -> str | None:
        """The value of the attribute *name*; None where it is absent."""
        found = self.attributes.get(name)
        return None if found is None else found.value

    def ancestors(self) -> Iterator[Element]:
        """What it lies in, from the inside out."""
        node = self.parent
        while node is not None:
            yield node
            node = node.parent

    def nearest(self, name: str, is_it: Callable[[Element], bool]) -> Element | None:
        """
        The innermost element it lies in that *is_it*; *name* is what that looks for.

        Each element is asked once, however deep it lies.
        """
        way, at = [self], self.parent
        if name in self.found:
            return self.found[name]
        while at is not None and name not in at.found:
            way.append(at)
            at = at.parent
        for node in reversed(way):
            above = node.parent
            own = above is not None and is_it(above)
            node.found[name] = above if own or above is None else above.found[name]
        return self.found[name]


@attrs.frozen
class Slip:
    """
    A tag that opens nothing or closes nothing, or an element that was left open.

    Attributes:
        kind: ``unclosed``, ``stray`` or ``self-closed``.
        tag: The element's name.
        start: Where the tag begins.
        near: Where it was noticed: the end tag of what it lies in, or the file's end.
    """

    kind: str
    tag: str
    start: int
    near: int


@attrs.frozen
class Comment:
    """
    What a browser reads as a comment, from *start* to *stop* of the file's text.

    *bogus* ones begin otherwise than a comment does, and end at the first ``>``.
    """

    start: int
    stop: int
    bogus: bool


class Markup(HTMLParser):
    """
    A file read as HTML.

    Attributes:
        elements: All elements, in the order of their start tags.
        slips: What is wrong with how they are closed.
        comments: What nothing is shown of.
    """

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=False)
        self.elements: list[Element] = []
        self.slips: list[Slip] = []
        self.comments: list[Comment] = []
        self._source = text
        self._lines = [0, *(match.end() for match in re.finditer("\n", text))]
        self._open: list[Element] = []
        self._names: Counter[str] = Counter()
        self._texts: dict[Element, list[str]] = {}
        self.feed(text)
        self.close()
        self._leave(0, len(text))
        for holder, pieces in self._texts.items():
            holder.text = "".join(pieces)

    def _here(self) -> int:
        line, column = self.getpos()
        return self._lines[line - 1] + column

    def handle_starttag(self, tag: str, _: object) -> None:
        """Add an element."""
        self._begin(tag, closed=False)

    def handle_startendtag(self, tag: str, _: object) -> None:
        """Add an element that is written as closed."""
        self._begin(tag, closed=True)

    def _begin(self, tag: str, *, closed: bool) -> None:
        start, raw = self._here(), self.get_starttag_text() or ""
        parent = self._open[-1] if self._open else None
        within = parent is not None and parent.foreign and parent.tag != "foreignobject"
        foreign = within or tag in _FOREIGN
        first, repeated = _attributes(raw, start)
        end = start + len(raw)
        found = Element(tag, first, start, end, parent, foreign, repeated=repeated)
        self.elements.append(found)
        if parent is not None:
            parent.children.append(found)
        if tag in VOID and not foreign:
            return
        if closed and foreign:
            return
        if closed:
            self.slips.append(Slip("self-closed", tag, start, start))
        self._open.append(found)
        self._names[tag] += 1

    def handle_endtag(self, tag: str) -> None:
        """Close the element *tag*, and what was left open in it."""
        here = self._here()
        if not self._names[tag]:
            if tag not in VOID and tag not in {"p", "body", "html", "head"}:
                self.slips.append(Slip("stray", tag, here, here))
            return
        depth = len(self._open) - 1
        while self._open[depth].tag != tag:
            depth -= 1
        self._leave(depth + 1, here)
        self._names[tag] -= 1
        self._open.pop().closed = True

    def _leave(self, depth: int, near: int) -> None:
        for left in self._open[depth:]:
            self._names[left.tag] -= 1
            if left.tag not in _MAY_STAY_OPEN or left.foreign:
                self.slips.append(Slip("unclosed", left.tag, left.start, near))
        del self._open[depth:]

    # Python's releases differ in what they take for a comment, and from browsers.
    def parse_comment(self, i: int, report: bool = True) -> int:  # noqa: ARG002
        """Where the comment ends that begins at *i*."""
        if self._is_in_text():
            return self._text(i)
        text = self.rawdata
        found = _EMPTY_COMMENT.match(text, i) or _COMMENT_ENDS.search(text, i + 4)
        if found is None:
            # All the rest is lost; what its author meant is read on.
            self._comment(i, len(text))
            return self._past(">", i)
        return self._comment(i, found.end())

    def parse_pi(self, i: int) -> int:
        """Likewise, of ``<?``."""
        if self._is_in_text():
            return self._text(i)
        return self._comment(i, self._past(">", i), bogus=True)

    def parse_html_declaration(self, i: int) -> int:
        """Likewise, of ``<!``; a doctype is none."""
        if self._is_in_text():
            return self._text(i)
        text, holder = self.rawdata, self._open[-1] if self._open else None
        if text.startswith(_CDATA, i) and holder is not None and holder.foreign:
            return self._past("]]>", i)
        stop = self._past(">", i)
        is_doctype = text[i + 2 : i + 9].lower() == "doctype"
        return stop if is_doctype else self._comment(i, stop, bogus=True)

    def parse_endtag(self, i: int) -> int:
        """Where the end tag ends that begins at *i*; without a name it closes nothing."""
        named = self.rawdata[i + 2 : i + 3]
        if self.cdata_elem or (named.isalpha() and named.isascii()):
            return super().parse_endtag(i)
        if named == ">":
            return i + 3
        return self._comment(i, self._past(">", i), bogus=True)

    def _is_in_text(self) -> bool:
        """Whether what stands here is text, whatever it looks like."""
        return bool(self._open) and self._open[-1].tag in _TEXT_ONLY

    def _text(self, i: int) -> int:
        self.handle_data("<")
        return i + 1

    def _past(self, mark: str, start: int) -> int:
        found = self.rawdata.find(mark, start)
        return len(self.rawdata) if found < 0 else found + len(mark)

    def _comment(self, start: int, stop: int, *, bogus: bool = False) -> int:
        here = self._here()
        self.comments.append(Comment(here, here + stop - start, bogus))
        return stop

    def handle_data(self, data: str) -> None:
        """Keep the text of scripts and style sheets."""
        if self._open and self._open[-1].tag in _TEXT_ONLY:
            holder = self._open[-1]
            if holder not in self._texts:
                holder.text_start = self._here()
            self._texts.setdefault(holder, []).append(data)


def _attributes(raw: str, start: int) -> tuple[dict[str, Attribute], list[Attribute]]:
    """
    The attributes in the start tag *raw*, which begins at *start* of the file; and those
    whose name stood there already.
    """
    found: dict[str, Attribute] = {}
    repeated: list[Attribute] = []
    name = _TAG_NAME.match(raw)
    for match in _ATTRIBUTE.finditer(raw, name.end() if name else 1, len(raw) - 1):
        value = match["value"] or ""
        quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "\"'"
        at = match.start("value") if match["value"] is not None else match.end()
        key = match["name"].lower()
        inner = value[1:-1] if quoted else value
        text = unescape(inner) if "&" in inner else inner
        row = Attribute(key, text, start + match.start(), start + at + quoted)
        if found.setdefault(key, row) is not row:
            repeated.append(row)
    return found, repeated
