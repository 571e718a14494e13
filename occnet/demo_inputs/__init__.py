"""One input of each kind to try the program on, made by `examples/00_make_a_scan.py` from procedural shapes of our own."""

from __future__ import annotations

from pathlib import Path

DEMO_INPUTS = {"scan": "chair_scan.ply", "photo": "mushroom.png", "voxels": "mushroom.npz"}
"""What `occnet demo` takes, and the page of `occnet app` offers: by kind, the name of its file."""


def demo_input(kind: str) -> Path:
    """The file of a kind: scan, photo or voxels."""
    return Path(__file__).parent / DEMO_INPUTS[kind]
