"""Reading takes time in proportion to the size of a file: nothing in it is searched again and again."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from occnet.data.mesh_files.names import distinct
from occnet.errors import OccnetError
from occnet.files import read_cloud, read_mesh

SECONDS = 5.0  # of the processor: in proportion these take less than one, and with the square of their size more than a minute
ROWS = "1 2 3\n" * 40
TRIANGLE = "v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n"
XYZ = "property float x\nproperty float y\nproperty float z\n"

FILES: dict[str, Callable[[], str]] = {
    "brackets.txt": lambda: "# x y z " + "(" * 200_000 + f"\n{ROWS}",
    "units.txt": lambda: "# x y z " + "[m" * 100_000 + f"\n{ROWS}",
    "spaces.txt": lambda: "# x y z" + " " * 200_000 + f"e\n{ROWS}",
    "quotes.csv": lambda: 'x,y,z,"' + '"a' * 100_000 + f"\n{ROWS.replace(' ', ',')}",
    "properties.ply": lambda: (
        "ply\nformat ascii 1.0\nelement vertex 1\n"
        + "".join(f"property char p{number}\n" for number in range(30_000))
        + "end_header\n"
    ),
    "elements.ply": lambda: (
        "ply\nformat ascii 1.0\n"
        + "".join(f"element e{number} 0\n" for number in range(20_000))
        + f"element vertex 40\n{XYZ}end_header\n{ROWS}"
    ),
    "materials.obj": lambda: TRIANGLE + "".join(f"usemtl m{number}\nf 1 2 3\n" for number in range(20_000)),
    "continued.obj": lambda: "\\\n" * 200_000 + TRIANGLE,
    "blank.off": lambda: "OFF 40 1 0\n" + ROWS + "5" + "\n" * 200_000,
}


@pytest.mark.parametrize("name", FILES)
def test_long_rows_of_one_thing_are_read_at_once(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(FILES[name]())
    start = time.process_time()
    for read in (read_cloud, read_mesh):
        with suppress(OccnetError):
            read(tmp_path / name)
    assert time.process_time() - start < SECONDS


def test_many_meshes_of_one_name_are_numbered_at_once() -> None:
    start = time.process_time()
    assert distinct(["a"] * 100_000)[-1] == "a (100000)"
    assert time.process_time() - start < SECONDS
