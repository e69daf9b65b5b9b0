"""Acts in the middle of a render, for tests of what survives them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from hyperframes_dist.transport import open_transport


def once_a_segment_is_there(store: str, act: Callable[[], None]) -> threading.Thread:
    """Do *act* as soon as the store at *store* holds a segment."""

    def watch() -> None:
        transport = open_transport(store)
        deadline = time.monotonic() + 100
        while not any(transport.list("segments")) and time.monotonic() < deadline:
            time.sleep(0.01)
        act()

    thread = threading.Thread(target=watch)
    thread.start()
    return thread
