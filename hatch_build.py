"""
The long description: README.md, with links that also lead somewhere on a package index.

Run by hatchling when it builds or installs the project; nothing else imports it.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

_LINK = re.compile(
    r"(?P<picture>!?)\[(?P<text>[^\]]*)\]\((?!https?:|#)(?P<path>[^)\s]+)\)"
)
_SOURCE = re.compile(
    r"(?P<name>\b(?:src|srcset))=\"(?!https?:|data:)(?P<path>[^\"]+)\""
)


class LongDescription(MetadataHookInterface):
    """Fills in the field ``readme``, which pyproject.toml calls dynamic."""

    PLUGIN_NAME = "custom"

    def update(self, metadata: dict[str, Any]) -> None:
        """Put README.md, at the version that is built, into *metadata*."""
        text = Path(self.root, "README.md").read_text("utf-8")
        address = absolute(text, metadata["urls"]["Repository"], metadata["version"])
        metadata["readme"] = {"content-type": "text/markdown", "text": address}


def absolute(text: str, repository: str, version: str) -> str:
    """*text* with every link into the repository made one to its tag of *version*."""

    def link(match: re.Match[str]) -> str:
        view = "raw" if match["picture"] else "blob"
        place = f"{repository}/{view}/v{version}/{match['path']}"
        return f"{match['picture']}[{match['text']}]({place})"

    def source(match: re.Match[str]) -> str:
        return f'{match["name"]}="{repository}/raw/v{version}/{match["path"]}"'

    return _SOURCE.sub(source, _LINK.sub(link, text))
