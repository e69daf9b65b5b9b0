"""How far a render is: what is stored, counted once, and never less than before."""

from __future__ import annotations

import itertools

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperframes_dist._tools.retry import Retry
from hyperframes_dist.aws import PlanFacts, Render, RenderFault, RenderProgress, Stack
from hyperframes_dist.aws._cloud import progress
from hyperframes_dist.aws._cloud.session import Cloud, Services
from hyperframes_dist.errors import RenderFailedError, TransportError
from hyperframes_dist.progress import Control

MACHINE = "arn:aws:states:eu-west-1:123456789012:stateMachine:render"
PLAN = PlanFacts(
    plan_hash="p",
    content_hash="h",
    pictures_hash="c",
    frame_count=45,
    chunk_count=2,
    frame_rate="10",
)
ROW = {"input": '{"Config":{"segment_seconds":"1"}}'}
SEEN = RenderProgress(
    render=Render(name="film", execution="arn:film"),
    status="running",
    fraction=0.5,
    frames_done=20,
    frames_total=45,
    attempts=3,
    faults=(),
    plan=PLAN,
    output=None,
)
# Five segments in two chunks: three and two.
SEGMENTS = [
    key
    for i in range(5)
    for key in (f"segments/c/{i:06d}.mp4", f"segments/c/{i:06d}.json")
]
CHUNKS = [
    key
    for i in range(2)
    for key in (f"work/p/chunks/{i:04d}.mp4", f"work/p/chunks/{i:04d}.mp4.json")
]


class Keys:
    """A store of names."""

    def __init__(self) -> None:
        self.keys: set[str] = set()

    def list(self, prefix: str):
        return sorted(key for key in self.keys if key.startswith(f"{prefix}/"))


def cloud_of(store) -> Cloud:
    stack = Stack(state_machine=MACHINE, store="s3://store")
    return Cloud(stack=stack, services=Services(clients={}), store=store)


@given(order=st.permutations(SEGMENTS + CHUNKS))
def test_frames_only_grow(order):
    """In whatever order files appear, and a segment that is in a chunk counts once."""
    store, counts = Keys(), [0]
    for key in order:
        store.keys.add(key)
        counts.append(progress._count_frames(cloud_of(store), PLAN, ROW))

    assert sorted(counts) == counts
    assert 45 == counts[-1]


def test_a_file_without_its_record_is_not_counted():
    """Its writer has not finished."""
    store = Keys()
    store.keys |= {key for key in SEGMENTS + CHUNKS if not key.endswith(".json")}

    assert 0 == progress._count_frames(cloud_of(store), PLAN, ROW)


def test_a_chunk_counts_for_its_segments():
    """Segments expire, or were taken from an older store; the chunk says they were made."""
    store = Keys()
    store.keys |= {CHUNKS[0], CHUNKS[1], SEGMENTS[0], SEGMENTS[1]}

    assert 30 == progress._count_frames(cloud_of(store), PLAN, ROW)


def test_a_stale_answer_takes_nothing_back():
    """Services answer with what was true a moment ago."""
    stale = attrs.evolve(
        SEEN, fraction=0.0, frames_done=0, frames_total=None, plan=None
    )

    seen = progress._not_less(stale, SEEN)

    assert (0.5, 20, 45, PLAN) == (
        seen.fraction,
        seen.frames_done,
        seen.frames_total,
        seen.plan,
    )


def test_a_store_that_does_not_answer_is_waited_out(monkeypatch):
    """A render of an hour survives a minute without a network; an hour is given up."""
    answers = itertools.chain([TransportError("no answer")] * 3, [SEEN])

    def look(*_):
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(progress, "get_progress", look)
    brisk = Retry(tries=30, first=0.001, growth=1)
    cloud, control = cloud_of(Keys()), Control()

    assert SEEN == progress.look(cloud, SEEN.render, control, retry=brisk)
    answers = itertools.repeat(TransportError("no answer"))
    with pytest.raises(TransportError):
        progress.look(cloud, SEEN.render, control, retry=brisk)


def test_the_chunks_own_error_ends_a_render():
    """Not the count the state machine makes of them."""
    counted = RenderFault(where="", error="ChunksFailed", reason="chunks [1] of 2")
    own = RenderFault(where="RenderChunk", error="PageError", reason="a script threw")
    seen = attrs.evolve(SEEN, status="failed", faults=(own, counted))

    with pytest.raises(RenderFailedError, match="PageError: a script threw"):
        progress.require_success(seen)
    with pytest.raises(RenderFailedError, match="ChunksFailed"):
        progress.require_success(attrs.evolve(seen, faults=(counted,)))
