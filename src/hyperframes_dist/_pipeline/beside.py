"""
The sound of a plan, mixed in a thread of its own while others draw its pictures.
"""

from __future__ import annotations

import contextlib
import contextvars
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import attrs

from .._model.results import Plan
from .._render.sound import make_sound, sound_name
from ..progress import Cancel, Control
from .assemble import Heard


@attrs.frozen
class _Either:
    """Set when the caller wants to stop, or nobody waits for the sound any more."""

    caller: Cancel | None
    left: threading.Event

    def is_set(self) -> bool:
        return self.left.is_set() or (self.caller is not None and self.caller.is_set())


@contextlib.contextmanager
def beside(
    plan: Plan, folder: Path, control: Control
) -> Iterator[Callable[[], Heard | None]]:
    """
    Mix the sound of *plan* into *folder* while the block runs.

    Yields:
        A function that waits for the sound, and raises what mixing it raised; None comes
        where nothing is heard. A block that ends without asking stops the mixing.
    """
    if plan.content.sound is None:
        yield lambda: None
        return
    left = threading.Event()
    own = Control(None, _Either(control.cancel, left), control.deadline)

    def mix() -> Heard:
        path = folder / sound_name(plan)
        return Heard(path, make_sound(plan, path, control=own))

    with ThreadPoolExecutor(1, thread_name_prefix="hyperframes-sound") as thread:
        future = thread.submit(contextvars.copy_context().run, mix)
        try:
            yield future.result
        finally:
            left.set()
