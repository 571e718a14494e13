"""A certificate and sizes as somebody says them who has never read one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from occnet.geometry.soundness.certificate import Certificate

_MEANINGS = {
    "boundary edges": "edges of holes",
    "crowded edges": "edges where more than two faces meet",
    "misdirected edges": "edges whose faces disagree on what is outside",
    "pinched vertices": "points where the surface touches itself",
    "inward components": "parts that are inside out",
    "degenerate faces": "faces without an area",
    "duplicate faces": "faces that are there twice",
    "coincident vertices": "corners at one place",
    "unused vertices": "corners of no face",
    "intersecting pairs": "pairs of faces that pass through each other",
    "no faces": "mesh without a face",
}


def soundness(certificate: Certificate) -> str:
    """What a mesh without a defect is, in a sentence."""
    pieces = "one piece" if certificate.components == 1 else f"{certificate.components:,} pieces"
    kind = f"a surface with {certificate.boundaries:,} edges" if certificate.open_surface else "a closed solid"
    holes = {None: "", 0: ", no hole through it", 1: ", one hole through it"}
    genus = holes.get(certificate.genus, f", {certificate.genus} holes through it")
    return f"{kind}: {pieces}{genus}"


def defects_in_words(certificate: Certificate) -> str:
    """What is wrong with a mesh, each defect with its count; empty where nothing is."""
    return ", ".join(f"{count:,} {_MEANINGS.get(name, name)}" for name, count in certificate.problems.items())


def extent(places: NDArray) -> str:
    """The edges of the box around places (N, 3), as 0.83 x 0.9 x 0.41."""
    return " x ".join(f"{edge:.3g}" for edge in np.ptp(places, axis=0)) if len(places) else "empty"
