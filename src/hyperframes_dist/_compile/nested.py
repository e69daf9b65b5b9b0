"""
Nested compositions, put in place: every host is given its file's content at plan time.

The page runtime nests their timelines; what it needs to find is marked on the host. What
a file brings along is limited to its own host: styles, scripts, names, variables.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import attrs

from .._tools.css import selector_of
from .._tools.html import Node, Tree, add_style, attribute, parse_content
from ..progress import Control
from .addresses import Paths, rewrite_addresses, rewrite_imports
from .nested_files import (
    COMPOSITION,
    PAGE_BYTES,
    SOURCE,
    NestedFile,
    find_hosts,
    find_root,
    read_nested,
    source_path,
)
from .nested_names import ORIGINAL, Names, settle_starts
from .own_names import OwnNames, Renamed
from .scope import Scope, rename_css, rewrite_urls, scope_css
from .scripts import Scripts, is_script
from .secrets import find_file
from .variables import defaults_of, read_declarations, read_values

_INNER = "data-hf-inner-root"
# What a root says about itself, the host says in its place.
_ROOT_ONLY = (
    COMPOSITION,
    ORIGINAL,
    SOURCE,
    "data-composition-file",
    "data-start",
    "data-duration",
    "data-end",
    "data-track-index",
    "data-track",
    "data-layer",
    "data-hf-authored-duration",
    "data-hf-authored-end",
)


@attrs.frozen(kw_only=True)
class Instance:
    """
    One mount of a file.

    Attributes:
        id: Its composition id in the page.
        box: What selects its box.
        host: What selects its host.
        defaults: What its file declares for its variables.
        values: What its host gives them.
    """

    id: str
    box: str
    host: str
    defaults: Mapping[str, Any]
    values: Mapping[str, Any]


@attrs.frozen
class OwnSheet:
    """
    A sheet of one mounted file alone.

    Attributes:
        path: Its path in the project.
        css: What it holds.
        media: The media it is for, if the link says so.
    """

    path: str
    css: str
    media: str | None


Sheets = Mapping[str, OwnSheet]


def inline_nested(
    project: Path,
    tree: Tree,
    entry: str,
    *,
    holder: str = "",
    room: int = PAGE_BYTES,
    control: Control | None = None,
) -> tuple[Instance, ...]:
    """
    Give every host in *tree*, the document *entry*, the content of its file.

    Args:
        holder: What *tree* is called in messages; empty for *entry*.
        room: Most bytes of text all mounts may add, a file that is mounted twice
            counting twice.

    Returns:
        The mounts, in the order they were put in place.

    Raises:
        InputError: Files cannot be used; all of them are named.
        Cancelled, DeadlineExceeded: As *control* says.
    """
    control = control or Control()
    if not find_hosts(tree):
        return ()
    files = read_nested(project, tree, holder or entry, room=room, control=control)
    inliner = _Inliner(project, tree, entry, files, control)
    inliner.run()
    return tuple(inliner.instances)


class _Inliner:
    def __init__(
        self,
        project: Path,
        tree: Tree,
        entry: str,
        files: Mapping[str, NestedFile],
        control: Control,
    ) -> None:
        self._project, self._tree, self._entry = project, tree, entry
        self._files, self._control = files, control
        self._names = Names(tree, files)
        self._own_names = OwnNames(tree, control)
        self._queue: deque[Node] = deque()
        self._scripts = Scripts()
        self._styles: list[tuple[str, str | None]] = []
        self._links: dict[str, dict[str, str]] = {}
        whole = Paths(project, entry, "")
        self._documents_own = {
            whole.rewrite(attribute(link, "href") or "").lstrip("/")
            for link in tree.css("link[href]")
        }
        self._variables: dict[str, Any] = {}
        self.instances: list[Instance] = []

    def run(self) -> None:
        """Mount what the document mounts, then what those mount, and so on."""
        renamed = self._names.name_hosts(self._tree, at_top=True)
        settle_starts(self._tree, local=False)
        if renamed:
            for style in self._tree.css("style"):
                css = rename_css(style.text(), renamed, self._control)
                style.inner_html = css
        self._queue.extend(find_hosts(self._tree))
        while self._queue:
            self._control.check()
            self._mount(self._queue.popleft())
        self._finish()

    def _mount(self, host: Node) -> None:
        file = self._files[source_path(host)]
        paths = Paths(self._project, file.path, self._entry)
        runtime = attribute(host, COMPOSITION) or ""
        authored = attribute(host, ORIGINAL) or runtime
        content = parse_content(file.content)
        root = find_root(content, authored)
        renamed = self._names.name_hosts(content, at_top=False)
        renamed |= self._names.name_plain(content, root)
        sheets = self._own_sheets(file)
        own = self._claim_names(file, content, root, sheets)
        selector = selector_of(COMPOSITION, runtime)
        scope = Scope(
            host=selector,
            box=selector if root is None else f"{selector} > [{_INNER}]",
            own_id=authored,
            root_id=attribute(root, "id") or None,
            renamed=renamed,
            own=own,
        )
        self._keep_variables(host, file, content, root, scope)
        settle_starts(content, local=True)
        facts = {"file": file.path, **_facts(runtime, scope, content, root)}
        self._take_sheets(file, paths, sheets, scope)
        if not self._take_assets(file, content, paths, scope, facts):
            # Nothing in it can register a timeline, so nobody waits for one.
            host.attrs["data-no-timeline"] = ""
        rewrite_addresses(content, paths.rewrite, self._control)
        own.in_markup(content)
        _fill(host, file, content, root)
        self._queue.extend(find_hosts(host))

    def _own_sheets(self, file: NestedFile) -> Sheets:
        """The sheets of the project that *file* links and nobody else, by address."""
        found = {}
        for link in file.links:
            name = self._sheet_of(file, link)
            users = [
                each for each in self._files.values() if name in self._linked(each)
            ]
            path = find_file(self._project, name) if name else None
            if path is None or len(users) != 1 or name in self._documents_own:
                continue
            css = path.read_text("utf-8-sig", errors="replace")
            # What is imported has a place of its own, at the beginning of all.
            if "@import" not in css and len(css) <= PAGE_BYTES:
                found[link.get("href", "")] = OwnSheet(name, css, link.get("media"))
        return found

    def _linked(self, file: NestedFile) -> set[str]:
        return {self._sheet_of(file, link) for link in file.links} - {""}

    def _sheet_of(self, file: NestedFile, link: Mapping[str, str]) -> str:
        """The path in the project of the sheet *link* of *file* is for; empty for others."""
        if "stylesheet" not in link.get("rel", "").lower().split():
            return ""
        address = Paths(self._project, file.path, "").rewrite(link.get("href", ""))
        path = unquote(re.split(r"[?#]", address, maxsplit=1)[0])
        return "" if ":" in address or path.startswith("//") else path.lstrip("/")

    def _claim_names(
        self, file: NestedFile, content: Tree, root: Node | None, own: Sheets
    ) -> Renamed:
        head = parse_content(file.head)
        sheets = [x.text() for x in (*head.css("style"), *content.css("style"))]
        sheets += [sheet.css for sheet in own.values()]
        scripts = [x.text() for x in (*head.css("script"), *content.css("script"))]
        return self._own_names.claim(content, sheets, scripts, root)

    def _keep_variables(
        self,
        host: Node,
        file: NestedFile,
        content: Tree,
        root: Node | None,
        scope: Scope,
    ) -> None:
        runtime = attribute(host, COMPOSITION) or ""
        declarer = root or content.css_first("[data-composition-variables]")
        text = attribute(declarer, "data-composition-variables")
        defaults = defaults_of((*file.declared, *read_declarations(text)))
        values = read_values(attribute(host, "data-variable-values"))
        self.instances.append(
            Instance(
                id=runtime,
                box=scope.box,
                host=scope.host,
                defaults=defaults,
                values=values,
            )
        )
        if defaults or values:
            inside = content.css(f"[{COMPOSITION}]:not([{SOURCE}])") if not root else []
            for name in (runtime, *(attribute(node, COMPOSITION) for node in inside)):
                self._variables[name or ""] = {**defaults, **values}

    def _take_sheets(
        self, file: NestedFile, paths: Paths, own: Sheets, scope: Scope
    ) -> None:
        """Move linked sheets out to the document: those of the file alone, as its styles."""
        for link in file.links:
            href = link.get("href", "")
            if (sheet := own.get(href)) is None:
                address = paths.rewrite(href)
                self._links.setdefault(address, {**link, "href": address})
                continue
            there = Paths(self._project, sheet.path, self._entry)
            css = rewrite_urls(sheet.css, there.rewrite, self._control)
            self._styles.append((scope_css(css, scope, self._control), sheet.media))

    def _take_assets(
        self,
        file: NestedFile,
        content: Tree,
        paths: Paths,
        scope: Scope,
        facts: Mapping[str, Any],
    ) -> bool:
        """Move styles and scripts out to the document; whether there is a script."""
        head = parse_content(file.head)
        for node in (*head.css("style"), *content.css("style")):
            css = rewrite_urls(node.text(), paths.rewrite, self._control)
            scoped = scope_css(css, scope, self._control)
            self._styles.append((scoped, attribute(node, "media")))
            node.decompose()
        scripts = [
            node
            for node in (*head.css("script"), *content.css("script"))
            if is_script(node)
        ]
        for node in scripts:
            address = paths.rewrite(attribute(node, "src") or "")
            text = scope.own.in_script(rewrite_imports(node.text(), paths.rewrite))
            self._scripts.add(node, text, address, file, facts)
            node.decompose()
        return bool(scripts)

    def _finish(self) -> None:
        tree = self._tree
        assert tree.head is not None
        present = {attribute(node, "href") for node in tree.css("link[href]")}
        for address, row in self._links.items():
            if address and address not in present:
                link = tree.create_node("link")
                for name, value in row.items():
                    link.attrs[name] = value
                tree.head.insert_child(link)
        for css, media in self._styles:
            add_style(tree, css, media=media)
        self._scripts.put_into(tree, self._variables)


def _facts(
    runtime: str, scope: Scope, content: Tree, root: Node | None
) -> dict[str, Any]:
    """What a script of the mount is told about itself; see ``js/scope.js``."""
    names: dict[str, list[str]] = {scope.own_id: [runtime]}
    for node in content.css(f"[{COMPOSITION}]"):
        name = attribute(node, COMPOSITION) or ""
        if root is None or node.mem_id != root.mem_id:
            names.setdefault(attribute(node, ORIGINAL) or name, [name])
    first = content.css_first(f"[{COMPOSITION}]:not([{SOURCE}])")
    if root is None and first is not None:
        # The file calls itself something else than its host: its timeline is both's.
        own = attribute(first, ORIGINAL) or attribute(first, COMPOSITION) or ""
        names[own] = [*names.get(own, []), runtime]
    return {
        "host": runtime,
        "own": scope.own_id,
        "root": scope.root_id,
        "wrapped": root is not None,
        "names": names,
        "renamed": dict(scope.renamed),
        "ids": dict(scope.own.ids),
    }


def _fill(host: Node, file: NestedFile, content: Tree, root: Node | None) -> None:
    """Give *host* the content, and what its root says about size and timeline."""
    if root is not None:
        for name in ("data-width", "data-height"):
            if (value := attribute(root, name)) and not attribute(host, name):
                host.attrs[name] = value
        for name in ("data-no-timeline", "data-timeline-locked"):
            if attribute(root, name) is not None:
                host.attrs[name] = ""
        _make_wrapper(root)
        host.inner_html = root.html or ""
    else:
        assert content.body is not None
        host.inner_html = content.body.inner_html or ""
    _size(host, fallback=None)
    host.attrs["data-composition-file"] = file.path
    del host.attrs[SOURCE]


def _make_wrapper(root: Node) -> None:
    for name in _ROOT_ONLY:
        if attribute(root, name) is not None:
            del root.attrs[name]
    if (authored := attribute(root, "id")) is not None:
        root.attrs["data-hf-authored-id"] = authored
        del root.attrs["id"]
    root.attrs[_INNER] = "true"
    _size(root, fallback="100%", always=True)


def _size(node: Node, *, fallback: str | None, always: bool = False) -> None:
    """Write the declared size of *node* into its style, unless that has one."""
    style = (attribute(node, "style") or "").strip().rstrip(";")
    rows = [style] if style else []
    for name in ("width", "height"):
        pixels = (attribute(node, f"data-{name}") or "").strip()
        value = f"{pixels}px" if pixels else fallback
        has_one = re.search(rf"(?<![\w-]){name}\s*:", style) is not None
        if value and (always or not has_one):
            rows.append(f"{name}:{value}")
    if rows:
        node.attrs["style"] = ";".join(rows)
