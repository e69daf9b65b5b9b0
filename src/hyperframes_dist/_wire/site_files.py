"""
Which files of a project travel: what a plan would take, less what its author leaves out.
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from .._compile.project import list_project
from .._model.config import Limits
from ..errors import InputError

try:
    from pathspec import GitIgnoreSpec
except ImportError as _error:
    raise InputError(
        "deploying a project needs pathspec; pip install 'hyperframes_dist[engines]'"
    ) from _error

IGNORE_FILE = ".hyperframesignore"
"""Patterns in the syntax of ``.gitignore``, at the top of a project."""

LOCK_FILE = "hyperframes.lock"


def list_site(project: Path, entry: str, limits: Limits) -> dict[str, Path]:
    """
    Files of *project* that travel, by POSIX path.

    Left out are what a plan leaves out (history, dependencies, ``.env`` files), plan
    directories, and what `IGNORE_FILE` names; the lock always travels.

    Raises:
        InputError: A link leads out of the project, or *entry* is not among them.
    """
    rows = list_project(project, limits)
    plans = _plan_folders([name for name, _ in rows])
    ignored = _read_patterns(project)
    files = {
        name: path
        for name, path in rows
        if not (ignored.match_file(name) or _is_below(name, plans))
    }
    files.pop(IGNORE_FILE, None)
    if (lock := project / LOCK_FILE).is_file() and not lock.is_symlink():
        files[LOCK_FILE] = lock
    _check_entry(files, entry, project)
    return files


def _check_entry(files: dict[str, Path], entry: str, project: Path) -> None:
    if entry in files:
        return
    there = (project / entry).is_file()
    advice = f"{IGNORE_FILE} leaves it out" if there else "it is not there"
    raise InputError(f"entry file {entry!r} would not be uploaded: {advice}")


def _read_patterns(project: Path) -> GitIgnoreSpec:
    try:
        text = (project / IGNORE_FILE).read_text("utf-8")
    except FileNotFoundError:
        text = ""
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{IGNORE_FILE} cannot be read: {error}") from None
    try:
        return GitIgnoreSpec.from_lines(text.splitlines())
    except ValueError as error:
        raise InputError(f"{IGNORE_FILE}: {error}") from None


def _plan_folders(names: list[str]) -> frozenset[PurePosixPath]:
    """Folders that are plans: a ``plan.json`` beside a ``compiled/``."""
    known = frozenset(names)
    folders = {PurePosixPath(n).parent for n in known if n.endswith("/plan.json")}
    return frozenset(
        folder
        for folder in folders
        if any(name.startswith(f"{folder}/compiled/") for name in known)
    )


def _is_below(name: str, folders: frozenset[PurePosixPath]) -> bool:
    return not folders.isdisjoint(PurePosixPath(name).parents)
