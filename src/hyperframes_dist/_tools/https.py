"""
Guarded HTTPS: public addresses only, bounded in size, time and redirects.

A composition is somebody's input; what it names must not reach the caller's network.
Each address is looked up once and connected to by number, so that a second look-up
cannot give another answer.
"""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urljoin, urlsplit

import attrs
import certifi

from ..errors import ResolveError, ResolveUnavailableError
from ..progress import Control
from .address import host_of, without_query

if TYPE_CHECKING:
    from .https_pool import HTTPResponse

_MAX_REDIRECTS = 5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_BLOCK = 1 << 16
_HEAD_BYTES = 1 << 18
# Servers of fonts send modern files to modern browsers only.
_USER_AGENT = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/140.0.0.0 Safari/537.36"
)


def is_public(address: str) -> bool:
    """
    Whether the IP *address* is one anybody on the internet may reach.

    An IPv6 address that carries an IPv4 one is as public as that; where such addresses are
    out of use, they lead nowhere anybody should go.
    """
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv4Address):
        return _is_public_v4(ip)
    if (inner := ip.ipv4_mapped) is not None:
        return _is_public_v4(inner)
    if ip in _NAT64:
        return _is_public_v4(ipaddress.IPv4Address(ip.packed[-4:]))
    if ip not in _UNICAST or any(ip in net for net in _NOT_FOR_ALL):
        return False
    tunnels = ip.packed[8:12] in _ISATAP
    own = ipaddress.IPv4Address(ip.packed[-4:])
    return ip.is_global and (not tunnels or _is_public_v4(own))


def _is_public_v4(ip: ipaddress.IPv4Address) -> bool:
    known = ip.is_global and not ip.is_multicast
    return known and not any(ip in net for net in _NOT_FOR_ALL_V4)


# What a network without IPv4 of its own is told for every host that has no IPv6.
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_UNICAST = ipaddress.IPv6Network("2000::/3")
# The second half of an address of RFC 5214: a host of IPv4 behind any site's router.
_ISATAP = frozenset({b"\0\0\x5e\xfe", b"\2\0\x5e\xfe"})
# Python's own table differs between its versions. In this order: protocols and tunnels
# (Teredo among them), documentation, 6to4, documentation, answers for private addresses.
_NOT_FOR_ALL = tuple(
    map(
        ipaddress.IPv6Network,
        (
            *("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"),
            "2620:4f:8000::/48",
        ),
    )
)
# The last is what Azure tells its own machines of themselves, whoever has it elsewhere.
_NOT_FOR_ALL_V4 = tuple(
    map(
        ipaddress.IPv4Network,
        ("192.0.0.0/24", "192.88.99.0/24", "240.0.0.0/4", "168.63.129.16/32"),
    )
)


@attrs.frozen(kw_only=True)
class HttpsFetcher:
    """
    Fetches one address at a time.

    Attributes:
        max_bytes: Most bytes of a body.
        timeout: Seconds one fetch may take, redirects and all.
        allow: Whether an IP address may be connected to.
        ca_certs: Certificate authorities trusted.
    """

    max_bytes: int
    timeout: float
    allow: Callable[[str], bool] = is_public
    ca_certs: str = attrs.field(factory=certifi.where)

    def fetch(self, address: str, control: Control) -> tuple[bytes, str]:
        """
        Body and content type of *address*.

        Raises:
            ResolveError: Not HTTPS, not public, too large, or refused by the server.
            ResolveUnavailableError: No answer in time, or a server's own failure.
        """
        end = time.monotonic() + self.timeout
        for _ in range(_MAX_REDIRECTS + 1):
            response, location = self._request(address, control, end)
            if location is None:
                return response
            address = _follow(address, location)
        raise ResolveError(without_query(address), "more than 5 redirects")

    def post(
        self, address: str, body: bytes, headers: Mapping[str, str], control: Control
    ) -> int:
        """
        Send *body* to *address*; the status it was answered with. Follows no redirect.

        Raises:
            ResolveError: Not HTTPS, or not public.
            ResolveUnavailableError: No answer in time.
        """
        end = time.monotonic() + self.timeout
        with self._errors(address, control):
            parts = _split(address)
            with self._open(parts, control, end, "POST", headers, body) as response:
                return int(response.status)

    def _request(
        self, address: str, control: Control, end: float
    ) -> tuple[tuple[bytes, str], str | None]:
        with self._errors(address, control):
            return self._exchange(_split(address), control, end)

    @contextlib.contextmanager
    def _errors(self, address: str, control: Control) -> Iterator[None]:
        from .https_pool import HTTPError, TooMuch  # noqa: PLC0415

        name = without_query(address)
        try:
            yield
        except UnicodeError:
            raise ResolveError(name, "not a host name") from None
        # A length below nothing is read as one, and refused by who reads.
        except (HTTPError, OSError, ValueError) as error:
            control.check()
            if isinstance(error, TooMuch) or isinstance(error.__context__, TooMuch):
                reason = f"the answer takes more than {self._wire_bytes} bytes"
                raise ResolveError(name, reason) from None
            reason = f"no answer: {type(error).__name__}"
            raise ResolveUnavailableError(name, reason) from None

    def _exchange(
        self, parts: SplitResult, control: Control, end: float
    ) -> tuple[tuple[bytes, str], str | None]:
        name = without_query(parts.geturl())
        headers = {"User-Agent": _USER_AGENT, "Accept-Encoding": "identity"}
        with self._open(parts, control, end, "GET", headers) as response:
            if response.status in _REDIRECTS:
                return (b"", ""), response.headers.get("Location", "")
            _check_status(response.status, name)
            _check_encoding(response.headers.get("Content-Encoding", ""), name)
            body = self._read(response, name, control, end)
            return (body, response.headers.get("Content-Type", "")), None

    @contextlib.contextmanager
    def _open(
        self,
        parts: SplitResult,
        control: Control,
        end: float,
        method: str,
        headers: Mapping[str, str],
        body: bytes | None = None,
    ) -> Iterator[HTTPResponse]:
        """One request by number to a checked address; its answer, not read yet."""
        from .https_pool import Pool, Timeout, Watch  # noqa: PLC0415

        host, port = parts.hostname or "", parts.port or 443
        watch = Watch(control, end)
        pool = Pool(
            self._address(host, port, without_query(parts.geturl())),
            port,
            server_hostname=host,
            assert_hostname=host,
            cert_reqs="CERT_REQUIRED",
            ca_certs=self.ca_certs,
            timeout=Timeout(total=max(0.1, control.slice(end - time.monotonic()))),
            retries=False,
            watch=watch,
            limit=self._wire_bytes,
        )
        with pool, watch:
            target = parts._replace(scheme="", netloc="", fragment="").geturl() or "/"
            response = pool.request(
                method,
                target,
                body=body,
                headers={"Host": host_of(parts), **headers},
                redirect=False,
                preload_content=False,
                # Half a body is no body.
                enforce_content_length=True,
            )
            with contextlib.closing(response):
                yield response

    @property
    def _wire_bytes(self) -> int:
        """A body in small chunks takes about twice its length, and each has a head."""
        return 2 * self.max_bytes + _HEAD_BYTES

    def _address(self, host: str, port: int, name: str) -> str:
        """The one IP address to connect to; every one the host has must be public."""
        rows = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        found = [str(row[4][0]) for row in rows]
        if not found or not all(self.allow(ip) for ip in found):
            raise ResolveError(name, "the host is not on the public internet")
        return found[0]

    def _read(
        self, response: HTTPResponse, name: str, control: Control, end: float
    ) -> bytes:
        body = bytearray()
        for block in response.stream(_BLOCK, decode_content=False):
            body += block
            if len(body) > self.max_bytes:
                raise ResolveError(name, f"more than {self.max_bytes} bytes")
        # A body without a length also ends where the watch has hung up.
        control.check()
        if time.monotonic() > end:
            raise ResolveUnavailableError(name, f"longer than {self.timeout:g} s")
        return bytes(body)


def _split(address: str) -> SplitResult:
    try:
        parts = urlsplit(address)
        if parts.scheme == "https" and parts.hostname and parts.port != 0:
            return parts
    except ValueError:
        pass  # A port out of range, or half an IPv6 address.
    raise ResolveError(without_query(address), "only https addresses are fetched")


def _follow(address: str, location: str) -> str:
    try:
        return urljoin(address, location)
    except ValueError:
        reason = "it redirects to something that is no address"
        raise ResolveError(without_query(address), reason) from None


def _check_encoding(encoding: str, name: str) -> None:
    # Packed bytes may unpack to a thousand times as many, and again for each encoding.
    if encoding.strip().lower() not in {"", "identity"}:
        reason = (
            f"the server packs it as {encoding[:80]!r} though asked not to; put the file "
            "into the overrides directory"
        )
        raise ResolveError(name, reason)


def _check_status(status: int, name: str) -> None:
    if status == 429 or status >= 500:
        raise ResolveUnavailableError(name, f"the server answered {status}")
    if status != 200:
        raise ResolveError(name, f"the server answered {status}")
