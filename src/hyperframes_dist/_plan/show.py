"""
The page is shown with the fonts it names, and once more if its text needs others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

import attrs

from .._browser.answer import ORIGIN
from .._browser.door import find_local
from .._browser.stage import Stage
from .._compile.project import write_compiled
from .._fonts.bring import add_fonts, linked_sheets
from .._fonts.check import ShownFonts, check_fonts
from .._fonts.fallback import add_fallbacks
from .._model.config import RenderConfig
from .._model.content import COMPILED, Artifact
from .._sources.pinned import Sources
from .._tools.html import parse
from ..progress import Control
from .probe import Probed, probe_page
from .recorder import RecordingDoor

if TYPE_CHECKING:
    from .._browser.browser import Browser


@attrs.frozen(kw_only=True)
class Showing:
    """
    How a compiled document is shown while planning.

    Attributes:
        entry: The document, below ``compiled/``.
        door: What answers the page.
        sources: What answers for fonts.
        config: What to render.
        control: When to stop.
    """

    entry: str
    door: RecordingDoor
    sources: Sources
    config: RenderConfig
    control: Control

    def show(
        self, browser: Browser, stage: Stage
    ) -> tuple[Probed, tuple[Artifact, ...]]:
        """
        What the page showed, and new rows of the files that fonts were added to.

        Raises:
            InputError: The composition cannot be rendered as it is, or, with strict
                fonts, text of it is in a font that is not in the plan.
            PageError: The page fails.
            ResolveError: A pinned font cannot be had; the class says whether to retry.
        """
        rows = self._add_fonts()
        probed = self._probe(browser, stage)
        if probed.fonts.missing and (more := self._add_fallbacks(probed.fonts)):
            rows, probed = (*rows, *more), self._probe(browser, stage)
        strict = self.config.fonts == "strict"
        warnings = check_fonts(probed.fonts, strict=strict)
        return attrs.evolve(probed, warnings=(*probed.warnings, *warnings)), rows

    def _probe(self, browser: Browser, stage: Stage) -> Probed:
        limits = self.config.limits
        return probe_page(browser, stage, self.door, self.entry, limits, self.control)

    @property
    def _html(self) -> str:
        return (self.door.plan_dir / COMPILED / self.entry).read_text("utf-8")

    def _write(self, name: str, text: str) -> Artifact:
        return write_compiled(self.door.plan_dir / COMPILED, name, text.encode())

    def _add_fonts(self) -> tuple[Artifact, ...]:
        html = self._html
        whole = add_fonts(
            html,
            ORIGIN,
            self.entry,
            sheet=self._sheet,
            read=self._read,
            control=self.control,
        )
        return (self._write(self.entry, whole),) if whole != html else ()

    def _add_fallbacks(self, fonts: ShownFonts) -> tuple[Artifact, ...]:
        html = self._html
        address = ORIGIN + quote(self.entry)
        sheets = linked_sheets(parse(html), address, self._sheet, self.control)
        whole, changed = add_fallbacks(html, fonts.missing, self._read, sheets)
        if whole == html:
            return ()
        rows = [self._write(self.entry, whole)]
        for address, text in changed.items():
            if not address.startswith(ORIGIN):
                self.door.replace(address, text.encode())
            else:
                path, _ = find_local(self.door.plan_dir, address, "project")
                folder = (self.door.plan_dir / COMPILED).resolve()
                rows.append(self._write(path.relative_to(folder).as_posix(), text))
        return tuple(rows)

    def _sheet(self, address: str) -> str:
        return self.door.answer(address, "Stylesheet").body.decode("utf-8", "replace")

    def _read(self, address: str) -> bytes:
        found = self.sources.resolve(address, self.control)
        if found.floating:
            self.door.floating.add(address)
        return found.body
