"""Rows that were made to mislead: refused with their number, before anything is rendered."""

from __future__ import annotations

import json

import pytest

from hyperframes_dist._batch.rows import make_rows, read_rows
from hyperframes_dist.errors import InputError

NAMES = ["a\nb", "a\x01", "\ud800", "a" * 256, "é" * 130, "x\u2028y"]


@pytest.mark.parametrize("name", NAMES)
def test_what_cannot_be_a_name_is_refused(name):
    """With the row."""
    with pytest.raises(InputError, match="row 1"):
        make_rows([{"key": name}], "out/{key}.mp4", ())


@pytest.mark.parametrize(
    ("name", "output"),
    [
        *(("CON", "{key}.mp4"), ("lpt1.x", "{key}.mp4"), ("Com1 ", "{key}.mp4")),
        *(("a.", "{key}"), ("a ", "{key}")),
    ],
)
def test_what_windows_makes_something_else_of_is_refused(name, output):
    """A device takes all that is written to it; dots and spaces at an end are lost."""
    with pytest.raises(InputError, match="row 1"):
        make_rows([{"key": name}], output, ())


@pytest.mark.parametrize(
    "name", ["CONCERT", "Dr.", "東京\u3000駅", "👩\u200d🚀", "x com1"]
)
def test_names_of_people_and_places_stay(name):
    """What only looks like such is a name."""
    (row,) = make_rows([{"key": name}], "out/{key}.mp4", ())
    assert f"{name}.mp4" == row.output.name


@pytest.mark.parametrize(
    ("one", "other"), [("a", "A"), ("é", "e\u0301"), ("É", "e\u0301"), ("ß", "SS")]
)
def test_names_that_are_one_file_elsewhere_are_refused(one, other):
    """The second film would take the place of the first."""
    with pytest.raises(InputError, match="row 2 and an earlier one both write"):
        make_rows([{"key": one}, {"key": other}], "{key}.mp4", ())


@pytest.mark.parametrize(
    "value", ['"\\ud800"', "NaN", "1e999", "9" * 400, "[" * 300 + "]" * 300]
)
def test_what_a_page_cannot_be_given_is_refused(tmp_path, value):
    """By the row that holds it, instead of by a thread that ends the batch."""
    path = tmp_path / "rows.jsonl"
    path.write_text(f'{{"key": "a", "n": {value}}}')

    with pytest.raises(InputError, match="row 1: variables"):
        make_rows(read_rows(path), "{key}.mp4", ())


@pytest.mark.parametrize(
    ("name", "text"), [("a.csv", "key,n,n\na,1,2\n"), ("a.jsonl", '{"n": 1, "n": 2}')]
)
def test_a_column_stands_once_in_a_row(tmp_path, name, text):
    """The first would be silently lost."""
    (tmp_path / name).write_text(text)
    with pytest.raises(InputError, match=r"'n'.*twice"):
        read_rows(tmp_path / name)


@pytest.mark.parametrize("letter", "\u2028\u2029\x0b\x0c\x85\x1c\x1e")
def test_only_a_line_feed_ends_a_row(tmp_path, letter):
    """Other separators are letters of a text, in both kinds of file."""
    rows = [{"text": f"a{letter}b"}]
    (tmp_path / "a.csv").write_text(f"text\na{letter}b\n", "utf-8")
    (tmp_path / "a.jsonl").write_text(json.dumps(rows[0]), "utf-8")

    assert rows == read_rows(tmp_path / "a.csv") == read_rows(tmp_path / "a.jsonl")
