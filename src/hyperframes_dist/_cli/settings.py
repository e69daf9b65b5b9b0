"""
The file of settings: what a person would else type behind every command.

``hyperframes-dist.toml`` in the folder a command is run in, else the table
``tool.hyperframes_dist`` of its ``pyproject.toml``. Keys are options without their hyphens
in front; what is typed wins.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import InputError

__all__ = ["SETTINGS_NAME", "read_settings"]

SETTINGS_NAME = "hyperframes-dist.toml"


def read_settings(folder: Path) -> Mapping[str, Any]:
    """
    The settings of *folder*, by the names of options.

    Raises:
        InputError: The file is no TOML, or holds anything but plain values.
    """
    own = folder / SETTINGS_NAME
    if own.is_file():
        return _plain(own, _parse(own))
    project = folder / "pyproject.toml"
    if project.is_file():
        table = _parse(project).get("tool", {}).get("hyperframes_dist", {})
        return _plain(project, table)
    return {}


def _parse(path: Path) -> dict[str, Any]:
    import tomllib  # noqa: PLC0415

    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: {error}") from None


def _plain(path: Path, table: Mapping[str, Any]) -> Mapping[str, Any]:
    for name, value in table.items():
        if isinstance(value, dict):
            raise InputError(
                f"{path}: [{name}] is a table; its keys stand at the top, for all commands"
            )
        if not isinstance(value, str | int | float | bool):
            raise InputError(f"{path}: {name} is no text, number or truth")
    return {name.replace("_", "-"): value for name, value in table.items()}
