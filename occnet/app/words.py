"""What is said on the page of a mesh that was made."""

from __future__ import annotations

from typing import Any

from occnet.geometry.scan.agreement import Agreement
from occnet.geometry.soundness.certificate import Certificate
from occnet.mesh import Mesh
from occnet.pipeline.plain_words import defects_in_words, extent, soundness
from occnet.pipeline.reconstruct.photo_result import PhotoResult


def result_in_words(
    mesh: Mesh, certificate: Certificate, agreement: Agreement | None = None, photo: PhotoResult | None = None
) -> dict[str, Any]:
    """Its certificate and agreement in sentences, and its numbers, for the script of the page."""
    problem = defects_in_words(certificate)
    return {
        "sound": certificate.ok,
        "certificate": f"It is no solid: {problem}." if problem else f"It is {soundness(certificate)}.",
        "agreement": None if agreement is None else {"verdict": agreement.verdict, "reason": agreement.reason},
        "photo": None if photo is None else {"expected_iou": photo.expected_iou, "verdict": photo.verdict},
        "faces": len(mesh.faces),
        "vertices": len(mesh.vertices),
        "extent": extent(mesh.vertices),
        "volume": None if certificate.open_surface else float(f"{certificate.volume:.4g}"),
    }
