"""
Rows rendered by a few warm browsers, each row by one of them, and told as they are done.
"""

from __future__ import annotations

import hashlib
import queue
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, Unpack

import attrs

from .._compile.declared import find_declarers
from .._compile.project import list_project, read_document
from .._model.codec import canonical_json, from_json, to_json
from .._model.config import RenderConfig
from .._model.results import OutputResult
from .._model.settings import Settings, settle
from .._pipeline.renderer import Renderer
from .._tools.files import path_of, sha256_file, write_file
from .._tools.machine import check_workers, most_workers
from .._version import __version__
from ..chrome import ChromeSource
from ..errors import HyperframesError, InputError
from ..progress import Cancel, Control, soonest
from .rows import Row, make_rows

_RECORDS = ".hyperframes-dist-batch"


@attrs.frozen(kw_only=True)
class RowResult:
    """
    What became of one row of a batch.

    Attributes:
        key: The row's ``key`` column, else its number from 1.
        status: ``done``, ``kept`` where an earlier batch had made this very film, or
            ``failed``.
        result: The film; None where it failed.
        error: Why it failed.
        seconds: What the row took.
    """

    key: str
    status: Literal["done", "kept", "failed"]
    result: OutputResult | None = None
    error: HyperframesError | OSError | None = None
    seconds: float


@attrs.frozen(kw_only=True)
class _Record:
    """A film that was made: of what, and what came out."""

    made_of: str
    result: OutputResult


def render_many(
    project_dir: Path | str,
    rows: Iterable[Mapping[str, Any]],
    output: Path | str,
    config: RenderConfig | None = None,
    *,
    workers: int | None = None,
    chrome: ChromeSource | None = None,
    cancel: Cancel | None = None,
    deadline: float | None = None,
    timeout: float | None = None,
    **settings: Unpack[Settings],
) -> Iterator[RowResult]:
    """
    Render a project once for each row, on warm browsers; yield results as they are done.

    A row that fails does not end the batch. Run again, a batch makes only the films that
    are missing or whose project, settings, variables or library have changed; what is
    known of films lies in ``.hyperframes-dist-batch`` beside them.

    Args:
        project_dir: Directory of the composition; only read.
        rows: Mappings of columns to values, see `read_rows`. A column is a variable the
            composition declares, whose type text is turned into, or stands in *output*.
        output: Where films go, with columns in braces, such as ``out/{key}.mp4``.
        config: What they share; None takes the defaults.
        workers: Films at once; None takes one per processor, as memory allows.
        chrome: Where the browsers come from; None takes `default_chrome`.
        cancel: Stops the batch when set.
        deadline: When the batch must have ended, on the clock of `time.monotonic`.
        timeout: Seconds the batch may take; the sooner of the two counts.
        settings: Fields of `RenderConfig`, over *config*.

    Raises:
        InputError: A row or a setting cannot be used; nothing was rendered yet.
        Cancelled: *cancel* was set.
        DeadlineExceeded: *deadline* passed.
    """
    check_workers(workers)
    control = Control(None, cancel, soonest(deadline, timeout))
    output = str(path_of(output, "output"))
    project = path_of(project_dir, "project")
    shared = settle(config, settings, Path(output))
    document = read_document(project, shared, control)
    declarers = find_declarers(document.tree, document.entry)
    declared = [row for _, found in declarers for row in found]
    made = make_rows(rows, output, declared)
    stamp = _digest_project(project, shared, made)
    batch = _Batch(project, shared, stamp, control, chrome)
    return batch.run(made, workers or most_workers())


def _digest_project(project: Path, config: RenderConfig, rows: list[Row]) -> str:
    outputs = {row.output.parent.resolve() for row in rows}
    inside = tuple(path for path in outputs if path != project.resolve())
    files = list_project(project, config.limits, exclude=inside)
    table = [[name, sha256_file(file)[1]] for name, file in files]
    return hashlib.sha256(canonical_json(table)).hexdigest()


@attrs.define
class _Batch:
    project: Path
    config: RenderConfig
    stamp: str
    control: Control
    chrome: ChromeSource | None
    _stop: threading.Event = attrs.field(factory=threading.Event, init=False)

    def is_set(self) -> bool:
        """Whether rows are to stop: the caller cancels, or reads no further."""
        cancel = self.control.cancel
        return self._stop.is_set() or (cancel is not None and cancel.is_set())

    def run(self, rows: list[Row], workers: int) -> Iterator[RowResult]:
        """Render *rows*, so many at once."""
        waiting: queue.SimpleQueue[Row] = queue.SimpleQueue()
        done: queue.SimpleQueue[RowResult | BaseException] = queue.SimpleQueue()
        for row in rows:
            waiting.put(row)
        threads = [
            threading.Thread(target=self._work, args=(waiting, done), name=f"row-{n}")
            for n in range(min(workers, len(rows)))
        ]
        try:
            for thread in threads:
                thread.start()
            for _ in rows:
                yield self._next(done)
        finally:
            self._stop.set()
            for thread in threads:
                thread.join()

    def _next(self, done: queue.SimpleQueue[RowResult | BaseException]) -> RowResult:
        while True:
            self.control.check()
            try:
                found = done.get(timeout=0.1)
            except queue.Empty:
                continue
            if isinstance(found, BaseException):
                raise found
            return found

    def _work(
        self,
        waiting: queue.SimpleQueue[Row],
        done: queue.SimpleQueue[RowResult | BaseException],
    ) -> None:
        try:
            with Renderer(self.chrome, workers=1) as renderer:
                while not self.is_set():
                    done.put(self._render(waiting.get_nowait(), renderer))
        except queue.Empty:
            return
        except BaseException as error:  # noqa: BLE001
            # A thread's exception belongs to the caller who waits for its rows.
            done.put(error)

    def _render(self, row: Row, renderer: Renderer) -> RowResult:
        start = time.perf_counter()
        made_of = self._made_of(row)
        kept = _find_kept(row.output, made_of)
        if kept is not None:
            seconds = time.perf_counter() - start
            return RowResult(key=row.key, status="kept", result=kept, seconds=seconds)
        variables = {**self.config.variables, **row.variables}
        try:
            row.output.parent.mkdir(parents=True, exist_ok=True)
            result = renderer.render(
                self.project,
                row.output,
                attrs.evolve(self.config, variables=variables),
                cancel=self,
                deadline=self.control.deadline,
            )
            record = _Record(made_of=made_of, result=result)
            write_file(_record_of(row.output), to_json(record))
        except (HyperframesError, OSError) as error:
            seconds = time.perf_counter() - start
            return RowResult(key=row.key, status="failed", error=error, seconds=seconds)
        seconds = time.perf_counter() - start
        return RowResult(key=row.key, status="done", result=result, seconds=seconds)

    def _made_of(self, row: Row) -> str:
        config = to_json(self.config).decode()
        facts = [self.stamp, __version__, config, dict(row.variables)]
        return hashlib.sha256(canonical_json(facts)).hexdigest()


def _record_of(output: Path) -> Path:
    return output.parent / _RECORDS / f"{output.name}.json"


def _find_kept(output: Path, made_of: str) -> OutputResult | None:
    """What an earlier batch made of the same, if it is still there, whole."""
    try:
        record = from_json(_record_of(output).read_bytes(), _Record)
        if record.made_of == made_of and output.is_file():
            size_and_digest = (record.result.size, record.result.sha256)
            return record.result if sha256_file(output) == size_and_digest else None
    except (OSError, InputError):
        return None
    return None
