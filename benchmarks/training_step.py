"""A training step of the paper's point-cloud network, and of the same network written plainly as the published code is.

    python benchmarks/training_step.py [--device cpu] [--rounds 5] [--curve 60]

Batch of 16 clouds of 300 points with 512 queries each; 10.4 M parameters; Adam at 1e-4. All forms start from the same
weights and see the same batches. Time is that of the clock and, on the CPU, that of the processor as well, which does not
depend on what else runs. The loss curves are those of the same runs, the plain form once more with its batches in another
order for the noise.
"""

from __future__ import annotations

import copy
import platform
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import torch
import tyro
from plain_network import PlainNetwork, PlainNorm
from torch import Tensor, nn

from occnet.cube import PADDED_EDGE
from occnet.data.batches import Batch
from occnet.networks.occupancy_network import OccupancyNetwork
from occnet.networks.published import network_from_published
from occnet.networks.registry import build_loss
from occnet.shapes import sample_shapes

BATCH, POINTS, QUERIES, NOISE = 16, 300, 512, 0.005
CROSS_ENTROPY = build_loss({})
Samples = tuple[Tensor, Tensor, Tensor]


@dataclass
class Runner:
    """One form of the network in training."""

    name: str
    network: PlainNetwork | OccupancyNetwork
    half: bool
    optimizer: torch.optim.Optimizer
    device: torch.device

    def step(self, samples: Samples) -> float:
        """The loss of one whole step: forward, backward, optimiser."""
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.half):
            if isinstance(self.network, PlainNetwork):
                loss = self.network.training_loss(*samples)
            else:
                loss = CROSS_ENTROPY(self.network, Batch(*samples))
        loss.backward()
        self.optimizer.step()
        self.optimizer.zero_grad()
        return loss.item()


def start() -> PlainNetwork:
    """The plain network with the published start: norms that do nothing, blocks that begin as their shortcut."""
    torch.manual_seed(0)
    network = PlainNetwork()
    for name, module in network.named_modules():
        if isinstance(module, PlainNorm):
            for layer, bias in ((module.conv_gamma, 1.0), (module.conv_beta, 0.0)):
                nn.init.zeros_(layer.weight)
                nn.init.constant_(layer.bias, bias)  # pyright: ignore[reportArgumentType]
        elif name.endswith("fc_1"):
            nn.init.zeros_(module.weight)  # pyright: ignore[reportArgumentType]
    return network


def runners(device: torch.device) -> list[Runner]:
    """Both forms in both precisions."""
    plain = start()
    ours = network_from_published(plain.state_dict(), {}, "the plain network").network.requires_grad_(True).train()

    def runner(name: str, network: PlainNetwork | OccupancyNetwork, half: bool, fused: bool) -> Runner:
        network = copy.deepcopy(network).to(device)
        return Runner(name, network, half, torch.optim.Adam(network.parameters(), lr=1e-4, fused=fused), device)

    return [
        runner("plain, float32", plain, False, False),
        runner("plain, bfloat16", plain, True, False),
        runner("occnet, float32", ours, False, True),
        runner("occnet, bfloat16", ours, True, True),
    ]


def batches(count: int, device: torch.device) -> list[Samples]:
    """Noisy clouds of procedural shapes with queries in the padded cube."""
    made = []
    for number in range(count):
        shapes = sample_shapes(BATCH, seed=number)
        cloud = shapes.surface(POINTS, seed=number)[0].float()
        generator = torch.Generator().manual_seed(number)
        cloud = cloud + NOISE * torch.randn(cloud.shape, generator=generator)
        queries = PADDED_EDGE * (torch.rand(BATCH, QUERIES, 3, generator=generator) - 0.5)
        inside = shapes.occupancy(queries).float()
        made.append((cloud.to(device), queries.to(device), inside.to(device)))
    return made


def timed(run: Callable[[], float], device: torch.device) -> tuple[float, float]:
    """Seconds by the clock and by the processor."""
    clock, processor = time.perf_counter(), time.process_time()
    run()
    if device.type == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter() - clock, time.process_time() - processor


def main(device: str = "cpu", rounds: int = 5, curve: int = 0) -> None:
    """Print the table of times and, with --curve STEPS, that of losses."""
    place = torch.device(device)
    data = batches(min(max(curve, 4), 64), place)
    forms = runners(place)
    millions = sum(parameter.numel() for parameter in forms[0].network.parameters()) / 1e6
    print(f"{datetime.now(UTC):%Y-%m-%d}, {platform.machine()}, {torch.get_num_threads()} threads, torch {torch.__version__}")
    print(f"{millions:.2f} M parameters, batch {BATCH}, {POINTS} points, {QUERIES} queries, on {device}\n")
    times: dict[str, list[tuple[float, float]]] = {form.name: [] for form in forms}
    for number in range(rounds + 1):  # in turn, so that a change of the machine's load meets all; the first round warms up
        for form in forms:
            taken = timed(lambda form=form, number=number: form.step(data[number % len(data)]), place)
            if number:
                times[form.name].append(taken)
    first = statistics.median(clock for clock, _ in times[forms[0].name])
    first_processor = statistics.median(processor for _, processor in times[forms[0].name])
    print("| form             | samples/s | times as fast | processor s/step | times as fast |")
    print("| ---------------- | --------- | ------------- | ---------------- | ------------- |")
    for name, taken in times.items():
        clock, processor = (statistics.median(column) for column in zip(*taken, strict=True))
        ratios = f"{first / clock:>13.2f} | {processor:>16.3f} | {first_processor / processor:>13.2f}"
        print(f"| {name:<16} | {BATCH / clock:>9.2f} | {ratios} |")
    if curve:
        print_curves(runners(place), data, curve, place)


def print_curves(forms: list[Runner], data: list[Samples], steps: int, device: torch.device) -> None:
    """The mean loss over each sixth of the steps, of each form."""
    reordered = runners(device)[0]
    reordered.name = "plain, reordered"
    part = max(1, steps // 6)
    print(f"\n| mean loss over {part} steps | " + " | ".join(f"to {part * (k + 1)}" for k in range(6)) + " |")
    print("| --- |" + " --- |" * 6)
    for form in [forms[0], reordered, *forms[2:]]:
        order = list(range(steps))[::-1] if form is reordered else list(range(steps))
        losses = [form.step(data[number % len(data)]) for number in order]
        means = [statistics.mean(losses[part * k : part * (k + 1)]) for k in range(6)]
        print(f"| {form.name} | " + " | ".join(f"{mean:.4f}" for mean in means) + " |", flush=True)


if __name__ == "__main__":
    tyro.cli(main, description=__doc__)
