"""
Who is helped: which chunk a worker that has nothing to do takes a part of.

Read from the store, as everything that is known of running jobs; an executor does not say
which of them run, or how far they are.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Collection

from .._wire.jobs import Helped
from .._wire.status import RenderState, Watcher
from ..errors import HyperframesError
from ..transport import Transport

logger = logging.getLogger(__name__)

_LOOK_SECONDS = 2.0


class Helpers:
    """
    Chooses whom to help in one plan of a render, and adds up what that costs.

    Args:
        transport: The store.
        render: The render's name there.
        after: Seconds that must be left of a chunk for help to be worth its beginning.
    """

    def __init__(self, transport: Transport, render: str, after: float) -> None:
        self._watcher, self._after = Watcher(transport, render), after
        self._due = 0.0
        # Jobs that have ended and whose worker has found no other one to run.
        self._idle, self._all_run = 0, False
        self._begun, self._spent = 0, list[Helped]()

    def freed(self) -> None:
        """Note that a worker has ended its job."""
        # Before every job runs it goes on to the next one; the last of these does not.
        self._idle = self._idle + 1 if self._all_run else 1

    def choose(
        self, unfinished: Collection[int], helped: Collection[int]
    ) -> int | None:
        """
        The chunk that is helped next, by a worker that is free; None where that is nobody.

        Args:
            unfinished: Chunks nobody has answered for.
            helped: Those of them that are being helped.
        """
        if not (self._idle and unfinished) or time.monotonic() < self._due:
            return None
        self._due = time.monotonic() + _LOOK_SECONDS
        try:
            state = self._watcher.look()
        except HyperframesError:
            return None
        return self._pick(state, unfinished, helped)

    def _pick(
        self, state: RenderState, unfinished: Collection[int], helped: Collection[int]
    ) -> int | None:
        chunks = [each for each in state.chunks if each.index in unfinished]
        self._all_run = bool(chunks) and all(c.stage != "waiting" for c in chunks)
        if not self._all_run:
            return None
        left = {each.index: each.left for each in chunks if each.index not in helped}
        index = max(left, key=lambda index: (left[index], -index), default=None)
        if index is None or left[index] <= self._after:
            return None
        self._idle -= 1
        self._begun += 1
        logger.info("chunk %d is helped: %.0f s of it are left", index, left[index])
        return index

    def add(self, helped: Helped) -> None:
        """Note what a worker that helped has done."""
        self._spent.append(helped)

    def report(self) -> None:
        """Say what helping came to, if anybody helped."""
        if not self._begun:
            return
        late = self._begun - len(self._spent)
        logger.info(
            "%d jobs helped with slow chunks: %d segments in %.1f s of workers that had "
            "nothing else to do%s",
            self._begun,
            sum(each.segments for each in self._spent),
            sum(each.seconds for each in self._spent),
            f", without {late} that had not ended" if late else "",
        )
