"""
An AWS of its own for a test: S3, Lambda, Step Functions, CloudFormation on loopback.

The emulator is ministack, in an environment of its own because it pins botocore; that is
built once into the cache, from hashes. Functions run as ``provided.al2023``: its runtime
for Python renames every exception, and the names are what is tested.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
import uuid
import venv
import zipfile
from pathlib import Path
from typing import Any, Self

import boto3
from botocore.config import Config

from ports import reserve_ports

REQUIREMENTS = Path(__file__).with_name("requirements-ministack.txt")
REGION = "us-east-1"
ROLE = "arn:aws:iam::000000000000:role/test"
_START_SECONDS, _STOP_SECONDS, _INSTALL_SECONDS = 60, 10, 170
_DONE = {"SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"}


def ministack_python(cache: Path) -> Path:
    """The Python of the emulator's environment below *cache*, built if it is not there."""
    version = "{}.{}".format(*sys.version_info)
    digest = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()[:16]
    home = cache / "venvs" / f"ministack-{version}-{digest}"
    if not (home / "bin/python").exists():
        _build(home)
    return home / "bin/python"


def _build(home: Path) -> None:
    # Built beside and renamed, so that two runs at once never see half of it.
    home.parent.mkdir(parents=True, exist_ok=True)
    half = home.with_name(f"{home.name}.{uuid.uuid4().hex}")
    try:
        venv.create(half, with_pip=True)
        install = ["-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes"]
        subprocess.run(
            [half / "bin/python", *install, "--requirement", REQUIREMENTS],
            check=True,
            timeout=_INSTALL_SECONDS,
        )
        half.rename(home)
    except OSError:
        if not home.exists():
            raise
    finally:
        shutil.rmtree(half, ignore_errors=True)


class Ministack:
    """
    One emulator; a context manager that ends it and all it started.

    Attributes:
        python: The emulator's Python, which also has the Lambda runtime client.
        folder: Where it keeps its files and its log.
        endpoint: Its address, once it runs.
    """

    def __init__(self, python: Path, folder: Path) -> None:
        self.python, self.folder = python, folder
        self.endpoint = ""
        self._clients: dict[str, Any] = {}
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        (port,) = reserve_ports(1)
        self.endpoint = f"http://127.0.0.1:{port}"
        with (self.folder / "ministack.log").open("wb") as log:
            self._process = subprocess.Popen(
                [self.python, "-m", "ministack"],
                env=self._environment(port),
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            self._await_start()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def client(self, service: str) -> Any:
        """A boto3 client of *service*, made once."""
        if service not in self._clients:
            self._clients[service] = boto3.client(
                service,
                endpoint_url=self.endpoint,
                region_name=REGION,
                aws_access_key_id="test",
                aws_secret_access_key="test",
                config=Config(
                    signature_version="s3v4" if service == "s3" else None,
                    s3={"addressing_style": "path"},
                    retries={"total_max_attempts": 2},
                    connect_timeout=5,
                    read_timeout=120,
                ),
            )
        return self._clients[service]

    def create_function(
        self,
        name: str,
        code: Path | bytes,
        env: dict[str, str],
        *,
        timeout: int = 60,
        memory: int = 10_240,
    ) -> str:
        """
        A function whose ``bootstrap`` asks the Runtime API for its events.

        Args:
            code: The bytes of a ZIP, or a directory, that holds ``bootstrap``. Whatever
                that starts is the function: the runtime client, or a sandbox around it.
            env: The function's environment, on top of the emulator's own.
            timeout: Seconds after which the function is ended.
            memory: What the function is told it has, in MiB.

        Returns:
            Its ARN.
        """
        made = self.client("lambda").create_function(
            FunctionName=name,
            Runtime="provided.al2023",
            Role=ROLE,
            Handler="bootstrap",
            Code={"ZipFile": code if isinstance(code, bytes) else zip_folder(code)},
            Timeout=timeout,
            MemorySize=memory,
            Environment={"Variables": env},
        )
        return str(made["FunctionArn"])

    def create_machine(self, name: str, definition: dict[str, Any]) -> str:
        """A state machine; returns its ARN."""
        made = self.client("stepfunctions").create_state_machine(
            name=name, definition=json.dumps(definition), roleArn=ROLE
        )
        return str(made["stateMachineArn"])

    def run(self, machine: str, text: str, *, seconds: float = 60) -> dict[str, Any]:
        """Start an execution with *text*, and what it has become when it ends."""
        return run_execution(self.client("stepfunctions"), machine, text, seconds)

    def _environment(self, port: int) -> dict[str, str]:
        kept = {"PATH", "HOME", "TMPDIR", "LANG"}
        marks = {
            n: v for n, v in os.environ.items() if n.startswith("HYPERFRAMES_DIST")
        }
        return {
            **{name: os.environ[name] for name in kept & os.environ.keys()},
            **marks,
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(port),
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            # Retries wait for as long as the definition says; a test need not.
            "SFN_WAIT_SCALE": "0",
            # An emulated function is a process, never a container.
            "LAMBDA_EXECUTOR": "local",
            "LOG_LEVEL": "INFO",
        }

    def _await_start(self) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            assert self._process is not None
            assert self._process.poll() is None, self.log()
            try:
                url = f"{self.endpoint}/_ministack/health"
                with urllib.request.urlopen(url, timeout=2):
                    return
            except OSError:
                time.sleep(0.05)
        raise TimeoutError(f"ministack did not start: {self.log()}")

    def log(self) -> str:
        """What it has written so far."""
        return (self.folder / "ministack.log").read_text("utf-8", "replace")

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        _signal_group(process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_STOP_SECONDS)
        # Functions are in its group and may have outlived it.
        _signal_group(process.pid, signal.SIGKILL)
        process.wait(_STOP_SECONDS)


def run_execution(
    client: Any, machine: str, text: str, seconds: float
) -> dict[str, Any]:
    """An execution of *machine* from start to end, in at most *seconds*."""
    started = client.start_execution(stateMachineArn=machine, input=text)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        seen = client.describe_execution(executionArn=started["executionArn"])
        if seen["status"] in _DONE:
            return dict(seen)
        time.sleep(0.05)
    client.stop_execution(executionArn=started["executionArn"])
    raise TimeoutError(f"{started['executionArn']} still runs after {seconds} s")


def zip_folder(folder: Path) -> bytes:
    """The files of *folder* as a ZIP; ``bootstrap`` can be executed."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            archive.write(path, path.relative_to(folder).as_posix())
    return buffer.getvalue()


def _signal_group(group: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, number)
