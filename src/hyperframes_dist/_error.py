"""
The root of the tree that `errors` draws.
"""

from __future__ import annotations


class HyperframesError(Exception):
    """
    The root of the tree; catching it catches everything the library raises.

    Attributes:
        retryable: Whether the same call may succeed when made again, unchanged.
    """

    retryable: bool = False
