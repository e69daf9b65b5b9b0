"""
Lines of a batch read, and rows of its results kept.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs

from ..._model.codec import from_json, to_json
from ..._model.config import RenderConfig
from ..._model.file_names import check_name, one_file
from ..._model.results import Site
from ...errors import InputError
from .renders import make_input, name_of
from .session import Cloud

_FIELDS = frozenset({"key", "site", "config", "variables", "output"})


@attrs.frozen(kw_only=True)
class BatchLine:
    """
    One line of a batch, read and checked.

    Attributes:
        number: Its number in the file, from 1.
        key: Names its render; the same key renders once.
        site: What to render.
        config: How.
        output: Where the video goes below the batch's folder; None to leave it in the store.
    """

    number: int
    key: str
    site: str
    config: RenderConfig
    output: str | None


@attrs.frozen(kw_only=True)
class BatchRow:
    """
    How one line ended.

    Attributes:
        line: Its number, from 1.
        key: Its key; empty if the line could not be read.
        request: Digest of what was asked for.
        render: The render's name; empty if none was started.
        status: ``succeeded``, ``failed``, ``timed_out``, ``cancelled``, or ``refused`` for a
            line that could not be started.
        uri: The video in the store, if there is one.
        sha256: Digest of it.
        path: Where it was downloaded to, if it was.
        cost: US dollars; None where that could not be told.
        error: Class of the error; empty if it succeeded.
        reason: What it said.
    """

    line: int
    key: str = ""
    request: str = ""
    render: str = ""
    status: str = "refused"
    uri: str | None = None
    sha256: str | None = None
    path: str | None = None
    cost: float | None = None
    error: str = ""
    reason: str = ""


class Results:
    """The file of rows: appended to, one whole line at a time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.rows = tuple(self._read())

    def _read(self) -> Iterator[BatchRow]:
        if not self._path.exists():
            return
        # Other separators than a line feed may stand in a text.
        lines = [
            line
            for line in self._path.read_text("utf-8", "replace").split("\n")
            if line
        ]
        found = 0
        for text in lines:
            try:
                yield from_json(text, BatchRow)
                found += 1
            except InputError:
                # Cut short by a crash: a row that was not written.
                continue
        if lines and not found and len(lines) > 1:
            raise InputError(
                f"{self._path} holds no rows of a batch; name another file"
            )

    def append(self, row: BatchRow) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("ab+") as file:
            if file.tell() and not self._ends_whole():
                file.write(b"\n")
            file.write(to_json(row) + b"\n")
            file.flush()
            os.fsync(file.fileno())

    def _ends_whole(self) -> bool:
        with self._path.open("rb") as file:
            file.seek(-1, os.SEEK_END)
            return file.read() == b"\n"


def check_keys(rows: Iterable[BatchLine | BatchRow]) -> None:
    """
    Refuse *rows* of which two have one key, or go to one file.

    Raises:
        InputError: Two have.
    """
    seen: dict[str, int] = {}
    outputs: dict[str, int] = {}
    for row in rows:
        if isinstance(row, BatchLine):
            if row.key in seen:
                raise InputError(
                    f"lines {seen[row.key]} and {row.number} have one key, {row.key!r}"
                )
            seen[row.key] = row.number
            if row.output is None:
                continue
            name = one_file(row.output)
            if name in outputs:
                raise InputError(
                    f"lines {outputs[name]} and {row.number} have one output, "
                    f"{row.output!r}; give each a name of its own"
                )
            outputs[name] = row.number


def read_lines(
    lines: Iterable[str], site: Site | str | None, config: RenderConfig, cloud: Cloud
) -> Iterator[BatchLine | BatchRow]:
    """Each of *lines* that is not empty, read; a row that says why if it cannot be."""
    for number, text in enumerate(lines, 1):
        if not text.strip():
            continue
        try:
            yield _read_line(number, text, site, config, cloud)
        except InputError as error:
            # What a line holds need be no text that JSON can carry.
            reason = str(error).encode("utf-8", "backslashreplace").decode()
            yield BatchRow(line=number, error="InputError", reason=reason)


def _read_line(
    number: int, text: str, site: Site | str | None, config: RenderConfig, cloud: Cloud
) -> BatchLine:
    try:
        row = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"not JSON: {error}") from None
    if not isinstance(row, dict) or row.keys() - _FIELDS:
        raise InputError(f"an object of {', '.join(sorted(_FIELDS))} was wanted")
    given = row.get("site") or site
    if given is None:
        raise InputError("no site: name one in the line, or one for the batch")
    chosen = _merge(config, row)
    output = _check_output(row.get("output"))
    if not isinstance(given, str | Site):
        raise InputError(f"site {str(given)[:80]!r} is not the address of a site")
    uri = given if isinstance(given, str) else given.uri
    key = row.get("key") or digest(make_input(cloud, uri, chosen))
    name_of(key)
    return BatchLine(number=number, key=key, site=uri, config=chosen, output=output)


def _merge(config: RenderConfig, row: Mapping[str, Any]) -> RenderConfig:
    own = row.get("config") or {}
    if not isinstance(own, dict):
        raise InputError("config is not an object")
    fields = {**json.loads(to_json(config)), **own}
    if "variables" in row:
        fields["variables"] = row["variables"]
    return from_json(json.dumps(fields), RenderConfig)


def _check_output(value: Any) -> str | None:
    path = Path(value) if isinstance(value, str) and value else None
    outside = path is None or not path.name or path.is_absolute() or ".." in path.parts
    if value is not None and (outside or set(value) & set("\0\\")):
        raise InputError(f"output {value!r} is not a path below the batch's folder")
    if path is None:
        return None
    check_name(path.name, f"output {value[:80]!r}")
    return path.as_posix()


def digest(text: str) -> str:
    """What names a request."""
    return hashlib.sha256(text.encode()).hexdigest()
