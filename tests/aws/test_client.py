"""A client drives renders on an emulated AWS: sites, starts, looks, ends, costs, files."""

from __future__ import annotations

import hashlib
import json
import re
import threading
import time
from pathlib import Path

import attrs
import pytest

import hyperframes_dist as hf
from cloud import VIDEO, lock_nothing
from hyperframes_dist._model.keys import cancel_key, named_key, naming_key
from hyperframes_dist.aws import AwsClient, AwsEngine, Webhook
from hyperframes_dist.aws._cloud import progress
from hyperframes_dist.aws._cloud.session import Services
from hyperframes_dist.aws.state_machine import state_machine
from hyperframes_dist.engines import RenderRequest
from hyperframes_dist.errors import (
    DeadlineExceeded,
    InputError,
    RenderFailedError,
    StoreDamagedError,
    UnsupportedFeatureError,
)

CONFIG = hf.RenderConfig(chunks=2)


@pytest.fixture
def project(project, monkeypatch):
    """A locked project, on a machine without a Chrome."""
    monkeypatch.setattr("hyperframes_dist._wire.freeze.installed_chrome", lambda: None)
    return lock_nothing(project)


@pytest.fixture(autouse=True)
def brisk(monkeypatch):
    """Looks that a test can wait for."""
    monkeypatch.setattr(Services, "look_seconds", 0.1)


@pytest.fixture
def site(place, project):
    return place.client.deploy_site(project)


def soon(seconds: float = 60) -> float:
    return time.monotonic() + seconds


def test_render_from_project_to_file(place, project, tmp_path):
    """Deploy, start, wait and download give the file the function made."""
    looks = []
    site = place.client.deploy_site(project)
    render = place.client.start_render(site, CONFIG)

    seen = place.client.wait(render, on_progress=looks.append, deadline=soon())
    output = place.client.download_output(render, tmp_path / "film.mp4")

    data = (tmp_path / "film.mp4").read_bytes()
    assert data.startswith(VIDEO)
    assert hashlib.sha256(data).hexdigest() == output.sha256
    assert (40, 40, 1.0) == (seen.frames_done, seen.frames_total, seen.fraction)
    assert [look.fraction for look in looks] == sorted(look.fraction for look in looks)
    assert 4 == seen.attempts
    assert () == seen.faults


def test_a_site_is_uploaded_once(place, project):
    """The same project is the same archive, wherever and whenever it is packed."""
    first = place.client.deploy_site(project)
    (project / "index.html").touch()

    again = place.client.deploy_site(project)

    assert (first.site_hash, False) == (again.site_hash, again.uploaded)
    assert f"{place.client.cloud.store.url}/sites/{first.site_hash}/project.tar" == (
        again.uri
    )


def test_frames_are_counted_as_they_are_stored(place, site, monkeypatch):
    """As the store alone tells: no history is read while a render goes on."""
    config = hf.RenderConfig(chunks=2, variables={"n": "counted"})
    gate = place.function.gates["counted", "renderChunk 1"] = threading.Event()
    render = place.client.start_render(site, config)
    try:
        monkeypatch.delattr(progress, "events_of")
        end = soon()
        seen = place.client.get_progress(render)
        while seen.frames_done < 20 and time.monotonic() < end:
            seen = place.client.get_progress(render)

        assert ("running", 20, 40) == (seen.status, seen.frames_done, seen.frames_total)
        assert 0.5 == pytest.approx(seen.fraction)
        assert None is seen.output
        with pytest.raises(InputError, match="has not finished"):
            place.client.presign_output(render, 60)
        with pytest.raises(DeadlineExceeded):
            place.client.wait(render, deadline=time.monotonic() + 0.3)
    finally:
        monkeypatch.undo()
        gate.set()
        del place.function.gates["counted", "renderChunk 1"]
    assert "succeeded" == place.client.wait(render, deadline=soon()).status


def test_one_key_starts_one_render(place, site):
    """The caller's key makes a start safe to repeat, also after the end, by anybody."""
    first = place.client.start_render(site, CONFIG, key="film 1")
    again = place.client.start_render(site, CONFIG, key="film 1")
    place.client.wait(first, deadline=soon())

    late = place.client.start_render(site.site_hash, CONFIG, key="film 1")

    assert first == again == late == place.client.find_render(first.name)
    plans = [c for c in place.function.calls if c["Action"] == "plan"]
    same = [c for c in plans if c["Config"] == json.loads(hf.to_json(CONFIG))]
    key = f"renders/{first.name}.json"
    assert place.client.cloud.store.find(key) is not None
    assert 1 <= len(same) <= 2


def test_one_key_means_one_request(place, site):
    """Another configuration under a key that was used is a clear refusal."""
    place.client.start_render(site, CONFIG, key="film 2")

    with pytest.raises(InputError, match="use another key"):
        place.client.start_render(site, hf.RenderConfig(chunks=3), key="film 2")


def test_a_lost_record_changes_nothing(place, site):
    """The service itself refuses the key where the store has forgotten it."""
    first = place.client.start_render(site, CONFIG, key="film 3")
    place.client.cloud.store.delete(f"renders/{first.name}.json")

    again = place.client.start_render(site, CONFIG, key="film 3")
    place.client.cloud.store.delete(f"renders/{first.name}.json")

    assert first == again
    with pytest.raises(InputError, match="use another key"):
        place.client.start_render(site, hf.RenderConfig(chunks=3), key="film 3")


def test_a_record_holds_no_values_of_variables(place, site, tmp_path):
    """Only their names: a value may be a person's data."""
    config = hf.RenderConfig(chunks=2, variables={"token": "s3cret"})

    render = place.client.start_render(site, config, key="private")

    path = tmp_path / "record.json"
    place.client.cloud.store.get(f"renders/{render.name}.json", path)
    record = json.loads(path.read_text())
    assert ["token"] == record["config"]["variables"]
    assert "s3cret" not in path.read_text()
    assert site.uri == record["project"]


def test_a_retried_failure_is_seen_and_paid_for(place, site):
    """An attempt that failed is in the faults and in the cost of a render that succeeded."""
    config = hf.RenderConfig(chunks=2, variables={"n": "retried"})
    place.function.faults["retried", "renderChunk 1"] = ["ChromeCrashError"]
    render = place.client.start_render(site, config)

    seen = place.client.wait(render, deadline=soon())
    cost = place.client.render_cost(render)

    assert ["ChromeCrashError"] == [fault.error for fault in seen.faults]
    assert "renderChunk 1 was told to fail" == seen.faults[0].reason
    assert (5, 5, 1) == (seen.attempts, cost.attempts, cost.failed)
    assert 10_240 == cost.usage.memory_mb
    assert cost.usage.seconds > 0
    assert not cost.estimated
    assert cost.total == pytest.approx(
        cost.compute + cost.storage + cost.requests + cost.transitions + cost.bucket
    )


def test_a_failed_render_says_why(place, site):
    """The error's class and message come out, without a stack of the function's."""
    config = hf.RenderConfig(chunks=2, variables={"n": "failing"})
    place.function.faults["failing", "renderChunk 0"] = ["PageError"]
    render = place.client.start_render(site, config)

    with pytest.raises(RenderFailedError) as caught:
        place.client.wait(render, deadline=soon())

    error = caught.value
    assert (render.name, "failed", "PageError") == (
        error.render,
        error.status,
        error.error,
    )
    assert "renderChunk 0 was told to fail" in str(error)
    assert "stackTrace" not in str(error)
    with pytest.raises(RenderFailedError):
        place.client.download_output(render, "never.mp4")


def test_a_render_can_be_cancelled_any_number_of_times(place, site):
    """It ends as cancelled; to cancel what has ended is no error."""
    config = hf.RenderConfig(chunks=2, variables={"n": "cancelled"})
    gate = place.function.gates["cancelled", "plan"] = threading.Event()
    render = place.client.start_render(site, config)
    try:
        place.client.cancel(render)
        place.client.cancel(render)
    finally:
        gate.set()
        del place.function.gates["cancelled", "plan"]

    seen = place.client.get_progress(render)
    assert ("cancelled", True) == (seen.status, seen.finished)
    assert ["Cancelled"] == [fault.error for fault in seen.faults]
    # Calls that run look for it.
    assert place.client.cloud.store.find(cancel_key(render.name)) is not None


def test_what_the_state_machine_cannot_show_is_refused(place, site):
    """A live preview, which would be looked for in vain; before anything is started."""
    store = place.client.cloud.store.url
    request = RenderRequest(store=store, site_hash=site.site_hash, live=True)

    with pytest.raises(UnsupportedFeatureError, match="without `live`"):
        AwsEngine(place.client).render(request)


@pytest.mark.thorough
def test_what_has_ended_is_not_marked(place, site):
    """To cancel it changes nothing, so that its jobs may be run again by hand."""
    config = hf.RenderConfig(chunks=2, variables={"n": "ended"})
    render = place.client.start_render(site, config)
    place.client.wait(render, deadline=soon())

    place.client.cancel(render)

    assert "succeeded" == place.client.get_progress(render).status
    assert place.client.cloud.store.find(cancel_key(render.name)) is None


@pytest.mark.thorough
def test_a_video_is_called_as_was_asked(place, site, tmp_path):
    """The function finds the name beside the render; one that is taken is refused at once."""
    config = hf.RenderConfig(chunks=2, variables={"n": "named"})
    store = place.client.cloud.store

    render = place.client.start_render(site, config, key="ad", output="2026/ad-7.mp4")
    again = place.client.start_render(site, config, key="ad", output="2026/ad-7.mp4")

    assert render == again
    store.get(naming_key(render.name), tmp_path / "name")
    assert "2026/ad-7.mp4" == (tmp_path / "name").read_text()
    with pytest.raises(InputError, match="another site or configuration"):
        place.client.start_render(site, config, key="ad", output="2026/ad-8.mp4")
    with pytest.raises(InputError, match=r"let it end in \.mp4"):
        place.client.start_render(site, config, output="ad.webm")
    with pytest.raises(InputError, match="key"):
        place.client.start_render(site, config, output="../ad.mp4")
    store.put(tmp_path / "name", named_key("taken.mp4"))
    with pytest.raises(InputError, match=r"taken\.mp4 is there already"):
        place.client.start_render(site, config, output="taken.mp4")
    place.client.wait(render, deadline=soon())


def test_what_is_not_there_is_said(place, site):
    """A name nobody started is an input error, not a service's."""
    with pytest.raises(InputError, match="no render 'nobody'"):
        place.client.find_render("nobody")
    with pytest.raises(InputError, match="not the name of a render"):
        place.client.find_render("../nobody")
    with pytest.raises(InputError, match="neither a site's hash"):
        place.client.start_render("s3://elsewhere/sites/x/project.tar", CONFIG)


@pytest.mark.parametrize(
    ("config", "why"),
    [
        ({"runtime": "runtime.js"}, "runtime is a path"),
        ({"overrides_dir": "here"}, "overrides_dir is a path"),
        ({"cache_dir": "here"}, "cache_dir is a path"),
        ({"chunks": 1001}, "at most 1000"),
        ({"variables": {"text": "x" * 300_000}}, "a file of the project"),
    ],
)
def test_what_the_cloud_cannot_render_is_refused_here(place, site, config, why):
    """Before anything is started: no record, no execution."""
    before = list(place.client.cloud.store.list("renders"))

    with pytest.raises(InputError, match=why):
        place.client.start_render(site, hf.RenderConfig(**config), key="refused")

    assert before == list(place.client.cloud.store.list("renders"))


def test_a_damaged_output_is_not_downloaded(place, site, tmp_path):
    """What lies in the store must be what the function reported."""
    config = hf.RenderConfig(chunks=2, variables={"n": "damaged"})
    render = place.client.start_render(site, config)
    seen = place.client.wait(render, deadline=soon())
    store = place.client.cloud.store
    key = seen.output.uri.removeprefix(f"{store.url}/")
    other = tmp_path / "other"
    other.write_bytes(b"something else")
    store.delete(key)
    store.put(other, key)

    with pytest.raises(StoreDamagedError):
        place.client.download_output(render, tmp_path / "film.mp4")

    assert not (tmp_path / "film.mp4").exists()


def test_chunks_of_a_distributed_map_are_paid_for(place, site, tmp_path_factory):
    """Their attempts lie in histories of their own, which are read as well."""
    arn = place.client.cloud.stack.function
    machine = place.aws.create_machine("wide", state_machine(arn, inline_chunks=1))
    stack = attrs.evolve(place.client.cloud.stack, state_machine=machine)
    wide = AwsClient(attrs.evolve(place.client.cloud, stack=stack))
    place.function.faults["wide", "renderChunk 2"] = ["ChromeCrashError"]
    config = hf.RenderConfig(chunks=3, variables={"n": "wide"})

    render = wide.start_render(site, config)
    seen = wide.wait(render, deadline=soon())
    cost = wide.render_cost(render)

    assert 5 == seen.attempts
    assert (6, 1) == (cost.attempts, cost.failed)


def test_who_cannot_be_told_does_not_fail_a_render(place, site):
    """A webhook nobody may speak to is reported, and the render has succeeded."""
    told = []
    hook = Webhook(url="https://127.0.0.1:9/hook", secret="sixteen or more of it")
    render = place.client.start_render(site, CONFIG, key="told")

    seen = place.client.wait(
        render, webhooks=[hook], on_delivery=told.append, deadline=soon()
    )

    assert "succeeded" == seen.status
    assert [("render.succeeded", False)] == [(d.event, d.delivered) for d in told]
    assert "public" in told[0].reason


class Late:
    """A client of Step Functions that knows new executions a little late."""

    def __init__(self, client, misses: int) -> None:
        self._client, self._misses = client, misses

    def __getattr__(self, name: str):
        return getattr(self._client, name)

    def describe_execution(self, **arguments):
        if self._misses:
            self._misses -= 1
            arguments["executionArn"] += "-not-yet"
        return self._client.describe_execution(**arguments)


def test_a_render_is_handed_out_once_it_can_be_seen(place, site):
    """Descriptions are eventually consistent; what `start_render` returns is not."""
    late = Late(place.aws.client("stepfunctions"), 3)
    services = Services(clients={"stepfunctions": late})
    client = AwsClient(attrs.evolve(place.client.cloud, services=services))

    render = client.start_render(site, CONFIG, key="late")

    assert render == client.find_render(render.name)


@pytest.mark.parametrize("page", ["aws.md", "how-to/batch.md"])
def test_the_pages_python_runs(place, project, tmp_path, monkeypatch, capsys, page):
    """What the documentation does with a stack, it can do."""
    text = (Path(__file__).parents[2] / "docs" / page).read_text("utf-8")
    code = "\n".join(re.findall(r"^```py\n(.*?)^```$", text, re.DOTALL | re.MULTILINE))
    monkeypatch.setattr(AwsClient, "of_stack", lambda _: place.client)
    monkeypatch.chdir(tmp_path)

    exec(code, {})

    printed = capsys.readouterr().out
    assert ("40 frames" in printed) or ("['succeeded', 'succeeded'] True" in printed)
