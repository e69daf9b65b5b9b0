"""
Lambda as machines to plan for: what each memory size has in processors, and what a
prediction costs there.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..._estimate.choose import Machines
from ..._estimate.interval import Interval
from ..._estimate.model import Fleet, Prediction
from ..options import StackOptions
from ..state_machine import MAX_INLINE_CHUNKS
from .prices import Prices, Usage, price

MEMORIES = (2048, 3072, 4096, 5120, 6144, 8192, 10_240)
"""Memory sizes in MiB that are compared where none is asked for."""

# Lambda gives a whole processor's time at this memory, and in proportion.
_MB_PER_CORE = 1769
# A cold start of the ZIP, then the plan from the store. The state machine's own steps are
# in it. A warm function is sooner, a large plan or ZIP later.
_START = Interval(0.8, 3.0, 10.0)
# Another processor and another file system than where times were measured.
_ELSEWHERE = Interval(0.6, 1.2, 2.5)
# What the state machine goes through beside its chunks, and with each: one in the
# execution, and in a child execution also that child's start.
_STATES, _ENDS = 10, 2


def lambda_machines(
    memories: Sequence[int], options: StackOptions, prices: Prices
) -> tuple[Machines, ...]:
    """The function of a stack with *options*, at each size of *memories* in MiB."""
    return tuple(_machines(memory, options, prices) for memory in memories)


def _machines(memory: int, options: StackOptions, prices: Prices) -> Machines:
    def priced(prediction: Prediction) -> Interval:
        low, likely, high = (
            price(_usage(seconds, prediction.jobs, memory, options), prices).total
            for seconds in (
                prediction.busy.low,
                prediction.busy.likely,
                prediction.busy.high,
            )
        )
        return Interval(low, likely, high)

    fleet = Fleet(
        at_once=options.chunks_at_once,
        cores=memory / _MB_PER_CORE,
        start=_START,
        factor=_ELSEWHERE,
    )
    return Machines(
        fleet=fleet, memory_mb=memory, longest=options.timeout, price=priced
    )


def _usage(seconds: float, jobs: int, memory: int, options: StackOptions) -> Usage:
    chunks = jobs - _ENDS
    each = 1 if chunks <= MAX_INLINE_CHUNKS else 2
    return Usage(
        seconds=seconds,
        requests=jobs,
        memory_mb=memory,
        storage_mb=options.storage,
        transitions=_STATES + chunks * each,
        # A guess from the store's layout, as for a render that was made.
        puts=8 * jobs,
        gets=12 * jobs,
        arm=options.arch == "aarch64",
    )
