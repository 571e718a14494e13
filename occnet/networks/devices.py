"""Where networks compute, and what a device is good at."""

from __future__ import annotations

import torch

from occnet.errors import ModelError


def device_of(name: str) -> torch.device:
    """The torch device for "auto", "cpu", "cuda" or "mps". Raises ModelError when it is not there."""
    present = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if name == "auto":
        return torch.device(next(kind for kind in ("cuda", "mps", "cpu") if present[kind]))
    if not present.get(name.split(":")[0], False):
        usable = ", ".join(kind for kind, here in present.items() if here)
        raise ModelError(f"The device {name} is not available; this machine offers: {usable}.")
    try:
        return torch.device(name)
    except RuntimeError:
        raise ModelError(f"{name} is no device; give auto, cpu, cuda, cuda:0 and so on, or mps.") from None


def has_bfloat16(device: torch.device) -> bool:
    """Whether a device multiplies matrices in bfloat16 faster than in float32."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    capabilities = getattr(torch.cpu, "get_capabilities", dict)  # not in every torch that will do
    return device.type == "cpu" and bool(capabilities().get("avx512_bf16", False))
