"""The latent code of tokens: what a posterior sees, and a flow that finds the codes it was taught."""

from __future__ import annotations

import pytest
import torch

from occnet.errors import RecipeError
from occnet.networks.latent import LatentConfig
from occnet.networks.layers.attention import AttendingBlock
from occnet.networks.registry import build_network
from occnet.networks.token_latent import CodeFlow, TokenLatent

RECIPE = {
    "encoder": {"name": "category", "categories": ["cup", "bowl"], "code_channels": 4},
    "decoder": {"name": "cross_attention", "tokens": 3, "channels": 12, "heads": 2, "frequencies": 2},
    "latent": {"tokens": 3, "latent_channels": 12, "hidden_channels": 16, "flow_channels": 16, "flow_blocks": 1},
}


def test_a_block_attends_as_the_formula_says() -> None:
    torch.manual_seed(0)
    block = AttendingBlock(8, 2).double()
    queries, tokens = torch.randn(2, 5, 8, dtype=torch.float64), torch.randn(2, 3, 8, dtype=torch.float64)
    wanted = block.query(block.norm_query(queries))
    key, value = block.key_value(block.norm_token(tokens)).split(8, dim=-1)
    heads = []
    for part in (slice(0, 4), slice(4, 8)):
        weights = torch.softmax(wanted[..., part] @ key[..., part].transpose(1, 2) / 4**0.5, dim=-1)
        heads.append(weights @ value[..., part])
    seen = queries + block.out(torch.cat(heads, dim=-1))
    torch.testing.assert_close(block(queries, block.keys_values(tokens)), seen + block.think(block.norm_think(seen)))


def test_a_posterior_does_not_depend_on_the_order_of_the_points() -> None:
    torch.manual_seed(0)
    latent = TokenLatent(LatentConfig(12, 16, tokens=3, flow_channels=8, flow_blocks=1), code_channels=2).double()
    points, inside = torch.rand(1, 40, 3, dtype=torch.float64), (torch.rand(1, 40) > 0.5).double()
    known, order = torch.randn(1, 2, dtype=torch.float64), torch.randperm(40)
    one, other = latent(points, inside, known), latent(points[:, order], inside[:, order], known)
    torch.testing.assert_close(one.mean, other.mean)
    torch.testing.assert_close(one.stddev, other.stddev)
    assert one.mean.shape == (1, 12)
    assert not torch.allclose(one.mean, latent(points, 1.0 - inside, known).mean)


def test_a_flow_draws_the_codes_that_it_was_taught_for_what_is_known() -> None:
    """Codes of two kinds, far apart: draws of each kind lie at its own, with its spread."""
    torch.manual_seed(0)
    flow = CodeFlow(tokens=2, each=2, code_channels=2, channels=16, blocks=1)
    known = torch.eye(2).repeat(32, 1)
    middles = torch.tensor([[3.0, -1.0, 0.5, 0.0], [-1.0, 2.0, 0.5, 4.0]])
    optimizer = torch.optim.Adam(flow.parameters(), 1e-2)
    for _ in range(200):
        codes = known @ middles + 0.2 * torch.randn(64, 4)
        optimizer.zero_grad()
        flow.loss(codes, known).backward()
        optimizer.step()
    flow.eval()
    for kind, middle in zip(torch.eye(2), middles, strict=True):
        drawn = flow.codes_of(torch.randn(200, 4), kind.expand(200, -1))
        assert (drawn.mean(dim=0) - middle).abs().max() < 0.25
        assert drawn.std(dim=0).max() < 0.5


def test_bound_and_unbound_decoders_agree_and_each_token_counts() -> None:
    torch.manual_seed(0)
    network = build_network(RECIPE).eval()
    code, points = torch.randn(1, 16), torch.rand(1, 30, 3) - 0.5
    logits = network.decoder(points, code)
    torch.testing.assert_close(network.decoder.bind(code)(points), logits)
    for token in range(3):
        other = code.clone()
        other[:, 4 + 4 * token] += 1.0
        assert (network.decoder(points, other) - logits).abs().max() > 1e-6


def test_a_seed_and_a_category_are_one_shape() -> None:
    torch.manual_seed(0)
    network = build_network(RECIPE)
    cup, again, bowl = (network.sample_code(7, category) for category in (torch.tensor(0), torch.tensor(0), torch.tensor(1)))
    assert torch.equal(cup, again)
    assert not torch.equal(cup, bowl)
    assert cup.shape == (1, 16)


def test_tokens_must_divide_the_code() -> None:
    for table, key in (("latent", "tokens"), ("decoder", "tokens")):
        wrong = {**RECIPE, table: {**RECIPE[table], key: 5}}
        with pytest.raises(RecipeError, match=r"12 (is not by 5|are not 5)"):
            build_network(wrong)
