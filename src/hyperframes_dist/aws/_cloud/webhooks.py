"""
One signed message to one address, tried until it is taken; and how a receiver checks it.

Only public HTTPS addresses are spoken to, by the guard that fetches remote files.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import math
import re
import time
from collections.abc import Mapping
from typing import Any

import attrs

from ..._model.checks import check_number
from ..._tools.address import without_query
from ..._tools.https import HttpsFetcher
from ..._tools.retry import Retry
from ...errors import InputError, ResolveError, ResolveUnavailableError
from ...progress import Cancel, Control

SIGNATURE_HEADER = "Hyperframes-Signature"
EVENT_HEADER = "Hyperframes-Event"
ID_HEADER = "Hyperframes-Event-Id"

_SIGNATURE = re.compile(r"t=(\d{1,12}),v1=([0-9a-f]{64})", re.ASCII)
_SHORTEST_SECRET = 16
_WINDOW = 300
_TRY_SECONDS = 10.0
_RETRY = Retry(tries=6, first=1.0)
_WORTH_A_RETRY = frozenset({408, 425, 429})


def _check_url(_: object, __: object, value: Any) -> None:
    if not isinstance(value, str):
        raise InputError(f"a webhook's address is text, found {type(value).__name__}")
    if not value.lower().startswith("https://"):
        raise InputError(f"webhook {without_query(value)!r} is not an https address")


def _check_secret(_: object, __: object, value: Any) -> None:
    _require_secret(value)


def _require_secret(value: Any) -> None:
    if not isinstance(value, str) or not _is_text(value):
        raise InputError(f"a webhook's secret is text, found {type(value).__name__}")
    if len(value) < _SHORTEST_SECRET:
        raise InputError(
            f"a webhook's secret is shorter than {_SHORTEST_SECRET} characters"
        )


def _is_text(value: str) -> bool:
    """Whether *value* can be encoded, which halves of letters cannot."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


@attrs.frozen(kw_only=True)
class Webhook:
    """
    Where to send what happened to a render.

    Attributes:
        url: A public https address; its query may hold a token, and is never shown.
        secret: Shared with the receiver, at least 16 characters; never shown.
    """

    url: str = attrs.field(validator=_check_url, repr=without_query)
    secret: str = attrs.field(validator=_check_secret, repr=False)


@attrs.frozen(kw_only=True)
class WebhookEvent:
    """
    What happened to a render.

    Attributes:
        id: The same for the same fact, however often it is sent.
        event: ``render.succeeded``, ``render.failed``, ``render.timeout`` or
            ``render.cancelled``.
        render: The render's name.
        facts: What else is known, as JSON: status, frames, output, error.
    """

    id: str
    event: str
    render: str
    facts: Mapping[str, Any] = attrs.field(factory=dict)

    def body(self) -> bytes:
        """The message: one JSON object."""
        row = {"id": self.id, "event": self.event, "render": self.render, **self.facts}
        text = json.dumps(row, ensure_ascii=False, separators=(",", ":"))
        # Half a letter, which no encoding has, is spelt as JSON spells it.
        return text.encode("utf-8", "backslashreplace")


@attrs.frozen(kw_only=True)
class Delivery:
    """
    How sending ended.

    Attributes:
        url: Where to, without its query.
        event: What.
        delivered: Whether the receiver took it, now or before.
        tries: How often it was sent now; 0 if it had been, or somebody else is at it.
        reason: Why it was not taken; empty if it was.
    """

    url: str
    event: str
    delivered: bool
    tries: int
    reason: str = ""


def sign(body: bytes, secret: str, at: int) -> str:
    """The value of `SIGNATURE_HEADER` for *body* sent *at* seconds since 1970."""
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256)
    return f"t={at},v1={digest.hexdigest()}"


def verify_signature(
    body: bytes,
    signature: str,
    secret: str,
    *,
    now: float | None = None,
    window: float = _WINDOW,
) -> dict[str, Any]:
    """
    The event in *body*, if its *signature* was made with *secret* and is recent.

    Within the window a message can be sent again by whoever saw it: a receiver remembers
    the ids it has handled for that long, which also covers a sender's own retries.

    Args:
        body: The bytes received, unchanged.
        signature: The header ``Hyperframes-Signature``.
        secret: The secret shared with the sender.
        now: Seconds since 1970; None asks the clock.
        window: Seconds a message may be old, or ahead of this clock.

    Raises:
        InputError: The message is not the sender's, was changed, or is too old; or *secret* is
            too short to prove anything.
    """
    _require_secret(secret)
    check_number("window", window, 0, math.inf, whole=False)
    if now is not None:
        check_number("now", now, 0, math.inf, whole=False)
    if not isinstance(body, bytes | bytearray):
        raise InputError(f"the body is bytes as received, found {type(body).__name__}")
    # A message that is nobody's has no such header.
    match = _SIGNATURE.fullmatch(signature) if isinstance(signature, str) else None
    if match is None:
        raise InputError("the signature is not like 't=<seconds>,v1=<hex>'")
    at = int(match[1])
    if not hmac.compare_digest(sign(body, secret, at), signature):
        raise InputError("the signature does not belong to this body and secret")
    age = (time.time() if now is None else now) - at
    if abs(age) > window:
        raise InputError(f"the message is {age:.0f} s old, the limit is {window:g} s")
    return _read_event(body)


def _read_event(body: bytes) -> dict[str, Any]:
    try:
        event = json.loads(body)
    except (ValueError, RecursionError):
        event = None
    if not isinstance(event, dict):
        raise InputError("the message is signed and yet no object of JSON")
    return event


def notify(
    url: str,
    event: WebhookEvent,
    secret: str,
    *,
    tries: int = _RETRY.tries,
    cancel: Cancel | None = None,
    deadline: float | None = None,
    fetcher: HttpsFetcher | None = None,
) -> Delivery:
    """
    Send *event* to *url*, signed with *secret*, until it is taken.

    No answer, 408, 425, 429 and 5xx are tried again, after a second and then twice as
    long each time; any other answer but 2xx is final.

    Raises:
        InputError: *url* is no https address, *secret* is too short, or *tries* is not
            from 1 to 100.
        Cancelled, DeadlineExceeded: The caller wants no more of it.
    """
    check_number("tries", tries, 1, 100)
    return deliver(
        Webhook(url=url, secret=secret),
        event,
        Control(cancel=cancel, deadline=deadline),
        fetcher=fetcher,
        retry=attrs.evolve(_RETRY, tries=tries),
    )


def deliver(
    target: Webhook,
    event: WebhookEvent,
    control: Control,
    *,
    fetcher: HttpsFetcher | None = None,
    retry: Retry = _RETRY,
) -> Delivery:
    """
    Send *event* to *target* until it is taken, as patiently as *retry* says.

    Raises:
        Cancelled, DeadlineExceeded: As *control* says.
    """
    sender = fetcher or HttpsFetcher(max_bytes=1 << 16, timeout=_TRY_SECONDS)
    for left in retry.left(control):
        reason, again = _try(target, event, sender, control)
        if not (again and left):
            break
    return Delivery(
        url=without_query(target.url),
        event=event.event,
        delivered=not reason,
        tries=retry.tries - left,
        reason=reason,
    )


def _try(
    target: Webhook, event: WebhookEvent, sender: HttpsFetcher, control: Control
) -> tuple[str, bool]:
    """Why it was not taken, and whether it may be when tried again."""
    body = event.body()
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "hyperframes_dist",
        EVENT_HEADER: event.event,
        ID_HEADER: event.id,
        SIGNATURE_HEADER: sign(body, target.secret, int(time.time())),
    }
    try:
        status = sender.post(target.url, body, headers, control)
    except ResolveUnavailableError as error:
        return error.reason, True
    except ResolveError as error:
        return error.reason, False
    if 200 <= status < 300:
        return "", False
    return f"answered {status}", status >= 500 or status in _WORTH_A_RETRY
