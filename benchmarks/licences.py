"""The licences of all that occnet needs and ships: ends with 1 where one is not permissive, or not told.

    python benchmarks/licences.py          (or `make licences`)

Libraries: those of pyproject.toml, extras included, and what these need in turn, as they are installed here. Data: every file
of the repository that is no text of ours. The Mozilla Public License counts as permissive here, for the libraries under it are
used as they are: it asks that changes to their own files are published, and nothing of the programs that use them.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Sequence
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
NAMES = (  # what a licence is called, by the first of these that its text, its name or its class has
    (r"\bL?GPL|GNU (Lesser |Affero )?General Public|AGPL", "GPL"),
    (r"proprietary|commons clause|non-?commercial", "proprietary"),
    (r"MPL-2\.0|MPL 2\.0|Mozilla Public License", "MPL-2.0"),
    (r"Apache", "Apache-2.0"),
    (r"\bBSD|Redistribution and use in source and binary forms", "BSD"),
    (r"\bMIT\b|Permission is hereby granted, free of charge", "MIT"),
    (r"Python Software Foundation|\bPSF|matplotlib", "PSF-2.0"),
    (r"\bISC\b", "ISC"),
    (r"Zlib|\b0BSD\b|BSL-1\.0|CC0|Unlicense|public domain", "public domain or the like"),
)
PERMISSIVE = {"MPL-2.0", "Apache-2.0", "BSD", "MIT", "PSF-2.0", "ISC", "public domain or the like"}
TOLD = {  # of libraries whose metadata is not all: what else has to be known
    "imageio-ffmpeg": "its wheel brings the program ffmpeg, which is under the GPL; occnet starts it and ships nothing of it",
}
OTHERS = {  # that are not permissive, and why they may be needed all the same
    re.compile(
        r"nvidia-.*|cuda-.*"
    ): "comes with PyTorch where it is built for CUDA; free to use, and occnet ships nothing of it",
}
DATA = {  # place in the repository, licence, where it comes from
    "examples/data/": ("MIT", "a procedural shape of ours and a simulated scan of it, by examples/00_make_a_scan.py"),
    "occnet/demo_inputs/": ("MIT", "procedural shapes of ours: a scan, a picture and voxels, by examples/00_make_a_scan.py"),
    "occnet/weights/": ("MIT", "trained here on procedural shapes and on meshes under CC0, as its CARD.md says"),
    "benchmarks/meshes/": ("MIT", "checksums, to tell which meshes under CC0 are meant"),
    "docs/images/": ("MIT", "drawn from the example scan, by occnet"),
    "recipes/unfinished/": ("MIT", "trained here on procedural shapes and on meshes under CC0, as the shipped weights are"),
    "tests/networks/reference/": ("MIT", "random weights, and what the published architectures compute from them"),
}
TEXTS = (
    ".py",
    ".md",
    ".toml",
    ".txt",
    ".yml",
    ".cff",
    ".ipynb",
    ".js",
    ".css",
    ".html",
    "Makefile",
    "LICENSE",
    ".gitignore",
    "py.typed",
    "/run",
)


def main() -> int:
    """Print two tables, of libraries and of data. Returns 1 where a licence is missing or not permissive."""
    faults = []
    print("| library | version | licence | |\n| --- | --- | --- | --- |")
    for name, found in needed():
        if found is None:
            print(f"| {name} |  | not installed here, so not looked at | |")
            continue
        licence, why = licence_of(found), TOLD.get(name, "")
        if licence not in PERMISSIVE:
            why = next((reason for pattern, reason in OTHERS.items() if pattern.fullmatch(name)), "")
            faults += [] if why else [f"{name} is under {licence}"]
        print(f"| {name} | {found.version} | {licence} | {why} |")
    print("\n| data | licence | from |\n| --- | --- | --- |")
    files = data_files()
    for place, (licence, source) in DATA.items():
        print(f"| {place} ({sum(name.startswith(place) for name in files)} files) | {licence} | {source} |")
    faults += [f"{name} has no licence in DATA of {Path(__file__).name}" for name in unlicensed(files)]
    print("\n" + ("\n".join(f"FAULT: {fault}." for fault in faults) or "All of them are permissive."))
    return 1 if faults else 0


def needed() -> Iterator[tuple[str, Distribution | None]]:
    """All libraries that the project names and that these need in turn, by name; None for one that is not installed."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = [line for lines in project["optional-dependencies"].values() for line in lines]
    waiting = [wanted for line in (*project["dependencies"], *extras) if _applies(wanted := Requirement(line))]
    found: dict[str, Distribution | None] = {}
    asked: set[tuple[str, str]] = set()  # a library, and an extra of it
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        if name == canonicalize_name(project["name"]):
            continue
        try:
            found[name] = installed = distribution(name)
        except PackageNotFoundError:
            found[name] = None
            continue
        for extra in ("", *requirement.extras):
            if (name, extra) not in asked:
                asked.add((name, extra))
                waiting += [other for line in installed.requires or () if _applies(other := Requirement(line), extra)]
    return iter(sorted(found.items()))


def _applies(requirement: Requirement, extra: str = "") -> bool:
    """Whether a requirement is one on this machine, for those who ask for the extra."""
    return requirement.marker is None or requirement.marker.evaluate({"extra": extra})


def licence_of(found: Distribution) -> str:
    """The licence that a library's metadata tell, by a name of NAMES, or as they tell it."""
    told = found.metadata
    if "License-Expression" in told:
        return licence_by_expression(told["License-Expression"])
    classes = [line for line in told.get_all("Classifier") or [] if line.startswith("License ::")]
    texts = [" ".join(classes), *(text[:1500] for text in told.get_all("License") or [])]
    files = told.get_all("License-File") or []
    texts += [(found.read_text(f"licenses/{name}") or found.read_text(name) or "")[:1500] for name in files]
    return next((named for text in texts if (named := name_of(text)) is not None), "no licence that its metadata tell")


def licence_by_expression(expression: str) -> str:
    """The name for an expression of SPDX: of alternatives the first permissive one, of several at once the strictest."""
    strict = list[str]()
    for part in re.split(r"\bAND\b", expression.replace("(", " ").replace(")", " ")):
        names = [name_of(re.sub(r"\bWITH\b.*", "", one)) or one.strip() for one in re.split(r"\bOR\b", part)]
        strict.append(next((name for name in names if name in PERMISSIVE), names[0]))
    return next((name for name in strict if name not in PERMISSIVE), strict[0])


def name_of(text: str) -> str | None:
    """The licence of which a text speaks; None where it speaks of none that is known."""
    return next((name for pattern, name in NAMES if re.search(pattern, text, re.IGNORECASE)), None)


def data_files() -> list[str]:
    """The files of the repository that are data."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [name for name in listed.stdout.split("\0") if name and not name.endswith(TEXTS)]


def unlicensed(files: Sequence[str]) -> list[str]:
    """Those of the files of which DATA tells nothing."""
    return [name for name in files if not name.startswith(tuple(DATA))]


if __name__ == "__main__":
    sys.exit(main())
