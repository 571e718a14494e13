"""New shapes drawn from a generative model."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from occnet.errors import EmptySurface, ModelError
from occnet.files.meshes import check_mesh_destination, write_mesh
from occnet.geometry.soundness.certificate import Certificate, certify
from occnet.meshing.extract import extract_mesh
from occnet.networks.checkpoint import load_model, shipped_models
from occnet.networks.devices import device_of
from occnet.networks.latent import interpolated
from occnet.networks.network_field import NetworkField
from occnet.networks.occupancy_network import OccupancyNetwork
from occnet.pipeline.generate_options import GenerateOptions
from occnet.pipeline.phases import announce

DRAWN = {"car": "generate", "vessel": "generate_vessels"}
"""What the shipped models draw, each with the name of its model."""


@dataclass(frozen=True, eq=False)
class Generated:
    """One drawn shape."""

    path: Path
    certificate: Certificate | None  # None when the model drew nothing solid; then nothing was written


def generate(model: str, destination: Path, options: GenerateOptions) -> list[Generated]:
    """Draw shapes from a generative model (Mescheder et al. 2019, sec. 3.2) and write them as meshes.

    model: what is to be drawn, a key of DRAWN; or a shipped model's name, or a folder.
    destination: the mesh to write; with count above 1 the seed, or the step, is put before its suffix (`chair-0.ply`, ...).
    Raises ModelError when the model does not exist or is not generative, FileError when a mesh cannot be written.
    """
    check_mesh_destination(destination)
    announce("load model")
    network = load_model(_model_of(model), device_of(options.device))
    threshold = network.threshold if options.threshold is None else options.threshold
    made: list[Generated] = []
    for number, field in _fields(network, options):
        announce(f"shape {len(made) + 1} of {options.count}")
        path = destination if options.count == 1 else destination.with_stem(f"{destination.stem}-{number}")
        try:
            mesh = extract_mesh(field, resolution=options.resolution, threshold=threshold)
        except EmptySurface:
            made.append(Generated(path, None))
            continue
        write_mesh(path, mesh)
        made.append(Generated(path, certify(mesh)))
    return made


def _model_of(asked: str) -> str:
    """The model that draws what is asked for. Raises ModelError, which tells what can be drawn, where there is none."""
    if asked in shipped_models() or Path(asked).exists():
        return asked
    if asked not in DRAWN:
        raise ModelError(
            f"There is no model here that draws {asked!r}; those that come with the package draw: {', '.join(DRAWN)}. Name one "
            "of these, or the folder of a model that you trained with a table [latent]."
        )
    return DRAWN[asked]


def _fields(network: OccupancyNetwork, options: GenerateOptions) -> Iterator[tuple[int, NetworkField]]:
    """The seed or the step of each shape, and its field."""
    if options.towards is None:
        for seed in range(options.seed, options.seed + options.count):
            yield seed, network.sample_field(seed)
    else:
        ends = network.sample_code(options.seed), network.sample_code(options.towards)
        for step, code in enumerate(interpolated(*ends, options.count)):
            yield step, network.field_of_code(code)
