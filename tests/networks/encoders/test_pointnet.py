"""The point-cloud encoders' fast forms equal the papers' formulas: codes and every gradient."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from occnet.networks.encoders.pointnet import PointNet, PointNetConfig, ResidualPointNet, ResidualPointNetConfig
from occnet.networks.latent import LatentConfig, LatentEncoder


def encoder(blocks: int = 4) -> ResidualPointNet:
    torch.manual_seed(0)
    built = ResidualPointNet(ResidualPointNetConfig(code_channels=12, hidden_channels=16, blocks=blocks)).double()
    for parameter in built.parameters():  # away from the zeros of the initialisation
        parameter.data += 0.1 * torch.randn_like(parameter)
    return built


def plain_code(network: ResidualPointNet, points: torch.Tensor) -> torch.Tensor:
    """The same code by the paper's formula, pooled features repeated and concatenated."""
    features = network.fc_pos(points)  # (B, N, 2H)
    for number, block in enumerate(network.blocks):
        if number:
            features = torch.cat([features, features.amax(dim=1, keepdim=True).expand_as(features)], dim=-1)
        features = block(features)  # (B, N, H)
    return network.fc_c(F.relu(features.amax(dim=1)))


def cloud(batch: int = 3, count: int = 40) -> torch.Tensor:
    return torch.rand(batch, count, 3, generator=torch.Generator().manual_seed(1), dtype=torch.float64) - 0.5


def gradients(network: torch.nn.Module, code: torch.Tensor, points: torch.Tensor) -> list[torch.Tensor]:
    weight = torch.randn(code.shape, generator=torch.Generator().manual_seed(2), dtype=code.dtype)
    return list(torch.autograd.grad((code * weight).sum(), [points, *network.parameters()]))


@pytest.mark.parametrize("blocks", [1, 2, 5])
def test_the_residual_pointnet_equals_the_papers_formula_with_all_gradients(blocks: int) -> None:
    network = encoder(blocks)
    points = cloud().requires_grad_()
    fast, plain = network(points), plain_code(network, points)
    torch.testing.assert_close(fast, plain, atol=1e-12, rtol=1e-12)
    for one, other in zip(gradients(network, fast, points), gradients(network, plain, points), strict=True):
        torch.testing.assert_close(one, other, atol=1e-11, rtol=1e-11)


def test_the_residual_pointnet_in_half_precision_stays_near() -> None:
    network, points = encoder().float(), cloud().float()
    with torch.autocast("cpu", torch.bfloat16):
        half, plain_half = network(points), plain_code(network, points)
    exact = network(points)
    error, plain_error = (half.float() - exact).norm(), (plain_half.float() - exact).norm()
    assert error < 0.02 * exact.norm()
    assert error < 2 * plain_error + 1e-3 * exact.norm()  # the fast form loses no more than the plain one
    found = torch.autograd.grad(half.float().square().sum(), list(network.parameters()))
    assert all(gradient.dtype == torch.float32 for gradient in found)


def test_the_pointnet_equals_the_papers_formula() -> None:
    torch.manual_seed(0)
    network = PointNet(PointNetConfig(code_channels=12, hidden_channels=16)).double()
    points = cloud().requires_grad_()
    x = network.fc_pos(points)
    for number, layer in enumerate(network.layers):
        if number:
            x = torch.cat([x, x.amax(dim=1, keepdim=True).expand_as(x)], dim=-1)
        x = layer(F.relu(x))
    plain = network.fc_c(F.relu(x.amax(dim=1)))
    fast = network(points)
    torch.testing.assert_close(fast, plain, atol=1e-12, rtol=1e-12)
    for one, other in zip(gradients(network, fast, points), gradients(network, plain, points), strict=True):
        torch.testing.assert_close(one, other, atol=1e-11, rtol=1e-11)


def test_the_latent_encoder_does_not_mind_the_order_and_minds_the_labels() -> None:
    torch.manual_seed(0)
    network = LatentEncoder(LatentConfig(latent_channels=4, hidden_channels=16), code_channels=0).double()
    points, code = cloud(), torch.zeros(3, 0, dtype=torch.float64)
    inside = (points.norm(dim=-1) < 0.4).double()
    order = torch.randperm(40, generator=torch.Generator().manual_seed(3))
    posterior, shuffled = network(points, inside, code), network(points[:, order], inside[:, order], code)
    torch.testing.assert_close(posterior.mean, shuffled.mean, atol=1e-7, rtol=1e-6)
    other = network(points, 1.0 - inside, code)
    assert (posterior.mean - other.mean).abs().max() > 1e-3
