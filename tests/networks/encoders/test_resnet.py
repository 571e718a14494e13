"""The image encoder has torchvision's parameters, and may start from a file of them."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from occnet.errors import ModelError
from occnet.networks.encoders.imagenet_start import start_from_imagenet
from occnet.networks.encoders.resnet import ResNetConfig, ResNetEncoder, ResNetFeatures

LAST = "layer4.1.conv2.weight"


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
    assert torch.equal(encoder.features.state_dict()[LAST], known.state_dict()[LAST])


def test_files_of_old_have_no_counters(tmp_path: Path) -> None:
    torch.manual_seed(0)
    known, encoder = ResNetFeatures(18), ResNetEncoder(ResNetConfig(depth=18))
    save_file({key: value for key, value in known.state_dict().items() if "tracked" not in key}, tmp_path / "old.safetensors")
    start_from_imagenet(encoder, str(tmp_path / "old.safetensors"))
    assert torch.equal(encoder.features.state_dict()[LAST], known.state_dict()[LAST])


@pytest.mark.parametrize("name", ["torchvision", "none.pth"])
def test_where_there_is_no_file_one_is_told_where_to_get_it(name: str) -> None:
    with pytest.raises(ModelError, match=rf"no file of image weights {name}.*https://.*resnet34-b627a593\.pth"):
        start_from_imagenet(ResNetEncoder(ResNetConfig(depth=34, channels=8)), name)


def test_a_file_of_another_network_is_refused(tmp_path: Path) -> None:
    save_file({"conv1.weight": torch.zeros(64, 3, 7, 7)}, tmp_path / "part.safetensors")
    save_file(ResNetFeatures(34).state_dict(), tmp_path / "deeper.safetensors")
    for file, reason in (
        ("part", "99 arrays .* first of them bn1.weight"),
        ("deeper", r"96 arrays .* first of them layer1\.2\."),
    ):
        with pytest.raises(ModelError, match=f"no weights for this ResNet-18: {reason}"):
            start_from_imagenet(ResNetEncoder(ResNetConfig(depth=18)), str(tmp_path / f"{file}.safetensors"))


def test_an_image_is_normalised_by_the_encoder() -> None:
    torch.manual_seed(0)
    encoder = ResNetEncoder(ResNetConfig(channels=8, code_channels=4)).eval()
    image = torch.rand(1, 3, 64, 64)
    mean, deviation = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    by_hand = torch.stack([(image[0, c] - mean[c]) / deviation[c] for c in range(3)])[None]
    torch.testing.assert_close(encoder(image), encoder.fc(encoder.features(by_hand)))
