"""
What a project is, told from its files alone: size, length, variables, what it asks for.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import attrs

from .._check.check import check
from .._check.project import ID, SRC, Document, read_project
from .._compile.variables import read_declarations
from .._model.config import RenderConfig
from .._tools.files import path_of

__all__ = ["ProjectInfo", "VariableInfo", "project_info"]

_REMOTE = re.compile(r"(?:https?:)?//[\w.-]+/[^\s\"'()<>]*")


@attrs.frozen(kw_only=True)
class VariableInfo:
    """
    A variable a composition declares.

    Attributes:
        id: Its name.
        type: Its declared type; empty where none is declared.
        default: Its default; None where it has none.
        options: The values an ``enum`` may have.
    """

    id: str
    type: str
    default: Any
    options: tuple[Any, ...] = ()


@attrs.frozen(kw_only=True)
class ProjectInfo:
    """
    What a project's files say of it.

    Attributes:
        entry: Its document.
        composition: The id of its root.
        width: As the root declares it; None where it does not.
        height: As the root declares it.
        duration: Seconds, as the root declares them; None where the content decides.
        fps: The rate the root declares.
        variables: What the entry declares.
        mounted: The files it mounts.
        media: Addresses of its sound and video.
        remote: Addresses outside of the project that stand in its documents.
        errors: How many mistakes keep it from being rendered; `check` names them.
        warnings: How many it is rendered with, hardly as meant.
    """

    entry: str
    composition: str
    width: str | None = None
    height: str | None = None
    duration: str | None = None
    fps: str | None = None
    variables: tuple[VariableInfo, ...] = ()
    mounted: tuple[str, ...] = ()
    media: tuple[str, ...] = ()
    remote: tuple[str, ...] = ()
    errors: int = 0
    warnings: int = 0


def project_info(
    project_dir: Path | str, config: RenderConfig | None = None
) -> ProjectInfo:
    """
    Say what a project is, without a browser and without the network.

    Args:
        project_dir: Directory of the composition; only read.
        config: Its entry file is looked at; None takes the defaults.

    Raises:
        InputError: There is no such project, or its declarations cannot be read.
    """
    config = config or RenderConfig()
    project = read_project(path_of(project_dir, "project"), config)
    report = check(project_dir, config)
    roots = project.entry.roots
    root = roots[0] if roots else None

    def said(name: str) -> str | None:
        return None if root is None else root.get(name)

    return ProjectInfo(
        entry=project.entry.source.path,
        composition=said(ID) or "",
        width=said("data-width"),
        height=said("data-height"),
        duration=said("data-duration"),
        fps=said("data-fps"),
        variables=_variables(project.entry),
        mounted=_addresses(project.documents, (SRC,), ()),
        media=_addresses(project.documents, ("src",), ("audio", "video", "source")),
        remote=_remote(project.documents),
        errors=len(report.errors),
        warnings=len(report.warnings),
    )


def _variables(entry: Document) -> tuple[VariableInfo, ...]:
    rows = [
        row
        for node in entry.elements
        for row in read_declarations(node.get("data-composition-variables"))
    ]
    return tuple(
        VariableInfo(id=r.id, type=r.type, default=r.default, options=r.options)
        for r in rows
    )


def _addresses(
    documents: list[Document], names: tuple[str, ...], tags: tuple[str, ...]
) -> tuple[str, ...]:
    found = [
        node.get(name)
        for document in documents
        for node in document.elements
        if not tags or node.tag in tags
        for name in names
    ]
    return tuple(dict.fromkeys(filter(None, found)))


def _remote(documents: list[Document]) -> tuple[str, ...]:
    found = [a for d in documents for a in _REMOTE.findall(d.source.text)]
    return tuple(dict.fromkeys(a for a in found if "www.w3.org/" not in a))
