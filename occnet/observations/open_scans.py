"""Scans of what is open, a terrain or a room: recognised, and made ready without a network, which knows solids alone."""

from __future__ import annotations

import torch

from occnet.files.clouds import Cloud, checked_points
from occnet.geometry.open_surface.open_scan import OpenScan
from occnet.geometry.open_surface.scan_form import Kind, scan_form
from occnet.mesh import Frame
from occnet.observations.interface import Observation
from occnet.observations.reading_options import CloudReading

_NOTES: dict[Kind, str] = {
    "sheet": "The scan shows one sheet, as of a terrain: its surface is left open where it ends; --surface solid closes it.",
    "inside": "The scan was taken from inside of what it shows, as of a room: it is left open; --surface solid closes it.",
}

_NO_MODEL = "An open surface is made without the model, so that --tiles and --tune change nothing."


def observed_open(cloud: Cloud, reading: CloudReading) -> Observation | None:
    """The observation of a cloud that shows something open, in its unit cube; None where it shows a solid, or is to be one.

    cloud: as measured. Raises CloudError when no surface can be made from it.
    """
    surface = reading.surface
    if surface == "solid":
        return None
    points = checked_points(cloud.points, cloud.source, may_be_flat=surface == "open")
    frame = Frame.of(points)
    unit = frame.to_unit(points)
    sensors = None if cloud.sensors is None else frame.to_unit(cloud.sensors)
    form = scan_form(unit, sensors, is_open=surface == "open")
    if form.kind == "solid":
        return None
    notes = cloud.notes if surface == "open" else (*cloud.notes, _NOTES[form.kind])
    if reading.tune or reading.tiles:
        notes = (*notes, _NO_MODEL)
    scan = OpenScan(unit, cloud.normals, sensors, form.front)
    colored = None if cloud.colors is None else cloud
    return Observation((), frame, torch.from_numpy(unit).float(), notes=notes, open_scan=scan, colored=colored)
