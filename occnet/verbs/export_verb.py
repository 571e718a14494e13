"""`occnet export`: its arguments, and what it prints."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from tyro.conf import Positional, arg

from occnet.pipeline.progress import signs_of_life
from occnet.verbs.shell.quick_imports import quick_imports


def export(
    model: Positional[Annotated[str, arg(metavar="MODEL")]],
    output: Annotated[Path, arg(aliases=["-o"], metavar="FILE")],
    format: Literal["onnx", "torch"] = "onnx",
) -> int:
    """Write a model for other programs: an encoder, observation to code, and a decoder, points and code to logits.

    Args:
        model: a shipped model's name, or the folder of one that you trained; it reads points, an image or voxels
        output: FILE.onnx or, with --format torch, FILE.pt2; written are FILE_encoder and FILE_decoder
        format: onnx, opset 20 (needs the extra [onnx]), or torch: programs of torch.export
    """
    with signs_of_life(phase="start-up"), quick_imports():
        from occnet.pipeline.exporting import export_model

    with signs_of_life():
        made = export_model(model, output, format)
    print(f"{'compared':<20} the logits differ by {made.difference:.2g} at most")
    print(f"{'written to':<20} {made.encoder}, {made.decoder}")
    return 0
