"""An application of today with the library in it: what `test_beside` starts."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import google.genai  # noqa: F401 - What it pins has to be there in the same process.
from fastapi import FastAPI, Response, WebSocket

import hyperframes_dist as hf

app = FastAPI()
PROJECT = Path(os.environ["FILM_PROJECT"])


@app.post("/films")
async def film(variables: dict[str, str]) -> Response:
    """The film with these variables."""
    config = hf.RenderConfig(quality="draft", variables=variables)
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder, "film.mp4")
        result = await asyncio.to_thread(hf.render, PROJECT, output, config)
        body = await asyncio.to_thread(output.read_bytes)
    facts = {"x-frames": str(result.frame_count), "x-sha256": result.sha256}
    return Response(body, media_type="video/mp4", headers=facts)


async def _progress(output: Path) -> AsyncIterator[hf.Progress]:
    loop, events = asyncio.get_running_loop(), asyncio.Queue[hf.Progress]()

    def tell(event: hf.Progress) -> None:
        loop.call_soon_threadsafe(events.put_nowait, event)

    config = hf.RenderConfig(quality="draft")
    call = asyncio.to_thread(hf.render, PROJECT, output, config, progress=tell)
    rendering = asyncio.ensure_future(call)
    while not rendering.done() or not events.empty():
        getting = asyncio.ensure_future(events.get())
        await asyncio.wait({getting, rendering}, return_when="FIRST_COMPLETED")
        if getting.done():
            yield getting.result()
        else:
            getting.cancel()
    await rendering


@app.websocket("/films")
async def watch(socket: WebSocket) -> None:
    """Each frame's number while the film is rendered."""
    await socket.accept()
    with tempfile.TemporaryDirectory() as folder:
        async for event in _progress(Path(folder, "film.mp4")):
            if event.stage == "render":
                await socket.send_json({"done": event.done, "total": event.total})
    await socket.close()
