"""
How far a render is, read from its store by whoever knows its name.

What is there says it: notes, marks, chunks, the film. Nothing here asks a worker or an engine.
"""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

import attrs

from .._model.checks import check_number
from .._model.codec import from_json
from .._model.keys import (
    cancel_key,
    chunks_folder,
    facts_key,
    faults_folder,
    marks_folder,
    planned_key,
    render_folder,
    walking_key,
)
from .._model.results import ChunkResult
from ..errors import InputError, StoreMissingError
from ..progress import Cancel, Control
from ..transport import Transport, open_transport, store_address
from .jobs import Planned, check_render_name
from .layout import get_bytes, get_value
from .marks import Fault, Mark

RenderStage = Literal["plan", "render", "assemble", "done", "failed", "cancelled"]
"""Where a render is."""

ChunkStage = Literal["waiting", "running", "silent", "done"]
"""Where a chunk is; ``silent`` is one that runs, or did, and has told nothing for long."""

_SILENT_SECONDS = 30.0
_SOONEST, _LATEST = 0.1, 3600.0
# The film is more than its frames, but not by much.
_FRAMES_SHARE = 0.99


@attrs.frozen(kw_only=True)
class ChunkState:
    """
    One chunk of a render.

    Attributes:
        index: Which.
        stage: Where it is.
        done: Frames of it that are finished.
        total: Frames in it; 0 while that is not known.
        rate: Frames a second; None where nothing runs.
    """

    index: int
    stage: ChunkStage
    done: int = 0
    total: int = 0
    rate: float | None = None

    @property
    def left(self) -> float:
        """
        About how many seconds it takes from now on.

        Without an end where its worker is silent, 0 where nothing is known.
        """
        if self.stage == "silent":
            return math.inf
        if not self.total or not self.rate:
            return 0.0
        return (self.total - self.done) / self.rate


@attrs.frozen(kw_only=True)
class RenderState:
    """
    A render at a moment.

    Attributes:
        render: Its name.
        stage: Where it is.
        done: Frames that are finished.
        total: Frames of the film; 0 while it is planned.
        fraction: How much of the whole is done, from 0 to 1; of one render it never falls,
            and is 1 when the film is in the store.
        rate: Frames a second, of all chunks that run; None where none does.
        chunks: Its chunks, in order.
        step: What is being done besides frames, such as ``12 of 40 steps``.
        faults: What jobs have failed with, where another try would not help.
    """

    render: str
    stage: RenderStage
    done: int = 0
    total: int = 0
    fraction: float = 0.0
    rate: float | None = None
    chunks: tuple[ChunkState, ...] = ()
    step: str = ""
    faults: tuple[str, ...] = ()

    @property
    def ended(self) -> bool:
        """Whether there is nothing to wait for."""
        return self.stage in {"done", "failed", "cancelled"}

    @property
    def eta(self) -> float | None:
        """Seconds the frames have still to go at this *rate*; None where that is unknown."""
        return (self.total - self.done) / self.rate if self.rate else None


class Watcher:
    """
    Looks at one render, as often as it is asked to.

    Args:
        transport: The store.
        render: The render's name there.
    """

    def __init__(self, transport: Transport, render: str) -> None:
        self._transport, self._render = transport, check_render_name(render)
        self._plan: Planned | None = None
        self._walking = False
        self._whole: dict[int, int] = {}
        self._heard: dict[int, tuple[Mark, float]] = {}
        self._fraction = 0.0

    def look(self) -> RenderState:
        """
        How far the render is.

        Raises:
            InputError: Nothing is known of such a render.
            TransportError: The store did not answer.
        """
        keys = [*self._transport.list(render_folder(self._render))]
        if not keys and self._plan is None:
            raise InputError(f"no render {self._render!r} in {self._transport.url}")
        self._read_plan(keys)
        state = self._state(keys)
        faults = () if state.stage == "done" else tuple(self._faults(keys))
        if faults:
            state = attrs.evolve(state, stage="failed", faults=faults)
        self._fraction = max(self._fraction, state.fraction)
        return attrs.evolve(state, fraction=self._fraction)

    def _faults(self, keys: Sequence[str]) -> Iterator[str]:
        top = f"{faults_folder(self._render)}/"
        for key in keys:
            if key.startswith(top):
                # It goes when the job is begun again.
                with contextlib.suppress(StoreMissingError):
                    fault = from_json(get_bytes(self._transport, key), Fault)
                    job = key.rpartition("/")[2]
                    yield f"{job}: {fault.error}: {fault.reason}"

    def _read_plan(self, keys: Sequence[str]) -> None:
        key, walking = walking_key(self._render), True
        if key not in keys:
            key, walking = planned_key(self._render), False
        if key not in keys or (self._plan is not None and walking == self._walking):
            return
        self._plan = get_value(self._transport, key, Planned)
        self._walking = walking
        self._whole, self._heard = {}, {}

    def _state(self, keys: Sequence[str]) -> RenderState:
        plan, name = self._plan, self._render
        stopped = cancel_key(name) in keys
        if plan is None:
            step = _step(_marks(keys, f"{marks_folder(name)}/plan"))
            stage: RenderStage = "cancelled" if stopped else "plan"
            return RenderState(render=name, stage=stage, step=step)
        chunks = tuple(self._chunks(plan, keys))
        done, total = sum(chunk.done for chunk in chunks), plan.frame_count
        rates = [chunk.rate for chunk in chunks if chunk.rate is not None]
        whole = all(chunk.stage == "done" for chunk in chunks)
        # Chunks may have expired; the film does not.
        is_there = self._transport.find(facts_key(plan.plan_hash)) is not None
        stage = "done" if is_there else "cancelled" if stopped else "render"
        stage = "assemble" if stage == "render" and whole else stage
        folder = f"{marks_folder(name)}/{plan.plan_hash}/assemble"
        return RenderState(
            render=name,
            stage=stage,
            done=total if is_there else done,
            total=total,
            fraction=1.0 if is_there else _FRAMES_SHARE * done / total,
            rate=sum(rates) if rates else None,
            chunks=chunks,
            step=_step(_marks(keys, folder)) if stage == "assemble" else "",
        )

    def _chunks(self, plan: Planned, keys: Sequence[str]) -> Iterator[ChunkState]:
        if len(self._whole) < plan.chunk_count:
            self._read_whole(plan)
        for index in range(plan.chunk_count):
            if (frames := self._whole.get(index)) is not None:
                yield ChunkState(index=index, stage="done", done=frames, total=frames)
                continue
            name = f"{plan.plan_hash}/chunk-{index:04d}"
            marks = _marks(keys, f"{marks_folder(self._render)}/{name}")
            yield self._running(index, marks)

    def _read_whole(self, plan: Planned) -> None:
        """Find chunks that are in the store, and how many frames each has."""
        for key in self._transport.list(chunks_folder(plan.plan_hash)):
            index = int(key.rpartition("/")[2][:4])
            if key.endswith(".json") and index not in self._whole:
                made = from_json(get_bytes(self._transport, key), ChunkResult)
                self._whole[index] = made.frame_count

    def _running(self, index: int, marks: Sequence[Mark]) -> ChunkState:
        if not marks:
            return ChunkState(index=index, stage="waiting")
        last, now = max(marks, key=lambda mark: mark.at), time.monotonic()
        heard, since = self._heard.get(index, (None, now))
        if heard != last:
            since = now
        self._heard[index] = (last, since)
        quiet = now - since > _SILENT_SECONDS
        return ChunkState(
            index=index,
            stage="silent" if quiet else "running",
            done=max(mark.done for mark in marks),
            total=last.total,
            rate=None if quiet else last.rate,
        )


def _marks(keys: Sequence[str], folder: str) -> list[Mark]:
    names = [key.rpartition("/") for key in keys]
    read = [Mark.read(name) for top, _, name in names if top == folder]
    return [mark for mark in read if mark is not None]


def _step(marks: Sequence[Mark]) -> str:
    last = max(marks, key=lambda mark: mark.at, default=None)
    return f"{last.done} of {last.total} steps" if last and last.total else ""


def watch(
    store: Path | str,
    render: str,
    *,
    every: float = 1.0,
    cancel: Cancel | None = None,
    deadline: float | None = None,
) -> Iterator[RenderState]:
    """
    How far a render is, again whenever that changes, until it has ended.

    Whoever started it, and whoever runs it: it is read from the store alone. A job that was
    given up after some tries is not told of; its chunk stays silent.

    Args:
        store: The store, a path or an address for `open_transport`.
        render: The render's name there.
        every: Seconds from one look to the next, from 0.1 to 3600; each is some requests to
            the store.
        cancel: Ends the watching, not the render, when set.
        deadline: When the watching must have ended, on the clock of `time.monotonic`.

    Raises:
        InputError: Nothing is known of such a render, or *every* is outside its bounds.
        TransportError: The store did not answer.
        Cancelled, DeadlineExceeded: As *cancel* and *deadline* say.
    """
    check_number("every", every, _SOONEST, _LATEST, whole=False)
    watcher = Watcher(open_transport(store_address(store)), render)
    control = Control(cancel=cancel, deadline=deadline)
    before: RenderState | None = None
    while True:
        control.check()
        state = watcher.look()
        if state != before:
            before = state
            yield state
        if state.ended:
            return
        control.sleep(every)
