"""
A call where it is run.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from .._model.codec import from_json, to_json
from .._model.results import ChunkResult
from .._model.tasks import AssembleTask, ChunkTask, Delivered, PlanTask
from ..progress import Cancel, Control
from ..transport import open_transport
from ._request import Call, Planned

if TYPE_CHECKING:
    from .._wire.worker import Worker


def run_call(call: Call, cancel: Cancel | None = None) -> str:
    """
    Run a job in this process, with a browser and a work directory of its own.

    Args:
        call: The job; a module's function and a value, so that any queue can carry both.
        cancel: Stops it when set.

    Returns:
        The JSON of a `Planned`, a `ChunkResult` or a `Delivered`.

    Raises:
        HyperframesError: As the job raises; whether it is worth another try is told by
            ``retryable``.
    """
    # Who asks for a render loads nothing that drives a browser.
    from .._pipeline.calls import Renderer  # noqa: PLC0415
    from .._wire.worker import Worker  # noqa: PLC0415

    with (
        tempfile.TemporaryDirectory(prefix="hyperframes-job-") as folder,
        Renderer(call.chrome) as renderer,
    ):
        worker = Worker(
            transport=open_transport(call.store),
            renderer=renderer,
            folder=Path(folder),
            runtime=None,
        )
        return to_json(_run(worker, call, cancel)).decode()


def _run(
    worker: Worker, call: Call, cancel: Cancel | None
) -> Planned | ChunkResult | Delivered:
    end = None if call.seconds is None else time.monotonic() + call.seconds
    control = Control(cancel=cancel, deadline=end)
    if call.kind == "chunk":
        return worker.render_chunk(from_json(call.task, ChunkTask), control)
    if call.kind == "assemble":
        return worker.assemble(from_json(call.task, AssembleTask), control)
    plan = worker.plan(from_json(call.task, PlanTask), control)
    return Planned(
        plan_hash=plan.plan_hash,
        chunk_count=plan.chunk_count,
        frame_count=plan.frame_count,
    )
