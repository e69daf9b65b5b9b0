"""Lines, events, secrets and messages of other types: an error of the library, or a row."""

from __future__ import annotations

import json
from typing import Any, cast

import pytest

from hyperframes_dist import RenderConfig
from hyperframes_dist._model.codec import to_json
from hyperframes_dist._tools.address import without_query
from hyperframes_dist.aws._cloud.batch_lines import (
    BatchRow,
    Results,
    check_keys,
    read_lines,
)
from hyperframes_dist.aws._cloud.session import Cloud
from hyperframes_dist.aws._cloud.webhooks import (
    Webhook,
    WebhookEvent,
    sign,
    verify_signature,
)
from hyperframes_dist.aws._function.notices import read_end
from hyperframes_dist.errors import InputError

SECRET = "s" * 16
SITE = "s3://bucket/sites/x/project.tar"
HALF = "\ud800"
OTHERS: list[Any] = [None, 5, True, b"x", [], {}, [[]]]


def read(*lines: Any) -> list[Any]:
    """What is read from *lines*, text or what JSON makes of it."""
    text = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    return list(read_lines(text, None, RenderConfig(), cast("Cloud", None)))


@pytest.mark.parametrize(
    "line",
    [
        *("[" * 100_000, "9" * 5000, '{"key": NaN}'),
        *({"site": site, "key": "a"} for site in (5, ["x"], {"uri": 1}, True)),
        {"site": SITE, "key": "a", "config": {"codec": HALF}},
        *(
            {"site": SITE, "key": "a", "output": output}
            for output in ("a\0b", ".", "..\\x", HALF, "CON", "a" * 300, "a.", 5, [1])
        ),
    ],
)
def test_a_line_that_cannot_be_read_is_a_row(line):
    """The batch goes on, and the row can be written down."""
    (row,) = read(line)
    assert ("refused", "InputError") == (row.status, row.error)
    to_json(row)


@pytest.mark.parametrize("other", ["x.mp4", "./x.mp4", "X.mp4"])
def test_two_lines_do_not_go_to_one_file(other):
    """One film would take the place of the other."""
    rows = read(
        {"site": SITE, "key": "a", "output": "x.mp4"},
        {"site": SITE, "key": "b", "output": other},
    )
    with pytest.raises(InputError, match="lines 1 and 2 have one output"):
        check_keys(rows)


def test_damaged_results_are_rows_that_were_not_written(tmp_path):
    """Bytes that are no text among them."""
    path = tmp_path / "rows.jsonl"
    row = BatchRow(line=1, key="a")
    path.write_bytes(b"\xff\n" + to_json(row) + b"\n" + b"[" * 100_000)

    assert (row,) == Results(path).rows


DETAIL = {"executionArn": "arn", "name": "n", "status": "FAILED", "error": "E"}
DONE = {"OutputS3Uri": "u", "Sha256": "x", "FileSize": 1, "FramesEncoded": 1}


@pytest.mark.parametrize("field", ["output", "cause", "error"])
@pytest.mark.parametrize("value", [*OTHERS, "[" * 100_000, 1.5, '{"Output": 5}'])
def test_an_event_of_an_end_may_hold_anything(field, value):
    """What is of another type is not there."""
    seen = read_end({"detail": {**DETAIL, field: value}})
    assert (None, "failed") == (seen.output, seen.status)


@pytest.mark.parametrize("field", DONE)
@pytest.mark.parametrize("value", [None, [], {}, 1.5, float("nan"), True])
def test_an_output_is_told_whole_or_not(field, value):
    """A receiver's types are the documented ones."""
    done = json.dumps({"Output": {**DONE, field: value}})
    assert read_end({"detail": {**DETAIL, "output": done}}).output is None


def test_half_a_letter_is_told_as_json_spells_it():
    """No encoding has it, and the message is sent all the same."""
    event = WebhookEvent(id="x", event="e", render="r", facts={"error": HALF})
    assert HALF == json.loads(event.body())["error"]


@pytest.mark.parametrize("value", [*OTHERS, HALF * 16])
def test_what_is_no_secret_proves_nothing(value):
    """On both sides."""
    with pytest.raises(InputError, match="secret"):
        Webhook(url="https://example.com/", secret=value)
    with pytest.raises(InputError, match="secret"):
        verify_signature(b"{}", "t=1,v1=" + "a" * 64, value)


@pytest.mark.parametrize("value", OTHERS)
def test_a_webhook_of_other_types_is_refused(value):
    """A missing header among them, which is what a stranger's message has."""
    with pytest.raises(InputError, match="address"):
        Webhook(url=value, secret=SECRET)
    with pytest.raises(InputError, match="signature"):
        verify_signature(b"{}", value, SECRET)
    signed = sign(b"{}", SECRET, 1)
    for body in ("{}", 5, None):
        with pytest.raises(InputError, match="body"):
            verify_signature(cast("bytes", body), signed, SECRET)
    with pytest.raises(InputError, match="window"):
        verify_signature(b"{}", signed, SECRET, now=1, window=cast("float", "x"))


@pytest.mark.parametrize(
    "address",
    [
        "https://ann:hunter2@[::1/x?hunter3",
        "https://ann:hunter2@[::1#hunter3",
        "https://ann:hunter2@example.com/x?hunter3#hunter4",
        "https://ann:hunter2@[x]y/",
    ],
)
def test_an_address_is_told_without_its_secrets(address):
    """Also one that is malformed."""
    assert "hunter" not in without_query(address)
