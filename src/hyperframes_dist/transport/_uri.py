"""
Names of stores and of what lies in them, checked before anything is asked of a store.

Touches no file and no network; a name that passes here may still lead nowhere.
"""

from __future__ import annotations

import re

from .._tools.files import shown
from ..errors import InputError

__all__ = [
    "check_key",
    "check_prefix",
    "is_key",
    "parse_gs_uri",
    "parse_s3_uri",
    "require_address",
]

_LONGEST_KEY = 700
_LONGEST_PART = 200
_PART = re.compile(r"[A-Za-z0-9._-]+", re.ASCII)
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", re.ASCII)
_GS_BUCKET = re.compile(r"[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]", re.ASCII)
_ADDRESS = re.compile(r"\d+\.\d+\.\d+\.\d+", re.ASCII)
_RESERVED_START = ("xn--", "sthree-")
_RESERVED_END = ("-s3alias", "--ol-s3", ".mrap")


def check_key(key: str) -> str:
    """
    *key*, if every store can have it.

    Raises:
        InputError: *key* is not a relative POSIX path as `Transport` describes it.
    """
    if not isinstance(key, str):
        raise InputError(f"key {key!r} is not text")
    parts = key.split("/")
    wrong = [p for p in parts if not _PART.fullmatch(p) or p in {".", ".."}]
    if wrong:
        raise InputError(
            f"key {key[:200]!r} is not a relative path of ASCII letters, digits and "
            f"'._-/' (found {wrong[0][:60]!r}); rename it"
        )
    if len(key) > _LONGEST_KEY or max(map(len, parts)) > _LONGEST_PART:
        raise InputError(
            f"key {key[:60]!r}… has {len(key)} characters; at most {_LONGEST_KEY}, and "
            f"{_LONGEST_PART} between two '/', can be stored"
        )
    return key


def is_key(name: str) -> bool:
    """Whether `check_key` would let *name* pass."""
    try:
        return bool(check_key(name))
    except InputError:
        return False


def check_prefix(prefix: str) -> str:
    """
    *prefix* with a ``/`` at its end, or nothing if it is empty.

    Raises:
        InputError: *prefix* is neither empty nor a key.
    """
    return f"{check_key(prefix)}/" if prefix else ""


def require_address(url: object) -> None:
    """
    Refuse what is no text as the address of a store.

    Raises:
        InputError: *url* is none.
    """
    if not isinstance(url, str):
        raise InputError(f"the address of a store is text, found {type(url).__name__}")


def parse_s3_uri(uri: str) -> tuple[str, str]:
    """
    Bucket and key of ``s3://bucket/key``; the key may be empty.

    Raises:
        InputError: The bucket is not a bucket's name, or the key not a key. Nothing is
            repaired: what was meant by a malformed address is not guessed.
    """
    require_address(uri)
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    if not uri.startswith("s3://") or not is_bucket(bucket):
        raise InputError(
            f"{shown(uri)!r} is not s3://bucket/key with a bucket of 3 to 63 lower-case "
            "letters, digits, '-' and '.'"
        )
    if key.endswith("/"):
        raise InputError(f"{shown(uri)!r} ends with '/'; leave it out")
    if key and set("?#@") & set(key):
        raise InputError(f"{shown(uri)!r} carries more than a bucket and a key")
    return bucket, check_key(key) if key else ""


def parse_gs_uri(uri: str) -> tuple[str, str]:
    """
    Bucket and key of ``gs://bucket/key``; the key may be empty.

    Raises:
        InputError: The bucket is not a bucket's name, or the key not a key.
    """
    require_address(uri)
    bucket, _, key = uri.removeprefix("gs://").partition("/")
    if not (uri.startswith("gs://") and _GS_BUCKET.fullmatch(bucket)):
        raise InputError(
            f"{shown(uri)!r} is not gs://bucket/key with a bucket of 3 to 222 lower-case "
            "letters, digits, '-', '_' and '.'"
        )
    if uri.endswith("/"):
        raise InputError(f"{shown(uri)!r} ends with '/'; leave it out")
    return bucket, check_key(key) if key else ""


def is_bucket(name: str) -> bool:
    """Whether S3 allows *name* for a bucket that holds files of one's own."""
    return bool(
        _BUCKET.fullmatch(name)
        and ".." not in name
        and not _ADDRESS.fullmatch(name)
        and not name.startswith(_RESERVED_START)
        and not name.endswith(_RESERVED_END)
    )
