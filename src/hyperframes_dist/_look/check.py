"""
The function `check`: a project's files, and where that is asked for the page they make.
"""

from __future__ import annotations

import re
from pathlib import Path

import attrs

from .._check.check import check as check_files
from .._check.places import place_of_address, sources
from .._check.project import Project, Source, read_project
from .._check.report import Finding, Report, Severity
from .._model.config import RenderConfig
from .._model.settings import settle
from .._tools.leftovers import temp_dir
from ..chrome import ChromeSource
from ..errors import InputError, PageError, ResolveError
from ..progress import Cancel

_CODE = re.compile(r"\bHF\d{3}\b")
_NAMED = re.compile(r"'([^']{3,})'|#([A-Za-z][\w-]*)|\"([^\"]{3,})\"")


def check(
    project_dir: Path | str,
    config: RenderConfig | None = None,
    *,
    page: bool = False,
    chrome: ChromeSource | None = None,
    cancel: Cancel | None = None,
    deadline: float | None = None,
    timeout: float | None = None,
) -> Report:
    """
    Look for mistakes in a project: in its files, and if asked in the page they make.

    The files alone need no browser and no network. What only a running page can tell, such
    as a script that throws or a font nobody brings, is told with *page*, and else by
    `plan` and `render`, which look for all of it first.

    Args:
        project_dir: Directory of the composition; only read.
        config: What it is to be rendered by; the entry file, the variables and the frame
            rate are looked at. None takes the defaults.
        page: Whether the page is shown as well, as `plan` shows it, where its files have no
            error.
        chrome: Where the browser comes from; None takes `default_chrome`.
        cancel: Stops the call when set; looked at where a page is shown.
        deadline: When the call must have ended, on the clock of `time.monotonic`.
        timeout: Seconds the call may take; the sooner of the two counts.

    Returns:
        What was found, in the order of files and lines; what the page told comes last.

    Raises:
        InputError: The project, or its entry file, does not exist.
        UnsupportedPlatformError: Chrome is not driven on this system.
        ChromeError: The browser fails; worth a retry.
        Cancelled: *cancel* was set.
        DeadlineExceeded: *deadline* passed.
    """
    config = settle(config, {})
    report = check_files(project_dir, config)
    if not page or report.errors:
        return report
    found = _look(Path(project_dir), config, chrome, cancel, deadline, timeout)
    known = {finding.message for finding in report.findings}
    fresh = tuple(finding for finding in found if finding.message not in known)
    return attrs.evolve(report, findings=(*report.findings, *fresh))


def _look(
    folder: Path,
    config: RenderConfig,
    chrome: ChromeSource | None,
    cancel: Cancel | None,
    deadline: float | None,
    timeout: float | None,
) -> list[Finding]:
    """What the page of a project tells while it is planned."""
    from .._pipeline.renderer import Renderer  # noqa: PLC0415

    shown = config.replace(audio=False, chunks=1, strict=False)
    project = read_project(folder, config)
    with Renderer(chrome) as renderer, temp_dir("check") as scratch:
        try:
            plan = renderer.plan(
                folder,
                scratch / "plan",
                shown,
                cancel=cancel,
                deadline=deadline,
                timeout=timeout,
            )
        except PageError as error:
            return [_of_page(project, error)]
        except ResolveError as error:
            place = place_of_address(folder, config, error.address)
            hint = "mend the address, or lock what it means while it can be had"
            return [_finding("HF703", "error", project, str(error), hint, place)]
        except InputError as error:
            hint = "mend what it names"
            return [_finding("HF704", "error", project, str(error), hint, None)]
    return [
        _finding("HF702", "warning", project, text, "mend what it names", None)
        for text in plan.warnings
        if not _CODE.search(text)
    ]


def _of_page(project: Project, error: PageError) -> Finding:
    told = "\n".join((error.reason, *error.console[-2:]))
    hint = error.hint or "look at this line, and at what it uses"
    if error.file is None or error.line is None:
        return _finding("HF701", "error", project, told, hint, None)
    return Finding(
        code="HF701",
        severity="error",
        file=error.file,
        line=error.line,
        column=error.column or 1,
        element=error.element,
        message=told,
        hint=hint,
        source=error.source or "",
    )


def _finding(
    code: str,
    severity: Severity,
    project: Project,
    message: str,
    hint: str,
    place: tuple[Source, int] | None,
) -> Finding:
    source, start = place or _place_of(project, message)
    line, column = source.place(start)
    return Finding(
        code=code,
        severity=severity,
        file=source.path,
        line=line,
        column=column,
        message=message,
        hint=hint,
        source=source.line(line),
    )


def _place_of(project: Project, message: str) -> tuple[Source, int]:
    """Where the files speak of what *message* names; else the root of the composition."""
    for match in _NAMED.finditer(message):
        name = match[1] or match[2] or match[3]
        for source in sources(project):
            if (place := source.text.find(name)) >= 0:
                return source, place
    roots = project.entry.roots
    return project.entry.source, roots[0].start if roots else 0
