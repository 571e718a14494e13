"""`occnet generate`: its arguments, and what it prints."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from tyro.conf import Positional, arg

from occnet.pipeline.allocator import keep_freed_memory
from occnet.pipeline.generate_options import GenerateOptions
from occnet.pipeline.progress import signs_of_life
from occnet.verbs.shell.exit_codes import EXIT_NOT_SOUND
from occnet.verbs.shell.quick_imports import quick_imports


def generate(
    what: Positional[Annotated[str, arg(metavar="WHAT")]] = "car",
    output: Annotated[Path | None, arg(aliases=["-o"], metavar="MESH")] = None,
    options: Annotated[GenerateOptions, arg(name="")] = GenerateOptions(),  # noqa: B008 (frozen)
) -> int:
    """Draw new shapes from a generative model, as meshes; without -o, list what can be drawn.

    Exits with 1 if a draw is empty or bounds no solid.

    Args:
        output: the mesh to write; with --count, the seed (or with --towards the step) is put before its suffix
        what: car or vessel; or a shipped model's name, or the folder of one that you trained with a table [latent]
    """
    with quick_imports():
        from occnet.pipeline.generate import DRAWN
        from occnet.pipeline.generate import generate as generate_meshes

    if output is None:
        print("\n".join(f"{name:<10} occnet generate {name} -o {name}.ply" for name in DRAWN))
        return 0
    keep_freed_memory()
    with signs_of_life():
        made = generate_meshes(what, output, options)
    for shape in made:
        if shape.certificate is None:
            print(f"{shape.path}: nothing solid was drawn, so it was not written")
        else:
            problems = "" if shape.certificate.ok else f"; {shape.certificate.problems}"
            print(f"{shape.path}: volume {shape.certificate.volume:.4g}, genus {shape.certificate.genus}{problems}")
    return 0 if all(shape.certificate and shape.certificate.ok for shape in made) else EXIT_NOT_SOUND
