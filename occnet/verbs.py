"""The commands of the program, one function each: parsing and printing; the work is one function of the pipeline."""

# No `from __future__ import annotations` here: tyro reads the annotations of the verbs, which are local to their loaders.
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

from occnet.errors import OccnetError
from occnet.extras import extra

Verb = Callable[..., int]

EXIT_NOT_SOUND = 1  # something is wrong with the mesh that was checked or reconstructed


def reconstruct_verb() -> Verb:
    """Turn a scan, a photo or voxels into a watertight mesh."""
    from tyro.conf import Positional, arg

    from occnet.pipeline.allocator import keep_freed_memory
    from occnet.pipeline.reconstruct.options import ReconstructOptions
    from occnet.pipeline.reconstruct.reconstruct import reconstruct_file

    def reconstruct(
        scan: Positional[Annotated[Path, arg(metavar="SCAN")]],
        output: Annotated[Path, arg(aliases=["-o"], metavar="MESH")],
        options: Annotated[ReconstructOptions, arg(name="")] = ReconstructOptions(),  # noqa: B008 (frozen)
    ) -> int:
        """Turn a scan, a photo or voxels into a watertight mesh, where the file has any in its own coordinates and units.

        Exits with 0 if the mesh bounds a solid, with 1 if it was written but does not.

        Args:
            scan: a cloud (ply, pcd, ptx, e57, las, xyz, csv, npy, npz, a mesh's vertices); or a photo; or voxels (binvox, npy,
                npz)
            output: the mesh to write: ply, obj, stl, off or glb
        """
        keep_freed_memory()
        result = reconstruct_file(scan, output, options)
        for note in result.notes:
            print(f"{'note':<20} {note}")
        print(result.certificate)
        phases = ", ".join(f"{phase} {seconds:.2f} s" for phase, seconds in result.seconds.items())
        print(f"{'time':<20} {sum(result.seconds.values()):.2f} s ({phases})")
        print(f"{'written to':<20} {output}")
        if result.certificate.ok:
            return 0
        found = ", ".join(f"{count:,} {name}" for name, count in result.certificate.problems.items())
        print(f"occnet: {output} is written, but it does not bound a solid: {found}.", file=sys.stderr)
        return EXIT_NOT_SOUND

    return reconstruct


def generate_verb() -> Verb:
    """Draw new shapes: cars, or those of another generative model."""
    from tyro.conf import Positional, arg

    from occnet.pipeline.allocator import keep_freed_memory
    from occnet.pipeline.generate import GenerateOptions
    from occnet.pipeline.generate import generate as generate_meshes

    def generate(
        output: Annotated[Path, arg(aliases=["-o"], metavar="MESH")],
        model: Positional[Annotated[str, arg(metavar="MODEL")]] = "generate",
        options: Annotated[GenerateOptions, arg(name="")] = GenerateOptions(),  # noqa: B008 (frozen)
    ) -> int:
        """Draw new shapes from a generative model, as meshes. Exits with 1 if a draw is empty or bounds no solid.

        Args:
            output: the mesh to write; with --count, the seed (or with --towards the step) is put before its suffix
            model: a shipped model's name, or the folder of one that you trained with a table [latent]
        """
        keep_freed_memory()
        made = generate_meshes(model, output, options)
        for shape in made:
            if shape.certificate is None:
                print(f"{shape.path}: nothing solid was drawn, so it was not written")
            else:
                problems = "" if shape.certificate.ok else f"; {shape.certificate.problems}"
                print(f"{shape.path}: volume {shape.certificate.volume:.4g}, genus {shape.certificate.genus}{problems}")
        return 0 if all(shape.certificate and shape.certificate.ok for shape in made) else EXIT_NOT_SOUND

    return generate


def check_verb() -> Verb:
    """Tell whether a mesh bounds a solid, and if not, what is wrong with it."""
    from tyro.conf import Positional, arg

    from occnet.files import read_mesh
    from occnet.geometry.certificate import certify

    def check(mesh: Positional[Annotated[Path, arg(metavar="MESH")]]) -> int:
        """Tell whether a mesh bounds a solid, and if not, what is wrong with it. Exits with 0 if it does, with 1 if not.

        Args:
            mesh: the mesh to examine: ply, obj, stl, off, glb or gltf
        """
        certificate = certify(read_mesh(mesh))
        print(certificate)
        return 0 if certificate.ok else EXIT_NOT_SOUND

    return check


def repair_verb() -> Verb:
    """Make a broken mesh a watertight solid."""
    from tyro.conf import Positional, arg

    from occnet.pipeline.repair import RepairOptions, repair_file

    def repair(
        mesh: Positional[Annotated[Path, arg(metavar="MESH")]],
        output: Annotated[Path, arg(aliases=["-o"], metavar="SOLID")],
        options: Annotated[RepairOptions, arg(name="")] = RepairOptions(),  # noqa: B008 (frozen)
    ) -> int:
        """Make a broken mesh one watertight, manifold solid: openings closed, sheets thickened, bodies joined.

        Args:
            mesh: the mesh to repair: ply, obj, stl, off, glb or gltf
            output: the mesh to write: ply, obj, stl, off or glb
        """
        solid = repair_file(mesh, output, options)
        print(solid.certificate)
        print(f"{'repairs':<20} {', '.join(solid.repairs) or 'none: it was a solid already'}")
        print(f"{'written to':<20} {output}")
        return 0 if solid.certificate.ok else EXIT_NOT_SOUND

    return repair


def prepare_verb() -> Verb:
    """Make a dataset to train on, from meshes or from procedural shapes."""
    from tyro.conf import Positional, arg

    from occnet.pipeline.prepare.prepare import PrepareOptions, prepare_meshes, prepare_synthetic
    from occnet.pipeline.prepare.summary import dry_run, report

    def prepare(
        output: Annotated[Path, arg(aliases=["-o"], metavar="DATASET")],
        meshes: Positional[Annotated[Path | None, arg(metavar="MESHES")]] = None,
        synthetic: Annotated[int | None, arg(metavar="SHAPES")] = None,
        options: Annotated[PrepareOptions, arg(name="")] = PrepareOptions(),  # noqa: B008 (frozen)
    ) -> int:
        """Make a dataset to train on: points labelled inside or outside, points on the surface, and what else is asked for.

        Run the same command again to go on with an interrupted preparation; run it with more meshes to add those. Broken
        meshes are repaired; report.csv in the dataset tells of each what was done. Exits with 1 if too many were rejected.

        Args:
            output: the folder of the dataset
            meshes: a mesh file, or a folder, a zip archive or a bundle (.npz) of meshes, in any nesting
            synthetic: instead of meshes, the number of procedural shapes to make
        """
        if (meshes is None) == (synthetic is None):
            raise OccnetError("prepare needs either MESHES or --synthetic with a number of shapes, and not both.")
        if options.dry_run:
            print(dry_run(meshes, synthetic, options))
            return 0
        if meshes is not None:
            done = prepare_meshes(meshes, output, options)
        else:
            assert synthetic is not None
            done = prepare_synthetic(synthetic, output, options)
        print(report(done, output))
        return EXIT_NOT_SOUND if done.rejected_share > options.most_rejected else 0

    return prepare


def info_verb() -> Verb:
    """Describe a prepared dataset, and prove on request that it is whole."""
    from tyro.conf import Positional, arg

    from occnet.pipeline.prepare.dataset_info import describe, verify

    def info(
        dataset: Positional[Annotated[Path, arg(metavar="DATASET")]], verify_all: Annotated[bool, arg(name="verify")] = False
    ) -> int:
        """Describe a prepared dataset. With --verify, exits with 1 if anything in it is damaged or missing.

        Args:
            dataset: the folder that `occnet prepare` made
            verify_all: read everything and compare it with its checksums and with the plan
        """
        print(describe(dataset))
        if not verify_all:
            return 0
        problems = verify(dataset)
        print("\n".join(problems) or "Every file is as it was written, and every shape is there.")
        return EXIT_NOT_SOUND if problems else 0

    return info


def train_verb() -> Verb:
    """Train the network of a recipe, or go on with an interrupted training."""
    from tyro.conf import Positional, arg

    from occnet.pipeline.allocator import keep_freed_memory

    with extra("train", "Training"):
        from occnet.pipeline.train.dry_run import plan
        from occnet.pipeline.train.train import train as train_network
    from occnet.recipe import save_recipe

    def train(
        recipe: Positional[Annotated[Path, arg(metavar="RECIPE")]],
        output: Annotated[Path | None, arg(aliases=["-o"], metavar="RUN")] = None,
        device: str = "auto",
        steps: Annotated[int | None, arg(metavar="STEPS")] = None,
        dry_run: bool = False,
        save: Annotated[Path | None, arg(metavar="FILE")] = None,
    ) -> int:
        """Train the network of a recipe. Run the same command again to go on after an interruption.

        On several GPUs or machines: torchrun --nproc-per-node GPUS -m occnet train RECIPE -o RUN

        Args:
            recipe: a .toml file, or the name of a recipe that comes with the package: points, image, voxels, onet_points, ...
            output: the folder of the run: report.html, checkpoints, logs, and the models 'model' (the newest) and 'best'
            device: where to compute: auto, cpu, cuda or mps
            steps: how many steps to take in all, instead of what the recipe says
            dry_run: print the resolved recipe and what it would take, and stop there
            save: write the recipe to this file, to start one of your own from, and stop there
        """
        if save is not None:
            save_recipe(recipe, save)
            print(f"The recipe is in {save}; change it, and train by `occnet train {save} -o RUN`.")
            return 0
        if dry_run:
            print(plan(recipe, run=output, steps=steps))
            return 0
        if output is None:
            raise OccnetError("train needs -o with the folder of the run (or --dry-run, or --save with a file for the recipe).")
        keep_freed_memory()
        best = train_network(recipe, output, device=device, steps=steps)
        print(f"The best validation IoU is {best:.4f}; the model is {output / 'best'}, the report {output / 'report.html'}.")
        return 0

    return train


def evaluate_verb() -> Verb:
    """Score a model on meshes or on a dataset, by the paper's protocol."""
    from tyro.conf import Positional, arg

    from occnet.pipeline.allocator import keep_freed_memory
    from occnet.pipeline.evaluate.compare import CompareOptions, as_markdown, evaluate_model

    def evaluate(
        source: Positional[Annotated[Path, arg(metavar="MESHES|DATASET")]],
        model: str = "points",
        baselines: bool = False,
        options: Annotated[CompareOptions, arg(name="")] = CompareOptions(),  # noqa: B008 (frozen)
    ) -> int:
        """Score a model on shapes that it was not trained on, by the paper's protocol, and print a table.

        Args:
            source: meshes (a folder, one file, or a bundle), of which the closed ones are scanned; or a dataset by
                `occnet prepare` or in the published layout, whose pictures, voxels or surface points are read
            model: a shipped model's name, or the folder of one that you trained
            baselines: score what it is compared with, too: Poisson reconstruction of the clouds (it needs Open3D), the voxels
                as they are, or the training shape whose picture is most alike
        """
        keep_freed_memory()
        print(as_markdown(evaluate_model(model, source, options, baselines=baselines)))
        return 0

    return evaluate


def import_verb() -> Verb:
    """Turn a published checkpoint or dataset into one that every other command understands."""
    from tyro.conf import Positional, arg

    from occnet.pipeline.converting import convert_published
    from occnet.pipeline.importing import import_checkpoint

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
        if source.is_dir():
            counts = convert_published(source, output)
            print(f"{', '.join(f'{count:,} {split}' for split, count in counts.items())} shapes are in {output}.")
            return 0
        found = import_checkpoint(source, output, config)
        print(
            f"{found.encoder} (reads {found.reads}) with {found.decoder}, {found.parameters:,} parameters: written to {output}"
        )
        if found.ignored:
            print(f"not needed and left out: {', '.join(found.ignored)}")
        for setting, value in found.assumed.items():
            print(f"not visible in the weights, taken as published: {setting} = {value} (--config FILE.yaml tells better)")
        return 0

    return import_


VERBS: dict[str, Callable[[], Verb]] = {
    "reconstruct": reconstruct_verb,
    "generate": generate_verb,
    "check": check_verb,
    "repair": repair_verb,
    "prepare": prepare_verb,
    "info": info_verb,
    "train": train_verb,
    "evaluate": evaluate_verb,
    "import": import_verb,
}
