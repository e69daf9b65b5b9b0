"""
The page is shown with the fonts it names, and once more if its text needs others.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import attrs

from ._answer import ORIGIN
from ._compile import write_compiled
from ._config import RenderConfig
from ._font_check import ShownFonts, check_fonts
from ._font_fallback import add_fallbacks
from ._fonts import add_fonts
from ._locked import Sources
from ._plan_parts import COMPILED, Artifact
from ._probe import Probed, probe_page
from ._recorder import RecordingDoor
from ._stage import Stage
from .progress import Control

if TYPE_CHECKING:
    from ._browser import Browser


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

    def show(self, browser: Browser, stage: Stage) -> tuple[Probed, Artifact | None]:
        """
        What the page showed, and the document's new row if fonts were added to it.

        Raises:
            InputError: The composition cannot be rendered as it is, or, with strict
                fonts, text of it is in a font that is not in the plan.
            PageError: The page fails.
            ResolveError: A pinned font cannot be had; the class says whether to retry.
        """
        row = self._rewrite(self._with_fonts)
        probed = self._probe(browser, stage)
        fonts = probed.fonts
        if fonts.missing and (
            more := self._rewrite(lambda html: self._with(html, fonts))
        ):
            row, probed = more, self._probe(browser, stage)
        strict = self.config.fonts == "strict"
        warnings = check_fonts(probed.fonts, strict=strict)
        return attrs.evolve(probed, warnings=(*probed.warnings, *warnings)), row

    def _probe(self, browser: Browser, stage: Stage) -> Probed:
        limits = self.config.limits
        return probe_page(browser, stage, self.door, self.entry, limits, self.control)

    def _rewrite(self, change: Callable[[str], str]) -> Artifact | None:
        folder = self.door.plan_dir / COMPILED
        html = (folder / self.entry).read_text("utf-8")
        whole = change(html)
        if whole == html:
            return None
        return write_compiled(folder, self.entry, whole.encode())

    def _with_fonts(self, html: str) -> str:
        return add_fonts(html, ORIGIN, self.entry, sheet=self._sheet, read=self._read)

    def _with(self, html: str, fonts: ShownFonts) -> str:
        return add_fallbacks(html, fonts.missing, fonts.brought, self._read)

    def _sheet(self, address: str) -> str:
        return self.door.answer(address, "Stylesheet").body.decode("utf-8", "replace")

    def _read(self, address: str) -> bytes:
        found = self.sources.resolve(address, self.control)
        if found.floating:
            self.door.floating.add(address)
        return found.body
