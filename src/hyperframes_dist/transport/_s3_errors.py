"""
What S3 and its client say, as something a caller can act on.

Messages name the store, the key, the operation and S3's code. What the client or the
server wrote is left out: it may hold a query string, and with it a signature.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator

from ..errors import InputError, StoreMissingError, TransportError
from ._boto import BotoCoreError, ClientError

__all__ = ["Contested", "Garbled", "Taken", "s3_errors"]

_WORD = re.compile(r"[A-Za-z0-9._-]{1,80}", re.ASCII)
_NO_CREDENTIALS = frozenset(
    {
        *("NoCredentialsError", "PartialCredentialsError", "CredentialRetrievalError"),
        *("NoAuthTokenError", "TokenRetrievalError", "SSOTokenLoadError"),
        *("UnauthorizedSSOTokenError", "SSOError", "LoginRefreshRequired"),
        *("ProfileNotFound", "InvalidConfigError", "ConfigParseError"),
    }
)
_WRONG_CALL = frozenset({"ParamValidationError", "NoRegionError", "InvalidRegionError"})
_CREDENTIALS = frozenset(
    {
        *(
            "InvalidAccessKeyId",
            "SignatureDoesNotMatch",
            "ExpiredToken",
            "InvalidToken",
        ),
        *("TokenRefreshRequired", "InvalidSecurity", "RequestExpired"),
    }
)
_REGION = frozenset(
    {
        *("PermanentRedirect", "AuthorizationHeaderMalformed", "TemporaryRedirect"),
        *("IllegalLocationConstraintException", "301", "307"),
    }
)
_GARBLED = frozenset(
    {
        *("BadDigest", "InvalidDigest", "XAmzContentSHA256Mismatch"),
        *("XAmzContentChecksumMismatch", "IncompleteBody"),
    }
)
_MISSING = frozenset({"NoSuchKey", "404", "NotFound"})
_CONTESTED = frozenset(
    {"ConditionalRequestConflict", "OperationAborted", "NoSuchUpload"}
)
_LATER = frozenset({"RequestTimeout", "SlowDown", "Throttling", "InternalError"})
_ADVICE = (
    ({"NoSuchBucket"}, (), "create the bucket, or correct its name"),
    (_CREDENTIALS, (), "the credentials are wrong or have expired; get new ones"),
    ({"RequestTimeTooSkewed"}, (), "set this machine's clock"),
    (_REGION, (301, 307), "the bucket is in another region; set AWS_REGION to it"),
    ((), (501,), "this store cannot do conditional writes; use one that can"),
    (
        (),
        (401, 403),
        (
            "the credentials are wrong or lack a permission (s3:GetObject, s3:PutObject, "
            "s3:DeleteObject, s3:AbortMultipartUpload on the keys, s3:ListBucket on the "
            "bucket, without which a missing key looks forbidden too)"
        ),
    ),
)


class Taken(TransportError):
    """Something lies under the key already, or what lay there was replaced."""


class Contested(TransportError):
    """Another writer was there in the same moment; who won is not known."""


class Garbled(TransportError):
    """What arrived is not what was sent."""


@contextlib.contextmanager
def s3_errors(address: str, operation: str) -> Iterator[None]:
    """Let no exception of the client out; *operation* is in boto3's spelling."""
    try:
        yield
    except ClientError as error:
        raise _answered(error, f"{address}: {operation}") from None
    except BotoCoreError as error:
        raise _unanswered(type(error).__name__, f"{address}: {operation}") from None


def _unanswered(name: str, what: str) -> Exception:
    if name in _NO_CREDENTIALS:
        return InputError(
            f"{what}: no AWS credentials can be used ({name}); set a profile, a role or "
            "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
        )
    if name in _WRONG_CALL:
        return InputError(f"{what}: the client cannot send this ({name})")
    return TransportError(f"{what}: no answer ({name})")


def _answered(error: ClientError, what: str) -> Exception:
    code = _word(error.response.get("Error", {}).get("Code"))
    facts = error.response.get("ResponseMetadata", {})
    status = int(facts.get("HTTPStatusCode", 0))
    request = _word(facts.get("RequestId")) or "unnamed"
    said = f"{code or 'no code'}, status {status}, request {request}"
    if code in _MISSING:
        return StoreMissingError(what.rpartition(": ")[0])
    if kind := _state(code, status):
        return kind(f"{what}: {said}")
    if later(code, status):
        return TransportError(f"{what}: S3 could not do it now ({said})")
    return InputError(f"{what}: refused ({said}); {_advice(code, status)}")


def _word(text: object) -> str:
    """*text*, if it is one of the words S3 uses and nothing a server made up."""
    return text if isinstance(text, str) and _WORD.fullmatch(text) else ""


def _state(code: str, status: int) -> type[TransportError] | None:
    """What an answer says of the key, as opposed to of the caller."""
    if status == 412 or code == "PreconditionFailed":
        return Taken
    if status == 409 or code in _CONTESTED:
        return Contested
    return Garbled if code in _GARBLED else None


def later(code: str, status: int) -> bool:
    """Whether the same request may succeed at another time."""
    # 501 says that the server will never do it.
    return status in {408, 429} or (status >= 500 and status != 501) or code in _LATER


def _advice(code: str, status: int) -> str:
    for words, statuses, advice in _ADVICE:
        if code in words or status in statuses:
            return advice
    return "the same request will be refused again"
