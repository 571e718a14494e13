"""Code from outside: by entry points, by a file, and stored with a model, but never run unasked."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch

import occnet
from occnet import cli, plugins
from occnet.errors import PluginError
from occnet.networks.interfaces import Encoder
from occnet.networks.registry import ENCODERS
from occnet.plugins import Plugin, Registry, load_plugins, run_plugin, run_stored
from tests.mean_encoder import MEAN_ENCODER

EXAMPLE = Path(__file__).parents[1] / "examples" / "03_an_encoder_of_ones_own"
PLUGIN = f"""{MEAN_ENCODER}
from occnet.networks.interfaces import Loss
from occnet.networks.registry import LOSSES

@dataclass(frozen=True)
class FlatConfig:
    weight: float = 1.0

class Flat(Loss):
    Config = FlatConfig
    def __call__(self, network, samples):
        return self.config.weight * network(samples.observation, samples.points).square().mean()

LOSSES.add("flat", Flat)
"""
RECIPE = """
[data]
datasets = ["procedural"]
shares = [1.0]
validation = "procedural"
[samples]
points = 50
uniform_queries = 32
[encoder]
name = "mean"
[decoder]
name = "concatenation"
hidden_channels = 8
[loss]
name = "flat"
weight = 2.0
[training]
steps = 2
validation_shapes = 2
validation_queries = 64
pictures = 0
"""


@pytest.fixture(autouse=True)
def _trusts_nothing_yet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


def occnet_in(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "occnet", *arguments], cwd=folder, capture_output=True, text=True, timeout=300, check=False
    )


@pytest.mark.slow
def test_a_run_keeps_its_plugin_and_a_model_needs_one_that_was_named_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine.py").write_text(PLUGIN)
    (tmp_path / "recipe.toml").write_text(RECIPE)
    unknown = occnet_in(tmp_path, "train", "recipe.toml", "-o", "run")
    assert unknown.returncode == 2
    assert "no encoder 'mean'" in unknown.stderr
    trained = occnet_in(tmp_path, "train", "recipe.toml", "-o", "run", "--plugin", "mine.py")
    assert trained.returncode == 0, trained.stderr
    for folder in (tmp_path / "run", tmp_path / "run" / "best"):
        assert (folder / "mine.py").read_text() == PLUGIN
        assert Plugin.of(tmp_path / "mine.py").sha256 in (folder / "recipe.toml").read_text()
    again = occnet_in(tmp_path, "train", "run/recipe.toml", "-o", "run", "--steps", "3")  # by the code beside it
    assert again.returncode == 0, again.stderr
    code = "import occnet, torch; print(occnet.load_model('run/best').field(torch.rand(60, 3) - 0.5)(torch.zeros(1, 3)).shape)"
    assert (
        "torch.Size([1])" in subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True).stdout
    )
    (tmp_path / "mine.py").write_text(PLUGIN + "# otherwise\n")
    other = occnet_in(tmp_path, "train", "recipe.toml", "-o", "run", "--steps", "4", "--plugin", "mine.py")
    assert other.returncode == 2
    assert "plugins.mine.py: " in other.stderr  # another code is another training
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "another user"))
    with pytest.raises(PluginError, match=r"needs the code of .*mine\.py, which has not been run here before"):
        occnet.load_model(tmp_path / "run" / "best")
    (tmp_path / "run" / "best" / "mine.py").write_text(PLUGIN + "\n")
    with pytest.raises(PluginError, match="is not the one that the model was made with"):
        occnet.load_model(tmp_path / "run" / "best")


@pytest.mark.slow
def test_an_installed_package_brings_an_encoder_by_an_entry_point(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As pip would lay it: the module, and its metadata beside it."""
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "furthest_points").symlink_to(EXAMPLE / "furthest_points")
    metadata = tmp_path / "site" / "furthest_points-0.1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: furthest-points\nVersion: 0.1.0\n")
    entry = re.search(r'entry-points\."(.+)"\]\n(\w+) = "(.+)"', (EXAMPLE / "pyproject.toml").read_text())
    assert entry
    (metadata / "entry_points.txt").write_text(f"[{entry[1]}]\n{entry[2]} = {entry[3]}\n")
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path / 'site'}:{Path(__file__).parents[1]}")
    trained = occnet_in(tmp_path, "train", str(EXAMPLE / "recipe.toml"), "-o", "run", "--steps", "40")
    assert trained.returncode == 0, trained.stderr
    cloud = torch.nn.functional.normalize(torch.randn(300, 3, generator=torch.Generator().manual_seed(0)), dim=1)
    (tmp_path / "ball.xyz").write_text("\n".join(" ".join(map(str, row)) for row in cloud.tolist()))
    made = occnet_in(tmp_path, "reconstruct", "ball.xyz", "--model", "run/best", "-o", "ball.ply", "--resolution", "32")
    assert made.returncode in (0, 1), made.stderr
    assert occnet.read_mesh(tmp_path / "ball.ply").volume > 0.5


def test_names_are_checked() -> None:
    own = Registry[type[Encoder]]("encoder", "occnet.tests", "occnet.networks.interfaces:Encoder", {})
    with pytest.raises(PluginError, match="must be a subclass of Encoder"):
        own.add("int", int)  # pyright: ignore[reportArgumentType]
    with pytest.raises(PluginError, match="comes with occnet"):
        ENCODERS.add("pointnet", ENCODERS["pointnet"])
    with pytest.raises(PluginError, match="did you mean pointnet"):
        ENCODERS["pointnett"]


def test_code_that_fails_is_told_with_its_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bad = tmp_path / "bad.py"
    bad.write_text("a = 1\nb = a / 0\n")
    with pytest.raises(PluginError, match=r"bad\.py, line 2 failed: ZeroDivisionError"):
        run_plugin(Plugin.of(bad))
    assert cli.main(["info", ".", "--plugin", str(bad)]) == 2
    assert "line 2 failed" in capsys.readouterr().err
    assert cli.main(["info", ".", "--plugin"]) == 2
    assert cli.main(["info", ".", f"--plugin={tmp_path / 'none.py'}"]) == 2
    assert "cannot be read" in capsys.readouterr().err


def test_only_the_command_line_trusts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "quiet.py"
    path.write_text("import sys\nsys.quiet_plugin = getattr(sys, 'quiet_plugin', 0) + 1\n")
    recorded = {"quiet.py": Plugin.of(path).sha256}
    with pytest.raises(PluginError, match="not been run here"):
        run_stored(tmp_path, recorded)
    load_plugins([path])
    load_plugins([path])
    assert sys.quiet_plugin == 1  # type: ignore[attr-defined]
    run_stored(tmp_path, recorded)  # it is running already
    monkeypatch.setattr(plugins, "_run", {})
    with pytest.raises(PluginError, match="not been run here"):
        run_stored(tmp_path, recorded)
    load_plugins([path], trust=True)
    monkeypatch.setattr(plugins, "_run", {})
    run_stored(tmp_path, recorded)
    assert sys.quiet_plugin == 3  # type: ignore[attr-defined]
