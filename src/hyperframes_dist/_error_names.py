"""
The tree of errors as names, for services that compare names and not classes.
"""

from __future__ import annotations

from . import errors
from ._error import HyperframesError


def error_names(*, retryable: bool) -> tuple[str, ...]:
    """Names of all classes that are worth another try, or of all that are not, sorted."""
    classes = [getattr(errors, name) for name in errors.__all__]
    return tuple(sorted(c.__name__ for c in classes if c.retryable is retryable))


def find_error(name: str | None) -> type[HyperframesError] | None:
    """The class called *name*; None if the library has none."""
    return getattr(errors, name) if name in errors.__all__ else None
