"""Build the wheel, install it into an empty environment, and use it there as a newcomer does.

    python scripts/test_wheel.py [--extra-pip ARGUMENT ...]

Takes build's requirements from the environment that it runs in (hatchling). Fails with the output of the first command that
does not end well. What pip is to be told besides, as an index of its own, comes after --extra-pip.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

ROOT = Path(__file__).parents[1]


def main() -> None:
    """Build, install, try; say how long each took and how large the environment is."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--extra-pip", nargs="*", default=[], metavar="ARGUMENT")
    extra_pip = parser.parse_args().extra_pip
    with tempfile.TemporaryDirectory(prefix="occnet-wheel-") as name:
        folder = Path(name)
        done("build", [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder], ROOT)
        (wheel,) = folder.glob("*.whl")
        print(f"{'wheel':<12} {wheel.name}, {wheel.stat().st_size / 1e6:.1f} MB")
        venv.create(folder / "empty", with_pip=True)
        binaries = folder / "empty" / ("Scripts" if os.name == "nt" else "bin")
        python, occnet = binaries / "python", binaries / "occnet"
        done("install", [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *extra_pip, wheel], folder)
        size = sum(path.stat().st_size for path in (folder / "empty").rglob("*") if path.is_file())
        print(f"{'environment':<12} {size / 1e6:,.0f} MB")
        done("import", [python, "-c", "import occnet"], folder)
        for kind in ("scan", "photo", "voxels"):
            done(f"demo {kind}", [occnet, "demo", kind, "--resolution", "64", "-o", folder / "demo"], folder)
        done("check", [occnet, "check", folder / "demo" / "chair_scan_mesh.ply"], folder)
        done("app", [python, "-c", "import occnet.app.app_page as page; page.app_page(page.AppOptions())"], folder)
        print(done("doctor", [occnet, "doctor"], folder))


def done(what: str, command: list[str | Path], folder: Path) -> str:
    """What a command printed; ends the program where it fails. PYTHONPATH, which could lend it our own files, is not given."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    began = time.perf_counter()
    run = subprocess.run(
        [str(word) for word in command], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    if run.returncode:
        sys.exit(f"{what} failed with {run.returncode}:\n{run.stdout}\n{run.stderr}")
    print(f"{what:<12} {time.perf_counter() - began:.1f} s", flush=True)
    return run.stdout


if __name__ == "__main__":
    main()
