"""Files of weights that others wrote: read as plain tensors, never as code."""

from __future__ import annotations

import pickle
import zipfile
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from occnet.errors import ModelError
from occnet.files.limits import check_size
from occnet.files.opening import check_readable


def read_torch_file(path: Path) -> Any:
    """What `torch.save` wrote to path, as far as it is plain data: tensors, numbers, texts, lists and dicts.

    Raises FileError when there is no such file, or it would fill too much memory; ModelError when it is damaged or holds
    anything that would have to be run to be read; there is no way around that.
    """
    check_readable(path)
    _check_unpacked(path)
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except MemoryError:  # of a length that is damaged
        raise ModelError(f"{path} takes more memory than there is, or is damaged; copy it again.") from None
    except pickle.UnpicklingError:
        raise ModelError(
            f"{path} is no checkpoint of plain tensors, or holds objects besides them, which are never loaded; "
            "save its state_dict alone with torch.save, and import that."
        ) from None
    except (RuntimeError, EOFError, ValueError, OSError, KeyError, IndexError, AttributeError, TypeError) as problem:
        reason = (str(problem).splitlines() or [type(problem).__name__])[0]
        raise ModelError(f"{path} is no file of torch.save, or is damaged ({reason[:120]}); copy it again.") from None


def _check_unpacked(path: Path) -> None:
    """Raise FileError when the file is an archive, as torch writes them, that unpacks to more than may be filled."""
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
    except Exception:  # of an earlier form, or damaged, of which torch tells
        return
    check_size(unpacked, path, "its tensors")


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
