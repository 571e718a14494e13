"""Scans that are read by what their sensors saw: where these stood is known, or told by the points themselves."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from occnet.files.clouds import Cloud, checked_points
from occnet.geometry.sensors.estimated import estimated_sensors
from occnet.geometry.sensors.sighted_scan import SightedScan
from occnet.geometry.sensors.viewpoints import sensors_of
from occnet.mesh import Frame
from occnet.observations.interface import Observation
from occnet.observations.reading_options import CloudReading
from occnet.observations.scan_files import seen_from_places

_READ = "It is read by what its sensors saw, and a model guesses the rest; --ignore-sensors has the model read all of it."
_GUESSED = "--viewpoint X Y Z says better from where; --ignore-sensors has the model read it, as a scan of all sides."


def with_sensors(cloud: Cloud, reading: CloudReading) -> Cloud:
    """The cloud with a sensor for each point as far as one is known or can be told, with a note; without any otherwise.

    cloud: as measured, in the order of its file. What is asked of the model alone, tiles or tuning, is not read by sensors.
    """
    if reading.ignore_sensors or reading.tune or reading.tiles is not None:
        return replace(cloud, sensors=None)
    if reading.viewpoint and not reading.merge:  # where scans are merged, each has its own already
        cloud = seen_from_places(cloud, np.array(reading.viewpoint, dtype=np.float64))
    if cloud.sensors is not None:
        return replace(cloud, notes=(*cloud.notes, _READ))
    estimate = estimated_sensors(cloud.points)
    if estimate is None:
        return cloud
    notes = (*cloud.notes, f"{estimate.note} {_GUESSED}")
    return replace(cloud, sensors=sensors_of(cloud.points, estimate.places), notes=notes)


def observed_sighted(cloud: Cloud, ignore_normals: bool = False) -> Observation:
    """The observation of a cloud whose sensors are known. Raises CloudError when no surface can be made from it."""
    points, sensors = checked_points(cloud.points, cloud.source), cloud.sensor_of_each
    assert sensors is not None
    frame = Frame.of(points)
    unit = frame.to_unit(points)
    scan = SightedScan.of(unit, frame.to_unit(sensors), None if ignore_normals else cloud.normals)
    shown = torch.from_numpy(unit[np.random.default_rng(0).permutation(len(unit))]).float()
    colored = None if cloud.colors is None else cloud
    return Observation((), frame, shown, notes=cloud.notes, sighted=scan, colored=colored)
