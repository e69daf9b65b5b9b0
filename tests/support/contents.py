"""Contents of plans that no project stands behind."""

from __future__ import annotations

import hyperframes_dist as hf
from hyperframes_dist._model.manifest import SCHEMA, Content, Page, Toolchain
from hyperframes_dist._plan.build import capture_of, encoder_of

NOBODY = Toolchain(
    chrome="",
    chrome_sha256="",
    chrome_args=(),
    ffmpeg_sha256="",
    runtime_sha256=None,
    library="",
)


def make_content(
    name: str,
    codec: str,
    *,
    count: int,
    size: tuple[int, int] = (160, 32),
    length: int = 7,
    rate: str = "30",
    quality: str = "draft",
    capture: str = "lossless",
) -> Content:
    """What a plan says of *count* frames of *size*."""
    config = hf.RenderConfig(
        format=name, codec=codec, quality=quality, fps=rate, capture=capture
    )
    return Content(
        schema=SCHEMA,
        page=Page(
            entry="index.html",
            id="main",
            width=size[0],
            height=size[1],
            duration="1",
            timeline=False,
        ),
        rate=rate,
        frame_count=count,
        segment_frames=length,
        capture=capture_of(config),
        encoder=encoder_of(config),
        toolchain=NOBODY,
        variables={},
        requests=(),
        artifacts=(),
    )
