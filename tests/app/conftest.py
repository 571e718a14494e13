"""The server of the page, in this process, and a client of it."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import numpy as np
import pytest

from occnet.app.app_options import AppOptions
from occnet.app.app_server import AppServer


class Client:
    """Asks as the page does."""

    def __init__(self, server: AppServer) -> None:
        self.server = server

    def asked(self, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.server.server_address[1], timeout=60)
        connection.request(method, path, body, {"X-Occnet": self.server.token, **headers})
        answer = connection.getresponse()
        return answer.status, answer.read()

    def told(self, what: str, body: bytes | dict | None = None, **query: Any) -> Any:
        data = json.dumps(body).encode() if isinstance(body, dict) else body
        path = f"/api/{what}?{urlencode(query)}"
        status, answer = self.asked("GET" if body is None else "POST", path, data)
        assert status == 200, answer
        return json.loads(answer)

    def ended(self, tab: str) -> Any:
        for _ in range(2400):
            state = self.told("state", tab=tab)
            if not state["running"]:
                return state
            time.sleep(0.05)
        raise AssertionError("the work does not end")


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Client]]:
    """Start servers, which end with the test."""
    servers = []

    def start(**options: Any) -> Client:
        server = AppServer(AppOptions(**options), tmp_path)
        servers.append(server)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return Client(server)

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def ball_scan(tmp_path: Path) -> Path:
    """Points of a ball, as text."""
    points = np.random.default_rng(0).normal(size=(600, 3))
    path = tmp_path / "ball.xyz"
    np.savetxt(path, 10.0 * points / np.linalg.norm(points, axis=1, keepdims=True) + 100.0, fmt="%.6f")
    return path
