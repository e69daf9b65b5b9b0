"""An application of today with the library in it: what `test_beside` starts."""

from __future__ import annotations

import asyncio
import os
import tempfile
from pathlib import Path

import google.genai  # noqa: F401 - What it pins has to be there in the same process.
from fastapi import FastAPI, Response, WebSocket

import hyperframes_dist as hf

app = FastAPI()
PROJECT = Path(os.environ["FILM_PROJECT"])


@app.post("/films")
async def film(variables: dict[str, str]) -> Response:
    """The film with these variables."""
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder, "film.mp4")
        result = await hf.aio.render(
            PROJECT, output, quality="draft", variables=variables
        )
        body = await asyncio.to_thread(output.read_bytes)
    facts = {"x-frames": str(result.frame_count), "x-sha256": result.sha256}
    return Response(body, media_type="video/mp4", headers=facts)


@app.websocket("/films")
async def watch(socket: WebSocket) -> None:
    """Each frame's number while the film is rendered."""
    await socket.accept()
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder, "film.mp4")
        async for event in hf.aio.stream(PROJECT, output, quality="draft"):
            if isinstance(event, hf.Progress) and event.stage == "render":
                await socket.send_json({"done": event.done, "total": event.total})
    await socket.close()
