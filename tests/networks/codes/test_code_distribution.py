"""The Gaussian fitted to codes: it is that of what it saw, and shapes are drawn from it."""

from __future__ import annotations

from pathlib import Path

import torch

from occnet.data.batches import Batch
from occnet.networks.checkpoint import load_model, save_model
from occnet.networks.codes.code_distribution import CodeDistribution
from occnet.networks.latent import LatentEncoder
from occnet.networks.registry import build_loss, build_network


def test_it_becomes_the_gaussian_of_the_codes_that_it_saw() -> None:
    torch.manual_seed(0)
    mean, factor = torch.tensor([0.5, -2.0, 0.0]), torch.tensor([[0.1, 0.0, 0.0], [0.3, 0.2, 0.0], [0.0, 0.0, 1e-3]])
    fitted = CodeDistribution(3)
    for _ in range(1500):
        fitted.update(mean + torch.randn(64, 3) @ factor.T)
    covariance = factor @ factor.T
    torch.testing.assert_close(fitted.mean, mean, atol=0.02, rtol=0.0)
    torch.testing.assert_close(fitted.covariance, covariance, atol=0.01, rtol=0.0)
    drawn = fitted.code_of(torch.randn(20_000, 3))
    torch.testing.assert_close(drawn.mean(dim=0), fitted.mean, atol=0.01, rtol=0.0)
    torch.testing.assert_close(torch.cov(drawn.T), fitted.covariance, atol=0.005, rtol=0.0)
    assert float(drawn[:, 2].std()) < 3e-3  # where codes hardly differ, draws do not either
    torch.testing.assert_close(fitted.code_of(torch.zeros(3)), fitted.mean)


def test_before_anything_is_seen_it_is_the_prior() -> None:
    noise = torch.randn(5, 8, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(CodeDistribution(8).code_of(noise), noise)


def test_a_model_draws_from_what_its_training_saw(tmp_path: Path) -> None:
    """Codes of all shapes lie at (3, 3, ...) here: drawn codes do, after saving as float16, too."""
    torch.manual_seed(0)
    network = build_network(
        {
            "encoder": {"name": "nothing"},
            "decoder": {"name": "concatenation", "hidden_channels": 16},
            "latent": {"latent_channels": 4, "hidden_channels": 8, "fitted": True},
        }
    )
    assert isinstance(network.latent, LatentEncoder)
    torch.nn.init.zeros_(network.latent.fc_mean.weight)
    torch.nn.init.constant_(network.latent.fc_mean.bias, 3.0)
    torch.nn.init.zeros_(network.latent.fc_logstd.weight)
    torch.nn.init.constant_(network.latent.fc_logstd.bias, -5.0)
    points = torch.rand(8, 32, 3) - 0.5
    loss = build_loss(network.recipe)
    for _ in range(1500):
        loss(network, Batch(torch.zeros(8, 0), points, (points[..., 0] > 0).float()))
    save_model(tmp_path, network, half=True)
    code = load_model(tmp_path).sample_code(5)
    torch.testing.assert_close(code, torch.full((1, 4), 3.0), atol=0.05, rtol=0.0)
    assert torch.equal(code, network.sample_code(5))
