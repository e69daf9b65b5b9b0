"""
A page on this machine that shows a project while it is worked on.

It plays the author's page as this browser shows it, and beside it, at any time, the frame a
render would give. A change of a file is shown by itself. It listens to this machine only, and
answers only who calls it by its own name.
"""

from __future__ import annotations

import json
import logging
import re
import threading
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from pathlib import Path
from typing import Any, Self
from urllib.parse import unquote, urlsplit

import attrs

from .._check.check import check
from .._model.config import RenderConfig
from .._pipeline.renderer import Renderer
from .._tools.files import path_of, require_directory, resolve_inside
from .._tools.media_types import media_type
from ..chrome import ChromeSource
from ..errors import HyperframesError, InputError
from ..progress import Control
from .info import project_info
from .watch import look_again

__all__ = ["Preview"]

logger = logging.getLogger(__name__)

_PAUSE = 0.1
_LARGEST_FORM = 1 << 20
_HEARTBEAT = 15.0


class Preview:
    """
    A server of the preview page; close it, or use it in a ``with`` block.

    Args:
        project_dir: Directory of the composition; only read.
        config: How its page is shown; None takes the defaults.
        port: Where it listens; 0 takes a free one.
        chrome: Where the browser comes from that draws frames; None takes
            `default_chrome`.

    Attributes:
        url: The page's address.

    Raises:
        InputError: There is no such project, or *port* cannot be had.
    """

    def __init__(
        self,
        project_dir: Path | str,
        config: RenderConfig | None = None,
        *,
        port: int = 0,
        chrome: ChromeSource | None = None,
    ) -> None:
        self.project = require_directory(path_of(project_dir, "project"), "project")
        self._renderer = Renderer(chrome)
        self._config = config or RenderConfig()
        self._changed = threading.Condition()
        self._version, self._closed = 1, False
        try:
            handler = partial(_Handler, self)
            self._server = ThreadingHTTPServer(("127.0.0.1", port), handler)
        except (OSError, OverflowError) as error:
            raise InputError(f"port {port} cannot be had: {error}") from None
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/"
        self._threads = [
            threading.Thread(target=self._server.serve_forever, name="preview"),
            threading.Thread(target=self._watch, name="preview-watch"),
        ]
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """End the server and its browser."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._server.shutdown()
        for thread in self._threads:
            thread.join()
        self._server.server_close()
        self._renderer.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _watch(self) -> None:
        seen = look_again(self.project, self._config)
        while not self._closed:
            with self._changed:
                self._changed.wait(_PAUSE)
            now = look_again(self.project, self._config)
            if now != seen:
                seen = now
                self._tell()

    def _tell(self) -> None:
        with self._changed:
            self._version += 1
            self._changed.notify_all()

    def wait_for_change(self, version: int) -> int | None:
        """The version after *version*, or *version* after a while; None when it is over."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._closed or self._version != version, _HEARTBEAT
            )
            return None if self._closed else self._version

    def set_variables(self, values: Any) -> None:
        """
        Show the project with these variables from now on.

        Raises:
            InputError: They are no mapping of names to values.
        """
        self._config = self._config.replace(variables=values)
        self._tell()

    def state(self) -> dict[str, Any]:
        """What the page shows beside the pictures."""
        config, version = self._config, self._version
        row: dict[str, Any] = {"version": version, "error": ""}
        try:
            row |= {"info": attrs.asdict(project_info(self.project, config))}
            row |= {"findings": json.loads(check(self.project, config).to_json())}
            plan = self._renderer.sketch(self.project, config, Control())
        except HyperframesError as error:
            return {**row, "error": f"{type(error).__name__}: {error}"}
        return {
            **row,
            "frames": plan.frame_count,
            "fps": float(plan.content.frame_rate.fraction),
            "width": plan.content.page.width,
            "height": plan.content.page.height,
            "variables": dict(config.variables),
            "warnings": list(plan.warnings),
        }

    def frame(self, number: int) -> bytes:
        """
        The PNG of frame *number*, as a render has it.

        Raises:
            HyperframesError: As `Renderer.still` raises.
        """
        return self._renderer.still(
            self.project, config=self._config, frame=number
        ).data

    def live(self, path: str) -> tuple[bytes, str] | None:
        """A file of the project for the page that plays; the entry with what drives it."""
        real = resolve_inside(self.project, path)
        if real is None or not real.is_file():
            return None
        data = real.read_bytes()
        if path != self._config.entry_file:
            return data, media_type(path)
        # Text in a script ends at nothing but its end tag.
        given = json.dumps(self._values()).replace("<", "\\u003c")
        script = f"<script>window.__hfPreview = {given};{_read('live.js')}</script>"
        text = data.decode("utf-8", "replace")
        head = re.search(r"<head[^>]*>", text, re.IGNORECASE)
        place = head.end() if head else 0
        return (text[:place] + script + text[place:]).encode(), "text/html"

    def _values(self) -> dict[str, Any]:
        try:
            declared = project_info(self.project, self._config).variables
        except InputError:
            declared = ()
        return {row.id: row.default for row in declared} | dict(self._config.variables)


def _read(name: str) -> str:
    return (files(__package__) / "preview_page" / name).read_text("utf-8")


class _Handler(BaseHTTPRequestHandler):
    """One request."""

    protocol_version = "HTTP/1.1"

    def __init__(self, preview: Preview, *args: Any) -> None:
        self._preview = preview
        super().__init__(*args)

    def log_message(self, text: str, *args: Any) -> None:
        """Into the library's log, without queries."""
        logger.debug(text, *args)

    def do_GET(self) -> None:
        """The page, its state, a frame, a file, or changes as they come."""
        path = unquote(urlsplit(self.path).path)
        if not self._is_ours():
            return
        if path == "/":
            self._send(200, _read("preview.html").encode(), "text/html")
        elif path == "/state":
            self._send(200, json.dumps(self._preview.state()).encode())
        elif path == "/events":
            self._stream()
        elif number := re.fullmatch(r"/frame/(\d{1,9})\.png", path):
            self._send_frame(int(number[1]))
        elif path.startswith("/live/"):
            found = self._preview.live(path.removeprefix("/live/"))
            self._send(*((200, *found) if found else (404, b"not there", "text/plain")))
        else:
            self._send(404, b"not there", "text/plain")

    def do_POST(self) -> None:
        """Variables, as a JSON object."""
        length = self.headers.get("Content-Length") or ""
        plain = self.headers.get_content_type() == "application/json"
        if not self._is_ours():
            return
        if self.path != "/variables" or not plain or not length.isdigit():
            self._send(400, b"variables are sent as JSON", "text/plain")
            return
        try:
            body = self.rfile.read(min(int(length), _LARGEST_FORM))
            self._preview.set_variables(json.loads(body))
        except (ValueError, RecursionError, InputError) as error:
            self._send(400, str(error).encode(), "text/plain")
        else:
            self._send(200, b"{}")

    def _is_ours(self) -> bool:
        """Whether it was called by its own name: another site's page can name no such."""
        host = urlsplit(f"//{self.headers.get('Host', '')}")
        origin = urlsplit(self.headers.get("Origin") or self._preview.url)
        own = {"127.0.0.1", "localhost"}
        if host.hostname in own and origin.hostname in own:
            return True
        self._send(403, b"this page is for this machine", "text/plain")
        return False

    def _send_frame(self, number: int) -> None:
        try:
            self._send(200, self._preview.frame(number), "image/png")
        except HyperframesError as error:
            self._send(409, f"{type(error).__name__}: {error}".encode(), "text/plain")

    def _send(self, status: int, body: bytes, kind: str = "application/json") -> None:
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def _stream(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Cache-Control", "no-store")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        version: int | None = 0
        try:
            while version is not None:
                version = self._preview.wait_for_change(version)
                if version is not None:
                    self.wfile.write(f"data: {version}\n\n".encode())
                    self.wfile.flush()
        except (BrokenPipeError, ConnectionResetError):
            return
