"""
A file into a bucket, whole, once, and never over another one.

S3 compares what arrives with the sha256 of each part, and a put of a taken key fails
there, not by a look beforehand: between a look and a put another writer fits.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import attrs

from ..errors import HyperframesError, InputError
from ._parallel import all_done
from ._s3_bucket import Bucket, patience
from ._s3_errors import Garbled

if TYPE_CHECKING:
    from hashlib import _Hash as Hash

__all__ = ["Source", "measure", "send", "send_over"]

_MOST_PARTS = 10_000
_BLOCK = 1 << 20


@attrs.frozen
class Part:
    """``[start, stop)`` of a file, and the sha256 of these bytes."""

    number: int
    start: int
    stop: int
    digest: bytes

    @property
    def checksum(self) -> str:
        """The digest as S3 writes it."""
        return base64.b64encode(self.digest).decode()


@attrs.frozen
class Source:
    """A file that was measured: what is sent must be these bytes."""

    path: Path
    size: int
    sha256: str
    parts: tuple[Part, ...]

    def read(self, part: Part) -> bytes:
        """
        The bytes of *part*.

        Raises:
            InputError: The file is shorter than it was.
        """
        with self.path.open("rb") as file:
            file.seek(part.start)
            data = file.read(part.stop - part.start)
        if len(data) != part.stop - part.start:
            raise self.changed()
        return data

    def changed(self) -> InputError:
        """The error of a file that is written while it is stored."""
        return InputError(
            f"{str(self.path)!r} changed while it was stored; let its writer finish first"
        )


def measure(path: Path, part_bytes: int) -> Source:
    """
    Size and digests of the file at *path*, cut so that S3 takes the parts.

    Raises:
        InputError: The file is written meanwhile.
    """
    size, whole = path.stat().st_size, hashlib.sha256()
    length = max(part_bytes, -(-size // _MOST_PARTS))
    parts: list[Part] = []
    with path.open("rb") as file:
        for start in range(0, max(size, 1), length):
            stop = min(start + length, size)
            digest = _hash(file, stop - start, whole)
            parts.append(Part(len(parts) + 1, start, stop, digest))
        grown = file.read(1)
    source = Source(path, size, whole.hexdigest(), tuple(parts))
    if grown:
        raise source.changed()
    return source


def _hash(file: BinaryIO, length: int, whole: Hash) -> bytes:
    """Digest of the next *length* bytes, which *whole* is told of too."""
    own = hashlib.sha256()
    while length and (block := file.read(min(_BLOCK, length))):
        own.update(block)
        whole.update(block)
        length -= len(block)
    return own.digest()


def send(bucket: Bucket, key: str, source: Source, connections: int) -> None:
    """
    Store *source* under *key*, if nothing is there.

    Raises:
        Taken: Something is there.
        Contested: Something may be there.
    """
    if len(source.parts) > 1:
        _send_parts(bucket, key, source, connections)
        return
    part = source.parts[0]
    facts = {"ChecksumSHA256": part.checksum, "Metadata": {"sha256": source.sha256}}
    _send(bucket, "put_object", source, part, Key=key, IfNoneMatch="*", **facts)


def send_over(bucket: Bucket, key: str, source: Source, etag: str | None) -> None:
    """
    Store *source*, which has one part, under *key* if what is there has that *etag*.

    Args:
        etag: None for nothing.

    Raises:
        Taken: Something else is there.
        Contested: Something else may be there.
        StoreMissingError: Nothing is.
    """
    part = source.parts[0]
    when = {"IfNoneMatch": "*"} if etag is None else {"IfMatch": etag}
    facts = {"ChecksumSHA256": part.checksum, "Metadata": {"sha256": source.sha256}}
    _send(bucket, "put_object", source, part, Key=key, **when, **facts)


def _send_parts(bucket: Bucket, key: str, source: Source, connections: int) -> None:
    upload = bucket.call(
        "create_multipart_upload",
        Key=key,
        ChecksumAlgorithm="SHA256",
        Metadata={"sha256": source.sha256},
    )["UploadId"]
    try:
        parts = _upload(bucket, key, upload, source, connections)
        bucket.call(
            "complete_multipart_upload",
            Key=key,
            UploadId=upload,
            MultipartUpload={"Parts": parts},
            IfNoneMatch="*",
        )
    except BaseException:
        # Parts of an upload nobody ends are paid for, and cannot be seen.
        with contextlib.suppress(HyperframesError):
            bucket.call("abort_multipart_upload", Key=key, UploadId=upload)
        raise


def _upload(
    bucket: Bucket, key: str, upload: str, source: Source, connections: int
) -> list[dict[str, Any]]:
    """Send the parts, at most *connections* of them at once and in memory."""

    def one(part: Part) -> dict[str, Any]:
        facts = {"Key": key, "UploadId": upload, "PartNumber": part.number}
        checksum = {"ChecksumSHA256": part.checksum}
        answer = _send(bucket, "upload_part", source, part, **facts, **checksum)
        return {"PartNumber": part.number, "ETag": answer["ETag"], **checksum}

    return all_done(connections, one, source.parts)


def _send(
    bucket: Bucket, operation: str, source: Source, part: Part, **args: Any
) -> Any:
    """One part, again if it arrived changed though the file did not."""
    data = source.read(part)

    def send_once() -> Any:
        try:
            return bucket.call(operation, Body=data, **args)
        except Garbled:
            if hashlib.sha256(data).digest() != part.digest:
                raise source.changed() from None
            raise

    return patience().call(send_once, lambda error: isinstance(error, Garbled))
