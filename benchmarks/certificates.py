"""What a certificate takes, beside the reconstruction whose mesh it is of: CPU seconds of one run, whose shares are its own.

    OMP_NUM_THREADS=1 python benchmarks/certificates.py

The example scan by the shipped model, at several resolutions. Each time is the least of several.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import tyro

import occnet
from occnet.geometry.soundness.intersections import self_intersections
from occnet.pipeline.reconstruct.reconstruct import EXAMINED_FACES

SCAN = Path(__file__).parents[1] / "examples" / "data" / "chair_scan.ply"
HEAD = ["faces", "reconstruct", "certify as it does", "share", "all pairs", "of these intersections", "manifold3d, too"]


@dataclass(frozen=True)
class Choices:
    """What to measure."""

    scan: Path = SCAN
    """what is reconstructed"""
    resolutions: tuple[int, ...] = (64, 128, 256, 512)
    """at which it is"""
    times: int = 3
    """how often, of which the least counts"""


def main(choices: Choices) -> None:
    """Print a Markdown table, a line for each resolution. reconstruct: all of it but for the certificate."""
    model = occnet.load_model("points")
    print("| " + " | ".join(HEAD) + " |\n| " + " | ".join("-" * len(word) for word in HEAD) + " |")
    for resolution in choices.resolutions:
        options = occnet.ReconstructOptions(resolution=resolution)
        cells = row(lambda options=options: occnet.reconstruct(choices.scan, options, model=model), choices.times)
        print("| " + " | ".join(cell.ljust(len(word)) for cell, word in zip(cells, HEAD, strict=True)) + " |", flush=True)


def row(reconstructed: Callable[[], occnet.Reconstruction], times: int) -> list[str]:
    """The cells of a line."""
    mesh = reconstructed().mesh
    every = len(mesh.faces)
    quick = least(lambda: occnet.certify(mesh, examined_faces=EXAMINED_FACES, second_opinion=False), times)
    without = least(reconstructed, times) - quick
    others = [
        least(lambda: occnet.certify(mesh, examined_faces=every, second_opinion=False), times),
        least(lambda: self_intersections(mesh), times),
        least(lambda: occnet.certify(mesh, examined_faces=every), times),
    ]
    return [f"{every:,}", *(f"{number:.2f}" for number in (without, quick, quick / without, *others))]


def least(work: Callable[[], object], times: int) -> float:
    """The least CPU seconds, of all threads, that some work takes."""
    taken = []
    for _ in range(times):
        began = time.process_time()
        work()
        taken.append(time.process_time() - began)
    return min(taken)


if __name__ == "__main__":
    main(tyro.cli(Choices))
