"""What `occnet prepare` says: before it starts, on request, and at its end."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from occnet.data.dataset_files import finished_shards
from occnet.pipeline.prepare.prepare import Prepared, PrepareOptions, estimate_meshes, estimate_synthetic

_LISTED = 10  # rejected meshes that are listed; report.csv has all


def report(done: Prepared, dataset: Path) -> str:
    """How many shapes there are, how many of them were repaired, and which meshes were rejected, with reasons."""
    total = done.shapes + len(done.rejected)
    lines = [f"{done.shapes:,} shapes are in {dataset}, {done.repaired:,} of them repaired."]
    if done.rejected:
        lines.append(f"{len(done.rejected):,} of {total:,} meshes ({done.rejected_share:.1%}) were rejected:")
        lines += [f"  {name}: {reason}" for name, reason in done.rejected[:_LISTED]]
        if len(done.rejected) > _LISTED:
            lines.append(f"  ... and {len(done.rejected) - _LISTED:,} more; see {dataset / 'report.csv'}.")
    lines += done.remarks
    missing = [split for split in ("train", "validation") if not finished_shards(dataset / split)]
    if missing:
        lines.append(
            f"None is in the {' or '.join(missing)} split, for names decide, 5 % of them for validation: to train, prepare "
            'more, or name another dataset, or "procedural", in the recipe.'
        )
    return "\n".join(lines)


def dry_run(meshes: Path | None, synthetic: int | None, options: PrepareOptions) -> str:
    """What a preparation would make of the meshes or of that many procedural shapes: counts, bytes and time."""
    found = estimate_synthetic(synthetic or 0, options) if meshes is None else estimate_meshes(meshes, options)
    splits = Counter(found.shapes)
    counts = ", ".join(f"{splits[split]:,} {split}" for split in ("train", "validation", "test"))
    each = options.bytes_of_a_shape()
    return (
        f"{'shapes':<12} {splits.total():,} ({counts}), if none is rejected\n"
        f"{'disk':<12} {found.bytes / 1e9:,.2f} GB, {each / 1e6:.2f} MB a shape\n"
        f"{'time':<12} about {_duration(found.seconds)} with {options.workers} workers, judged by a few of the shapes"
    )


def _duration(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} seconds"
    return f"{seconds / 60:.0f} minutes" if seconds < 7200 else f"{seconds / 3600:.1f} hours"
