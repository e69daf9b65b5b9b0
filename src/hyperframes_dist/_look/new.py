"""
Projects to begin with: small compositions of the library's own, each with variables.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from .._model.near import nearest
from .._tools.files import disk_errors, work_dir
from ..errors import InputError

__all__ = ["TEMPLATES", "new_project"]

TEMPLATES = ("captions", "chart", "lower-third", "product", "slideshow", "title")
"""The names of the templates."""


def new_project(folder: Path | str, template: str = "title") -> Path:
    """
    Begin a project with one of the library's compositions, to be changed from there.

    Args:
        folder: Where it will lie; must not exist. It appears whole or not at all.
        template: ``captions``, ``chart``, ``lower-third``, ``product``, ``slideshow`` or
            ``title``.

    Returns:
        *folder*.

    Raises:
        InputError: There is no such template, or *folder* is there already.
    """
    place = Path(folder)
    if template not in TEMPLATES:
        meant = nearest(str(template), TEMPLATES)
        hint = f"did you mean {meant!r}?" if meant else f"one of {', '.join(TEMPLATES)}"
        raise InputError(f"template {template!r} is not there; {hint}")
    if place.exists():
        raise InputError(f"{place} is there already; a new project wants a new place")
    with disk_errors(place), work_dir(place) as scratch:
        draft = scratch / "project"
        draft.mkdir()
        for file in _files(template):
            (draft / file.name).write_bytes(file.read_bytes())
        draft.rename(place)
    return place


def _files(template: str) -> Iterator[Traversable]:
    folder = files(__package__) / "templates" / template
    return (file for file in folder.iterdir() if file.is_file())
