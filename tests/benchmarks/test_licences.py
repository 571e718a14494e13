"""What is shipped and needed is under licences that are known, and permissive; what is not would be seen."""

from __future__ import annotations

import importlib.util
import shutil
from email.message import Message
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

COMMAND = Path(__file__).parents[2] / "benchmarks" / "licences.py"


@pytest.fixture(scope="module")
def licences() -> ModuleType:
    spec = importlib.util.spec_from_file_location("licences", COMMAND)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("told", "licence", "permissive"),
    [
        ({"License-Expression": "MIT"}, "MIT", True),
        ({"License-Expression": "MIT AND (Apache-2.0 WITH LLVM-exception OR GPL-3.0)"}, "MIT", True),
        ({"License-Expression": "MIT AND LGPL-2.1-or-later"}, "GPL", False),
        ({"License-Expression": "LicenseRef-Own"}, "LicenseRef-Own", False),
        ({"Classifier": "License :: OSI Approved :: Mozilla Public License 2.0 (MPL 2.0)"}, "MPL-2.0", True),
        ({"Classifier": "License :: OSI Approved :: GNU General Public License v3 (GPLv3)", "License": "MIT"}, "GPL", False),
        ({"License": "Copyright\nRedistribution and use in source and binary forms, with or without"}, "BSD", True),
        ({"License": "All rights reserved"}, "no licence that its metadata tell", False),
        ({"License-File": "COPYING"}, "MIT", True),
        ({}, "no licence that its metadata tell", False),
    ],
)
def test_a_licence_is_told_by_what_the_metadata_say(
    told: dict[str, str], licence: str, permissive: bool, licences: ModuleType
) -> None:
    metadata = Message()
    for key, value in told.items():
        metadata[key] = value
    texts = {"licenses/COPYING": "Permission is hereby granted, free of charge, to any person"}
    assert licences.licence_of(SimpleNamespace(metadata=metadata, read_text=texts.get)) == licence
    assert (licence in licences.PERMISSIVE) == permissive


def test_what_the_libraries_need_is_looked_at_too(licences: ModuleType) -> None:
    found = dict(licences.needed())
    assert {"torch", "numpy", "sympy", "mpmath", "matplotlib", "contourpy", "imageio-ffmpeg"} <= found.keys()
    assert "occnet" not in found


@pytest.mark.skipif(shutil.which("git") is None or not (COMMAND.parents[1] / ".git").exists(), reason="no clone, or no git")
def test_every_library_and_file_of_data_has_a_licence(licences: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert licences.main() == 0, capsys.readouterr().out
    files = licences.data_files()
    assert "occnet/weights/points/model.safetensors" in files
    assert not licences.unlicensed(files)
    assert licences.unlicensed(["examples/data/a.ply", "docs/b.png"]) == ["docs/b.png"]
