"""
Addresses: taken apart, whatever somebody wrote, and as they may be told: query strings and
passwords are secrets.
"""

from __future__ import annotations

import re
from urllib.parse import SplitResult, urljoin, urlsplit

_NOWHERE = SplitResult("", "", "", "", "")


def split(address: str) -> SplitResult:
    """The parts of *address*; those of half an IPv6 address are empty."""
    try:
        parts = urlsplit(address)
        # Looked at here, where a wrong one is no error.
        _ = parts.hostname, parts.port
    except ValueError:
        return _NOWHERE
    return parts


def join(base: str, address: str) -> str:
    """*address* as *base* is asked for it; as it is written where it is none."""
    try:
        return urljoin(base, address)
    except ValueError:
        return address


def without_query(address: str) -> str:
    """*address* as it may be logged."""
    try:
        parts = urlsplit(address)
    except ValueError:
        # Half an IPv6 address: what stands before it may be a password.
        scheme, mark, rest = re.split(r"[?#]", address, maxsplit=1)[0].partition("://")
        host, slash, path = rest.partition("/")
        return f"{scheme}{mark}{host.rpartition('@')[2]}{slash}{path}"
    return parts._replace(netloc=host_of(parts), query="", fragment="").geturl()


def host_of(parts: SplitResult) -> str:
    """Host and port, without who asks."""
    return parts.netloc.rpartition("@")[2]
