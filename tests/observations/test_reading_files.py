"""A file of each kind becomes what a network reads, and the mesh comes back in the file's own coordinates."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from occnet.errors import EmptySurface, FileError, ModelError, OccnetError, PictureError
from occnet.files import Cloud, read_mesh, write_cloud
from occnet.files.formats.binvox import VoxelGrid, write_binvox
from occnet.networks.checkpoint import save_model
from occnet.networks.decoders.concatenation import ConcatenationDecoder
from occnet.networks.occupancy_network import OccupancyNetwork
from occnet.networks.registry import build_network
from occnet.observations.image import observed_image
from occnet.observations.interface import Observation
from occnet.observations.kinds import kind_named, kind_of
from occnet.observations.reading_options import PhotoReading, ReadingOptions
from occnet.observations.symmetries import MIRRORED, Symmetry
from occnet.pipeline.reconstruct.reconstruct import reconstruct_file
from occnet.pipeline.reconstruct.reconstruct_options import ReconstructOptions

IMAGE = {
    "encoder": {"name": "resnet", "code_channels": 8, "image_size": 32},
    "decoder": {"name": "concatenation", "hidden_channels": 6},
}
VOXELS = {
    "encoder": {"name": "voxel_convolutions", "code_channels": 8, "resolution": 8, "first_channels": 4},
    "decoder": {"name": "concatenation", "hidden_channels": 6},
}
NOTHING = {
    "encoder": {"name": "nothing"},
    "decoder": {"name": "concatenation", "hidden_channels": 6},
    "latent": {"latent_channels": 4},
}


def read_observation(path: Path, network: OccupancyNetwork) -> Observation:
    kind = kind_named(network.reads)
    return kind.observed(kind.read(path), network.reader, ReconstructOptions())


def model(folder: Path, recipe: dict) -> str:
    """A model whose decoder is bent into an octahedron: whatever it reads, |x| + |y| + |z| < 0.4 is inside."""
    network = build_network(recipe)
    decoder = network.decoder
    assert isinstance(decoder, ConcatenationDecoder)
    with torch.no_grad():
        for parameter in decoder.parameters():
            parameter.zero_()
        decoder.fc_p.weight.copy_(torch.cat([torch.eye(3), -torch.eye(3)]))
        decoder.fc_out.weight.fill_(-1.0)
        decoder.fc_out.bias.fill_(0.4)
    save_model(folder, network)
    return str(folder)


def test_voxels_come_back_in_the_files_own_coordinates(tmp_path: Path) -> None:
    occupied = np.zeros((8, 8, 8), dtype=bool)
    occupied[2:6, 2:6, 2:6] = True
    name = model(tmp_path / "model", VOXELS)
    for translate, scale in (((-0.5, -0.5, -0.5), 1.0), ((100.0, -7.0, 3.0), 40.0)):
        write_binvox(tmp_path / "a.binvox", VoxelGrid(occupied, np.array(translate), scale))
        options = ReconstructOptions(model=name, resolution=32, device="cpu")
        result = reconstruct_file(tmp_path / "a.binvox", tmp_path / "a.ply", options)
        assert result.certificate.closed
        bounds = (read_mesh(tmp_path / "a.ply").bounds - translate) / scale
        np.testing.assert_allclose(bounds, [[0.1] * 3, [0.9] * 3], atol=0.02)  # the tips are blunt by half a cell


def test_a_photo_becomes_a_mesh(tmp_path: Path) -> None:
    Image.fromarray(np.full((50, 80, 3), 200, dtype=np.uint8)).save(tmp_path / "a.png")
    options = ReconstructOptions(model=model(tmp_path / "model", IMAGE), resolution=32, device="cpu")
    result = reconstruct_file(tmp_path / "a.png", tmp_path / "a.ply", options)
    assert result.certificate.closed
    assert result.mesh.volume == pytest.approx(4 / 3 * 0.4**3, rel=0.02)


def test_the_shipped_model_follows_from_the_file(tmp_path: Path) -> None:
    np.save(tmp_path / "grid.npy", np.zeros((4, 4, 4)))
    np.save(tmp_path / "cloud.npy", np.zeros((4, 3)))
    np.savez(tmp_path / "a.npz", points=np.zeros((4, 3)))
    names = ("a.PLY", "a.npz", "cloud.npy", "a.binvox", "grid.npy", "a.JPG", "a.png")
    chosen = [kind_of(tmp_path / name).shipped_model for name in names]
    assert chosen == ["points", "points", "points", "voxels", "voxels", "image", "image"]
    (tmp_path / "bad.npy").write_bytes(b"no array")
    with pytest.raises(FileError, match=r"bad\.npy is no valid NumPy array file"):
        kind_of(tmp_path / "bad.npy")


def test_an_observation_holds_what_the_file_holds(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    seen = read_observation(tmp_path / "a.png", build_network(IMAGE)).readings[0][0]
    assert torch.equal(seen, torch.from_numpy(pixels).permute(2, 0, 1).float() / 255)
    occupied = np.random.default_rng(0).random((8, 8, 8)) < 0.5
    write_binvox(tmp_path / "a.binvox", VoxelGrid(occupied, np.zeros(3), 1.0))
    assert torch.equal(
        read_observation(tmp_path / "a.binvox", build_network(VOXELS)).readings[0][0], torch.from_numpy(occupied)
    )


PIXELS = {
    "encoder": {"name": "resnet_pixels", "code_channels": 8, "channels": 4, "image_size": 32},
    "decoder": {"name": "pixel_features", "hidden_channels": 6},
}


def test_a_photo_is_read_wider_closer_and_mirrored() -> None:
    """A red left and a blue right half, in each view on the side where it belongs; the object fills what the margin leaves."""
    pixels = np.full((40, 40, 3), 255, dtype=np.uint8)
    pixels[5:35, 8:18], pixels[5:35, 18:28] = (200, 0, 0), (0, 0, 200)
    network = build_network(PIXELS)
    seen = observed_image(pixels, network.reader, PhotoReading(crops=6)).readings
    assert len({values.numpy().tobytes() for values, _ in seen}) == 6
    for number, (values, view) in enumerate(seen):
        assert view == (MIRRORED if number % 2 else Symmetry.of(0))
        left, right = values[:, 16, 12], values[:, 16, 19]
        assert (left[0] > left[2]) == (right[2] > right[0]) == (view != MIRRORED)
        height = int((values[1] < 0.5).any(dim=1).sum())
        assert height == pytest.approx(32 / (1.1, 1.2, 1.0)[number % 3], abs=1.1)
    assert len(observed_image(pixels, network.reader).readings) == 4
    assert (
        len(observed_image(pixels, build_network(IMAGE).reader).readings) == 1
    )  # in the shape's own axes nothing can be mirrored
    with pytest.raises(OccnetError, match="1 time at most, but 2"):
        observed_image(pixels, build_network(IMAGE).reader, PhotoReading(crops=2))
    with pytest.raises(OccnetError, match="6 times at most, but 7"):
        observed_image(pixels, network.reader, PhotoReading(crops=7))


def test_a_photo_on_any_ground_is_read_by_its_mask(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (60, 60, 3)).astype(np.uint8)
    mask = np.zeros((60, 60), dtype=np.uint8)
    mask[10:50, 20:40] = 255
    Image.fromarray(mask).save(tmp_path / "mask.png")
    kind, network = kind_named("image"), build_network(PIXELS)
    with pytest.raises(PictureError, match="--mask"):
        kind.observed(pixels, network.reader, ReadingOptions())
    options = ReadingOptions(photo=PhotoReading(crops=3, mask=str(tmp_path / "mask.png")))
    tight = kind.observed(pixels, network.reader, options).readings[2][0]  # without a margin: 40 pixels high on 32
    there = (tight < 0.96).any(dim=0)
    assert abs(int(there.any(dim=1).sum()) - 32) <= 1
    assert abs(int(there.any(dim=0).sum()) - 16) <= 2


def test_an_adaptive_model_answers_where_its_fixed_threshold_is_not_reached(tmp_path: Path) -> None:
    Image.fromarray(np.full((50, 80, 3), 200, dtype=np.uint8)).save(tmp_path / "a.png")
    fixed, adaptive = (
        model(tmp_path / name, {**IMAGE, "field": {"threshold": 0.7, "adaptive": choice}})
        for name, choice in (("fixed", False), ("adaptive", True))
    )
    options = ReconstructOptions(model=fixed, resolution=32, device="cpu")  # the highest logit is 0.4, a probability of 0.6
    with pytest.raises(EmptySurface, match=r"a\.png: the model sees nothing solid"):
        reconstruct_file(tmp_path / "a.png", tmp_path / "a.ply", options)
    found = reconstruct_file(tmp_path / "a.png", tmp_path / "a.ply", replace(options, model=adaptive)).mesh.volume
    at_half = reconstruct_file(tmp_path / "a.png", tmp_path / "a.ply", replace(options, threshold=0.5)).mesh.volume
    assert found > 0.9 * at_half


def test_a_file_of_another_kind_is_refused_with_the_kinds_that_fit(tmp_path: Path) -> None:
    write_cloud(tmp_path / "a.ply", Cloud(np.random.default_rng(0).random((50, 3))))
    with pytest.raises(FileError, match=r"\.jpg"):
        read_observation(tmp_path / "a.ply", build_network(IMAGE))
    with pytest.raises(FileError, match=r"\.binvox"):
        read_observation(tmp_path / "a.ply", build_network(VOXELS))
    with pytest.raises(ModelError, match="reads nothing"):
        read_observation(tmp_path / "a.ply", build_network(NOTHING))
    write_binvox(tmp_path / "a.binvox", VoxelGrid(np.ones((16, 16, 16), dtype=bool), np.zeros(3), 1.0))
    options = ReconstructOptions(model=model(tmp_path / "model", VOXELS), device="cpu")
    with pytest.raises(ModelError, match=r"8\^3, but was given 16 x 16 x 16"):
        reconstruct_file(tmp_path / "a.binvox", tmp_path / "a.ply", options)


def test_voxels_tell_where_the_surface_is(tmp_path: Path) -> None:
    """Each side between a full and an empty voxel is a seed: a blob that lies at none of them is dropped."""
    occupied = np.zeros((8, 8, 8), dtype=bool)
    occupied[2:6, 2:6, 2:6] = True
    write_binvox(tmp_path / "a.binvox", VoxelGrid(occupied, np.zeros(3), 1.0))
    seeds = read_observation(tmp_path / "a.binvox", build_network(VOXELS)).seeds
    assert seeds is not None
    assert len(seeds) == 6 * 4**2
    np.testing.assert_allclose(seeds.abs().amax(dim=1), 0.25)
    write_binvox(tmp_path / "empty.binvox", VoxelGrid(np.zeros((8, 8, 8), dtype=bool), np.zeros(3), 1.0))
    with pytest.raises(EmptySurface, match=r"empty\.binvox: None of the 8 x 8 x 8 voxels is full"):
        read_observation(tmp_path / "empty.binvox", build_network(VOXELS))
