"""
The door to boto3: the only module that imports it, and what is asked of a client.

Importing this without boto3 is an `InputError` that names what to install.
"""

from __future__ import annotations

from typing import Any

from .._tools.address import split
from ..errors import InputError

try:
    import boto3
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError
    from urllib3.exceptions import HTTPError
except ImportError as _error:
    raise InputError(
        "a store on S3 needs boto3; pip install 'hyperframes_dist[aws]'"
    ) from _error

__all__ = [
    "BODY_ERRORS",
    "BotoCoreError",
    "ClientError",
    "open_client",
    "require_conditional",
]

# What reading the body of an answer may raise; the client wraps most of it, not all.
BODY_ERRORS = (BotoCoreError, HTTPError, OSError)

# Sized for a caller's threads, each with the connections of one transfer.
_CONNECTIONS = 50
_CONNECT_SECONDS, _READ_SECONDS, _ATTEMPTS = 10, 60, 5


def open_client(
    session: Any | None,
    endpoint_url: str | None = None,
    *,
    bucket: str = "",
    region: str | None = None,
) -> Any:
    """
    A client with deadlines and retries, of *session* or one of its own.

    Args:
        endpoint_url: Another server than the session's.
        bucket: The one bucket it is for, if it is for one.
        region: Another region than the session's.

    Raises:
        InputError: The endpoint is no address, or the profile or configuration the
            environment names cannot be used.
    """
    try:
        # boto3's default session is shared by all threads, and not made for that.
        session = session or boto3.session.Session()
        client = _client(session, endpoint_url, region, _aws_style(bucket))
        # The environment and the profile may name an endpoint too.
        if not _is_aws(client.meta.endpoint_url):
            client = _client(session, endpoint_url, region, "path")
        return client
    except (BotoCoreError, ValueError) as error:
        raise InputError(
            "no S3 client could be made from the endpoint, region and profile given "
            f"({type(error).__name__}); check them"
        ) from None


def require_conditional(client: Any) -> Any:
    """
    *client*, if it can put without overwriting.

    Raises:
        InputError: Its boto3 is older than S3's conditional writes.
    """
    shape = client.meta.service_model.operation_model("PutObject").input_shape
    if "IfNoneMatch" not in shape.members:
        raise InputError(
            "this boto3 knows no conditional writes, without which a store could "
            "overwrite; install boto3 1.35.2 or newer"
        )
    return client


def _client(
    session: Any, endpoint_url: str | None, region: str | None, style: str
) -> Any:
    config = Config(
        # Some stores would be sent an older signature in presigned addresses.
        signature_version="s3v4",
        s3={"addressing_style": style},
        connect_timeout=_CONNECT_SECONDS,
        read_timeout=_READ_SECONDS,
        max_pool_connections=_CONNECTIONS,
        retries={"mode": "standard", "total_max_attempts": _ATTEMPTS},
    )
    return session.client(
        "s3", region_name=region, endpoint_url=endpoint_url, config=config
    )


def _aws_style(bucket: str) -> str:
    # Left to itself, boto3 signs addresses for the one host that redirects to a newer
    # bucket's region, which breaks the signature. A dot would break the certificate.
    return "auto" if "." in bucket else "virtual"


def _is_aws(endpoint: str) -> bool:
    host = split(endpoint).hostname or ""
    return host.endswith((".amazonaws.com", ".amazonaws.com.cn", ".api.aws"))
