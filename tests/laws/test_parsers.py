"""Whatever a parser is given, it answers or refuses by a typed error, and soon."""

from __future__ import annotations

import contextlib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers import PARSERS, TYPED

SECONDS = 5.0
"""Of processor time: far more than any takes, far less than a hang."""

PIECES = (
    *(
        b"",
        b"\0",
        b"\xff",
        b"\xef\xbb\xbf",
        b"{",
        b"}",
        b"[",
        b"]",
        b'"',
        b"'",
        b"\\",
        b"(",
    ),
    *(
        b")",
        b"<",
        b"</",
        b"<!--",
        b"/*",
        b"*/",
        b"//",
        b"${",
        b"`",
        b"@import ",
        b"url(",
    ),
    *(
        b"NaN",
        b"Infinity",
        b"1e400",
        b"-1",
        b"9" * 400,
        b"1/0",
        b"null",
        b"true",
        b"0x1",
    ),
    *(
        b"../",
        b"%00",
        b"%2e%2e/",
        b"https://[::1",
        b"data:,",
        b"::",
        b"@",
        b"#",
        b"?",
        b"&#0;",
    ),
    *(b"[" * 300, b"(" * 300, b"<b>" * 300, b"{" * 300, b"\n" * 99, b"\xed\xa0\x80"),
)


FORMS = (
    *(b"[]", b"null", b"1", b'"a"', b"NaN", b'{"a":1e999}', b'{"a":"\\ud800"}'),
    *(b"[" * 20_000, b'{"a":' * 20_000, b'{"a":' + b"9" * 5000 + b"}", b"`${" * 2000),
    *(b'{"a":1,"a":2}', b'{"a":"\xed\xa0\x80"}', b'{"kind":["chunk"]}', b"9" * 5000),
    *(b"a{width:" + b"9" * 5000 + b"px}", b"<!---->" * 500 + b"x"),
)
"""What no drawing comes to: JSON of every kind, numbers without end, deep nesting."""


@pytest.mark.parametrize("name", sorted(PARSERS))
def test_every_form_of_json_is_read_or_refused(name):
    """By whoever reads something else, too."""
    parser, began = PARSERS[name], time.process_time()

    for form in FORMS:
        with contextlib.suppress(*TYPED):
            parser.run(form)

    assert time.process_time() - began < SECONDS


@st.composite
def near(draw: st.DrawFn, seeds: tuple[bytes, ...]) -> bytes:
    """Something that nearly is what a parser reads, or nothing like it."""
    if draw(st.integers(0, 9)) == 0:
        return draw(st.binary(max_size=200))
    data = draw(st.sampled_from(seeds))
    for _ in range(draw(st.integers(0, 5))):
        start = draw(st.integers(0, len(data)))
        stop = draw(st.integers(start, min(len(data), start + 40)))
        piece = draw(st.one_of(st.sampled_from(PIECES), st.binary(max_size=6)))
        times = draw(st.sampled_from((0, 1, 1, 2)))
        data = data[:start] + data[start:stop] * times + piece + data[stop:]
    return data


@pytest.mark.parametrize("name", sorted(PARSERS))
@given(drawing=st.data())
def test_bytes_are_read_or_refused(name, drawing):
    """No other error, and no end of time."""
    parser = PARSERS[name]
    data = drawing.draw(near(parser.seeds))
    began = time.process_time()

    with contextlib.suppress(*TYPED):
        parser.run(data)

    assert time.process_time() - began < SECONDS
