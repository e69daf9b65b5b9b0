"""
A project becomes a site: one archive in a store, named by its bytes.

What travels is what a plan would take, less what its author leaves out.
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from .._model.config import RenderConfig
from .._model.keys import site_key
from .._model.results import Site
from .._tools.archive import pack
from .._tools.files import (
    list_files,
    parse_file_url,
    require_directory,
    sha256_file,
)
from .._tools.leftovers import temp_dir
from ..chrome import ChromeSource
from ..errors import InputError
from ..progress import Cancel
from ..transport import Transport

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

IGNORE_FILE = ".hyperframesignore"
"""Patterns in the syntax of ``.gitignore``, at the top of a project."""

LOCK_FILE = "hyperframes.lock"


def deploy_site(
    store: Transport,
    project_dir: Path,
    config: RenderConfig,
    *,
    runtime: bool,
    chrome: ChromeSource | None = None,
    cancel: Cancel | None = None,
    deadline: float | None = None,
) -> Site:
    """
    Upload the project in *project_dir*, unless the store has it already.

    Args:
        runtime: Whether the page runtime travels with it.

    Raises:
        InputError: The project or *config* cannot be used.
        ResolveError: A remote address of it cannot be turned into bytes.
        TransportError: The store did not answer.
    """
    require_directory(project_dir, "project")
    require_apart(store, project_dir)
    ignored = _read_patterns(project_dir)
    with temp_dir("site") as scratch:
        archive = scratch / "project.tar"
        wishes = {"chrome": chrome, "cancel": cancel, "deadline": deadline}
        remote = _freeze(project_dir, scratch, config, runtime=runtime, **wishes)
        files = list_site(project_dir, config, ignored)
        pack(
            {f"project/{name}": path for name, path in files.items()} | remote, archive
        )
        return _upload(store, archive)


def require_apart(store: Transport, project_dir: Path) -> None:
    """
    Refuse a *store* that lies in the project, whose films would be a part of the next one.

    Raises:
        InputError: It does, and not in a folder that is left out of films.
    """
    # Only who plans or deploys needs what reads a project.
    from .._compile.project import IGNORED, IGNORED_AT_TOP  # noqa: PLC0415

    if not store.url.startswith("file:///"):
        return
    folder, project = parse_file_url(store.url), project_dir.resolve()
    if not folder.is_relative_to(project):
        return
    parts = folder.relative_to(project).parts
    if IGNORED.isdisjoint(parts) and not (parts and parts[0] in IGNORED_AT_TOP):
        raise InputError(
            f"the store {str(folder)!r} lies in the project {str(project)!r}, and what is in "
            "it would be a part of the film; put it beside the project, or into its folder "
            "'renders'"
        )


def _freeze(
    project_dir: Path, scratch: Path, config: RenderConfig, **wishes: Any
) -> dict[str, Path]:
    """Bytes of every remote address of the project, as the archive names them."""
    # What locks a project drives a browser; other calls of a client need none of it.
    from .freeze import freeze_remote  # noqa: PLC0415

    folder = scratch / "frozen"
    freeze_remote(project_dir, folder, config, **wishes)
    return {name: folder / name for name in list_files(folder)}


def _upload(store: Transport, archive: Path) -> Site:
    size, digest = sha256_file(archive)
    key = site_key(digest)
    uploaded = store.find(key) is None
    if uploaded:
        store.put(archive, key)
    return Site(
        site_hash=digest, uri=f"{store.url}/{key}", bytes=size, uploaded=uploaded
    )


def list_site(
    project: Path, config: RenderConfig, ignored: GitIgnoreSpec
) -> dict[str, Path]:
    """
    Files of *project* that travel, by POSIX path.

    Left out are what a plan leaves out (history, dependencies, ``.env`` files), plan
    directories, and what is *ignored*; the lock always travels.

    Raises:
        InputError: A link leads out of the project, or the entry file is not among them.
    """
    # Only who deploys needs what reads a document.
    from .._compile.project import list_project  # noqa: PLC0415

    rows = list_project(project, config.limits)
    plans = _plan_folders([name for name, _ in rows])
    files = {
        name: path
        for name, path in rows
        if not (ignored.match_file(name) or _is_below(name, plans))
    }
    files.pop(IGNORE_FILE, None)
    if (lock := project / LOCK_FILE).is_file() and not lock.is_symlink():
        files[LOCK_FILE] = lock
    _check_entry(files, config.entry_file, project)
    return files


def _check_entry(files: dict[str, Path], entry: str, project: Path) -> None:
    if entry in files:
        return
    there = (project / entry).is_file()
    advice = f"{IGNORE_FILE} leaves it out" if there else "it is not there"
    raise InputError(f"entry file {entry!r} would not be uploaded: {advice}")


def _read_patterns(project: Path) -> GitIgnoreSpec:
    try:
        from pathspec import GitIgnoreSpec  # noqa: PLC0415
    except ImportError as error:
        raise InputError(
            "deploying a project needs pathspec; "
            "pip install 'hyperframes_dist[engines]'"
        ) from error
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
