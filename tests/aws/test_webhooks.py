"""Webhooks: signed, tried until taken, to public addresses, and once for each render."""

from __future__ import annotations

import io
import json
import threading
import time
from pathlib import Path

import attrs
import pytest

import hyperframes_dist as hf
from cloud import lock_nothing
from hyperframes_dist._tools.retry import Retry
from hyperframes_dist.aws import (
    CloudOutput,
    Render,
    RenderFault,
    RenderProgress,
    Stack,
    Webhook,
    WebhookEvent,
    notify,
    verify_signature,
)
from hyperframes_dist.aws._cloud import notices
from hyperframes_dist.aws._cloud.notices import LEASE, announce
from hyperframes_dist.aws._cloud.session import Cloud, Services
from hyperframes_dist.aws._cloud.webhooks import deliver, sign
from hyperframes_dist.aws._function.host import Host
from hyperframes_dist.aws.template import template
from hyperframes_dist.errors import DeadlineExceeded, InputError, TransportError
from hyperframes_dist.progress import Control
from hyperframes_dist.transport import open_transport
from pages import strip_page, write_project
from receiver import LOOPBACK, Receiver, receiving

SECRET = "a secret of sixteen or more"
EVENT = WebhookEvent(
    id="e1", event="render.succeeded", render="film", facts={"status": "succeeded"}
)
MACHINE = "arn:aws:states:eu-west-1:123456789012:stateMachine:render"
OUTPUT = CloudOutput(uri="s3://b/o", sha256="a", size=1, frame_count=2, plan_hash="p")
SEEN = RenderProgress(
    render=Render(name="film", execution="arn:film"),
    status="succeeded",
    fraction=1.0,
    frames_done=2,
    frames_total=2,
    attempts=3,
    faults=(RenderFault(where="x", error="ChromeCrashError", reason="made up for"),),
    plan=None,
    output=OUTPUT,
)


@pytest.fixture(scope="module")
def open_receiver(tmp_path_factory):
    with receiving(tmp_path_factory.mktemp("receiver")) as here:
        yield here


@pytest.fixture
def receiver(open_receiver) -> Receiver:
    open_receiver.messages.clear()
    open_receiver.answers.clear()
    return open_receiver


@pytest.fixture
def cloud(tmp_path) -> Cloud:
    stack = Stack(state_machine=MACHINE, store="s3://store")
    store = open_transport(f"file://{tmp_path}/store")
    return Cloud(stack=stack, services=Services(clients={}), store=store)


BRISK = Retry(tries=6, first=0.01)
"""Pauses between tries that a test can wait for."""


def send(receiver: Receiver, **more):
    return notify(receiver.url(), EVENT, SECRET, fetcher=receiver.fetcher, **more)


def send_briskly(receiver: Receiver, retry: Retry = BRISK):
    target = Webhook(url=receiver.url(), secret=SECRET)
    return deliver(target, EVENT, Control(), fetcher=receiver.fetcher, retry=retry)


def test_a_message_can_be_verified(receiver):
    """The receiver gets the event, and knows by the secret who sent it."""
    sent = send(receiver)

    (message,) = receiver.messages
    event = verify_signature(
        message.body, message.headers["Hyperframes-Signature"], SECRET
    )
    assert {"id": "e1", "event": "render.succeeded", "render": "film"} == {
        name: event[name] for name in ("id", "event", "render")
    }
    assert "succeeded" == event["status"]
    assert "e1" == message.headers["Hyperframes-Event-Id"]
    assert "/hook?token=s3cret" == message.path
    assert (True, 1, "") == (sent.delivered, sent.tries, sent.reason)
    assert "s3cret" not in repr(sent)


def changes():
    body, at = EVENT.body(), 1_700_000_000
    good = sign(body, SECRET, at)
    yield "body", body.replace(b"film", b"flim"), good, SECRET, at
    yield "time", body, good.replace(f"t={at}", f"t={at + 1}"), SECRET, at
    yield "digest", body, good[:-1] + ("0" if good[-1] != "0" else "1"), SECRET, at
    yield "secret", body, good, f"{SECRET}!", at
    yield "old", body, good, SECRET, at + 301
    yield "early", body, good, SECRET, at - 301
    yield "nothing", body, "", SECRET, at
    yield "shape", body, f"{good},v1=00", SECRET, at
    yield "digits", body, good.replace(f"t={at}", "t=١"), SECRET, at


@pytest.mark.parametrize("change", list(changes()), ids=lambda change: change[0])
def test_a_changed_or_replayed_message_is_refused(change):
    """Body, time, digest and secret belong together, and not for long."""
    _, body, signature, secret, now = change

    with pytest.raises(InputError):
        verify_signature(body, signature, secret, now=now)


def test_a_message_is_good_for_a_while():
    """A receiver's clock may be off by some minutes."""
    body = EVENT.body()

    for off in (-299, 0, 299):
        assert verify_signature(body, sign(body, SECRET, 1000), SECRET, now=1000 + off)


def test_a_busy_receiver_is_tried_again(receiver):
    """With the same event and id, signed anew."""
    receiver.answers += [500, 429]

    sent = send_briskly(receiver)

    assert (True, 3) == (sent.delivered, sent.tries)
    assert 1 == len({message.body for message in receiver.messages})


@pytest.mark.parametrize("status", [400, 404, 410, 302])
def test_a_refusal_is_final(receiver, status):
    """A redirect as well: a signed message goes where its sender was told to."""
    receiver.answers.append(status)

    sent = send(receiver)

    assert (False, 1, f"answered {status}") == (sent.delivered, sent.tries, sent.reason)
    assert 1 == len(receiver.messages)


def test_tries_come_to_an_end(receiver):
    """A receiver that is down is left alone after some tries."""
    receiver.answers += [503] * 9

    sent = send_briskly(receiver, attrs.evolve(BRISK, tries=3))

    assert (False, 3, "answered 503") == (sent.delivered, sent.tries, sent.reason)


@pytest.mark.parametrize("tries", [0, -1, 1.5, True, None])
def test_a_number_of_tries_is_one(receiver, tries):
    """Nothing is sent by somebody who may not try."""
    with pytest.raises(
        InputError, match=r"tries .* is not a whole number from 1 to 100"
    ):
        send(receiver, tries=tries)


def test_a_deadline_ends_the_tries(receiver):
    """Also in the middle of a pause."""
    receiver.answers += [503] * 9

    with pytest.raises(DeadlineExceeded):
        send(receiver, deadline=time.monotonic() + 0.2)


def test_private_addresses_are_not_spoken_to(receiver):
    """The guard of remote addresses holds for webhooks too."""
    sent = notify(receiver.url(), EVENT, SECRET)

    assert (False, 1) == (sent.delivered, sent.tries)
    assert "public" in sent.reason
    assert [] == receiver.messages


@pytest.mark.parametrize(
    ("url", "secret", "why"),
    [
        ("http://example.com/hook", SECRET, "not an https address"),
        ("https://example.com/hook", "short", "secret"),
    ],
)
def test_what_cannot_be_a_webhook_is_refused(url, secret, why):
    """At once, not when a render ends."""
    with pytest.raises(InputError, match=why):
        Webhook(url=url, secret=secret)


def test_a_webhook_keeps_its_secrets():
    """Neither the secret nor the query is shown."""
    shown = repr(Webhook(url="https://example.com/hook?token=s3cret", secret=SECRET))

    assert "s3cret" not in shown
    assert SECRET not in shown


def hook(receiver: Receiver, path: str = "/hook") -> Webhook:
    return Webhook(url=receiver.url(path), secret=SECRET)


def test_each_target_is_told_once(receiver, cloud):
    """However often a render is waited for, and by how many."""
    hooks = [hook(receiver), hook(receiver, "/other")]

    first = announce(cloud.store, SEEN, hooks, fetcher=receiver.fetcher)
    again = announce(cloud.store, SEEN, hooks, fetcher=receiver.fetcher)

    assert [True, True] == [row.delivered for row in first]
    assert [(True, 0), (True, 0)] == [(row.delivered, row.tries) for row in again]
    assert ["/hook", "/other"] == [m.path.partition("?")[0] for m in receiver.messages]
    event = json.loads(receiver.messages[0].body)
    assert ("s3://b/o", None) == (event["output"]["uri"], event["error"])


def test_a_timeout_does_not_hide_a_success(receiver, cloud):
    """Whoever waited gave up, was told so, and is told of the end as well."""
    running = attrs.evolve(SEEN, status="running", output=None)

    for seen in (running, running, SEEN, SEEN):
        announce(cloud.store, seen, [hook(receiver)], fetcher=receiver.fetcher)

    events = [m.headers["Hyperframes-Event"] for m in receiver.messages]
    assert ["render.timeout", "render.succeeded"] == events


def test_one_of_two_senders_sends(receiver, cloud):
    """While one has a claim the other stays silent."""
    folder = claim_of(cloud, receiver)
    notices._claim(cloud.store, folder)

    (sent,) = announce(cloud.store, SEEN, [hook(receiver)], fetcher=receiver.fetcher)

    assert (False, 0) == (sent.delivered, sent.tries)
    assert [] == receiver.messages


def claim_of(cloud: Cloud, receiver: Receiver) -> str:
    """Where the notice of `SEEN` is claimed: told by making and removing one."""
    silent = attrs.evolve(receiver.fetcher, allow=lambda _: False)
    announce(cloud.store, SEEN, [hook(receiver)], fetcher=silent)
    keys = list(cloud.store.list("renders/film/notices"))
    for key in keys:
        cloud.store.delete(key)
    return keys[0].rpartition("/")[0]


def test_a_claim_of_a_dead_sender_lapses(receiver, cloud, monkeypatch):
    """What it did not send is sent by the next, with the same id."""
    folder = claim_of(cloud, receiver)
    notices._claim(cloud.store, folder)
    now = time.time
    monkeypatch.setattr(notices.time, "time", lambda: now() + LEASE + 1)

    (sent,) = announce(cloud.store, SEEN, [hook(receiver)], fetcher=receiver.fetcher)

    assert (True, 1) == (sent.delivered, sent.tries)
    assert folder.endswith(receiver.messages[0].headers["Hyperframes-Event-Id"])


def test_what_was_not_taken_can_be_sent_again(receiver, cloud):
    """A failed delivery gives its claim back."""
    receiver.answers.append(404)

    (failed,) = announce(cloud.store, SEEN, [hook(receiver)], fetcher=receiver.fetcher)
    (sent,) = announce(cloud.store, SEEN, [hook(receiver)], fetcher=receiver.fetcher)

    assert (False, True) == (failed.delivered, sent.delivered)


def test_a_store_keeps_no_address(receiver, cloud):
    """Only digests: an address may hold a token."""
    announce(cloud.store, SEEN, [hook(receiver)], fetcher=receiver.fetcher)

    keys = list(cloud.store.list("renders"))

    assert keys
    assert not [key for key in keys if LOOPBACK in key or "s3cret" in key]


@pytest.mark.parametrize("secret", ["", "short", "x" * 15])
def test_a_receiver_without_a_secret_accepts_nothing(secret):
    """A variable that was not set would make every forgery genuine."""
    body = b"{}"

    with pytest.raises(InputError, match="shorter than 16"):
        verify_signature(body, sign(body, secret, 1000), secret, now=1000)


@pytest.mark.parametrize("body", [b"", b"[]", b"5", b"{", b"[" * 100_000, b"\xff"])
def test_what_is_signed_and_no_event(body):
    """A sender's fault is told as one."""
    with pytest.raises(InputError, match="no object of JSON"):
        verify_signature(body, sign(body, SECRET, 1000), SECRET, now=1000)


def host_of(store, receiver: Receiver | None, **more) -> Host:
    """The function of a stack whose webhook is *receiver*."""
    webhook = None if receiver is None else Webhook(url=receiver.url(), secret=SECRET)
    return Host(
        renderer=None,
        runtime=None,
        buckets=frozenset(),
        folder=Path("/nowhere/at/all"),
        stream=io.StringIO(),
        open=lambda _: store,
        webhook=webhook,
        store=store.url,
        fetcher=None if receiver is None else receiver.fetcher,
        **more,
    )


class Context:
    aws_request_id = "request-1"


def follow(place, machine: str) -> None:
    """Have the emulator tell the function how executions of *machine* end."""
    rule = template()["Resources"]["Ended"]["Properties"]
    pattern = json.loads(json.dumps(rule["EventPattern"]))
    pattern["detail"]["stateMachineArn"] = [machine]
    events = place.aws.client("events")
    events.put_rule(Name="ended", EventPattern=json.dumps(pattern))
    target = {"Id": "Function", "Arn": place.client.cloud.stack.function}
    events.put_targets(Rule="ended", Targets=[target])


def wait_for_notice(place, render, seconds: float = 60) -> dict:
    """What EventBridge tells of *render*."""
    end = time.monotonic() + seconds
    while True:
        for event in place.function.notices:
            if event["detail"]["name"] == render.name:
                return event
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_stack_tells_by_itself_how_a_render_ended(place, receiver, tmp_path):
    """A success, a failure and a stop, signed, each once, whoever waits besides."""
    follow(place, place.client.cloud.stack.state_machine)
    project = lock_nothing(write_project(tmp_path / "project", strip_page(1)))
    site = place.client.deploy_site(project)
    host = host_of(place.client.cloud.store, receiver)
    place.function.faults["bad", "plan"] = ["PageError"]
    gate = place.function.gates["stopped", "plan"] = threading.Event()
    told = []

    for name in ("good", "bad", "stopped"):
        config = hf.RenderConfig(chunks=2, variables={"n": name})
        render = place.client.start_render(site, config)
        if name == "stopped":
            place.client.cancel(render)
            gate.set()
        event = wait_for_notice(place, render)
        assert host.handle(event, Context())["Told"]
        assert 0 == host.handle(event, Context())["Tries"]
        seen = place.client.get_progress(render)
        assert announce(place.client.cloud.store, seen, [host.webhook])[0].tries == 0
        (message,) = [m for m in receiver.messages if render.name in m.body.decode()]
        signed = message.headers["Hyperframes-Signature"]
        told.append(verify_signature(message.body, signed, SECRET))

    good, bad, stopped = told
    wanted = ["render.succeeded", "render.failed", "render.cancelled"]
    assert wanted == [each["event"] for each in told]
    seen = place.client.get_progress(place.client.find_render(good["render"]))
    assert seen.output.sha256 == good["output"]["sha256"]
    assert "PageError" == bad["error"]["error"]
    assert stopped["output"] is None
    assert "s3cret" not in host.stream.getvalue()


ENDED = {
    "detail-type": "Step Functions Execution Status Change",
    "detail": {"executionArn": "arn:x", "name": "film", "status": "TIMED_OUT"},
}


def test_a_render_that_ran_out_of_time_is_told_of(cloud, receiver):
    """Its execution enters no state any more."""
    host_of(cloud.store, receiver).handle(ENDED, Context())

    (message,) = receiver.messages
    assert "render.timeout" == message.headers["Hyperframes-Event"]


def test_a_message_that_is_not_taken_is_sent_again_by_lambda(cloud, receiver):
    """The call fails, and the next one sends it."""
    host = host_of(cloud.store, receiver)
    receiver.answers.append(400)

    with pytest.raises(TransportError, match="answered 400"):
        host.handle(ENDED, Context())

    assert host.handle(ENDED, Context())["Told"]


def test_who_finds_another_sending_is_called_again(cloud, receiver):
    """Which may have died; the next call sends, or finds that it was sent."""
    host = host_of(cloud.store, receiver)
    receiver.answers.append(400)
    with pytest.raises(TransportError):
        host.handle(ENDED, Context())
    folder = next(iter(cloud.store.list("renders/film/notices"))).rpartition("/")[0]
    notices._claim(cloud.store, folder)

    with pytest.raises(TransportError, match="was not told"):
        host.handle(ENDED, Context())

    for key in list(cloud.store.list(folder)):
        cloud.store.delete(key)
    assert host.handle(ENDED, Context())["Told"]


@pytest.mark.parametrize(
    "change", [{"detail": None}, {"detail": {"name": "film", "status": "FAILED"}}]
)
def test_an_event_that_names_no_execution_is_refused(cloud, receiver, change):
    with pytest.raises(InputError, match="execution"):
        host_of(cloud.store, receiver).handle({**ENDED, **change}, Context())


def test_a_stack_that_tells_nobody_says_so(cloud):
    """It is never called; who calls it is told why nothing was sent."""
    with pytest.raises(InputError, match="no webhook"):
        host_of(cloud.store, None).handle(ENDED, Context())
