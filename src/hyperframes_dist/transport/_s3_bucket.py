"""One bucket, asked one thing at a time: every request to S3 passes here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs

from .._tools.retry import Retry
from ._s3_errors import s3_errors

__all__ = ["Bucket", "patience"]

LONGEST_SECONDS = 4.0
"""The longest wait before S3 is asked again."""


def patience(tries: int = 4) -> Retry:
    """How patient this store is with what boto3 does not try again by itself."""
    return Retry(tries=tries, first=0.2, longest=LONGEST_SECONDS, spread=True)


@attrs.frozen
class Bucket:
    """
    A bucket and the client that may use it.

    Attributes:
        client: Of boto3, for S3; shared by threads.
        name: Of the bucket.
        owner: The account it must belong to; None if any may own it.
    """

    client: Any
    name: str
    owner: str | None = None

    def address(self, key: str) -> str:
        """*key* as others write it."""
        return f"s3://{self.name}/{key}" if key else f"s3://{self.name}"

    def call(self, operation: str, **args: Any) -> Any:
        """
        Do *operation*, in boto3's spelling, on the bucket.

        Raises:
            InputError: S3 refuses it, and will again.
            StoreMissingError: The key is not there.
            TransportError: No answer, or a failure of S3, after the client's retries.
        """
        if self.owner is not None:
            args["ExpectedBucketOwner"] = self.owner
        with s3_errors(self.address(args.get("Key", "")), operation):
            return getattr(self.client, operation)(Bucket=self.name, **args)

    def pages(self, prefix: str) -> Iterator[str]:
        """Every key that begins with *prefix*, in the server's order."""
        args = {"Bucket": self.name, "Prefix": prefix}
        if self.owner is not None:
            args["ExpectedBucketOwner"] = self.owner
        with s3_errors(self.address(prefix), "list_objects_v2"):
            paginator = self.client.get_paginator("list_objects_v2")
            for page in paginator.paginate(**args):
                yield from (entry["Key"] for entry in page.get("Contents", ()))
