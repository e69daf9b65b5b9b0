"""A store on S3 survives a bad network, and says plainly what it cannot survive."""

from __future__ import annotations

import errno
import hashlib
import os
import subprocess
import sys
import threading
import time
import uuid
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import boto3
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flaky import flaky
from hyperframes_dist.errors import (
    DiskFullError,
    HyperframesError,
    InputError,
    StoreConflictError,
    StoreDamagedError,
    StoreMissingError,
    TransportError,
)
from hyperframes_dist.transport import _s3_bucket, _s3_get, open_transport
from hyperframes_dist.transport._parallel import all_done
from hyperframes_dist.transport._s3_put import measure
from hyperframes_dist.transport.s3 import S3Transport
from seaweed import plain_client

PART = 5 << 20


@pytest.fixture(scope="session")
def s3_bucket(seaweed):
    """A bucket on the real server, shared; each test has a prefix of its own."""
    seaweed.client().create_bucket(Bucket="faults")
    return "faults"


@pytest.fixture
def prefix():
    return f"tests/{uuid.uuid4().hex}"


@pytest.fixture
def proxy(seaweed):
    """A bad network in front of the real server."""
    with flaky(seaweed.endpoint) as network:
        yield network


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch):
    """Pauses between our own tries, which nobody needs on loopback."""
    monkeypatch.setattr(_s3_bucket, "LONGEST_SECONDS", 0.01)


@pytest.fixture
def reach(seaweed, s3_bucket, prefix):
    """Makes a store behind *endpoint*; parts for reading may be as small as a test likes."""

    def make(endpoint, *, tries=3, part=PART, secret=None, seconds=10):
        client = plain_client(
            endpoint,
            seaweed.access_key,
            secret or seaweed.secret_key,
            retries={"mode": "standard", "total_max_attempts": tries},
            read_timeout=seconds,
        )
        store = S3Transport(s3_bucket, prefix, client=client, connections=2)
        store._part_bytes = part
        return store

    return make


@pytest.fixture
def store(reach, proxy):
    return reach(proxy.endpoint)


@pytest.fixture
def source(tmp_path):
    """A file of random bytes, of one small part."""
    path = tmp_path / "source"
    path.write_bytes(os.urandom(300_000))
    return path


@pytest.fixture
def large(tmp_path):
    """A file of two parts."""
    path = tmp_path / "large"
    path.write_bytes(os.urandom(1000) * (PART // 1000 + 100))
    return path


@pytest.fixture
def plain(seaweed):
    return seaweed.client()


def clean(error: BaseException, *secrets: str) -> str:
    """The message, which holds no query, no signature, and no exception of the client."""
    text = str(error)
    assert isinstance(error, HyperframesError)
    assert type(error).__module__ == "hyperframes_dist.errors"
    assert error.__cause__ is None
    for word in ("?", "Signature=", "uploadId", "AWS4", *secrets):
        assert word not in text
    return text


def test_a_body_that_breaks_off_is_resumed(store, proxy, source, tmp_path):
    """Only what is missing is asked for again."""
    store.put(source, "a/key")
    proxy.will("cut", method="GET", after=100_000)
    proxy.will("cut", method="GET", after=50_000)

    store.get("a/key", tmp_path / "target")

    assert source.read_bytes() == (tmp_path / "target").read_bytes()
    ranges = [h["range"] for method, _, h in proxy.requests if method == "GET"]
    first = [int(text.removeprefix("bytes=").partition("-")[0]) for text in ranges]
    assert [0, 100_000, 150_000] == first
    assert all(text.endswith("-299999") for text in ranges)


def test_many_ranges_break_off(reach, proxy, source, tmp_path):
    """Each range is resumed for itself, and none is written in another's place."""
    store = reach(proxy.endpoint, part=40_000)
    reach(proxy.endpoint).put(source, "a/key")
    proxy.will("cut", method="GET", after=7, times=5)

    store.get("a/key", tmp_path / "target")

    assert source.read_bytes() == (tmp_path / "target").read_bytes()
    assert 8 + 5 == proxy.count("GET")


def test_a_body_that_always_breaks_off_is_given_up(store, proxy, source, tmp_path):
    """After a bounded number of tries, without anything published."""
    store.put(source, "a/key")
    proxy.will("cut", method="GET", after=10, times=1000)

    with pytest.raises(TransportError, match="times cut off") as caught:
        store.get("a/key", tmp_path / "target")

    clean(caught.value)
    assert TransportError is type(caught.value)
    assert caught.value.retryable
    assert _s3_get._TRIES == proxy.count("GET")
    assert [source] == list(tmp_path.iterdir())


def test_changed_bytes_are_read_again(store, proxy, source, tmp_path):
    """Bytes that were garbled on their way are healed by another read."""
    store.put(source, "a/key")
    proxy.will("garble", method="GET")

    store.get("a/key", tmp_path / "target")

    assert source.read_bytes() == (tmp_path / "target").read_bytes()
    assert 2 == proxy.count("GET")


def test_bytes_that_stay_changed_are_an_error(store, proxy, source, tmp_path):
    """What was stored is never handed out changed."""
    store.put(source, "a/key")
    (tmp_path / "target").write_bytes(b"kept")
    proxy.will("garble", method="GET", times=1000)

    with pytest.raises(StoreDamagedError) as caught:
        store.get("a/key", tmp_path / "target")

    clean(caught.value)
    assert hashlib.sha256(source.read_bytes()).hexdigest() == caught.value.expected
    assert b"kept" == (tmp_path / "target").read_bytes()


def test_a_put_that_arrives_changed_is_sent_again(store, proxy, source, tmp_path):
    """S3 compares what arrives; nothing wrong is kept."""
    proxy.will("spoil", method="PUT")

    put = store.put(source, "a/key")

    assert 2 == proxy.count("PUT")
    assert put == store.get("a/key", tmp_path / "target")


def test_a_put_that_always_arrives_changed_is_an_error(store, proxy, source):
    """By its plain name, and worth a retry."""
    proxy.will("spoil", method="PUT", times=1000)

    with pytest.raises(TransportError) as caught:
        store.put(source, "a/key")

    clean(caught.value)
    assert TransportError is type(caught.value)
    assert store.find("a/key") is None


@pytest.mark.parametrize("name", ["source", "large"])
def test_an_answer_may_be_lost(name, request, store, proxy, tmp_path):
    """A put that succeeded unheard is found to have succeeded, by its bytes."""
    path = request.getfixturevalue(name)
    method = "PUT" if name == "source" else "POST"
    proxy.will("lose", method=method, path="" if name == "source" else "uploadId")

    put = store.put(path, "a/key")

    assert put == store.get("a/key", tmp_path / "target")
    assert path.read_bytes() == (tmp_path / "target").read_bytes()


def test_writers_may_meet_at_a_server(store, proxy, source, large, tmp_path):
    """One that cannot tell yet who was first is asked again, with a new upload if need be."""
    proxy.will("status", method="PUT", status=409, code="ConditionalRequestConflict")
    proxy.will("lose", method="POST", path="uploadId")
    proxy.will(
        "status",
        method="POST",
        path="uploadId",
        status=404,
        code="NoSuchUpload",
        times=2,
    )

    puts = [store.put(source, "a/key"), store.put(large, "b/key")]

    assert puts == [store.find("a/key"), store.find("b/key")]
    assert puts[1] == store.get("b/key", tmp_path / "target")


@pytest.mark.parametrize("status", [500, 503])
def test_a_server_that_fails_once_is_asked_again(status, store, proxy, large, tmp_path):
    """Whatever it failed at."""
    for method in ("HEAD", "POST", "PUT", "GET"):
        proxy.will("status", method=method, status=status)

    put = store.put(large, "a/key")

    assert put == store.get("a/key", tmp_path / "target")


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_server_that_fails_is_worth_a_retry(status, reach, proxy, source, tmp_path):
    """By somebody with more patience."""
    store = reach(proxy.endpoint, tries=1)
    proxy.will("status", times=1000, status=status)

    for call in (
        lambda: store.put(source, "a/key"),
        lambda: store.get("a/key", tmp_path / "target"),
        lambda: store.find("a/key"),
        lambda: store.delete("a/key"),
        store.list,
    ):
        with pytest.raises(TransportError, match=str(status)) as caught:
            call()
        clean(caught.value)
        assert TransportError is type(caught.value)


def test_a_server_that_is_silent_is_left(reach, proxy, source):
    """After the client's deadline."""
    store = reach(proxy.endpoint, tries=1, seconds=0.2)
    proxy.will("stall", seconds=1.0)

    with pytest.raises(TransportError, match="ReadTimeoutError") as caught:
        store.put(source, "a/key")

    clean(caught.value)


def test_nobody_there_is_worth_a_retry(reach, large):
    """The address nobody answered at is not repeated, for what hangs on it."""
    store = reach("http://127.0.0.1:9", tries=1)

    with pytest.raises(TransportError, match="EndpointConnectionError") as caught:
        store.put(large, "a/key")

    clean(caught.value)


def test_a_server_without_conditions_is_refused(reach, proxy, source):
    """One that says that it has none."""
    proxy.will("status", method="PUT", status=501, times=10)

    with pytest.raises(InputError, match="conditional writes") as caught:
        reach(proxy.endpoint, tries=1).put(source, "a/key")

    clean(caught.value)


def test_a_large_put_that_fails_leaves_nothing(reach, proxy, plain, large, s3_bucket):
    """Its parts are given back, which would be paid for and could not be seen."""
    proxy.will("status", method="PUT", path="partNumber=2", status=403, times=10)

    with pytest.raises(InputError, match="s3:PutObject"):
        reach(proxy.endpoint).put(large, "a/key")

    assert 1 == proxy.count("DELETE", "uploadId")
    assert [] == plain.list_multipart_uploads(Bucket=s3_bucket).get("Uploads", [])


@pytest.mark.parametrize("same", [True, False])
def test_a_large_put_meets_another_writer(
    same, reach, seaweed, plain, large, s3_bucket
):
    """One that was not there when it looked, and was when it ended."""
    store = reach(seaweed.endpoint)
    rival = large if same else Path(__file__)
    name = f"{store._prefix}a/key"

    def interfere(**kwargs):
        plain.put_object(Bucket=s3_bucket, Key=name, Body=rival.read_bytes())

    events = store._bucket.client.meta.events
    events.register_first("before-call.s3.CompleteMultipartUpload", interfere)

    if same:
        assert store.find("a/key") is None
        assert store.put(large, "a/key") == store.find("a/key")
    else:
        with pytest.raises(StoreConflictError) as caught:
            store.put(large, "a/key")
        clean(caught.value)

    assert [] == plain.list_multipart_uploads(Bucket=s3_bucket).get("Uploads", [])
    kept = plain.get_object(Bucket=s3_bucket, Key=name)["Body"].read()
    assert rival.read_bytes() == kept


@pytest.mark.parametrize("digest", [True, False])
def test_a_key_may_get_other_bytes_while_it_is_read(
    digest, reach, seaweed, plain, source, tmp_path, s3_bucket
):
    """Then the new ones are read from their beginning, never some of both."""
    store = reach(seaweed.endpoint, part=40_000)
    name = f"{store._prefix}a/key"
    if digest:
        reach(seaweed.endpoint).put(source, "a/key")
    else:
        plain.put_object(Bucket=s3_bucket, Key=name, Body=source.read_bytes())
    other, requests = os.urandom(300_000), []

    def replace(**kwargs):
        requests.append(name)
        if len(requests) == 4:
            plain.put_object(Bucket=s3_bucket, Key=name, Body=other)

    store._bucket.client.meta.events.register("before-call.s3.GetObject", replace)

    got = store.get("a/key", tmp_path / "target")

    assert other == (tmp_path / "target").read_bytes()
    assert hashlib.sha256(other).hexdigest() == got.sha256


def test_a_file_put_by_other_means_counts(
    reach, seaweed, plain, source, tmp_path, s3_bucket
):
    """It is read once to know its digest, and is as safe from being overwritten."""
    store = reach(seaweed.endpoint)
    name = f"{store._prefix}a/key"
    plain.put_object(
        Bucket=s3_bucket, Key=name, Body=b"by hand", Metadata={"sha256": "x"}
    )

    found = store.find("a/key")

    assert hashlib.sha256(b"by hand").hexdigest() == found.sha256
    assert found == store.get("a/key", tmp_path / "target")
    with pytest.raises(StoreConflictError):
        store.put(source, "a/key")


def test_a_wrong_secret_is_not_worth_a_retry(reach, seaweed, source, tmp_path):
    """It is said what is wrong, and the secret is not said."""
    wrong = "hush" + "0" * 36
    store = reach(seaweed.endpoint, secret=wrong)

    for call in (
        lambda: store.put(source, "a/key"),
        lambda: store.get("a/key", tmp_path / "target"),
        lambda: store.find("a/key"),
        lambda: store.delete("a/key"),
        store.list,
    ):
        with pytest.raises(InputError, match="credentials are wrong") as caught:
            call()
        clean(caught.value, wrong, seaweed.access_key)
        assert not caught.value.retryable


def test_no_credentials_are_not_worth_a_retry(monkeypatch, tmp_path, source):
    """Where boto3 finds none, it is said where it looks."""
    for name in list(os.environ):
        if name.startswith("AWS_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    store = open_transport("s3://bucket/root")

    for call in (
        lambda: store.put(source, "a/key"),
        lambda: store.presign("a/key", seconds=1),
    ):
        with pytest.raises(InputError, match="AWS_ACCESS_KEY_ID") as caught:
            call()
        clean(caught.value)


def test_a_missing_bucket_is_bad_input(seaweed, tmp_path):
    """Not a missing key, for which somebody might wait."""
    store = S3Transport("no-such-bucket", client=seaweed.client())

    with pytest.raises(InputError, match="no such bucket"):
        store.find("a/key")
    with pytest.raises(InputError, match="no such bucket"):
        store.get("a/key", tmp_path / "target")


def test_a_missing_key_is_told(reach, seaweed, tmp_path):
    """With the address it was looked for at."""
    store = reach(seaweed.endpoint)

    with pytest.raises(StoreMissingError) as caught:
        store.get("a/key", tmp_path / "target")

    assert f"{store.url}/a/key" == caught.value.address
    assert f"{store.url}/a/key: nothing is there" == clean(caught.value)


def test_a_presigned_address_expires(reach, seaweed, source):
    """Anybody may read at it, not for longer than was said, and not at another key."""
    store = reach(seaweed.endpoint)
    store.put(source, "a/key")
    address = store.presign("a/key", seconds=600)

    assert source.read_bytes() == urlopen(address, timeout=10).read()
    with pytest.raises(HTTPError, match="403"):
        urlopen(address.replace("a/key", "a/kez"), timeout=10)
    assert 403 == status_after(store.presign("a/key", seconds=1), seconds=30)

    for seconds in (0, 7 * 24 * 3600 + 1):
        with pytest.raises(InputError, match="seconds"):
            store.presign("a/key", seconds=seconds)


def status_after(address, *, seconds):
    """The first answer of *address* other than its file, within *seconds*."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            urlopen(address, timeout=10).close()
        except HTTPError as error:
            return error.code
        time.sleep(0.2)
    return None


def test_many_keys_are_listed(reach, seaweed, source, plain, s3_bucket):
    """More than a page of them; what is no key of ours is passed over."""
    store = reach(seaweed.endpoint)
    source.write_bytes(b"")
    keys = [f"many/{number:02}" for number in range(12)]
    for key in keys:
        store.put(source, key)
    plain.put_object(Bucket=s3_bucket, Key=f"{store._prefix}many/no key", Body=b"")
    events = store._bucket.client.meta.events
    pages = []

    def small(params, **kwargs):
        params["MaxKeys"] = 5
        pages.append(params)

    events.register("provide-client-params.s3.ListObjectsV2", small)

    assert keys == list(store.list("many"))
    assert 3 == len(pages)


def test_the_owner_is_asked_for(reach, seaweed, s3_bucket, source, proxy, tmp_path):
    """In every request, so that a bucket of that name of somebody else is refused by S3."""
    client = reach(proxy.endpoint)._bucket.client
    store = S3Transport(s3_bucket, client=client, expected_bucket_owner="111122223333")
    key = uuid.uuid4().hex

    store.put(source, key)
    store.get(key, tmp_path / "target")
    store.list()
    store.delete(key)

    assert {"111122223333"} == {
        headers.get("x-amz-expected-bucket-owner") for _, _, headers in proxy.requests
    }


def test_a_session_and_an_endpoint_are_accepted(seaweed, s3_bucket, prefix, source):
    """The bucket is named in the path then, since its name has no address of its own."""
    session = boto3.session.Session(
        aws_access_key_id=seaweed.access_key, aws_secret_access_key=seaweed.secret_key
    )
    store = open_transport(
        f"s3://{s3_bucket}/{prefix}", session=session, endpoint_url=seaweed.endpoint
    )

    put = store.put(source, "a/key")

    assert put == store.find("a/key")
    assert store.presign("a/key", seconds=9).startswith(
        f"{seaweed.endpoint}/{s3_bucket}/"
    )


def test_an_address_of_aws_names_the_bucket_in_its_host(monkeypatch):
    """With its region: the host without one redirects, and the signature is of the host."""
    monkeypatch.delenv("AWS_ENDPOINT_URL_S3", raising=False)
    session = boto3.session.Session("AKIDEXAMPLE", "x", region_name="eu-central-1")

    address = S3Transport("bucket", session=session).presign("a/key", seconds=9)

    assert address.startswith("https://bucket.s3.eu-central-1.amazonaws.com/a/key?")
    assert "X-Amz-Algorithm=AWS4-HMAC-SHA256" in address


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"part_bytes": PART - 1}, "part_bytes"),
        ({"part_bytes": 1 << 30}, "part_bytes"),
        ({"connections": 0}, "connections"),
        ({"connections": 33}, "connections"),
        ({"expected_bucket_owner": "12"}, "12 digits"),
        ({"prefix": "a/" * 200 + "a"}, "300 characters"),
        ({"prefix": "a//b"}, "not a relative path"),
        ({"endpoint_url": "nonsense"}, "no S3 client"),
        ({"client": object(), "endpoint_url": "http://127.0.0.1"}, "not both"),
    ],
)
def test_options_have_bounds(options, message):
    """Which are named."""
    with pytest.raises(InputError, match=message):
        S3Transport("bucket", **options)


def test_a_profile_that_is_not_there_is_bad_input(monkeypatch):
    """Not a traceback of the client."""
    monkeypatch.setenv("AWS_PROFILE", "no-such-profile")

    with pytest.raises(InputError, match="ProfileNotFound") as caught:
        open_transport("s3://bucket")

    clean(caught.value)


def test_an_old_client_is_refused(seaweed):
    """One that would leave out the condition, and overwrite."""
    client = seaweed.client()
    shape = client.meta.service_model.operation_model("PutObject").input_shape
    del shape.members["IfNoneMatch"]

    with pytest.raises(InputError, match=r"boto3 1\.35\.2"):
        S3Transport("bucket", client=client)


def test_without_boto3_the_extra_is_named():
    """And a store in a directory needs none."""
    code = (
        "import sys; sys.modules['boto3'] = None\n"
        "from hyperframes_dist.transport import open_transport\n"
        "open_transport('file:///nowhere')\n"
        "try: open_transport('s3://bucket')\n"
        "except ValueError as error: print(type(error).__name__, error)"
    )

    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert (
        "InputError a store on S3 needs boto3; pip install 'hyperframes_dist[aws]'\n"
        == (done.stdout)
    )


def test_a_file_that_changes_while_it_is_stored_is_bad_input(
    reach, proxy, source, large
):
    """Its digest and its bytes would not belong together."""
    store = reach(proxy.endpoint)
    events = store._bucket.client.meta.events
    events.register_first(
        "before-call.s3.CreateMultipartUpload", lambda **_: os.truncate(large, PART)
    )
    measured = measure(source, PART)
    source.write_bytes(b"x" * 300_000)

    with pytest.raises(InputError, match="changed while it was stored"):
        store.put(large, "a/key")
    with pytest.raises(InputError, match="changed while it was stored"):
        store._put(measured, "b/key", f"{store._prefix}b/key")

    assert [] == list(store.list())


def test_a_full_disk_is_told(reach, seaweed, source, tmp_path, monkeypatch):
    """As such, not as a store that failed."""
    store = reach(seaweed.endpoint)
    store.put(source, "a/key")

    def full(*args):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(_s3_get.os, "pwrite", full)

    with pytest.raises(DiskFullError):
        store.get("a/key", tmp_path / "target")

    assert [source] == list(tmp_path.iterdir())


@given(data=st.binary(max_size=40), length=st.integers(1, 9))
def test_parts_tile_a_file(data, length, tmp_path_factory):
    """Each byte is in one part, and a part knows its digest."""
    path = tmp_path_factory.getbasetemp() / "tiled"
    path.write_bytes(data)

    source = measure(path, length)

    assert max(1, -(-len(data) // length)) == len(source.parts)
    assert data == b"".join(map(source.read, source.parts))
    assert hashlib.sha256(data).hexdigest() == source.sha256
    assert list(range(1, len(source.parts) + 1)) == [p.number for p in source.parts]
    for part in source.parts:
        assert hashlib.sha256(source.read(part)).digest() == part.digest


def test_a_huge_file_has_no_more_parts_than_s3_takes(tmp_path):
    """Parts grow with it."""
    path = tmp_path / "huge"
    path.write_bytes(b"x" * 10_001)

    assert 5001 == len(measure(path, 1).parts)


def test_the_first_failure_stops_a_transfer():
    """What has not begun never begins, and what has is over when it is told."""
    begun, failed = [], threading.Event()

    def work(number):
        begun.append(number)
        if number == 1:
            failed.set()
            raise ValueError(number)
        # Lets the other thread go on to fail.
        time.sleep(0.001 if failed.wait(timeout=10) else 0)
        return number

    with pytest.raises(ValueError, match="1"):
        all_done(2, work, range(20_000))

    # They take twenty seconds, and the failing thread has but to go on for a moment.
    assert len(begun) < 20_000
    assert [0, 2] == all_done(2, lambda n: n * 2, range(2))
