"""One bucket, asked one thing at a time: every request to S3 passes here."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from typing import Any

import attrs

from ._s3_errors import s3_errors

__all__ = ["Bucket", "attempts"]

_FIRST_SECONDS, _LONGEST_SECONDS = 0.1, 4.0


def attempts(count: int) -> Iterator[int]:
    """
    How many attempts are left, *count* times, with a random pause before each but one.

    Workers that were cut off together would come back together otherwise.
    """
    for number in range(count):
        if number:
            bound = min(_LONGEST_SECONDS, _FIRST_SECONDS * 2**number)
            time.sleep(random.uniform(0, bound))  # noqa: S311
        yield count - number - 1


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
