"""
Renders that have a name in a store, for workers that are started apart from each other.

The name says which plan the render came to, and that is all its jobs have to know. Whoever
plans chooses it, or takes the plan's hash. Nothing here runs a job but the planning.
"""

from __future__ import annotations

from pathlib import Path

from .._model.codec import from_json
from .._model.config import RenderConfig
from .._model.keys import chunks_folder, planned_key
from .._pipeline.renderer import Renderer
from .._tools.leftovers import temp_dir
from ..errors import InputError, StoreMissingError
from ..progress import Control
from ..transport import Transport
from .jobs import Planned, check_render_name
from .layout import get_bytes, note_plan, store_plan
from .marks import marked


def plan_render(
    transport: Transport,
    renderer: Renderer,
    project_dir: Path,
    config: RenderConfig,
    control: Control,
    *,
    name: str | None = None,
) -> tuple[str, Planned]:
    """
    Plan a project of this machine into a store, as the render *name*.

    Planning it again finds the same plan there, and changes nothing.

    Args:
        name: What it is called; None takes the plan's hash.

    Returns:
        Its name, and what there is to know of its plan.

    Raises:
        InputError: *name* is another plan's already.
        HyperframesError: As `plan` and the store raise.
    """
    if name is not None:
        check_render_name(name)
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
        planned = store_plan(transport, plan, inner)
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
    try:
        data = get_bytes(transport, planned_key(check_render_name(name)))
    except StoreMissingError:
        raise InputError(
            f"no render {name!r} in {transport.url}; plan it first, into the same store"
        ) from None
    return from_json(data, Planned)


def missing_chunks(transport: Transport, planned: Planned) -> tuple[int, ...]:
    """Which chunks of *planned* the store does not have; raises as `Transport.list`."""
    keys = transport.list(chunks_folder(planned.plan_hash))
    there = {key.rpartition("/")[2][:4] for key in keys if key.endswith(".json")}
    wanted = range(planned.chunk_count)
    return tuple(index for index in wanted if f"{index:04d}" not in there)
