"""The commands of the program, a file each: parsing and printing; the work is one function of the pipeline.

This table imports none of them, so that `occnet --help` waits for nothing. A verb imports at its top what its arguments are
made of, and its work where it does it: `occnet reconstruct --help` waits for no torch. No verb imports another.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module


@dataclass(frozen=True)
class Verb:
    """A command: where its function lies, and what it does, as the help of the program says it."""

    place: str  # module:function
    summary: str

    def load(self) -> Callable[..., int]:
        """The function, whose arguments are those of the command, and which returns the exit code. Imports its file."""
        module, _, name = self.place.partition(":")
        return getattr(import_module(module), name)


VERBS: dict[str, Verb] = {
    "reconstruct": Verb("occnet.verbs.reconstruct_verb:reconstruct", "Turn a scan, a photo or voxels into a watertight mesh."),
    "generate": Verb("occnet.verbs.generate_verb:generate", "Draw new shapes: cars, or those of another generative model."),
    "check": Verb("occnet.verbs.check_verb:check", "Tell whether a mesh bounds a solid, and if not, what is wrong with it."),
    "repair": Verb("occnet.verbs.repair_verb:repair", "Make a broken mesh a watertight solid."),
    "prepare": Verb("occnet.verbs.prepare_verb:prepare", "Make a dataset to train on, from meshes or from procedural shapes."),
    "info": Verb("occnet.verbs.info_verb:info", "Describe a prepared dataset, and prove on request that it is whole."),
    "train": Verb("occnet.verbs.train_verb:train", "Train the network of a recipe, or go on with an interrupted training."),
    "evaluate": Verb(
        "occnet.verbs.evaluate_verb:evaluate", "Score a model on meshes or on a dataset, by the paper's protocol."
    ),
    "experiment": Verb(
        "occnet.verbs.experiment_verb:experiment", "Train and compare networks and what they compete with, under one protocol."
    ),
    "import": Verb(
        "occnet.verbs.import_verb:import_",
        "Turn a published checkpoint or dataset into one that every other command understands.",
    ),
    "export": Verb("occnet.verbs.export_verb:export", "Write a model for other programs, in ONNX or by torch.export."),
    "render": Verb("occnet.verbs.render_verb:render", "Draw meshes, scans, voxels and pictures, or a turn around them."),
    "demo": Verb("occnet.verbs.demo_verb:demo", "Reconstruct an example that comes with the program."),
    "view": Verb("occnet.verbs.view_verb:view", "Look at meshes, scans, voxels and pictures in the browser."),
    "app": Verb("occnet.verbs.app_verb:app", "Use the program on a page in the browser, on this machine."),
    "models": Verb("occnet.verbs.models_verb:models", "List the models that --model takes, what they read, and their size."),
    "doctor": Verb("occnet.verbs.doctor_verb:doctor", "Tell what a report of a fault needs: versions, devices, one timed run."),
    "completion": Verb("occnet.verbs.completion_verb:completion", "Print what lets bash or zsh complete commands and options."),
}
