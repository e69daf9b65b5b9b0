"""
Addresses as they may be told: query strings and passwords are secrets.
"""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit


def without_query(address: str) -> str:
    """*address* as it may be logged."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return address.partition("?")[0]
    return parts._replace(netloc=host_of(parts), query="", fragment="").geturl()


def host_of(parts: SplitResult) -> str:
    """Host and port, without who asks."""
    return parts.netloc.rpartition("@")[2]
