"""
For the site: what links out of ``docs`` is named by its place in the sources instead.

Loaded by mkdocs alone.
"""

from __future__ import annotations

import posixpath
import re
from typing import Any

_LINK = re.compile(r"\[([^\]]*)\]\((\.\./[^)#\s]*)(#[^)\s]*)?\)")


def on_page_markdown(markdown: str, *, page: Any, **_: Any) -> str:
    """*markdown* whose links out of ``docs`` are words and a path."""
    folder = posixpath.dirname(page.file.src_uri)

    def leave(found: re.Match[str]) -> str:
        path = posixpath.normpath(posixpath.join(folder, found[2]))
        if not path.startswith("../"):
            return found[0]
        return f"{found[1]} (`{path.removeprefix('../')}`)"

    return _LINK.sub(leave, markdown)
