"""Deployment ZIPs for tests: built once for a run, and altered copies of them."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import attrs

from hyperframes_dist._model.codec import from_json, to_json
from hyperframes_dist.aws._zip.inspect import CONTENTS, Contents
from hyperframes_dist.aws._zip.zip import Entry, list_entry, write_zip
from hyperframes_dist.aws.package import ZipReport, build_zip
from hyperframes_dist.chrome import HeadlessShell

Change = Callable[[dict[str, Entry]], None]

THIS_MACHINE = "2.99"
"""A glibc for browsers built on the machine of the test, which Lambda could not load."""


def build(kind: str, folder: Path, **options: object) -> ZipReport:
    """The ZIP with a browser of *kind*, that of this machine if it is a headless shell."""
    if kind == "headless-shell":
        options = {"glibc": THIS_MACHINE, **options}
        if "chrome_path" not in options:
            options["chrome_path"] = HeadlessShell().executable()
    return build_zip(folder / f"{kind}.zip", chrome=kind, **options)


def altered(
    source: Path, target: Path, change: Change, *, relist: bool = False
) -> Path:
    """
    A copy of *source* after *change* of its entries.

    With *relist*, its list of contents is that of the changed entries, as somebody would
    leave it who knows how the ZIP is made.
    """
    with zipfile.ZipFile(source) as archive:
        entries = {
            info.filename: Entry(
                name=info.filename,
                content=archive.read(info),
                executable=bool(info.external_attr >> 16 & 0o100),
            )
            for info in archive.infolist()
        }
    change(entries)
    if relist:
        entries[CONTENTS] = _relisted(entries)
    write_zip(target, entries.values())
    return target


def _relisted(entries: dict[str, Entry]) -> Entry:
    contents = from_json(entries[CONTENTS].content, Contents)
    parts = [
        attrs.evolve(
            part,
            files=tuple(
                list_entry(entries[row.path])
                for row in part.files
                if row.path in entries
            ),
        )
        for part in contents.parts
    ]
    made = attrs.evolve(contents, parts=tuple(parts))
    return Entry(name=CONTENTS, content=to_json(made))
