"""
The one way of measuring: contestants in turns, in alternating order, on one machine.

Beside every time stands the share of the processors that others used meanwhile.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import attrs
from _results import Case, Ratio, Series

_PR_SET_CHILD_SUBREAPER = 36


@attrs.define
class Contestant:
    """
    One way to do the work.

    Attributes:
        label: What a person reads.
        run: Does it once; its wall time is what is measured.
        warm_up: Runs before anything is measured: caches are filled, versions compared.
        seconds: What was measured.
        foreign: What others took of the machine meanwhile.
    """

    label: str
    run: Callable[[], object]
    warm_up: Callable[[], object] | None = None
    seconds: list[float] = attrs.field(factory=list, init=False)
    foreign: list[float] = attrs.field(factory=list, init=False)

    def series(self, name: str, facts: Mapping[str, float] | None = None) -> Series:
        """What was measured, under *name*."""
        return Series(
            name=name,
            label=self.label,
            values=tuple(round(value, 4) for value in self.seconds),
            foreign=tuple(round(value, 3) for value in self.foreign),
            facts=facts or {},
        )


def compare(
    contestants: Mapping[str, Contestant],
    outputs: Mapping[str, Path],
    judge: Callable[[Path], Mapping[str, float]],
    runs: int,
) -> Case:
    """
    Race ``theirs`` and ``ours``, and how often ours fits into theirs.

    Args:
        outputs: What each contestant writes.
        judge: What is to be known of such a file.
    """
    race(contestants, runs)
    case = Case(
        series=tuple(
            contestant.series(name, judge(outputs[name]))
            for name, contestant in contestants.items()
        )
    )
    times = case.find("theirs").median / case.find("ours").median
    return attrs.evolve(case, ratios=(ratio("theirs / ours", times),))


def ratio(
    label: str, value: float, unit: str = "", *, at_most: float | None = None
) -> Ratio:
    """A number with three digits behind the point."""
    return Ratio(label=label, value=round(value, 3), unit=unit, at_most=at_most)


def race(contestants: Mapping[str, Contestant], runs: int) -> None:
    """Run all in turn, *runs* times; whoever was first is last in the next round."""
    for contestant in contestants.values():
        if contestant.warm_up is not None:
            contestant.warm_up()
    order = list(contestants.values())
    for run in range(runs):
        for contestant in order:
            seconds, foreign = measure(contestant.run)
            contestant.seconds.append(seconds)
            contestant.foreign.append(foreign)
            others = f"others {foreign:.0%}"
            print(
                f"  run {run + 1}/{runs} {contestant.label}: {seconds:.2f} s, {others}",
                flush=True,
            )
        order.reverse()


def measure(work: Callable[[], object]) -> tuple[float, float]:
    """Wall seconds of *work*, and the share of the machine others used meanwhile."""
    own, busy, began = own_seconds(), _busy_seconds(), time.monotonic()
    work()
    wall = time.monotonic() - began
    own = own_seconds() - own
    foreign = (_busy_seconds() - busy) - own
    return wall, max(0.0, foreign / (wall * processors()))


def own_seconds() -> float:
    """Processor seconds of this process and of all below it that have ended."""
    _reap()
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    usages = [resource.getrusage(kind) for kind in kinds]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def processors() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0))


def adopt_orphans() -> None:
    """
    Become the parent of processes whose own parent died.

    A browser that is killed leaves its renderers to init, and their processor time would
    be counted as other people's.
    """
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _reap() -> None:
    """Wait for orphans; every process somebody still waits for has ended long since."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _busy_seconds() -> float:
    fields = Path("/proc/stat").read_text().splitlines()[0].split()[1:]
    user, nice, system, _, _, irq, softirq = map(int, fields[:7])
    return (user + nice + system + irq + softirq) / os.sysconf("SC_CLK_TCK")
