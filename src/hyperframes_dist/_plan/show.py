"""
The page of a project is shown with the fonts it names, and once more if its text needs others.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import attrs

from .._browser.door import ORIGIN, find_local, read_frozen
from .._browser.moving import is_moving_svg
from .._browser.stage import PageSetup
from .._compile.project import Document, mark_still, write_compiled
from .._fonts.bring import add_fonts, linked_sheets
from .._fonts.check import check_fonts
from .._fonts.fallback import add_fallbacks
from .._fonts.google import find_losses, is_sheet
from .._model.composition import check_pixels
from .._model.config import RenderConfig
from .._model.content import COMPILED, ScriptLines
from .._model.frames import FrameRate
from .._model.shutter import Clock
from .._planned.authored import in_authors_lines, script_lines
from .._sources.pinned import Sources
from .._tools.address import without_query
from .._tools.spans import span
from ..errors import PageError
from ..progress import Control
from .finder import Finder, name_of
from .freezer import Freezer
from .ledger import Ledger
from .media_files import MediaFiles
from .probe import Probed, probe_page
from .recorder import Recording, RecordingDoor

if TYPE_CHECKING:
    from .._browser.browser import Browser

_DEFAULT_RATE = FrameRate(30)
# What the format gives a composition that declares no size.
_DEFAULT_SIZE = (1080, 1920)


@attrs.frozen(kw_only=True)
class Seen:
    """
    A page that was shown once from beginning to end.

    Attributes:
        entry: Its document, below ``compiled/``.
        setup: What it was told.
        probed: What it said.
        media: The files behind its sound and video.
        recording: What it was given.
        lines: Where its scripts stand for its author.
        warnings: What is doubtful, for a person.
    """

    entry: str
    setup: PageSetup
    probed: Probed
    media: MediaFiles
    recording: Recording
    lines: tuple[ScriptLines, ...]
    warnings: tuple[str, ...]


@span("show_page")
def show_page(
    project: Path,
    document: Document,
    config: RenderConfig,
    sources: Sources,
    ledger: Ledger,
    browser: Browser,
    control: Control,
) -> Seen:
    """
    Show the *document* of *project*, whose other files *ledger* has, so that it asks for
    all it needs.

    Raises:
        InputError: The composition cannot be rendered as it is, or, with strict fonts, text
            of it is in a font that is not in the plan.
        PageError: The page fails.
        ResolveError: A remote address or a pinned font cannot be had; the class says
            whether to retry.
    """
    freezer = Freezer(sources, ledger, control)
    finder = Finder(project, ledger, freezer)
    media = MediaFiles(finder, ledger, ledger.work("media"), control)
    door = RecordingDoor(ledger, finder, freezer, media)
    setup = setup_of(document, config)
    fonts = _Fonts(document, ledger, freezer, finder, control)
    door.foresee(document.tree, document.entry)
    fonts.bring()
    probed = None
    while probed is None or fonts.fall_back(probed):
        _write(ledger, document.entry, document.tree.html or "")
        try:
            probed = probe_page(
                browser, setup, door, media, document.entry, config, control
            )
        except PageError as error:
            raise door.explain(_say_authored(error, document, ledger)) from None
    if probed.timeline and probed.absent:
        # A worker then waits for those timelines only that will come.
        mark_still(document.tree, probed.absent)
        _write(ledger, document.entry, document.tree.html or "")
    recording = door.recording()
    lost = check_fonts(probed.fonts, strict=config.fonts == "strict")
    return Seen(
        entry=document.entry,
        setup=setup,
        probed=probed,
        media=media,
        recording=recording,
        lines=script_lines(document.authored, document.tree.html or ""),
        warnings=(
            *probed.warnings,
            *_doubts(recording, ledger.draft, probed.drawn),
            *lost,
        ),
    )


def _say_authored(error: PageError, document: Document, ledger: Ledger) -> PageError:
    folder = ledger.draft / COMPILED
    return in_authors_lines(error, folder, document.entry, document.authored)


def size_of(document: Document) -> tuple[int, int]:
    """Width and height of a page, in CSS pixels."""
    default = _DEFAULT_SIZE if document.has_root else (0, 0)
    width = default[0] if document.width is None else document.width
    height = default[1] if document.height is None else document.height
    return width, height


def setup_of(document: Document, config: RenderConfig) -> PageSetup:
    """
    What the page of *document* is told while it is planned by *config*.

    Raises:
        InputError: The rate the document declares is none, *config* has no use for it, or
            its size is over the limit.
    """
    declared = None if not document.fps else FrameRate.parse(document.fps)
    rate = config.fps or declared or _DEFAULT_RATE
    config.check_rate(rate)
    width, height = size_of(document)
    check_pixels(width, height, config.limits, config.capture_scale)
    return PageSetup(
        # What a page is, and how workers get to its frames, follows from its frames alone.
        clock=Clock(rate),
        width=width,
        height=height,
        variables=config.variables,
        has_runtime=document.has_root,
        timeline=None,
        ready_seconds=config.limits.ready_seconds,
        scale=config.capture_scale,
        transparent=config.codec_row.alpha,
        follows=True,
    )


class _Fonts:
    """Fonts for a document that is shown: those it names, then those its text lacks."""

    def __init__(
        self,
        document: Document,
        ledger: Ledger,
        freezer: Freezer,
        finder: Finder,
        control: Control,
    ) -> None:
        self._document, self._ledger = document, ledger
        self._freezer, self._finder, self._control = freezer, finder, control
        self._has_fallbacks = False

    def bring(self) -> None:
        """Rules for the fonts the document names and does not bring."""
        tree, entry = self._document.tree, self._document.entry
        add_fonts(
            tree,
            ORIGIN,
            entry,
            sheet=self._sheet,
            read=self._freezer.read,
            control=self._control,
        )

    def fall_back(self, probed: Probed) -> bool:
        """Fonts for the characters nobody draws, once; whether that changed anything."""
        missing = probed.fonts.missing
        if not missing or self._has_fallbacks:
            return False
        self._has_fallbacks = True
        tree, address = self._document.tree, ORIGIN + quote(self._document.entry)
        sheets = linked_sheets(tree, address, self._sheet, self._control)
        changed = add_fallbacks(tree, missing, self._freezer.read, sheets)
        for sheet, text in (changed or {}).items():
            self._replace(sheet, text)
        return changed is not None

    def _replace(self, address: str, text: str) -> None:
        if not address.startswith(ORIGIN):
            self._freezer.replace(address, text.encode())
            return
        path, _ = find_local(self._ledger.draft, address, "project")
        name = path.relative_to(self._ledger.compiled.resolve())
        _write(self._ledger, name.as_posix(), text)

    def _sheet(self, address: str) -> str:
        return self._finder.find(address)[0].read_text("utf-8", "replace")


def _write(ledger: Ledger, name: str, text: str) -> None:
    ledger.enter(write_compiled(ledger.compiled, name, text.encode()))


def _doubts(
    recording: Recording, draft: Path, drawn: frozenset[str]
) -> tuple[str, ...]:
    """What of a *recording* may be another time, or was not as the page wanted it."""
    floating = [
        f"{without_query(address)} may mean other bytes tomorrow; pin its version"
        for address in recording.floating
    ]
    optional = [
        f"the page's scripts ask for {name!r}, which is not in the project; they are told so"
        for name in recording.absent
    ]
    spared = [
        f"the page asks for {name!r}, which is not in the project, and does without it"
        for name in recording.spared
    ]
    unanswered = [
        f"{without_query(address)} cannot be had ({reason}), and the page does without it, by "
        "an answer of its own; lock it where there is a network, if it is wanted"
        for address, reason in recording.unanswered.items()
    ]
    moving = [
        f"the image {name_of(address)!r}, in an iframe or a shadow tree, is SVG that moves by "
        "itself: it is a frame late, and may differ in a bit from run to run; put it into the "
        "document"
        for address in recording.images
        if address.startswith(ORIGIN)
        and address not in drawn
        and is_moving_svg(find_local(draft, address, "project")[0])
    ]
    losses: dict[str, None] = {}
    for row in recording.requests:
        if is_sheet(row.address):
            css = read_frozen(draft, row).body.decode("utf-8", "replace")
            losses.update(dict.fromkeys(find_losses(row.address, css)))
    return (*floating, *optional, *spared, *unanswered, *moving, *losses)
