"""Mesh the field of an exported model with neither torch nor occnet: onnxruntime, numpy and scikit-image.

    occnet export points -o out/points.onnx
    python examples/04_a_field_without_torch.py out/points.onnx examples/data/chair_scan.ply out/chair.obj [CELLS]

The scan is text or a binary .ply of doubles, as in `examples/data`. Any other runtime of ONNX does the same.
"""

import json
import sys
from pathlib import Path

import numpy as np
import onnxruntime
from skimage.measure import marching_cubes

model, scan, output = map(Path, sys.argv[1:4])
CELLS = int(sys.argv[4]) if len(sys.argv) > 4 else 96  # along each edge of the cube
encoder, decoder = (onnxruntime.InferenceSession(model.with_stem(f"{model.stem}_{part}")) for part in ("encoder", "decoder"))
about = {name: json.loads(value) for name, value in decoder.get_modelmeta().custom_metadata_map.items()}

points = np.frombuffer(scan.read_bytes().partition(b"end_header\n")[2], "<f8") if scan.suffix == ".ply" else np.loadtxt(scan)
points = points.reshape(-1, 3)
low, high = points.min(axis=0), points.max(axis=0)
center, scale = (low + high) / 2, (high - low).max()  # of the unit cube in which the network sees the scan
code = encoder.run(None, {"observation": ((points - center) / scale)[None].astype(np.float32)})

first, last = about["bounds"]
ticks = [np.linspace(first[axis], last[axis], CELLS + 1, dtype=np.float32) for axis in range(3)]
queries = np.stack(np.meshgrid(*ticks, indexing="ij"), axis=-1).reshape(1, -1, 3)
inputs = dict(zip(about["code"], code, strict=True))
parts = np.array_split(queries, len(queries[0]) // 4096 + 1, axis=1)
logits = np.concatenate([np.asarray(decoder.run(None, {"queries": part, **inputs})[0])[0] for part in parts])

level = np.log(about["threshold"] / (1 - about["threshold"]))  # a threshold is a probability
grid = np.pad(logits.reshape((CELLS + 1,) * 3), 1, constant_values=-10.0)  # outside of the cube is outside
vertices, faces, _, _ = marching_cubes(grid, level, gradient_direction="ascent")
places = ((vertices - 1) / CELLS - 0.5) * (last[0] - first[0]) * scale + center
lines = ["v {:.6f} {:.6f} {:.6f}".format(*place) for place in places] + ["f {} {} {}".format(*face) for face in faces + 1]
output.write_text("\n".join(lines))
print(f"{len(vertices):,} vertices, {len(faces):,} faces: {output}")
