"""What the files of one scan hold: a cloud, a depth picture of a camera, or several scans of one thing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from occnet.errors import CloudError, OccnetError
from occnet.files.clouds import Cloud
from occnet.files.depth import read_depth
from occnet.geometry.scan.measured import measured
from occnet.geometry.sensors.estimated import estimated_sensors
from occnet.geometry.sensors.viewpoints import sensors_of
from occnet.observations.interface import ObservationKind
from occnet.observations.reading_options import CloudReading


def read_files(kind: ObservationKind, paths: Sequence[Path], reading: CloudReading) -> Any:
    """What a kind of observation reads in files: one, or several scans that are to be merged; points of depth pictures, too.

    Raises FileError or CloudError, naming the file, and OccnetError for what is not read from scans.
    """
    if kind.name != "points" and (reading.merge or reading.intrinsics is not None):
        raise OccnetError(f"--merge and --intrinsics are for scans, but the model reads {kind.name}; leave them out.")
    if not reading.merge:
        return kind.read(paths[0]) if reading.intrinsics is None else read_depth(paths[0], camera_of(reading.intrinsics))
    if reading.intrinsics is not None:
        raise OccnetError("--merge reads scans that lie in one frame, and depth pictures do not; convert them to clouds first.")
    if len(reading.viewpoint) not in (0, 1, len(paths)):
        raise OccnetError(
            f"{len(paths)} scans are merged, but {len(reading.viewpoint)} viewpoints were given; give one for each, or none."
        )
    places = np.array(reading.viewpoint, dtype=np.float64).reshape(-1, 3)
    if len(places) == 1:
        places = np.repeat(places, len(paths), axis=0)
    return merged([measured(kind.read(path)) for path in paths], places)


def merged(scans: Sequence[Cloud], places: NDArray[np.float64]) -> Cloud:
    """Several scans of one thing, in one frame, as one cloud, each point with the sensor of its scan.

    places: (S, 3) where each was seen from; none, (0, 3), if the scans say that, or show one side each. Where a scan does not,
    none of the sensors are used, with a note. Normals and colours are kept where all have them. Raises CloudError for no scans.
    """
    if not scans:
        raise CloudError("No scans were given to merge; name at least one file.")
    sensors, untold = [], []
    for number, scan in enumerate(scans):
        own = scan.sensor_of_each
        if len(places):
            own = np.broadcast_to(places[number], scan.points.shape)
        elif own is None:
            estimate = estimated_sensors(scan.points)
            own = None if estimate is None else sensors_of(scan.points, estimate.places)
        sensors.append(own)
        untold += [scan.source] if own is None else []
    notes = [f"{len(scans)} scans are read as one, of {', '.join(f'{len(scan.points):,}' for scan in scans)} points."]
    if untold:
        notes.append(
            f"From where {untold[0]} was seen is not told; --viewpoint X Y Z ... says it, of one scan after the other."
        )
    return Cloud(
        np.concatenate([scan.points for scan in scans]),
        _all([scan.normals for scan in scans]),
        _all([scan.colors for scan in scans]),
        source=f"{scans[0].source} and {len(scans) - 1} more" if len(scans) > 1 else scans[0].source,
        sensors=_all(sensors),
        notes=tuple(dict.fromkeys([note for scan in scans for note in scan.notes] + notes)),
    )


def camera_of(given: str) -> str | list[float]:
    """A camera as `read_depth` takes it: numbers with commas between, or else the name of a file."""
    words = given.split(",")
    if len(words) < 4 or Path(given).exists():
        return given
    try:
        return [float(word) for word in words]
    except ValueError:
        raise OccnetError(f"--intrinsics {given} is no file, nor numbers; give fx,fy,cx,cy or a file of the camera.") from None


def seen_from_places(cloud: Cloud, places: NDArray[np.float64]) -> Cloud:
    """The cloud with the likeliest sensor of each point, of those at places (S, 3); points at a sensor are left out."""
    cloud = replace(cloud, sensors=sensors_of(cloud.points, places))
    assert cloud.sensors is not None
    apart = (cloud.points != cloud.sensor_of_each).any(axis=1)
    return cloud if apart.all() else cloud.at(apart)


def _all(parts: Sequence[NDArray | None]) -> NDArray | None:
    """The arrays one after the other; None where one is missing."""
    known = [part for part in parts if part is not None]
    return np.concatenate(known) if len(known) == len(parts) else None
