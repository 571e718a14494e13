"""What the page does without a file: draw a shape, or one on the way between two, and let it grow from coarse to fine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from occnet.app.models_at_hand import ModelsAtHand
from occnet.app.words import result_in_words
from occnet.app.work import Work
from occnet.errors import EmptySurface, OccnetError
from occnet.geometry.soundness.certificate import certify
from occnet.mesh import Mesh
from occnet.meshing.extract import extract_mesh
from occnet.networks.latent import interpolated
from occnet.networks.occupancy_network import OccupancyNetwork
from occnet.pipeline.phases import announce_share
from occnet.viewer.layers import Surface
from occnet.viewer.packing import Scene

STEPS = 11
"""Of the slider between two shapes, both included."""

_RADIUS = 0.6  # of the ball that is looked at, in the unit cube


@dataclass(frozen=True)
class Drawing:
    """Which shape is drawn. step: 0 is that of the seed, STEPS - 1 that of towards."""

    model: str
    seed: int = 0
    towards: int = 1
    step: int = 0
    resolution: int = 128

    def __post_init__(self) -> None:
        if not 0 <= self.step < STEPS or not 16 <= self.resolution <= 512:
            raise OccnetError(f"A step is 0 to {STEPS - 1}, a resolution 16 to 512; {self.step}, {self.resolution} were given.")

    @property
    def command(self) -> str:
        """What makes the same mesh in a terminal, among others of the way."""
        way = f" --towards {self.towards} --count {STEPS}" if self.step else ""
        cells = "" if self.resolution == 128 else f" --resolution {self.resolution}"
        return f"occnet generate {self.model} -o shape.ply --seed {self.seed}{way}{cells}"


def drawn_shape(work: Work, drawing: Drawing, models: ModelsAtHand) -> tuple[Mesh, dict[str, Any]]:
    """The mesh of a shape, the same as the command makes, and what is said of it; coarser ones are shown on the way.

    Raises EmptySurface if the model draws nothing solid there.
    """
    work.begin("load the model")
    network = models[drawing.model]
    field = network.field_of_code(_code(network, drawing))
    mesh = None
    for level, cells in enumerate((drawing.resolution // 4, drawing.resolution), start=1):
        work.begin(f"level {level} of 2, {cells} cells")
        try:
            mesh = extract_mesh(field, resolution=cells, threshold=network.threshold, progress=announce_share)
        except EmptySurface:
            continue
        work.show(_scene(mesh))
    if mesh is None:
        raise EmptySurface("The model draws nothing solid there; take another number.")
    work.begin("certify")
    said = result_in_words(mesh, certify(mesh, second_opinion=False))
    return mesh, said | {"notes": [], "command": drawing.command}


def _code(network: OccupancyNetwork, drawing: Drawing) -> Any:
    if not drawing.step:
        return network.sample_code(drawing.seed)
    ends = network.sample_code(drawing.seed), network.sample_code(drawing.towards)
    return interpolated(*ends, STEPS)[drawing.step]


def _scene(mesh: Mesh) -> Scene:
    note = f"{len(mesh.faces):,} faces"
    surface = Surface("shape", mesh.vertices, mesh.faces, note=note)
    return Scene([surface], title="New shape", center=np.zeros(3), radius=_RADIUS)
