"""The server of the page: what a browser asks, and what it is answered. It knows of meshes only what the tabs give it."""

from __future__ import annotations

import json
import re
import secrets
import shutil
import socket
import tempfile
import webbrowser
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import parse_qs, urlsplit

from occnet.app.app_options import AppOptions
from occnet.app.app_page import app_page
from occnet.app.generating_work import Drawing
from occnet.app.models_at_hand import ModelsAtHand
from occnet.app.tabs import Tabs
from occnet.demo_inputs import DEMO_INPUTS, demo_input
from occnet.errors import OccnetError
from occnet.observations.reading_options import CloudReading
from occnet.pipeline.reconstruct.reconstruct_options import ReconstructOptions
from occnet.viewer.loopback import LOOPBACK, LocalServer, is_for_this_machine

_BYTES, _PAGE, _JSON = "application/octet-stream", "text/html; charset=utf-8", "application/json"
_LONGEST_REQUEST = 100_000  # bytes of one that carries no file
_HERE = "here"  # what pages of this machine call themselves by, where there is no token


class AppServer(LocalServer):
    """The page at an address, and what it needs. folder: for the files that it is given.

    Raises OccnetError when the address is taken or the device is not available.
    """

    def __init__(self, options: AppOptions, folder: Path) -> None:
        self.options, self.folder = options, folder
        self.alone = options.host in (LOOPBACK, "localhost")
        self.token = _HERE if self.alone else secrets.token_urlsafe(16)
        self.tabs = Tabs(folder, ModelsAtHand(options.device))
        super().__init__(_Handler, options.port, options.host)

    @property
    def address(self) -> str:
        """What a browser is to open; with the token where other machines are let in."""
        if self.alone:
            return super().address
        host = socket.gethostname() if self.options.host in ("0.0.0.0", "") else self.options.host
        return f"http://{host}:{self.server_address[1]}/?token={self.token}"


def serve_app(options: AppOptions, browser: bool = True) -> None:
    """Serve the page until Ctrl-C."""
    with tempfile.TemporaryDirectory(prefix="occnet-") as folder, AppServer(options, Path(folder)) as server:
        print(f"{'shown at':<20} {server.address} (Ctrl-C ends it)", flush=True)
        if browser:
            webbrowser.open(server.address)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print()


class _Refused(Exception):
    """A request that is answered with a code and a sentence."""

    def __init__(self, code: HTTPStatus, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


class _Handler(BaseHTTPRequestHandler):
    """Answers one request. GET / is the page; all under /api/ needs the header that only the page sends."""

    server: AppServer  # pyright: ignore[reportIncompatibleVariableOverride] (it has no other)

    def do_GET(self) -> None:
        self._answer(self._got)

    def do_POST(self) -> None:
        self._answer(self._posted)

    def _answer(self, answer: Any) -> None:
        address = urlsplit(self.path)
        self.asked = {name: values[0] for name, values in parse_qs(address.query).items()}
        try:
            if self.server.alone and not is_for_this_machine(self.headers.get("Host")):
                raise _Refused(HTTPStatus.FORBIDDEN, "This page is for the machine that it runs on.")
            self._send(*answer(address.path))
        except _Refused as refused:
            self._send({"refused": str(refused)}, _JSON, refused.code)
        except OccnetError as problem:  # an answer like any other: the request was understood
            said = str(problem).replace(str(self.server.folder), "")
            self._send({"refused": re.sub(r"[/\\][0-9a-f]{16}[/\\]", "", said)}, _JSON)

    def _got(self, path: str) -> tuple[Any, str]:
        if path == "/":
            if not self.server.alone and not self._knows(self.asked.get("token", "")):
                raise _Refused(HTTPStatus.FORBIDDEN, "Open the address that the terminal shows, with its token.")
            return app_page(self.server.options), _PAGE
        tab = self._tab(path)
        if path == "/api/state":
            return tab.state(), _JSON
        if path == "/api/scene":
            return tab.shown(), _BYTES
        if path == "/api/mesh":
            return tab.mesh_file(self.asked.get("format", "ply")), _BYTES
        self._unknown()

    def _posted(self, path: str) -> tuple[Any, str]:
        if path == "/api/tab":
            self._from_the_page()
            return {"tab": self.server.tabs.new()}, _JSON
        tab = self._tab(path)
        if path == "/api/open":
            return tab.open(self._received(tab.folder)), _JSON
        if path == "/api/example":
            kind = self.asked.get("kind", "")
            if kind not in DEMO_INPUTS:
                raise OccnetError(f"There is no example {kind!r}; there are: {', '.join(DEMO_INPUTS)}.")
            return tab.open(Path(shutil.copy(demo_input(kind), tab.folder))), _JSON
        if path == "/api/reconstruct":
            tab.reconstruct(_options_of(self._json(), self.server.options.device))
            return {}, _JSON
        if path == "/api/draw":
            tab.draw(_made(Drawing, self._json()))
            return {}, _JSON
        if path == "/api/cancel":
            tab.cancel()
            return {}, _JSON
        self._unknown()

    def _tab(self, path: str) -> Any:
        if not path.startswith("/api/"):
            self._unknown()
        self._from_the_page()
        return self.server.tabs[self.asked.get("tab", "")]

    def _from_the_page(self) -> None:
        """A page of another host can send no such header without being allowed to, which nobody is."""
        if not self._knows(self.headers.get("X-Occnet", "")):
            raise _Refused(HTTPStatus.FORBIDDEN, "Only the page that the terminal shows may ask this.")

    def _knows(self, token: str) -> bool:
        return secrets.compare_digest(token.encode(), self.server.token.encode())

    def _unknown(self) -> NoReturn:
        raise _Refused(HTTPStatus.NOT_FOUND, "There is nothing at this address.")

    def _length(self, most: int) -> int:
        length = self.headers.get("Content-Length", "")
        if not length.isdigit() or int(length) > most:
            self.close_connection = True
            sentence = f"The file is larger than {self.server.options.most_megabytes} MB, as large as this page takes;"
            sentence += " make it smaller, or start occnet app with --most-megabytes."
            raise _Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, sentence)
        return int(length)

    def _received(self, folder: Path) -> Path:
        """The file that was sent, under its own name, in a folder of the tab."""
        left = self._length(self.server.options.most_megabytes * 1_000_000)
        name = re.sub(r"[^\w. ()+-]", "_", Path(self.asked.get("name", "")).name).lstrip(".") or "input"
        path = folder / name[-100:]
        with open(path, "wb") as file:
            while left:
                piece = self.rfile.read(min(left, 1 << 20))
                if not piece:
                    raise OccnetError(f"{name} did not arrive as a whole; send it again.")
                file.write(piece)
                left -= len(piece)
        return path

    def _json(self) -> dict[str, Any]:
        try:
            found = json.loads(self.rfile.read(self._length(_LONGEST_REQUEST)) or b"{}")
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise _Refused(HTTPStatus.BAD_REQUEST, "This is no request of the page.")
        return found

    def _send(self, what: Any, kind: str, code: HTTPStatus = HTTPStatus.OK) -> None:
        body = what if isinstance(what, bytes) else (what if isinstance(what, str) else json.dumps(what)).encode("utf-8")
        self.send_response(code)
        for name, value in {
            "Content-Type": kind,
            "Content-Length": str(len(body)),
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
        }.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the terminal is the user's."""


def _options_of(told: dict[str, Any], device: str) -> ReconstructOptions:
    cloud = {name: told.pop(name) for name in ("ground", "surface") if name in told}
    return _made(ReconstructOptions, {"cloud": _made(CloudReading, cloud), "device": device, **told})


def _made(kind: Any, values: dict[str, Any]) -> Any:
    """An object of options from what the page said; numbers and words alone come that way."""
    try:
        return kind(**values)
    except TypeError as problem:
        raise _Refused(HTTPStatus.BAD_REQUEST, f"This is no request of the page ({problem}).") from None
