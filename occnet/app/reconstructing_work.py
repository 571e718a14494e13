"""What the page does with a file: read it, show it, and let its solid grow from coarse to fine."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from occnet.app.models_at_hand import ModelsAtHand
from occnet.app.words import result_in_words
from occnet.app.work import Work
from occnet.errors import EmptySurface
from occnet.files.clouds import Cloud
from occnet.mesh import Mesh
from occnet.observations.interface import ObservationKind
from occnet.observations.kinds import kind_of
from occnet.pipeline.reconstruct.observed_mesh import mesh_of
from occnet.pipeline.reconstruct.photographed_thing import found_in_photo
from occnet.pipeline.reconstruct.reconstruct import model_for, reconstruct
from occnet.pipeline.reconstruct.reconstruct_options import ReconstructOptions
from occnet.pipeline.show.render import Seen, read_to_see
from occnet.pipeline.show.view_options import ViewOptions
from occnet.pipeline.show.viewing import drawn_part, scene_of
from occnet.viewer.packing import Scene

_LEVELS = (8, 4, 2)  # parts of the resolution at which the solid is seen before it is finished
_COARSEST = 16  # cells


@dataclass(frozen=True, eq=False)
class Opened:
    """A file that the page was given."""

    path: Path
    kind: ObservationKind
    observation: Any  # as the kind reads it
    seen: Seen  # as it is looked at

    @property
    def name(self) -> str:
        """Of the file, as its user knows it."""
        return self.path.name

    def scene(self, mesh: Mesh | None = None, finished: bool = True) -> Scene:
        """The input, and a mesh of it. finished: compared with it; else only looked at, from where the input is."""
        things: dict[str, Seen] = {} if mesh is None else {"mesh": mesh}
        if mesh is None or self.kind.name == "points":
            things[self.name] = self.seen
        scene = scene_of(things, ViewOptions(compare=finished and mesh is not None, certify=False))
        around = scene_of({self.name: self.seen}, ViewOptions(compare=False, certify=False)).ball
        return scene if self.kind.name == "image" else replace(scene, center=around[0], radius=around[1])


def opened(path: Path) -> Opened:
    """What a file holds. Raises FileError, CloudError or EmptySurface when nothing can be made of it."""
    kind = kind_of(path)
    observation = kind.read(path)
    if isinstance(observation, Cloud):
        return Opened(path, kind, observation, drawn_part(observation))
    return Opened(path, kind, observation, read_to_see(path))


def reconstructed(work: Work, given: Opened, options: ReconstructOptions, models: ModelsAtHand) -> tuple[Mesh, dict[str, Any]]:
    """The mesh of a file, the same as the command makes with these options, and what is said of it.

    Coarser ones are shown on the way. Raises what `reconstruct` does.
    """
    work.begin("load the model")
    network = models[model_for(given.path)]
    work.begin("read")
    seen = found_in_photo(given.observation, network, options.photo)
    observed = given.kind.observed(seen, network.reader, options)
    coarse = [cells for part in _LEVELS if (cells := options.resolution // part) >= _COARSEST]
    for level, cells in enumerate(coarse, start=1):
        work.begin(f"level {level} of {len(coarse) + 1}, {cells} cells")
        try:
            mesh = mesh_of(observed, network, given.name, replace(options, resolution=cells, faces=None, refine=False))
        except EmptySurface:
            continue  # it is finer than these cells
        work.show(given.scene(mesh, finished=False))
    result = reconstruct(given.observation, options, model=network)
    work.begin("compare")
    work.show(given.scene(result.mesh))
    said = result_in_words(result.mesh, result.certificate, result.agreement, result.photo)
    said |= {"notes": list(result.notes), "seconds": round(sum(result.seconds.values()), 2)}
    said |= {"command": _command(given.name, options)}
    return result.mesh, said


def _command(name: str, options: ReconstructOptions) -> str:
    """What makes the same mesh in a terminal."""
    plain = ReconstructOptions()
    words = ["occnet reconstruct", f'"{name}"' if " " in name else name, "-o mesh.ply"]
    for field in ("resolution", "threshold", "faces"):
        value = getattr(options, field)
        words += [f"--{field} {value}"] if value != getattr(plain, field) else []
    for field in ("ground", "surface"):
        value = getattr(options.cloud, field, None)
        words += [f"--{field} {value}"] if value != getattr(plain.cloud, field, None) else []
    return " ".join(words)
