"""A page is served to this machine alone, and to nobody who calls it by another name."""

from __future__ import annotations

import http.client
import threading
import urllib.request
import webbrowser
from collections.abc import Callable

import pytest

from occnet.errors import OccnetError
from occnet.viewer import loopback
from occnet.viewer.loopback import is_for_this_machine, serve_page


@pytest.mark.parametrize(
    ("host", "ours"),
    [
        ("127.0.0.1:8000", True),
        ("localhost", True),
        ("localhost:1", True),
        ("[::1]:80", True),
        ("evil.example:8000", False),
        ("127.0.0.1.evil.example", False),
        (None, False),
    ],
)
def test_only_names_of_this_machine_are_answered(host: str | None, ours: bool):
    assert is_for_this_machine(host) is ours


def opened_by(monkeypatch: pytest.MonkeyPatch, ask: Callable[[str], None]) -> list[threading.Thread]:
    """In place of a browser: what asks for the page in a thread of its own, which is in the list once it was opened."""
    asking: list[threading.Thread] = []

    def browser(address: str) -> bool:
        asking.append(threading.Thread(target=ask, args=(address,)))
        asking[0].start()
        return True

    monkeypatch.setattr(webbrowser, "open", browser)
    return asking


def test_a_page_is_shown_once(monkeypatch: pytest.MonkeyPatch):
    got: list[str] = []
    asking = opened_by(monkeypatch, lambda address: got.append(urllib.request.urlopen(address, timeout=20).read().decode()))
    before = set(threading.enumerate())
    serve_page("<p>é</p>", once=True)
    asking[0].join(20.0)
    assert got == ["<p>é</p>"]
    for thread in set(threading.enumerate()) - before:  # of the server: none is left
        thread.join(20.0)
        assert not thread.is_alive()


def test_what_is_not_the_page_or_not_for_us_is_not_found(monkeypatch: pytest.MonkeyPatch):
    codes: list[int] = []

    def ask(address: str) -> None:
        port = int(address.rstrip("/").rpartition(":")[2])
        for path, host in (("/etc/passwd", "localhost"), ("/", "evil.example"), ("/", "localhost")):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
            connection.request("GET", path, headers={"Host": host})
            codes.append(connection.getresponse().status)

    asking = opened_by(monkeypatch, ask)
    serve_page("page", once=True)
    asking[0].join(20.0)
    assert codes == [404, 404, 200]


def test_without_a_browser_it_is_said_what_to_do(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(webbrowser, "open", lambda _: False)
    monkeypatch.setattr(loopback, "_PATIENCE", 0.1)
    with pytest.raises(OccnetError, match="no browser here"):
        serve_page("page", once=True)


def test_a_port_that_is_no_port_is_said():
    with pytest.raises(OccnetError, match="another --port"):
        serve_page("page", port=99_999)
