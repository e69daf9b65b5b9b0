"""
A project here, an engine there, and the video here again.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs

from .._encode.kinds import kind_of
from .._model.config import RenderConfig, check_portable
from .._model.results import OutputResult
from .._wire.deliver import fetch_output
from .._wire.engine import Engine, RenderRequest
from .._wire.marks import forget_render
from .._wire.site import deploy_site
from ..chrome import ChromeSource
from ..progress import Cancel, Control, ProgressCallback
from ..transport import open_transport, store_address


def render(
    engine: Engine,
    project_dir: Path | str,
    output: Path | str,
    config: RenderConfig | None = None,
    *,
    store: Path | str,
    name: str | None = None,
    chrome: ChromeSource | None = None,
    progress: ProgressCallback | None = None,
    cancel: Cancel | None = None,
    deadline: float | None = None,
) -> OutputResult:
    """
    Render a project into a video by way of *engine*.

    The project is put into the store with the bytes of its remote addresses and the page
    runtime, so workers need no network but the store's. The output's bytes are those of
    `hyperframes_dist.render`; rendering again after something died goes on from the store.

    Args:
        engine: Has the jobs run.
        project_dir: Directory of the composition. Where a Chrome is installed its lock is
            brought up to date; elsewhere its lock is taken as it is.
        output: The video, named with its format's suffix; of a sequence of pictures, the
            directory or a ``.tar``. Appears whole or not at all, what was there is replaced.
        config: What to render; None takes the defaults. May name no path of this machine.
        store: The store, a path or an address for `open_transport`, the same on every
            worker.
        name: What the render is called in the store, for `watch` and `cancel_render`; None
            calls it anyhow, and forgets it when it has ended well.
        chrome: What locks the project here; None takes an installed one.
        progress: Told of frames.
        cancel: Stops the call when set, and the jobs that run within seconds.
        deadline: When the call must have ended, on the clock of `time.monotonic`.

    Raises:
        HyperframesError: As `Engine.render`, deploying the project and the store raise.
    """
    config, path = config or RenderConfig(), Path(output)
    wishes: dict[str, Any] = {"cancel": cancel, "deadline": deadline}
    Control(progress, cancel, deadline).check()
    check_portable(config)
    kind_of(config.format_row).check_place(path)
    transport = open_transport(store_address(store))
    site = deploy_site(
        transport, Path(project_dir), config, runtime=True, chrome=chrome, **wishes
    )
    named = {} if name is None else {"name": name}
    request = RenderRequest(
        store=store, site_hash=site.site_hash, config=config, **named
    )
    delivered = engine.render(request, progress=progress, **wishes)
    if name is None:
        forget_render(transport, request.name)
    made = delivered.output
    size, digest = fetch_output(transport, delivered.key, made, path)
    return attrs.evolve(made, path=path, size=size, sha256=digest)
