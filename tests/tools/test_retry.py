"""Tries again: counted, paced, and never longer than the caller wants."""

from __future__ import annotations

import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperframes_dist._tools.retry import Retry, is_retryable
from hyperframes_dist.errors import (
    Cancelled,
    DeadlineExceeded,
    InputError,
    TransportError,
)
from hyperframes_dist.progress import Control


class Failing:
    """Work that fails with *errors*, one after another, and then succeeds."""

    def __init__(self, *errors: Exception) -> None:
        self.errors, self.calls = list(errors), 0

    def __call__(self) -> str:
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
        return "done"


def test_what_may_pass_is_tried_again():
    """Until it succeeds, and no further."""
    work = Failing(TransportError("one"), TransportError("two"))

    assert "done" == Retry(tries=5).call(work, is_retryable)
    assert 3 == work.calls


def test_the_last_error_is_told():
    """Tries come to an end with what the last one said."""
    work = Failing(*(TransportError(str(n)) for n in range(1, 9)))

    with pytest.raises(TransportError, match="3"):
        Retry(tries=3).call(work, is_retryable)

    assert 3 == work.calls


@pytest.mark.parametrize("error", [InputError("no"), KeyError("no")])
def test_what_cannot_pass_is_not_tried_again(error):
    """Neither a caller's mistake nor anything from outside the tree."""
    work = Failing(error)

    with pytest.raises(type(error)):
        Retry(tries=3).call(work, is_retryable)

    assert 1 == work.calls


def test_a_pause_ends_with_the_callers_wish():
    """Nobody waits a minute for a caller who has gone."""
    cancel, patient = threading.Event(), Retry(tries=3, first=60)
    cancel.set()
    wishes = {
        Cancelled: Control(cancel=cancel),
        DeadlineExceeded: Control(deadline=time.monotonic() + 0.05),
    }

    for kind, control in wishes.items():
        with pytest.raises(kind):
            patient.call(Failing(TransportError("one")), is_retryable, control)


def test_tries_that_are_left_are_counted_down():
    """A loop that is its own judge sees its last try."""
    assert [2, 1, 0] == list(Retry(tries=3).left())


@given(st.integers(1, 40), st.floats(0.01, 10), st.floats(0.01, 60))
def test_pauses_grow_to_a_bound(number, first, longest):
    """A random pause is within the one that is not."""
    steady = Retry(tries=2, first=first, longest=longest)
    spread = Retry(tries=2, first=first, longest=longest, spread=True)

    pause = steady.pause(number)

    assert min(first, longest) == steady.pause(1)
    assert pause <= steady.pause(number + 1) <= longest
    assert 0 <= spread.pause(number) <= pause
