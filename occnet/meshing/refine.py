"""Moving the vertices of an extracted mesh so that its faces lie on the field's surface and turn with it."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from occnet.field import Field
from occnet.mesh import Mesh

FACES = 1 << 14  # faces evaluated at once


@dataclass(frozen=True)
class RefineOptions:
    """The optimisation's choices; the defaults are the paper's code's."""

    steps: int = 30
    learning_rate: float = 1e-4  # RMSprop; about the distance, in the units of the mesh, that a vertex moves in a step
    normal_weight: float = 0.01  # of the normals' term against the occupancies'
    seed: int = 0  # of the random points on the faces


def refine(
    mesh: Mesh,
    field: Field,
    *,
    threshold: float = 0.5,
    device: torch.device | str | None = None,
    options: RefineOptions | None = None,
) -> Mesh:
    """The mesh with moved vertices and the same faces, so that it stays closed; normals are dropped.

    field: as for extract_mesh, differentiable twice by torch. threshold: probability in (0, 1) at the surface.
    Minimises, over one random point on each face a step, (p - threshold)^2 + weight * |grad p / |grad p| + n|^2, where p is the
    field's probability at the point and n the face's normal, pointing outward. Faces count by their area (in the paper alike),
    for the normals of slivers mean little; a vertex whose gradient is not finite (a crease of the field) rests for that step.
    Raises ValueError when torch cannot differentiate the field.
    Source: Mescheder et al. 2019, section 3.3.
    """
    options = options or RefineOptions()
    where = torch.device(device or getattr(field, "device", None) or "cpu")
    faces = torch.as_tensor(mesh.faces.copy(), device=where)
    start = torch.as_tensor(mesh.vertices.copy(), device=where, dtype=torch.float32)
    moved = torch.zeros_like(start, requires_grad=True)
    optimizer = torch.optim.RMSprop([moved], lr=options.learning_rate)
    generator = torch.Generator().manual_seed(options.seed)
    for _ in range(options.steps):
        optimizer.zero_grad()
        weights = _dirichlet(len(faces), generator).to(where)
        for part, share in zip(faces.split(FACES), weights.split(FACES), strict=True):
            (_loss(field, (start + moved)[part], share, threshold, options.normal_weight) / mesh.area).backward()
        if moved.grad is not None:
            moved.grad.nan_to_num_(nan=0.0, posinf=0.0, neginf=0.0)
        optimizer.step()
    return Mesh(mesh.vertices + moved.detach().double().cpu().numpy(), mesh.faces)


def _dirichlet(count: int, generator: torch.Generator) -> Tensor:
    """Barycentric weights (count, 3) by the paper's Dirichlet(1/2, 1/2, 1/2): squares of a random direction's coordinates."""
    direction = torch.randn(count, 3, generator=generator)
    return direction**2 / (direction**2).sum(dim=1, keepdim=True).clamp(min=1e-12)


def _loss(field: Field, triangles: Tensor, weights: Tensor, threshold: float, normal_weight: float) -> Tensor:
    points = (triangles * weights[:, :, None]).sum(dim=1)  # (F, 3)
    logits = field(points)
    if not isinstance(logits, Tensor) or not logits.requires_grad:
        raise ValueError("Refinement follows the gradient of the field, but torch cannot differentiate this one.")
    probability = logits.sigmoid()
    (gradient,) = torch.autograd.grad(probability.sum(), points, create_graph=True)
    outward = -torch.nn.functional.normalize(gradient, dim=1)
    a, b, c = triangles.unbind(dim=1)
    area_normals = 0.5 * torch.linalg.cross(b - a, c - a)
    areas = area_normals.detach().norm(dim=1)
    normals = torch.nn.functional.normalize(area_normals, dim=1)
    return (areas * ((probability - threshold) ** 2 + normal_weight * ((outward - normals) ** 2).sum(dim=1))).sum()
