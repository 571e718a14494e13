"""The import command: what the weights do not show is taken from the authors' settings, or named as assumed."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from occnet.cli import main
from occnet.errors import ModelError, RecipeError
from occnet.networks.checkpoint import load_model
from occnet.networks.registry import build_network
from occnet.pipeline.importing import import_checkpoint


def published_state() -> dict[str, torch.Tensor]:
    """The weights of a small local network under the published names."""
    torch.manual_seed(0)
    recipe = {
        "encoder": {
            "name": "local_pointnet",
            "hidden_channels": 8,
            "code_channels": 8,
            "blocks": 2,
            "plane_depth": 2,
            "unet_channels": 8,
        },
        "decoder": {"name": "local_features", "hidden_channels": 8, "blocks": 2},
    }
    state = build_network(recipe).state_dict()
    return {key.replace("encoder.spread.planes.", "encoder.unet."): value for key, value in state.items()}


def settings(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def test_settings_decide_what_the_weights_do_not_show(tmp_path: Path) -> None:
    torch.save({"model": published_state(), "it": 3}, tmp_path / "a.pt")
    found = import_checkpoint(tmp_path / "a.pt", tmp_path / "plain")
    assert found.assumed == {"features": ("xz", "xy", "yz"), "plane_resolution": 64, "padding": 0.1, "threshold": 0.2}
    assert load_model(tmp_path / "plain").threshold == 0.2
    assert found.ignored == ("it",)
    text = "test:\n  threshold: 0.3\ndata:\n  padding: 0.2\n"
    text += "model:\n  encoder_kwargs:\n    plane_type: ['xz']\n    plane_resolution: 16\n"
    told = import_checkpoint(tmp_path / "a.pt", tmp_path / "told", settings(tmp_path / "a.yaml", text))
    assert told.assumed == {}
    assert load_model(tmp_path / "told").threshold == 0.3
    encoder = load_model(tmp_path / "told").recipe["encoder"]
    assert list(encoder["features"]) == ["xz"]
    assert (encoder["plane_resolution"], encoder["padding"]) == (16, 0.2)


def test_settings_that_cannot_be_met_are_refused(tmp_path: Path) -> None:
    torch.save({"model": published_state()}, tmp_path / "a.pt")
    for text, reason in (
        ("model:\n  decoder_kwargs:\n    leaky: true\n", "leaky"),
        ("model:\n  decoder_kwargs:\n    sample_mode: nearest\n", "bilinear"),
        ("model:\n  encoder_kwargs:\n    scatter_type: mean\n", "max"),
        ("test:\n  threshold: 20\n", "probability between 0 and 1"),
    ):
        with pytest.raises(ModelError, match=reason):
            import_checkpoint(tmp_path / "a.pt", tmp_path / "out", settings(tmp_path / "a.yaml", text))
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("data: {padding: abc}", r'data\.padding in .* must be a number, but is "abc"'),
        ("data: {padding: .nan}", r"data\.padding in .* must be a finite number"),
        ("data: {padding: [1]}", r"data\.padding in .* must be a number, but is a list of 1"),
        ("data: 5", "data in .* must be a table of keys and values, but is 5"),
        ("test: {threshold: '0,2'}", r'test\.threshold in .* must be a number, but is "0,2"'),
        ("test: {threshold: true}", r"test\.threshold in .* must be a number, but is true"),
        ("model: [a]", "model in .* must be a table"),
        ("model: {encoder_kwargs: 3}", r"model\.encoder_kwargs in .* must be a table"),
        ("model: {encoder_kwargs: {plane_type: 5}}", r"model\.encoder_kwargs\.plane_type in .* must be a text, but is 5"),
        ("model: {encoder_kwargs: {plane_type: [5]}}", r"model\.encoder_kwargs\.plane_type in .* must be a text, but is 5"),
        ("model: {encoder_kwargs: {plane_type: [zz]}}", "features must name one or more of"),
        ("model: {encoder_kwargs: {plane_resolution: big}}", r"plane_resolution in .* must be a whole number"),
        ("model: {encoder_kwargs: {plane_resolution: -1}}", r"plane_resolution in \[encoder\] of .* between 1 and"),
    ],
)
def test_a_setting_of_another_type_is_named_with_its_key(tmp_path: Path, text: str, message: str) -> None:
    torch.save({"model": published_state()}, tmp_path / "a.pt")
    with pytest.raises(RecipeError, match=message):
        import_checkpoint(tmp_path / "a.pt", tmp_path / "out", settings(tmp_path / "a.yaml", text))
    assert not (tmp_path / "out").exists()


def test_settings_that_say_nothing_are_not_there(tmp_path: Path) -> None:
    torch.save({"model": published_state()}, tmp_path / "a.pt")
    text = "data: {padding: null}\ntest:\nmodel: {encoder_kwargs: null}\n"
    found = import_checkpoint(tmp_path / "a.pt", tmp_path / "out", settings(tmp_path / "a.yaml", text))
    assert set(found.assumed) == {"features", "plane_resolution", "padding", "threshold"}
    for wrong in ("-1.0", "1000.0"):
        given = settings(tmp_path / "a.yaml", f"data: {{padding: {wrong}}}")
        with pytest.raises(ModelError, match=r"padding of .* lies between 0 and 10"):
            import_checkpoint(tmp_path / "a.pt", tmp_path / "b", given)


def test_the_command_says_what_it_took(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    torch.save({"model": published_state(), "optimizer": {}}, tmp_path / "a.pt")
    assert main(["import", str(tmp_path / "a.pt"), "-o", str(tmp_path / "model")]) == 0
    printed = capsys.readouterr().out
    assert "local_pointnet (reads points) with local_features" in printed
    assert "left out: optimizer" in printed
    assert "plane_resolution = 64" in printed
    (tmp_path / "b.pt").write_bytes(b"nothing of the kind")
    assert main(["import", str(tmp_path / "b.pt"), "-o", str(tmp_path / "other")]) == 2
    assert "b.pt" in capsys.readouterr().err
