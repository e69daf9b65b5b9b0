"""Events of Step Functions: what is understood, what is refused, and what is answered."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

import hyperframes_dist as hf
from hyperframes_dist._model.config import MOST_CHUNKS
from hyperframes_dist._wire.jobs import AssembleJob, ChunkJob, PlanJob
from hyperframes_dist.aws._function.events import chunk_answer, parse_event, unwrap
from hyperframes_dist.errors import InputError

STORE = "s3://renders-1/team"
HASH = "0123456789abcdef" * 4
BUCKETS = frozenset({"renders-1"})
PLAN = {
    "Action": "plan",
    "StoreS3Uri": STORE,
    "ProjectS3Uri": f"{STORE}/sites/{HASH}/project.tar",
    "Config": {"fps": "30", "variables": {"title": "x"}},
}
CHUNK = {
    "Action": "renderChunk",
    "StoreS3Uri": STORE,
    "PlanHash": HASH,
    "ChunkIndex": 7,
}
ASSEMBLE = {"Action": "assemble", "StoreS3Uri": STORE, "PlanHash": HASH}


@pytest.mark.parametrize(
    ("event", "job"),
    [
        (
            PLAN,
            PlanJob(
                store=STORE,
                site_hash=HASH,
                config=hf.RenderConfig(fps=30, variables={"title": "x"}),
            ),
        ),
        ({**PLAN, "Config": {}}, PlanJob(store=STORE, site_hash=HASH)),
        (CHUNK, ChunkJob(store=STORE, plan_hash=HASH, index=7)),
        (ASSEMBLE, AssembleJob(store=STORE, plan_hash=HASH)),
    ],
)
def test_an_event_is_a_job(event, job):
    asked = parse_event(event, BUCKETS)

    assert (asked.action, asked.job) == (event["Action"], job)


def test_notes_are_for_the_log():
    """Neither is needed, and nonsense in them is not an error."""
    request = parse_event({**CHUNK, "Attempt": 2, "Execution": "film-1"}, BUCKETS)

    assert (request.attempt, request.execution) == (2, "film-1")
    assert parse_event({**CHUNK, "Attempt": "x"}, BUCKETS).attempt is None


@pytest.mark.parametrize("event", [PLAN, CHUNK, ASSEMBLE])
def test_a_job_tells_its_render_of_itself(event):
    """An execution is called as its render is; one whose name is none tells nobody."""
    for name, wanted in (("film-1", "film-1"), ("_film", ""), ("a/b", ""), (7, "")):
        asked = parse_event({**event, "Execution": name}, BUCKETS)

        assert wanted == asked.job.render


@pytest.mark.parametrize("depth", range(5))
@pytest.mark.parametrize("name", ["Payload", "Input"])
def test_envelopes_are_opened(depth, name):
    event = CHUNK
    for _ in range(depth):
        event = {name: event, "StatusCode": 200}

    assert unwrap(event) == CHUNK


def test_envelopes_are_opened_four_deep_at_most():
    event = CHUNK
    for _ in range(5):
        event = {"Payload": event}

    with pytest.raises(InputError, match="at most 4"):
        parse_event(event, BUCKETS)


WRONG = [
    ({}, "Action"),
    (None, "NoneType"),
    ([CHUNK], "list"),
    ({**CHUNK, "Action": "destroy"}, "destroy"),
    ({**CHUNK, "Action": None}, "None"),
    ({**CHUNK, "Force": True}, "Force"),
    ({k: v for k, v in CHUNK.items() if k != "PlanHash"}, "PlanHash"),
    ({**CHUNK, "PlanHash": HASH.upper()}, "plan_hash"),
    ({**CHUNK, "PlanHash": 7}, "plan_hash"),
    ({**CHUNK, "ChunkIndex": "7"}, "index"),
    ({**CHUNK, "ChunkIndex": 7.0}, "index"),
    ({**CHUNK, "ChunkIndex": -1}, "index"),
    ({**CHUNK, "StoreS3Uri": "s3://other-bucket/team"}, "other-bucket"),
    ({**CHUNK, "StoreS3Uri": "https://renders-1/team"}, "s3://bucket"),
    ({**CHUNK, "StoreS3Uri": "s3://renders-1/../x"}, "key"),
    ({**CHUNK, "StoreS3Uri": "s3://renders-1/team/"}, "ends with"),
    ({**CHUNK, "StoreS3Uri": "file:///etc"}, "s3://bucket"),
    ({**CHUNK, "StoreS3Uri": 3}, "StoreS3Uri"),
    ({**PLAN, "ProjectS3Uri": f"s3://other/sites/{HASH}/project.tar"}, "ProjectS3Uri"),
    ({**PLAN, "ProjectS3Uri": f"{STORE}/sites/{HASH}"}, "ProjectS3Uri"),
    ({**PLAN, "ProjectS3Uri": f"{STORE}/sites/x/project.tar"}, "site_hash"),
    ({**PLAN, "Config": {"fps": 0}}, "fps"),
    ({**PLAN, "Config": {"frames": 3}}, "frames"),
    ({**PLAN, "Config": "{}"}, "Config"),
    ({**PLAN, "Config": {"runtime": "/etc/passwd"}}, "runtime"),
    ({**PLAN, "Config": {"cache_dir": "/tmp"}}, "cache_dir"),
    ({**PLAN, "Config": {"chunks": 1001}}, "chunks"),
]


@pytest.mark.parametrize(("event", "said"), WRONG, ids=range(len(WRONG)))
def test_a_wrong_event_is_refused(event, said):
    """The message names the field, or what was found."""
    with pytest.raises(InputError, match=said):
        parse_event(event, BUCKETS)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from([*CHUNK, "Payload", "Config"]), inner, max_size=4
        )
    ),
    max_leaves=8,
)


@given(JSON)
def test_no_event_does_harm(event):
    """Whatever comes in, it is refused by one kind of error."""
    with pytest.raises(InputError):
        parse_event(event, BUCKETS)


@given(
    st.integers(0, MOST_CHUNKS - 1),
    st.integers(1, 2**31),
    st.binary(min_size=32, max_size=32),
)
def test_a_chunk_is_answered_in_few_bytes(index, frames, digest):
    """A state holds a thousand of these, and 256 KiB."""
    result = hf.ChunkResult(
        content_hash=HASH,
        index=index,
        frame_count=frames,
        size=2**40,
        sha256=digest.hex(),
        segments=(),
    )

    answer = chunk_answer(result)

    assert len(json.dumps(answer)) < 200
    assert base64.urlsafe_b64decode(answer["Sha256"] + "=") == digest
    assert (answer["ChunkIndex"], answer["FramesEncoded"]) == (index, frames)
