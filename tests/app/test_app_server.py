"""The page's server makes what the commands make, for whom it is meant, one tab without another."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from occnet.app.generating_work import Drawing
from occnet.errors import OccnetError
from occnet.files.meshes import WRITERS, read_mesh
from occnet.meshing import extract_mesh
from occnet.networks.checkpoint import load_model, shipped_models
from occnet.networks.latent import interpolated
from occnet.pipeline.reconstruct.reconstruct import reconstruct_file
from occnet.pipeline.reconstruct.reconstruct_options import ReconstructOptions

Serve = Callable[..., Any]
needs_points = pytest.mark.skipif("points" not in shipped_models(), reason="the model 'points' is not in this checkout")
needs_cars = pytest.mark.skipif("generate" not in shipped_models(), reason="the model 'generate' is not in this checkout")


def test_the_page_is_one_file_that_asks_only_its_own_server(serve: Serve):
    status, page = serve().asked("GET", "/")
    assert status == 200
    text = page.decode()
    assert "connect-src 'self'" in text
    assert "http://" not in text
    assert "https://" not in text
    assert "{{" not in text


def test_only_the_page_itself_on_this_machine_is_answered(serve: Serve):
    client = serve()
    assert client.asked("POST", "/api/tab", b"", **{"X-Occnet": ""})[0] == 403
    assert client.asked("GET", "/", Host="evil.example:80")[0] == 403
    assert client.asked("POST", "/api/tab", b"", Host="evil.example")[0] == 403
    assert client.asked("GET", "/etc/passwd")[0] == 404
    assert client.asked("GET", "/api/nothing?tab=" + client.told("tab", b"")["tab"])[0] == 404


def test_other_machines_need_the_token(serve: Serve):
    client = serve(host="0.0.0.0")
    token = client.server.token
    assert len(token) > 15
    assert token in client.server.address
    assert client.asked("GET", "/")[0] == 403
    assert client.asked("GET", "/?token=wrong")[0] == 403
    assert client.asked("GET", f"/?token={token}")[0] == 200
    assert client.asked("POST", "/api/tab", b"", **{"X-Occnet": "here"})[0] == 403


def test_a_file_that_is_too_large_is_refused(serve: Serve):
    client = serve(most_megabytes=1)
    tab = client.told("tab", b"")["tab"]
    status, answer = client.asked("POST", f"/api/open?tab={tab}&name=a.xyz", b"", **{"Content-Length": "1000001"})
    assert status == 413
    assert "larger than 1 MB" in json.loads(answer)["refused"]


def test_what_cannot_be_read_is_said_as_in_the_terminal(serve: Serve):
    client = serve()
    tab = client.told("tab", b"")["tab"]
    told = client.told("open", b"Dear reader", tab=tab, name="../../letter.ply")
    assert told["refused"].startswith("letter.ply does not begin with the word 'ply'")
    assert client.told("reconstruct", {}, tab=tab) == {"refused": "There is no file yet; drop one, or choose an example."}
    assert client.told("mesh", tab=tab, format="ply") == {"refused": "There is no mesh yet."}
    assert "load it again" in client.told("state", tab="nobody")["refused"]
    client.told("open", b"0 0 0\n1 1 1\n", tab=tab, name="two.xyz")
    client.told("reconstruct", {"resolution": 32}, tab=tab)
    assert client.ended(tab)["error"].startswith("two.xyz: 2 points are too few")
    assert "between 0 and 1" in client.told("reconstruct", {"threshold": 2}, tab=tab)["refused"]
    assert client.asked("POST", f"/api/reconstruct?tab={tab}", b'{"colour": 1}')[0] == 400
    assert client.asked("POST", f"/api/reconstruct?tab={tab}", b"[1]")[0] == 400


@needs_points
def test_the_mesh_is_the_one_that_the_command_makes(serve: Serve, ball_scan: Path, tmp_path: Path):
    client = serve()
    tab, other = (client.told("tab", b"")["tab"] for _ in range(2))
    about = client.told("open", ball_scan.read_bytes(), tab=tab, name="ball.xyz")
    assert (about["name"], about["kind"]) == ("ball.xyz", "points")
    client.told("reconstruct", {"resolution": 64, "faces": 2000}, tab=tab)
    state = client.ended(tab)
    assert state["error"] is None
    assert state["seen"] >= 4  # the input, two coarser ones, and the mesh
    assert state["result"]["certificate"] == "It is a closed solid: one piece, no hole through it."
    assert state["result"]["command"] == "occnet reconstruct ball.xyz -o mesh.ply --resolution 64 --faces 2000"
    reconstruct_file(ball_scan, tmp_path / "own.ply", ReconstructOptions(resolution=64, faces=2000))
    for suffix in WRITERS:
        status, data = client.asked("GET", f"/api/mesh?tab={tab}&format={suffix[1:]}")
        assert status == 200
        (tmp_path / f"got{suffix}").write_bytes(data)
        assert len(read_mesh(tmp_path / f"got{suffix}").faces) == state["result"]["faces"]
    assert (tmp_path / "got.ply").read_bytes() == (tmp_path / "own.ply").read_bytes()
    assert client.told("state", tab=other) == {"running": False, "seen": 0}


@needs_points
def test_another_threshold_encodes_nothing_again(serve: Serve, ball_scan: Path):
    client = serve()
    tab = client.told("tab", b"")["tab"]
    client.told("open", ball_scan.read_bytes(), tab=tab, name="ball.xyz")
    calls = []
    network = client.server.tabs._models["points"]
    network.encoder.register_forward_hook(lambda *_: calls.append(1))
    volumes = []
    for threshold in (0.5, 0.2, 0.8):
        client.told("reconstruct", {"resolution": 32, "threshold": threshold}, tab=tab)
        volumes.append(client.ended(tab)["result"]["volume"])
    assert len(calls) == 1
    assert volumes[1] > volumes[0] > volumes[2]


@needs_points
def test_work_is_cancelled_and_the_input_is_seen_again(serve: Serve, ball_scan: Path):
    client = serve()
    tab = client.told("tab", b"")["tab"]
    client.told("open", ball_scan.read_bytes(), tab=tab, name="ball.xyz")
    client.told("reconstruct", {"resolution": 256}, tab=tab)
    client.told("cancel", {}, tab=tab)
    state = client.told("state", tab=tab)
    assert not state["running"]
    assert "result" not in state
    status, scene = client.asked("GET", f"/api/scene?tab={tab}")
    assert status == 200
    assert b"ball.xyz" in scene


@needs_cars
def test_a_new_shape_is_the_one_that_the_command_draws(serve: Serve, tmp_path: Path):
    client = serve()
    tab = client.told("tab", b"")["tab"]
    client.told("draw", {"model": "generate", "seed": 3, "towards": 5, "step": 4, "resolution": 32}, tab=tab)
    state = client.ended(tab)
    assert state["result"]["command"] == "occnet generate generate -o shape.ply --seed 3 --towards 5 --count 11 --resolution 32"
    (tmp_path / "got.ply").write_bytes(client.asked("GET", f"/api/mesh?tab={tab}&format=ply")[1])
    network = load_model("generate")
    code = interpolated(network.sample_code(3), network.sample_code(5), 11)[4]  # as `occnet generate` does
    own = extract_mesh(network.field_of_code(code), resolution=32, threshold=network.threshold)
    np.testing.assert_array_equal(own.vertices, read_mesh(tmp_path / "got.ply").vertices)


def test_steps_that_are_none_are_refused():
    with pytest.raises(OccnetError, match="A step is 0 to 10"):
        Drawing("generate", step=11)
