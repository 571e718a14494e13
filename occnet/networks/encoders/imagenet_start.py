"""An optional start for the image encoder: weights trained on ImageNet, from whatever is installed or from a file."""

from __future__ import annotations

from pathlib import Path

from torch import Tensor

from occnet.errors import ModelError
from occnet.networks.encoders.resnet import ResNetEncoder
from occnet.networks.weight_files import plain_weights


def start_from_imagenet(encoder: ResNetEncoder, source: str) -> None:
    """Nothing; the encoder's convolutions and norms are taken from source, its last linear layer stays as it is.

    source: "torchvision" or "timm" (their package must be installed; it may fetch the weights), or the path of a
    .pth or .safetensors file with torchvision's names. Raises ModelError when it is absent or does not fit.
    """
    state = _weights(source, encoder.features.depth)
    state = {key: value for key, value in state.items() if not key.startswith("fc.")}  # ImageNet's 1,000 classes
    try:
        encoder.features.load_state_dict(state)
    except RuntimeError as problem:
        raise ModelError(f"The weights from {source} do not fit this image encoder: {problem}.") from None


def _weights(source: str, depth: int) -> dict[str, Tensor]:
    if source in ("torchvision", "timm"):
        try:
            if source == "timm":
                import timm  # pyright: ignore[reportMissingImports]

                return timm.create_model(f"resnet{depth}.tv_in1k", pretrained=True).state_dict()
            from torchvision.models import get_model  # pyright: ignore[reportMissingImports]

            return get_model(f"resnet{depth}", weights="DEFAULT").state_dict()
        except ImportError:
            raise ModelError(
                f"{source} is not installed; install it, or give the path of a file with the weights of a ResNet-{depth}."
            ) from None
    if not Path(source).is_file():
        raise ModelError(f"There are no image weights {source}; give torchvision, timm, or a .pth or .safetensors file.")
    return plain_weights(Path(source))
