"""
Finished videos: fetched, verified, or lent out by an address that expires.
"""

from __future__ import annotations

from pathlib import Path

from ..._model.checks import check_number
from ..._wire.deliver import fetch_output
from ...errors import InputError
from .progress import get_progress, require_success
from .session import Cloud
from .values import CloudOutput, Render

LONGEST_PRESIGN = 604_800
"""Most seconds an address may be good for, as S3 has it."""


def download_output(cloud: Cloud, render: Render, path: Path) -> CloudOutput:
    """
    Fetch the video of *render* to *path*, whole and verified or not at all; pictures as a
    directory, or as a ``.tar``.

    Raises:
        InputError: The render has not finished.
        RenderFailedError: The render ended without a video.
        StoreDamagedError: What lies in the store is not what was made.
    """
    output = finished_output(cloud, render)
    fetch_output(cloud.store, key_of(cloud, output.uri), output, path)
    return output


def presign_output(cloud: Cloud, render: Render, seconds: int) -> str:
    """
    An address anybody may fetch the video of *render* at for *seconds*.

    Raises:
        InputError: The render has not finished, or *seconds* is outside 1 to 604800.
        RenderFailedError: The render ended without a video.
    """
    check_number("seconds", seconds, 1, LONGEST_PRESIGN)
    output = finished_output(cloud, render)
    return cloud.store.presign(key_of(cloud, output.uri), seconds=seconds)


def finished_output(cloud: Cloud, render: Render) -> CloudOutput:
    """
    The video of *render*.

    Raises:
        InputError: The render has not finished.
        RenderFailedError: The render ended without one.
    """
    seen = require_success(get_progress(cloud, render))
    if seen.output is None:
        share = f"{seen.fraction:.0%}"
        raise InputError(
            f"render {render.name!r} has not finished ({share}); wait for it first"
        )
    return seen.output


def key_of(cloud: Cloud, uri: str) -> str:
    """
    The key *uri* has in the store of *cloud*.

    Raises:
        InputError: *uri* lies in another store.
    """
    root = f"{cloud.store.url}/"
    if not uri.startswith(root):
        raise InputError(f"{uri!r} does not lie in {cloud.store.url}")
    return uri.removeprefix(root)
