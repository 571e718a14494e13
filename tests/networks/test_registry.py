"""The registry and the page that describes it agree; what does not go together is refused with a reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from occnet.errors import RecipeError
from occnet.networks.encoders.index_embedding import IndexEmbeddingConfig
from occnet.networks.registry import DECODERS, ENCODERS, build_network

PAGE = (Path(__file__).parents[2] / "docs" / "models.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", [*ENCODERS, *DECODERS])
def test_every_encoder_and_decoder_has_a_row(name: str) -> None:
    assert PAGE.count(f"| `{name}` |") == 1


@pytest.mark.parametrize("name", list(ENCODERS))
def test_the_pages_parameters_are_those_of_the_defaults(name: str) -> None:
    kind = ENCODERS[name]
    encoder = kind(IndexEmbeddingConfig(shapes=1) if name == "index_embedding" else kind.Config())
    row = next(line for line in PAGE.splitlines() if line.startswith(f"| `{name}` |"))
    count = f"{sum(parameter.numel() for parameter in encoder.parameters()):,}"
    assert count in row.replace("|", " ").split()
    assert encoder.reads in {"points", "image", "voxels", "index", "nothing"}


def test_the_recipes_that_the_page_names_exist() -> None:
    folder = Path(__file__).parents[2] / "occnet" / "recipes"
    named = {word.strip("`,") for line in PAGE.splitlines() if line.startswith("| `") for word in line.split("|")[-2].split()}
    for name in named - {"none", "of", "the", "paper's"}:
        assert list(folder.glob(f"{name}.toml")), name


def test_what_does_not_go_together_is_refused() -> None:
    with pytest.raises(RecipeError, match="neither an encoder that reads something nor a table"):
        build_network({"encoder": {"name": "nothing"}, "decoder": {"name": "concatenation"}})
    with pytest.raises(RecipeError, match="needs an encoder with one code a shape"):
        build_network(
            {"encoder": {"name": "local_pointnet"}, "decoder": {"name": "local_features"}, "latent": {"latent_channels": 4}}
        )
    uneven = {"name": "local_pointnet", "plane_depth": 5, "plane_resolution": 40}
    with pytest.raises(RecipeError, match="depth 5 halves evenly"):
        build_network({"encoder": uneven, "decoder": {"name": "local_features"}})
    with pytest.raises(RecipeError, match="power of two"):
        build_network({"encoder": {"name": "voxel_convolutions", "resolution": 48}, "decoder": {"name": "concatenation"}})
    with pytest.raises(RecipeError, match="18, 34, 50"):
        build_network({"encoder": {"name": "resnet", "depth": 99}, "decoder": {"name": "concatenation"}})
    with pytest.raises(RecipeError, match="xz, xy, yz, grid"):
        build_network({"encoder": {"name": "local_pointnet", "features": ["zz"]}, "decoder": {"name": "local_features"}})
