"""
Where a project speaks of something that was noticed elsewhere: an address, an element.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from .._model.config import RenderConfig
from .._tools.address import without_query
from ..errors import InputError
from .project import Project, Source, read_project

_NPM = re.compile(r"npm:((?:@[\w.-]+/)?[\w.-]+)(?:@(.+))?")


def place_of_address(
    folder: Path, config: RenderConfig, address: str
) -> tuple[Source, int] | None:
    """The file of the project at *folder* that asks for *address*, and where in it."""
    try:
        project = read_project(folder, config)
    except (InputError, OSError):
        return None
    for source in sources(project):
        for text in _spellings(address):
            if (place := source.text.find(text)) >= 0:
                return source, place
    return None


def sources(project: Project) -> Iterator[Source]:
    """The files of a project that were read, the entry first, each once."""
    rows = [document.source for document in project.documents]
    rows += [code.source for code in project.codes]
    rows += [sheet.source for sheet in project.sheets]
    yield from {source.path: source for source in rows}.values()


def _spellings(address: str) -> Iterator[str]:
    """How *address* may be written in a page, the surest first."""
    if match := _NPM.fullmatch(address):
        name, version = match[1], match[2]
        if version:
            yield f"{name}@{version}"
            yield f"/{name}/{version}/"
        yield f"/{name}@"
        yield f"/{name}/"
        return
    plain = without_query(address)
    yield plain
    yield re.sub(r"^https?:", "", plain)
