"""A model guesses the unseen side of a scan from its points and the sides that were seen; the one that is named, if one is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from occnet.errors import ModelError
from occnet.field import logit_of
from occnet.files.clouds import Cloud
from occnet.networks.checkpoint import save_model, shipped_models
from occnet.networks.registry import build_network
from occnet.observations.sighted_scans import observed_sighted
from occnet.pipeline.reconstruct.reconstruct import reconstruct
from occnet.pipeline.reconstruct.reconstruct_options import ReconstructOptions
from occnet.pipeline.reconstruct.unseen_side import GUESSER, guess_of, guesser
from tests.geometry.sensors.views_of_solids import seen_ball

PLACE = np.array([0.3, 0.4, 2.0])


def sighted():
    scan = observed_sighted(Cloud(seen_ball(PLACE, pixels=60, noise=0.002), sensors=PLACE)).sighted
    assert scan is not None
    return scan


def small(**field: float):
    torch.manual_seed(0)
    encoder = {"name": "pointnet", "hidden_channels": 8, "code_channels": 8}
    return build_network({"encoder": encoder, "decoder": {"name": "concatenation", "hidden_channels": 8}, "field": field})


def test_the_guess_is_the_network_s_field_of_the_points_above_its_own_threshold() -> None:
    network, scan, places = small(threshold=0.3), sighted(), torch.rand(50, 3) - 0.5
    assert len(scan.points) < 4000
    field = network.field(scan.points[np.random.default_rng(0).permutation(len(scan.points))])
    torch.testing.assert_close(guess_of(scan, network)(places), field(places) - logit_of(0.3), atol=1e-5, rtol=1e-5)


def test_a_network_of_pictures_cannot_guess() -> None:
    latent = {"latent_channels": 4}
    network = build_network({"encoder": {"name": "nothing"}, "decoder": {"name": "concatenation"}, "latent": latent})
    with pytest.raises(ModelError, match="reads points, but this one reads nothing"):
        guess_of(sighted(), network)


@pytest.mark.skipif(GUESSER not in shipped_models(), reason="the weights of the model 'partial' are not in this checkout")
def test_the_shipped_model_guesses_the_back_of_a_ball_and_stays_loaded() -> None:
    """The network alone, without what the sensors know: places behind the seen side, within the ball and well outside of it."""
    scan = sighted()
    middle, radius = scan.points.mean(axis=0) - 0.5 * scan.points.std(axis=0).max() * PLACE / 2.0, 0.25
    inside = middle + radius * 0.3 * np.random.default_rng(0).standard_normal((50, 3)).clip(-1.0, 1.0)
    with torch.no_grad():
        assert (guess_of(scan, guesser("cpu"))(torch.from_numpy(inside.astype(np.float32))) > 0.0).float().mean() > 0.9
        behind_all = torch.tensor([[-0.54, -0.54, -0.54], [0.54, -0.54, -0.54]])
        assert (guess_of(scan, guesser("cpu"))(behind_all) < 0.0).all()
    assert guesser("cpu") is guesser("cpu")


def test_the_model_that_is_named_is_the_one_that_guesses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_model(tmp_path / "mine", small(threshold=0.5))
    monkeypatch.setattr("occnet.pipeline.reconstruct.observed_mesh.guesser", lambda device: pytest.fail("another was asked"))
    cloud = Cloud(seen_ball(PLACE, pixels=50), sensors=PLACE)
    made = reconstruct(cloud, ReconstructOptions(model=str(tmp_path / "mine"), resolution=32))
    assert made.certificate.ok
