"""
Many renders from lines of JSON: so many at once, and a row for each when it ends.

The rows are the batch's memory: run again with the same file of results, it makes only
what is missing. What runs in the cloud when a batch is stopped goes on, and is picked up.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import attrs

from ..._model.checks import check_number
from ..._model.config import RenderConfig
from ..._model.results import Site
from ...errors import HyperframesError, InputError
from ...progress import Cancel, Control
from .batch_lines import (
    BatchLine,
    BatchRow,
    Results,
    check_keys,
    digest,
    read_lines,
)
from .cost import render_cost
from .executions import describe, status_of
from .notices import announce
from .outputs import download_output
from .progress import get_progress
from .renders import make_input, start_render
from .session import Cloud
from .values import Render, RenderProgress
from .webhooks import Webhook

_MOST_AT_ONCE = 1000
_TRIES, _PATIENCE = 5, 100


OnRow = Callable[[BatchRow], None]
"""Called with each row, from the thread that runs the batch."""


@attrs.define
class _Running:
    line: BatchLine
    render: Render
    request: str
    tries: int = 0


def run_batch(
    cloud: Cloud,
    lines: Iterable[str],
    results: Path,
    *,
    site: Site | str | None = None,
    config: RenderConfig | None = None,
    at_once: int = 10,
    folder: Path | None = None,
    retry_failed: bool = False,
    webhooks: Sequence[Webhook] = (),
    on_row: OnRow | None = None,
    cancel: Cancel | None = None,
    deadline: float | None = None,
) -> tuple[BatchRow, ...]:
    """
    Render every one of *lines*; see `AwsClient.run_batch`.

    Raises:
        InputError: A key stands in two lines, or *at_once* is not from 1 to 1000.
        CloudError: A service refused the caller, not a line.
        Cancelled, DeadlineExceeded: Stopped; what runs goes on, and is picked up by the
            next run with the same *results*.
    """
    check_number("at_once", at_once, 1, _MOST_AT_ONCE)
    batch = _Batch(
        cloud=cloud,
        results=Results(results),
        folder=folder,
        retry_failed=retry_failed,
        webhooks=tuple(webhooks),
        on_row=on_row,
    )
    rows = tuple(read_lines(lines, site, config or RenderConfig(), cloud))
    check_keys(rows)
    batch.run(rows, at_once, Control(cancel=cancel, deadline=deadline))
    return batch.rows_of(rows)


@attrs.define(kw_only=True)
class _Batch:
    cloud: Cloud
    results: Results
    folder: Path | None
    retry_failed: bool
    webhooks: tuple[Webhook, ...]
    on_row: OnRow | None
    _new: dict[int, BatchRow] = attrs.field(factory=dict, init=False)
    _misses: int = attrs.field(default=0, init=False)

    def run(
        self, rows: Sequence[BatchLine | BatchRow], at_once: int, control: Control
    ) -> None:
        waiting, running = deque(rows), list[_Running]()
        while waiting or running:
            control.check()
            while waiting and len(running) < at_once:
                control.check()
                started = self._try_start(waiting[0])
                if started is None:
                    break
                waiting.popleft()
                running += started
            ended = [each for each in running if self._has_ended(each)]
            running = [each for each in running if each not in ended]
            if (waiting or running) and not ended:
                control.sleep(2 * self.cloud.services.look_seconds)

    def rows_of(self, lines: Iterable[BatchLine | BatchRow]) -> tuple[BatchRow, ...]:
        """The row of each line: of this run, or of one before."""
        found = []
        for line in lines:
            number = line.number if isinstance(line, BatchLine) else line.line
            old = self._before(line) if isinstance(line, BatchLine) else None
            row = self._new.get(number, old)
            if row is not None:
                found.append(row)
        return tuple(found)

    def _try_start(self, line: BatchLine | BatchRow) -> list[_Running] | None:
        """As `_start`; None if a service or the store does not answer for now."""
        try:
            started = self._start(line)
        except HyperframesError as error:
            self._misses += 1
            if not error.retryable or self._misses > _PATIENCE:
                raise
            return None
        self._misses = 0
        return started

    def _start(self, line: BatchLine | BatchRow) -> list[_Running]:
        """Start *line* if there is anything to do, at the cost of a row if it cannot be."""
        if isinstance(line, BatchRow):
            self._write(line)
            return []
        request = digest(make_input(self.cloud, line.site, line.config))
        before = self._before(line)
        if before is not None and self._is_done(line, before, request):
            return []
        try:
            key = self._key(line)
            render = start_render(self.cloud, line.site, line.config, key=key)
        except InputError as error:
            self._write(
                BatchRow(
                    line=line.number,
                    key=line.key,
                    request=request,
                    error=type(error).__name__,
                    reason=str(error),
                )
            )
            return []
        return [_Running(line, render, request)]

    def _before(self, line: BatchLine) -> BatchRow | None:
        rows = [row for row in self.results.rows if row.key == line.key]
        return rows[-1] if rows else None

    def _is_done(self, line: BatchLine, row: BatchRow, request: str) -> bool:
        if row.request != request or row.status == "refused":
            return False
        if row.status != "succeeded":
            return not self.retry_failed
        target = self._target(line)
        return target is None or target.exists()

    def _key(self, line: BatchLine) -> str:
        """A failed render keeps its key; the next try of it has another one."""
        rows = [row for row in self.results.rows if row.key == line.key]
        bad = {"failed", "timed_out", "cancelled"}
        failures = len({row.render for row in rows if row.status in bad})
        return f"{line.key}~{failures}" if failures else line.key

    def _target(self, line: BatchLine) -> Path | None:
        wanted = self.folder is not None and line.output is not None
        return Path(str(self.folder), str(line.output)) if wanted else None

    def _has_ended(self, each: _Running) -> bool:
        try:
            if status_of(describe(self.cloud, each.render)) == "running":
                return False
            self._settle(each)
        except HyperframesError as error:
            each.tries += 1
            if error.retryable and each.tries < _TRIES:
                return False
            self._write(self._row(each, None, error))
        return True

    def _settle(self, each: _Running) -> None:
        seen = get_progress(self.cloud, each.render)
        target = self._target(each.line)
        if seen.status == "succeeded" and target is not None:
            target.parent.mkdir(parents=True, exist_ok=True)
            download_output(self.cloud, each.render, target)
        announce(self.cloud.store, seen, self.webhooks)
        self._write(self._row(each, seen, None))

    def _row(
        self,
        each: _Running,
        seen: RenderProgress | None,
        error: HyperframesError | None,
    ) -> BatchRow:
        fault = None if seen is None else seen.ending
        if error is not None:
            name, reason = type(error).__name__, str(error)
        elif fault is not None:
            name, reason = fault.error, fault.reason
        else:
            name, reason = "", ""
        output, target = (
            (None if seen is None else seen.output),
            self._target(each.line),
        )
        return BatchRow(
            line=each.line.number,
            key=each.line.key,
            request=each.request,
            render=each.render.name,
            status="failed" if seen is None else seen.status,
            uri=None if output is None else output.uri,
            sha256=None if output is None else output.sha256,
            path=None if output is None or target is None else str(target),
            cost=self._cost(each.render),
            error=name,
            reason=reason,
        )

    def _cost(self, render: Render) -> float | None:
        try:
            return round(render_cost(self.cloud, render).total, 6)
        except HyperframesError:
            return None

    def _write(self, row: BatchRow) -> None:
        self.results.append(row)
        self._new[row.line] = row
        if self.on_row is not None:
            self.on_row(row)
