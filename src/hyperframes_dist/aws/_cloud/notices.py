"""
Who is told what became of a render: each target once, whoever waits for it.

A notice is claimed in the store before it is sent and marked there once it was taken. Its
claim lapses, so that a sender that dies loses nothing; its id stays the same, so that a
receiver sees through the one case nobody can close: taken, and the mark never written.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
import uuid
from collections.abc import Sequence
from typing import Any

from ..._model.checks import is_number
from ..._tools.address import without_query
from ..._tools.https import HttpsFetcher
from ..._wire.layout import get_bytes, put_bytes
from ...errors import HyperframesError, StoreConflictError
from ...progress import Control
from ...transport import Transport
from .executions import read_object
from .values import RenderProgress
from .webhooks import Delivery, Webhook, WebhookEvent, deliver

LEASE = 600
"""Seconds after which a claim that came to nothing is another's."""

_EVENTS = (
    ("succeeded", "render.succeeded"),
    ("failed", "render.failed"),
    ("timed_out", "render.timeout"),
    ("cancelled", "render.cancelled"),
    # Whoever waited gave up; the render goes on and may succeed yet.
    ("running", "render.timeout"),
)
_MARK = re.compile(r"(?:.*/)?(\d{4})\.(claim|failed|done)\.json")
_SENDING_SECONDS = 120


def announce(
    store: Transport,
    seen: RenderProgress,
    webhooks: Sequence[Webhook],
    *,
    fetcher: HttpsFetcher | None = None,
) -> tuple[Delivery, ...]:
    """Tell every one of *webhooks* how the render stands, unless it has been told."""
    return tuple(_announce(store, seen, each, fetcher) for each in webhooks)


def _announce(
    store: Transport,
    seen: RenderProgress,
    webhook: Webhook,
    fetcher: HttpsFetcher | None,
) -> Delivery:
    name = dict(_EVENTS)[seen.status]
    facts = f"{seen.render.execution}\n{name}\n{webhook.url}"
    digest = hashlib.sha256(facts.encode("utf-8", "backslashreplace")).hexdigest()
    folder = f"renders/{seen.render.name}/notices/{digest[:32]}"
    try:
        number, told = _claim(store, folder)
        if number is None:
            reason = "" if told else "somebody else is sending it"
            return _not_sent(webhook, name, told=told, reason=reason)
        event = WebhookEvent(
            id=digest[:32],
            event=name,
            render=seen.render.name,
            facts=_facts(seen),
        )
        end = time.monotonic() + _SENDING_SECONDS
        sent = deliver(webhook, event, Control(deadline=end), fetcher=fetcher)
        outcome = "done" if sent.delivered else "failed"
        put_bytes(store, b"{}\n", f"{folder}/{number:04d}.{outcome}.json")
    except HyperframesError as error:
        # A render does not fail because nobody could be told of it.
        return _not_sent(webhook, name, told=False, reason=str(error))
    return sent


def not_told(webhooks: Sequence[Webhook], reason: str) -> tuple[Delivery, ...]:
    """What sending to *webhooks* came to when it could not even be begun."""
    return tuple(_not_sent(each, "", told=False, reason=reason) for each in webhooks)


def _not_sent(webhook: Webhook, name: str, *, told: bool, reason: str) -> Delivery:
    url = without_query(webhook.url)
    return Delivery(url=url, event=name, delivered=told, tries=0, reason=reason)


def _claim(store: Transport, folder: str) -> tuple[int | None, bool]:
    """A number to send under, or None; and whether it was delivered before."""
    marks: dict[int, set[str]] = {}
    for key in store.list(folder):
        if match := _MARK.fullmatch(key):
            marks.setdefault(int(match[1]), set()).add(match[2])
    if any("done" in each for each in marks.values()):
        return None, True
    last = max(marks, default=0)
    if last and "failed" not in marks[last] and not _has_lapsed(store, folder, last):
        return None, False
    row = {"at": int(time.time()), "by": uuid.uuid4().hex}
    try:
        put_bytes(
            store,
            json.dumps(row).encode(),
            f"{folder}/{last + 1:04d}.claim.json",
        )
    except StoreConflictError:
        return None, False
    return last + 1, False


def _has_lapsed(store: Transport, folder: str, number: int) -> bool:
    row = read_object(get_bytes(store, f"{folder}/{number:04d}.claim.json"))
    at = row.get("at")
    # A claim that tells no time is nobody's.
    return not is_number(at) or time.time() - at > LEASE


def _facts(seen: RenderProgress) -> dict[str, Any]:
    output, fault = seen.output, seen.ending
    return {
        "status": seen.status,
        "frames_done": seen.frames_done,
        "frames_total": seen.frames_total,
        "output": None
        if output is None
        else {
            "uri": output.uri,
            "sha256": output.sha256,
            "size": output.size,
            "frame_count": output.frame_count,
        },
        "error": None
        if fault is None
        else {"error": fault.error, "reason": fault.reason},
    }
