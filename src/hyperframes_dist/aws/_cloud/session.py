"""
A deployed stack and the services it is reached by: the only door to boto3's clients.

A service's refusal becomes one of ours here; nothing above knows botocore's classes.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import attrs

from ...errors import CloudError, CloudUnavailableError, InputError
from ...transport import Transport, open_transport

try:
    import boto3
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError
except ImportError as _error:
    raise InputError(
        "rendering on AWS needs boto3; pip install 'hyperframes_dist[aws]'"
    ) from _error

from ...transport._boto import open_client

_BUSY = frozenset(
    {
        *("ThrottlingException", "Throttling", "TooManyRequestsException"),
        *("RequestLimitExceeded", "ServiceUnavailable", "InternalServerError"),
        *("ExecutionLimitExceeded", "ServiceException", "InternalFailure"),
    }
)
_MACHINE = re.compile(
    r"arn:(?P<part>[\w-]+):states:(?P<region>[\w-]+):(?P<account>\d*):"
    r"stateMachine:(?P<name>[\w-]{1,80})",
    re.ASCII,
)


@attrs.frozen(kw_only=True)
class Stack:
    """
    Where renders are made: the parts of one deployed stack.

    Attributes:
        state_machine: ARN of the state machine that makes a render.
        store: ``s3://bucket`` or ``s3://bucket/root``, where everything lies.
        function: Name or ARN of the function, whose size decides what a render costs.
        name: What it is called, for a person.
    """

    state_machine: str
    store: str
    function: str = "hyperframes-dist"
    name: str = ""

    def __attrs_post_init__(self) -> None:
        if not _MACHINE.fullmatch(self.state_machine):
            raise InputError(
                f"state_machine {self.state_machine!r} is not a state machine's ARN"
            )
        if not self.store.startswith("s3://"):
            raise InputError(f"store {self.store!r} is not like 's3://bucket/root'")

    @property
    def region(self) -> str:
        """The region it lies in."""
        return self._parts["region"]

    def execution(self, render: str) -> str:
        """ARN of the execution that is the render called *render*."""
        part, region, account, name = self._parts.values()
        return f"arn:{part}:states:{region}:{account}:execution:{name}:{render}"

    @property
    def _parts(self) -> dict[str, str]:
        match = _MACHINE.fullmatch(self.state_machine)
        assert match is not None, "checked at construction"
        return match.groupdict()


class Services:
    """
    The clients of one account and region, each made when first asked for.

    Attributes:
        look_seconds: How soon they are asked again about a render that was just begun; what
            takes longer is asked about less often, by multiples of it.
    """

    look_seconds = 1.0

    def __init__(
        self,
        *,
        session: Any = None,
        region: str | None = None,
        clients: Mapping[str, Any] | None = None,
    ) -> None:
        self._session, self._region = session, region
        self._clients = dict(clients or {})
        # Making a client is not safe from two threads, using one is.
        self._lock = threading.Lock()

    def __getitem__(self, name: str) -> Any:
        """The client of service *name*."""
        with self._lock:
            if name not in self._clients:
                self._clients[name] = self._make(name)
            return self._clients[name]

    def _make(self, name: str) -> Any:
        if name == "s3":
            return open_client(self._session, region=self._region)
        config = Config(
            retries={"mode": "standard", "total_max_attempts": 6},
            connect_timeout=10,
            read_timeout=60,
            max_pool_connections=50,
        )
        try:
            session = self._session or boto3.session.Session()
            return session.client(name, region_name=self._region, config=config)
        except (BotoCoreError, ValueError) as error:
            raise InputError(f"no client for {name}: {error}") from None

    @property
    def region(self) -> str:
        """The region calls go to."""
        return str(self["cloudformation"].meta.region_name)


@attrs.frozen(kw_only=True)
class Cloud:
    """
    A stack, its services and its store, as one value.

    Attributes:
        stack: What is deployed.
        services: How it is spoken to.
        store: Where its files lie.
    """

    stack: Stack
    services: Services
    store: Transport


def open_session(*, profile: str | None = None, region: str | None = None) -> Any:
    """
    A boto3 session of the environment's credentials, or those of *profile*.

    Raises:
        InputError: The profile does not exist.
    """
    try:
        return boto3.session.Session(profile_name=profile, region_name=region)
    except BotoCoreError as error:
        raise InputError(f"{error}") from None


def connect(
    stack: Stack, *, session: Any = None, clients: Mapping[str, Any] | None = None
) -> Cloud:
    """
    *stack* as what calls are made with.

    Args:
        session: A boto3 session; None takes the environment's credentials.
        clients: Clients to use, by service: ``stepfunctions``, ``s3``, ``lambda``.
    """
    services = Services(session=session, region=stack.region, clients=clients)
    store = open_transport(stack.store, client=services["s3"])
    return Cloud(stack=stack, services=services, store=store)


def ask(call: Callable[..., Any], /, **arguments: Any) -> Any:
    """
    What a client's method *call* answers.

    Raises:
        CloudError: The service refused.
        CloudUnavailableError: The service did not answer, or is busy.
    """
    operation = getattr(call, "__name__", "call")
    try:
        return call(**arguments)
    except ClientError as error:
        raise _refusal(operation, error) from None
    except NoCredentialsError as error:
        raise CloudError(operation, "NoCredentials", str(error)) from None
    except BotoCoreError as error:
        name = type(error).__name__
        raise CloudUnavailableError(operation, name, str(error)) from None


def _refusal(operation: str, error: ClientError) -> CloudError:
    facts = error.response.get("Error", {})
    code, message = facts.get("Code", "Unknown"), facts.get("Message", str(error))
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    kind = CloudUnavailableError if code in _BUSY or status >= 500 else CloudError
    return kind(operation, code, message)


def pages(call: Callable[..., Any], field: str, **arguments: Any) -> Iterator[Any]:
    """Every item of *field* that *call* answers, page after page."""
    token: dict[str, str] = {}
    while True:
        page = ask(call, **arguments, **token)
        yield from page.get(field) or ()
        if not page.get("nextToken"):
            return
        token = {"nextToken": page["nextToken"]}
