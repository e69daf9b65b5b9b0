"""
What never leaves a project, whatever it is called by: its history and its secrets.
"""

from __future__ import annotations

from pathlib import Path

from .._tools.files import resolve_inside

HISTORY = frozenset({".git", ".hg", ".svn"})
"""Folders of version control; what was ever removed from a project is still in them."""

ENVIRONMENT = ".env"
"""Files of passwords, as ``.env`` and ``.env.production``."""

KEYS = frozenset(
    {
        *(".envrc", ".ssh", ".gnupg", ".aws", ".azure", ".gcloud", ".kube"),
        *(".netrc", ".npmrc", ".yarnrc", ".pypirc", ".pgpass", ".git-credentials"),
        *("id_rsa", "id_dsa", "id_ecdsa", "id_ed25519"),
    }
)
"""Files and folders in which programs keep what lets somebody in."""


def is_secret(name: str) -> bool:
    """Whether a file or folder called *name* is history or a secret."""
    # Some file systems take two spellings for one name.
    plain = name.lower()
    return (
        plain in HISTORY
        or plain in KEYS
        or plain == ENVIRONMENT
        or plain.startswith(f"{ENVIRONMENT}.")
    )


def leads_to_secret(project: Path, real: Path) -> bool:
    """
    Whether the *real* file or folder of *project* lies in, or is, what never leaves it.

    A link gives a file another name; what it holds stays the same.
    """
    return any(map(is_secret, real.relative_to(project.resolve()).parts))


def find_file(project: Path, name: str) -> Path | None:
    """The real file *name* of *project*; None where it is missing, outside or a secret."""
    path = resolve_inside(project, name)
    return None if path is None or leads_to_secret(project, path) else path
