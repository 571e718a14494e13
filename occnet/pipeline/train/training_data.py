"""What a recipe trains on: the encoder decides what a batch holds, the recipe where it comes from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import torch

from occnet.data.batches import Batch, ScanBatches, StepBatches, normal_shares, validation_batch
from occnet.data.datasets import open_split
from occnet.data.needs import Amount, Needs
from occnet.data.photos.photographed_split import PhotographedSplit, PictureBatches, validation_photos
from occnet.data.photos.pictures_config import PicturesConfig
from occnet.data.photos.whole_pictures import WholePictures
from occnet.data.photos.whole_pictures_config import WholePicturesConfig
from occnet.data.procedural import PROCEDURAL
from occnet.data.samples import SampleBatches, SamplesConfig, check_numbering, validation_samples
from occnet.data.split_protocol import Split
from occnet.errors import RecipeError
from occnet.networks.encoders.index_embedding import IndexEmbedding
from occnet.networks.occupancy_network import OccupancyNetwork
from occnet.observations.kinds import kind_named
from occnet.pipeline.train.config import TrainingConfig, TrainingRecipe, loss_of


@dataclass(frozen=True, eq=False)
class TrainingData:
    """The batches of a training and its validation."""

    config: TrainingConfig
    splits: list[Split]  # trained on
    batches: StepBatches
    validation: Split
    sizes: tuple[int, ...]  # points of a scan at each validation; a single 0 where the network reads no cloud
    validation_batch: Callable[[Sequence[int], int], Batch]  # shapes of the validation split, size -> batch


def open_training_data(recipe: TrainingRecipe, network: OccupancyNetwork, device: torch.device | str = "cpu") -> TrainingData:
    """The data of a recipe, for its network, looked through for all that the training will ask of them.

    Raises DatasetError or RecipeError when they do not fit.

    device: of the training. Procedural shapes for simulated scans are made there if it is CUDA, many at once, unless worker
    processes make the samples; all else is made and read on the CPU.
    """
    if recipe.pictures is not None:
        return _open_pictures(recipe, recipe.pictures, network)
    if recipe.whole_pictures is not None:
        return _open_whole_pictures(recipe, recipe.whole_pictures, network)
    config = recipe.training
    categories = recipe.data.categories
    there = recipe.samples is None and not config.workers and torch.device(device).type == "cuda"
    maker = device if there else "cpu"
    splits = [open_split(dataset, "train", categories, maker) for dataset in recipe.data.datasets]
    # codes that belong to training shapes can only be validated on these
    kind = kind_named(network.reads)
    own = kind.training_shapes_only
    validation = splits[0] if own else open_split(recipe.data.validation, "validation", categories, maker)
    if isinstance(network.encoder, IndexEmbedding):
        check_numbering(network.encoder.codes.num_embeddings, splits)
    loss = loss_of(recipe)
    distances = loss.wants_distances
    for split, share in zip(splits, normal_shares(recipe.data.shares, len(splits)), strict=True):
        if share > 0.0:
            split.check(_training_needs(recipe, network))
    validation.check(_validation_needs(recipe, network))
    if recipe.samples is None:
        if loss.surface_points:
            raise RecipeError("A decoder of surfaces is trained by a table [samples]; give one in place of [scans].")
        if recipe.scans.normals_share and not network.encoder.reads_normals:
            raise RecipeError("normals_share is above 0, but the encoder reads no normals; set normals = true in [encoder].")
        scans = ScanBatches(splits, recipe.data.shares, config.batch_size, recipe.scans, config.seed, distances)

        def scan_batch(shapes: Sequence[int], size: int) -> Batch:
            return validation_batch(validation, shapes, size, config.validation_noise, config.validation_queries)

        return TrainingData(config, splits, scans, validation, config.validation_points, scan_batch)
    batches = SampleBatches(
        splits, recipe.data.shares, config.batch_size, kind, network.reader, recipe.samples, config.seed, distances
    )
    batches.surface = loss.surface_points
    return TrainingData(
        config,
        splits,
        batches,
        validation,
        (recipe.samples.points if kind.sized else 0,),
        lambda shapes, _: validation_samples(batches, validation, shapes, config.validation_queries),
    )


def _open_pictures(recipe: TrainingRecipe, pictures: PicturesConfig, network: OccupancyNetwork) -> TrainingData:
    """Photos of procedural things, and a validation on such ones or on stored pictures."""
    config, reader = recipe.training, network.reader
    _check_endless(recipe, "pictures")
    if reader.kind != "image" or not reader.viewer_centred or reader.places:
        raise RecipeError(
            "[pictures] are for encoders of images that answer as the viewer sees things and need not be told where points are "
            'seen: name = "visible_surface" under [encoder].'
        )
    loss = loss_of(recipe)
    if loss.wants_distances or loss.surface_points:
        raise RecipeError("[pictures] tell no distances to the surface, which the loss wants; choose another under [loss].")
    train = PhotographedSplit("train", pictures)
    batches = PictureBatches(train, config.batch_size, reader.size, config.seed)
    if recipe.data.validation == PROCEDURAL:
        endless = PhotographedSplit("validation", pictures)

        def made(shapes: Sequence[int], _: int) -> Batch:
            return validation_photos(endless, shapes, reader.size, config.validation_queries)

        return TrainingData(config, [train], batches, endless, (0,), made)
    stored = open_split(recipe.data.validation, "validation")
    kind, samples = kind_named(network.reads), SamplesConfig()
    needs = kind.needs(reader, samples)
    queries = Amount("uniform", config.validation_queries, "validation_queries under [training]")
    stored.check(replace(needs, amounts=(queries, *needs.amounts)))
    shown = SampleBatches([stored], [1.0], 1, kind, reader, samples, config.seed)
    return TrainingData(
        config,
        [train],
        batches,
        stored,
        (0,),
        lambda shapes, _: validation_samples(shown, stored, shapes, config.validation_queries),
    )


def _open_whole_pictures(recipe: TrainingRecipe, pictures: WholePicturesConfig, network: OccupancyNetwork) -> TrainingData:
    """Pictures of procedural things with their grounds, and a validation on other ones."""
    config, reader = recipe.training, network.reader
    _check_endless(recipe, "whole_pictures")
    if reader.kind != "picture":
        raise RecipeError(
            '[whole_pictures] are for encoders that tell which places are of the thing: name = "whole_picture" under [encoder].'
        )
    if recipe.data.validation != PROCEDURAL:
        raise RecipeError(f'A recipe with [whole_pictures] has validation = "{PROCEDURAL}" under [data].')
    loss = loss_of(recipe)
    if loss.wants_distances or loss.surface_points:
        raise RecipeError("[whole_pictures] tell no distances and no surface, as the loss wants; choose another under [loss].")
    train, endless = (PhotographedSplit(split, pictures) for split in ("train", "validation"))
    batches = WholePictures(train, pictures, config.batch_size, reader.size, config.seed)
    shown = WholePictures(endless, pictures, config.batch_size, reader.size, config.seed)
    return TrainingData(
        config, [train], batches, endless, (0,), lambda shapes, _: shown.validation(shapes, config.validation_queries)
    )


def _check_endless(recipe: TrainingRecipe, table: str) -> None:
    if recipe.data.datasets != (PROCEDURAL,) or recipe.data.categories:
        raise RecipeError(
            f'A recipe with [{table}] has datasets = ["{PROCEDURAL}"] under [data]; which things there are say categories and '
            f"other_share under [{table}]."
        )


def _training_needs(recipe: TrainingRecipe, network: OccupancyNetwork) -> Needs:
    """What the batches ask of a shape."""
    table, config = ("scans", recipe.scans) if recipe.samples is None else ("samples", recipe.samples)
    times, because = (4, " (four times, for balanced = true)") if recipe.samples and recipe.samples.balanced else (1, "")
    amounts = [
        Amount("uniform", times * config.uniform_queries, f"uniform_queries under [{table}]{because}"),
        Amount("near", config.near_queries, f"near_queries under [{table}]"),
    ]
    if recipe.samples is None:
        amounts.append(Amount("surface", recipe.scans.points_max, "points_max under [scans]"))
    amounts.append(Amount("surface", loss_of(recipe).surface_points, "points under [loss]"))
    return _needs(amounts, recipe, network)


def _validation_needs(recipe: TrainingRecipe, network: OccupancyNetwork) -> Needs:
    """What a validation asks of a shape."""
    amounts = [Amount("uniform", recipe.training.validation_queries, "validation_queries under [training]")]
    if recipe.samples is None:
        amounts.append(Amount("surface", max(recipe.training.validation_points), "validation_points under [training]"))
    amounts.append(Amount("surface", loss_of(recipe).surface_points, "points under [loss]"))
    return _needs(amounts, recipe, network)


def _needs(amounts: list[Amount], recipe: TrainingRecipe, network: OccupancyNetwork) -> Needs:
    """These amounts, and what the observation is made of."""
    needs = Needs(()) if recipe.samples is None else kind_named(network.reads).needs(network.reader, recipe.samples)
    return replace(needs, amounts=tuple(amount for amount in (*amounts, *needs.amounts) if amount.count))
