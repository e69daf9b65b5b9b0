"""A worker of a Temporal server: ``temporal_worker.py ADDRESS QUEUE``, until SIGTERM."""

from __future__ import annotations

import asyncio
import signal
import sys

from temporalio.client import Client

from hyperframes_dist.engines.temporal import make_worker


async def main(address: str, queue: str) -> None:
    end = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, end.set)
    client = await Client.connect(address)
    async with make_worker(client, queue, at_once=2):
        await end.wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
