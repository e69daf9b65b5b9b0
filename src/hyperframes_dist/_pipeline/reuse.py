"""
Why a render drew segments that its store might have had: what has changed since.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from .._model.keys import segments_folder
from .._model.manifest import dump_manifest
from .._model.results import Plan
from .._tools.files import write_file
from .diff import differences

_NOTE = "content.json"
_LATEST = 20
_NAMED = 4
_FILE = re.compile(r"artifacts\[(.+)\]\.\w+")
# Query strings carry secrets.
_QUERY = re.compile(r"\?[^\]]*")


def remember(store: Path, plan: Plan) -> None:
    """Note in *store* what *plan* says, for the renders that follow."""
    write_file(_note_of(store, plan), json.dumps(_content(plan)).encode())


def explain(store: Path, plan: Plan) -> str:
    """
    What *plan* says that the most like of the renders kept in *store* did not.

    Returns:
        A sentence; empty where none is of the same composition.
    """
    content = _content(plan)
    found = [
        names
        for other in _latest(store)
        if _page_of(other) == _page_of(content)
        if (names := _changes(other, content))
    ]
    if not found:
        return ""
    names = min(found, key=len)
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"changed since the last one here: {', '.join(names[:_NAMED])}{more}"


def _changes(other: dict[str, Any], content: dict[str, Any]) -> list[str]:
    names = (row.name for row in differences(other, content))
    # A file is named once, whatever of it has changed; sound is in no picture.
    short = (_FILE.sub(r"\1", name) for name in names if not name.startswith("sound"))
    return list(dict.fromkeys(_QUERY.sub("", name) for name in short))


def _page_of(content: dict[str, Any]) -> object:
    page = content.get("page")
    return page.get("id") if isinstance(page, dict) else None


def _latest(store: Path) -> list[dict[str, Any]]:
    notes = sorted(store.glob(f"{segments_folder('*')}/{_NOTE}"), key=_age)
    found = []
    for note in notes[:_LATEST]:
        try:
            kept = json.loads(note.read_bytes())
        except (OSError, ValueError, RecursionError):
            continue
        if isinstance(kept, dict):
            found.append(kept)
    return found


def _age(path: Path) -> float:
    try:
        return -path.stat().st_mtime
    except OSError:
        return 0.0


def _note_of(store: Path, plan: Plan) -> Path:
    return store / segments_folder(plan.segment_names.pictures_hash) / _NOTE


def _content(plan: Plan) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(dump_manifest(plan.manifest))["content"]
    return content
