"""
A file out of a bucket, by ranges that go on where a connection was cut.

boto3 retries a request until its answer begins; a body that breaks off is ours to resume.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

import attrs

from ..errors import TransportError
from ._boto import BODY_ERRORS
from ._parallel import all_done
from ._s3_bucket import Bucket, patience

__all__ = ["Found", "download", "read_blocks"]

_TRIES = 8
_BLOCK = 1 << 20


@attrs.frozen
class Found:
    """
    An object as S3 tells of it.

    Attributes:
        key: Of the object, from the bucket's root.
        size: In bytes.
        etag: Which of the objects that lay under the key it is.
        sha256: Hex digest, if it was put with one.
    """

    key: str
    size: int
    etag: str
    sha256: str | None


def download(
    bucket: Bucket, found: Found, descriptor: int, part_bytes: int, connections: int
) -> None:
    """
    Write *found* to the open file *descriptor*.

    Raises:
        Taken: Another object lies there by now.
        TransportError: The object could not be read to its end, after all tries.
    """
    starts = range(0, found.size, part_bytes)
    ranges = tuple((start, min(start + part_bytes, found.size)) for start in starts)

    def one(borders: tuple[int, int]) -> None:
        at, stop = borders
        for block in read_blocks(bucket, found, at, stop):
            os.pwrite(descriptor, block, at)
            at += len(block)

    if len(ranges) == 1:
        one(ranges[0])
    elif ranges:
        all_done(connections, one, ranges)


def read_blocks(bucket: Bucket, found: Found, at: int, stop: int) -> Iterator[bytes]:
    """``[at, stop)`` of *found*, each byte once, whatever happens to connections."""
    for left in patience(_TRIES).left():
        try:
            for block in _request(bucket, found, at, stop):
                at += len(block)
                yield block
        except BODY_ERRORS as error:
            why = type(error).__name__
        else:
            why = "too few bytes"
        if at >= stop:
            return
        if not left:
            place = f"{bucket.address(found.key)}: read to byte {at} of {found.size}"
            raise TransportError(f"{place}, {_TRIES} times cut off ({why})")


def _request(bucket: Bucket, found: Found, at: int, stop: int) -> Iterator[bytes]:
    wanted = {"Range": f"bytes={at}-{stop - 1}", "IfMatch": found.etag}
    answer = bucket.call("get_object", Key=found.key, **wanted)
    if answer["ContentLength"] != stop - at:
        raise TransportError(
            f"{bucket.address(found.key)}: bytes {at} to {stop} were asked for, "
            f"{answer['ContentLength']} bytes are offered"
        )
    with contextlib.closing(answer["Body"]) as body:
        yield from body.iter_chunks(_BLOCK)
