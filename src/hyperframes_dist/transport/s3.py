"""
A store in a bucket of S3, or of a server that speaks its language.

A put is conditional on nothing being there, so S3 itself keeps the first of many writers.
Importing this module imports boto3.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .._model.checks import check_number
from .._tools.files import publish_file, sha256_file
from ..errors import (
    InputError,
    StoreConflictError,
    StoreDamagedError,
    StoreMissingError,
    TransportError,
)
from . import StoredFile
from ._boto import open_client, require_conditional
from ._disk import file_errors
from ._s3_bucket import Bucket, patience
from ._s3_errors import Contested, Garbled, Taken, s3_errors
from ._s3_get import Found, download, read_blocks
from ._s3_put import Source, measure, send, send_over
from ._uri import check_key, check_prefix, is_key, parse_s3_uri

__all__ = ["S3Transport", "open_s3"]

_SMALLEST_PART = 5 << 20
_LARGEST_PART = 512 << 20
_LONGEST_PREFIX = 300
_LONGEST_PRESIGN = 7 * 24 * 3600
_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)
_ACCOUNT = re.compile(r"\d{12}", re.ASCII)


def open_s3(url: str, **options: Any) -> S3Transport:
    """
    The store at ``s3://bucket/prefix``; *options* are those of `S3Transport`.

    Raises:
        InputError: *url* is no such address, or an option cannot be used.
    """
    bucket, prefix = parse_s3_uri(url)
    return S3Transport(bucket, prefix, **options)


class S3Transport:
    """
    A `Transport` into *bucket*, below *prefix*.

    The sha256 of a file is kept in its metadata, and S3 compares every part with its own
    on arrival. A file that was laid there by other means is read once to know its sha256.
    Nothing is asked of S3 when this is made.

    Args:
        bucket: Its name.
        prefix: A key all keys lie below; empty for the whole bucket.
        client: An S3 client of boto3 to use as it is, with the caller's own settings.
        session: A session of boto3 to make a client of; by default a new one, which reads
            the environment as boto3 does, ``AWS_ENDPOINT_URL_S3`` included.
        endpoint_url: A server that speaks S3; the bucket is then named in the path.
        expected_bucket_owner: Account the bucket must belong to, as 12 digits.
        part_bytes: Larger files are sent and fetched in parts of this size; 5 MiB to
            512 MiB. A part being sent lies in memory.
        connections: Parts of one file on their way at once; 1 to 32.

    Raises:
        InputError: A value is out of bounds, or no client can be made.
    """

    def __init__(
        self,
        bucket: str,
        prefix: str = "",
        *,
        client: Any | None = None,
        session: Any | None = None,
        endpoint_url: str | None = None,
        expected_bucket_owner: str | None = None,
        part_bytes: int = 16 << 20,
        connections: int = 4,
    ) -> None:
        parse_s3_uri(f"s3://{bucket}/{prefix}")
        _require_bounds(prefix, part_bytes, connections, expected_bucket_owner)
        if client is not None and (session is not None or endpoint_url is not None):
            raise InputError(
                "give a client, or a session and an endpoint_url, not both"
            )
        client = client or open_client(session, endpoint_url, bucket=bucket)
        self._bucket = Bucket(
            require_conditional(client), bucket, expected_bucket_owner
        )
        self._prefix = check_prefix(prefix)
        self._part_bytes, self._connections = part_bytes, connections
        self._seen = False

    def __repr__(self) -> str:
        return f"S3Transport({self.url!r})"

    @property
    def url(self) -> str:
        """See `Transport.url`."""
        return self._bucket.address(self._prefix.removesuffix("/"))

    def put(self, path: Path, key: str) -> StoredFile:
        """See `Transport.put`."""
        name = self._prefix + check_key(key)
        if not path.is_file():
            raise InputError(f"{str(path)!r} is not a file, so it cannot be stored")
        with self._errors(name):
            return self._put(measure(path, self._part_bytes), key, name)

    def replace(self, path: Path, key: str, was: str | None) -> StoredFile:
        """See `Replacing.replace`; of a file that is sent in one part."""
        name = self._prefix + check_key(key)
        with self._errors(name):
            source = measure(path, _LARGEST_PART)
            wanted = StoredFile(key=key, size=source.size, sha256=source.sha256)
            found = self._find(name)
            there = None if found is None else self._stored(key, found)
            if (None if there is None else there.sha256) != was:
                raise self._other(name, was, there)
            try:
                send_over(
                    self._bucket, name, source, None if found is None else found.etag
                )
            except (Taken, Contested, StoreMissingError):
                # The answer to a put that succeeded may have been lost on its way.
                if (there := self.find(key)) != wanted:
                    raise self._other(name, was, there) from None
        return wanted

    def _other(
        self, name: str, was: str | None, there: StoredFile | None
    ) -> StoreConflictError:
        found = "" if there is None else there.sha256
        return StoreConflictError(self._bucket.address(name), was or "nothing", found)

    def get(self, key: str, path: Path) -> StoredFile:
        """See `Transport.get`."""
        name = self._prefix + check_key(key)

        def may_pass(error: Exception) -> bool:
            # The next try may meet another connection, or the object's successor.
            return isinstance(error, Taken | StoreDamagedError)

        with self._errors(name):
            return patience().call(lambda: self._get(key, name, path), may_pass)

    def find(self, key: str) -> StoredFile | None:
        """See `Transport.find`."""
        name = self._prefix + check_key(key)
        with self._errors(name):
            found = self._find(name)
            return None if found is None else self._stored(key, found)

    def list(self, prefix: str = "") -> Iterator[str]:
        """See `Transport.list`."""
        top = self._prefix + check_prefix(prefix)
        with self._errors(top):
            names = [key.removeprefix(self._prefix) for key in self._bucket.pages(top)]
        # Not every server that speaks S3 lists in the order of S3.
        return iter(sorted(filter(is_key, names)))

    def delete(self, key: str) -> None:
        """See `Transport.delete`."""
        name = self._prefix + check_key(key)
        with self._errors(name):
            self._bucket.call("delete_object", Key=name)

    def presign(self, key: str, *, seconds: int) -> str:
        """See `Transport.presign`; at most seven days."""
        name = self._prefix + check_key(key)
        check_number("seconds", seconds, 1, _LONGEST_PRESIGN)
        with s3_errors(self._bucket.address(name), "generate_presigned_url"):
            address = self._bucket.client.generate_presigned_url(
                "get_object",
                Params={"Bucket": self._bucket.name, "Key": name},
                ExpiresIn=seconds,
            )
        return str(address)

    @contextlib.contextmanager
    def _errors(self, name: str) -> Iterator[None]:
        """Let out only what is in this library's tree, by the names others match on."""
        try:
            with file_errors(self._bucket.address(name)):
                yield
        except (Taken, Contested, Garbled) as error:
            raise TransportError(str(error)) from None

    def _put(self, source: Source, key: str, name: str) -> StoredFile:
        wanted = StoredFile(key=key, size=source.size, sha256=source.sha256)
        retry = patience()
        for _ in retry.left():
            # A file of one part is cheaper sent in vain than asked for each time.
            if len(source.parts) > 1 and self._is_there(wanted, name):
                return wanted
            try:
                send(self._bucket, name, source, self._connections)
                return wanted
            except (Taken, Contested):
                # The answer to a put that succeeded may have been lost on its way.
                if self._is_there(wanted, name):
                    return wanted
        raise TransportError(
            f"{self._bucket.address(name)}: other writers were there {retry.tries} times"
        )

    def _is_there(self, wanted: StoredFile, name: str) -> bool:
        there = self.find(wanted.key)
        if there is not None and there.sha256 != wanted.sha256:
            address = self._bucket.address(name)
            raise StoreConflictError(address, wanted.sha256, there.sha256)
        return there is not None

    def _get(self, key: str, name: str, path: Path) -> StoredFile:
        if (found := self._find(name)) is None:
            raise StoreMissingError(self._bucket.address(name))
        with publish_file(path) as draft:
            with draft.open("xb") as file:
                limits = (self._part_bytes, self._connections)
                download(self._bucket, found, file.fileno(), *limits)
            _, actual = sha256_file(draft)
            if found.sha256 not in {None, actual}:
                address = self._bucket.address(name)
                raise StoreDamagedError(address, str(found.sha256), actual)
        return StoredFile(key=key, size=found.size, sha256=actual)

    def _find(self, name: str) -> Found | None:
        try:
            head = self._bucket.call("head_object", Key=name, ChecksumMode="ENABLED")
        except StoreMissingError:
            self._require_bucket()
            return None
        self._seen = True
        return Found(name, head["ContentLength"], head["ETag"], _digest(head))

    def _require_bucket(self) -> None:
        """A HEAD does not tell a missing key from a missing bucket."""
        if self._seen:
            return
        try:
            self._bucket.call("head_bucket")
        except StoreMissingError:
            raise InputError(
                f"{self._bucket.address('')}: there is no such bucket; create it, or "
                "correct its name"
            ) from None
        except InputError:
            # Who may not look at the bucket may still read and write its keys.
            pass
        self._seen = True

    def _stored(self, key: str, found: Found) -> StoredFile | None:
        digest = found.sha256 or self._hash(found)
        if digest is None:
            return None
        return StoredFile(key=key, size=found.size, sha256=digest)

    def _hash(self, found: Found) -> str | None:
        """The sha256 of an object that was put without it; None if it is gone."""
        digest = hashlib.sha256()
        try:
            for block in read_blocks(self._bucket, found, 0, found.size):
                digest.update(block)
        except (StoreMissingError, Taken):
            return None
        return digest.hexdigest()


def _digest(head: dict[str, Any]) -> str | None:
    """The sha256 S3 keeps: ours, or its own if that is one of the whole file."""
    kept = head.get("Metadata", {}).get("sha256", "")
    if _SHA256.fullmatch(kept):
        return str(kept)
    checksum = head.get("ChecksumSHA256", "")
    return None if not checksum or "-" in checksum else base64.b64decode(checksum).hex()


def _require_bounds(
    prefix: str, part_bytes: int, connections: int, owner: str | None
) -> None:
    if len(prefix) > _LONGEST_PREFIX:
        raise InputError(f"a prefix has at most {_LONGEST_PREFIX} characters")
    check_number("part_bytes", part_bytes, _SMALLEST_PART, _LARGEST_PART)
    check_number("connections", connections, 1, 32)
    if owner is not None and not _ACCOUNT.fullmatch(owner):
        raise InputError("expected_bucket_owner is an account of 12 digits")
