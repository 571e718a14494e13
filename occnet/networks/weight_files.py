"""Files of weights that others wrote: read as plain tensors, never as code."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from occnet.errors import ModelError
from occnet.files.opening import check_readable


def read_torch_file(path: Path) -> Any:
    """What `torch.save` wrote to path, as far as it is plain data: tensors, numbers, texts, lists and dicts.

    Raises FileError when there is no such file, ModelError when it is damaged or holds anything that would have to be
    run to be read; there is no way around that.
    """
    check_readable(path)
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError:
        raise ModelError(
            f"{path} is no checkpoint of plain tensors, or holds objects besides them, which are never loaded; "
            "save its state_dict alone with torch.save, and import that."
        ) from None
    except (RuntimeError, EOFError, ValueError, OSError, KeyError, IndexError, AttributeError, TypeError) as problem:
        reason = (str(problem).splitlines() or [type(problem).__name__])[0]
        raise ModelError(f"{path} is no file of torch.save, or is damaged ({reason[:120]}); copy it again.") from None


def plain_weights(path: Path) -> dict[str, Tensor]:
    """The state dict in a .safetensors file or in a file of `torch.save`, by name.

    Raises FileError and ModelError as `read_torch_file` does.
    """
    check_readable(path)
    if path.suffix == ".safetensors":
        try:
            return load_file(path)
        except SafetensorError as problem:
            raise ModelError(f"{path} is no file of safetensors, or is damaged ({problem}); copy it again.") from None
    found = read_torch_file(path)
    if not isinstance(found, dict) or not all(isinstance(value, Tensor) for value in found.values()):
        raise ModelError(f"{path} holds no state dict (names and tensors); save model.state_dict() with torch.save.")
    return found
