"""
A store in a bucket of Google Cloud Storage.

A put is conditional on no generation being there, so the service itself keeps the first of
many writers. Importing this module imports Google's client.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from .._model.checks import check_number
from .._tools.files import publish_file, sha256_file
from .._tools.retry import Retry
from ..errors import (
    InputError,
    StoreConflictError,
    StoreDamagedError,
    StoreMissingError,
    TransportError,
    UnsupportedFeatureError,
)
from . import StoredFile
from ._disk import file_errors
from ._uri import check_key, check_prefix, is_key, parse_gs_uri

try:
    from google.api_core.exceptions import (
        Forbidden,
        GoogleAPIError,
        NotFound,
        PreconditionFailed,
        Unauthorized,
    )
    from google.auth.exceptions import DefaultCredentialsError, GoogleAuthError
    from google.cloud import storage
    from google.cloud.exceptions import GoogleCloudError
    from google.cloud.storage.exceptions import DataCorruption
except ImportError as _error:
    raise InputError(
        "gs:// needs google-cloud-storage; pip install 'hyperframes_dist[gcs]'"
    ) from _error

__all__ = ["GcsTransport", "open_gs"]

_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)
_LONGEST_PREFIX = 300
_LONGEST_PRESIGN = 7 * 24 * 3600
_SECONDS = 60
_RETRY = Retry(tries=3, first=0.5, spread=True)


def open_gs(url: str, **options: Any) -> GcsTransport:
    """
    The store at ``gs://bucket/prefix``; *options* are those of `GcsTransport`.

    Raises:
        InputError: *url* is no such address, or no client can be made.
    """
    bucket, prefix = parse_gs_uri(url)
    return GcsTransport(bucket, prefix, **options)


class GcsTransport:
    """
    A `Transport` into *bucket*, below *prefix*.

    The sha256 of a file is kept in its metadata; the service compares its CRC32C on arrival.
    A file that was laid there by other means is read once to know its sha256. Nothing is
    asked of the service when this is made.

    Args:
        bucket: Its name.
        prefix: A key all keys lie below; empty for the whole bucket.
        client: A `google.cloud.storage.Client` to use as it is; by default a new one, which
            finds its credentials as Google's libraries do.

    Raises:
        InputError: A value is out of bounds, or there are no credentials.
    """

    def __init__(
        self, bucket: str, prefix: str = "", *, client: Any | None = None
    ) -> None:
        parse_gs_uri(f"gs://{bucket}/{prefix}".removesuffix("/"))
        if len(prefix) > _LONGEST_PREFIX:
            raise InputError(f"a prefix has at most {_LONGEST_PREFIX} characters")
        self._name, self._prefix = bucket, check_prefix(prefix)
        with self._errors(""):
            self._client = client or storage.Client()
        self._bucket = self._client.bucket(bucket)

    def __repr__(self) -> str:
        return f"GcsTransport({self.url!r})"

    @property
    def url(self) -> str:
        """See `Transport.url`."""
        return self._address("").removesuffix("/")

    def put(self, path: Path, key: str) -> StoredFile:
        """See `Transport.put`."""
        blob = self._blob(key)
        if not path.is_file():
            raise InputError(f"{str(path)!r} is not a file, so it cannot be stored")
        with self._errors(key):
            size, digest = sha256_file(path)
            wanted = StoredFile(key=key, size=size, sha256=digest)
            blob.metadata = {"sha256": digest}
            try:
                self._send(blob, path)
            except PreconditionFailed:
                # The answer to a put that succeeded may have been lost on its way.
                return self._require_same(wanted)
            if sha256_file(path) != (size, digest):
                blob.delete(if_generation_match=blob.generation)
                raise InputError(
                    f"{str(path)!r} changed while it was stored; let its writer finish"
                )
        return wanted

    def replace(self, path: Path, key: str, was: str | None) -> StoredFile:
        """See `Replacing.replace`."""
        with self._errors(key):
            size, digest = sha256_file(path)
            wanted = StoredFile(key=key, size=size, sha256=digest)
            found = self._find(key)
            there = None if found is None else self._stored(key, found)
            if (None if there is None else there.sha256) != was:
                raise self._other(key, was, there)
            blob = self._blob(key)
            blob.metadata = {"sha256": digest}
            try:
                self._send(blob, path, found.generation if found else 0)
            except (PreconditionFailed, NotFound):
                # The answer to a put that succeeded may have been lost on its way.
                if (there := self.find(key)) != wanted:
                    raise self._other(key, was, there) from None
        return wanted

    def _other(
        self, key: str, was: str | None, there: StoredFile | None
    ) -> StoreConflictError:
        found = "" if there is None else there.sha256
        return StoreConflictError(self._address(key), was or "nothing", found)

    def get(self, key: str, path: Path) -> StoredFile:
        """See `Transport.get`."""

        def may_pass(error: Exception) -> bool:
            # The next try may meet another connection, or the object's successor.
            return isinstance(error, StoreDamagedError | DataCorruption)

        with self._errors(key):
            return _RETRY.call(lambda: self._get(key, path), may_pass)

    def find(self, key: str) -> StoredFile | None:
        """See `Transport.find`."""
        with self._errors(key):
            blob = self._find(key)
            return None if blob is None else self._stored(key, blob)

    def list(self, prefix: str = "") -> Iterator[str]:
        """See `Transport.list`."""
        top = self._prefix + check_prefix(prefix)
        with self._errors(prefix):
            blobs = self._client.list_blobs(self._bucket, prefix=top, timeout=_SECONDS)
            names = [blob.name.removeprefix(self._prefix) for blob in blobs]
        return iter(sorted(filter(is_key, names)))

    def delete(self, key: str) -> None:
        """See `Transport.delete`."""
        with self._errors(key), contextlib.suppress(NotFound):
            self._blob(key).delete(timeout=_SECONDS)

    def presign(self, key: str, *, seconds: int) -> str:
        """See `Transport.presign`; at most seven days, by who has a key to sign with."""
        blob = self._blob(key)
        check_number("seconds", seconds, 1, _LONGEST_PRESIGN)
        with self._errors(key):
            try:
                address = blob.generate_signed_url(
                    version="v4", expiration=timedelta(seconds=seconds)
                )
            except AttributeError:
                raise UnsupportedFeatureError(
                    "an address anybody may read",
                    self._address(key),
                    "use credentials with a private key, such as a service account's",
                ) from None
        return str(address)

    def _address(self, key: str) -> str:
        return f"gs://{self._name}/{self._prefix}{key}"

    def _blob(self, key: str) -> Any:
        return self._bucket.blob(self._prefix + check_key(key))

    def _send(self, blob: Any, path: Path, was: int = 0) -> None:
        blob.upload_from_filename(
            str(path),
            content_type="application/octet-stream",
            checksum="crc32c",
            if_generation_match=was,
            timeout=_SECONDS,
        )

    def _require_same(self, wanted: StoredFile) -> StoredFile:
        there = self.find(wanted.key)
        if there is None:
            raise TransportError(
                f"{self._address(wanted.key)}: another writer was there"
            )
        if there.sha256 != wanted.sha256:
            address = self._address(wanted.key)
            raise StoreConflictError(address, wanted.sha256, there.sha256)
        return wanted

    def _get(self, key: str, path: Path) -> StoredFile:
        if (blob := self._find(key)) is None:
            raise StoreMissingError(self._address(key))
        with publish_file(path) as draft:
            try:
                with draft.open("xb") as file:
                    blob.download_to_file(
                        file,
                        raw_download=True,
                        checksum="crc32c",
                        if_generation_match=blob.generation,
                        timeout=_SECONDS,
                    )
            except (NotFound, PreconditionFailed):
                # It was removed since it was found.
                raise StoreMissingError(self._address(key)) from None
            size, actual = sha256_file(draft)
            wanted = _kept(blob)
            if wanted not in {None, actual} or size != blob.size:
                raise StoreDamagedError(self._address(key), str(wanted), actual)
        return StoredFile(key=key, size=size, sha256=actual)

    def _find(self, key: str) -> Any | None:
        blob = self._blob(key)
        try:
            blob.reload(timeout=_SECONDS)
        except NotFound:
            self._require_bucket()
            return None
        return blob

    def _require_bucket(self) -> None:
        """What is missing may be the bucket."""
        try:
            if self._bucket.exists(timeout=_SECONDS):
                return
        except Forbidden:
            # Who may not look at the bucket may still read and write its keys.
            return
        raise InputError(
            f"gs://{self._name}: there is no such bucket; create it, or correct its name"
        )

    def _stored(self, key: str, blob: Any) -> StoredFile | None:
        digest = _kept(blob) or self._hash(blob)
        if digest is None:
            return None
        return StoredFile(key=key, size=blob.size, sha256=digest)

    def _hash(self, blob: Any) -> str | None:
        """The sha256 of an object that was put without it; None if it is gone."""
        digest = hashlib.sha256()
        try:
            with blob.open("rb", raw_download=True) as file:
                while block := file.read(1 << 20):
                    digest.update(block)
        except NotFound:
            return None
        return digest.hexdigest()

    @contextlib.contextmanager
    def _errors(self, key: str) -> Iterator[None]:
        """Let out only what is in this library's tree; what the service wrote is not told."""
        address = self._address(key)
        try:
            with file_errors(address):
                yield
        except DefaultCredentialsError:
            raise InputError(
                f"{address}: Google's libraries find no credentials here"
            ) from None
        except (Forbidden, Unauthorized) as error:
            raise InputError(
                f"{address}: {type(error).__name__}; allow this account to use it"
            ) from None
        except NotFound:
            self._require_bucket()
            raise StoreMissingError(address) from None
        except (
            GoogleAPIError,
            GoogleAuthError,
            GoogleCloudError,
            DataCorruption,
        ) as error:
            raise TransportError(f"{address}: {type(error).__name__}") from None


def _kept(blob: Any) -> str | None:
    """The sha256 it was put with, if it was."""
    kept = (blob.metadata or {}).get("sha256", "")
    return str(kept) if _SHA256.fullmatch(kept) else None
