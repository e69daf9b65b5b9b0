"""
The files of a project as `check` reads them: documents, scripts, style sheets.

What a page reads is followed from its entry: mounted compositions, linked style sheets,
local scripts, their imports. Files are read as text and never changed.
"""

from __future__ import annotations

import contextlib
import os
import posixpath
import re
import unicodedata
from bisect import bisect_right
from collections import deque
from collections.abc import Collection, Iterator, Mapping
from collections.abc import Set as AbstractSet
from functools import cached_property
from pathlib import Path
from urllib.parse import unquote

import attrs

from .._compile.secrets import find_file
from .._model.config import RenderConfig
from .._model.near import nearest
from .._tools.files import require_directory
from .._tools.markup import Element, Markup
from .._tools.text import NotTextError, text_of
from ..errors import InputError
from .numbers import read_number
from .report import Finding, Severity
from .rules import RULES
from .script import FINDERS, Script, read_script

ID, SRC, NO_TIMELINE = "data-composition-id", "data-composition-src", "data-no-timeline"
_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:|//", re.IGNORECASE)
_SKIPPED = frozenset({".git", "node_modules", "__pycache__", ".venv", "renders"})
_LONGEST_OWN = 300_000
_LONGEST_LINE = 5_000
_MAIN = "index.html"
_OF_THE_PAGE = re.compile(r"document\.(?:body|documentElement)\.class(?:Name|List)\b")
_MOST_LISTED = 20_000
# Seconds' work; what somebody has written takes a hundredth.
_MOST_COMPARED = 400_000
_IMPORT = re.compile(r"""@import\s+(?:url\(\s*)?["']?([^"')\s;]+)""")
_SCRIPT_TYPES = frozenset(
    {"", "module", "text/javascript", "application/javascript", "text/ecmascript"}
)


@attrs.frozen(eq=False)
class Source:
    """One file: its *path* in the project and its *text*."""

    path: str
    text: str
    _shown: dict[int, str] = attrs.field(factory=dict, init=False, repr=False)

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *(match.end() for match in re.finditer("\n", self.text))]

    def place(self, offset: int) -> tuple[int, int]:
        """Line and column of *offset*, from 1."""
        offset = min(offset, len(self.text))
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    def line(self, number: int) -> str:
        """The text of a line."""
        if number > len(self._starts):
            return ""
        if number not in self._shown:
            start = self._starts[number - 1]
            self._shown[number] = self.text[start:].partition("\n")[0]
        return self._shown[number]


def _is_stored(node: Element) -> bool:
    return node.nearest("template", lambda above: above.tag == "template") is not None


def scope_of(node: Element) -> Element | None:
    """The composition a clip belongs to."""
    return node.nearest(ID, lambda above: above.get(ID) is not None)


@attrs.frozen(eq=False)
class Document:
    """
    An HTML file of the project.

    Attributes:
        source: The file.
        markup: What stands in it.
        is_entry: Whether it is the entry.
        hosts: The elements that mount it, each with its document.
    """

    source: Source
    markup: Markup
    is_entry: bool
    hosts: list[tuple[Document, Element]] = attrs.field(factory=list)

    @property
    def elements(self) -> list[Element]:
        """Its elements, in order."""
        return self.markup.elements

    @cached_property
    def named(self) -> Mapping[str, Element]:
        """Its elements as a start calls them: by their ids, else their compositions'."""
        found: dict[str, Element] = {}
        for key in (ID, "id"):
            found |= {n.get(key) or "": n for n in reversed(self.elements)}
        found.pop("", None)
        return found

    def shown(self) -> Iterator[Element]:
        """Its elements outside of templates; all, where no composition is outside."""
        whole = not self.is_entry or not any(
            node.get(ID) and not _is_stored(node) for node in self.elements
        )
        for node in self.elements:
            if whole or not _is_stored(node):
                yield node

    @cached_property
    def compositions(self) -> tuple[Element, ...]:
        """The elements with a composition id."""
        return tuple(node for node in self.shown() if node.get(ID))

    @cached_property
    def roots(self) -> tuple[Element, ...]:
        """The compositions that lie in no other one."""
        return tuple(node for node in self.compositions if scope_of(node) is None)

    @cached_property
    def length_as_mounted(self) -> float | None:
        """How long those that mount it say it is; None where one of them does not."""
        lengths = [read_number(host.get("data-duration")) for _, host in self.hosts]
        known = [value for value in lengths if value]
        return max(known) if known and len(known) == len(lengths) else None

    @cached_property
    def holds_one(self) -> bool:
        """Whether it holds a composition, in a template too."""
        return any(node.get(ID) for node in self.elements)

    @cached_property
    def base(self) -> str | None:
        """What its ``<base>`` says."""
        bases = (node.get("href") for node in self.elements if node.tag == "base")
        return next(filter(None, bases), None)


@attrs.frozen(eq=False)
class Code:
    """A script: its file, its tokens, and the document that runs it."""

    source: Source
    script: Script
    document: Document
    is_module: bool
    text: str
    text_start: int = 0


@attrs.frozen(eq=False)
class Sheet:
    """A style sheet: its file, its text, and where that begins in the file."""

    source: Source
    text: str
    start: int
    document: Document


@attrs.frozen(kw_only=True)
class Quoted:
    """
    Texts of scripts.

    Attributes:
        whole: All of each, in its quotes.
        beginnings: What each ends with before its first ``${}``, of which a name may be
            made.
    """

    whole: tuple[str, ...]
    beginnings: frozenset[str]


def _beginning(text: str) -> str:
    head = text[1:-1].partition("${")[0] if len(text) > 4 else ""
    head = head.rsplit('"', 1)[-1].rsplit("'", 1)[-1].rsplit(" ", 1)[-1]
    return head if len(head) > 2 and head[0] not in "#." else ""


@attrs.define
class Project:
    """
    A project that was read.

    Attributes:
        folder: Its directory.
        config: What it is to be rendered by.
        entry: Its entry document.
        documents: The entry and all it mounts.
        codes: The scripts of those, libraries left out.
        sheets: The style sheets of those, libraries left out.
        libraries: Addresses of scripts from elsewhere, and of local libraries.
        findings: What was found.
        known: Its documents by their paths.
        read: The paths of the scripts and style sheets that were read.
    """

    folder: Path
    config: RenderConfig
    entry: Document
    documents: list[Document] = attrs.field(factory=list)
    codes: list[Code] = attrs.field(factory=list)
    sheets: list[Sheet] = attrs.field(factory=list)
    libraries: list[str] = attrs.field(factory=list)
    findings: list[Finding] = attrs.field(factory=list)
    known: dict[str, Document] = attrs.field(factory=dict)
    read: set[str] = attrs.field(factory=set)
    _files: list[str] | None = None
    _told: set[Finding] = attrs.field(factory=set)
    _real: dict[str, Path | None] = attrs.field(factory=dict)
    _says: dict[str, bool] = attrs.field(factory=dict)
    _said: dict[tuple[str, ...], bool] = attrs.field(factory=dict)
    _made: dict[tuple[str, ...], bool] = attrs.field(factory=dict)
    _left: int = _MOST_COMPARED

    def afford(self, count: int) -> bool:
        """Whether *count* more names may be compared, of all that one look may compare."""
        self._left -= count
        return self._left >= 0

    def nearest(self, word: str, known: Collection[str]) -> str | None:
        """
        The one of *known* that *word* is a slip of, as `_model.near.nearest` finds it.

        None, too, where so many names were compared before that nobody has written them.
        """
        return nearest(word, known) if self.afford(len(known)) else None

    def document(self, path: str | None) -> Document | None:
        """The document at *path*, among those that were read."""
        return self.known.get(path or "")

    def add(
        self,
        code: str,
        source: Source,
        offset: int,
        message: str,
        hint: str,
        *,
        element: Element | None = None,
        severity: Severity | None = None,
    ) -> None:
        """Add a finding of rule *code* at *offset* of *source*."""
        line, column = source.place(offset)
        tag = None if element is None else _shorten(source.text, element)
        row = Finding(
            code=code,
            severity=severity or RULES[code].severity,
            file=source.path,
            line=line,
            column=column,
            element=tag,
            message=message,
            hint=hint,
            source=source.line(line),
        )
        if row not in self._told:
            self._told.add(row)
            self.findings.append(row)

    @property
    def is_locked(self) -> bool:
        """Whether a lock says what its addresses mean."""
        return self.has("hyperframes.lock")

    @property
    def libraries_unknown(self) -> bool:
        """Whether a script from elsewhere may read what is the project's."""
        own = ("gsap", "three", "lottie", "anime", "d3", "tailwind", "pixi", "chart")
        return any(not any(n in a.lower() for n in own) for a in self.libraries)

    def resolve(self, source: Source, address: str) -> str | None:
        """The path *address* in *source* means; None where it is not of the project."""
        text = address.strip()
        path = unquote(re.split(r"[?#]", text, maxsplit=1)[0])
        if not path or _ELSEWHERE.match(text):
            return None
        if path.startswith("/"):
            return _clamp(path)
        folder = self._folder_of(source)
        if folder is None:
            return None
        beside = _clamp(posixpath.join(folder, path))
        mounted = source.path != self.entry.source.path and source.path.endswith("html")
        if not mounted or path.startswith("../") or self.has(beside):
            return beside
        return _clamp(posixpath.join(posixpath.dirname(self.entry.source.path), path))

    def _folder_of(self, source: Source) -> str | None:
        """What addresses in *source* begin at; None where a ``<base>`` is elsewhere."""
        folder = posixpath.dirname(source.path)
        document = self.document(source.path)
        href = None if document is None else document.base
        if href is None:
            return folder
        if _ELSEWHERE.match(href.strip()):
            return None
        return posixpath.dirname(
            posixpath.join(f"/{folder}", unquote(href.strip()))
        ).lstrip("/")

    def has(self, path: str) -> bool:
        """Whether the project has the file *path*, which is no secret of it."""
        return self.real(path) is not None

    def real(self, path: str) -> Path | None:
        """The real file *path* of the project."""
        if path not in self._real:
            self._real[path] = find_file(self.folder, path)
        return self._real[path]

    def files(self) -> list[str]:
        """The paths of its files, as far as they are worth a suggestion."""
        if self._files is None:
            self._files = list(_list(self.folder))
        return self._files

    def suggest(self, path: str) -> str:
        """What to do about a missing file *path*."""
        with contextlib.suppress(OSError):
            if (self.folder / path).is_symlink():
                return "copy what it leads to into the project"
        files = self.files()
        found = nearest_file(path, files) if self.afford(len(files)) else None
        if found == path:
            return "put a file there: it is a folder, a pipe, a socket or a device"
        if found and _composed(found) == _composed(path):
            return (
                f"spell {found!r} by the same bytes: some letters are two in its name"
            )
        return (
            f"did you mean {found!r}?" if found else "put it there, or mend the address"
        )

    def text_elsewhere(self, word: str) -> bool:
        """Whether a script or a style sheet speaks of *word*."""
        if word not in self._says:
            self._says[word] = self.scripts_say(word) or any(
                word in sheet.text for sheet in self.sheets
            )
        return self._says[word]

    def scripts_say(self, *words: str) -> bool:
        """Whether a script speaks of one of *words*; asked when all have been read."""
        if words not in self._said:
            self._said[words] = any(word in self._scripts for word in words)
        return self._said[words]

    @cached_property
    def ids(self) -> AbstractSet[str]:
        """The ids of its elements."""
        rows = (node.get("id") for d in self.documents for node in d.elements)
        return frozenset(filter(None, rows))

    @cached_property
    def classes(self) -> AbstractSet[str]:
        """The classes of its elements."""
        rows = (node.get("class") or "" for d in self.documents for node in d.elements)
        return frozenset(name for text in rows for name in text.split())

    @cached_property
    def tags(self) -> AbstractSet[str]:
        """What kinds of elements it has."""
        return frozenset(node.tag for d in self.documents for node in d.elements)

    @cached_property
    def quoted(self) -> Quoted:
        """What its scripts say in quotes, but where they look for elements."""
        whole = {
            token.text
            for code in self.codes
            for place, token in enumerate(code.script.tokens)
            if token.kind in {"string", "template"}
            and code.script.text(place - 2) not in FINDERS
        }
        beginnings = frozenset(map(_beginning, whole)) - {""}
        return Quoted(whole=tuple(whole), beginnings=beginnings)

    def scripts_make(self, words: tuple[str, ...]) -> bool:
        """Whether a script says one of *words* of something else than the page's classes."""
        if words not in self._made:
            text = _OF_THE_PAGE.sub("", self._scripts)
            self._made[words] = any(word in text for word in words)
        return self._made[words]

    @cached_property
    def names(self) -> Mapping[str, None]:
        """The ids of its elements and compositions, sorted; asked when all are read."""
        found = {name for d in self.documents for name in d.named}
        return dict.fromkeys(sorted(found))

    @cached_property
    def _scripts(self) -> str:
        return "\0".join(code.text for code in self.codes)


def nearest_file(path: str, files: list[str]) -> str | None:
    """The one of *files* somebody meant who wrote *path*."""
    folded, name = path.lower(), posixpath.basename(path)
    ways: tuple[list[str], ...] = (
        [f for f in files if f.lower() == folded],
        [f for f in files if posixpath.basename(f) == name],
        [f for f in files if posixpath.basename(f).lower() == name.lower()],
    )
    for found in filter(None, ways):
        return min(found, key=len)
    stem, folder = posixpath.splitext(name)[0].lower(), posixpath.dirname(path)
    same = [
        f for f in files if posixpath.splitext(posixpath.basename(f))[0].lower() == stem
    ]
    if same and stem != "index":
        return min(same, key=len)
    beside = [f for f in files if posixpath.dirname(f) == folder]
    if found_name := nearest(name, [posixpath.basename(f) for f in beside]):
        return posixpath.join(folder, found_name)
    return nearest(path, files)


def _composed(name: str) -> str:
    return unicodedata.normalize("NFC", name)


def _list(folder: Path) -> Iterator[str]:
    count = 0
    for top, folders, names in os.walk(folder):
        folders[:] = sorted(f for f in folders if f not in _SKIPPED)
        for name in sorted(names):
            count += 1
            if count > _MOST_LISTED:
                return
            yield (Path(top) / name).relative_to(folder).as_posix()


def _clamp(path: str) -> str:
    return posixpath.normpath(f"/{path}").lstrip("/")


def _shorten(text: str, element: Element) -> str:
    # More of a tag is not shown.
    stop = min(element.opened, element.start + 1000)
    tag = " ".join(text[element.start : stop].split())
    return tag if len(tag) <= 120 else tag[:117] + "…>"


def read_text(folder: Path, path: str) -> str | None:
    """The text of the file *path*; None where there is none, or it is no text."""
    real = find_file(folder, path)
    try:
        return None if real is None else _text_of(real)
    except (OSError, NotTextError):
        return None


def _text_of(file: Path) -> str:
    return text_of(file.read_bytes(), document=file.suffix in {".html", ".htm"})


def fault_of_text(folder: Path, path: str) -> str | None:
    """Why the file *path* is no text; None where it is, or cannot be read at all."""
    real = find_file(folder, path)
    try:
        if real is not None:
            _text_of(real)
    except NotTextError as error:
        return str(error)
    except OSError:
        return None
    return None


def read_project(folder: Path, config: RenderConfig) -> Project:
    """
    Read the project at *folder*, as far as its entry document leads.

    Raises:
        InputError: The project, or its entry document, does not exist.
    """
    require_directory(folder, "project")
    path = config.entry_file
    text = read_text(folder, path)
    if text is None or not text.strip():
        near = nearest_file(
            path, [f for f in _list(folder) if f.endswith(("html", "htm"))]
        )
        hint = f"; did you mean {near!r}?" if near and near != path else ""
        if fault := fault_of_text(folder, path):
            raise InputError(f"entry file {path!r} {fault}")
        what = "is empty" if text is not None else "is not a file in the project"
        raise InputError(f"entry file {path!r} {what} {str(folder)!r}{hint}")
    entry = Document(Source(path, text), Markup(text), is_entry=True)
    project = Project(folder=folder, config=config, entry=entry)
    _follow(project, entry)
    if _is_part(entry) and (main := read_text(folder, _MAIN)) is not None:
        # What is mounted alone is lent what the project's own document loads.
        scripts = (
            node.get("src") for node in Markup(main).elements if node.tag == "script"
        )
        project.libraries += [address for address in scripts if address]
    return project


def _is_part(entry: Document) -> bool:
    """Whether all of a document's compositions lie in a template."""
    roots = [node for node in entry.elements if node.get("data-composition-id")]
    return all(_is_stored(node) for node in roots)


def _follow(project: Project, first: Document) -> None:
    queue, known = deque([first]), project.known
    known[first.source.path] = first
    while queue:
        document = queue.popleft()
        project.documents.append(document)
        _read_parts(project, document)
        for host in document.elements:
            path = project.resolve(ROOT, host.get(SRC) or "")
            if path is None:
                continue
            if path not in known:
                text = read_text(project.folder, path)
                if text is None:
                    continue
                known[path] = Document(Source(path, text), Markup(text), is_entry=False)
                queue.append(known[path])
            known[path].hosts.append((document, host))


ROOT = Source("-", "")
"""Stands for the project's root, which every mounted path is relative to."""


def _read_parts(project: Project, document: Document) -> None:
    for node in document.elements:
        if node.tag == "script" and _is_script(node):
            _read_code(project, document, node)
        elif node.tag == "style":
            sheet = Sheet(document.source, node.text, node.text_start, document)
            project.sheets.append(sheet)
        elif node.tag == "link" and "stylesheet" in (node.get("rel") or "").lower():
            _read_sheet(project, document, document.source, node.get("href") or "")


def _is_script(node: Element) -> bool:
    return (node.get("type") or "").strip().lower() in _SCRIPT_TYPES


def _read_code(project: Project, document: Document, node: Element) -> None:
    module = (node.get("type") or "").strip().lower() == "module"
    address = node.get("src")
    if address is None:
        script = read_script(node.text, node.text_start)
        code = Code(
            document.source, script, document, module, node.text, node.text_start
        )
        project.codes.append(code)
        return
    path = project.resolve(document.source, address)
    text = None if path is None else read_text(project.folder, path)
    if path is None or text is None or is_library(path, text):
        project.libraries.append(address)
        return
    if path not in project.read:
        project.read.add(path)
        source = Source(path, text)
        script = read_script(text)
        project.codes.append(Code(source, script, document, module, text))


def is_library(path: str, text: str) -> bool:
    """Whether a script or a style sheet is somebody else's, packed for use."""
    packed = max(map(len, text.split("\n")), default=0) > _LONGEST_LINE
    return ".min." in path or packed or len(text) > _LONGEST_OWN


def _read_sheet(
    project: Project, document: Document, holder: Source, address: str
) -> None:
    waiting = deque([(holder, address)])
    while waiting:
        path = project.resolve(*waiting.popleft())
        if path is None or path in project.read:
            continue
        text = read_text(project.folder, path)
        if text is None or is_library(path, text):
            continue
        project.read.add(path)
        source = Source(path, text)
        project.sheets.append(Sheet(source, text, 0, document))
        waiting.extend((source, found) for found in _IMPORT.findall(text))
