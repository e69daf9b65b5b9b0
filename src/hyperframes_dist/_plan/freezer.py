"""
Remote addresses of a project, frozen into its plan.

Each address is asked for once, whoever asks and however many at a time; its bytes lie in the
plan under their digest.
"""

from __future__ import annotations

import hashlib
import threading

import attrs

from .._model.content import COMPILED, OWN, Request
from .._sources.pinned import Sources
from ..progress import Control
from .ledger import Ledger

_FROZEN = f"{COMPILED}/{OWN}/remote"


class Freezer:
    """
    Freezes what *sources* give into the plan that *ledger* keeps.

    Args:
        sources: Who gives the bytes of an address.
        ledger: The plan.
        control: When to stop.
    """

    def __init__(self, sources: Sources, ledger: Ledger, control: Control) -> None:
        self._sources, self._ledger, self._control = sources, ledger, control
        self._lock = threading.Lock()
        self._turns: dict[str, threading.Lock] = {}
        self._requests: dict[str, Request] = {}
        self._origins: dict[str, str] = {}
        self._floating: set[str] = set()

    def freeze(self, address: str) -> Request:
        """
        Where the bytes behind *address* lie in the plan.

        Raises:
            ResolveError: No source has it; the class says whether to retry.
            PlanTooLargeError: The plan is over its limit with it.
        """
        with self._turn(address):
            known = self._requests.get(address)
            return self._fetch(address) if known is None else known

    def is_pinned(self, address: str) -> bool:
        """Whether a lock says what is behind *address*."""
        return self._sources.is_pinned(address)

    def read(self, address: str) -> bytes:
        """
        The bytes behind *address*, which the page itself does not ask for.

        Raises:
            ResolveError: No source has it; the class says whether to retry.
        """
        found = self._sources.resolve(address, self._control)
        if found.floating:
            with self._lock:
                self._floating.add(address)
        return found.body

    def replace(self, address: str, body: bytes) -> None:
        """Answer for the frozen *address* with *body* from now on."""
        before = self._requests[address]
        after = attrs.evolve(before, path=self._keep(body))
        with self._lock:
            self._requests[address] = after
            used = {row.path for row in self._requests.values()}
        if before.path is not None and before.path not in used:
            self._ledger.remove(before.path)

    def requests(self) -> tuple[Request, ...]:
        """What was frozen, by address."""
        with self._lock:
            return tuple(self._requests[a] for a in sorted(self._requests))

    def origins(self) -> dict[str, str]:
        """Where what was frozen came from, by address."""
        with self._lock:
            return dict(self._origins)

    def floating(self) -> tuple[str, ...]:
        """Addresses that may mean other bytes next year."""
        with self._lock:
            return tuple(sorted(self._floating))

    def _turn(self, address: str) -> threading.Lock:
        with self._lock:
            return self._turns.setdefault(address, threading.Lock())

    def _fetch(self, address: str) -> Request:
        found = self._sources.resolve(address, self._control)
        path = self._keep(found.body)
        row = Request(address=address, path=path, content_type=found.content_type)
        with self._lock:
            if found.floating:
                self._floating.add(address)
            self._origins[address] = found.source
            self._requests[address] = row
        return row

    def _keep(self, body: bytes) -> str:
        """Write *body* under its digest, once for equal bytes; gives its path."""
        digest = hashlib.sha256(body).hexdigest()
        path = f"{_FROZEN}/{digest}"
        with self._turn(path):
            if not (self._ledger.draft / path).exists():
                self._ledger.write(path, body, digest)
        return path
