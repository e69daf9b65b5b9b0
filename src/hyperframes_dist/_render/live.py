"""
A film that can be watched while it is made: its finished segments as a list that grows.

::

    film.m3u8                  what a player is given; it names both lists
    {plan}/head.mp4            what a player reads before any fragment
           000012.m4s          the pictures of segment 12
           list.m3u8           those from the first one on without a gap, so far
           sound/…             the same of what is heard, once that is mixed

Every file is whole when it appears, and whoever writes one writes the same bytes. A list takes
the place of a shorter one only, so of two writers the one that knows more is believed. Nothing
here changes what is rendered, or ends it: a preview that cannot be told is a warning.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, Protocol

from .._encode.fragments import (
    check_fragments,
    codec_in,
    cut_pictures,
    cut_sound,
    lengths,
)
from .._encode.playlist import (
    HEAD,
    LIST,
    count_listed,
    lengths_of,
    part_name,
    write_film,
    write_list,
)
from .._model.frames import Segment
from .._model.keys import FILM
from .._model.results import Plan
from .._tools.files import write_file
from .._tools.leftovers import temp_dir
from ..errors import (
    Cancelled,
    DeadlineExceeded,
    HyperframesError,
    StoreConflictError,
    StoreMissingError,
)
from ..progress import Control

logger = logging.getLogger(__name__)

_NAMED = 16
_NOT_MIXED = "it is not mixed yet; open this again when it is"


class Shelf(Protocol):
    """Where a preview is put: what it needs of a `Transport`."""

    def put(self, path: Path, key: str) -> Any:
        """See `Transport.put`."""
        ...

    def get(self, key: str, path: Path) -> Any:
        """See `Transport.get`."""
        ...

    def find(self, key: str) -> Any:
        """See `Transport.find`."""
        ...

    def list(self, prefix: str = "") -> Iterator[str]:
        """See `Transport.list`."""
        ...

    def replace(self, path: Path, key: str, was: str | None) -> Any:
        """See `Replacing.replace`."""
        ...


class LivePreview:
    """
    The preview of one plan; safe to use from several threads.

    Args:
        shelf: Where it lies.
        folder: The key below which it lies there; empty for the top.
        plan: What is rendered.
        control: The caller's wishes.

    Raises:
        InputError: Its pictures cannot be shown so.
    """

    def __init__(self, shelf: Shelf, folder: str, plan: Plan, control: Control) -> None:
        check_fragments(plan.content)
        self._shelf, self._plan = shelf, plan
        self._control = Control(None, control.cancel, control.deadline)
        self._film = f"{folder}/{FILM}" if folder else FILM
        self._own = plan.plan_hash[:_NAMED]
        self._top = f"{folder}/{self._own}" if folder else self._own
        self._sound = f"{self._top}/sound"
        self._there: set[str] | None = None
        self._told = self._settled = False
        self._lock = threading.Lock()

    def add(self, segment: Segment, path: Path) -> None:
        """Show *segment*, whose file is *path*; nothing happens if it is shown already."""
        self.add_all((segment,), lambda: path)

    def add_all(self, segments: Sequence[Segment], fetch: Callable[[], Path]) -> None:
        """Show consecutive *segments*; *fetch* brings the one file of all, if need be."""
        with self._tolerant():
            if self._is_there(segments):
                return
            first = segments[0].frames.start
            cut = cut_pictures(
                fetch(), self._plan.content, first, control=self._control
            )
            self._put(f"{self._top}/{HEAD}", cut.head)
            for segment, part in zip(segments, cut.parts, strict=True):
                self._put(f"{self._top}/{part_name(segment.index)}", part)
            self._publish(cut.codec)

    def add_sound(self, path: Path) -> None:
        """Let what is heard be heard; *path* is the whole of it, mixed and coded."""
        sound = self._plan.content.sound
        if sound is None:
            return
        with self._tolerant():
            if self._shelf.find(f"{self._sound}/{LIST}") is None:
                cut = cut_sound(path, control=self._control)
                whole = Fraction(sound.samples, sound.sample_rate)
                self._put(f"{self._sound}/{HEAD}", cut.head)
                for index, part in enumerate(cut.parts):
                    self._put(f"{self._sound}/{part_name(index)}", part)
                text = write_list(lengths(cut, whole), len(cut.parts))
                self._put(f"{self._sound}/{LIST}", text.encode())
            head = f"{self._top}/{HEAD}"
            if self._shelf.find(f"{self._top}/{LIST}") is not None:
                self._publish_film(codec_in(self._read(head)[1]))

    def _is_there(self, segments: Sequence[Segment]) -> bool:
        with self._lock:
            if self._there is None:
                self._there = self._names()
            return {part_name(each.index) for each in segments} <= self._there

    def _names(self) -> set[str]:
        keys = self._shelf.list(self._top)
        return {key.removeprefix(f"{self._top}/") for key in keys}

    def _publish(self, codec: str) -> None:
        """Bring the list of pictures up to what is there."""
        # Threads of one process take turns; processes are told apart by the store.
        with self._lock:
            self._there = self._names()
            segments = self._plan.content.segments
            count = 0
            while count < len(segments) and part_name(count) in self._there:
                count += 1
            lasting = lengths_of(segments, self._plan.content)
            text = write_list(lasting, count)
            if count:
                self._replace(
                    f"{self._top}/{LIST}", text, lambda old: count_listed(old) < count
                )
                self._publish_film(codec)

    def _publish_film(self, codec: str) -> None:
        """Tell players where both lists are."""
        if self._settled:
            return
        planned = self._plan.content.sound is not None
        heard = planned and self._shelf.find(f"{self._sound}/{LIST}") is not None
        text = write_film(
            self._plan.content,
            f"{self._own}/{LIST}",
            f"{self._own}/sound/{LIST}" if heard else None,
            codec,
            _NOT_MIXED if planned and not heard else "",
        )

        def is_less(old: str) -> bool:
            # Another plan's, which this one has taken the place of, or one without sound.
            return self._own not in old or (heard and "TYPE=AUDIO" not in old)

        self._replace(self._film, text, is_less)
        self._settled = heard or not planned

    def _put(self, key: str, data: bytes) -> None:
        with temp_dir("live") as scratch:
            write_file(scratch / "part", data)
            # The same pictures, cut out of a chunk by somebody else: as good.
            with contextlib.suppress(StoreConflictError):
                self._shelf.put(scratch / "part", key)

    def _replace(self, key: str, text: str, is_less: Callable[[str], bool]) -> None:
        """Have *text* under *key*, unless what is there is no less."""
        with temp_dir("live") as scratch:
            write_file(scratch / "list", text.encode())
            while True:
                self._control.check()
                was, old = self._read(key)
                if was is not None and not is_less(old.decode("utf-8", "replace")):
                    return
                with contextlib.suppress(StoreConflictError):
                    self._shelf.replace(scratch / "list", key, was)
                    return

    def _read(self, key: str) -> tuple[str | None, bytes]:
        """The digest of what lies under *key*, and its bytes; None where nothing does."""
        with temp_dir("live") as scratch:
            try:
                stored = self._shelf.get(key, scratch / "old")
            except StoreMissingError:
                return None, b""
            return stored.sha256, (scratch / "old").read_bytes()

    @contextlib.contextmanager
    def _tolerant(self) -> Iterator[None]:
        """Let nothing out but that the render shall stop."""
        try:
            yield
        except (Cancelled, DeadlineExceeded):
            raise
        except (HyperframesError, OSError, ValueError) as error:
            if not self._told:
                what = f"{self._film}: the live preview is behind, the film is not"
                logger.warning("%s: %s", what, error)
            self._told = True
