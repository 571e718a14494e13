"""Training: random labelled points, a loss, checkpoints that resume exactly, and what one sees of it."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import torch
from lightning_fabric import Fabric
from rich.console import Console
from torch.utils.tensorboard import SummaryWriter

from occnet.data.batches import Batch, ScanBatches
from occnet.data.samples import SampleBatches
from occnet.errors import ModelError, RecipeError
from occnet.files.atomic import atomic_path
from occnet.metrics import volume_iou
from occnet.networks.checkpoint import save_model
from occnet.networks.encoders.imagenet_start import start_from_imagenet
from occnet.networks.encoders.resnet import ResNetEncoder
from occnet.networks.occupancy_network import OccupancyNetwork
from occnet.networks.registry import build_network
from occnet.pipeline.memory import keep_freed_memory, return_free_memory
from occnet.pipeline.optimizers import optimizers_of
from occnet.pipeline.training_config import TrainingConfig, TrainingRecipe, training_recipe
from occnet.pipeline.training_data import TrainingData, open_training_data
from occnet.pipeline.training_state import TrainingState, WeightAverage
from occnet.recipe import to_toml

console = Console()


def train(recipe: Path, run: Path, *, device: str = "auto", steps: int | None = None) -> float:
    """Train the network of a recipe in a run folder, or go on where the folder's last checkpoint stopped.

    Returns the best validation IoU. The folder gets `recipe.toml` (resolved), `checkpoints/`, `log.csv`, TensorBoard
    events, and `model/`, the averaged weights that `occnet.load_model` opens, renewed at each validation.
    steps: replaces the recipe's number of steps.

    Raises RecipeError and DatasetError when the recipe or its data do not fit, ModelError when the loss diverges.
    """
    resolved = training_recipe(recipe, **({} if steps is None else {"steps": steps}))
    config = resolved.training
    keep_freed_memory()
    fabric = Fabric(accelerator=device, devices=1, precision=config.precision)  # type: ignore[arg-type]
    fabric.launch()
    torch.manual_seed(config.seed)
    network = _new_network(resolved, str(recipe))
    optimizers = optimizers_of(network, config.optimizer, config.learning_rate, config.weight_decay)
    average = WeightAverage(network, config.average_decay)
    state = TrainingState(run / "checkpoints", network, optimizers, average)
    start = state.resume()
    _write_resolved(run, resolved, network)
    data = open_training_data(resolved, network)
    _announce(network, data, config, start)
    model, *steppers = fabric.setup(network, *optimizers)
    model.mark_forward_method("training_loss")
    model.train()
    with SummaryWriter(str(run)) as writer, _log(run) as log:
        clock, losses = time.perf_counter(), []
        for step, batch in _prefetched(data.batches, start, config.steps):
            rate = learning_rate(step, config)
            for group in [group for optimizer in optimizers for group in optimizer.param_groups]:
                group["lr"] = rate
            batch = _moved(batch, fabric.device)
            if network.latent is not None:
                torch.manual_seed((config.seed << 32) + step)  # latent codes are drawn: a resumed run draws the same
            loss = model.training_loss(batch.observation, batch.points, batch.inside)
            fabric.backward(loss)
            if not math.isfinite(loss.item()):
                raise ModelError(
                    f"The loss became {loss.item()} in step {step}; lower learning_rate and run the same command again."
                )
            torch.nn.utils.clip_grad_norm_(network.parameters(), config.gradient_limit)
            for stepper in steppers:
                stepper.step()
                stepper.zero_grad()
            average.update(network, step)
            losses.append(loss.item())
            done = step + 1
            if done % 50 == 0:
                clock, losses = _report(done, clock, losses, rate, config, writer)
            if done % config.checkpoint_every == 0 or done == config.steps:
                state.save(done)
                return_free_memory()
            if done % config.validate_every == 0 or done == config.steps:
                scores = validate(average.network, data, config, fabric)
                state.best = max(state.best, scores[-1])
                save_model(run / "model", average.network, half=True)
                _report_validation(done, scores, data.sizes, writer, log)
                clock = time.perf_counter()
    return state.best


def learning_rate(step: int, config: TrainingConfig) -> float:
    """The rate of a step: linear warm-up, constant, then linear decay over the last share of the steps.

    The constant part makes it possible to extend a finished run: resume from a checkpoint before the decay.
    """
    warm = min(1.0, (step + 1) / max(1, config.warmup_steps))
    left = (config.steps - step) / max(1.0, config.decay_share * config.steps)
    return config.learning_rate * min(warm, left, 1.0)


@torch.no_grad()
def validate(network: OccupancyNetwork, data: TrainingData, config: TrainingConfig, fabric: Fabric) -> list[float]:
    """Mean IoU over validation shapes at each size of the observation, on uniform points.

    A generative network is given half of the labelled points to infer its latent code from, and is scored on the others.
    """
    network.to(fabric.device).eval()
    total = min(config.validation_shapes, len(data.validation))
    shapes = [number * len(data.validation) // total for number in range(total)]  # spread over the split
    scores = []
    for size in data.sizes:
        ious = []
        for start in range(0, total, 8):
            batch = _moved(data.validation_batch(shapes[start : start + 8], size), fabric.device)
            with fabric.autocast():
                predicted, inside = _predicted(network, batch)
            ious += [volume_iou(p.cpu().numpy(), t.cpu().numpy()) for p, t in zip(predicted > 0, inside > 0.5, strict=True)]
        scores.append(sum(ious) / len(ious))
    return scores


def _predicted(network: OccupancyNetwork, batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
    """Logits, and the labels that they are to be compared with."""
    if network.latent is None:
        return network(batch.observation, batch.points), batch.inside
    half = batch.points.shape[1] // 2
    code = network.encoder(batch.observation)
    posterior = network.latent(batch.points[:, :half], batch.inside[:, :half], code)
    code = torch.cat([code, posterior.mean.to(code.dtype)], dim=-1)
    return network.decoder(batch.points[:, half:], code), batch.inside[:, half:]


def _new_network(recipe: TrainingRecipe, where: str) -> OccupancyNetwork:
    network = build_network(recipe.network, where)
    if recipe.training.image_weights:
        if not isinstance(network.encoder, ResNetEncoder):
            raise RecipeError(f"image_weights start an image encoder, but {where} has none; remove the key.")
        start_from_imagenet(network.encoder, recipe.training.image_weights)
    if recipe.samples is None and network.reads != "points":
        raise RecipeError(
            f"{where} has an encoder that reads {network.reads}; add a table [samples], which says how many queries."
        )
    return network


def _prefetched(batches: ScanBatches | SampleBatches, start: int, stop: int) -> Iterator[tuple[int, Batch]]:
    # One batch is made in a thread while the last one is trained on; numpy and mmap release the lock for most of it.
    with ThreadPoolExecutor(max_workers=1) as pool:
        waiting = pool.submit(batches.batch, start) if start < stop else None
        for step in range(start, stop):
            assert waiting is not None
            batch = waiting.result()
            if step + 1 < stop:
                waiting = pool.submit(batches.batch, step + 1)
            yield step, batch


def _moved(batch: Batch, device: torch.device) -> Batch:
    return Batch(batch.observation.to(device), batch.points.to(device), batch.inside.to(device))


def _write_resolved(run: Path, recipe: TrainingRecipe, network: OccupancyNetwork) -> None:
    tables = {
        "data": asdict(recipe.data),
        **({"scans": asdict(recipe.scans)} if recipe.samples is None else {"samples": asdict(recipe.samples)}),
        "training": asdict(recipe.training),
        **network.recipe,
    }
    run.mkdir(parents=True, exist_ok=True)
    with atomic_path(run / "recipe.toml") as path:
        path.write_text(to_toml(tables), encoding="utf-8")


@contextmanager
def _log(run: Path) -> Iterator[Path]:
    path = run / "log.csv"
    if not path.exists():
        path.write_text("step,points,iou\n")
    yield path


def _announce(network: OccupancyNetwork, data: TrainingData, config: TrainingConfig, start: int) -> None:
    millions = sum(parameter.numel() for parameter in network.parameters()) / 1e6
    shapes = " + ".join(f"{len(split):,}" for split in data.splits)
    console.print(f"{millions:.2f} M parameters, {shapes} training shapes, {config.steps:,} steps of {config.batch_size} scans")
    if start:
        console.print(f"Resumed after step {start:,}")


def _report(
    done: int, clock: float, losses: list[float], rate: float, config: TrainingConfig, writer: SummaryWriter
) -> tuple[float, list[float]]:
    seconds = (time.perf_counter() - clock) / len(losses)
    loss = sum(losses) / len(losses)
    left = seconds * (config.steps - done)
    console.print(
        f"step {done:>7,}/{config.steps:,}  loss {loss:.4f}  {config.batch_size / seconds:6.1f} scans/s  "
        f"rate {rate:.1e}  {int(left // 3600)} h {int(left % 3600 // 60):02d} min left",
        highlight=False,
    )
    writer.add_scalar("loss", loss, done)
    writer.add_scalar("learning_rate", rate, done)
    writer.add_scalar("scans_per_second", config.batch_size / seconds, done)
    return time.perf_counter(), []


def _report_validation(done: int, scores: list[float], sizes: tuple[int, ...], writer: SummaryWriter, log: Path) -> None:
    with log.open("a") as file:
        for size, score in zip(sizes, scores, strict=True):
            writer.add_scalar(f"validation_iou/{size}_points" if size else "validation_iou", score, done)
            file.write(f"{done},{size},{score:.6f}\n")
    named = [f"{score:.4f} at {size:,} points" if size else f"{score:.4f}" for size, score in zip(sizes, scores, strict=True)]
    console.print(f"step {done:>7,}  validation IoU {', '.join(named)}", highlight=False)
