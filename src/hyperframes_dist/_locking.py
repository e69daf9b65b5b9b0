"""
A project's lock is made: the page is shown once, as for a plan, and what it asks for is
pinned and kept.
"""

from __future__ import annotations

from pathlib import Path

import attrs

from ._browser import Browser
from ._config import RenderConfig
from ._door import RecordingDoor
from ._files import default_cache, require_directory, work_dir
from ._lock import Lock, LockedAddress, make_lock, read_lock, write_lock
from ._locked import kept_bytes, locked_resolver
from ._planning import PlanJob
from .progress import Control


@attrs.frozen(kw_only=True)
class LockJob:
    """
    A project to lock.

    Attributes:
        project: Its directory; the lock is written into it, nothing else.
        config: How its page is shown.
        update: Whether all is resolved anew, rather than only what is not pinned.
    """

    project: Path
    config: RenderConfig
    update: bool = False

    def run(self, *, browser: Browser, control: Control) -> Lock:
        """Write the lock; see `lock`."""
        require_directory(self.project, "project")
        held = None if self.update else read_lock(self.project)
        cache = self.config.cache_dir or default_cache()
        with work_dir(cache / "lock" / "draft") as scratch:
            door = self._show(held, scratch, browser, control)
            kept = kept_bytes(self.config)
            for request in door.requests.values():
                kept.put((door.plan_dir / request.path).read_bytes())
        rows = {} if held is None else held.by_address
        made = make_lock({**rows, **_rows(door)}.values())
        control.check()
        write_lock(self.project, made)
        return made

    def _show(
        self, held: Lock | None, scratch: Path, browser: Browser, control: Control
    ) -> RecordingDoor:
        job = PlanJob(project=self.project, config=self.config)
        sources = locked_resolver(self.config, held)
        shown = job.show(scratch, sources, browser=browser, control=control)
        return shown.door


def _rows(door: RecordingDoor) -> dict[str, LockedAddress]:
    found = {}
    for address, request in door.requests.items():
        artifact = door.artifacts[request.path]
        found[address] = LockedAddress(
            address=address,
            sha256=artifact.sha256,
            size=artifact.size,
            content_type=request.content_type,
            source=door.sources[address],
        )
    return found
