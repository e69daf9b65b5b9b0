"""
A project's lock is made: the page is shown once, as for a plan, and what it asks for is
pinned and kept.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from .._check.check import check
from .._model.config import RenderConfig
from .._sources.chain import Resolved
from .._sources.lock import Lock, LockedAddress, make_lock, read_lock, write_lock
from .._sources.pinned import Sources, kept_bytes, locked_resolver
from .._tools.cache import KeptBytes
from .._tools.files import default_cache, require_directory, work_dir
from ..progress import Control
from .build import compile_page, named_addresses, named_places, weigh
from .ledger import Ledger
from .show import show_page, size_of

if TYPE_CHECKING:
    from .._browser.browser import Browser


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

    def run(
        self,
        *,
        browser: Callable[[], AbstractContextManager[Browser]],
        control: Control,
    ) -> Lock:
        """Write the lock; see `lock`. *browser* is called once the files are in order."""
        require_directory(self.project, "project")
        report = check(self.project, self.config)
        held = None if self.update else read_lock(self.project)
        sources = locked_resolver(self.config, held)
        recorder = Recorder(sources, kept_bytes(self.config))
        cache = self.config.cache_dir or default_cache()
        with work_dir(cache / "lock" / "draft") as scratch:
            config, limit = self.config, self.config.limits.plan_bytes
            ledger = Ledger(scratch / "draft", limit=limit)
            with named_places(report):
                page = compile_page(self.project, config, ledger, control)
            weigh(report, config)
            document = page.document
            config = config.sized(*size_of(document))
            with browser() as shower, named_addresses(self.project, config):
                show_page(
                    self.project, document, config, recorder, ledger, shower, control
                )
        rows = {} if held is None else held.by_address
        made = make_lock({**rows, **recorder.rows}.values())
        control.check()
        write_lock(self.project, made)
        return made


@attrs.frozen
class Recorder:
    """
    Sources that remember what they gave, whoever asked, and keep its bytes.

    Attributes:
        sources: Who gives it.
        kept: Where its bytes are kept.
        rows: What was given, by address.
    """

    sources: Sources
    kept: KeptBytes
    rows: dict[str, LockedAddress] = attrs.field(factory=dict)

    def is_pinned(self, address: str) -> bool:
        """See `LockedResolver.is_pinned`."""
        return self.sources.is_pinned(address)

    def resolve(self, address: str, control: Control) -> Resolved:
        """See `LockedResolver.resolve`."""
        found = self.sources.resolve(address, control)
        self.rows[address] = LockedAddress(
            address=address,
            sha256=self.kept.put(found.body),
            size=len(found.body),
            content_type=found.content_type,
            source=found.source,
        )
        return found
