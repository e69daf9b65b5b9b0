"""
A project becomes ``compiled/``: the files a sealed page may ask for, and its document.

Every file of the project is copied, since a script may ask for any of them late; what
must not leave a project (its history, its dependencies, its secrets) is not. The page
runtime is put where the format wants it: at the end of the head, after the libraries
loaded there and before the scripts of the body.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import attrs

from .._model.config import Limits, RenderConfig
from .._model.content import COMPILED, OWN, Artifact
from .._model.shutter import Shutter, ShutterError, read_shutter
from .._tools.files import copy_file, require_directory, resolve_inside, sha256_file
from .._tools.html import Node, Tree, add_style, attribute, parse
from .._tools.text import NotTextError, text_of
from ..errors import (
    InputError,
    PlanTooLargeError,
)
from ..progress import Control
from .declared import add_properties, check_overrides, find_declarers
from .nested import inline_nested
from .part import mount_part
from .secrets import ENVIRONMENT, HISTORY, find_file, is_secret, leads_to_secret

RUNTIME_PATH = f"{OWN}/runtime.js"

_INSTALLED = "node_modules"
IGNORED = frozenset(
    {*HISTORY, ENVIRONMENT, _INSTALLED, "__pycache__", ".venv", ".DS_Store"}
)
"""Names left out wherever they stand."""

IGNORED_AT_TOP = frozenset(
    {
        *(".cache", ".next", ".turbo", "output", "failures", "hyperframes.lock"),
        # The HyperFrames command line keeps its own state and renders in a project.
        *(".hyperframes", "renders"),
    }
)
"""Names left out at the top of a project."""

_MADE = frozenset({".cache", ".next", ".turbo", "output", "failures", "renders"})

_POLICY = "content-security-policy"
_ROOT = "[data-composition-id]"
_GEOMETRIC = "html,body,*{text-rendering:geometricPrecision}"


@attrs.frozen(kw_only=True)
class Document:
    """
    The entry document, read and checked.

    Attributes:
        entry: Its path in the project.
        authored: Its text as its author wrote it.
        tree: What it holds, ready for the page but for the runtime; the steps of planning
            add to it.
        has_root: Whether it holds a composition, and so needs the runtime.
        width: Declared width in CSS pixels; None where it declares none.
        height: Likewise.
        fps: Declared ``data-fps``; None where it declares none.
        shutter: Declared ``data-motion-blur``, and what belongs to it; None without.
    """

    entry: str
    authored: str
    tree: Tree
    has_root: bool
    width: int | None
    height: int | None
    fps: str | None
    shutter: Shutter | None = None


def read_document(
    project: Path, config: RenderConfig, control: Control | None = None
) -> Document:
    """
    Read the entry document of *project*, with its nested compositions put in place.

    Raises:
        InputError: The document is missing, outside of the project, empty, not UTF-8 or,
            with all it mounts, over ``Limits.page_bytes``; a nested composition cannot be
            used; or, where *config* is strict about variables, one is given that is not
            declared.
        Cancelled, DeadlineExceeded: As *control* says.
    """
    require_directory(project, "project")
    entry = config.entry_file
    text = _read_text(project, entry, config.limits.page_bytes)
    own = parse(text)
    tree = mount_part(project, entry, own)
    declarers = find_declarers(tree, entry)
    if config.strict_variables:
        check_overrides(declarers, config.variables)
    room = config.limits.page_bytes - len(text)
    holder = entry if tree is own else f"{entry}, alone"
    instances = inline_nested(
        project, tree, entry, holder=holder, room=room, control=control
    )
    add_properties(tree, declarers, instances, config.variables)
    root = tree.css_first(f'{_ROOT}[data-root="true"]') or tree.css_first(_ROOT)
    sized = root or tree.css_first("[data-width][data-height]")
    return Document(
        entry=entry,
        authored=text,
        tree=_prepare(tree),
        has_root=root is not None,
        width=_pixels(sized, "data-width"),
        height=_pixels(sized, "data-height"),
        fps=attribute(root, "data-fps"),
        shutter=_shutter(root),
    )


def _shutter(root: Node | None) -> Shutter | None:
    try:
        return read_shutter(lambda name: attribute(root, name))
    except ShutterError as error:
        raise InputError(str(error)) from None


def _read_text(project: Path, entry: str, most: int) -> str:
    path = find_file(project, entry)
    if path is None:
        hidden = resolve_inside(project, entry) is not None
        what = "is history or a secret of" if hidden else "is not in"
        raise InputError(f"entry file {entry!r} {what} the project {str(project)!r}")
    if (size := path.stat().st_size) > most:
        raise InputError(
            f"entry file {entry!r} has {size} bytes of text, {most} may; raise "
            "Limits.page_bytes, or keep pictures and fonts in files of their own"
        )
    try:
        text = text_of(path.read_bytes(), document=True)
    except NotTextError as error:
        raise InputError(f"entry file {entry!r} {error}") from None
    if not text.strip():
        raise InputError(f"entry file {entry!r} is empty")
    return text


def _pixels(node: Node | None, name: str) -> int | None:
    """A size as the format reads it: the leading digits, as JavaScript's parseInt."""
    text = (attribute(node, name) or "").strip()
    unsigned = text.removeprefix("+")
    digits = unsigned[: len(unsigned) - len(unsigned.lstrip("0123456789"))]
    return int(digits[:9]) if digits else (0 if text else None)


def _prepare(tree: Tree) -> Tree:
    for script in tree.css("script[src]"):
        if "hyperframe.runtime" in (script.attributes.get("src") or ""):
            script.decompose()
    # It guards against what the seal keeps out anyway, and would forbid what the library adds.
    for meta in tree.css("meta[http-equiv]"):
        if (attribute(meta, "http-equiv") or "").strip().lower() == _POLICY:
            meta.decompose()
    add_style(tree, _GEOMETRIC, first=True)
    return tree


def add_runtime(tree: Tree) -> None:
    """Make the page runtime the last script of the head of *tree*."""
    script = tree.create_node("script")
    script.attrs["src"] = f"/{RUNTIME_PATH}"
    assert tree.head is not None
    tree.head.insert_child(script)


def mark_still(tree: Tree, names: Iterable[str]) -> None:
    """Say in *tree* that the compositions called *names* need no timeline."""
    still = set(names)
    for node in tree.css(_ROOT):
        if attribute(node, "data-composition-id") in still:
            node.attrs["data-no-timeline"] = ""


def list_project(
    project: Path, limits: Limits, exclude: tuple[Path, ...] = ()
) -> tuple[tuple[str, Path], ...]:
    """
    Every file of *project* that belongs to it, as ``(POSIX path, real file)``, sorted.

    Links are followed inside of the project, so that a plan holds files only; those to
    its history and its secrets are left out like these.

    Raises:
        InputError: A link leads out of the project or in a circle, a name is not UTF-8
            or reserved, or there are more files than *limits* allow.
    """
    root = project.resolve()
    excluded = {path.resolve() for path in exclude}
    found: list[tuple[str, Path]] = []
    for row in _walk(root, root, "", frozenset(), excluded):
        found.append(row)
        if len(found) > limits.files:
            raise InputError(f"the project holds more than {limits.files} files")
    return tuple(sorted(found))


def _walk(
    root: Path, folder: Path, prefix: str, above: frozenset[Path], excluded: set[Path]
) -> Iterator[tuple[str, Path]]:
    if folder in above:
        raise InputError(
            f"{prefix!r} is a link in a circle; remove it from the project"
        )
    for entry in sorted(os.scandir(folder), key=lambda e: e.name):
        name = prefix + entry.name
        if _is_ignored(entry.name, at_top=not prefix) or Path(entry.path) in excluded:
            continue
        _check_name(name)
        real = _inside(root, Path(entry.path), name)
        if leads_to_secret(root, real):
            continue
        if real.is_dir():
            yield from _walk(root, real, f"{name}/", above | {folder}, excluded)
        elif real.is_file():
            yield name, real


def _is_ignored(name: str, *, at_top: bool) -> bool:
    return name in IGNORED or is_secret(name) or (at_top and name in IGNORED_AT_TOP)


def is_left_for_later(name: str) -> bool:
    """
    Whether the file *name* is left out of the copy, and yet the page's if it asks.

    Folders of installed and of made things hold far more than a page wants.
    """
    parts = name.split("/")
    if any(_is_ignored(part, at_top=False) for part in parts if part != _INSTALLED):
        return False
    return _INSTALLED in parts or parts[0] in _MADE


def _check_name(name: str) -> None:
    try:
        name.encode()
    except UnicodeEncodeError:
        raise InputError(f"file name {name!r} is not UTF-8; rename it") from None
    if name == OWN:
        raise InputError(f"{OWN!r} is the library's own folder; rename the project's")


def _inside(root: Path, path: Path, name: str) -> Path:
    try:
        real = path.resolve(strict=True)
    except (OSError, RuntimeError):
        raise InputError(f"{name!r} is a link to nothing; remove it") from None
    if not real.is_relative_to(root):
        raise InputError(f"{name!r} is a link out of the project; copy its target in")
    return real


def copy_project(
    files: tuple[tuple[str, Path], ...], entry: str, target: Path, limits: Limits
) -> tuple[Artifact, ...]:
    """
    Copy *files*, but for the *entry*, to *target*, the plan's ``compiled/``.

    Raises:
        PlanTooLargeError: The files hold more bytes than *limits* allow.
    """
    rows, total = [], 0
    for name, source in files:
        total += source.stat().st_size
        if total > limits.plan_bytes:
            raise PlanTooLargeError(total, limits.plan_bytes)
        if name != entry:
            rows.append(_artifact(name, copy_file(source, target / name)))
    return tuple(rows)


def write_compiled(target: Path, name: str, data: bytes) -> Artifact:
    """Write *data* as ``compiled/<name>`` and give its row."""
    path = target / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return _artifact(name, sha256_file(path))


def _artifact(name: str, facts: tuple[int, str]) -> Artifact:
    size, digest = facts
    return Artifact(path=f"{COMPILED}/{name}", size=size, sha256=digest)
