"""
Rules of addresses: files that are missing or are something else, machines, hosts, versions.
"""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Iterator
from urllib.parse import unquote

import attrs

from .._model.near import nearest
from .._tools.address import split
from .._tools.markup import Element
from .contents import PICTURES, STARTS, elsewhere_in, wrong_bytes
from .project import ROOT, SRC, Document, Project, Source
from .report import Severity

_CANDIDATE = re.compile(r"[\s,]*(\S+)[^,]*")
_URL = re.compile(r"""url\(\s*+(?:"([^"]*)"|'([^']*)'|([^"'()\s]*))\s*+\)""")
_MACHINE = re.compile(
    r"file:|[A-Za-z]:[\\/]|/(?:Users|home|root|tmp|var|mnt|Volumes)/|~/"
)
# What a playlist or a manifest begins with; media of other places would be read by it.
_LOCAL_HOST = re.compile(
    r"(?:http:)?//(?:localhost|127\.\d+\.\d+\.\d+|0\.0\.0\.0|\[::1\])(?=[:/]|$)"
)
_HOSTS = (
    *("cdn.jsdelivr.net", "unpkg.com", "cdnjs.cloudflare.com", "fonts.googleapis.com"),
    *("fonts.gstatic.com", "esm.sh", "cdn.skypack.dev", "cdn.tailwindcss.com"),
    *("code.jquery.com", "ajax.googleapis.com", "esm.run", "ga.jspm.io", "rsms.me"),
)
_PACKAGE = re.compile(
    r"//(?:cdn\.jsdelivr\.net/npm|unpkg\.com|esm\.sh)/((?:@[\w.-]+/)?[\w.-]+)(?:@([^/?#]+))?"
)
_EXACT = re.compile(r"v?\d+\.\d+\.\d+([-+].*)?")
_BRACED = re.compile(r"\{\{|\$\{|<%|__[A-Z]+")
_SLASHES = re.compile(r"[\\/]+")
_FALLBACKS = ("data-var-src", "onerror")
# A script that listens for what does not load; only the running page tells for which.
_LISTENS = re.compile(r"""\bonerror\b|["'`]error["'`]""")


@attrs.frozen
class _Use:
    """An *address* that *source* asks for at *start*; *certain*: as soon as it loads."""

    source: Source
    address: str
    start: int
    certain: bool
    what: str
    element: Element | None = None


def check_addresses(project: Project) -> None:
    """All rules of this module."""
    for document in project.documents:
        _check_hosts(project, document)
        _check_links(project, document)
        _check_nameless(project, document)
    for use in _uses(project):
        if _BRACED.search(use.address):
            continue
        if use.address.strip() in {"", "#", "about:blank", "undefined", "null"}:
            _report_blank(project, use)
        elif _MACHINE.match(use.address.strip()) and not _is_here(project, use):
            _report_machine(project, use)
        elif _check_scheme(project, use) or _check_kind(project, use):
            continue
        elif "\\" in use.address:
            _report_backslash(project, use)
        elif _LOCAL_HOST.match(use.address.strip()):
            _report_local_host(project, use)
        else:
            _check_remote(project, use)
            _check_local(project, use)


def _is_here(project: Project, use: _Use) -> bool:
    path = project.resolve(use.source, use.address)
    return path is not None and project.has(path)


def _hides(node: Element) -> bool:
    return node.tag in {"template", "noscript"}


def _uses(project: Project) -> Iterator[_Use]:
    listens = any(_LISTENS.search(code.text) for code in project.codes)
    for document in project.documents:
        for node in document.elements:
            hidden = node.nearest("hidden", _hides) is not None
            yield from _element_uses(document, node, certain=not (hidden or listens))
            style = node.attributes.get("style")
            if style is not None:
                yield from _css_uses(document.source, style.value, style.value_start)
    for sheet in project.sheets:
        yield from _css_uses(sheet.source, sheet.text, sheet.start)


_LINKS = frozenset({"stylesheet", "preload", "modulepreload", "icon"})
_SOURCES = {
    "img": ("src", "srcset"),
    "video": ("src", "poster"),
    "audio": ("src",),
    "source": ("src", "srcset"),
    "track": ("src",),
    "iframe": ("src",),
    "embed": ("src",),
    "object": ("data",),
    "input": ("src",),
    "script": ("src",),
    "image": ("href", "xlink:href"),
    "use": ("href", "xlink:href"),
    "feimage": ("href", "xlink:href"),
    "lottie-player": ("src",),
    "dotlottie-player": ("src",),
    "model-viewer": ("src",),
}


def _element_uses(
    document: Document, node: Element, *, certain: bool
) -> Iterator[_Use]:
    source, names = document.source, _SOURCES.get(node.tag, ())
    if node.tag == "link":
        kinds = set((node.get("rel") or "").lower().split())
        names = ("href",) if kinds & _LINKS else ()
        # One for print, or another choice, is not asked for at once, or not missed.
        applies = node.get("media") is None and "alternate" not in kinds
        certain = certain and "stylesheet" in kinds and applies
    if node.tag in {"track", "iframe", "source", "object", "embed", "use", "input"}:
        certain = False
    if any(node.get(name) is not None for name in _FALLBACKS):
        certain = False
    for name in names:
        row = node.attributes.get(name)
        if row is None or (name.endswith("href") and row.value.startswith("#")):
            continue
        what = f"<{node.tag}>"
        if name == "srcset":
            for match in _CANDIDATE.finditer(row.value):
                start, address = row.value_start + match.start(1), match[1].rstrip(",")
                yield _Use(source, address, start, False, what, node)
            continue
        sure = certain and name in {"src", "href"} and node.tag != "image"
        yield _Use(source, row.value, row.value_start, sure, what, node)


def _css_uses(source: Source, text: str, start: int) -> Iterator[_Use]:
    comment = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
    plain = comment.sub(lambda match: " " * len(match[0]), text)
    for match in _URL.finditer(plain):
        address = match[1] or match[2] or match[3] or ""
        if not address.startswith("#"):
            at = start + match.start(match.lastindex or 0)
            yield _Use(source, address, at, False, "a style")
    for match in re.finditer(r"""@import\s+(?:"([^"]*)"|'([^']*)')""", plain):
        yield _Use(
            source,
            match[1] or match[2] or "",
            start + match.start(match.lastindex or 0),
            False,
            "a style sheet",
        )


def _report_blank(project: Project, use: _Use) -> None:
    project.add(
        "HF303",
        use.source,
        use.start,
        f"the address of {use.what} is empty; nothing is shown",
        "name a file, or leave the attribute out",
        element=use.element,
    )


_SCHEMES = ("http", "https", "data", "blob", "file", "about", "javascript", "mailto")


def _check_scheme(project: Project, use: _Use) -> bool:
    """Whether the address has a scheme that is none, or lacks a slash; told if so."""
    match = re.match(r"([A-Za-z][A-Za-z0-9+.-]*):(/*)", use.address.strip())
    if match is None or len(match[1]) < 2:
        return False
    scheme, near = match[1].lower(), nearest(match[1].lower(), _SCHEMES)
    rest = use.address.strip()[match.end() :]
    if scheme not in _SCHEMES and near and match[2]:
        hint = f"write {near}://{rest}"
        message = f"{match[1]!r} is no scheme of an address"
    elif scheme in {"http", "https"} and match[2] != "//":
        hint = f"write {scheme}://{rest}"
        message = f"{use.address!r} lacks the two slashes before its host"
    elif scheme == "blob":
        hint = "put the file into the project and name it from there"
        message = f"{use.address!r} is a file that lived in one browser only"
    elif scheme == "data" and (fault := _data_fault(use.address.strip())):
        message, hint = f"the data address {fault}", "put the file into the project"
    else:
        return False
    severity: Severity = "error" if use.certain and scheme != "data" else "warning"
    project.add(
        "HF310",
        use.source,
        use.start,
        message,
        hint,
        element=use.element,
        severity=severity,
    )
    return True


def _data_fault(address: str) -> str | None:
    head, comma, body = address.partition(",")
    if not comma:
        return "has no comma, and so no bytes"
    if not head.lower().endswith(";base64"):
        return None
    text = re.sub(r"\s", "", unquote(body)).rstrip("=")
    if re.search(r"[^A-Za-z0-9+/_-]", text) or len(text) % 4 == 1:
        return "is no base64"
    start = base64.b64decode(text[:24].ljust(24, "A"), altchars=b"-_")[:12]
    known = STARTS.get(head.lower().removeprefix("data:image/").split(";")[0])
    if known and not start.startswith(PICTURES):
        return f"does not begin as a {head[5:].split(';')[0]} does"
    return None


_SUFFIXES = {
    "picture": frozenset({"png", "jpg", "jpeg", "gif", "webp", "avif", "svg", "bmp"}),
    "video": frozenset({"mp4", "mov", "m4v", "mkv", "avi"}),
    "sound": frozenset({"mp3", "wav", "m4a", "aac", "flac", "opus"}),
    "picture no browser shows": frozenset(
        {"heic", "heif", "tif", "tiff", "psd", "ai", "eps", "raw", "dng", "jp2", "xcf"}
    ),
    "document of another kind": frozenset({"pdf", "json", "txt", "md", "doc", "docx"}),
    "style sheet": frozenset({"css", "scss", "sass", "less"}),
    "script": frozenset({"js", "mjs", "ts", "jsx", "tsx"}),
    "document": frozenset({"html", "htm"}),
    "font": frozenset({"woff", "woff2", "ttf", "otf"}),
}
_TAKES = {
    "img": {"picture"},
    "video": {"video", "sound"},
    "audio": {"sound", "video"},
    "script": {"script"},
}


def _check_kind(project: Project, use: _Use) -> bool:
    """Whether the address ends as a file of another kind than its element takes."""
    tag = use.what.strip("<>")
    takes = _TAKES.get(tag)
    suffix = re.split(r"[?#]", use.address)[0].rpartition(".")[2].lower()
    kind = next((k for k, names in _SUFFIXES.items() if suffix in names), None)
    local = project.resolve(use.source, use.address) is not None
    if takes is None or kind is None or kind in takes or not local:
        return False
    if use.element is None or "src" not in use.element.attributes:
        return False
    fits = next((t for t, kinds in _TAKES.items() if kind in kinds), None)
    project.add(
        "HF309",
        use.source,
        use.start,
        f"<{tag}> is given {use.address!r}, which is a {kind}",
        _other_file(kind, fits),
        element=use.element,
        severity="error" if use.certain else "warning",
    )
    return True


def _other_file(kind: str, fits: str | None) -> str:
    if kind == "picture no browser shows":
        return "save it as PNG, JPEG, WebP or AVIF"
    return (
        f"show it by <{fits}>" if fits else "name another file, or use another element"
    )


_RELS = (
    *("stylesheet", "preload", "modulepreload", "icon", "preconnect", "dns-prefetch"),
    *("alternate", "prefetch", "canonical", "manifest", "apple-touch-icon", "license"),
    *("author", "help", "next", "prev", "search", "shortcut", "mask-icon", "me"),
)


def _check_links(project: Project, document: Document) -> None:
    """Links that link no style sheet, though one is meant."""
    for node in document.elements:
        if node.tag != "link" or node.foreign:
            continue
        rel = (node.get("rel") or "").lower().split()
        href = (node.get("href") or "").strip()
        path = re.split(r"[?#]", href)[0].lower()
        row = node.attributes.get("rel")
        start = node.start if row is None else row.value_start
        sheet = path.endswith(".css") or "fonts.googleapis.com/css" in path
        if sheet and not rel:
            message, hint = "the link says no rel, and links nothing", "stylesheet"
        elif rel and not set(rel) & set(_RELS) and (near := nearest(rel[0], _RELS)):
            message, hint = f"{rel[0]!r} is no kind of link", near
        elif "stylesheet" in rel and not href:
            other = next((n for n in ("src", "herf", "hreff") if node.get(n)), None)
            message = "the link has no href, and links nothing"
            start = node.attributes[other].start if other else node.start
            project.add(
                "HF311",
                document.source,
                start,
                message,
                f'write href="{node.get(other or "") or "style.css"}"',
                element=node,
            )
            continue
        else:
            continue
        hint = f'write rel="{hint}"'
        project.add("HF311", document.source, start, message, hint, element=node)


_LAZY = ("data-src", "data-lazy-src", "data-original", "data-lazy", "href", "source")


def _check_nameless(project: Project, document: Document) -> None:
    """Pictures and media without an address, where no script gives them one."""
    words = (".src", "srcObject", "setAttribute", "createElement", "attr(")
    if project.scripts_say(*words):
        return
    for node in document.elements:
        if node.tag == "script" and not node.foreign:
            row = node.attributes.get("href")
            if row is None or node.get("src") is not None:
                continue
        elif node.tag not in {"img", "video", "audio"} or node.foreign:
            continue
        names = ("src", "srcset", "poster", *_FALLBACKS)
        given = any(node.get(name) is not None for name in names)
        if given or any(child.tag in {"source", "track"} for child in node.children):
            continue
        near = next((n for n in node.attributes if nearest(n, ("src",))), None)
        other = next((n for n in _LAZY if node.get(n)), None)
        if near or project.libraries_unknown:
            continue
        start = node.attributes[other].start if other else node.start
        project.add(
            "HF303",
            document.source,
            start,
            f"the <{node.tag}> has no src; nothing is shown, heard or run",
            f'write src="{node.get(other)}"' if other else "give it src, a file",
            element=node,
        )


def _report_machine(project: Project, use: _Use) -> None:
    project.add(
        "HF304",
        use.source,
        use.start,
        f"{use.address!r} is a path of this machine; a page reads its project only",
        "copy the file into the project and name it from there",
        element=use.element,
        severity="error" if use.certain else "warning",
    )


def _report_backslash(project: Project, use: _Use) -> None:
    project.add(
        "HF301",
        use.source,
        use.start,
        f"{use.address!r} has backslashes, which part no folders in an address",
        f"write {_SLASHES.sub('/', use.address)!r}",
        element=use.element,
        severity="warning",
    )


def _report_local_host(project: Project, use: _Use) -> None:
    project.add(
        "HF304",
        use.source,
        use.start,
        f"{use.address!r} is a server of this machine, which a render fetches nothing from",
        "put the file into the project and name it from there",
        element=use.element,
        # An overrides directory or a lock may have the bytes all the same.
        severity="warning",
    )


def _check_remote(project: Project, use: _Use) -> None:
    text = use.address.strip()
    if not re.match(r"(?:https?:)?//", text):
        return
    host = (split(text).hostname or "").lower()
    near = nearest(host, _HOSTS) if host not in _HOSTS else None
    if near and host.count(".") and not host.endswith(f".{near}"):
        project.add(
            "HF306",
            use.source,
            use.start,
            f"{host!r} is no host this library knows",
            f"did you mean {near!r}?",
            element=use.element,
        )
    match = None if project.is_locked else _PACKAGE.search(text)
    if match and not (match[2] and _EXACT.fullmatch(match[2])):
        name, version = match[1], match[2]
        said = f"asks for {name}@{version}" if version else "names no version"
        project.add(
            "HF305",
            use.source,
            use.start,
            f"the address {said}, which may mean other bytes tomorrow",
            f"name one release, such as {name}@1.2.3, or write a hyperframes.lock",
            element=use.element,
        )


def _check_local(project: Project, use: _Use) -> None:
    path = project.resolve(use.source, use.address)
    if path is None:
        return
    if not project.has(path):
        project.add(
            "HF301",
            use.source,
            use.start,
            f"{use.what} asks for {path!r}, which {_absence(project, path)}",
            _escaped(project, use) or project.suggest(path),
            element=use.element,
            severity="error" if use.certain else "warning",
        )
    elif (wrong := wrong_bytes(project.folder / path)) is not None:
        project.add(
            "HF307",
            use.source,
            use.start,
            f"{path!r} {wrong}",
            "put the real file there",
            element=use.element,
            severity="error" if use.certain else "warning",
        )
    else:
        _check_within(project, use, path)


def _absence(project: Project, path: str) -> str:
    """How a file is not there."""
    # Unlike that of paths it fails at no name that is longer than a file's may be.
    if os.path.islink(project.folder / path):  # noqa: PTH114
        return "is a link to nothing, to a secret, or out of the project"
    return "is not in the project"


def _escaped(project: Project, use: _Use) -> str | None:
    """How to write an address whose file has a letter that ends a path in its name."""
    raw = use.address.strip()
    if not re.search(r"[?#]", raw):
        return None
    spelt = raw.replace("%", "%25").replace("#", "%23").replace("?", "%3F")
    path = project.resolve(use.source, spelt)
    return f"write {spelt!r}" if path is not None and project.has(path) else None


def _check_within(project: Project, use: _Use, path: str) -> None:
    """Whether a picture of SVG is given all it shows."""
    if (named := elsewhere_in(project.folder / path)) is None:
        return
    project.add(
        "HF307",
        use.source,
        use.start,
        f"{path!r} asks for {named!r}, and a picture is given no other file",
        "put the SVG into the document, or the other file into it as a data address",
        element=use.element,
        severity="warning",
    )


def _check_hosts(project: Project, document: Document) -> None:
    above: set[str] | None = None
    for node in document.elements:
        row = node.attributes.get(SRC)
        if row is None or _BRACED.search(row.value):
            continue
        text = row.value.strip()
        path = project.resolve(ROOT, text) if text else None
        if path is None:
            message, hint = (
                f"{SRC} {row.value!r} names no file",
                "name a file of the project",
            )
        elif not project.has(path):
            message = f"the mounted composition {path!r} is not in the project"
            hint = project.suggest(path)
        else:
            above = _mounted_by(project, document) if above is None else above
            _check_mounted(project, document, node, path, above)
            continue
        project.add(
            "HF302", document.source, row.value_start, message, hint, element=node
        )


def _check_mounted(
    project: Project, document: Document, node: Element, path: str, above: set[str]
) -> None:
    mounted, row = project.document(path), node.attributes[SRC]
    hint = "give its outermost element data-composition-id"
    if mounted is None:
        message = f"the mounted composition {path!r} is not a text file"
    elif not mounted.holds_one:
        message = f"the mounted composition {path!r} holds no composition"
    elif path in above:
        message = f"{path!r} mounts itself, or what mounts it"
        hint = "mount another file, or remove the element"
    else:
        return
    project.add("HF302", document.source, row.value_start, message, hint, element=node)


def _mounted_by(project: Project, document: Document) -> set[str]:
    """The files *document* lies in, and itself."""
    found, queue = {project.entry.source.path, document.source.path}, [document]
    while queue:
        for above, _ in queue.pop().hosts:
            if above.source.path not in found:
                found.add(above.source.path)
                queue.append(above)
    return found
