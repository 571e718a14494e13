"""Linear layers bound for evaluation equal the plain ones, by whichever library they go."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from occnet.networks.fast import products
from occnet.networks.fast.products import Product


def rows(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("onednn", [True, False])
@pytest.mark.parametrize("relu", [True, False])
def test_a_product_equals_the_linear_layer(relu: bool, onednn: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(products, "_ONEDNN", onednn and products._ONEDNN)
    wide, bias = rows(7, 40, seed=1), rows(7, seed=2)
    for x, weight in (
        (rows(5, 40), wide),
        (rows(2, 3, 5, 40), wide),
        (rows(2, 5, 3, 40)[:, :, 0], wide),  # rows and weights that are cut out of larger ones
        (rows(5, 8), wide[:, 32:]),
    ):
        expected = F.linear(x, weight, bias)
        answer = Product(weight, bias)(x, relu=relu)
        torch.testing.assert_close(answer, expected.relu() if relu else expected, atol=1e-5, rtol=1e-5)
        torch.testing.assert_close(Product(weight)(x), F.linear(x, weight), atol=1e-5, rtol=1e-5)


def test_a_product_carries_gradients_to_rows_and_never_to_weights() -> None:
    weight, x = rows(7, 40).requires_grad_(), rows(5, 40, seed=1).requires_grad_()
    answer = Product(weight)(x, relu=True)
    (gradient,) = torch.autograd.grad(answer.sum(), x)
    torch.testing.assert_close(gradient, (answer > 0).float() @ weight.detach())
    assert not Product(weight)(x.detach()).requires_grad


def test_a_product_under_autocast_takes_rows_of_either_precision() -> None:
    x, weight, bias = rows(50, 64), rows(32, 64, seed=1), rows(32, seed=2)
    product, expected = Product(weight, bias), F.linear(x, weight, bias)
    with torch.autocast("cpu", torch.bfloat16):
        for given in (x, x.bfloat16()):
            torch.testing.assert_close(product(given).float(), expected, atol=0.3, rtol=2**-6)


def test_a_product_of_double_precision_stays_so() -> None:
    x, weight = rows(5, 40).double(), rows(7, 40, seed=1).double()
    torch.testing.assert_close(Product(weight)(x), F.linear(x, weight), atol=1e-14, rtol=1e-14)
