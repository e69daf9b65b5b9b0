"""
Names of files that somebody's rows ask for: whether any system can have them, and which of
them are one file to some.
"""

from __future__ import annotations

import re
import unicodedata

from ..errors import InputError

# What Windows opens as a device, whatever is added to it.
_DEVICE = re.compile(
    r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])\s*(\..*)?", re.IGNORECASE
)
_LONGEST_NAME = 255
# Controls, halves of letters, and what ends a line.
_UNSEEN = frozenset({"Cc", "Cs", "Zl", "Zp"})


def one_file(path: str) -> str:
    """*path* as it is known where small and large letters are one, however they are spelt."""
    folded = unicodedata.normalize("NFC", path).casefold()
    return unicodedata.normalize("NFC", folded)


def check_name(name: str, where: str) -> None:
    """
    Refuse a *name* that no file can have everywhere.

    Raises:
        InputError: *name* holds what is not shown, ends in what Windows leaves away, is one
            of its devices, or is too long.
    """
    is_long = len(name.encode(errors="replace")) > _LONGEST_NAME
    is_hidden = any(unicodedata.category(letter) in _UNSEEN for letter in name)
    if is_long or is_hidden or name[-1:] in {".", " "} or _DEVICE.fullmatch(name):
        raise InputError(f"{where}: {name[:120]!r} cannot be the name of a file")
