"""What the default network costs on an accelerator, and whether it answers as a CPU does.

    python benchmarks/accelerator.py [--device cuda] [--parts neighbours steps endless mesh]

neighbours: nearest points against the k-d tree of the CPU, and their time; steps: a whole training step of the network of
the recipe `points`; endless: procedural scans made on the device, beside the same ones made on the CPU; mesh: a cloud of
3,000 points to a mesh at 256 cells, the model loaded, after a first call.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import torch
import torch.nn.functional as F
import tyro
from lightning_fabric import Fabric

from occnet.data.batches import Batch, ScanBatches
from occnet.data.procedural import ProceduralSplit
from occnet.data.scans import ScanConfig
from occnet.files.clouds import read_cloud
from occnet.networks.checkpoint import load_model
from occnet.networks.layers.neighbours import PointIndex
from occnet.networks.registry import build_loss, build_network
from occnet.pipeline.reconstruct.reconstruct import reconstruct
from occnet.pipeline.train.config import NETWORK_TABLES
from occnet.pipeline.train.optimizers import optimizers_of
from occnet.pipeline.train.state import WeightAverage
from occnet.recipe import read_recipe

ROOT = Path(__file__).parents[1]


def seconds(work: Callable[[], object], device: torch.device, times: int = 3) -> float:
    """The mean time of a call, after a first one."""
    work()
    finish(device)
    begin = time.perf_counter()
    for _ in range(times):
        work()
    finish(device)
    return (time.perf_counter() - begin) / times


def finish(device: torch.device) -> None:
    """Wait until the device has done what it was told."""
    if device.type != "cpu":
        torch.accelerator.synchronize(device)


def neighbours(device: torch.device) -> None:
    """Nearest points of 4 clouds against the tree, and the time of 64 clouds."""
    points, queries = torch.rand(4, 3000, 3) - 0.5, torch.rand(4, 1000, 3) - 0.5
    tree = PointIndex(points).nearest(queries, 12)
    found = PointIndex(points.to(device)).nearest(queries.to(device), 12).cpu()
    print(f"neighbours: {int((tree != found).sum())} of {found.numel():,} differ from the tree's")
    for count in (1000, 3000, 10_000):
        index = PointIndex(torch.rand(64, count, 3, device=device))
        spent = seconds(lambda index=index: index.nearest(index.points, 16), device)
        print(f"neighbours: 64 clouds of {count:,} points, 16 each: {1000 * spent:.0f} ms")


def steps(device: torch.device) -> None:
    """A training step with all that belongs to it, on spheres with noise-free points."""
    tables = read_recipe(Path("points"))
    network = build_network({key: tables[key] for key in NETWORK_TABLES if key in tables}).to(device)
    optimizers = optimizers_of(network, "muon", 1e-3, 0.01)
    average = WeightAverage(network, 0.999)
    fabric = Fabric(accelerator=device.type, devices=1, precision="bf16-mixed")
    model, *steppers = fabric.setup(network, *optimizers)
    model.mark_forward_method("training_loss")
    objective = build_loss({})
    for size in (32, 64):
        for count in (300, 1000, 3000, 10_000):
            points = 0.4 * F.normalize(torch.randn(size, count, 3, device=device), dim=-1)
            queries = torch.rand(size, 2048, 3, device=device) - 0.5
            inside = (queries.norm(dim=-1) < 0.4).float()

            def step(points: torch.Tensor = points, queries: torch.Tensor = queries, inside: torch.Tensor = inside) -> float:
                loss = model.training_loss(objective, Batch(points, queries, inside))
                fabric.backward(loss)
                torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
                for stepper in steppers:
                    stepper.step()
                    stepper.zero_grad()
                average.update(network, 1000)
                return loss.item()

            spent = seconds(step, device)
            print(f"step: {size} scans of {count:,} points: {spent:.3f} s, {size / spent:.0f} scans/s", flush=True)


def endless(device: torch.device) -> None:
    """The same procedural scans from both devices, and the time of one."""
    for maker, size in ((device, 32), (torch.device("cpu"), 4)):
        batches = ScanBatches([ProceduralSplit("train", maker)], [1.0], size, ScanConfig(points_max=3000), 0)
        made = [batches.batch(step, range(4)) for step in range(4)]
        sums = ", ".join(f"{float(batch.points.sum()):.3f} and {int(batch.inside.sum())} inside" for batch in made)
        begin = time.perf_counter()
        batches.batch(9)
        spent = (time.perf_counter() - begin) / size
        print(f"endless, {maker.type}: {1000 * spent:.0f} ms a scan in batches of {size}; sums {sums}", flush=True)


def mesh(device: torch.device) -> None:
    """Points to mesh with the shipped model."""
    points = read_cloud(ROOT / "examples" / "data" / "chair_scan.ply").points[:3000]
    network = load_model("points", device)
    spent = seconds(lambda: reconstruct(points, model=network), device)
    print(f"mesh: 3,000 points to a mesh at 256 cells: {spent:.3f} s")


PARTS = {part.__name__: part for part in (neighbours, steps, endless, mesh)}


def main(device: str = "cuda", parts: tuple[str, ...] = tuple(PARTS)) -> None:
    """Print the figures of the parts."""
    print(f"{torch.cuda.get_device_name() if device.startswith('cuda') else device}, torch {torch.__version__}")
    for part in parts:
        PARTS[part](torch.device(device))


if __name__ == "__main__":
    tyro.cli(main, description=__doc__)
