"""A manifest in which every kind of field has a value, of a plan that nobody has rendered."""

from __future__ import annotations

import hashlib

from hyperframes_dist._model.content import (
    Artifact,
    Capture,
    Encoder,
    Page,
    Request,
    Toolchain,
)
from hyperframes_dist._model.manifest import SCHEMA, Content, Notes, Schedule, seal

DIGEST = hashlib.sha256(b"").hexdigest()

CONTENT = Content(
    schema=SCHEMA,
    page=Page(
        entry="index.html",
        id="main",
        width=64,
        height=32,
        duration="1001/30",
        timeline=True,
        preload=("https://composition.invalid/a.png",),
    ),
    rate="30000/1001",
    frame_count=70,
    segment_frames=30,
    capture=Capture(format="jpeg", quality=95, scale=1, transparent=False),
    encoder=Encoder(
        format="mp4",
        codec="h264",
        preset="veryfast",
        crf=20,
        bitrate="4M",
        pixel_format="yuv420p",
    ),
    toolchain=Toolchain(
        chrome="HeadlessChrome/1.2.3.4",
        chrome_sha256=DIGEST,
        chrome_args=("--x",),
        ffmpeg_sha256=DIGEST,
        runtime_sha256=DIGEST,
        library="0.1.0",
    ),
    variables={"title": "Hi", "list": [1, 2.5, None, True, {"deep": "x"}]},
    requests=(
        Request(
            address="https://example.com/a.js?b",
            path="compiled/.hyperframes-dist/remote/x",
            content_type="text/javascript",
        ),
    ),
    artifacts=(
        Artifact(
            path="compiled/.hyperframes-dist/remote/x",
            size=1,
            sha256=DIGEST,
            segments=(0, 2),
        ),
        Artifact(path="compiled/index.html", size=2, sha256=DIGEST),
    ),
)
NOTES = Notes(
    sources={"https://example.com/a.js?b": "overrides"},
    warnings=("doubtful",),
    reach="jumps",
    seam="met",
)
MANIFEST = seal(CONTENT, Schedule(chunks=((0, 2), (2, 3))), NOTES)
