"""How smooth reconstructions are where the thing is flat, by rounds of smoothing: closed meshes, reconstruction.py's protocol.

    python benchmarks/flat_parts.py MESHES [--rounds 0 20] [--points 1000 3000]

MESHES is a folder of meshes or a bundle (.npz); of its validation split so many are used, spread evenly. A true sample is in a
flat part when none within 0.03 longest edges faces more than two degrees away; the nearest face of the mesh is looked at.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
import tyro
from scipy.spatial import KDTree
from tqdm import tqdm

from occnet.geometry.soundness.certificate import certify
from occnet.mesh import Mesh
from occnet.meshing.extract import extract
from occnet.networks.checkpoint import load_model
from occnet.networks.occupancy_network import OccupancyNetwork
from occnet.observations.kinds import kind_named
from occnet.pipeline.allocator import keep_freed_memory
from occnet.pipeline.evaluate.cases import Case, Protocol, mesh_cases
from occnet.pipeline.evaluate.scores import scored
from occnet.pipeline.reconstruct.observed_mesh import NOISY_EXTRACTION, field_of
from occnet.pipeline.reconstruct.reconstruct_options import ReconstructOptions

AROUND = 0.03  # longest edges
ALIKE = float(np.cos(np.radians(2.0)))
LOOKED_AT = 10_000  # true samples of a shape
NEAR = 0.02  # longest edges: what is not found there has no face to look at


def main(
    meshes: tyro.conf.Positional[Path],
    model: str = "points",
    rounds: tuple[int, ...] = (0, 20),
    points: tuple[int, ...] = (1000, 3000),
    most: int = 24,
    resolution: int = 256,
) -> None:
    """Print a row for each number of points and of rounds."""
    keep_freed_memory()
    network = load_model(model)
    print(f"{torch.get_num_threads()} threads, torch {torch.__version__}, noise {Protocol().noise}\n")
    print("| points | rounds | IoU | F-score | normals | turn of flat parts (degrees) | sound | share of time | shapes |")
    print("| ------ | ------ | --- | ------- | ------- | ---------------------------- | ----- | ----- | ------ |")
    for count in points:
        rows: dict[int, list[tuple[float, ...]]] = {number: [] for number in rounds}
        for make in tqdm(mesh_cases(meshes, Protocol(points=count), "validation", most), desc=f"{count} points"):
            case = make()
            flat = flat_samples(case)
            for number in rounds:
                mesh, share = reconstructed(network, case, number, resolution)
                score, sound = scored(mesh, case), certify(mesh, second_opinion=False).ok
                turned = turn(mesh, case, flat)
                rows[number].append((score.iou, score.f_score, score.normal_consistency, turned, sound, share))
        for number, found in rows.items():
            iou, fine, normal, turned, sound, part = np.nanmean(np.array(found, dtype=float), axis=0)
            print(f"| {count:,} | {number} | {iou:.4f} | {fine:.4f} | {normal:.4f} | {turned:.2f} | {sound:.0%} | {part:.0%} |"
                  f" {len(found)} |", flush=True)  # fmt: skip


def reconstructed(network: OccupancyNetwork, case: Case, rounds: int, resolution: int) -> tuple[Mesh, float]:
    """The mesh of a case in its unit cube, and the share of its extraction's time that smoothing took."""
    options = ReconstructOptions(resolution=resolution)
    observed = kind_named(network.reads).observed(case.observation, network.reader, options)
    found = extract(
        field_of(observed, network, options.cloud),
        resolution=resolution,
        threshold=network.threshold,
        seeds=observed.seeds,
        options=replace(NOISY_EXTRACTION, smoothing=rounds),
    )
    return observed.frame.mesh_to_original(found.mesh), found.seconds.get("smoothing", 0.0) / sum(found.seconds.values())


def flat_samples(case: Case) -> np.ndarray:
    """Which of the first true samples lie in flat parts, (LOOKED_AT,) bool."""
    near = KDTree(case.surface).query_ball_point(case.surface[:LOOKED_AT], AROUND)
    return np.array([(case.normals[others] @ case.normals[index]).min() > ALIKE for index, others in enumerate(near)])


def turn(mesh: Mesh, case: Case, flat: np.ndarray) -> float:
    """The median angle in degrees between true normals of flat parts and the nearest faces; NaN where nothing is flat."""
    corners = mesh.vertices[mesh.faces]
    distances, faces = KDTree(corners.mean(axis=1)).query(case.surface[:LOOKED_AT][flat])
    across = mesh.face_normals[faces]
    lengths = np.linalg.norm(across, axis=1)
    seen = (distances < NEAR) & (lengths > 0.0)
    if not seen.any():
        return float("nan")
    cosine = np.einsum("ij,ij->i", across[seen], case.normals[:LOOKED_AT][flat][seen]) / lengths[seen]
    return float(np.median(np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0)))))


if __name__ == "__main__":
    tyro.cli(main, description=__doc__)
