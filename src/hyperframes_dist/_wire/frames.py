"""
The frames of a render as progress for whoever asked for it, read from its store.
"""

from __future__ import annotations

import time

from ..errors import HyperframesError
from ..progress import Control
from ..transport import Transport
from .status import Watcher

_LOOK_SECONDS = 1.0


class Frames:
    """
    Tells a caller how many frames of a render are finished, never fewer than before.

    Args:
        transport: The store.
        render: The render's name there.
        control: The caller.
    """

    def __init__(self, transport: Transport, render: str, control: Control) -> None:
        self._watcher, self._control = Watcher(transport, render), control
        self._told, self._due = 0, 0.0

    def look(self) -> None:
        """Look, unless that was done a moment ago; a store that is busy is asked later."""
        if self._control.report is None or time.monotonic() < self._due:
            return
        self._due = time.monotonic() + _LOOK_SECONDS
        try:
            state = self._watcher.look()
        except HyperframesError:
            return
        self.tell(state.done, state.total)

    def tell(self, done: int, total: int) -> None:
        """Tell the caller of *done* frames, unless it knows."""
        if done > self._told:
            self._told = done
            self._control.tell("render", done, total)
