"""Segments are claimed so that each is made, once, by whoever is nearest."""

from __future__ import annotations

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperframes_dist import Progress
from hyperframes_dist._render.pool import Claims, FrameCounter
from hyperframes_dist.errors import Cancelled
from hyperframes_dist.progress import Control


def test_one_worker_goes_from_start_to_end():
    """Alone, it never has to seek."""
    claims, order, last = Claims({0, 1, 2, 3}), [], None

    while (last := claims.take(last)) is not None:
        order.append(last)

    assert order == [0, 1, 2, 3]


def test_a_second_worker_begins_in_the_middle():
    """It takes the second half of what the first one is on the way to."""
    claims = Claims(set(range(10)))

    first, second = claims.take(None), claims.take(None)

    assert (first, second) == (0, 5)
    assert (claims.take(first), claims.take(second)) == (1, 6)


def test_a_worker_that_is_done_helps_the_furthest_behind():
    """The longest run that is left is cut again."""
    claims = Claims(set(range(10)))
    first, second = claims.take(None), claims.take(None)
    for _ in range(4):
        second = claims.take(second)
    assert second == 9

    assert claims.take(second) == 3
    assert claims.take(first) == 1


def test_only_missing_segments_are_claimed():
    """What a store holds already is nobody's work."""
    claims, order, last = Claims({1, 2, 7}), [], None

    while (last := claims.take(last)) is not None:
        order.append(last)

    assert order == [1, 2, 7]


def test_a_run_nobody_is_on_the_way_to_begins_at_its_start():
    """Cutting it would only cost a seek."""
    claims = Claims({0, 4, 5, 6, 7})

    assert claims.take(None) == 4


def test_one_worker_never_goes_back():
    """Alone, it passes what a store holds and never opens a page again."""
    claims, order, last = Claims({0, 4, 5, 6, 9}, alone=True), [], None

    while (last := claims.take(last)) is not None:
        order.append(last)

    assert order == [0, 4, 5, 6, 9]


def test_a_segment_is_tried_three_times():
    """Then the failure is the caller's."""
    claims = Claims({0})

    tries = []
    for _ in range(3):
        assert claims.take(None) == 0
        tries.append(claims.give_back(0))

    assert tries == [True, True, False]
    assert claims.take(None) is None


def test_who_helps_begins_in_the_middle():
    """And goes on to the end, then in the middle of what whoever is helped has left."""
    claims, order, last = Claims(set(range(10)), alone=True, helping=True), [], None

    while (last := claims.take(last)) is not None:
        order.append(last)
        if claims.jumps(last):
            # Who is helped has made one for each of these, from the first one on.
            claims.drop(range(len(order)))

    assert [5, 6, 7, 8, 9] == order

    claims = Claims({2, 3, 4, 8}, helping=True)
    assert [3, 4, 8, 2] == [claims.take(each) for each in (None, 3, 4, 8)]


@given(
    missing=st.sets(st.integers(0, 60), max_size=40),
    turns=st.lists(st.tuples(st.integers(0, 4), st.booleans()), max_size=200),
)
def test_every_segment_is_made_once(missing, turns):
    """Whoever takes turns, and whatever fails once or twice, none is lost or doubled."""
    claims = Claims(set(missing))
    held: dict[int, int | None] = dict.fromkeys(range(5))
    made: list[int] = []
    failures: dict[int, int] = {}

    def turn(worker: int, *, fails: bool) -> None:
        index = held[worker]
        if index is not None and fails and failures.get(index, 0) < 2:
            failures[index] = failures.get(index, 0) + 1
            assert claims.give_back(index)
            held[worker] = None
            return
        if index is not None:
            made.append(index)
        held[worker] = claims.take(index)
        assert held[worker] is None or held[worker] not in made

    for worker, fails in turns:
        turn(worker, fails=fails)
        busy = [index for index in held.values() if index is not None]
        assert len(busy) == len(set(busy))
    for _ in range(len(missing) + 1):
        for worker in held:
            turn(worker, fails=False)

    assert sorted(made) == sorted(missing)
    assert set(held.values()) == {None}


@given(count=st.integers(1, 60), workers=st.integers(1, 8))
def test_seeks_are_few(count, workers):
    """A worker leaves its run only when it is over: a seek per worker and run at most."""
    claims = Claims(set(range(count)))
    last: dict[int, int | None] = dict.fromkeys(range(workers))
    jumps, active = 0, set(last)

    while active:
        for worker in sorted(active):
            index = claims.take(last[worker])
            if index is None:
                active.discard(worker)
            elif last[worker] is None or index != (last[worker] or 0) + 1:
                jumps += 1
            last[worker] = index

    assert jumps <= workers * (count.bit_length() + 1)
    if workers == 1:
        assert jumps == 1


def test_frames_are_counted_over_all_workers():
    """The callback hears of every frame once, in order, one call at a time."""
    heard: list[tuple[int, int]] = []
    callers: set[int] = set()
    inside = threading.Lock()

    def report(event: Progress) -> None:
        assert inside.acquire(blocking=False), "two calls at once"
        heard.append((event.done, event.total))
        callers.add(threading.get_ident())
        inside.release()

    counter = FrameCounter(400, Control(report))

    def work() -> None:
        for _ in range(100):
            counter.add()
        counter.end()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    counter.tell_until(4)
    for thread in threads:
        thread.join()

    assert [(n, 400) for n in range(1, 401)] == heard
    assert {threading.get_ident()} == callers


def test_kept_frames_are_counted_at_once():
    """What a store held already is done from the start."""
    events: list[Progress] = []

    FrameCounter(90, Control(events.append)).add(60)

    assert [Progress(stage="render", done=60, total=90)] == events


def test_frames_that_are_drawn_again_are_counted_once():
    """What is done never shrinks, and is never more than there is."""
    heard: list[int] = []
    counter = FrameCounter(4, Control(lambda event: heard.append(event.done)))

    counter.add(2)
    counter.lose(2)
    for _ in range(4):
        counter.add()

    assert [2, 2, 2, 3, 4] == heard


def test_counting_stops_a_cancelled_call():
    """A worker learns at its next frame that the caller wants to stop."""
    cancel = threading.Event()
    counter = FrameCounter(2, Control(cancel=cancel))
    counter.add()

    cancel.set()

    with pytest.raises(Cancelled):
        counter.add()
