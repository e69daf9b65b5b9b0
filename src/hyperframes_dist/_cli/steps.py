"""
The steps of a render, one by one: ``plan``, ``lock``, ``chunk``, ``sound``, ``assemble``, and
what looks at what they made: ``verify``, ``diff``.
"""

from __future__ import annotations

from pathlib import Path

from .._model.codec import to_json
from .._pipeline.calls import assemble, mix_sound, render_chunk
from .._pipeline.diff import diff
from .._pipeline.renderer import Renderer
from .._pipeline.verify import verify_output
from .._planned.directory import verify_plan
from .._sources.lock import LOCK_NAME
from .bar import progress_of
from .common import Args, argument, command, flag, option, show
from .options import (
    CHROME,
    CONFIG_OPTIONS,
    PAGE_OPTIONS,
    PROJECT,
    chrome_source,
    page_config,
    render_config,
)
from .results import (
    PERF,
    STORE,
    WORKERS_OF_A_CHUNK,
    show_output,
    show_plan,
    warn_of,
    wishes_of,
)

_DIFFERS = 1
_PLAN = argument("plan_dir", "directory of the plan", kind=Path)


def _plan(args: Args) -> int:
    with progress_of(args) as bar, Renderer(chrome_source(args)) as renderer:
        made = renderer.plan(
            args.project,
            args.plan_dir,
            render_config(args),
            replace=args.force,
            **wishes_of(args, bar),
        )
    return show_plan(args, made)


def _lock(args: Args) -> int:
    config = page_config(args)
    with progress_of(args) as bar, Renderer(chrome_source(args)) as renderer:
        made = renderer.lock(
            args.project, config, update=args.update, **wishes_of(args, bar)
        )
    path = args.project / LOCK_NAME
    return show(args, to_json(made), f"{path}: {len(made.addresses)} addresses")


def _chunk(args: Args) -> int:
    with progress_of(args) as bar:
        result = render_chunk(
            args.plan_dir,
            args.index,
            args.output,
            workers=args.workers,
            store=args.store,
            chrome=chrome_source(args),
            perf=args.perf,
            **wishes_of(args, bar),
        )
    text = f"{args.output}: {result.frame_count} frames, sha256 {result.sha256}"
    return show(args, to_json(result), text)


def _sound(args: Args) -> int:
    with progress_of(args) as bar:
        result = mix_sound(args.plan_dir, args.output, **wishes_of(args, bar))
    warn_of(result.warnings)
    text = f"{args.output}: {result.size} bytes, sha256 {result.sha256}"
    return show(args, to_json(result), text)


def _assemble(args: Args) -> int:
    with progress_of(args) as bar:
        result = assemble(
            args.plan_dir,
            args.chunks,
            args.output,
            sound=args.sound,
            **wishes_of(args, bar),
        )
    return show_output(args, result)


def _verify(args: Args) -> int:
    if args.plan is None:
        return show_plan(args, verify_plan(args.place))
    with progress_of(args) as bar:
        made = verify_output(
            args.place,
            args.plan,
            segments=args.segments,
            seed=args.seed,
            chrome=chrome_source(args),
            **wishes_of(args, bar),
        )
    told = f"{len(made.segments)} segments drawn again, {made.frame_count} frames"
    ended = "all the same" if made.ok else f"frame {made.differing} is another"
    show(args, to_json(made), f"{made.path}: {told}: {ended}")
    return 0 if made.ok else _DIFFERS


def _diff(args: Args) -> int:
    made = diff(args.one, args.other, timeout=args.timeout)
    lines = [f"{row.name}: {row.one} / {row.other}" for row in made.fields]
    if made.frame is not None:
        lines.append(f"frame {made.frame} is the first with other pixels")
    if made.sound:
        lines.append("what is heard differs")
    show(args, to_json(made), "\n".join(lines) or "nothing differs")
    return 0 if made.same else _DIFFERS


COMMANDS = (
    command(
        "plan",
        _plan,
        "Freeze a project into a plan directory.",
        PROJECT,
        argument("plan_dir", "the directory to write", kind=Path),
        flag("--force", "replace the plan that is there"),
        *CONFIG_OPTIONS,
        examples=("plan my-film out/plan --chunks 4",),
    ),
    command(
        "lock",
        _lock,
        "Pin what each remote address of a project means, in its hyperframes.lock.",
        PROJECT,
        flag(
            "--update", "forget all pins and resolve anew; else missing ones are added"
        ),
        *PAGE_OPTIONS,
    ),
    command(
        "chunk",
        _chunk,
        "Render one chunk of a plan.",
        _PLAN,
        argument("index", "which chunk, from 0", kind=int),
        argument("output", "the chunk's file to write", kind=Path),
        WORKERS_OF_A_CHUNK,
        PERF,
        STORE,
        CHROME,
    ),
    command(
        "sound",
        _sound,
        "Mix what is heard of a plan, beside its chunks.",
        _PLAN,
        argument("output", "the file of sound to write, such as sound.m4a", kind=Path),
        examples=("sound out/plan out/sound.m4a",),
    ),
    command(
        "assemble",
        _assemble,
        "Join all chunks of a plan into the video.",
        _PLAN,
        argument("output", "the video to write", kind=Path),
        argument("chunks", "chunk files, in order", kind=Path, many=True),
        option(
            "--sound", "what `sound` made of the plan; else it is mixed now", kind=Path
        ),
    ),
    command(
        "verify",
        _verify,
        "Compare a plan directory with what was planned, or a film with its plan.",
        argument("place", "directory of the plan, or with --plan the film", kind=Path),
        option("--plan", "the film's plan: parts of it are drawn again", kind=Path),
        option("--segments", "how many are drawn again", kind=int, default=3),
        option("--seed", "what they are drawn by lot with", kind=int, default=0),
        CHROME,
        examples=("verify out/plan", "verify out/film.mp4 --plan out/plan"),
    ),
    command(
        "diff",
        _diff,
        "Say how two films or two plans differ: fields, and the first frame.",
        argument("one", "a plan, a video or pictures", kind=Path),
        argument("other", "another of the same kind", kind=Path),
        examples=("diff out/a.mp4 out/b.mp4", "diff out/plan-a out/plan-b"),
    ),
)
