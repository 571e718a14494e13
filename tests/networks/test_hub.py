"""A network goes to a hub and comes back: against a server in this process that speaks as the hub does."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import torch

from occnet.errors import ModelError
from occnet.networks.checkpoint import save_model
from occnet.networks.occupancy_network import OccupancyNetwork
from occnet.networks.registry import build_network
from tests.networks.small_networks import observations, recipe

pytest.importorskip("huggingface_hub", reason="the extra [hub] is not installed")


class _Hub(BaseHTTPRequestHandler):
    """Repositories in memory: made, described, committed to, and fetched file by file."""

    files: dict[str, bytes]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = urlsplit(self.path).path
        if path == "/api/repos/create":
            made = json.loads(body)
            self._say({"url": f"http://{self.headers['Host']}/{made['organization']}/{made['name']}"})
        elif "/preupload/" in path:
            wanted = json.loads(body)["files"]
            self._say({"files": [{"path": file["path"], "uploadMode": "regular", "shouldIgnore": False} for file in wanted]})
        elif "/commit/" in path:
            for line in map(json.loads, body.splitlines()):
                if line["key"] == "file":
                    self.files[line["value"]["path"]] = base64.b64decode(line["value"]["content"])
            self._say({"commitUrl": f"http://{self.headers['Host']}/owner/balls/commit/{'0' * 40}", "commitOid": "0" * 40})
        else:
            self._say({}, 200)

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        if path.startswith("/api/models/owner/balls"):
            siblings = [{"rfilename": name} for name in self.files]
            tree = [{"type": "file", "path": name, "size": len(data), "oid": "0" * 40} for name, data in self.files.items()]
            self._say(tree if "/tree/" in path else {"id": "owner/balls", "sha": "0" * 40, "siblings": siblings})
        elif "/resolve/" in path and path.rpartition("/")[2] in self.files:
            data = self.files[path.rpartition("/")[2]]
            headers = {"ETag": f'"{hashlib.sha256(data).hexdigest()}"', "X-Repo-Commit": "0" * 40}
            self._answer(200, data, "application/octet-stream", headers)
        else:
            self._answer(404, b"{}", "application/json", {"X-Error-Code": "RepoNotFound"})

    def do_HEAD(self) -> None:
        self.do_GET()

    def _say(self, what: Any, code: int = 200) -> None:
        self._answer(code, json.dumps(what).encode(), "application/json", {})

    def _answer(self, code: int, body: bytes, kind: str, headers: dict[str, str]) -> None:
        self.send_response(code)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of an empty hub, and a cache and a login of its own."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HF_TOKEN", "hf_of_nobody")
    monkeypatch.setenv("HF_HUB_DISABLE_XET", "1")
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Hub", (_Hub,), {"files": {}}))
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def test_a_network_comes_back_as_it_went(hub: str):
    torch.manual_seed(0)
    network = build_network(recipe("pointnet", "concatenation")).eval()
    assert network.push_to_hub("owner/balls", endpoint=hub) == f"{hub}/owner/balls"
    back = OccupancyNetwork.from_pretrained("owner/balls", endpoint=hub)
    points, queries = observations("points")[0], torch.rand(20, 3) - 0.5
    torch.testing.assert_close(back.field(points)(queries), network.field(points)(queries))


def test_what_is_not_there_is_said(hub: str):
    with pytest.raises(ModelError, match="owner/nothing is no folder, and no such model can be fetched from the hub"):
        OccupancyNetwork.from_pretrained("owner/nothing", endpoint=hub)
    network = build_network(recipe("pointnet", "concatenation"))
    with pytest.raises(ModelError, match="is called owner/name"):
        network.push_to_hub("balls", endpoint=hub)
    with pytest.raises(ModelError, match="hf auth login"):
        network.push_to_hub("owner/balls", endpoint="http://127.0.0.1:9")


def test_a_folder_goes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    save_model(Path("owner/balls"), build_network(recipe("pointnet", "concatenation")))
    assert OccupancyNetwork.from_pretrained("owner/balls").reads == "points"
    with pytest.raises(ModelError, match="There is no model nothing"):
        OccupancyNetwork.from_pretrained("nothing")
