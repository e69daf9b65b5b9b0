"""
A project here, an engine there, and the video here again.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs

from .._encode.kinds import kind_of
from .._model.config import RenderConfig, check_portable
from .._model.formats import find_format
from .._model.results import OutputResult
from .._tools.files import path_of
from .._wire.deliver import fetch_output
from .._wire.engine import Engine, RenderRequest
from .._wire.jobs import Delivered, check_live
from .._wire.live import require_live
from .._wire.marks import forget_render, note_asked
from .._wire.renders import find_delivered
from .._wire.site import deploy_site
from ..chrome import ChromeSource
from ..errors import InputError
from ..progress import Cancel, Control, ProgressCallback
from ..transport import Transport, open_transport, store_address


def render(
    engine: Engine,
    project_dir: Path | str,
    output: Path | str,
    config: RenderConfig | None = None,
    *,
    store: Path | str,
    name: str | None = None,
    live: bool = False,
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
        live: Whether the film can be watched while it is made, at `live_address`; of a
            render with a *name*, and pictures coded as H.264.
        chrome: What locks the project here; None takes an installed one.
        progress: Told of frames.
        cancel: Stops the call when set, and the jobs that run within seconds.
        deadline: When the call must have ended, on the clock of `time.monotonic`.

    Raises:
        InputError: *live* is asked for without a *name*.
        HyperframesError: As `Engine.render`, deploying the project and the store raise.
    """
    config, path = config or RenderConfig(), path_of(output, "output")
    if live and name is None:
        raise InputError("live needs a name, which says where the film is watched")
    wishes: dict[str, Any] = {"cancel": cancel, "deadline": deadline}
    kind_of(config.format_row).check_place(path)
    request = deploy(
        project_dir,
        config,
        store=store,
        name=name,
        live=live,
        chrome=chrome,
        **wishes,
    )
    delivered = engine.render(request, progress=progress, **wishes)
    transport = open_transport(request.store)
    if name is None:
        forget_render(transport, request.name)
    return _fetch(transport, delivered, path)


def deploy(
    project_dir: Path | str,
    config: RenderConfig | None = None,
    *,
    store: Path | str,
    name: str | None = None,
    live: bool = False,
    chrome: ChromeSource | None = None,
    cancel: Cancel | None = None,
    deadline: float | None = None,
) -> RenderRequest:
    """
    Put a project into a store; returns what an engine, or jobs of your own, are asked for.

    It is put there with the bytes of its remote addresses and the page runtime. Nothing is
    rendered, and what is there already is not put again. From then on `watch` finds the
    render by its name.

    Args:
        project_dir: Directory of the composition; its lock is treated as by `render`.
        config: What to render; None takes the defaults. May name no path of this machine.
        store: The store, a path or an address for `open_transport`, the same on every
            worker.
        name: What the render is called there; None calls it anyhow.
        live: Whether the film can be watched while it is made, at `live_address`.
        chrome: What locks the project here; None takes an installed one.
        cancel: Stops the call when set.
        deadline: When the call must have ended, on the clock of `time.monotonic`.

    Raises:
        HyperframesError: As deploying the project and the store raise.
    """
    Control(None, cancel, deadline).check()
    config = config or RenderConfig()
    check_portable(config)
    transport = open_transport(store_address(store))
    if live:
        check_live(config)
        require_live(transport)
    site = deploy_site(
        transport,
        Path(project_dir),
        config,
        runtime=True,
        chrome=chrome,
        cancel=cancel,
        deadline=deadline,
    )
    named: dict[str, Any] = {} if name is None else {"name": name}
    request = RenderRequest(
        store=store, site_hash=site.site_hash, config=config, live=live, **named
    )
    note_asked(transport, request.name)
    return request


def fetch(store: Path | str, render: str, output: Path | str) -> OutputResult:
    """
    Get the film of a render that has ended, whoever started it, out of its store.

    Args:
        store: The store, a path or an address for `open_transport`.
        render: The render's name there.
        output: The video, named with its format's suffix; of a sequence of pictures, the
            directory or a ``.tar``. Appears whole or not at all, what was there is replaced.

    Raises:
        InputError: No render is called so, it is not at its end, or *output* is named like
            another format.
        StoreDamagedError: What lies in the store is not what was made.
        TransportError: The store did not answer.
    """
    transport, path = open_transport(store_address(store)), path_of(output, "output")
    planned, delivered = find_delivered(transport, render)
    kind_of(find_format(planned.format)).check_place(path)
    return _fetch(transport, delivered, path)


def _fetch(transport: Transport, delivered: Delivered, path: Path) -> OutputResult:
    made = delivered.output
    size, digest = fetch_output(transport, delivered.key, made, path)
    return attrs.evolve(made, path=path, size=size, sha256=digest)
