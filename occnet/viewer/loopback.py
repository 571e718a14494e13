"""A server for this machine alone: it answers only who asks for it by the name of this machine."""

from __future__ import annotations

import webbrowser
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

from occnet.errors import OccnetError

LOOPBACK = "127.0.0.1"
_PATIENCE = 30.0  # seconds in which a browser that was opened asks for its page


class LocalServer(ThreadingHTTPServer):
    """A server whose threads end with the program. port: 0 takes a free one. Raises OccnetError when the address is taken."""

    daemon_threads = True

    def __init__(self, handler: type[BaseHTTPRequestHandler], port: int = 0, host: str = LOOPBACK) -> None:
        try:
            super().__init__((host, port), handler)
        except (OSError, OverflowError) as problem:
            raise OccnetError(f"Nothing can be served at {host}:{port} ({problem}); choose another --port.") from None

    @property
    def address(self) -> str:
        """What a browser is to open."""
        host, port = self.server_address[:2]
        return f"http://{host!s}:{port}/"

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a browser that went away is no error."""


def is_for_this_machine(host: str | None) -> bool:
    """Whether a request names this machine as its host: a page of another host, whose name was led here, does not."""
    name, colon, port = (host or "").rpartition(":")
    return (name if colon and port.isdigit() else host) in (LOOPBACK, "localhost", "[::1]")


def serve_page(text: str, port: int = 0, browser: bool = True, once: bool = False) -> None:
    """Serve one page on this machine, and open it in the browser, until Ctrl-C.

    once: until the browser has it. Raises OccnetError when the port is taken, or no browser asks for what is to be shown once.
    """
    body, given = text.encode("utf-8"), Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path != "/" or not is_for_this_machine(self.headers.get("Host")):
                self.send_error(HTTPStatus.NOT_FOUND)
                return
            self.send_response(HTTPStatus.OK)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            given.set()

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing: the terminal is the user's."""

    with LocalServer(Handler, port) as server:
        if once:
            _give_once(server, given)
            return
        print(f"{'shown at':<20} {server.address} (Ctrl-C ends it)", flush=True)
        if browser:
            webbrowser.open(server.address)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print()


def _give_once(server: LocalServer, given: Event) -> None:
    serving = Thread(target=server.serve_forever, daemon=True)
    serving.start()
    try:
        if not (webbrowser.open(server.address) and given.wait(_PATIENCE)):
            raise OccnetError("There is no browser here that opens a page; save one by `occnet view FILE --save page.html`.")
    finally:
        server.shutdown()
        serving.join()
