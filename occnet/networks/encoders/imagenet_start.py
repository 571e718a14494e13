"""An optional start for the image encoder: weights trained on ImageNet, from a file that the user has fetched."""

from __future__ import annotations

from pathlib import Path

from occnet.errors import ModelError
from occnet.networks.encoders.resnet import ResNetEncoder
from occnet.networks.weight_files import plain_weights

_PUBLISHED = {18: "resnet18-f37072fd.pth", 34: "resnet34-b627a593.pth", 50: "resnet50-0676ba61.pth"}


def start_from_imagenet(encoder: ResNetEncoder, file: str) -> None:
    """Give the encoder's convolutions and norms the weights of a file; its last linear layer stays as it is.

    file: a state dict with torchvision's names, .pth or .safetensors, read as plain tensors.
    Raises ModelError when it is absent, damaged or of another network.
    """
    depth = encoder.features.depth
    if not Path(file).is_file():
        raise ModelError(
            f"There is no file of image weights {file}; get the ResNet-{depth} trained on ImageNet from "
            f"https://download.pytorch.org/models/{_PUBLISHED[depth]} or model.safetensors from "
            f"https://huggingface.co/timm/resnet{depth}.tv_in1k, and give its path."
        )
    given = {key: value for key, value in plain_weights(Path(file)).items() if not key.startswith("fc.")}  # 1,000 classes
    wanted = encoder.features.state_dict()
    # files from before PyTorch 0.4.1 do not count batches, which nothing here reads
    missing = [key for key in wanted if key not in given and not key.endswith("num_batches_tracked")]
    foreign = [key for key, value in given.items() if key not in wanted or value.shape != wanted[key].shape]
    if wrong := missing + foreign:
        raise ModelError(
            f"{file} holds no weights for this ResNet-{depth}: {len(wrong)} arrays are missing, of another shape or too many, "
            f"the first of them {wrong[0]}; give a file of the same depth, and leave channels under [encoder] at 64."
        )
    encoder.features.load_state_dict(given, strict=False)
