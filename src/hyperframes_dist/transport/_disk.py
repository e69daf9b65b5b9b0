"""What the file system says, as something a caller can act on."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Iterator

from .._tools.files import is_full
from ..errors import DiskFullError, InputError, TransportError

__all__ = ["file_errors"]

_REFUSED = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
_TAKEN = frozenset({errno.ENOTDIR, errno.EISDIR, errno.EEXIST})


@contextlib.contextmanager
def file_errors(address: str) -> Iterator[None]:
    """Let no bare `OSError` out; *address* is what was worked on."""
    try:
        yield
    except DiskFullError:
        raise
    except OSError as error:
        raise _translate(error, address) from error


def _translate(error: OSError, address: str) -> Exception:
    place, why = error.filename or address, error.strerror or type(error).__name__
    if is_full(error):
        return DiskFullError(error.errno, "no room left", str(place))
    if error.errno in _REFUSED:
        return InputError(f"{address}: {why} ({place}); allow this user to use it")
    if error.errno in _TAKEN:
        return InputError(
            f"{address}: {why} ({place}); a file cannot be a directory too"
        )
    return TransportError(f"{address}: {why} ({place})")
