"""
Popular libraries, loaded as their own documentation says: they load, draw what is right,
and the same bytes in chunks apart. A run writes its rows of ``docs/libraries.md``.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import attrs
import numpy as np
import pytest
from PIL import Image

import hyperframes_dist as hf
from hyperframes_dist.errors import HyperframesError
from pages_of_libraries import FPS, PAGES, LibraryPage

TABLE = Path(__file__).parents[2] / "docs" / "libraries.md"
HEAD = """# Libraries

A page for each library, loaded from the address its own documentation gives, rendered whole
and again in chunks by a browser of its own, the last chunk first. Made by `nox -s libraries`;
the pages, and what is right of each, are in `tests/libraries/`. Seconds are those of planning
and rendering one second of film once, what npm has to bring included, on the machine the run
was made on: they tell what is slow, not how slow.

| library | loads | right pictures | same bytes | seconds |
|---|---|---|---|---|
"""


@attrs.define
class Row:
    """What is known of one library so far."""

    loads: bool = False
    right: bool = False
    same: bool = False
    seconds: float = 0.0
    reason: str = ""

    def text(self, name: str) -> str:
        """The row of the table."""
        marks = ["yes" if x else "**no**" for x in (self.loads, self.right, self.same)]
        marks[0] += f" ({self.reason})" if self.reason else ""
        return f"| {name} | {' | '.join(marks)} | {self.seconds:.0f} |\n"


@pytest.fixture(scope="module")
def rows() -> Iterator[dict[str, Row]]:
    """What was found; the rows of what was looked at are written anew."""
    found: dict[str, Row] = {}
    yield found
    known = {line.split(" | ")[0][2:]: line for line in read_table()}
    known |= {name: row.text(name) for name, row in found.items()}
    TABLE.write_text(HEAD + "".join(known.get(page.name, "") for page in PAGES))


def read_table() -> list[str]:
    """The rows of the table there is."""
    lines = TABLE.read_text("utf-8").splitlines(keepends=True) if TABLE.exists() else []
    return [line for line in lines if line.startswith("| ") and " | " in line]


@pytest.fixture(scope="module")
def renderers() -> Iterator[tuple[hf.Renderer, hf.Renderer]]:
    """Two browsers."""
    with hf.Renderer(workers=1) as one, hf.Renderer(workers=1) as other:
        yield one, other


def write(folder: Path, page: LibraryPage) -> Path:
    """The project of *page*."""
    for name, data in {"index.html": page.document().encode(), **page.files}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


def bytes_of(folder: Path) -> list[bytes]:
    """The pictures in *folder*, in order."""
    return [path.read_bytes() for path in sorted(folder.iterdir())]


@pytest.mark.campaign
@pytest.mark.timeout(600)
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_library_is_loaded_and_drawn(renderers, rows, tmp_path, page):
    """From its own address; right by arithmetic; the same bytes by whom ever."""
    one, other = renderers
    row = rows[page.name] = Row()
    project = write(tmp_path / "project", page)
    config = hf.RenderConfig(
        fps=FPS, format="png-sequence", segment_seconds=0.5, chunks=2
    )
    begun = time.monotonic()
    try:
        planned = one.plan(project, tmp_path / "plan", config)
    except HyperframesError as error:
        row.reason = str(error).splitlines()[0].replace("|", "/")[:120]
        raise
    row.loads = True

    whole = one.render(project, tmp_path / "whole", config).path
    row.seconds = time.monotonic() - begun
    parts = [tmp_path / f"{index}.tar" for index in range(planned.chunk_count)]
    for index in reversed(range(planned.chunk_count)):
        other.render_chunk(planned.path, index, parts[index])
    apart = hf.assemble(planned.path, parts, tmp_path / "apart").path
    pictures = [Image.open(path).convert("RGBA") for path in sorted(whole.iterdir())]
    frames = np.array([flat(picture) for picture in pictures])

    row.right = page.check(frames)
    row.same = bytes_of(whole) == bytes_of(apart)
    assert row.right
    assert row.same


def flat(picture: Image.Image) -> np.ndarray:
    """*picture* on black."""
    ground = Image.new("RGBA", picture.size, (0, 0, 0, 255))
    ground.alpha_composite(picture)
    return np.asarray(ground.convert("RGB"))
