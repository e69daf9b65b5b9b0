"""A caller can watch a call, stop it, and say when it must have ended."""

from __future__ import annotations

import threading
import time

import pytest

from hyperframes_dist import Progress
from hyperframes_dist.errors import Cancelled, DeadlineExceeded
from hyperframes_dist.progress import Control


def test_nobody_need_watch():
    """Without wishes a call goes on."""
    control = Control()

    control.check()
    control.tell("plan", 1, 2)

    assert control.slice(7.5) == 7.5


def test_a_step_is_told():
    """The callback gets stage, count and detail as one value."""
    events: list[Progress] = []

    Control(events.append).tell("render", 3, 9, "x")

    assert [Progress(stage="render", done=3, total=9, detail="x")] == events


def test_a_set_event_stops():
    """`threading.Event` will do as a cancellation."""
    cancel = threading.Event()
    control = Control(cancel=cancel)
    control.check()

    cancel.set()

    with pytest.raises(Cancelled):
        control.check()


def test_a_passed_deadline_stops():
    """The deadline is on the monotonic clock, which nobody sets back."""
    Control(deadline=time.monotonic() + 60).check()

    with pytest.raises(DeadlineExceeded):
        Control(deadline=time.monotonic()).check()


def test_cancelling_wins_over_the_deadline():
    """A caller who cancelled is told that, even late."""
    cancel = threading.Event()
    cancel.set()

    with pytest.raises(Cancelled):
        Control(cancel=cancel, deadline=time.monotonic() - 1).check()


def test_the_last_step_is_told_before_the_call_stops():
    """Who cancels from the callback has seen the step."""
    cancel, events = threading.Event(), []

    def report(event: Progress) -> None:
        events.append(event.done)
        cancel.set()

    with pytest.raises(Cancelled):
        Control(report, cancel).tell("render", 1, 9)

    assert events == [1]


def test_a_wait_ends_with_the_deadline():
    """No single wait is longer than what is left, and none is negative."""
    now = time.monotonic()

    assert Control(deadline=now + 60).slice(0.1) == 0.1
    assert Control(deadline=now + 1).slice(60) <= 1
    assert Control(deadline=now - 1).slice(60) == 0


def test_an_error_of_the_callback_is_the_callers():
    """It ends the call and arrives as it was raised."""

    def report(event: Progress) -> None:
        raise KeyError(event.stage)

    with pytest.raises(KeyError, match="plan"):
        Control(report).tell("plan", 0, 1)
