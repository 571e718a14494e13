"""The blend of what is seen, seen to be empty, and guessed, on a ball, a box and a torus with 1, 2 and 4 cameras."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from occnet.cube import PADDED_BOUNDS, PADDED_HALF
from occnet.geometry.sensors.observed_field import ObservedField
from occnet.geometry.sensors.sighted_scan import SightedScan
from occnet.geometry.soundness.certificate import certify
from occnet.meshing.extract import extract_mesh
from occnet.meshing.extraction_options import ExtractionOptions
from tests.geometry.sensors.views_of_solids import seen_ball, seen_box, seen_torus, torus_distance

CAMERAS = 2.0 * np.array([[0.5, 0.3, 0.8], [-0.5, -0.4, -0.7], [-0.7, 0.6, 0.2], [0.7, -0.7, 0.1]])
HALF_BOX = np.array([0.45, 0.3, 0.2])
SPACING = 0.012
RANDOM = np.random.default_rng(0)
PLACES = RANDOM.uniform(-PADDED_HALF, PADDED_HALF, (20_000, 3))


def _box_distance(places: NDArray) -> NDArray[np.float64]:
    beyond = np.abs(places) - HALF_BOX
    return np.linalg.norm(np.maximum(beyond, 0.0), axis=1) + np.minimum(beyond.max(axis=1), 0.0)


SOLIDS: dict[str, tuple[Callable, Callable]] = {
    "ball": (lambda camera: seen_ball(camera, 0.45, 100, 0.002), lambda places: np.linalg.norm(places, axis=1) - 0.45),
    "box": (lambda camera: seen_box(camera, -HALF_BOX, HALF_BOX, noise=0.002), _box_distance),
    "torus": (lambda camera: seen_torus(camera, noise=0.002), torus_distance),
}
LEAST_IOU = {1: 0.45, 2: 0.9, 4: 0.95}  # of the ball one camera sees 0.35, and of the torus less


def scan_of(look: Callable, cameras: NDArray) -> SightedScan:
    clouds = [look(camera) for camera in cameras]
    sensors = np.repeat(cameras, [len(cloud) for cloud in clouds], axis=0)
    return SightedScan.of(np.concatenate(clouds), sensors)


def sharp_ball(places: torch.Tensor) -> torch.Tensor:
    return 20.0 * (0.45 - places.norm(dim=1))


def is_inside(field: ObservedField, places: NDArray) -> NDArray[np.bool_]:
    return (field(torch.from_numpy(places)) > 0.0).numpy()


@pytest.mark.parametrize(
    ("solid", "count"), [("ball", 1), ("ball", 2), ("box", 1), ("box", 4), ("torus", 1), ("torus", 2), ("torus", 4)]
)
def test_what_is_seen_is_right_and_what_is_not_is_closed_modestly(solid: str, count: int) -> None:
    look, distance = SOLIDS[solid]
    cameras = CAMERAS[:count]
    field = ObservedField(scan_of(look, cameras))

    for camera in cameras:  # the space between a sensor and what it saw is outside
        seen = look(camera)
        before = seen + RANDOM.uniform(3.0 * SPACING, 0.3, (len(seen), 1)) * (camera - seen) / np.linalg.norm(
            camera - seen, axis=1, keepdims=True
        )
        before = before[distance(before) > 2.0 * SPACING]
        assert is_inside(field, before).mean() < 0.002

        surface = np.abs(distance(PLACES))  # near the surface that was seen its side is known
        near = PLACES[(surface > 0.7 * SPACING) & (surface < 2.0 * SPACING)]
        apart = np.linalg.norm(near[:, None] - seen[None, ::7], axis=2).min(axis=1)
        near = near[apart < 2.5 * SPACING]
        assert len(near) > 100
        assert (is_inside(field, near) == (distance(near) < 0.0)).mean() > 0.97

    inside, truth = is_inside(field, PLACES), distance(PLACES) < 0.0
    assert (inside & truth).sum() / (inside | truth).sum() > LEAST_IOU[count]
    wall = PLACES.copy()
    wall[np.arange(len(wall)), RANDOM.integers(3, size=len(wall))] = PADDED_HALF * RANDOM.choice([-1.0, 1.0], len(wall))
    assert not is_inside(field, wall).any()  # nothing is extruded to the wall of the cube


def test_a_guess_decides_where_nothing_was_seen_and_changes_nothing_that_was() -> None:
    """Of one side of a ball: told the ball, most of it is right; told that all is solid, what was seen to be empty stays so."""
    look, distance = SOLIDS["ball"]
    scan, truth = scan_of(look, CAMERAS[:1]), distance(PLACES) < 0.0
    alone, told = (is_inside(ObservedField(scan, guess), PLACES) for guess in (None, sharp_ball))
    ious = [(inside & truth).sum() / (inside | truth).sum() for inside in (alone, told)]
    assert ious[1] > max(0.75, ious[0] + 0.2)
    solid = ObservedField(scan, lambda places: torch.full((len(places),), 5.0))
    wrong, wall = is_inside(solid, PLACES), PLACES.copy()
    wall[:, 0] = PADDED_HALF * RANDOM.choice([-1.0, 1.0], len(wall))
    assert not is_inside(solid, wall).any()  # nothing is extruded to the wall of the cube
    assert not wrong[scan.space.clearance(PLACES) < -3.0 * SPACING].any()


@pytest.mark.parametrize(("solid", "genus"), [("ball", 0), ("torus", 1)])
def test_its_surface_is_one_closed_piece(solid: str, genus: int) -> None:
    look, distance = SOLIDS[solid]
    mesh = extract_mesh(
        ObservedField(scan_of(look, CAMERAS)), resolution=64, bounds=PADDED_BOUNDS, options=ExtractionOptions(vertex_steps=0)
    )
    certificate = certify(mesh)
    assert certificate.ok
    assert (certificate.components, certificate.genus) == (1, genus)
    assert np.abs(distance(mesh.vertices)).mean() < 0.15 * SPACING


def test_noise_is_averaged_and_no_bubbles_are_left() -> None:
    scan = scan_of(lambda camera: seen_ball(camera, 0.45, 100, 0.01), CAMERAS)
    mesh = extract_mesh(ObservedField(scan), resolution=64, bounds=PADDED_BOUNDS)
    certificate = certify(mesh)
    assert (certificate.components, certificate.genus) == (1, 0)
    assert np.abs(np.linalg.norm(mesh.vertices, axis=1) - 0.45).mean() < 0.004


def test_it_is_the_same_for_any_number_of_places_at_once() -> None:
    field = ObservedField(scan_of(SOLIDS["ball"][0], CAMERAS[:1]))
    places = torch.from_numpy(PLACES[:500])
    assert torch.equal(field(places), torch.cat([field(part) for part in places.split(77)]))
    assert field(places.float()).dtype == torch.float32
