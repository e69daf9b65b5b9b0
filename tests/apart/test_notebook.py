"""A notebook, run by Jupyter's own kernel: what its cells show is looked at."""

from __future__ import annotations

import base64
import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

PROJECT = Path(__file__).parents[1] / "compositions" / "gsap-basic"
CELLS = [
    "import hyperframes_dist as hf",
    f"hf.still({str(PROJECT)!r}, at=0.5)",
    f"hf.contact_sheet({str(PROJECT)!r}, count=4, columns=2, width=80)",
    f"hf.plan({str(PROJECT)!r}, 'plan', fps=10)",
    f"hf.render({str(PROJECT)!r}, 'film.mp4', fps=10)",
    f"hf.check({str(PROJECT)!r})",
    f"await hf.aio.still({str(PROJECT)!r}, at=1)",
]


def run(cells: list[str], folder: Path) -> list[dict]:
    """What each cell shows, by kinds."""
    notebook = nbformat.v4.new_notebook(
        cells=list(map(nbformat.v4.new_code_cell, cells))
    )
    client = NotebookClient(
        notebook, timeout=120, resources={"metadata": {"path": str(folder)}}
    )
    client.execute()
    shown: list[dict] = []
    for cell in notebook.cells:
        rows = [o for o in cell.outputs if o.output_type == "execute_result"]
        assert [o for o in cell.outputs if o.output_type == "stream"] == []
        shown.append(dict(rows[0].data) if rows else {})
    return shown


def test_cells_show_pictures_tables_and_films(tmp_path):
    """A still and a sheet are pictures, a plan is a table, a small film plays."""
    _, still, sheet, plan, film, report, later = run(CELLS, tmp_path)

    for shown in (still, sheet, later):
        assert base64.b64decode(shown["image/png"]).startswith(b"\x89PNG")
    assert "<svg" in plan["text/html"]
    assert "content hash" in plan["text/html"]
    data = re.search(r'src="data:video/mp4;base64,([^"]+)"', film["text/html"])
    assert data is not None
    assert (tmp_path / "film.mp4").read_bytes() == base64.b64decode(data[1])
    assert "text/plain" in report


def test_a_mistake_ends_the_cell_with_its_line(tmp_path):
    """The traceback's last line is the message."""
    with pytest.raises(CellExecutionError, match="did you mean 'quality'"):
        run([CELLS[0], f"hf.still({str(PROJECT)!r}, at=0, qualty='high')"], tmp_path)
