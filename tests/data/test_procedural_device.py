"""Procedural shapes made on another device than the CPU, shown without one: on a device that is only pretended."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

from occnet.data.batches import Batch, ScanBatches, validation_batch
from occnet.data.procedural import ProceduralSplit
from occnet.data.scans import ScanConfig
from occnet.shapes import sample_shapes

ELSEWHERE = torch.device("xpu", 0)
"""Any name will do: nothing is ever asked of it."""


class Distant(Tensor):
    """A tensor that is said to be on the other device."""


class Pretended(TorchFunctionMode):
    """Says of some tensors that they are on the other device, computes on the CPU, and refuses what a device would refuse.

    That is: operations on tensors of both devices (but for single values), numpy views of distant tensors, and generators of
    the CPU for distant random numbers. It cannot tell whether the device has an operation, nor how fast it is.
    """

    def __init__(self) -> None:
        super().__init__()
        self.computed = 0  # operations on the pretended device

    def __torch_function__(self, func: Callable, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = dict(kwargs or {})
        tensors = list(_tensors((args, list(kwargs.values()))))
        distant = any(isinstance(tensor, Distant) for tensor in tensors)
        name = getattr(func, "__name__", str(func))
        if name == "__get__" and getattr(func, "__self__", None) is Tensor.device:
            return ELSEWHERE if distant else torch.device("cpu")
        target = _destination(name, args, kwargs)
        if distant:
            assert name != "numpy", "numpy cannot see a tensor on another device"
        if target is not None and name in ("to", "cpu"):
            made = args[0].as_subclass(Tensor)
            if rest := [arg for arg in args[1:] if isinstance(arg, torch.dtype)]:
                made = made.to(rest[0])
            return made.as_subclass(Distant) if target == ELSEWHERE else made
        near = [tensor for tensor in tensors if not isinstance(tensor, Distant) and tensor.dim()]
        assert not (distant and near and name not in ("__get__", "__set__")), f"{name} of tensors on two devices"
        assert not (target == ELSEWHERE and kwargs.get("generator")), f"{name} on the device with a generator of the CPU"
        if "device" in kwargs:
            kwargs["device"] = "cpu"
        made = func(*_plain(args), **_plain(kwargs))
        if not distant and target != ELSEWHERE:
            return made
        self.computed += 1
        return _distant(made)


def _destination(name: str, args: Any, kwargs: dict[str, Any]) -> torch.device | None:
    """The device that a call names, if it names one."""
    if name == "cpu":
        return torch.device("cpu")
    named = [kwargs.get("device")] + ([arg for arg in args[1:] if isinstance(arg, str | torch.device)] if name == "to" else [])
    named = [torch.device(device) for device in named if device is not None]
    return named[0] if named else None


def _tensors(tree: Any) -> Iterator[Tensor]:
    if isinstance(tree, Tensor):
        yield tree
    elif isinstance(tree, list | tuple):
        for part in tree:
            yield from _tensors(part)


def _plain(tree: Any) -> Any:
    if isinstance(tree, dict):
        return {key: _plain(value) for key, value in tree.items()}
    if isinstance(tree, list | tuple):
        return type(tree)(_plain(part) for part in tree) if type(tree) in (list, tuple) else tree
    return tree.as_subclass(Tensor) if isinstance(tree, Distant) else tree


def _distant(tree: Any) -> Any:
    if isinstance(tree, Tensor):
        return tree.as_subclass(Distant)
    return (
        type(tree)(*map(_distant, tree))
        if hasattr(tree, "_fields")
        else (type(tree)(map(_distant, tree)) if isinstance(tree, list | tuple) else tree)
    )


def test_the_pretended_device_refuses_what_a_real_one_refuses() -> None:
    with Pretended():
        here, there = torch.ones(3), torch.ones(3, device=ELSEWHERE)
        assert there.device == ELSEWHERE
        assert (2.0 * there + there.sum()).device == ELSEWHERE
        assert (there + here.to(ELSEWHERE)).cpu().numpy().tolist() == [2.0, 2.0, 2.0]
        with pytest.raises(AssertionError, match="two devices"):
            _ = there + here
        with pytest.raises(AssertionError, match="two devices"):
            there[here > 0.0] = 1.0
        with pytest.raises(AssertionError, match="numpy"):
            there.numpy()
        with pytest.raises(AssertionError, match="generator"):
            torch.rand(3, device=ELSEWHERE, generator=torch.Generator())


def test_shapes_points_and_labels_are_those_of_the_cpu() -> None:
    points = torch.rand(20, 500, 3, generator=torch.Generator().manual_seed(1)) - 0.5
    here = sample_shapes(20, seed=3, tight=False)
    with Pretended() as device:
        there = sample_shapes(20, seed=3, tight=False, device=ELSEWHERE)
        made = there.surface(700, seed=list(range(20)))
        labels = there.occupancy(points.to(ELSEWHERE))
        value = there.field(3)(points[3])
        assert {tensor.device for tensor in (*made, labels)} == {ELSEWHERE}
        assert value.device == points.device
        made, labels = [tensor.cpu() for tensor in made], labels.cpu()
    assert device.computed > 1000
    assert [one.scale for one in there.placed] == pytest.approx([one.scale for one in here.placed], rel=1e-6)
    for one, other in zip(made, here.surface(700, seed=list(range(20))), strict=True):
        assert ((one - other).abs().amax(dim=2) < 1e-4).double().mean() > 0.999
    assert (labels == here.occupancy(points)).double().mean() > 0.9999
    assert torch.equal(value > 0.0, here.field(3)(points[3]) > 0.0)


@pytest.mark.parametrize("crops", [0.0, 0.5])
def test_batches_are_those_of_the_cpu_and_depend_on_their_step_alone(crops: float) -> None:
    config = ScanConfig(points_min=150, points_max=300, crop_chance=crops, uniform_queries=64, near_queries=64)

    def batches(device: torch.device | str) -> ScanBatches:
        return ScanBatches([ProceduralSplit("train", device)], [1.0], 6, config, seed=2)

    here = batches("cpu").batch(5)
    with Pretended() as device:
        source = batches(ELSEWHERE)
        there = source.batch(5)
        source.batch(6)
        assert all(torch.equal(*pair) for pair in _pairs(there, source.batch(5)))  # whatever was drawn before
        assert all(torch.equal(*pair) for pair in _pairs(there, batches(ELSEWHERE).batch(5)))
    assert device.computed > 1000
    for one, other in _pairs(here, there):
        assert ((one - other).abs() < 1e-3).double().mean() > 0.999


def test_validation_shapes_are_those_of_the_cpu() -> None:
    with Pretended():
        there = validation_batch(ProceduralSplit("validation", ELSEWHERE), [3, 500], 200, 0.005, 256)
    for one, other in _pairs(there, validation_batch(ProceduralSplit("validation"), [3, 500], 200, 0.005, 256)):
        assert ((one - other).abs() < 1e-3).double().mean() > 0.999


def _pairs(one: Batch, other: Batch) -> list[tuple[Tensor, Tensor]]:
    return [(getattr(one, name), getattr(other, name)) for name in ("observation", "points", "inside")]
