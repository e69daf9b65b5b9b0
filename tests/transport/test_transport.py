"""A store keeps whole files under keys, and never replaces one by another."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import uuid
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hyperframes_dist.errors import (
    DiskFullError,
    InputError,
    StoreConflictError,
    StoreDamagedError,
    TransportError,
    UnsupportedFeatureError,
)
from hyperframes_dist.testing import check_transport
from hyperframes_dist.transport import StoredFile, local, open_transport
from hyperframes_dist.transport._disk import file_errors
from hyperframes_dist.transport._uri import parse_s3_uri
from hyperframes_dist.transport.local import LocalTransport
from hyperframes_dist.transport.s3 import S3Transport

PART = 5 << 20
NAMES = st.text("abzABZ09._-", min_size=1, max_size=12).filter(
    lambda name: name not in {".", ".."}
)
KEYS = st.lists(NAMES, min_size=1, max_size=4).map("/".join)


@pytest.fixture(scope="session")
def s3_bucket(seaweed):
    """A bucket on the real server, shared; each test has a prefix of its own."""
    seaweed.client().create_bucket(Bucket="contract")
    return "contract"


@pytest.fixture
def local_store(tmp_path):
    return LocalTransport(tmp_path / "store")


@pytest.fixture
def s3_store(seaweed, s3_bucket):
    prefix = f"tests/{uuid.uuid4().hex}"
    return S3Transport(s3_bucket, prefix, client=seaweed.client(), part_bytes=PART)


@pytest.fixture(params=["local_store", "s3_store"])
def store(request):
    return request.getfixturevalue(request.param)


def test_a_directory_keeps_every_promise(tmp_path):
    """Also through several openings of the same directory at once."""
    (tmp_path / "work").mkdir()

    check_transport(lambda: LocalTransport(tmp_path / "a b"), tmp_path / "work")


def test_a_bucket_keeps_every_promise(s3_store, tmp_path):
    """Also with one client in sixteen threads, and at the borders of its parts."""
    sizes = (0, 1, PART, PART + 1)

    check_transport(lambda: s3_store, tmp_path, sizes=sizes)


@settings(max_examples=12)
@given(keys=st.sets(KEYS, min_size=1, max_size=6), data=st.binary(max_size=100))
def test_what_was_put_is_listed_and_comes_back(keys, data, tmp_path_factory):
    """Whatever the keys are; a key below another one is no key of a directory."""
    folder = tmp_path_factory.mktemp("keys")
    store, source = LocalTransport(folder / "store"), folder / "source"
    source.write_bytes(data)
    kept = {k for k in keys if not any(k.startswith(f"{other}/") for other in keys)}

    for key in kept:
        store.put(source, key)

    assert sorted(kept) == list(store.list())
    for key in kept:
        store.get(key, folder / "target")
        assert data == (folder / "target").read_bytes()


def test_keys_of_a_bucket_come_back(s3_store, tmp_path):
    """The same of a bucket, where a key may lie below another."""
    source = tmp_path / "source"
    source.write_bytes(b"x")

    @settings(max_examples=12)
    @given(keys=st.sets(KEYS, min_size=1, max_size=4), place=NAMES)
    def each(keys, place):
        top = f"{place}{uuid.uuid4().hex}"
        # The server of the tests keeps files in folders too.
        kept = {k for k in keys if not any(k.startswith(f"{other}/") for other in keys)}
        for key in kept:
            s3_store.put(source, f"{top}/{key}")
        assert sorted(f"{top}/{key}" for key in kept) == list(s3_store.list(top))

    each()


def test_sizes_of_a_bucket_come_back(s3_store, tmp_path):
    """Any size near a border between one part, two and three."""
    source, target = tmp_path / "source", tmp_path / "target"

    @settings(max_examples=6)
    @given(parts=st.integers(0, 2), more=st.integers(-2, 2))
    def each(parts, more):
        data = os.urandom(1024) * ((parts * PART + 4096) // 1024)
        data = data[: max(0, parts * PART + more)]
        source.write_bytes(data)
        put = s3_store.put(source, f"sizes/{uuid.uuid4().hex}")
        assert put == s3_store.get(put.key, target)
        assert data == target.read_bytes()

    each()


def test_an_address_opens_the_same_store(store, tmp_path, seaweed, monkeypatch):
    """What a store is called is all another process needs, besides the environment."""
    for name, value in seaweed.environment().items():
        monkeypatch.setenv(name, value)
    source = tmp_path / "source"
    source.write_bytes(b"x")
    put = store.put(source, "a/key")

    assert put == open_transport(store.url).find("a/key")
    assert repr(store).startswith(type(store).__name__)


@pytest.mark.parametrize(
    "url",
    [
        *("", "/tmp/store", "store", "az://bucket", "S3://bucket", "file:/tmp/store"),
        *("file://host/tmp", "file:///tmp?x=1", "file:///a%00b", "s3:/bucket"),
    ],
)
def test_an_unknown_address_is_refused(url):
    """With what would have been understood, and without a query string."""
    with pytest.raises(InputError) as caught:
        open_transport(url)

    assert "file://" in str(caught.value)
    assert "x=1" not in str(caught.value)


def test_a_store_whose_client_is_not_installed_names_the_extra(monkeypatch):
    """Google's is in no environment of these tests but the one of its own."""
    monkeypatch.setitem(sys.modules, "google.cloud", None)

    with pytest.raises(InputError, match=r"hyperframes_dist\[gcs\]"):
        open_transport("gs://bucket/renders")


def test_a_package_can_bring_a_scheme(tmp_path, monkeypatch):
    """By an entry point, which gets the address and the options."""
    facts = tmp_path / "mine-1.dist-info"
    facts.mkdir()
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: mine\nVersion: 1\n")
    (facts / "entry_points.txt").write_text(
        "[hyperframes_dist.transports]\nmine = mine_store:open\nbad = mine_none:open\n"
    )
    (tmp_path / "mine_store.py").write_text(
        "def open(url, **options):\n    return url, options\n"
    )
    monkeypatch.syspath_prepend(tmp_path)

    assert ("mine://here", {"size": 1}) == open_transport("mine://here", size=1)
    with pytest.raises(InputError, match="bad://, file://, gs://, mine://, s3://"):
        open_transport("other://here")
    with pytest.raises(InputError, match="mine_none:open, which cannot be loaded"):
        open_transport("bad://here")


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("s3://bucket", ("bucket", "")),
        ("s3://bucket/", ("bucket", "")),
        ("s3://a.b-3/plans/0.tar", ("a.b-3", "plans/0.tar")),
        ("s3://" + "b" * 63 + "/k", ("b" * 63, "k")),
    ],
)
def test_an_s3_address_is_a_bucket_and_a_key(uri, expected):
    """The key may be missing."""
    assert expected == parse_s3_uri(uri)


@pytest.mark.parametrize(
    "uri",
    [
        *("", "s3:", "s3://", "s3:///key", "S3://bucket/key", "s3:/bucket/key"),
        *("http://bucket/key", "bucket/key", "s3://ab/key", "s3://" + "b" * 64),
        *(
            "s3://Bucket/key",
            "s3://buc_ket/key",
            "s3://-bucket/key",
            "s3://bucket-/key",
        ),
        *("s3://.bucket/key", "s3://buc..ket/key", "s3://192.168.0.1/key"),
        *("s3://xn--bucket/key", "s3://bucket-s3alias/key", "s3://bucket--ol-s3/key"),
        *(
            "s3://bucket/key/",
            "s3://bucket//key",
            "s3://bucket/../key",
            "s3://bucket/.",
        ),
        *("s3://bucket/key?versionId=secret", "s3://bucket/key#secret"),
        *("s3://key:secret@bucket/key", "s3://bucket:secret/key", "s3://bucket/k ey"),
        *(
            "s3://bucket/key\n",
            "s3://bucket\n/key",
            " s3://bucket/key",
            "s3://bücket/k",
        ),
        *(
            "s3://bucket/clé",
            "s3://bucket/a\0",
            "s3://bucket/a\\b",
            "s3://bucket/%2e%2e",
        ),
        "arn:aws:s3:::bucket/key",
    ],
)
def test_a_malformed_s3_address_is_refused(uri):
    """Nothing in it is guessed, and nothing secret in it is repeated."""
    with pytest.raises(InputError) as caught:
        parse_s3_uri(uri)

    if "?" in uri or "#" in uri or "@" in uri:
        assert "secret" not in str(caught.value)


@given(text=st.text(max_size=80))
def test_any_text_is_an_address_or_bad_input(text):
    """Whatever an event from outside holds."""
    try:
        bucket, key = parse_s3_uri(f"s3://{text}")
    except InputError:
        return

    assert f"s3://{text}" in {f"s3://{bucket}", f"s3://{bucket}/{key}"}


def test_changed_bytes_are_noticed(local_store, tmp_path):
    """A file that rots in a directory is never handed out as what was put."""
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(b"whole")
    target.write_bytes(b"kept")
    local_store.put(source, "a/key")
    (tmp_path / "store/a/key").write_bytes(b"whale")

    with pytest.raises(StoreDamagedError):
        local_store.get("a/key", target)

    assert b"kept" == target.read_bytes()


def test_a_writer_may_die_between_bytes_and_digest(local_store, tmp_path, monkeypatch):
    """What it put is whole and is found; what it had not put is not there."""
    source = tmp_path / "source"
    source.write_bytes(b"whole")
    with monkeypatch.context() as patch:
        patch.setattr(local, "write_file", _die)
        with pytest.raises(KeyboardInterrupt):
            local_store.put(source, "a/key")
    with monkeypatch.context() as patch:
        patch.setattr(local, "_settle", _die)
        with pytest.raises(KeyboardInterrupt):
            local_store.put(source, "b/key")

    assert ["a/key"] == list(local_store.list())
    assert local_store.find("a/key") == local_store.put(source, "a/key")
    assert [] == list((tmp_path / "store/~drafts").iterdir())


def _die(*args: object) -> None:
    raise KeyboardInterrupt


def test_processes_race_for_a_key(tmp_path):
    """One of several processes with different bytes wins, and its bytes are kept."""
    code = (
        "import sys; from pathlib import Path;"
        "from hyperframes_dist.transport.local import LocalTransport;"
        "LocalTransport(sys.argv[1]).put(Path(sys.argv[2]), 'a/key')"
    )
    files = [tmp_path / f"{number}" for number in range(5)]
    for number, path in enumerate(files):
        path.write_bytes(b"%d" % number * 100_000)
    args = [[sys.executable, "-c", code, tmp_path / "store", path] for path in files]

    racers = [subprocess.Popen(each, stderr=subprocess.PIPE) for each in args]
    told = [racer.communicate(timeout=60)[1] for racer in racers]

    won = [
        path for path, racer in zip(files, racers, strict=True) if not racer.returncode
    ]
    assert 1 == len(won)
    assert 4 == sum(b"StoreConflictError" in text for text in told)
    assert won[0].read_bytes() == (tmp_path / "store/a/key").read_bytes()


def test_a_directory_holds_what_was_laid_there(local_store, tmp_path):
    """A file copied into it by hand counts; names that are no keys do not."""
    place = tmp_path / "store/a"
    place.mkdir(parents=True)
    (place / "key").write_bytes(b"by hand")
    (place / "no key").write_bytes(b"x")
    (place / "link").symlink_to(place / "key")
    source = tmp_path / "source"
    source.write_bytes(b"other")

    assert ["a/key"] == list(local_store.list())
    assert 7 == local_store.get("a/key", tmp_path / "target").size
    with pytest.raises(StoreConflictError):
        local_store.put(source, "a/key")


def test_a_link_does_not_lead_out_of_a_directory(local_store, tmp_path):
    """A key names a file of the store or nothing, also if somebody laid a link there."""
    (tmp_path / "store").mkdir()
    (tmp_path / "secret").write_bytes(b"secret")
    (tmp_path / "store/file").symlink_to(tmp_path / "secret")
    (tmp_path / "store/folder").symlink_to(tmp_path)
    (tmp_path / "store/loop").symlink_to(tmp_path / "store/loop")

    for key in ("file", "folder/secret"):
        with pytest.raises(InputError, match="leads elsewhere"):
            local_store.get(key, tmp_path / "target")
    assert local_store.find("loop") is None
    with pytest.raises(InputError, match="taken by what is no file"):
        local_store.put(tmp_path / "secret", "loop")


def test_a_key_cannot_go_on_below_a_file(local_store, tmp_path):
    """A directory has one thing of a name; that is said, and nothing is lost."""
    source = tmp_path / "source"
    source.write_bytes(b"x")
    local_store.put(source, "a/key")

    for key in ("a", "a/key/more"):
        with pytest.raises(InputError):
            local_store.put(source, key)
        assert local_store.find(key) is None

    local_store.delete("a/key")
    assert StoredFile(key="a", size=1, sha256=local_store.put(source, "a").sha256)


def test_a_directory_gives_no_addresses(local_store):
    """Nobody serves its files."""
    with pytest.raises(UnsupportedFeatureError, match="use a store on S3"):
        local_store.presign("a/key", seconds=1)


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (errno.ENOSPC, DiskFullError),
        (errno.EDQUOT, DiskFullError),
        (errno.EACCES, InputError),
        (errno.EROFS, InputError),
        (errno.ENOTDIR, InputError),
        (errno.EIO, TransportError),
        (errno.ESTALE, TransportError),
    ],
)
def test_what_a_file_system_says_is_translated(number, kind):
    """By whether the caller, the machine or nobody can help."""
    with pytest.raises(kind) as caught, file_errors("file:///store/key"):
        raise OSError(number, os.strerror(number), "/store/key")

    assert kind is type(caught.value)
    assert "/store/key" in str(caught.value)


def test_a_store_that_breaks_a_promise_is_told(tmp_path):
    """The check can fail, and says what was promised."""

    class Overwriting(LocalTransport):
        def put(self, path: Path, key: str) -> StoredFile:
            self.delete(key)
            return super().put(path, key)

    with pytest.raises(AssertionError, match="other bytes under a taken key"):
        check_transport(lambda: Overwriting(tmp_path / "store"), tmp_path)
