"""A receiver of webhooks on loopback, with a certificate of its own."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import attrs
import trustme

from hyperframes_dist._tools.https import HttpsFetcher

LOOPBACK = "127.0.0.1"


@attrs.frozen
class Message:
    path: str
    headers: dict[str, str]
    body: bytes


@attrs.define
class Receiver:
    """
    What came, and what to answer next.

    Attributes:
        port: Where it listens.
        fetcher: May reach it, and nothing else.
        answers: Statuses of the next answers; 204 when there are none left.
        messages: All that came.
    """

    port: int
    fetcher: HttpsFetcher
    answers: list[int] = attrs.field(factory=list)
    messages: list[Message] = attrs.field(factory=list)

    def url(self, path: str = "/hook") -> str:
        """An address here, with a secret in its query."""
        return f"https://{LOOPBACK}:{self.port}{path}?token=s3cret"


@contextmanager
def receiving(folder: Path) -> Iterator[Receiver]:
    """A receiver that runs."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            here.messages.append(Message(self.path, dict(self.headers), body))
            status = here.answers.pop(0) if here.answers else 204
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", here.url("/elsewhere"))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(LOOPBACK).configure_cert(context)
    with ThreadingHTTPServer((LOOPBACK, 0), Handler) as http:
        http.socket = context.wrap_socket(http.socket, server_side=True)
        fetcher = HttpsFetcher(
            max_bytes=1000,
            timeout=5,
            allow=lambda ip: ip == LOOPBACK,
            ca_certs=str(folder / "ca.pem"),
        )
        here = Receiver(http.server_address[1], fetcher)
        thread = threading.Thread(target=http.serve_forever, args=(0.01,))
        thread.start()
        yield here
        http.shutdown()
        thread.join(10)
