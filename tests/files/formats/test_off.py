"""OFF is read by its tokens, however they are laid out in lines."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from occnet.files import read_cloud, read_mesh

CORNERS = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)], float)
QUADS = [[0, 1, 3, 2], [4, 6, 7, 5], [0, 4, 5, 1], [2, 3, 7, 6], [0, 2, 6, 4], [1, 5, 7, 3]]
LINES = [f"{x:g} {y:g} {z:g}" for x, y, z in CORNERS]
FACES = [f"4 {' '.join(map(str, quad))}" for quad in QUADS]


@pytest.mark.parametrize(
    "lines",
    [
        ["OFF", "8 6 12", *LINES, *FACES],
        ["OFF 8 6 12", *LINES, *FACES],
        ["OFF8 6 12", *LINES, *FACES],
        ["off", "8 6", *LINES, *FACES],
        ["8 6 0", *LINES, *FACES],
        ["OFF", "8", "6 0", *LINES, *FACES],
        ["", "# made by hand", "OFF # the word", "# counts", "8 6 12 # of all", "", *LINES, "# faces", *FACES],
        ["OFF", "8 6 12", *LINES, *(line.replace(" ", "\n") for line in FACES)],
        ["OFF", "8 6 12", *LINES, *(f"{line[:5]} # wrapped\n{line[5:]} 255 0 0" for line in FACES)],
        [
            "OFF",
            "8 6 12",
            *LINES,
            *(f"{line} 0.5 0.5 0.5 1" if number % 2 else line for number, line in enumerate(FACES)),
        ],
        ["OFF", "8 6 12", " ".join(LINES[:5]), " ".join(LINES[5:]), *FACES],
        ["OFF", "8 6 12", *(line.replace(" ", "\n") for line in LINES), *FACES],
        ["OFF 8 6 12 " + " ".join(LINES + FACES)],
        ["OFF", "8 6 12", *(f"{line} 7 8 9" if number % 3 else line for number, line in enumerate(LINES)), *FACES],
        ["STOFF", "8 6 12", *(f"{line} 0.5 0.25" for line in LINES), *FACES],
        ["STCNOFF", "8 6 12", *(f"{line} 0 0 1 0.5 0.5 0.5 1 0.5 0.25" for line in LINES), *FACES],
        ["STCNOFF", "8 6 12", " ".join(f"{line} 0 0 1 0.5 0.5 0.5 1 0.5 0.25" for line in LINES), *FACES],
    ],
)
def test_off_is_read_by_its_tokens(lines: list[str], tmp_path: Path):
    (tmp_path / "cube.off").write_text("\n".join(lines))
    mesh = read_mesh(tmp_path / "cube.off")
    np.testing.assert_array_equal(mesh.vertices, CORNERS)
    assert mesh.volume == pytest.approx(1.0, abs=1e-12)
    assert len(read_cloud(tmp_path / "cube.off").points) == 8
    if lines[0] == "STCNOFF":
        assert mesh.colors is not None
        assert mesh.normals is not None
        np.testing.assert_array_equal(mesh.colors, np.full((8, 3), 128))
        np.testing.assert_array_equal(mesh.normals, np.tile([0, 0, 1], (8, 1)))
