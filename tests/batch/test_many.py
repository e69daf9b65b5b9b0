"""Many films of one project: a row, a film."""

from __future__ import annotations

import pytest

import hyperframes_dist as hf
from hyperframes_dist.errors import InputError
from pages import composition, write_project

PAGE = composition(
    """<div id="box" style="width:64px;height:32px"></div><script>
    const { shade = 0 } = window.__hfVariables ?? {};
    if (typeof shade !== "number") throw new Error("no number");
    if (shade > 200) throw new Error("too bright");
    box.style.background = `rgb(${shade},${shade},${shade})`;</script>""",
    duration=0.2,
).replace(
    "<html>",
    """<html data-composition-variables='[{"id":"shade","type":"number","default":1}]'>""",
)


@pytest.fixture
def project(tmp_path):
    """A page in one shade of grey."""
    return write_project(tmp_path / "project", PAGE)


def test_a_film_a_row(project, tmp_path):
    """Columns are typed; one used only in the output's name is no variable."""
    table = tmp_path / "rows.csv"
    table.write_text("key,who,shade\na,Anna,10\nb,Ben,20\nc,Cleo,250\n")
    output = str(tmp_path / "out/{key}-{who}.mp4")

    found = {
        row.key: row
        for row in hf.render_many(project, hf.read_rows(table), output, workers=2)
    }

    assert {"a": "done", "b": "done", "c": "failed"} == {
        key: row.status for key, row in found.items()
    }
    assert "too bright" in str(found["c"].error)
    single = hf.render(project, tmp_path / "single.mp4", variables={"shade": 10})
    assert single.sha256 == found["a"].result.sha256
    assert tmp_path / "out/b-Ben.mp4" == found["b"].result.path


def test_a_batch_goes_on_where_it_stopped(project, tmp_path):
    """What is there and is made of the same is kept; all else is made."""
    output = str(tmp_path / "out/{shade}.mp4")
    rows = [{"shade": 1}, {"shade": 2}]
    first = next(hf.render_many(project, rows, output, workers=1))
    (tmp_path / "out/2.mp4").unlink(missing_ok=True)

    again = {row.key: row for row in hf.render_many(project, rows, output, workers=1)}

    assert ("1", "done") == (first.key, first.status)
    assert ["kept", "done"] == [again[key].status for key in "12"]
    assert first.result == again["1"].result
    other = list(hf.render_many(project, rows, output, workers=1, fps=20))
    assert ["done", "done"] == [row.status for row in other]


@pytest.mark.parametrize(
    ("rows", "output", "said"),
    [
        ([{"shde": 1}], "{key}.mp4", "shde"),
        ([{"shade": "x"}], "{key}.mp4", "no number"),
        ([{"shade": 1}, {"shade": 2}], "a.mp4", "both write"),
        ([{"shade": 1}], "{who}.mp4", "who"),
        ([{"key": "../x", "shade": 1}], "{key}.mp4", "name"),
    ],
)
def test_a_table_that_cannot_be_used_is_refused_before_anything_is_made(
    project, rows, output, said
):
    """By an error that names the row and the column."""
    with pytest.raises(InputError, match=said):
        hf.render_many(project, rows, output)


def test_rows_are_read_from_json_lines(tmp_path):
    """One object a line; a line that is none is named."""
    path = tmp_path / "rows.jsonl"
    path.write_text('{"key": "a"}\n\n{"key": 2, "variables": {"n": 1.5}}\n')

    assert [{"key": "a"}, {"key": 2, "variables": {"n": 1.5}}] == hf.read_rows(path)

    path.write_text("{}\n[]\n")
    with pytest.raises(InputError, match=r"rows\.jsonl:2"):
        hf.read_rows(path)


def test_any_column_may_stand_in_the_output(project, tmp_path):
    """Whatever it is called; one used only there is no variable."""
    output = str(tmp_path / "{first name}-{film-no.}.mp4")
    rows = [{"first name": "Ada", "film-no.": 7, "shade": "3"}]

    (made,) = hf.render_many(project, rows, output, workers=1)

    assert (tmp_path / "Ada-7.mp4", ()) == (made.result.path, made.result.warnings)


@pytest.mark.parametrize(
    ("row", "output", "said"),
    [
        ({"shaed": 1}, "{key}.mp4", "did you mean 'shade'"),
        ({"shade": 1}, "{who}.mp4", "no column 'who'"),
        ({"shade": 1}, "{key.mp4", "is not like"),
    ],
)
def test_what_a_row_cannot_mean_is_told(project, row, output, said):
    """Before anything is rendered."""
    with pytest.raises(InputError, match=said):
        list(hf.render_many(project, [row], output))
