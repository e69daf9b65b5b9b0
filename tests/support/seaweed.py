"""
A real S3 server on loopback: SeaweedFS, one process, one folder.

It checks signatures, checksums and conditional writes, which is what the store relies on.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from ports import reserve_ports

_READY_SECONDS = 90.0
_STARTS = 3
_PORTS = (
    *("master.port", "master.port.grpc", "volume.port", "volume.port.grpc"),
    *("filer.port", "filer.port.grpc", "s3.port", "s3.port.grpc"),
)
_FLAGS = (
    *("-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-filer", "-s3"),
    *("-s3.port.iceberg=0", "-s3.port.lance=0", "-master.telemetry=false"),
    *("-volume.max=200", "-master.volumeSizeLimitMB=64", "-volume.preStopSeconds=0"),
)


@attrs.frozen
class S3Server:
    """Where it is and who may use it."""

    endpoint: str
    access_key: str
    secret_key: str
    stop: Callable[[], None]

    def client(self, **config: Any) -> Any:
        """A plain boto3 client of it."""
        return plain_client(self.endpoint, self.access_key, self.secret_key, **config)

    def environment(self) -> dict[str, str]:
        """What boto3 reads, for processes that find the server by themselves."""
        return {
            "AWS_ENDPOINT_URL_S3": self.endpoint,
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret_key,
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
        }


def plain_client(endpoint: str, access_key: str, secret_key: str, **config: Any) -> Any:
    """A client without anything of the library in it."""
    settings = {"connect_timeout": 5, "read_timeout": 30, **config}
    return _session(access_key, secret_key).client(
        "s3",
        endpoint_url=endpoint,
        config=Config(
            signature_version="s3v4", s3={"addressing_style": "path"}, **settings
        ),
    )


@functools.cache
def _session(access_key: str, secret_key: str) -> Any:
    """One session for many clients: it reads the description of S3 only once."""
    return boto3.session.Session(
        aws_access_key_id=access_key,
        aws_secret_access_key=secret_key,
        region_name="us-east-1",
    )


def start_seaweed(folder: Path) -> S3Server:
    """
    A server that keeps everything in *folder* and answers when this returns.

    It is ended by a kill: stopping it in order takes many seconds, and nobody reads the
    folder afterwards.
    """
    for attempt in range(_STARTS):
        # Between choosing a free port and its use, somebody else may take it.
        server, process = _start(folder / f"start-{attempt}")
        if _answers(server, process):
            return server
        server.stop()
    log = (folder / f"start-{_STARTS - 1}" / "log").read_text("utf-8", "replace")
    raise RuntimeError(f"SeaweedFS did not come up: {log[-2000:]}")


def _start(folder: Path) -> tuple[S3Server, subprocess.Popen[bytes]]:
    folder.mkdir(parents=True)
    access, secret = f"AK{secrets.token_hex(9).upper()}", secrets.token_hex(20)
    rules = folder / "s3.json"
    rules.write_text(json.dumps(_identities(access, secret)))
    ports = dict(zip(_PORTS, reserve_ports(len(_PORTS)), strict=True))
    args = [f"-{name}={port}" for name, port in ports.items()]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [
                _binary(),
                "server",
                f"-dir={folder}",
                f"-s3.config={rules}",
                *_FLAGS,
                *args,
            ],
            env={"HOME": str(folder), "PATH": os.environ["PATH"]},
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    endpoint = f"http://127.0.0.1:{ports['s3.port']}"
    return S3Server(endpoint, access, secret, lambda: _kill(process)), process


def _binary() -> str:
    """The ``weed`` beside this interpreter, where pip put it."""
    return str(Path(sys.executable).parent / "weed")


def _identities(access: str, secret: str) -> dict[str, Any]:
    keys = [{"accessKey": access, "secretKey": secret}]
    actions = ["Admin", "Read", "Write", "List", "Tagging"]
    return {"identities": [{"name": "tester", "credentials": keys, "actions": actions}]}


def _answers(server: S3Server, process: subprocess.Popen[bytes]) -> bool:
    """Whether an object can be written and read before the deadline."""
    client = server.client(retries={"total_max_attempts": 1}, read_timeout=5)
    deadline = time.monotonic() + _READY_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        # An open port says nothing: writes fail until a volume was allotted.
        with contextlib.suppress(BotoCoreError, ClientError):
            client.create_bucket(Bucket="ready")
        with contextlib.suppress(BotoCoreError, ClientError):
            client.put_object(Bucket="ready", Key="object", Body=b"here")
            got = client.get_object(Bucket="ready", Key="object")["Body"].read()
            return bool(got == b"here")
        time.sleep(0.1)
    return False


def _kill(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
