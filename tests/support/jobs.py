"""Sites put into a store for a test."""

from __future__ import annotations

import hashlib
from pathlib import Path

from hyperframes_dist._model.keys import site_key
from hyperframes_dist._tools.archive import pack
from hyperframes_dist._tools.files import list_files


def deploy(transport, project: Path) -> str:
    """Store *project* as a site; returns its hash."""
    archive = project.parent / "project.tar"
    pack({f"project/{n}": project / n for n in list_files(project)}, archive)
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    transport.put(archive, site_key(digest))
    return digest
