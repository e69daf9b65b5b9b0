"""
Renders that have a name in a store, for workers that are started apart from each other.

The name says which plan the render came to, and that is all its jobs have to know. Whoever
plans chooses it, or takes the plan's hash. Nothing here runs a job but the planning.
"""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from .._model.config import RenderConfig
from .._model.keys import chunks_folder, facts_key, output_key, planned_key, walking_key
from .._model.results import OutputResult
from .._pipeline.renderer import Renderer
from .._tools.files import path_of
from .._tools.leftovers import temp_dir
from ..errors import InputError, StoreMissingError
from ..progress import Control
from ..transport import Transport
from .jobs import Delivered, Planned, check_live, check_render_name
from .layout import get_value, note_plan, store_plan
from .live import require_live
from .marks import marked
from .site import require_apart

_T = TypeVar("_T")


def plan_render(
    transport: Transport,
    renderer: Renderer,
    project_dir: Path,
    config: RenderConfig,
    control: Control,
    *,
    name: str | None = None,
    live: bool = False,
) -> tuple[str, Planned]:
    """
    Plan a project of this machine into a store, as the render *name*.

    Planning it again finds the same plan there, and changes nothing.

    Args:
        name: What it is called; None takes the plan's hash.
        live: Whether the film is to be watched while it is made.

    Returns:
        Its name, and what there is to know of its plan.

    Raises:
        InputError: *name* is another plan's already, or the film cannot be watched so.
        HyperframesError: As `plan` and the store raise.
    """
    if name is not None:
        check_render_name(name)
    if live:
        check_live(config)
        require_live(transport)
    require_apart(transport, path_of(project_dir, "project"))
    with (
        temp_dir("plan") as scratch,
        marked(transport, name or "", "plan", control) as watched,
    ):
        inner = watched.control
        plan = renderer.plan(
            project_dir,
            scratch / "plan",
            config,
            progress=inner.report,
            cancel=inner.cancel,
            deadline=inner.deadline,
        )
        planned = store_plan(transport, plan, inner, live=live)
        name = planned.plan_hash if name is None else name
        note_plan(transport, name, planned)
        watched.finish(planned)
    return name, planned


def read_render(transport: Transport, name: str) -> Planned:
    """
    The plan of the render *name*.

    Raises:
        InputError: No render is called so, or not yet.
        TransportError: The store did not answer.
    """
    planned = _read(transport, planned_key(check_render_name(name)), Planned)
    if planned is None:
        raise InputError(
            f"no render {name!r} in {transport.url}; plan it first, into the same store"
        )
    return planned


def find_delivered(transport: Transport, name: str) -> tuple[Planned, Delivered]:
    """
    The film of the render *name*, and the plan it was made of.

    Raises:
        InputError: No render is called so, or it is not at its end.
        TransportError: The store did not answer.
    """
    planned = _read(transport, walking_key(check_render_name(name)), Planned)
    planned = planned or read_render(transport, name)
    made = _read(transport, facts_key(planned.plan_hash), OutputResult)
    if made is None:
        raise InputError(f"render {name!r} is not at its end in {transport.url}")
    key = output_key(planned.plan_hash, planned.format)
    return planned, Delivered(key=key, output=made)


def _read(transport: Transport, key: str, kind: type[_T]) -> _T | None:
    """What lies under *key*; None where nothing does."""
    try:
        return get_value(transport, key, kind)
    except StoreMissingError:
        return None


def missing_chunks(transport: Transport, planned: Planned) -> tuple[int, ...]:
    """Which chunks of *planned* the store does not have; raises as `Transport.list`."""
    keys = transport.list(chunks_folder(planned.plan_hash))
    there = {key.rpartition("/")[2][:4] for key in keys if key.endswith(".json")}
    wanted = range(planned.chunk_count)
    return tuple(index for index in wanted if f"{index:04d}" not in there)
