"""The U-Net: what it may depend on."""

from __future__ import annotations

import torch
import torch.nn.functional as F

from occnet.networks.layers.unet3d import UNet3d, convolved


def _trained_like(net: UNet3d) -> UNet3d:
    generator = torch.Generator().manual_seed(0)
    for parameter in net.parameters():  # the zero-initialised layers must take part, too
        parameter.data += 0.1 * torch.randn(parameter.shape, generator=generator)
    return net.eval()


def test_shifting_the_input_by_the_coarsest_cell_shifts_the_output() -> None:
    net = _trained_like(UNet3d((4, 6), (1, 1)))
    x = torch.zeros(1, 32, 32, 32, 4)
    x[:, 14:18, 13:19, 15:17] = torch.randn(4, 6, 2, 4, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        shifted = net(x.roll((2, -2, 2), dims=(1, 2, 3)))
        expected = net(x).roll((2, -2, 2), dims=(1, 2, 3))
    middle = slice(13, 19)  # away from the border, whose zeros are felt one receptive field (10 cells) deep
    torch.testing.assert_close(shifted[:, middle, middle, middle], expected[:, middle, middle, middle], atol=1e-4, rtol=1e-4)


def test_one_batch_entry_does_not_touch_another() -> None:
    net = _trained_like(UNet3d((4, 6), (1, 1)))
    x = torch.randn(2, 8, 8, 8, 4, generator=torch.Generator().manual_seed(2))
    with torch.no_grad():
        together = net(x)
        torch.testing.assert_close(together[:1], net(x[:1]), atol=1e-5, rtol=1e-5)
    assert (together[0] - together[1]).abs().max() > 0.1


def test_a_convolution_by_one_product_is_that_of_torch() -> None:
    generator = torch.Generator().manual_seed(3)
    x, weight, bias = (torch.randn(size, generator=generator) for size in ((2, 6, 5, 4, 8), (7, 8 * 27), (7,)))
    with torch.no_grad():
        expected = F.conv3d(x.permute(0, 4, 1, 2, 3), weight.unflatten(1, (-1, 3, 3, 3)), bias, padding=1)
        torch.testing.assert_close(convolved(x, weight, bias), expected.permute(0, 2, 3, 4, 1), atol=1e-4, rtol=1e-5)
