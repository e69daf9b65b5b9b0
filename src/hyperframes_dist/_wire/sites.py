"""
A project becomes a site: one archive in a store, named by its bytes.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from .._model.config import RenderConfig
from .._model.results import Site
from .._tools.archive import pack
from .._tools.files import list_files, require_directory, sha256_file
from ..chrome import ChromeSource
from ..progress import Cancel
from ..transport import Transport
from .layout import site_key


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
    # Only who deploys needs what reads an author's patterns.
    from .site_files import list_site  # noqa: PLC0415

    require_directory(project_dir, "project")
    with tempfile.TemporaryDirectory(prefix="hyperframes-site-") as folder:
        scratch = Path(folder)
        archive = scratch / "project.tar"
        wishes = {"chrome": chrome, "cancel": cancel, "deadline": deadline}
        remote = _freeze(project_dir, scratch, config, runtime=runtime, **wishes)
        files = list_site(project_dir, config.entry_file, config.limits)
        pack(
            {f"project/{name}": path for name, path in files.items()} | remote, archive
        )
        return _upload(store, archive)


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
