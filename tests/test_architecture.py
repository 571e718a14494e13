"""The plan of the house, held by a test: imports run downward, names say something, files stay short."""

from __future__ import annotations

import ast
import re
import subprocess
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FILES = sorted((ROOT / "occnet").rglob("*.py"))
LONGEST_FILE = 350  # lines; 50 to 250 are the rule
MOST_FILES = 20  # of a room; one that holds more is divided by idea

# What each room may import, from the entrance down to the nouns. A room may always import itself.
NOUNS = {"mesh", "field", "cube", "errors"}
GROUND = NOUNS | {"vectors", "extras", "files", "recipe", "plugins"}
MAY_IMPORT = {
    "errors": set(),
    "cube": set(),
    "vectors": set(),
    "demo_inputs": set(),
    "viewer": {"errors"},  # plain arrays to a page; so a mesh can show itself
    "mesh": {"errors", "vectors", "viewer"},
    "field": {"errors"},
    "extras": {"errors"},
    "recipe": {"errors", "extras"},
    "plugins": {"errors"},
    "metrics": NOUNS,
    "files": NOUNS | {"extras", "vectors"},
    "geometry": GROUND | {"metrics"},
    "shapes": NOUNS | {"vectors"},
    "meshing": NOUNS | {"vectors"},  # a field of anything, and nothing else
    "data": GROUND | {"geometry", "shapes", "meshing"},  # what is pictured is meshed first
    "observations": GROUND | {"geometry", "data"},
    "networks": GROUND | {"data", "observations"},
    "inference": GROUND | {"observations", "networks"},
    "baselines": GROUND | {"geometry", "data", "networks", "meshing"},
    "pipeline": GROUND
    | {"metrics", "geometry", "shapes", "data", "observations", "networks", "inference", "meshing", "baselines", "viewer"}
    | {"demo_inputs"},
}
MAY_IMPORT["app"] = MAY_IMPORT["pipeline"] | {"pipeline"}
MAY_IMPORT["verbs"] = {"errors", "extras", "recipe", "viewer", "pipeline", "app"}  # parsing and printing
MAY_IMPORT["cli"] = {"errors", "plugins", "pipeline", "verbs"}
MAY_IMPORT["__main__"] = {"cli"}
MAY_IMPORT["__init__"] = MAY_IMPORT["app"]  # the face of the package, which imports at first use

# The same within networks/: an encoder and a decoder know of each other only the code, which has a file of its own.
NETWORK_ROOMS = {
    "fast": set(),
    "layers": {"fast"},
    "codes": {"fast", "layers"},
    "interfaces": {"surfaces"},
    "surfaces": set(),
    "surface_decoders": {"fast", "layers", "codes", "interfaces", "surfaces"},
    "weight_files": set(),
    "encoders": {"fast", "layers", "codes", "interfaces", "weight_files"},
    "decoders": {"fast", "layers", "codes", "interfaces"},
    "losses": {"codes", "layers", "interfaces", "occupancy_network", "surface_network", "surfaces"},
    "latent": {"codes"},
    "network_field": {"fast"},
    # encoders and decoders come by name, from the registry; what the hub has is built where it is asked for
    "occupancy_network": {"interfaces", "latent", "network_field", "hub"},
    "surface_network": {"interfaces", "occupancy_network", "surfaces"},
}


def room_of(path: Path) -> str:
    return path.relative_to(ROOT / "occnet").parts[0].removesuffix(".py")


def imported_modules(path: Path) -> set[tuple[str, int]]:
    """What a file imports of occnet, modules and names in them, at its top or anywhere within, and the lines where it does."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}, line {node.lineno}: imports are absolute here"
            modules = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        found |= {(module, node.lineno) for module in modules if module.startswith("occnet.")}
    return found


def imported_rooms(path: Path, room: str = "occnet") -> set[tuple[str, int]]:
    """The rooms within a room that a file imports, and the lines where it does."""
    start = f"{room}."
    return {(name.removeprefix(start).split(".")[0], line) for name, line in imported_modules(path) if name.startswith(start)}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_imports_run_downward_only(path: Path):
    room = room_of(path)
    assert room in MAY_IMPORT, f"the room {room} has no place in the plan of the house"
    for imported, line in sorted(imported_rooms(path)):
        assert imported == room or imported in MAY_IMPORT[room], f"{room} imports {imported} in line {line}"


@pytest.mark.parametrize("room", NETWORK_ROOMS)
def test_encoders_and_decoders_meet_in_the_code_alone(room: str):
    place = ROOT / "occnet" / "networks" / room
    paths = sorted(place.glob("*.py")) if place.is_dir() else [place.with_suffix(".py")]
    assert paths
    for path in paths:
        for imported, line in sorted(imported_rooms(path, "occnet.networks")):
            assert imported == room or imported in NETWORK_ROOMS[room], f"{path.name} imports {imported} in line {line}"


def test_the_plan_itself_has_no_way_up():
    order = list(MAY_IMPORT)
    for room, below in MAY_IMPORT.items():
        if room != "__init__":
            assert all(order.index(other) < order.index(room) for other in below), room
    for other in ("geometry", "meshing"):  # what a network is knows nothing of meshes, nor they of it
        assert other not in MAY_IMPORT["networks"]
        assert "networks" not in MAY_IMPORT[other]


def test_the_check_sees_imports_of_every_form(tmp_path: Path):
    lines = ["import occnet.cli as a", "from occnet import files", "from occnet.data.shards import b"]
    lines += ["def f():", "    import occnet.app.page"]
    (tmp_path / "sample.py").write_text("\n".join(lines))
    assert imported_rooms(tmp_path / "sample.py") == {("cli", 1), ("files", 2), ("data", 3), ("app", 5)}


def test_a_room_can_be_seen_at_a_glance():
    counts = Counter(path.parent for path in FILES if path.name != "__init__.py")
    assert not {str(room.relative_to(ROOT)): count for room, count in counts.items() if count > MOST_FILES}


def test_no_two_files_of_the_package_have_one_name():
    places: dict[str, list[str]] = {}
    for path in FILES:
        if path.name != "__init__.py":
            places.setdefault(path.name, []).append(path.relative_to(ROOT).as_posix())
    assert not [paths for paths in places.values() if len(paths) > 1], "one word, one meaning"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_files_are_short_and_named_for_what_they_hold(path: Path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST_FILE
    for part in path.relative_to(ROOT).with_suffix("").parts:
        assert not re.fullmatch(r"(.*_)?(utils?|common|misc|helpers?|base|managers?)", part), f"{part} says nothing"


def test_no_verb_imports_another():
    verbs = sorted((ROOT / "occnet" / "verbs").glob("*_verb.py"))
    assert verbs
    for path in verbs:
        for imported, line in sorted(imported_rooms(path, "occnet.verbs")):
            assert not imported.endswith("_verb"), f"{path.name} imports {imported} in line {line}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_names_of_axes_are_for_readers_and_type_checkers_alone(path: Path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for_checkers = [node for node in tree.body if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"]
    allowed = {id(node) for block in for_checkers for node in ast.walk(block)}
    for node in ast.walk(tree):
        if isinstance(node, (ast.Import, ast.ImportFrom)) and "jaxtyping" in ast.unparse(node):
            assert id(node) in allowed, f"line {node.lineno}: a plain installation has no jaxtyping; import it if TYPE_CHECKING"


@pytest.mark.parametrize("room", ["geometry", "meshing", "shapes"])
def test_functions_have_at_most_eight_parameters(room: str):
    files = [path for path in FILES if room_of(path) == room]
    for node in (node for path in files for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))):
        if isinstance(node, ast.FunctionDef):
            names = [argument.arg for argument in (*node.args.args, *node.args.kwonlyargs)]
            assert len(names) - (names[:1] == ["self"]) <= 8, f"{node.name} takes {len(names)}: give it an options dataclass"


def tracked_texts() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode:
        pytest.skip("this is no git checkout")
    paths = [ROOT / name for name in listed.stdout.decode("utf-8").split("\0") if name]
    kinds = {".py", ".md", ".toml", ".txt", ".json", ".html", ".js", ".css", ""}
    return [path for path in paths if path.suffix in kinds and path.is_file()]


def test_nothing_mentions_a_place_on_one_machine():
    place = re.compile(r"(?<![\w.])/(?:home|root|work|Users|opt|mnt)/\w|[A-Z]:\\Users\\")
    for path in tracked_texts():
        if path == Path(__file__):
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            assert not place.search(line), f"{path.relative_to(ROOT)}, line {number}: {line.strip()}"


def test_the_set_up_names_versions_and_no_addresses():
    for path in ROOT.glob("requirements*.txt"):
        for line in path.read_text(encoding="utf-8").splitlines():
            assert "://" not in line
            if line.strip() and not line.startswith(("#", "-r ")):
                assert re.fullmatch(r"[A-Za-z0-9_.\-]+==[A-Za-z0-9.]+( ; .+)?", line), f"{path.name}: {line} is not pinned"
