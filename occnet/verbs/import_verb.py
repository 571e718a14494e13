"""`occnet import`: its arguments, and what it prints."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from tyro.conf import Positional, arg

from occnet.verbs.shell.quick_imports import quick_imports


def import_(
    source: Positional[Annotated[Path, arg(metavar="FILE|FOLDER")]],
    output: Annotated[Path, arg(aliases=["-o"], metavar="DIR")],
    config: Annotated[Path | None, arg(metavar="FILE.yaml")] = None,
) -> int:
    """Turn a checkpoint or dataset of Occupancy Networks or Convolutional Occupancy Networks into one of ours.

    Args:
        source: the authors' checkpoint, a .pt file, read as plain tensors and never run; or a folder with the authors'
            ShapeNet data, which can also be trained on as it is, only slower
        output: the folder of the model, for the other commands' --model; or of the dataset
        config: the authors' .yaml file, for what the weights do not show: planes, resolutions, padding, threshold
    """
    with quick_imports():
        from occnet.pipeline.converting import convert_published
        from occnet.pipeline.importing import import_checkpoint

    if source.is_dir():
        counts = convert_published(source, output)
        print(f"{', '.join(f'{count:,} {split}' for split, count in counts.items())} shapes are in {output}.")
        return 0
    found = import_checkpoint(source, output, config)
    print(f"{found.encoder} (reads {found.reads}) with {found.decoder}, {found.parameters:,} parameters: written to {output}")
    if found.ignored:
        print(f"not needed and left out: {', '.join(found.ignored)}")
    for setting, value in found.assumed.items():
        print(f"not visible in the weights, taken as published: {setting} = {value} (--config FILE.yaml tells better)")
    return 0
