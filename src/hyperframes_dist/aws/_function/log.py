"""
What a function says of its work: one JSON line at the start, the end and the error of an
action, and one line of metrics.

Addresses in it carry no query string, and nothing a composition was given is repeated.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

import attrs

from ..._wire.jobs import ChunkJob, PlanJob
from ...errors import HyperframesError
from ...transport import StoredFile, Transport
from .events import Asked

_NAMESPACE = "HyperframesDist"
_UNITS = {
    "Duration": "Milliseconds",
    "BytesIn": "Bytes",
    "BytesOut": "Bytes",
    "Errors": "Count",
    "Retryable": "Count",
}
_LONGEST = 2000


class Meter:
    """A `Transport` that counts the bytes that went through it, since it was made."""

    def __init__(self, inner: Transport) -> None:
        self._inner = inner
        self.bytes_in = self.bytes_out = 0

    @property
    def url(self) -> str:
        """See `Transport.url`."""
        return self._inner.url

    def put(self, path: Path, key: str) -> StoredFile:
        """See `Transport.put`."""
        stored = self._inner.put(path, key)
        self.bytes_out += stored.size
        return stored

    def get(self, key: str, path: Path) -> StoredFile:
        """See `Transport.get`."""
        stored = self._inner.get(key, path)
        self.bytes_in += stored.size
        return stored

    def find(self, key: str) -> StoredFile | None:
        """See `Transport.find`."""
        return self._inner.find(key)

    def list(self, prefix: str = "") -> Iterator[str]:
        """See `Transport.list`."""
        return self._inner.list(prefix)

    def delete(self, key: str) -> None:
        """See `Transport.delete`."""
        self._inner.delete(key)

    def presign(self, key: str, *, seconds: int) -> str:
        """See `Transport.presign`."""
        return self._inner.presign(key, seconds=seconds)


@attrs.define
class ActionLog:
    """
    The lines of one action.

    Attributes:
        stream: Where they go; Lambda keeps what is printed.
        request_id: Lambda's name for the invocation.
        cold: Whether it is the first one here.
    """

    stream: TextIO
    request_id: str
    cold: bool
    _began: float = attrs.field(factory=time.monotonic, init=False)
    _facts: dict[str, Any] = attrs.field(factory=dict, init=False)

    def start(self, asked: Asked) -> None:
        """The event was understood, and work begins."""
        self._facts = _describe(asked)
        self._write("INFO", "start")

    def end(self, meter: Meter, answer: dict[str, Any]) -> None:
        """The action is done; *answer* is what the state machine is told."""
        self._write("INFO", "end", answer=answer, **self._moved(meter))
        self._measure(meter, errors=0, retryable=0)

    def told(self, answer: dict[str, Any]) -> None:
        """Somebody was told how a render ended, or had been."""
        self._write("INFO", "told", answer=answer, duration_ms=self._elapsed())

    def failed(self, error: BaseException, meter: Meter | None) -> None:
        """The action failed by *error*, which the caller will see too."""
        retryable = isinstance(error, HyperframesError) and error.retryable
        self._write(
            "WARNING" if retryable else "ERROR",
            "error",
            error=type(error).__name__,
            message=str(error)[:_LONGEST],
            retryable=retryable,
            **self._moved(meter),
        )
        self._measure(meter, errors=1, retryable=int(retryable))

    def _moved(self, meter: Meter | None) -> dict[str, Any]:
        facts: dict[str, Any] = {"duration_ms": self._elapsed()}
        if meter is not None:
            facts |= {"bytes_in": meter.bytes_in, "bytes_out": meter.bytes_out}
        return facts

    def _elapsed(self) -> int:
        return round((time.monotonic() - self._began) * 1000)

    def _measure(self, meter: Meter | None, *, errors: int, retryable: int) -> None:
        """One line in CloudWatch's embedded metric format."""
        values = {
            "Duration": self._elapsed(),
            "BytesIn": 0 if meter is None else meter.bytes_in,
            "BytesOut": 0 if meter is None else meter.bytes_out,
            "Errors": errors,
            "Retryable": retryable,
        }
        rows = [{"Name": name, "Unit": unit} for name, unit in _UNITS.items()]
        metrics = {"Namespace": _NAMESPACE, "Dimensions": [["Action"]], "Metrics": rows}
        head = {"Timestamp": round(time.time() * 1000), "CloudWatchMetrics": [metrics]}
        action = self._facts.get("action", "none")
        self._print({"_aws": head, "Action": action, **values})

    def _write(self, level: str, event: str, **facts: Any) -> None:
        head = {"level": level, "event": event, "request_id": self.request_id}
        self._print({**head, "cold": self.cold, **self._facts, **facts})

    def _print(self, row: dict[str, Any]) -> None:
        # One write a line: the platform splits records at newlines.
        self.stream.write(json.dumps(row) + "\n")
        self.stream.flush()


def _describe(asked: Asked) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "action": asked.action,
        "store": asked.job.store,
        "attempt": asked.attempt,
        "execution": asked.execution,
    }
    job = asked.job
    if isinstance(job, PlanJob):
        return {**facts, "site_hash": job.site_hash}
    if isinstance(job, ChunkJob):
        facts["chunk"] = job.index
    return {**facts, "plan_hash": job.plan_hash}
