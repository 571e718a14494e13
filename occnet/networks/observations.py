"""What a network may be conditioned on, and whether a given observation is of that kind."""

from __future__ import annotations

import torch
from torch import Tensor

from occnet.errors import ModelError
from occnet.field import Numbers, tensor_of

EXPECTED = {
    "points": "a point cloud of shape (N, 3)",
    "image": "an image of shape (3, H, W), sRGB in [0, 1]",
    "voxels": "a voxel grid of shape (R, R, R), 1 where occupied",
    "index": "the number of a training shape",
    "nothing": "nothing",
}
_FEWEST_PIXELS = 32  # a ResNet halves an image five times


def checked_observation(reads: str, observation: Numbers | None, normals: bool = False) -> Tensor:
    """The observation as a batch of one, with the type that an encoder of that kind takes.

    reads: a key of EXPECTED. observation: a tensor, an array, a list or, of an index, a number. normals: whether a cloud may
    have them, as columns 3 to 5.
    Raises ModelError when the observation is of another kind or shape.
    """
    if reads == "nothing":
        if observation is not None and tensor_of(observation).numel():
            raise ModelError("This model reads nothing, so it cannot be given an observation; use sample_field(seed).")
        return torch.zeros(1, 0)
    if observation is None:
        raise ModelError(f"This model reads {EXPECTED[reads]}, but was given nothing.")
    try:
        tensor = tensor_of(observation)
    except ValueError as problem:
        raise ModelError(f"This model reads {EXPECTED[reads]}. {problem}") from None
    shape = tuple(tensor.shape)
    fits = {
        "points": len(shape) == 2 and (shape[1] == 3 or (normals and shape[1] == 6)) and shape[0] > 0,
        "image": len(shape) == 3 and shape[0] == 3 and min(shape[1:]) >= _FEWEST_PIXELS,
        "voxels": len(shape) == 3 and len(set(shape)) == 1,
        "index": shape == (),
    }
    if not fits[reads]:
        raise ModelError(f"This model reads {EXPECTED[reads]}, but was given shape {shape}.")
    return tensor.unsqueeze(0).to(torch.int64 if reads == "index" else torch.float32)
