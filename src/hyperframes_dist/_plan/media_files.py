"""
The files behind the sound and video of a project that is planned, each measured once.

What the page gets in their place is a silent stand-in that is as long; what is drawn and
heard is made from the files themselves.
"""

from __future__ import annotations

import binascii
import hashlib
import threading
from base64 import b64decode
from fractions import Fraction
from pathlib import Path
from urllib.parse import unquote_to_bytes, urldefrag

import attrs

from .._media.stand_in import STAND_IN_TYPE, write_stand_in
from .._model.content import COMPILED, OWN, Artifact, Request
from .._tools.ffmpeg import MediaFacts, probe_media
from ..errors import EncodeError, EncoderLostError, InputError, UnsupportedFeatureError
from ..progress import Control
from .finder import Finder
from .ledger import Ledger

_STAND_INS = f"{COMPILED}/{OWN}/media"


class MediaFiles:
    """
    Media of one plan, by the address the page knows them by.

    Args:
        finder: Finds files of the project and frozen ones.
        ledger: The plan.
        scratch: An empty directory for files that are no part of the plan.
        control: When to stop.
    """

    def __init__(
        self, finder: Finder, ledger: Ledger, scratch: Path, control: Control
    ) -> None:
        self._finder, self._ledger = finder, ledger
        self._scratch, self._control = scratch, control
        self._lock = threading.Lock()
        self._turns: dict[str, threading.Lock] = {}
        self._used: set[Path] = set()
        self._facts: dict[Path, MediaFacts] = {}
        self._stand_ins: dict[str, Request] = {}

    def file_of(self, address: str) -> Path:
        """
        The whole local file behind the *address* of a medium, frozen if it is remote.

        Raises:
            InputError: *address* is a ``data:`` address nobody can read.
            PageError: The medium is not in the project.
            ResolveError: No source has it.
            UnsupportedFeatureError: The medium lives in the page's memory only.
        """
        address = urldefrag(address).url
        scheme = address.partition(":")[0]
        if scheme == "blob":
            advice = "give the element a file of the project"
            raise UnsupportedFeatureError(
                "sound or video made by a script", address, advice
            )
        found = (
            self._unpack(address) if scheme == "data" else self._finder.find(address)[0]
        )
        path = found.resolve()
        with self._lock:
            self._used.add(path)
        return path

    def measure(self, address: str) -> MediaFacts:
        """
        What the file behind the *address* of a medium holds.

        Raises:
            EncodeError: Nothing ffmpeg can read; others as `file_of` does.
        """
        path = self.file_of(address)
        with self._turn(str(path)):
            if path not in self._facts:
                self._facts[path] = probe_media(path, control=self._control)
            return self._facts[path]

    def stand_in(self, address: str) -> Request:
        """
        The stand-in the page gets for the *address* of a medium.

        Raises:
            HyperframesError: As `file_of` does.
        """
        seconds = self._length(address)
        with self._turn(f"stand-in {address}"):
            known = self._stand_ins.get(address)
            return self._write(address, seconds) if known is None else known

    def stand_ins(self) -> tuple[Request, ...]:
        """The stand-ins that were given, by address."""
        with self._lock:
            return tuple(self._stand_ins[a] for a in sorted(self._stand_ins))

    def used(self) -> frozenset[Path]:
        """Files something was made from."""
        with self._lock:
            return frozenset(self._used)

    def _turn(self, name: str) -> threading.Lock:
        with self._lock:
            return self._turns.setdefault(name, threading.Lock())

    def _length(self, address: str) -> Fraction:
        try:
            return self.measure(address).natural or Fraction(0)
        except EncoderLostError:
            raise
        except EncodeError:
            # Who is at fault is told by whoever knows the element.
            return Fraction(0)

    def _write(self, address: str, seconds: Fraction) -> Request:
        folder = self._ledger.draft / _STAND_INS
        name, size, digest = write_stand_in(seconds, folder, control=self._control)
        path = f"{_STAND_INS}/{name}"
        self._ledger.enter(Artifact(path=path, size=size, sha256=digest))
        row = Request(address=address, path=path, content_type=STAND_IN_TYPE)
        with self._lock:
            self._stand_ins[address] = row
        return row

    def _unpack(self, address: str) -> Path:
        path = self._scratch / hashlib.sha256(address.encode()).hexdigest()
        with self._turn(str(path)):
            if not path.exists():
                path.write_bytes(_decode(address))
        return path


def for_readers(
    row: Artifact, draft: Path, *, used: frozenset[Path], shown: frozenset[Path]
) -> Artifact:
    """
    *row*, marked as read by no segment if only its sound or pictures are used.

    A source of an hour of video then never travels to a worker.

    Args:
        draft: The directory its path begins in.
        used: Files something was made from.
        shown: Files the page was given.
    """
    path = (draft / row.path).resolve()
    return attrs.evolve(row, segments=()) if path in used - shown else row


def _decode(address: str) -> bytes:
    head, _, body = address.partition(",")
    data = unquote_to_bytes(body)
    if not head.endswith(";base64"):
        return data
    try:
        return b64decode(data)
    except binascii.Error as error:
        short = f"{address[:60]}…"
        raise InputError(f"the address {short!r} is not base64: {error}") from None
