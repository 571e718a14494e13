"""Memory against resolution: a network that draws voxels beside one that is asked about points, training and making a mesh.

    python benchmarks/memory.py [--resolutions 32 64 128 256] [--picture docs/images/memory.png]

Both have the same encoder of 300 points and a code of 256 numbers. A training step takes one shape: of the voxels all are
computed, of the field 2,048 points. Of either a mesh is made at that resolution: the voxels are all computed and then meshed,
the field is asked where its surface is. The networks are untrained; so that there is a surface, a ball is added to what they
answer, which is made nearly nothing. Each case is a process of its own; what is told is its peak beyond that of a process that
has only imported torch and the package (Linux and macOS).
"""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

import numpy as np
import torch
import tyro
from torch import Tensor

from occnet.cube import PADDED_BOUNDS
from occnet.data.batches import Batch
from occnet.meshing.extract import extract_mesh
from occnet.networks.occupancy_network import OccupancyNetwork
from occnet.networks.registry import build_loss, build_network

POINTS, QUERIES = 300, 2048
CASES = {
    "voxels, training": ("voxels", "training"),
    "voxels, a mesh": ("voxels", "mesh"),
    "occupancy, training": ("occupancy", "training"),
    "occupancy, a mesh": ("occupancy", "mesh"),
}


def main(resolutions: tuple[int, ...] = (32, 64, 128, 256), picture: Path | None = None) -> None:
    """Print a row for each case and a column for each resolution, in megabytes; draw them if asked to."""
    print(
        "| MB | " + " | ".join(f"{resolution}^3" for resolution in resolutions) + " |\n|---" + "|---" * len(resolutions) + "|"
    )
    idle = measured("idle", resolutions[0])
    rows = {}
    for name in CASES:
        rows[name] = [(measured(name, resolution) - idle) / 1e6 for resolution in resolutions]
        print(f"| {name} | " + " | ".join(f"{value:,.0f}" for value in rows[name]) + " |", flush=True)
    if picture is not None:
        draw(picture, resolutions, rows)


def measured(name: str, resolution: int) -> int:
    """Bytes that a case took in a process of its own."""
    command = [sys.executable, __file__, "case", name, str(resolution)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return int(done.stdout.split()[-1])


def peak() -> int:
    """The most memory that this process had, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def one_case(kind: str, task: str, resolution: int) -> int:
    """Train a step, or make a mesh; what the process took."""
    torch.manual_seed(0)
    network = network_of(kind, resolution)
    directions = torch.nn.functional.normalize(torch.randn(1, POINTS, 3), dim=-1)
    if task == "training":
        points = torch.rand(1, QUERIES, 3) - 0.5
        inside = (points.norm(dim=-1) < 0.4).float()
        build_loss({})(network.train(), Batch(0.4 * directions, points, inside)).backward()
    else:
        network.eval()
        with torch.no_grad():
            read = network.decoder.bind(network.encoder(0.4 * directions))

            def field(places: Tensor) -> Tensor:
                shape = 0.4 - places.norm(dim=-1)
                return shape + 1e-9 * read(places.float().unsqueeze(0))[0]

            extract_mesh(field, resolution=resolution, bounds=PADDED_BOUNDS)
    return peak()


def network_of(kind: str, resolution: int) -> OccupancyNetwork:
    """An untrained network of either kind."""
    decoder = {"name": "voxel_grid", "resolution": resolution} if kind == "voxels" else {"name": "conditional_batch_norm"}
    return build_network({"encoder": {"name": "residual_pointnet", "code_channels": 256}, "decoder": decoder})


def draw(path: Path, resolutions: tuple[int, ...], rows: dict[str, list[float]]) -> None:
    """Curves of the rows on logarithmic axes."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(6.4, 4.0), layout="constrained")
    for name, values in rows.items():
        kind, task = CASES[name]
        color = "#c44e52" if kind == "voxels" else "#3b6fb6"
        axes.plot(resolutions, np.maximum(values, 1.0), "o-" if task == "training" else "s--", color=color, label=name)
    axes.set(xscale="log", yscale="log", xlabel="resolution (cells along an edge)", ylabel="memory in MB")
    axes.set_xticks(resolutions, [str(resolution) for resolution in resolutions])
    axes.minorticks_off()
    axes.grid(alpha=0.3)
    axes.legend(frameon=False)
    figure.savefig(path, dpi=120)


if __name__ == "__main__":
    if sys.argv[1:2] == ["case"]:
        _, _, asked, cells = sys.argv
        print(one_case(*CASES[asked], int(cells)) if asked in CASES else peak())
    else:
        tyro.cli(main, description=__doc__)
