"""Models on the Hugging Face hub: a model folder is what a repository there holds."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from occnet.errors import ModelError, plainly
from occnet.extras import extra
from occnet.networks.checkpoint import load_model, save_model, shipped_models

if TYPE_CHECKING:
    from occnet.networks.occupancy_network import OccupancyNetwork

_FILES = ["model.safetensors", "recipe.toml", "*.py", "*.md"]  # what a model folder has: weights, recipe, plugins, card
_REPOSITORY = re.compile(r"[\w.-]+/[\w.-]+")


def from_hub(name_or_path: str | Path, *, revision: str | None = None, endpoint: str | None = None) -> OccupancyNetwork:
    """The model in a folder, of a shipped name, or of a repository "owner/name" on the hub, in evaluation mode on the CPU.

    A folder of that name goes first. What a repository holds is kept in the hub's own cache. Code in it runs only after its
    user has named it, as for every model (see `load_model`). revision: a branch, tag or commit. endpoint: another hub.
    Raises ModelError when there is none, or it cannot be fetched; MissingLibrary without the extra [hub].
    """
    name = str(name_or_path)
    if Path(name).exists() or name in shipped_models() or not _REPOSITORY.fullmatch(name):
        return load_model(name)
    with extra("hub", "Models from the Hugging Face hub"):
        from huggingface_hub import snapshot_download

    try:
        folder = snapshot_download(name, revision=revision, allow_patterns=_FILES, endpoint=endpoint)
    except Exception as problem:  # of many libraries, as the network is
        raise ModelError(f"{name} is no folder, and no such model can be fetched from the hub: {plainly(problem)}") from problem
    return load_model(folder)


def to_hub(network: OccupancyNetwork, repository: str, folder: Path, *, private: bool, endpoint: str | None = None) -> str:
    """Upload a network as a model folder to a repository "owner/name", which is made if it is not there; its address.

    folder: an empty one, in which it is put together. Raises ModelError when it cannot be uploaded.
    """
    if not _REPOSITORY.fullmatch(repository):
        raise ModelError(f"A repository on the hub is called owner/name, but {repository!r} was given.")
    with extra("hub", "Models on the Hugging Face hub"):
        from huggingface_hub import HfApi

    save_model(folder, network)
    card = folder / "README.md"
    card.write_text(_card(network, repository), encoding="utf-8")
    hub = HfApi(endpoint=endpoint)
    try:
        hub.create_repo(repository, private=private, exist_ok=True)
        hub.upload_folder(repo_id=repository, folder_path=folder, allow_patterns=_FILES, commit_message="A model of occnet")
    except Exception as problem:  # of many libraries, as the network is
        said = f"Nothing can be uploaded to {repository} ({plainly(problem)}); log in by `hf auth login`."
        raise ModelError(said) from problem
    return f"{hub.endpoint}/{repository}"


def _card(network: OccupancyNetwork, repository: str) -> str:
    """The card that the hub shows."""
    use = f'import occnet\n\nmodel = occnet.OccupancyNetwork.from_pretrained("{repository}")'
    reads = "draws new shapes" if network.reads == "nothing" else f"reads {network.reads}"
    return (
        f"---\nlibrary_name: occnet\ntags: [3d-reconstruction, occupancy-networks]\n---\n\n# {repository}\n\n"
        f"An occupancy network that {reads}.\n\n```python\n{use}\n```\n"
    )
