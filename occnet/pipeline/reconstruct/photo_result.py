"""What is said of a mesh that was made of a photo: how good it probably is, and how it agrees with the picture."""

from __future__ import annotations

from dataclasses import dataclass

from occnet.files.clouds import Cloud

_ROUGH = 0.3  # expected IoU below which a mesh is a guess


@dataclass(frozen=True)
class PhotoResult:
    """How a mesh and the photo that it was made of agree, as far as the model and the picture tell."""

    expected_iou: float  # with the true solid, by the model's own probabilities
    pieces: int  # connected pieces of the mesh
    things: int  # parts of the thing in the picture that hang together there
    outline: float | None  # IoU of the mesh's and the picture's, by the view that the model guesses; None without such a view
    lowered_to: float | None  # the threshold, where it was lowered for the sake of what the picture shows as one
    dropped: int  # pieces that the picture does not show

    @property
    def verdict(self) -> str:
        """What is to be said in a sentence."""
        if self.pieces > self.things:
            return f"the mesh falls into {self.pieces} pieces, but the picture shows {self.things} that hang together"
        if self.expected_iou < _ROUGH:
            return "the model is sure of little; take it for a guess"
        return "a rough solid of about these proportions"

    def __str__(self) -> str:
        """A short table."""
        rows = [("expected IoU", f"{self.expected_iou:.2f} with the true solid, by the model's probabilities: {self.verdict}")]
        if self.outline is not None:
            rows.append(("outline", f"{self.outline:.0%} of the outlines in the picture and of the mesh are common to both"))
        rows.append(("pieces", f"{self.pieces:,}{self._remarks()}"))
        return "\n".join(f"{name:<20} {value}" for name, value in rows)

    def _remarks(self) -> str:
        remarks = []
        if self.lowered_to is not None:
            remarks.append(f"the threshold is lowered to {self.lowered_to:.2f}, for the picture shows one")
        remarks += [f"{self.dropped:,} that the picture does not show left out"] if self.dropped else []
        return f" ({'; '.join(remarks)})" if remarks else ""


@dataclass(frozen=True, eq=False)
class PhotoFindings:
    """What was found as a mesh was made of a photo: what is said of it, and the colours of what the picture shows of it."""

    result: PhotoResult
    colored: Cloud | None  # points of the side that the picture shows, in the mesh's coordinates
