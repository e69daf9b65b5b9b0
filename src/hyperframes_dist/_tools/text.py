"""
Bytes of a file as text: UTF-8, unless its first bytes or the document itself say otherwise.
"""

from __future__ import annotations

import codecs
import re

# The standard of encodings reads these as the table Windows made of them.
_WINDOWS = frozenset({"iso8859-1", "ascii"})
_DECLARED = re.compile(rb"<meta[^>]+charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_DECLARED_WITHIN = 1024
_MARKS = ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


class NotTextError(ValueError):
    """Bytes that are no text: *reason* says why, *place* where the first such byte is."""

    def __init__(self, reason: str, place: int) -> None:
        super().__init__(reason, place)
        self.reason, self.place = reason, place

    def __str__(self) -> str:
        return self.reason


def text_of(data: bytes, *, document: bool = False) -> str:
    """
    *data* as text with plain line ends.

    Args:
        document: It is HTML, which may declare an encoding by a ``<meta>``; what is
            UTF-8 all the same is read as that.

    Raises:
        NotTextError: It is neither.
    """
    return re.sub("\r\n?", "\n", _decode(data, document=document))


def _decode(data: bytes, *, document: bool) -> str:
    for mark, name in _MARKS:
        if data.startswith(mark):
            return _by(name, data[len(mark) :], len(mark))
    if data[:_DECLARED_WITHIN].count(0) > len(data[:_DECLARED_WITHIN]) // 4:
        raise NotTextError(
            "is not UTF-8: every other byte is zero; save it as UTF-8", 0
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        declared = _DECLARED.search(data[:_DECLARED_WITHIN]) if document else None
        known = _known(declared[1].decode("ascii")) if declared else None
        if known is not None:
            return _by(known, data, 0)
        raise NotTextError(_told(data, error.start), error.start) from None


def _by(name: str, data: bytes, skipped: int) -> str:
    try:
        return data.decode(name)
    except UnicodeDecodeError as error:
        said = f"is not {name.upper()}, as it says it is"
        raise NotTextError(said, skipped + error.start) from None


def _known(label: str) -> str | None:
    try:
        name = codecs.lookup(label).name
    except LookupError:
        return None
    if name in _WINDOWS:
        return "cp1252"
    # Of a document that says so in one byte a letter, none is of two or four.
    return None if name.startswith(("utf", "idna", "punycode")) else name


def _told(data: bytes, start: int) -> str:
    line = data.count(b"\n", 0, start) + 1
    column = start - data.rfind(b"\n", 0, start)
    return (
        f"is not UTF-8: line {line}, column {column} has the byte 0x{data[start]:02x}; "
        "save it as UTF-8"
    )
