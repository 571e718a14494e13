"""An experiment as one HTML page, which needs no other file and no network."""

from __future__ import annotations

import base64
import html
import os
import platform
from datetime import UTC, datetime
from pathlib import Path

import torch

from occnet.files.atomic import atomic_path
from occnet.networks.devices import device_of
from occnet.pipeline.experiment.experiment_definition import Experiment
from occnet.pipeline.train.run_report import PAGE_STYLE

CLAIM = "Scores are means over shapes and seeds. A shape of which a method makes nothing counts in every column as a failure."


def write_page(path: Path, experiment: Experiment, tables: str, picture: Path, drawn: dict[str, str], device: str) -> None:
    """Write the page. tables: Markdown with headings, as `as_tables` gives it; picture: a PNG; drawn: SVGs by their titles."""
    budget, data = experiment.budget, experiment.data
    facts = {
        "machine": f"{_processor()}, {os.cpu_count()} cores in sight, {torch.get_num_threads()} threads",
        "device": torch.cuda.get_device_name() if device_of(device).type == "cuda" else str(device_of(device)),
        "software": f"Python {platform.python_version()}, torch {torch.__version__}",
        "date": datetime.now(UTC).date().isoformat(),
        "budget": f"{budget.minutes:g} minutes for each method and seed; seeds: {budget.seeds}",
        "shapes": f"{data.shapes:,} procedural ones ({data.categories}) or those named; scored: the {data.split} split"
        + (f", {data.most} of it" if data.most else ""),
        "scores": f"{budget.samples:,} points of volume and surfaces each; meshes of {budget.resolution} cells",
    }
    rows = "".join(f"<tr><th>{name}</th><td>{html.escape(value)}</td></tr>" for name, value in facts.items())
    parts = [
        f"<h1>{html.escape(experiment.title)}</h1><p>{html.escape(experiment.about)}</p><p>{CLAIM}</p><table>{rows}</table>",
        _as_html(tables),
        f"<h2>The same shapes for all</h2><figure><img alt='reconstructions' src='{_data(picture)}'></figure>",
        *(f"<h2>{html.escape(title)}</h2>{svg}" for title, svg in drawn.items()),
        f"<h2>The experiment</h2><pre>{html.escape(experiment.text)}</pre>",
    ]
    page = f"<!doctype html><html lang='en'><meta charset='utf-8'><title>{html.escape(experiment.title)}</title>"
    page += f"<meta name='viewport' content='width=device-width'><style>{PAGE_STYLE} body {{ max-width: 90rem }}</style>"
    with atomic_path(path) as partial:
        partial.write_text(f"{page}{''.join(parts)}</html>\n", encoding="utf-8")


def _as_html(markdown: str) -> str:
    """Markdown of headings, tables and sentences as HTML."""
    parts, rows = [], list[list[str]]()
    for line in [*markdown.splitlines(), ""]:
        if line.startswith("|"):
            rows.append([cell.strip() for cell in line.strip("|").split("|")])
            continue
        if rows:
            parts.append(_table(rows))
            rows = []
        if line.startswith("## "):
            parts.append(f"<h2>{html.escape(line[3:])}</h2>")
        elif line.strip():
            parts.append(f"<p>{html.escape(line)}</p>")
    return "".join(parts)


def _table(rows: list[list[str]]) -> str:
    head, _, *body = rows
    lines = [f"<tr>{''.join(f'<th>{html.escape(cell)}</th>' for cell in head)}</tr>"]
    lines += [f"<tr>{''.join(f'<td>{html.escape(cell)}</td>' for cell in row)}</tr>" for row in body]
    return f"<table>{''.join(lines)}</table>"


def _data(picture: Path) -> str:
    return f"data:image/png;base64,{base64.b64encode(picture.read_bytes()).decode()}"


def _processor() -> str:
    """What the processor calls itself, where the system tells."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    named = (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.processor() or platform.machine())
