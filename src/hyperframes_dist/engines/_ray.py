"""
An engine out of Ray: a render's jobs are run by actors, each of which keeps a browser warm.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Executor
from typing import Any

import attrs

from .._model.checks import number
from .._tools.machine import MOST_WORKERS
from .._wire.engine import RenderRequest
from .._wire.jobs import Delivered
from ..chrome import ChromeSource
from ..progress import Cancel, ProgressCallback
from ._executor import HELP_AFTER, ExecutorEngine

_optional = attrs.validators.optional


@attrs.frozen(kw_only=True)
class RayEngine:
    """
    Renders on the Ray cluster this process is connected to, by ``ray.init``.

    Needs the extra ``ray``. A job is a call of an actor, which draws one chunk at a time and
    keeps its browser for the next. An actor that dies is replaced; the others go on. All
    actors of a render end with it. The nodes need this library, the store, and the Chrome
    and ffmpeg that planned.

    Attributes:
        workers: Most actors at once, from 1 to 256; there are never more than jobs.
        cpus: Processors that Ray sets aside for an actor, from 0.01 to 64; a Chrome and an
            ffmpeg use one and a half.
        patience: Seconds to wait for a first actor, from 1 to 86400, such as a cluster takes
            to grow; then the render ends with an `EngineError`.
        attempts: How often a job is run before its retryable error ends the render.
        chrome: Where the workers' browsers come from; None takes each one's default.
        options: More of Ray's options for an actor, such as ``resources``,
            ``scheduling_strategy`` or ``runtime_env``.
        help_after: As in `ExecutorEngine`.

    Raises:
        InputError: A number is outside its bounds.
    """

    workers: int = attrs.field(default=MOST_WORKERS, validator=number(1, MOST_WORKERS))
    cpus: float = attrs.field(default=2.0, validator=number(0.01, 64, whole=False))
    patience: float = attrs.field(
        default=300.0, validator=number(1, 86_400, whole=False)
    )
    attempts: int = attrs.field(default=4, validator=number(1, 100))
    chrome: ChromeSource | None = None
    options: Mapping[str, Any] = attrs.field(factory=dict)
    help_after: float | None = attrs.field(
        default=HELP_AFTER, validator=_optional(number(0, 86_400, whole=False))
    )

    def render(
        self,
        request: RenderRequest,
        *,
        progress: ProgressCallback | None = None,
        cancel: Cancel | None = None,
        deadline: float | None = None,
    ) -> Delivered:
        """
        Have *request* rendered; see `Engine.render`.

        Raises:
            InputError: Ray is not installed.
        """
        engine = ExecutorEngine(
            executor=self._open, attempts=self.attempts, help_after=self.help_after
        )
        return engine.render(
            request, progress=progress, cancel=cancel, deadline=deadline
        )

    def _open(self) -> Executor:
        # Half a second of imports, and half a gigabyte that most do not have.
        from ._ray_actors import open_actors  # noqa: PLC0415

        options = {"max_restarts": 0, **self.options, "num_cpus": self.cpus}
        return open_actors(
            self.chrome, options, most=self.workers, patience=self.patience
        )
