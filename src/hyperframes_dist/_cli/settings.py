"""
The file of settings: what a person would else type behind every command.

``hyperframes-dist.toml`` in the folder a command is run in, else the table
``tool.hyperframes_dist`` of its ``pyproject.toml``. Keys are options without their hyphens
in front; what is typed wins.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs

from ..errors import InputError

__all__ = ["SETTINGS_NAME", "TABLE", "Settings", "read_settings"]

SETTINGS_NAME = "hyperframes-dist.toml"
TABLE = "hyperframes_dist"


@attrs.frozen
class Settings:
    """
    What a file of settings says.

    Attributes:
        path: The file.
        values: By the names of options.
        text: The file's text.
    """

    path: Path
    values: Mapping[str, Any]
    text: str = ""

    def place(self, name: str) -> str:
        """Where the setting *name* stands: file and line."""
        word = re.escape(name).replace("\\-", "[-_]")
        for number, line in enumerate(self.text.splitlines(), 1):
            if re.match(rf"\s*[\"']?{word}[\"']?\s*=", line):
                return f"{self.path}:{number}"
        return str(self.path)


def read_settings(folder: Path) -> Settings:
    """
    The settings of *folder*.

    Raises:
        InputError: The file is no TOML, holds anything but plain values, or is called
            otherwise than it is looked for.
    """
    own = folder / SETTINGS_NAME
    if own.is_file():
        text, table = _parse(own)
        return Settings(own, _plain(own, table), text)
    _refuse_misnamed(folder)
    project = folder / "pyproject.toml"
    if not project.is_file():
        return Settings(own, {})
    text, table = _parse(project)
    tools = table.get("tool", {})
    for name in tools:
        if name != TABLE and _plain_name(name) == _plain_name(TABLE):
            raise InputError(
                f"{project}: [tool.{name}] is read by nothing; write [tool.{TABLE}]"
            )
    return Settings(project, _plain(project, tools.get(TABLE, {})), text)


def _refuse_misnamed(folder: Path) -> None:
    """A file that is meant for this one, and that nothing reads."""
    for found in sorted(folder.glob("*.toml")) + sorted(folder.glob(".*.toml")):
        if _plain_name(found.stem) == _plain_name(TABLE):
            raise InputError(f"{found} is read by nothing; call it {SETTINGS_NAME}")


def _plain_name(name: str) -> str:
    return re.sub(r"[-_.]", "", name.lower())


def _parse(path: Path) -> tuple[str, dict[str, Any]]:
    import tomllib  # noqa: PLC0415

    try:
        text = path.read_text("utf-8")
        return text, tomllib.loads(text)
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
