"""
Renders on whatever already runs your work: an engine decides who runs which job, and when.

A render is a plan, its chunks and the file they are joined into, or once another plan
where they do not meet. An engine is given a
`RenderRequest`, which names a project in a store, and has these jobs run by workers that
reach the store; nothing else passes between them. Every job that finds its result in the
store is done, so whatever dies can be started again, and the bytes at the end are those
`hyperframes_dist.render` makes.

`watch` says how far a render is, and `cancel_render` stops it, from wherever the store is
reached.

`ExecutorEngine` takes any `concurrent.futures.Executor`: processes of this machine, and
Dask's, among others, and `RayEngine` a cluster of Ray's. ``hyperframes_dist.engines.temporal``
is a workflow for Temporal, and `hyperframes_dist.aws.AwsEngine` a state machine on AWS.
"""

from importlib import import_module as _import_module
from typing import TYPE_CHECKING as _TYPE_CHECKING
from typing import Any as _Any

from .._wire.engine import Engine, RenderRequest, run_job
from .._wire.jobs import (
    AssembleJob,
    ChunkJob,
    Delivered,
    Helped,
    HelpJob,
    Job,
    PlanJob,
    Planned,
    SoundJob,
    WalkJob,
    read_job,
)
from .._wire.live import live_address
from .._wire.marks import cancel_render
from .._wire.status import ChunkState, RenderState, watch
from ._executor import ExecutorEngine
from ._ray import RayEngine

if _TYPE_CHECKING:
    from ._render import deploy, fetch, render

__all__ = [
    "AssembleJob",
    "ChunkJob",
    "ChunkState",
    "Delivered",
    "Engine",
    "ExecutorEngine",
    "HelpJob",
    "Helped",
    "Job",
    "PlanJob",
    "Planned",
    "RayEngine",
    "RenderRequest",
    "RenderState",
    "SoundJob",
    "WalkJob",
    "cancel_render",
    "deploy",
    "fetch",
    "live_address",
    "read_job",
    "render",
    "run_job",
    "watch",
]


def __getattr__(name: str) -> _Any:
    # It locks projects, for which a browser is driven; a worker needs nothing of it.
    if name not in {"deploy", "fetch", "render"}:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(_import_module("._render", __name__), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
