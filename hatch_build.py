"""
The long description: README.md without links into a repository, which an index has not.

Run by hatchling when it builds or installs the project; nothing else imports it.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

_PICTURE = re.compile(r"!\[(?P<words>[^\]]*)\]\((?!https?:)[^)]*\)")
_LINK = re.compile(
    r"(?<!!)\[(?P<words>[^\]]*)\]\((?!https?:|#)(?P<path>[^)#\s]+)[^)]*\)"
)


class LongDescription(MetadataHookInterface):
    """Fills in the field ``readme``, which pyproject.toml calls dynamic."""

    PLUGIN_NAME = "custom"

    def update(self, metadata: dict[str, Any]) -> None:
        """Put README.md, as it may stand alone, into *metadata*."""
        text = unlinked(Path(self.root, "README.md").read_text("utf-8"))
        metadata["readme"] = {"content-type": "text/markdown", "text": text}


def unlinked(text: str) -> str:
    """*text* where a link to a file is its words and the file's path in the sources."""
    text = _PICTURE.sub(r"\g<words>", text)
    return _LINK.sub(r"\g<words> (`\g<path>`)", text)
