"""A host on loopback that a plan may fetch from by real HTTPS, and what it was asked."""

from __future__ import annotations

import contextlib
import functools
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import attrs
import pytest
import trustme

from hyperframes_dist._sources import pinned as _locked
from hyperframes_dist._tools.https import HttpsFetcher

LOOPBACK = "127.0.0.1"


@attrs.define
class Site:
    """Pages by path, and the paths that were asked for."""

    port: int
    pages: dict[str, tuple[bytes, str]] = attrs.field(factory=dict)
    seen: list[str] = attrs.field(factory=list)

    def url(self, path: str) -> str:
        """The address of *path*."""
        return f"https://{LOOPBACK}:{self.port}{path}"

    def put(self, path: str, body: bytes, kind: str) -> str:
        """Serve *body* at *path*; returns its address."""
        self.pages[path] = (body, kind)
        return self.url(path)


@contextlib.contextmanager
def serve(folder: Path) -> Iterator[Site]:
    """A site whose authority a plan trusts inside the block, on this one address only."""
    authority, ca = trustme.CA(), folder / "ca.pem"
    authority.cert_pem.write_to_path(str(ca))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(LOOPBACK).configure_cert(context)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            site.seen.append(path)
            body, kind = site.pages.get(path, (b"", ""))
            self.send_response(200 if kind else 404)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    fetcher = functools.partial(
        HttpsFetcher, allow=lambda ip: ip == LOOPBACK, ca_certs=ca
    )
    with (
        ThreadingHTTPServer((LOOPBACK, 0), Handler) as http,
        pytest.MonkeyPatch.context() as patch,
    ):
        http.socket = context.wrap_socket(http.socket, server_side=True)
        patch.setattr(_locked, "HttpsFetcher", fetcher)
        site = Site(http.server_address[1])
        thread = threading.Thread(target=http.serve_forever, args=(0.01,))
        thread.start()
        yield site
        http.shutdown()
        thread.join(5)
