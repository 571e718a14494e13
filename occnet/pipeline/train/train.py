"""Training: random labelled points, a loss, checkpoints that resume exactly, on one process or many."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from contextlib import closing, nullcontext
from pathlib import Path
from typing import Any

import torch
from lightning_fabric import Fabric
from torch import Tensor

from occnet.data.batches import Batch
from occnet.errors import ModelError, OccnetError, RecipeError
from occnet.files.atomic import atomic_path
from occnet.files.locks import sole_use
from occnet.networks.checkpoint import save_model, store_plugins
from occnet.networks.interfaces import Loss
from occnet.networks.occupancy_network import OccupancyNetwork
from occnet.networks.random_numbers import own_random_numbers
from occnet.networks.surface_network import SurfaceNetwork
from occnet.pipeline.allocator import return_free_memory
from occnet.pipeline.train.config import TrainingConfig, TrainingRecipe, loss_of, plugins_of, training_recipe
from occnet.pipeline.train.dry_run import changed, described, in_short, new_network
from occnet.pipeline.train.optimizers import optimizers_of
from occnet.pipeline.train.prefetching import prefetched
from occnet.pipeline.train.processes import depends_on_parts, launched, parts_of_batch, precision_of
from occnet.pipeline.train.resuming import SCORED_BY, changes_since, resolved_tables
from occnet.pipeline.train.run_log import TrainingLog, console
from occnet.pipeline.train.run_record import record_run
from occnet.pipeline.train.run_report import write_report
from occnet.pipeline.train.run_tables import F_SCORE, IOU
from occnet.pipeline.train.state import TrainingState, WeightAverage
from occnet.pipeline.train.training_data import TrainingData, open_training_data
from occnet.pipeline.train.validation import validate
from occnet.pipeline.train.validation_pictures import draw_validation
from occnet.recipe import to_toml


@own_random_numbers()
def train(recipe: Path, run: Path, *, device: str = "auto", steps: int | None = None) -> float:
    """Train the network of a recipe in a run folder, or go on where the folder's last checkpoint stopped.

    Returns the best validation IoU. The folder gets `recipe.toml` (resolved), `environment.json`, `checkpoints/`,
    `losses.csv`, `validation.csv`, TensorBoard events, `pictures/`, `report.html`, and two folders that `occnet.load_model`
    opens: `model/`, the averaged weights at the last validation, and `best/`, those of the best one.
    steps: replaces the recipe's number of steps.

    A program that trains gains speed by `keep_freed_memory`, which the command line calls and this leaves to its caller.

    Under torchrun all processes share each batch. The losses are those of one process, up to the order of sums, unless the
    network has batch norms or latent codes, which see each process's part by itself (`depends_on_parts`).

    Raises RecipeError and DatasetError when the recipe, its data or the folder's run do not fit or another process trains
    there, ModelError when the loss is lost, FileError when the disk is full; the last checkpoint then is whole.
    """
    resolved = training_recipe(recipe, **({} if steps is None else {"steps": steps}))
    with launched(device, resolved.training) as fabric:
        torch.manual_seed(resolved.training.seed)
        network = new_network(resolved, str(recipe)).to(fabric.device)  # at once: its average and its optimiser's state follow
        data = open_training_data(resolved, network, fabric.device)
        objective = loss_of(resolved, str(recipe))
        busy = RecipeError(f"{run} is being trained in by another process; wait for it, or name another run folder.")
        with sole_use(run, busy) if fabric.is_global_zero else nullcontext():
            return _trained(run, resolved, network, data, objective, fabric)


def _trained(
    run: Path, recipe: TrainingRecipe, network: OccupancyNetwork, data: TrainingData, objective: Loss, fabric: Fabric
) -> float:
    """The best validation IoU of a run, once all of its steps are taken."""
    config = recipe.training
    optimizers = optimizers_of(network, config.optimizer, config.learning_rate, config.weight_decay)
    average = WeightAverage(network, config.average_decay)
    tables = described(recipe, network, data)
    changes = changes_since(run, tables)
    state = TrainingState(run / "checkpoints", network, optimizers, average, tables)
    start = state.resume()
    if any(key in SCORED_BY for key in changes):
        state.best = 0.0  # of another validation: the best model is chosen anew
    model, *steppers = fabric.setup(network, *optimizers)
    model.mark_forward_method("training_loss")
    measure = F_SCORE if isinstance(network, SurfaceNetwork) else IOU
    log = TrainingLog(run, config, start, measure) if fabric.is_global_zero else None
    with closing(log) if log else nullcontext():
        if log:  # opened, so that nothing is written of a leg which is refused for what it goes on with
            _open_run(run, recipe, network, data, start, changes, fabric)
        for step, parts in prefetched(data.batches, parts_of_batch(config, fabric), start, config.steps, config.workers):
            rate = learning_rate(step, config)
            for group in [group for optimizer in optimizers for group in optimizer.param_groups]:
                group["lr"] = rate
            model.train()
            loss = _accumulated(model, objective, parts, fabric, (config.seed << 32) + step)
            size = torch.nn.utils.clip_grad_norm_(network.parameters(), config.gradient_limit)
            if not math.isfinite(loss) or not bool(torch.isfinite(size)):
                raise _lost(loss, step, state)
            for stepper in steppers:
                stepper.step()
                stepper.zero_grad()
            average.update(network, step)
            done = step + 1
            if log:
                log.step(done, loss, rate)
            if done % config.validate_every == 0 or done == config.steps:
                _validate(done, average.network, data, state, fabric, log)
            if done % config.checkpoint_every == 0 or done == config.steps:
                if fabric.is_global_zero:
                    state.save(done)
                return_free_memory()
    return state.best


def learning_rate(step: int, config: TrainingConfig) -> float:
    """The rate of a step: linear warm-up, constant, then a linear or cosine decay over the last share of the steps.

    The constant part makes it possible to extend a finished run: resume from a checkpoint before the decay.
    """
    warm = min(1.0, (step + 1) / max(1, config.warmup_steps))
    left = min(1.0, (config.steps - step) / max(1.0, config.decay_share * config.steps))
    if config.decay == "cosine":
        left = 0.5 - 0.5 * math.cos(math.pi * left)
    return config.learning_rate * min(warm, left)


def _accumulated(model: Any, objective: Loss, parts: Sequence[Batch], fabric: Fabric, seed: int) -> float:
    """The mean of the losses of the parts of all processes; each weight is given that mean's gradient.

    It is the loss of the whole batch where `depends_on_parts` is false of the network.
    """
    total = torch.zeros((), device=fabric.device)
    for number, part in enumerate(parts):
        # latent codes are drawn: a resumed run draws the same
        torch.manual_seed(seed + 1_000_003 * (fabric.global_rank * len(parts) + number))
        batch = part.to(fabric.device)
        with fabric.no_backward_sync(model, enabled=number + 1 < len(parts)):
            loss = model.training_loss(objective, batch) / len(parts)
            fabric.backward(loss)
        total += loss.detach()
    mean = fabric.all_reduce(total, reduce_op="mean")
    assert isinstance(mean, Tensor)
    return mean.item()


def _lost(loss: float, step: int, state: TrainingState) -> ModelError:
    """The error of a loss or gradient that is no number; the weights in memory go back to the last checkpoint."""
    back = state.resume()
    where = f"the weights are back at step {back:,}, the last checkpoint" if back else "no checkpoint had been written yet"
    what = f"The loss became {loss}" if not math.isfinite(loss) else "The gradient became infinite or no number"
    return ModelError(f"{what} in step {step}; {where}. Lower learning_rate or gradient_limit, and train in a new run folder.")


def _validate(
    done: int, network: OccupancyNetwork, data: TrainingData, state: TrainingState, fabric: Fabric, log: TrainingLog | None
) -> None:
    """Score the averaged weights on all processes; the one that keeps the log writes models, pictures and report."""
    begin = time.perf_counter()
    result = validate(network, data, fabric)
    best, state.best = state.best, max(state.best, result.scores[-1])
    if log is None:
        return
    network.threshold = result.threshold
    save_model(log.run / "model", network, half=True)
    if result.scores[-1] >= best:  # the first one, too, be it 0
        save_model(log.run / "best", network, half=True)
    log.validation(done, result)
    if data.config.pictures:
        try:
            log.picture(done, draw_validation(network, data, data.config.pictures))
        except OccnetError as problem:
            console.print(f"no pictures: {problem}")
    write_report(log.run)
    log.leave_out(time.perf_counter() - begin)


def _open_run(
    run: Path,
    recipe: TrainingRecipe,
    network: OccupancyNetwork,
    data: TrainingData,
    start: int,
    changes: dict[str, str],
    fabric: Fabric,
) -> None:
    store_plugins(run, plugins_of(recipe, network))
    with atomic_path(run / "recipe.toml") as path:
        path.write_text(to_toml(resolved_tables(recipe, network)), encoding="utf-8")
    precision = precision_of(recipe.training, fabric.device)
    listed = [f"{key}: {values}" for key, values in changes.items()]
    record_run(run, start, fabric.world_size, fabric.device, precision, listed)
    console.print(f"{in_short(network, data)}; {recipe.training.steps:,} steps of {recipe.training.batch_size} samples")
    if start:
        console.print(f"Resumed after step {start:,}")
        console.print(changed(changes), end="", markup=False, highlight=False)
    parts = fabric.world_size * recipe.training.accumulate
    if parts > 1 and depends_on_parts(network):
        console.print(
            f"Batch norms, latent codes and drawn points see each of the {parts} parts of a batch by itself, not the whole"
        )
