"""
Frames handed from the thread that draws to the thread that encodes.

A few frames may wait in between. Either side learns when the other has failed, so
neither waits for ever.
"""

from __future__ import annotations

import queue
from collections.abc import Iterator
from concurrent.futures import Future
from typing import Any

from .._estimate.spans import Stopwatch
from ..progress import Control

_WAITING_FRAMES = 4
_TICK = 0.1


class Handover:
    """
    A short queue of frames with an end that may be an error.

    How long the drawing side had to wait is added to *waited*.
    """

    def __init__(self, waited: Stopwatch) -> None:
        self._waited = waited
        self._queue: queue.Queue[bytes | BaseException | None] = queue.Queue(
            _WAITING_FRAMES
        )

    def feed(
        self, frames: Iterator[bytes], reader: Future[Any], control: Control
    ) -> None:
        """
        Pass on all *frames*; *reader* is the work that takes them.

        Raises:
            Exception: What drawing raises, or what ended *reader* early.
        """
        try:
            for frame in frames:
                with self._waited:
                    self._put(frame, reader, control)
        except BaseException as error:
            self._put_last(error, reader)
            raise
        self._put_last(None, reader)

    def _put(self, frame: bytes, reader: Future[Any], control: Control) -> None:
        while True:
            try:
                self._queue.put(frame, timeout=_TICK)
            except queue.Full:
                control.check()
                if reader.done():
                    reader.result()
            else:
                return

    def _put_last(self, end: BaseException | None, reader: Future[Any]) -> None:
        while not reader.done():
            try:
                self._queue.put(end, timeout=_TICK)
            except queue.Full:
                continue
            return

    def frames(self) -> Iterator[bytes]:
        """
        The frames as they come.

        Raises:
            Exception: What drawing raised.
        """
        while (item := self._queue.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item
