"""
The commands below ``job``: one render as processes that anything starts, by way of a store;
and ``watch``, which looks at a render there.

Each does its part and ends; which comes when, how many at once, and what is started again,
is whoever's who starts them. Nothing here waits for another process.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import attrs

from .._encode.kinds import kind_of
from .._model.codec import read_object, to_json
from .._model.formats import find_format
from .._model.keys import render_folder
from .._pipeline.renderer import Renderer
from .._tools.files import read_note
from .._wire.deliver import fetch_output
from .._wire.engine import run_job
from .._wire.jobs import (
    AssembleJob,
    ChunkJob,
    Delivered,
    HelpJob,
    Job,
    PlanJob,
    Planned,
    SoundJob,
    WalkJob,
    check_render_name,
    of_plan,
)
from .._wire.layout import has_plan
from .._wire.live import live_address
from .._wire.marks import cancel_render
from .._wire.renders import missing_chunks, plan_render, read_render
from .._wire.status import RenderState, Watcher, watch
from ..errors import (
    Cancelled,
    InputError,
    RenderFailedError,
    SeamError,
    StoreMissingError,
)
from ..progress import Control
from ..transport import Transport, open_transport, store_address
from .bar import progress_of
from .common import (
    Args,
    Group,
    argument,
    command,
    flag,
    option,
    show,
    stop_wishes,
)
from .options import CHROME, CONFIG_OPTIONS, chrome_source, render_config
from .results import WORKERS_OF_A_CHUNK, warn_of

INDEXES: Mapping[str, str] = MappingProxyType(
    {
        "JOB_COMPLETION_INDEX": "Kubernetes Indexed Jobs",
        "AWS_BATCH_JOB_ARRAY_INDEX": "AWS Batch array jobs",
        "CLOUD_RUN_TASK_INDEX": "Cloud Run jobs",
        "BATCH_TASK_INDEX": "Google Cloud Batch",
        "SLURM_ARRAY_TASK_ID": "Slurm job arrays",
        "NOMAD_ALLOC_INDEX": "Nomad",
    }
)
"""Variables that tell a process which of many it is, and who sets each."""

# No cluster starts so many; what is longer is what a cluster says where there is no array.
_LONGEST_INDEX = 9


def find_index(given: str | None, environment: Mapping[str, str]) -> int:
    """
    Which chunk this process is for: what is *given*, else what its cluster says.

    Raises:
        InputError: Nothing says so, two variables disagree, or it is no index.
    """
    if given is not None:
        return _check_index("--index", given)
    found = {name: environment[name] for name in INDEXES if environment.get(name)}
    if not found:
        raise InputError(
            f"which chunk? give --index, or set one of {', '.join(INDEXES)}"
        )
    indexes = {name: _check_index(name, text) for name, text in found.items()}
    if len({*indexes.values()}) > 1:
        told = " and ".join(f"{name}={index}" for name, index in indexes.items())
        raise InputError(f"which chunk? {told} disagree; give --index")
    return next(iter(indexes.values()))


def _check_index(name: str, text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= _LONGEST_INDEX):
        raise InputError(f"{name} {text[:60]!r} is no index: a whole number from 0")
    return int(text)


def check_array(index: int, chunk_count: int, environment: Mapping[str, str]) -> None:
    """
    Refuse *index*, which no chunk has, where the array of Slurm's it is of leaves others out.

    An array that begins at 0 may be longer than the film; one that begins at 1 has a task
    too many at its end, and none for the chunk 0.

    Raises:
        InputError: The array begins elsewhere than at 0, or counts in other steps than 1.
    """
    if environment.get("SLURM_ARRAY_TASK_ID") != str(index):
        return
    first = environment.get("SLURM_ARRAY_TASK_MIN") or "0"
    step = environment.get("SLURM_ARRAY_TASK_STEP") or "1"
    if (first, step) != ("0", "1"):
        last = chunk_count - 1
        raise InputError(
            f"SLURM_ARRAY_TASK_ID {index}: chunks are 0 to {last}, and this array begins at "
            f"{first[:20]} and counts by {step[:20]}; submit it with --array=0-{last}"
        )


def _name(request: str) -> str:
    """The name of the render that *request* is, or that the file *request* holds."""
    return _read_request(request)[0]


def _read_request(request: str) -> tuple[str, str | None]:
    """The name that *request* is or holds, and the hash of its plan, where that is told."""
    if not ("/" in request or request.endswith(".json")):
        return check_render_name(request), None
    wanted = "it is what `job plan --json` prints"
    try:
        row = read_object(read_note(Path(request)))
    except OSError as error:
        raise InputError(f"--request {request}: {error.strerror}") from None
    except InputError as error:
        raise InputError(f"--request {request}: {error}; {wanted}") from None
    name, plan_hash = row.get("request"), row.get("plan_hash")
    if not isinstance(name, str):
        raise InputError(f"--request {request}: no `request` in it; {wanted}")
    return check_render_name(name), plan_hash if isinstance(plan_hash, str) else None


def _find_planned(args: Args, transport: Transport) -> tuple[str, Planned]:
    """
    The render that was asked for, by its name, and its plan.

    Raises:
        InputError: No render is called so, or what `job plan` has printed is of another plan.
    """
    name, plan_hash = _read_request(args.request)
    planned = read_render(transport, name)
    if plan_hash not in {None, planned.plan_hash}:
        raise InputError(
            f"--request {args.request}: render {name!r} is another plan in {transport.url}; "
            "give the store that `job plan` was given"
        )
    return name, planned


def _open(args: Args) -> Transport:
    return open_transport(store_address(args.store))


def _plan(args: Args) -> int:
    return _show_planned(args, *_make_plan(args, stop_wishes(args)))


def _make_plan(args: Args, wishes: dict[str, Any]) -> tuple[str, Planned]:
    transport = _open(args)
    with (
        _told_if_cancelled(args.name, wishes),
        progress_of(args) as bar,
        Renderer(chrome_source(args)) as renderer,
    ):
        return plan_render(
            transport,
            renderer,
            args.project,
            render_config(args),
            Control(bar.update, **wishes),
            name=args.name,
            live=args.live,
        )


def _show_planned(args: Args, name: str, planned: Planned) -> int:
    warn_of(planned.warnings)
    row = {"request": name, **json.loads(to_json(planned))}
    told = f"{name}: {planned.frame_count} frames in {planned.chunk_count} chunks"
    if planned.live:
        row["watched_at"] = live_address(args.store, name)
        told += f", watched at {row['watched_at']}"
    return show(args, json.dumps(row).encode(), told)


def _chunk(args: Args) -> int:
    index = find_index(args.index, os.environ)
    transport, wishes = _open(args), stop_wishes(args)
    name, planned = _find_planned(args, transport)
    if index >= planned.chunk_count:
        if args.index is None:
            check_array(index, planned.chunk_count, os.environ)
        counts = f"the render has {planned.chunk_count} chunks"
        row = {"index": index, "chunk_count": planned.chunk_count, "rendered": False}
        return show(
            args, json.dumps(row).encode(), f"chunk {index}: {counts}, nothing to do"
        )
    own = _of(transport, name, planned)
    job = ChunkJob(**own, index=index, workers=args.workers, shared=args.shared)
    made = _run(args, job, wishes)
    row = {**json.loads(to_json(made)), "rendered": True}
    told = f"{made.frame_count} frames, sha256 {made.sha256}"
    return show(args, json.dumps(row).encode(), f"chunk {index}: {told}")


def _help(args: Args) -> int:
    given = None if args.index is None else _check_index("--index", args.index)
    transport, wishes = _open(args), stop_wishes(args)
    name, planned = _find_planned(args, transport)
    index = _slowest(transport, name) if given is None else given
    if index is None or index >= planned.chunk_count:
        row = {"index": index, "chunk_count": planned.chunk_count, "helped": False}
        told = f"of {planned.chunk_count} chunks there is none to help with"
        return show(args, json.dumps(row).encode(), told)
    made = _run(args, HelpJob(**_of(transport, name, planned), index=index), wishes)
    row = {**json.loads(to_json(made)), "index": index, "helped": True}
    told = f"{made.segments} segments in {made.seconds:.1f} s"
    return show(args, json.dumps(row).encode(), f"helped with chunk {index}: {told}")


def _slowest(transport: Transport, name: str) -> int | None:
    """The chunk that is being rendered and will be for longest; None where none is."""
    chunks = Watcher(transport, name).look().chunks
    running = [each for each in chunks if each.stage in {"running", "silent"}]
    slowest = max(running, key=lambda each: (each.left, -each.index), default=None)
    return None if slowest is None else slowest.index


def _sound(args: Args) -> int:
    transport, wishes = _open(args), stop_wishes(args)
    name, planned = _find_planned(args, transport)
    if not planned.has_sound:
        return show(args, b'{"mixed": false}', "nothing is heard, nothing to do")
    made = _run(args, SoundJob(**_of(transport, name, planned)), wishes)
    warn_of(made.warnings)
    row = {**json.loads(to_json(made)), "mixed": True}
    text = f"sound: {made.size} bytes, sha256 {made.sha256}"
    return show(args, json.dumps(row).encode(), text)


def _assemble(args: Args) -> int:
    transport, wishes = _open(args), stop_wishes(args)
    name, planned = _find_planned(args, transport)
    return _deliver(args, transport, name, planned, wishes)


def _all(args: Args) -> int:
    wishes = stop_wishes(args)
    name, planned = _make_plan(args, wishes)
    transport = _open(args)
    _run_chunks(args, transport, name, planned, wishes)
    return _deliver(args, transport, name, planned, wishes)


def _of(transport: Transport, name: str, planned: Planned) -> dict[str, Any]:
    """What every job of a planned render has."""
    return of_plan(transport.url, planned, name)


def _run_chunks(
    args: Args, transport: Transport, name: str, planned: Planned, wishes: Any
) -> None:
    for index in range(planned.chunk_count):
        _run(args, ChunkJob(**_of(transport, name, planned), index=index), wishes)


def _deliver(
    args: Args, transport: Transport, name: str, planned: Planned, wishes: Any
) -> int:
    if args.output is not None:
        kind_of(find_format(planned.format)).check_place(args.output)
    delivered = _join(args, transport, name, planned, wishes)
    made, key = delivered.output, f"{transport.url}/{delivered.key}"
    warn_of(made.warnings)
    place = key
    if args.output is not None:
        size, digest = fetch_output(transport, delivered.key, made, args.output)
        made = attrs.evolve(made, size=size, sha256=digest)
        place = str(args.output)
    row = {**json.loads(to_json(made)), "path": place, "stored": key}
    facts = f"{made.width}x{made.height}, {made.frame_count} frames"
    text = f"{place}: {facts}, {made.size} bytes, sha256 {made.sha256}"
    return show(args, json.dumps(row).encode(), text)


def _join(
    args: Args, transport: Transport, name: str, planned: Planned, wishes: Any
) -> Delivered:
    """Join the chunks of *planned*; where they do not meet, render others here."""
    try:
        return _run_join(args, transport, name, planned, wishes)
    except SeamError as error:
        print(f"warning: {error}; all frames are passed here", file=sys.stderr)
    walking: Planned = _run(args, WalkJob(**_of(transport, name, planned)), wishes)
    _run_chunks(args, transport, name, walking, wishes)
    return _run_join(args, transport, name, walking, wishes)


def _run_join(
    args: Args, transport: Transport, name: str, planned: Planned, wishes: Any
) -> Delivered:
    try:
        job = AssembleJob(**_of(transport, name, planned))
        made: Delivered = _run(args, job, wishes)
    except StoreMissingError as error:
        missing = missing_chunks(transport, planned)
        if not missing:
            raise
        told = ", ".join(map(str, missing[:10])) + (", …" if missing[10:] else "")
        raise InputError(
            f"{len(missing)} of {planned.chunk_count} chunks are not in {transport.url}: "
            f"{told}; run their jobs first (`job chunk --index {missing[0]}`)"
        ) from error
    return made


def _run(args: Args, job: Job, wishes: dict[str, Any]) -> Any:
    deadline = wishes["deadline"]
    left = None if deadline is None else deadline - time.monotonic()
    with (
        _told_if_cancelled(job.render, wishes),
        _told_if_unplanned(job),
        progress_of(args) as bar,
    ):
        return run_job(
            job,
            wishes["cancel"],
            seconds=left,
            chrome=chrome_source(args),
            progress=bar.update,
        )


@contextlib.contextmanager
def _told_if_cancelled(name: str, wishes: dict[str, Any]) -> Iterator[None]:
    """
    Tell apart a process that was stopped, which may be started again, and a render.

    Raises:
        RenderFailedError: The render was cancelled in its store.
    """
    try:
        yield
    except Cancelled:
        if wishes["cancel"].is_set():
            raise
        why = "by `job cancel`; after `job cancel --undo` it goes on from what is finished"
        raise RenderFailedError(name, "cancelled", "", why) from None


@contextlib.contextmanager
def _told_if_unplanned(job: Job) -> Iterator[None]:
    """
    Tell that the plan is gone, of which *job* would miss one file or another.

    Raises:
        InputError: The store has the render's name, and its plan no more.
    """
    try:
        yield
    except StoreMissingError as error:
        transport = open_transport(job.store)
        if isinstance(job, PlanJob) or has_plan(transport, job.plan_hash):
            raise
        raise InputError(
            f"the plan of render {job.render!r} is not in {transport.url} any more, where "
            "it may have expired; plan it again, by the same name"
        ) from error


def _cancel(args: Args) -> int:
    name, transport = _name(args.request), _open(args)
    # A name may be cancelled before it is asked for, and may also be misspelt.
    is_known = any(transport.list(render_folder(name)))
    cancel_render(args.store, name, undo=args.undo)
    if not is_known:
        said = (
            "" if args.undo else "; one that is asked for by that name will not begin"
        )
        warning = f"warning: nothing is known of a render {name!r} in {transport.url}"
        print(f"{warning}{said}", file=sys.stderr)
    said = "may go on" if args.undo else "cancelled; what runs stops within seconds"
    row = {"request": name, "cancelled": not args.undo, "known": is_known}
    return show(args, json.dumps(row).encode(), f"{name}: {said}")


def _watch(args: Args) -> int:
    state: RenderState | None = None
    wishes = stop_wishes(args)
    for state in watch(args.store, args.render, every=args.every, **wishes):
        show(args, _row(state), _line(state))
        sys.stdout.flush()
    return 0 if state is not None and state.stage == "done" else 1


def _row(state: RenderState) -> bytes:
    return json.dumps({**json.loads(to_json(state)), "eta": state.eta}).encode()


def _line(state: RenderState) -> str:
    parts = [f"{state.fraction:.0%}", *([state.step] if state.step else [])]
    if state.total:
        parts.append(f"{state.done} of {state.total} frames")
    if state.rate and state.eta is not None:
        parts.append(f"{state.rate:.1f} frames/s, {state.eta:.0f} s left")
    counts = Counter(chunk.stage for chunk in state.chunks)
    if counts:
        parts.append("chunks: " + ", ".join(f"{n} {s}" for s, n in counts.items()))
    told = f"{state.render}: {state.stage} {', '.join(parts)}"
    return "\n".join([told, *(f"  {fault}" for fault in state.faults)])


_STORE = option(
    "--store",
    "the store: a directory or an address, such as s3://bucket/prefix",
    required=True,
    metavar="URL",
)
_PROJECT = option(
    "--project",
    "directory of the composition",
    kind=Path,
    required=True,
    metavar="DIR",
)
_NAME = option("--name", "what the render is called (default: its plan's hash)")
_LIVE = flag(
    "--live", "let the film be watched while it is made, by HLS, out of the store"
)
_OUTPUT = option(
    "--output",
    "write the video there, too; it stays in the store",
    kind=Path,
    metavar="FILE",
)
_REQUEST = option(
    "--request",
    "name of the render, or a file with what `job plan --json` printed",
    required=True,
    metavar="NAME|FILE",
)

COMMANDS = (
    Group(
        "job",
        "A render as jobs on any cluster, by way of a store.",
        (
            command(
                "plan",
                _plan,
                "Plan a project into a store; prints the request its other jobs take.",
                _PROJECT,
                _STORE,
                _NAME,
                _LIVE,
                *CONFIG_OPTIONS,
                examples=(
                    "job plan --project my-film --store s3://bucket/films --name ad-7",
                ),
            ),
            command(
                "chunk",
                _chunk,
                "Render one chunk of a planned render, the one this process is for.",
                _STORE,
                _REQUEST,
                option(
                    "--index",
                    "which chunk, from 0 (default: what the cluster says; a larger one "
                    "than there are has nothing to do)",
                ),
                WORKERS_OF_A_CHUNK,
                flag(
                    "--shared",
                    "let `job help` make some of its segments meanwhile: each is looked "
                    "for before it is drawn",
                ),
                CHROME,
                examples=("job chunk --store s3://bucket/films --request ad-7",),
            ),
            command(
                "help",
                _help,
                "Help with a chunk that another process renders, until it is finished.",
                _STORE,
                _REQUEST,
                option(
                    "--index",
                    "which chunk, from 0 (default: the one that is being rendered and "
                    "has most left)",
                ),
                CHROME,
                examples=("job help --store s3://bucket/films --request ad-7",),
            ),
            command(
                "sound",
                _sound,
                "Mix what is heard of a planned render, beside its chunks.",
                _STORE,
                _REQUEST,
                CHROME,
                examples=("job sound --store s3://bucket/films --request ad-7",),
            ),
            command(
                "assemble",
                _assemble,
                "Join the chunks of a planned render, all of which the store has.",
                _STORE,
                _REQUEST,
                _OUTPUT,
                CHROME,
                examples=(
                    "job assemble --store s3://bucket/films --request ad-7 --output ad.mp4",
                ),
            ),
            command(
                "all",
                _all,
                "Plan, render and join in this process, one after the other.",
                _PROJECT,
                _STORE,
                _NAME,
                _LIVE,
                _OUTPUT,
                *CONFIG_OPTIONS,
            ),
            command(
                "cancel",
                _cancel,
                "Stop all jobs of a render within seconds; what is finished is kept.",
                _STORE,
                _REQUEST,
                flag("--undo", "let jobs of it begin again"),
            ),
        ),
    ),
    command(
        "watch",
        _watch,
        "Show how far a render is, whoever started it, until it has ended.",
        argument("store", "the store: a directory or an address"),
        argument("render", "name of the render there"),
        option(
            "--every", "seconds from look to look", kind=float, default=1.0, metavar="N"
        ),
        examples=("watch s3://bucket/films ad-7",),
    ),
)
