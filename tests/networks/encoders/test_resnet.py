"""The image encoder has torchvision's parameters, and may start from a file of them."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from occnet.errors import ModelError
from occnet.networks.encoders.imagenet_start import start_from_imagenet
from occnet.networks.encoders.resnet import ResNetConfig, ResNetEncoder, ResNetFeatures


@pytest.mark.parametrize(
    ("depth", "entries", "parameters"), [(18, 120, 11_176_512), (34, 216, 21_284_672), (50, 318, 23_508_032)]
)
def test_the_parameters_are_those_of_torchvision(depth: int, entries: int, parameters: int) -> None:
    """Counts of torchvision's resnet18, resnet34 and resnet50 without their last layer."""
    with torch.device("meta"):
        features = ResNetFeatures(depth)
    assert len(features.state_dict()) == entries
    assert sum(value.numel() for value in features.parameters()) == parameters
    assert {"conv1.weight", "layer2.0.downsample.1.running_var", "layer4.1.bn2.bias"} <= set(features.state_dict())


def test_an_encoder_starts_from_a_file(tmp_path: Path) -> None:
    torch.manual_seed(0)
    known, encoder = ResNetFeatures(18), ResNetEncoder(ResNetConfig(depth=18))
    linear = encoder.fc.weight.clone()
    state = {**known.state_dict(), "fc.weight": torch.zeros(1000, 512), "fc.bias": torch.zeros(1000)}
    torch.save(state, tmp_path / "resnet18.pth")
    start_from_imagenet(encoder, str(tmp_path / "resnet18.pth"))
    assert torch.equal(encoder.features.conv1.weight, known.conv1.weight)
    assert torch.equal(encoder.fc.weight, linear)
    save_file({"conv1.weight": torch.zeros(64, 3, 7, 7)}, tmp_path / "part.safetensors")
    for source, reason in (("part.safetensors", "do not fit"), ("none.pth", "There are no image weights")):
        with pytest.raises(ModelError, match=reason):
            start_from_imagenet(encoder, str(tmp_path / source))


@pytest.mark.skipif(importlib.util.find_spec("timm") is not None, reason="timm is installed")
def test_a_missing_package_is_named() -> None:
    with pytest.raises(ModelError, match="timm is not installed"):
        start_from_imagenet(ResNetEncoder(ResNetConfig(channels=8)), "timm")


def test_an_image_is_normalised_by_the_encoder() -> None:
    torch.manual_seed(0)
    encoder = ResNetEncoder(ResNetConfig(channels=8, code_channels=4)).eval()
    image = torch.rand(1, 3, 64, 64)
    mean, deviation = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    by_hand = torch.stack([(image[0, c] - mean[c]) / deviation[c] for c in range(3)])[None]
    torch.testing.assert_close(encoder(image), encoder.fc(encoder.features(by_hand)))
