"""
Every rule, over the files of one project.
"""

from __future__ import annotations

from pathlib import Path

from .._model.config import RenderConfig
from .._model.settings import settle
from .._tools.files import path_of
from .addresses import check_addresses
from .anime import check_anime
from .behaviour import check_behaviour
from .comments import check_comments
from .faces import check_faces
from .flags import check_flags
from .graphics import check_graphics
from .gsap import check_gsap
from .letters import check_letters
from .loading import check_loading
from .loops import check_loops
from .markup import check_markup
from .names import check_names
from .nesting import check_nesting
from .page_words import check_page_words
from .project import Project, read_project
from .report import Finding, Report
from .script_styles import check_script_styles
from .selectors import check_selectors
from .shutter import check_shutter
from .styles import check_styles
from .syntax import check_syntax
from .targets import check_targets
from .timelines import check_timelines
from .timing import check_timing
from .variables import check_variables

__all__ = ["Finding", "Report", "check"]

_RULES = (
    check_markup,
    check_nesting,
    check_letters,
    check_comments,
    check_timing,
    check_loops,
    check_flags,
    check_shutter,
    check_addresses,
    check_syntax,
    check_timelines,
    check_targets,
    check_gsap,
    check_anime,
    check_loading,
    check_behaviour,
    check_page_words,
    check_names,
    check_script_styles,
    check_variables,
    check_styles,
    check_faces,
    check_selectors,
    check_graphics,
)


def check(project_dir: Path | str, config: RenderConfig | None = None) -> Report:
    """
    Look for mistakes in a project, without a browser and without the network.

    What only a running page can tell, such as a script that throws, is told by `plan` and
    `render`; they look for these mistakes first.

    Args:
        project_dir: Directory of the composition; only read.
        config: What it is to be rendered by; the entry file, the variables and the frame
            rate are looked at. None takes the defaults.

    Returns:
        What was found, in the order of files and lines.

    Raises:
        InputError: The project, or its entry file, does not exist.
    """
    project = read_project(path_of(project_dir, "project"), settle(config, {}))
    for rule in _RULES:
        rule(project)
    return Report(findings=_in_order(project), files=len(_order(project)))


def _order(project: Project) -> list[str]:
    sources = [document.source for document in project.documents]
    sources += [code.source for code in project.codes]
    sources += [sheet.source for sheet in project.sheets]
    return list(dict.fromkeys(source.path for source in sources))


def _in_order(project: Project) -> tuple[Finding, ...]:
    order = {path: number for number, path in enumerate(_order(project))}
    last = len(order)
    return tuple(
        sorted(
            project.findings,
            key=lambda f: (order.get(f.file, last), f.line, f.column, f.code),
        )
    )
