"""Real things that run work: processes, a Dask cluster, a Temporal server, on loopback."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import gc
import multiprocessing
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import resource_tracker
from pathlib import Path

import attrs
import distributed
from temporalio.client import Client

from hyperframes_dist.engines import ExecutorEngine
from hyperframes_dist.engines.temporal import TemporalEngine
from ports import reserve_ports

QUEUE = "renders"
_READY_SECONDS = 60.0
_WORKER = Path(__file__).with_name("temporal_worker.py")


@contextlib.contextmanager
def processes(workers: int = 2) -> Iterator[ExecutorEngine]:
    """A pool of processes of this machine, anew for each render."""
    context = multiprocessing.get_context("spawn")
    opened = functools.partial(ProcessPoolExecutor, workers, mp_context=context)
    with _no_tracker():
        yield ExecutorEngine(executor=opened)


@contextlib.contextmanager
def dask() -> Iterator[ExecutorEngine]:
    """Two workers in processes of their own, under a scheduler in this one."""
    with (
        _no_tracker(),
        distributed.LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield ExecutorEngine(executor=client.get_executor)


@contextlib.contextmanager
def _no_tracker() -> Iterator[None]:
    """Python's process that watches over what others share would outlive the tests."""
    try:
        yield
    finally:
        # A pool that was not waited for ends in a thread of its own.
        for thread in threading.enumerate():
            if type(thread).__name__ == "_ExecutorManagerThread":
                thread.join(_READY_SECONDS)
        gc.collect()  # What it watches over is given back by finalizers.
        resource_tracker._resource_tracker._stop()


@attrs.frozen
class Temporal:
    """A server, and what it takes to add workers to it."""

    address: str

    @property
    def engine(self) -> TemporalEngine:
        connect = functools.partial(Client.connect, self.address)
        return TemporalEngine(connect=connect, task_queue=QUEUE, silence=2)

    @contextlib.contextmanager
    def worker(self) -> Iterator[subprocess.Popen[bytes]]:
        """A worker in a process of its own; it is killed in the end."""
        command = [sys.executable, str(_WORKER), self.address, QUEUE]
        process = subprocess.Popen(command)
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=30)


@contextlib.contextmanager
def temporal() -> Iterator[Temporal]:
    """The server that developers run, keeping all in memory."""
    (port,) = reserve_ports(1)
    address = f"127.0.0.1:{port}"
    program = shutil.which("temporal") or str(
        Path(sys.executable).with_name("temporal")
    )
    command = [program, "server", "start-dev", "--headless", "--ip", "127.0.0.1"]
    command += ["--port", str(port), "--log-level", "never"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        asyncio.run(_ready(address))
        yield Temporal(address)
    finally:
        process.kill()
        process.wait()


async def _ready(address: str) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while True:
        try:
            await Client.connect(address)
        except RuntimeError:
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.1)
        else:
            return
