"""A run as one HTML page: recipe, curves, scores, pictures, environment. It needs no other file and no network."""

from __future__ import annotations

import base64
import html
import io
import json
from pathlib import Path

from occnet.errors import FileError, plainly
from occnet.files.atomic import atomic_path
from occnet.pipeline.train.run_record import read_legs
from occnet.pipeline.train.run_tables import LOSSES, MEASURES, SCORES, measure_of, read_table

PAGE_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; color: #222; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.6rem } h2 { font-size: 1.15rem; margin-top: 2.2rem; border-bottom: 1px solid #ddd }
table { border-collapse: collapse } td, th { padding: .2rem .9rem .2rem 0; text-align: left; vertical-align: top }
td.number { text-align: right; font-variant-numeric: tabular-nums }
img, svg { max-width: 100%; height: auto } pre { background: #f6f6f4; padding: .8rem; overflow-x: auto; font-size: 13px }
figure { margin: 1rem 0 } figcaption { color: #666; font-size: 13px }
"""


def write_report(run: Path) -> Path:
    """Write `report.html` into a run folder and return its path. Raises FileError when it is none, or damaged."""
    losses, scores = read_table(run / LOSSES), read_table(run / SCORES)
    recipe, legs = _text(run / "recipe.toml"), read_legs(run)
    parts = [f"<h1>Training run {html.escape(run.resolve().name)}</h1>", _summary(losses, scores, legs)]
    if losses:
        parts += ["<h2>Curves</h2>", _curves(losses, scores)]
    if scores:
        parts += ["<h2>Validation</h2>", _score_table(scores)]
    pictures = sorted((run / "pictures").glob(f"step-{'[0-9]' * 8}.png"))
    for picture in pictures[-1:] + pictures[:1] if len(pictures) > 1 else pictures:
        parts.append(_figure(picture, f"Validation shapes after step {int(picture.stem.removeprefix('step-')):,}"))
    parts += ["<h2>Recipe</h2>", f"<pre>{html.escape(recipe)}</pre>", "<h2>Environment</h2>", _environment(legs)]
    page = f"<!doctype html><html lang='en'><meta charset='utf-8'><title>{html.escape(run.resolve().name)}</title>"
    page += f"<meta name='viewport' content='width=device-width'><style>{PAGE_STYLE}</style>{''.join(parts)}</html>\n"
    target = run / "report.html"
    with atomic_path(target) as path:
        path.write_text(page, encoding="utf-8")
    return target


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise FileError(
            f"{path} cannot be read ({plainly(problem)}); name a run folder that `occnet train` wrote."
        ) from problem


def _summary(losses: list[dict[str, float]], scores: list[dict[str, float]], legs: list[dict]) -> str:
    items = [("steps", f"{losses[-1]['step']:,.0f}" if losses else "0"), ("legs", str(len(legs)))]
    if losses:
        items += [("last loss", f"{losses[-1]['loss']:.4f}"), ("samples per second", f"{losses[-1]['samples_per_second']:.1f}")]
    if scores:
        largest = max(row["points"] for row in scores)  # by which the best model is chosen
        measure = measure_of(scores)
        best = max((row for row in scores if row["points"] == largest), key=lambda row: row[measure])
        where = f" at {best['points']:,.0f} points" if best["points"] else ""
        items.append((f"best validation {MEASURES[measure]}", f"{best[measure]:.4f}{where}, step {best['step']:,.0f}"))
    cells = "".join(f"<tr><th>{name}</th><td>{html.escape(value)}</td></tr>" for name, value in items)
    return f"<table>{cells}</table>"


def _curves(losses: list[dict[str, float]], scores: list[dict[str, float]]) -> str:
    from matplotlib.figure import Figure  # here: it takes half a second to import, and only reports need it

    figure = Figure(figsize=(10, 3.6), layout="constrained")
    left, right = figure.subplots(1, 2)
    left.plot([row["step"] for row in losses], [row["loss"] for row in losses], color="#1f6f8b", linewidth=1)
    left.set(xlabel="step", ylabel="loss")
    measure = measure_of(scores)
    for size in sorted({row["points"] for row in scores}):
        of_size = [row for row in scores if row["points"] == size]
        label = f"{size:,.0f} points" if size else "validation"
        right.plot([row["step"] for row in of_size], [row[measure] for row in of_size], marker=".", label=label)
    right.set(xlabel="step", ylabel=MEASURES[measure])
    if scores:
        right.legend(frameon=False)
    for axes in (left, right):
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(alpha=0.25)
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg")
    text = buffer.getvalue()
    return text[text.index("<svg") :]


def _score_table(scores: list[dict[str, float]]) -> str:
    sizes = sorted({row["points"] for row in scores})
    by_step: dict[float, dict[float, float]] = {}
    measure = measure_of(scores)
    called = MEASURES[measure]
    thresholds = {row["step"]: row["threshold"] for row in scores}
    for row in scores:
        by_step.setdefault(row["step"], {})[row["points"]] = row[measure]
    head = "".join(f"<th>{f'{called}, {size:,.0f} points' if size else called}</th>" for size in sizes)
    lines = []
    for step in sorted(by_step)[-12:]:
        cells = "".join(f"<td class='number'>{by_step[step].get(size, float('nan')):.4f}</td>" for size in sizes)
        lines.append(f"<tr><td class='number'>{step:,.0f}</td>{cells}<td class='number'>{thresholds[step]:g}</td></tr>")
    return f"<table><tr><th>step</th>{head}<th>threshold</th></tr>{''.join(lines)}</table>"


def _figure(picture: Path, caption: str) -> str:
    data = base64.b64encode(picture.read_bytes()).decode()
    return f"<figure><img alt='{caption}' src='data:image/png;base64,{data}'><figcaption>{caption}</figcaption></figure>"


def _environment(legs: list[dict]) -> str:
    return f"<pre>{html.escape(json.dumps(legs, indent=2))}</pre>"
