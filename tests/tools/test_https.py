"""Guarded HTTPS: from the public internet, in bounds, and without telling secrets."""

from __future__ import annotations

import gzip
import math
import socket
import ssl
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import attrs
import pytest
import trustme

from hyperframes_dist._tools import https as _https
from hyperframes_dist._tools.address import without_query
from hyperframes_dist._tools.https import HttpsFetcher, is_public
from hyperframes_dist.errors import (
    Cancelled,
    DeadlineExceeded,
    ResolveError,
    ResolveUnavailableError,
)
from hyperframes_dist.progress import Control
from patience import SOON

FREE = Control()
SECRET = "token=s3cret"
LOOPBACK = "127.0.0.1"
Answer = Callable[[BaseHTTPRequestHandler, threading.Event], None]


def plain(body: bytes, status: int = 200, **headers: str) -> Answer:
    def answer(request: BaseHTTPRequestHandler, _: threading.Event) -> None:
        request.send_response(status)
        for name, value in headers.items():
            request.send_header(name.replace("_", "-"), value)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    return answer


def redirect(location: str, status: int = 302) -> Answer:
    return plain(b"elsewhere", status, Location=location)


def trickle(request: BaseHTTPRequestHandler, stop: threading.Event) -> None:
    """A byte now and then, for ever."""
    request.send_response(200)
    request.end_headers()
    while not stop.wait(0.02):
        request.wfile.write(b"x" * 100)


def trickle_headers(request: BaseHTTPRequestHandler, stop: threading.Event) -> None:
    """Not even a beginning of a body."""
    request.wfile.write(b"HTTP/1.0 200 OK\r\nX-Slow: ")
    while not stop.wait(0.02):
        request.wfile.write(b"x")


def stall(request: BaseHTTPRequestHandler, stop: threading.Event) -> None:
    """A beginning, and then nothing."""
    request.send_response(200)
    request.send_header("Content-Length", "1000000")
    request.end_headers()
    request.wfile.write(b"x")
    stop.wait(30)


def hang_up(request: BaseHTTPRequestHandler, _: threading.Event) -> None:
    request.connection.close()


@attrs.define
class Server:
    """A web server on loopback; *pages* says what it answers."""

    port: int
    ca: Path
    pages: dict[str, Answer]
    seen: list[tuple[str, str, str]] = attrs.field(factory=list)
    encodings: list[str | None] = attrs.field(factory=list)

    def url(self, path: str, host: str = LOOPBACK) -> str:
        """An address here, with a secret in its query."""
        return f"https://{host}:{self.port}{path}?{SECRET}"


class Quiet(ThreadingHTTPServer):
    """A server whose clients may go away without a word in the test's output."""

    daemon_threads = False

    def handle_error(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def server(authority, tmp_path) -> Iterator[Server]:
    stop = threading.Event()
    ca = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(ca))

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen = (self.path, self.headers["Host"], self.headers["User-Agent"])
            site.seen.append(seen)
            site.encodings.append(self.headers["Accept-Encoding"])
            site.pages[self.path.partition("?")[0]](self, stop)

        def log_message(self, *_: object) -> None:
            pass

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    names = ["cdn.example", LOOPBACK]
    authority.issue_cert(*names).configure_cert(context)
    with Quiet((LOOPBACK, 0), Handler) as http:
        http.socket = context.wrap_socket(http.socket, server_side=True)
        site = Server(http.server_address[1], ca, {})
        thread = threading.Thread(target=http.serve_forever, args=(0.01,))
        thread.start()
        yield site
        stop.set()
        http.shutdown()
        thread.join()


@pytest.fixture
def fetcher(server) -> HttpsFetcher:
    """One that may reach the server, and nothing else."""
    return HttpsFetcher(
        max_bytes=1000, timeout=5, allow=lambda ip: ip == LOOPBACK, ca_certs=server.ca
    )


def failure(fetcher: HttpsFetcher, address: str) -> ResolveError:
    """The error *address* gives; it tells no secret and names the host."""
    with pytest.raises(ResolveError) as caught:
        fetcher.fetch(address, FREE)
    assert "s3cret" not in str(caught.value)
    assert "s3cret" not in repr(caught.value.args)
    return caught.value


def is_final(error: ResolveError) -> bool:
    return type(error) is ResolveError and not error.retryable


def test_a_body_comes_with_its_type(server, fetcher):
    """The query is asked for, and the answer arrives as it was sent."""
    server.pages["/a%20b"] = plain(b"hello", Content_Type="text/x-greeting")

    body, kind = fetcher.fetch(server.url("/a%20b"), FREE)

    assert (body, kind) == (b"hello", "text/x-greeting")
    path, host, agent = server.seen[0]
    assert path == f"/a%20b?{SECRET}"
    assert host == f"{LOOPBACK}:{server.port}"
    assert "Chrome/" in agent


def test_a_host_is_connected_to_by_number(server, fetcher, monkeypatch):
    """Its name is looked up once, shown to the server, and checked in the certificate."""
    asked = []

    def look_up(host: str, port: int, *_: object, **__: object) -> list[object]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (LOOPBACK, port))]

    monkeypatch.setattr(_https.socket, "getaddrinfo", look_up)
    server.pages["/"] = plain(b"hello")

    body, _ = fetcher.fetch(server.url("/", "cdn.example"), FREE)

    assert body == b"hello"
    assert asked.count("cdn.example") == 1
    assert server.seen[0][1] == f"cdn.example:{server.port}"


def test_another_hosts_certificate_is_no_answer(server, fetcher, monkeypatch):
    """A server that cannot prove its name is not listened to."""
    row = (socket.AF_INET, socket.SOCK_STREAM, 6, "", (LOOPBACK, server.port))
    monkeypatch.setattr(_https.socket, "getaddrinfo", lambda *_, **__: [row])

    error = failure(fetcher, server.url("/", "other.example"))

    assert isinstance(error, ResolveUnavailableError)
    assert server.seen == []


def test_an_unknown_authority_is_no_answer(server, fetcher):
    """Only authorities that are trusted vouch for a server."""
    strict = HttpsFetcher(max_bytes=9, timeout=5, allow=fetcher.allow)

    assert isinstance(failure(strict, server.url("/")), ResolveUnavailableError)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_followed(server, fetcher, status):
    """Five of them, absolute or relative, within one host."""
    server.pages["/0"] = redirect(server.url("/1"), status)
    server.pages["/1"] = redirect("/2", status)
    server.pages["/2"] = redirect("3", status)
    server.pages["/3"] = redirect(f"/4?{SECRET}", status)
    server.pages["/4"] = redirect("./5", status)
    server.pages["/5"] = plain(b"end")

    body, _ = fetcher.fetch(server.url("/0"), FREE)

    assert body == b"end"
    assert len(server.seen) == 6


def test_redirects_have_an_end(server, fetcher):
    """The sixth is one too many."""
    server.pages["/"] = redirect(f"/?{SECRET}")

    error = failure(fetcher, server.url("/"))

    assert is_final(error)
    assert "more than 5 redirects" in str(error)
    assert len(server.seen) == 6


PRIVATE = [
    *(LOOPBACK, "127.1.2.3", "10.0.0.1", "172.16.0.1", "192.168.1.1", "0.0.0.0"),
    *("169.254.169.254", "100.64.0.1", "224.0.0.1", "255.255.255.255", "192.0.2.1"),
    *("[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:10.0.0.1]", "[fe80::1]"),
    *("[fc00::1]", "[fd00:ec2::254]", "[ff02::1]", "[2001:db8::1]"),
    # IPv4 in IPv6: NAT64, its local form, 6to4, Teredo, compatible, translated, ISATAP.
    *("[64:ff9b::127.0.0.1]", "[64:ff9b::a9fe:a9fe]", "[64:ff9b:1::10.0.0.1]"),
    *("[2002:7f00:1::1]", "[2002:a9fe:a9fe::]", "[2001::1]", "[2001:0:7f00:1::]"),
    *("[::127.0.0.1]", "[::ffff:0:127.0.0.1]", "[fe80::5efe:10.0.0.1]"),
    # What is nobody's, or everybody's at home.
    *("[2607:f8b0::5efe:10.0.0.1]", "[2607:f8b0::200:5efe:a9fe:a9fe]"),
    # A machine's own keeper, at an address that looks like anybody's.
    "168.63.129.16",
    *("[fec0::1]", "[feff::1]", "[100::1]", "[3fff::1]", "[5f00::1]", "[4000::1]"),
    *("192.0.0.1", "192.0.0.192", "192.0.0.170", "192.88.99.1", "198.18.0.1"),
    *("240.0.0.1", "203.0.113.9", "198.51.100.9", "0.1.2.3"),
]


@pytest.mark.parametrize("host", PRIVATE)
def test_private_addresses_are_refused(host):
    """Nothing inside the caller's network is asked for anything."""
    fetcher = HttpsFetcher(max_bytes=9, timeout=5)

    error = failure(fetcher, f"https://{host}/x?{SECRET}")

    assert is_final(error)
    assert "not on the public internet" in str(error)


@pytest.mark.parametrize("host", PRIVATE)
def test_redirects_lead_to_no_private_address(server, fetcher, host):
    """A public server cannot send us where we would not go ourselves."""
    server.pages["/"] = redirect(f"https://{host.replace(LOOPBACK, '127.0.0.2')}/x")

    error = failure(fetcher, server.url("/"))

    assert is_final(error)
    assert "not on the public internet" in str(error)


@pytest.mark.parametrize(
    "address",
    [
        *("8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "2a00:1450::1"),
        *("::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2607:f8b0::5efe:8.8.8.8"),
    ],
)
def test_public_addresses_are_public(address):
    """The guard lets through what anybody may reach."""
    assert is_public(address)


def test_every_address_of_a_host_must_be_public(monkeypatch):
    """A name with one private address among public ones is refused."""
    rows = [
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, 443))
        for ip in ("8.8.8.8", "10.0.0.1")
    ]
    monkeypatch.setattr(_https.socket, "getaddrinfo", lambda *_, **__: rows)

    error = failure(HttpsFetcher(max_bytes=9, timeout=5), "https://both.example/")

    assert "not on the public internet" in str(error)


@pytest.mark.parametrize(
    "address",
    [
        *("http://example.com/x", "ftp://example.com/x", "file:///etc/passwd"),
        *("//example.com/x", "https:///x", "https://", "x", "", "data:text/plain,x"),
        *("https://[::1/x", "https://example.com:99999/x", "https://example.com:x/"),
    ],
)
def test_only_https_is_spoken(address):
    """Any other scheme, or half an address, is refused before a look-up."""
    error = failure(HttpsFetcher(max_bytes=9, timeout=5), f"{address}?{SECRET}")

    assert is_final(error)
    assert "only https" in str(error)


@pytest.mark.parametrize(
    "location", ["http://example.com/", "https://[bad/", "https://h:99999/", "ftp:/x"]
)
def test_redirects_lead_to_https_only(server, fetcher, location):
    """A redirect to another scheme, or to no address, ends the fetch."""
    server.pages["/"] = redirect(location)

    assert is_final(failure(fetcher, server.url("/")))


@pytest.mark.parametrize("host", ["a..b", "x" * 64 + ".example", "\u2024"])
def test_no_host_name(host):
    """What can be no host's name is refused, not crashed on."""
    error = failure(HttpsFetcher(max_bytes=9, timeout=5), f"https://{host}/?{SECRET}")

    assert isinstance(error, ResolveError)


def test_a_host_that_is_not_there_may_come_back():
    """A failed look-up is worth a retry."""
    fetcher = HttpsFetcher(max_bytes=9, timeout=5)

    error = failure(fetcher, f"https://no-such-host.invalid/x?{SECRET}")

    assert error.retryable
    assert error.address == "https://no-such-host.invalid/x"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 418, 204, 206])
def test_a_refusal_is_final(server, fetcher, status):
    """What a server refuses, or gives in part, it will refuse again."""
    server.pages["/"] = plain(b"", status)

    error = failure(fetcher, server.url("/"))

    assert is_final(error)
    assert str(status) in str(error)


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_a_servers_own_failure_is_worth_a_retry(server, fetcher, status):
    """It may have recovered next time."""
    server.pages["/"] = plain(b"", status)

    error = failure(fetcher, server.url("/"))

    assert error.retryable
    assert str(status) in str(error)


def test_a_body_has_a_limit(server, fetcher):
    """Exactly as many bytes as allowed, and not one more."""
    server.pages["/fits"] = plain(b"x" * 1000)
    server.pages["/not"] = plain(b"x" * 1001)

    assert len(fetcher.fetch(server.url("/fits"), FREE)[0]) == 1000
    error = failure(fetcher, server.url("/not"))
    assert is_final(error)
    assert "more than 1000 bytes" in str(error)


@pytest.mark.parametrize(
    "encoding", ["gzip", "gzip, gzip", "deflate", "br", "zstd", "x-gzip", "what"]
)
def test_a_packed_body_is_refused(server, fetcher, encoding):
    """A few bytes cannot become many: none is asked for, and none is unpacked."""
    body = gzip.compress(gzip.compress(bytes(1_000_000)))
    server.pages["/"] = plain(body[:900], Content_Encoding=encoding)

    error = failure(fetcher, server.url("/"))

    assert is_final(error)
    assert repr(encoding) in str(error)
    assert server.encodings == ["identity"]


def test_a_body_that_is_packed_as_itself(server, fetcher):
    """What some servers say of plain bytes."""
    server.pages["/"] = plain(b"plain", Content_Encoding="Identity")

    assert fetcher.fetch(server.url("/"), FREE)[0] == b"plain"


def chunked(*parts: bytes) -> Answer:
    """A body of *parts* as they are on the wire, the last one for ever."""

    def answer(request: BaseHTTPRequestHandler, stop: threading.Event) -> None:
        request.send_response(200)
        request.send_header("Transfer-Encoding", "chunked")
        request.end_headers()
        for part in parts[:-1]:
            request.wfile.write(part)
        while not stop.is_set():
            request.wfile.write(parts[-1])

    return answer


def endless_head(request: BaseHTTPRequestHandler, stop: threading.Event) -> None:
    request.wfile.write(b"HTTP/1.1 200 OK\r\nX: ")
    while not stop.is_set():
        request.wfile.write(b"x" * 60_000)


def endless_news(request: BaseHTTPRequestHandler, stop: threading.Event) -> None:
    """Answers before the answer, as many as somebody listens to."""
    while not stop.is_set():
        request.wfile.write(b"HTTP/1.1 103 Early Hints\r\n\r\n" * 1000)


MUCH = b"x" * 60_000
WITHOUT_END = {
    "extension": chunked(b"1;", MUCH),
    "extensions": chunked(b"1;a\r\nx\r\n" * 5000),
    "size": chunked(b"0" * 60_000),
    "negative": chunked(b"-1\r\n", MUCH),
    "huge": chunked(b"f" * 15 + b"\r\n", MUCH),
    "trailer": chunked(b"0\r\nX: ", MUCH),
    "trailers": chunked(b"0\r\n", b"X: y\r\n" * 5000),
    "head": endless_head,
    "news": endless_news,
}


@pytest.mark.parametrize("kind", WITHOUT_END)
def test_every_byte_on_the_wire_counts(server, fetcher, kind):
    """An answer without an end is hung up on soon, whichever part of it has none."""
    server.pages["/"] = WITHOUT_END[kind]
    patient = attrs.evolve(fetcher, timeout=30)
    began = time.monotonic()
    tracemalloc.start()

    try:
        failure(patient, server.url("/"))
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert time.monotonic() - began < SOON
    assert most < 20_000_000


def test_a_chunk_of_less_than_nothing_is_no_answer(server, fetcher):
    """Whoever reads refuses a size below zero; that is told as any broken answer."""

    def answer(request: BaseHTTPRequestHandler, _: threading.Event) -> None:
        request.wfile.write(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-3\r\nabc\r\n0\r\n\r\n"
        )
        request.close_connection = True

    server.pages["/"] = answer

    with pytest.raises(ResolveUnavailableError, match="no answer"):
        fetcher.fetch(server.url("/"), FREE)


def test_small_chunks_are_a_body(server, fetcher):
    """A server may send its bytes one at a time."""

    def answer(request: BaseHTTPRequestHandler, _: threading.Event) -> None:
        request.send_response(200)
        request.send_header("Transfer-Encoding", "chunked")
        request.end_headers()
        request.wfile.write(b"1\r\nx\r\n" * 1000 + b"0\r\n\r\n")

    server.pages["/"] = answer

    assert fetcher.fetch(server.url("/"), FREE)[0] == b"x" * 1000


@pytest.mark.parametrize("answer", [trickle, trickle_headers, stall])
def test_a_slow_body_has_a_limit(server, fetcher, answer):
    """Neither silence nor a trickle holds a plan for longer than allowed."""
    server.pages["/"] = answer
    hasty = attrs.evolve(fetcher, timeout=0.5, max_bytes=1 << 30)
    began = time.monotonic()

    error = failure(hasty, server.url("/"))

    assert error.retryable
    assert time.monotonic() - began < SOON


def test_an_answer_cut_short_is_no_answer(server, fetcher):
    """A connection that breaks is worth a retry, and never half a body."""
    server.pages["/"] = hang_up
    server.pages["/half"] = lambda request, _: (
        request.send_response(200),
        request.send_header("Content-Length", "10"),
        request.end_headers(),
        request.wfile.write(b"half"),
    )

    assert failure(fetcher, server.url("/")).retryable
    assert failure(fetcher, server.url("/half")).retryable


def test_the_callers_deadline_wins(server, fetcher):
    """A deadline before the limit is the deadline's error."""
    server.pages["/"] = trickle
    control = Control(deadline=time.monotonic() + 0.4)
    patient = attrs.evolve(fetcher, timeout=60, max_bytes=1 << 30)

    with pytest.raises((DeadlineExceeded, ResolveUnavailableError)):
        patient.fetch(server.url("/"), control)

    assert time.monotonic() - (control.deadline or 0) < SOON


@attrs.frozen
class CancelAt:
    """A caller who changes its mind at *moment*."""

    moment: float

    def is_set(self) -> bool:
        return time.monotonic() >= self.moment


@pytest.mark.parametrize(
    ("answer", "seconds"),
    [(plain(b"x"), 0), (trickle, 0), (stall, 0), (trickle, 0.3), (stall, 0.3)],
)
def test_cancelling_ends_a_fetch(server, fetcher, answer, seconds):
    """A caller who cancels gets no body, and need not wait for one."""
    server.pages["/"] = answer
    cancel = CancelAt(time.monotonic() + seconds)
    patient = attrs.evolve(fetcher, timeout=60, max_bytes=1 << 30)

    with pytest.raises(Cancelled):
        patient.fetch(server.url("/"), Control(cancel=cancel))

    assert time.monotonic() - cancel.moment < SOON


def test_who_does_not_cancel_gets_the_body(server, fetcher):
    """Being able to changes nothing."""
    server.pages["/"] = plain(b"x")
    never = Control(cancel=CancelAt(math.inf))

    assert fetcher.fetch(server.url("/"), never)[0] == b"x"


def test_who_asks_is_told_to_nobody(server, fetcher):
    """A name and password in an address are neither sent nor shown."""
    server.pages["/"] = plain(b"", 404)
    address = server.url("/").replace("https://", "https://me:s3cret@")

    error = failure(fetcher, address)

    assert server.seen[0][1] == f"{LOOPBACK}:{server.port}"
    assert error.address == f"https://{LOOPBACK}:{server.port}/"


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("https://a.example/b?c=d#e", "https://a.example/b"),
        ("https://a.example:8443/", "https://a.example:8443/"),
        ("https://me:pw@a.example/", "https://a.example/"),
        ("https://[::1/x?c", "https://[::1/x"),
        ("https://a.example/ü?", "https://a.example/ü"),
    ],
)
def test_what_may_be_logged(address, shown):
    """Query, fragment and password are left out of every message."""
    assert shown == without_query(address)
