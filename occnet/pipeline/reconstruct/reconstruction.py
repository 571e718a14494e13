"""What the main job returns."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from occnet.geometry.scan.agreement import Agreement
from occnet.geometry.soundness.certificate import Certificate
from occnet.mesh import Mesh
from occnet.pipeline.plain_words import defects_in_words, extent, soundness
from occnet.pipeline.reconstruct.photo_result import PhotoResult
from occnet.viewer.layers import Surface
from occnet.viewer.packing import Scene
from occnet.viewer.page import frame
from occnet.viewer.showing import show


@dataclass(frozen=True, eq=False)
class Reconstruction:
    """A mesh, whether it is a solid, whether it is what the scan shows, and how long each part took."""

    mesh: Mesh  # in the input's coordinates
    certificate: Certificate
    agreement: Agreement | None  # with the points of a scan, or the faces of voxels; None for a photo; see `photo`
    seconds: dict[str, float]  # by phase
    notes: tuple[str, ...] = ()  # sentences on what was noticed and assumed as the observation was read
    things: tuple[Mesh, ...] = ()  # the parts of the mesh that were made one by one: what stands on a ground, or lies apart
    files: tuple[Path, ...] = ()  # that were written
    photo: PhotoResult | None = None  # of a photo: how good the mesh probably is, and how it agrees with the picture

    def show(self, up: str = "y") -> None:
        """Show the mesh, and what was found of it: below the cell of a notebook, else in the browser. up: y or z.

        Raises OccnetError where there is no browser.
        """
        show(self._scene(up))

    def _repr_html_(self) -> str:
        """What a notebook shows of it."""
        return frame(self._scene())

    def _scene(self, up: str = "y") -> Scene:
        mesh, problem = self.mesh, defects_in_words(self.certificate)
        lines = [f"{len(mesh.faces):,} faces · {extent(mesh.vertices)}", *([] if problem else [soundness(self.certificate)])]
        lines += [] if self.agreement is None else [f"agreement {self.agreement.verdict}: {self.agreement.reason}"]
        lines += [] if self.photo is None else [f"expected IoU {self.photo.expected_iou:.2f}: {self.photo.verdict}"]
        surface = Surface("mesh", mesh.vertices, mesh.faces, mesh.colors, note="\n".join(lines), problem=problem)
        return Scene([surface], title="Reconstruction", up=up)
