"""Models on disk: a folder with `model.safetensors` and `recipe.toml`, and the models that come with the package."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save

from occnet.errors import ModelError, PluginError, plainly
from occnet.files.atomic import atomic_path
from occnet.networks.occupancy_network import OccupancyNetwork
from occnet.networks.random_numbers import own_random_numbers
from occnet.networks.registry import build_network
from occnet.plugins import Plugin, run_stored
from occnet.recipe import read_recipe, table_of, to_toml

SHIPPED = Path(__file__).parent.parent / "weights"
_LONGEST_REASON = 120  # characters of what torch says, which lists all weights


def shipped_models() -> list[str]:
    """Names of the models that come with the package."""
    return sorted(folder.parent.name for folder in SHIPPED.glob("*/model.safetensors"))


def load_model(name_or_path: str | Path, device: str | torch.device = "cpu") -> OccupancyNetwork:
    """The trained model of that name (see `shipped_models`) or in that folder, in evaluation mode on the device.

    Raises ModelError when there is none, or its weights do not fit its recipe; PluginError when it needs code that this user
    has not run before.
    """
    shipped = SHIPPED / str(name_or_path)
    folder = shipped if str(name_or_path) in shipped_models() else Path(name_or_path)
    weights = folder / "model.safetensors"
    if not weights.is_file():
        names = ", ".join(shipped_models()) or "none"
        raise ModelError(f"There is no model {name_or_path}; give a folder with model.safetensors, or one of: {names}.")
    recipe = read_recipe(folder / "recipe.toml")
    run_stored(folder, table_of(recipe, "plugins", str(folder / "recipe.toml")))
    recipe.pop("plugins", None)
    with own_random_numbers():  # the weights that it is made with are replaced at once
        network = build_network(recipe, str(folder / "recipe.toml"))
    try:
        state = load_file(weights)
        network.load_state_dict({key: value.float() if value.is_floating_point() else value for key, value in state.items()})
    except (SafetensorError, RuntimeError) as problem:
        listed = [
            line.strip() for line in str(problem).splitlines() if line.strip()
        ]  # torch: a head, and what is missing or more
        said = (listed[1] if len(listed) > 1 else plainly(problem))[:_LONGEST_REASON].rstrip(".")
        raise ModelError(f"The weights {weights} do not fit their recipe or are damaged ({said}); copy both anew.") from None
    return network.to(device).eval().requires_grad_(False)


def save_model(folder: Path, network: OccupancyNetwork, *, half: bool = False) -> None:
    """Write the network as a model folder; half stores weights as float16, widened when loaded, and statistics whole."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    halved = dict(network.named_parameters()) if half else {}
    state = {key: (value.half() if key in halved else value).contiguous() for key, value in network.state_dict().items()}
    with atomic_path(folder / "model.safetensors") as path:
        path.write_bytes(save(state))
    store_plugins(folder, network.plugins)
    with atomic_path(folder / "recipe.toml") as path:
        path.write_text(to_toml({**network.recipe, **recorded(network.plugins)}), encoding="utf-8")


def store_plugins(folder: Path, plugins: Iterable[Plugin]) -> None:
    """Write the code that a model or a run needs beside it, so that `plugins.run_stored` finds it."""
    for plugin in plugins:
        with atomic_path(folder / plugin.name) as path:
            path.write_bytes(plugin.text.encode("utf-8"))


def recorded(plugins: Iterable[Plugin]) -> dict[str, dict[str, str]]:
    """The table [plugins] of a stored recipe: file name -> sha256; nothing where there are none."""
    plugins = tuple(plugins)
    table = {plugin.name: plugin.sha256 for plugin in plugins}
    if len(table) < len(plugins):
        raise PluginError(f"Two plugins are called {plugins[0].name}; give them names of their own.")
    return {"plugins": table} if table else {}
