"""The table of formats is complete: whatever it offers can be configured and planned."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hyperframes_dist import RenderConfig
from hyperframes_dist._model.formats import FORMATS, find_format
from hyperframes_dist.errors import InputError

FORMATS_PAGE = (Path(__file__).parents[2] / "docs/formats.md").read_text()
ROWS = [
    (name, codec, quality)
    for name, row in FORMATS.items()
    for codec, found in row.codecs.items()
    for quality in found.qualities
]


@pytest.mark.parametrize(("name", "codec", "quality"), ROWS)
def test_every_row_can_be_asked_for(name, codec, quality):
    """Each combination in the table is a legal configuration that finds its row."""
    config = RenderConfig(format=name, codec=codec, quality=quality)

    assert FORMATS[name].codecs[codec].qualities[quality] == config.quality_row
    assert name == config.format_row.name
    assert codec == config.codec_name


@pytest.mark.parametrize("row", FORMATS.values(), ids=FORMATS)
def test_a_row_is_consistent(row):
    """Names, suffixes, rate factors and capture settings fit together."""
    assert row == find_format(row.name)
    assert row.default_codec in row.codecs
    for codec in row.codecs.values():
        assert ["draft", "standard", "high"] == list(codec.qualities)
        for quality in codec.qualities.values():
            assert (quality.crf is None) == (codec.max_crf is None)


def test_better_qualities_lose_less():
    """From draft to high the rate factor falls, for every codec that has one."""
    for row in FORMATS.values():
        for codec in row.codecs.values():
            if codec.max_crf is not None:
                factors = [quality.crf for quality in codec.qualities.values()]
                assert sorted(factors, reverse=True) == factors
                assert 0 <= factors[-1] <= factors[0] <= codec.max_crf


@pytest.mark.parametrize("name", ["avi", "", "MP4", "mp4 "])
def test_an_unknown_format_lists_the_known(name):
    """The error says which formats there are."""
    with pytest.raises(InputError, match="mp4"):
        find_format(name)


def test_the_table_cannot_be_changed():
    """A format added by one caller would change another one's plans."""
    with pytest.raises(TypeError):
        FORMATS["gif"] = FORMATS["mp4"]  # type: ignore[index]


DOCUMENTED = ("h264", "h265", "av1", "vp9")


@pytest.mark.parametrize("row", [row for row in ROWS if row[1] in DOCUMENTED])
def test_a_quality_is_documented_as_it_is(row):
    """Factor and capture in the table of qualities are those of the code."""
    name, codec, quality = row
    found = FORMATS[name].codecs[codec].qualities[quality]
    (line,) = re.findall(rf"^\| {codec} \|(.*crf.*)\|$", FORMATS_PAGE, re.MULTILINE)
    cell = line.split("|")[("draft", "standard", "high").index(quality)]

    assert cell.strip().endswith(f"{found.preset}, crf {found.crf}")
