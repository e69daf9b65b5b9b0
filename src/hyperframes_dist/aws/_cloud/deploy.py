"""
A stack deployed from this library and one ZIP, and taken down again.

The ZIP needs a bucket before there is a stack: one for code, by account and region, made
once and shared by all stacks there. Everything else is the template's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from ..._tools.files import sha256_file
from ...errors import CloudError, InputError
from ...progress import Control
from ...transport import open_transport
from .session import Services, Stack, ask
from .stacks import OnStatus, describe_stack, drop_stack, find_stack, put_stack
from .webhooks import Webhook

_AT_ONCE = 1000
_CONFLICTS = frozenset({"BucketAlreadyOwnedByYou"})


def deploy(
    services: Services,
    name: str,
    archive: Path,
    template: Mapping[str, Any],
    *,
    control: Control,
    code_bucket: str | None = None,
    webhook: Webhook | None = None,
    on_status: OnStatus | None = None,
) -> Stack:
    """
    Create or update the stack called *name* with the function in *archive*.

    Args:
        template: What it is made of; has the parameters ``CodeBucket`` and ``CodeKey``.
        code_bucket: An own bucket for the ZIP; None makes one for the account.
        webhook: Told by the stack itself how each render ends; None tells nobody.

    Raises:
        InputError: The ZIP is missing, or the bucket belongs to somebody else.
        CloudError: A part of the stack could not be made.
    """
    if not archive.is_file():
        raise InputError(f"{str(archive)!r} is not a file; build the ZIP first")
    account = str(ask(services["sts"].get_caller_identity)["Account"])
    bucket = code_bucket or f"hyperframes-dist-code-{account}-{services.region}"
    if code_bucket is None:
        _make_bucket(services, bucket, account)
    key = _upload(services, bucket, archive, account)
    parameters = {"CodeBucket": bucket, "CodeKey": key}
    if webhook is not None:
        parameters |= {"WebhookUrl": webhook.url, "WebhookSecret": webhook.secret}
    put_stack(
        services, name, template, parameters, control=control, on_status=on_status
    )
    return find_stack(services, name)


def _make_bucket(services: Services, bucket: str, account: str) -> None:
    client = services["s3"]
    where: dict[str, Any] = {}
    if services.region != "us-east-1":
        where["CreateBucketConfiguration"] = {"LocationConstraint": services.region}
    try:
        ask(client.create_bucket, Bucket=bucket, **where)
    except CloudError as error:
        if error.code not in _CONFLICTS:
            raise
    # Its name can be guessed, so it is used only if it is this account's.
    ask(
        client.put_public_access_block,
        Bucket=bucket,
        ExpectedBucketOwner=account,
        PublicAccessBlockConfiguration={
            "BlockPublicAcls": True,
            "IgnorePublicAcls": True,
            "BlockPublicPolicy": True,
            "RestrictPublicBuckets": True,
        },
    )


def _upload(services: Services, bucket: str, archive: Path, account: str) -> str:
    key = f"functions/{sha256_file(archive)[1]}.zip"
    options = {"client": services["s3"], "expected_bucket_owner": account}
    open_transport(f"s3://{bucket}", **options).put(archive, key)
    return key


def destroy(
    services: Services,
    name: str,
    *,
    control: Control,
    keep_bucket: bool = False,
    delete_outputs: bool = False,
    on_status: OnStatus | None = None,
) -> int:
    """
    Delete the stack called *name* and its bucket.

    Args:
        keep_bucket: Leave the bucket, with all that is in it.
        delete_outputs: Delete finished videos, if there are any.

    Returns:
        How many objects were deleted.

    Raises:
        InputError: The stack does not exist, or there are finished videos and neither
            *keep_bucket* nor *delete_outputs* says what becomes of them.
        CloudError: A part of it could not be deleted.
    """
    row = describe_stack(services, name)
    if row is None:
        raise InputError(f"there is no stack {name!r} in {services.region}")
    outputs = {o["OutputKey"]: o["OutputValue"] for o in row.get("Outputs") or ()}
    store = outputs.get("StoreS3Uri", "")
    if store and not (keep_bucket or delete_outputs):
        _refuse_outputs(services, store)
    drop_stack(services, name, control=control, on_status=on_status)
    if keep_bucket or not store:
        return 0
    return _delete_bucket(services, store.split("/")[2], control)


def _refuse_outputs(services: Services, store: str) -> None:
    videos = open_transport(store, client=services["s3"]).list("outputs")
    if any(videos):
        raise InputError(
            f"{store}/outputs holds finished videos; keep the bucket, or have its "
            "outputs deleted as well"
        )


def _delete_bucket(services: Services, bucket: str, control: Control) -> int:
    client, count = services["s3"], 0
    objects = _objects(client, bucket)
    while rows := list(islice(objects, _AT_ONCE)):
        control.check()
        answer = ask(
            client.delete_objects,
            Bucket=bucket,
            Delete={"Objects": rows, "Quiet": True},
        )
        for failed in answer.get("Errors") or ():
            raise CloudError("DeleteObjects", failed["Code"], failed.get("Message", ""))
        count += len(rows)
    ask(client.delete_bucket, Bucket=bucket)
    return count


def _objects(client: Any, bucket: str) -> Iterator[dict[str, str]]:
    """Every version and every marker in *bucket*."""
    marks: dict[str, str] = {}
    while True:
        page = ask(client.list_object_versions, Bucket=bucket, **marks)
        for row in [*page.get("Versions", ()), *page.get("DeleteMarkers", ())]:
            yield {"Key": row["Key"], "VersionId": row["VersionId"]}
        if not page.get("IsTruncated"):
            return
        marks = {"KeyMarker": page["NextKeyMarker"]}
        if page.get("NextVersionIdMarker"):
            marks["VersionIdMarker"] = page["NextVersionIdMarker"]
