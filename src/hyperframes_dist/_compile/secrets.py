"""
What never leaves a project, whatever it is called by: its history and its secrets.
"""

from __future__ import annotations

from pathlib import Path

HISTORY = frozenset({".git", ".hg", ".svn"})
"""Folders of version control; what was ever removed from a project is still in them."""

ENVIRONMENT = ".env"
"""Files of passwords, as ``.env`` and ``.env.production``."""


def is_secret(name: str) -> bool:
    """Whether a file or folder called *name* is history or a secret."""
    # Some file systems take two spellings for one name.
    plain = name.lower()
    return (
        plain in HISTORY
        or plain in {ENVIRONMENT, ".envrc"}
        or plain.startswith(f"{ENVIRONMENT}.")
    )


def leads_to_secret(project: Path, real: Path) -> bool:
    """
    Whether the *real* file or folder of *project* lies in, or is, what never leaves it.

    A link gives a file another name; what it holds stays the same.
    """
    return any(map(is_secret, real.relative_to(project.resolve()).parts))
