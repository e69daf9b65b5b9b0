"""
The jobs of a render as values, and what each of them answers.

They travel: pickled, as JSON, or as the event of a function. Nothing here runs one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from types import MappingProxyType
from typing import Any, Generic, Literal, TypeVar

import attrs

from .._model.checks import number
from .._model.codec import from_json, read_object
from .._model.config import MOST_CHUNKS, RenderConfig, check_portable
from .._model.formats import require_h264
from .._model.results import ChunkResult, OutputResult, Plan, SoundResult
from .._tools.machine import MOST_WORKERS
from ..errors import InputError

_HASH = re.compile(r"[0-9a-f]{64}", re.ASCII)


def _check_hash(_: object, attribute: attrs.Attribute[Any], value: Any) -> None:
    if not (isinstance(value, str) and _HASH.fullmatch(value)):
        raise InputError(f"{attribute.name} {value!r} is not 64 hexadecimal digits")


_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", re.ASCII)


def check_render_name(name: str) -> str:
    """
    *name*, if a render can be called so.

    Raises:
        InputError: It is not 1 to 100 letters, digits and ``._-``, or ends like a file.
    """
    if not (isinstance(name, str) and _NAME.fullmatch(name)) or name.endswith(".json"):
        raise InputError(
            f"render {str(name)[:120]!r}: a name is at most 100 ASCII letters, digits, '.', "
            "'_' and '-', begins with a letter or digit and does not end with .json"
        )
    return name


def _check_render(_: object, __: attrs.Attribute[Any], value: str) -> None:
    if value != "":
        check_render_name(value)


def _check_live(job: Any, __: attrs.Attribute[Any], value: Any) -> None:
    if not isinstance(value, bool):
        raise InputError(f"live {value!r} is neither True nor False")
    if value and not job.render:
        raise InputError("live needs a render, whose name says where it is watched")


def check_live(config: RenderConfig) -> None:
    """
    Refuse to show a film of *config* while it is made, where that cannot be done.

    Raises:
        InputError: Its pictures are not coded as H.264.
    """
    row = config.format_row
    codec = config.codec or row.default_codec
    require_h264(row.name, codec)


def _check_config(_: object, __: attrs.Attribute[Any], config: RenderConfig) -> None:
    check_portable(config)


A_co = TypeVar("A_co", covariant=True)


@attrs.frozen(kw_only=True)
class JobOf(Generic[A_co]):
    """
    What every job has; *A_co* is what it is answered with.

    Attributes:
        store: Address of the store, the same on every worker.
        render: The render it is a part of, which is told of it and may stop it; empty for
            none.
        live: Whether the film is to be watched while it is made, below ``live/{render}``
            in the store.
    """

    store: str
    render: str = attrs.field(default="", validator=_check_render)
    live: bool = attrs.field(default=False, validator=_check_live)


@attrs.frozen(kw_only=True)
class _OfPlan(JobOf[A_co]):
    plan_hash: str = attrs.field(validator=_check_hash)


@attrs.frozen(kw_only=True)
class PlanJob(JobOf["Planned"]):
    """
    Plan a project that was deployed; answered by a `Planned`.

    Attributes:
        store: Address of the store, the same on every worker.
        site_hash: sha256 of the project's archive there.
        config: What to render; names no path of a machine.
        render: The render it is a part of, which is told of it and may stop it; empty for
            none.
        live: Whether the film is to be watched while it is made, below ``live/{render}``
            in the store.
        kind: ``plan``.

    Raises:
        InputError: *site_hash* is no sha256, *config* cannot travel, *render* is no name, or
            *live* is asked for without one or of pictures that are not H.264.
    """

    site_hash: str = attrs.field(validator=_check_hash)
    config: RenderConfig = attrs.field(factory=RenderConfig, validator=_check_config)
    kind: Literal["plan"] = "plan"

    def __attrs_post_init__(self) -> None:
        if self.live:
            check_live(self.config)


@attrs.frozen(kw_only=True)
class ChunkJob(_OfPlan[ChunkResult]):
    """
    Render one chunk of a plan; answered by a `ChunkResult`.

    Attributes:
        store: Address of the store, the same on every worker.
        plan_hash: The plan there.
        index: Which chunk, from 0 to 999.
        workers: Browsers it may use at once where it is run, from 1 to 256.
        shared: Whether others may make some of its segments meanwhile, as a `HelpJob`
            does; each is looked for before it is drawn.
        render: As in `PlanJob`.
        live: As in `PlanJob`.
        kind: ``chunk``.

    Raises:
        InputError: *plan_hash* is no sha256, or a number is outside its bounds.
    """

    index: int = attrs.field(validator=number(0, MOST_CHUNKS - 1))
    workers: int = attrs.field(default=1, validator=number(1, MOST_WORKERS))
    shared: bool = False
    kind: Literal["chunk"] = "chunk"


@attrs.frozen(kw_only=True)
class HelpJob(_OfPlan["Helped"]):
    """
    Help whoever renders a chunk; answered by a `Helped`.

    What is left of the chunk is made from its middle, then from the middle of what is left
    then, until all of it is there; then the chunk is joined, by whoever comes first. A
    segment both were at is made twice, into the same bytes.

    Attributes:
        store: Address of the store, the same on every worker.
        plan_hash: The plan there.
        index: Which chunk, from 0 to 999; its own job is a ``shared`` one.
        render: As in `PlanJob`.
        live: As in `PlanJob`.
        kind: ``help``.

    Raises:
        InputError: *plan_hash* is no sha256, or a number is outside its bounds.
    """

    index: int = attrs.field(validator=number(0, MOST_CHUNKS - 1))
    kind: Literal["help"] = "help"


@attrs.frozen(kw_only=True)
class WalkJob(_OfPlan["Planned"]):
    """
    Answer a `SeamError` of a plan by another one; answered by its `Planned`.

    Its chunks are rendered in the place of the first one's, and joined. They cannot fail so.

    Attributes:
        store: Address of the store, the same on every worker.
        plan_hash: The plan that failed.
        render: As in `PlanJob`.
        live: As in `PlanJob`.
        kind: ``walk``.

    Raises:
        InputError: *plan_hash* is no sha256.
    """

    kind: Literal["walk"] = "walk"


@attrs.frozen(kw_only=True)
class SoundJob(_OfPlan[SoundResult]):
    """
    Mix what is heard of a plan, beside its chunks; answered by a `SoundResult`.

    Attributes:
        store: Address of the store, the same on every worker.
        plan_hash: The plan there; it has sound.
        render: As in `PlanJob`.
        live: As in `PlanJob`.
        kind: ``sound``.

    Raises:
        InputError: *plan_hash* is no sha256.
    """

    kind: Literal["sound"] = "sound"


@attrs.frozen(kw_only=True)
class AssembleJob(_OfPlan["Delivered"]):
    """
    Join the chunks of a plan, all of which the store has; answered by a `Delivered`.

    The sound is mixed where the store has none.

    Attributes:
        store: Address of the store, the same on every worker.
        plan_hash: The plan there.
        render: As in `PlanJob`.
        live: As in `PlanJob`.
        kind: ``assemble``.

    Raises:
        InputError: *plan_hash* is no sha256.
    """

    kind: Literal["assemble"] = "assemble"


Job = PlanJob | WalkJob | ChunkJob | HelpJob | SoundJob | AssembleJob
"""One step of a render, as it travels to whoever runs it."""


def of_plan(store: str, planned: Planned, render: str) -> dict[str, Any]:
    """What every job of *planned* has."""
    return {
        "store": store,
        "plan_hash": planned.plan_hash,
        "render": render,
        "live": planned.live,
    }


def part_jobs(store: str, planned: Planned, render: str) -> list[SoundJob | ChunkJob]:
    """All jobs of *planned* that may run at once: its sound, if it has one, and its chunks."""
    own = of_plan(store, planned, render)
    sound = [SoundJob(**own)] if planned.has_sound else []
    return [*sound, *(ChunkJob(**own, index=n) for n in range(planned.chunk_count))]


_JOBS: Mapping[str, type[Job]] = MappingProxyType(
    {
        "plan": PlanJob,
        "walk": WalkJob,
        "chunk": ChunkJob,
        "help": HelpJob,
        "sound": SoundJob,
        "assemble": AssembleJob,
    }
)


def read_job(text: bytes | str) -> Job:
    """
    The job in the JSON that `to_json` makes of one.

    Raises:
        InputError: *text* is no JSON of a job.
    """
    kind = read_object(text).get("kind")
    if not isinstance(kind, str) or kind not in _JOBS:
        raise InputError(
            f"kind {str(kind)[:80]!r} of a job is not one of {', '.join(_JOBS)}"
        )
    return from_json(text, _JOBS[kind])


@attrs.frozen(kw_only=True)
class Planned:
    """
    What who asked needs to know of a plan; the answer to a `PlanJob`.

    Attributes:
        plan_hash: Its name in the store.
        content_hash: Names the output's bytes.
        pictures_hash: Names what all its segments share, wherever they are kept.
        chunk_count: How many chunks it has.
        frame_count: Frames of the output.
        frame_rate: Frames per second, such as ``30`` or ``30000/1001``.
        width: Pixels of a frame, across.
        height: Pixels of a frame, down.
        format: The output's format, such as ``mp4``.
        has_sound: Whether the output sounds.
        duration: Seconds of the output, exact.
        warnings: What the planner found doubtful.
        live: Whether the film is to be watched while it is made.
    """

    plan_hash: str
    content_hash: str
    pictures_hash: str
    chunk_count: int = attrs.field(validator=number(1, MOST_CHUNKS))
    frame_count: int
    frame_rate: str
    width: int
    height: int
    format: str
    has_sound: bool
    duration: Fraction
    warnings: tuple[str, ...]
    live: bool = False

    @classmethod
    def of(cls, plan: Plan, *, live: bool = False) -> Planned:
        """What there is to know of *plan*."""
        content = plan.content
        width, height = content.output_size
        return cls(
            plan_hash=plan.plan_hash,
            content_hash=plan.content_hash,
            pictures_hash=plan.segment_names.pictures_hash,
            chunk_count=plan.chunk_count,
            frame_count=plan.frame_count,
            frame_rate=content.rate,
            width=width,
            height=height,
            format=content.encoder.format,
            has_sound=content.sound is not None,
            duration=plan.duration,
            warnings=plan.warnings,
            live=live,
        )


@attrs.frozen(kw_only=True)
class Delivered:
    """
    A deliverable in a store; the answer to an `AssembleJob`.

    Attributes:
        key: Where it lies there.
        output: Its facts; ``path`` is its name alone.
    """

    key: str
    output: OutputResult


@attrs.frozen(kw_only=True)
class Helped:
    """
    What helping came to; the answer to a `HelpJob`.

    Attributes:
        chunk: The chunk, which is in the store.
        segments: How many of its segments were made by who helped.
        seconds: How long that took, which is what it has cost besides.
    """

    chunk: ChunkResult
    segments: int
    seconds: float


Answer = Planned | ChunkResult | Helped | SoundResult | Delivered
"""What running a job comes to."""
