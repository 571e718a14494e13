"""Names choose meshes, tell them apart, and give each its number."""

from __future__ import annotations

import zlib

import pytest

from occnet.data.mesh_files.names import chosen_names, distinct
from occnet.data.splits import number_of, split_of
from occnet.errors import FileError


def test_the_second_of_a_name_gets_a_number_that_no_other_has() -> None:
    assert distinct(["a", "b", "c"]) == ["a", "b", "c"]
    assert distinct(["a", "a", "a (2)", "a"]) == ["a", "a (3)", "a (2)", "a (4)"]
    assert distinct(["a (2)", "a", "a", "a", "b", "a", "b"]) == ["a (2)", "a", "a (3)", "a (4)", "b", "a (5)", "b (2)"]


def test_a_name_that_is_no_utf_8_has_a_number_and_a_split() -> None:
    name = b"chairs/\xff\xe4.ply".decode("utf-8", "surrogateescape")
    assert number_of(name) == zlib.crc32(b"chairs/\xff\xe4.ply")
    assert number_of("Ä") == zlib.crc32("Ä".encode())
    assert split_of(name) in ("train", "validation", "test")


def test_names_are_chosen_by_patterns() -> None:
    names = ["chairs/a.obj", "chairs/B.obj", "pack.zip/Arm_Chair.ply", "tables/a.obj", "street.obj"]
    assert chosen_names(names, [], []) == names
    assert chosen_names(names, ["*chair*"], []) == names[:3]
    assert chosen_names(names, ["tables/*", "chairs/[ab].obj"], []) == ["chairs/a.obj", "chairs/B.obj", "tables/a.obj"]
    assert chosen_names(names, [], ["*A.OBJ"]) == ["chairs/B.obj", "pack.zip/Arm_Chair.ply", "street.obj"]
    assert chosen_names(names, ["*tree*", "*chair*"], ["*street*", "*/b.*"]) == ["chairs/a.obj", "pack.zip/Arm_Chair.ply"]
    with pytest.raises(FileError, match=r"None of the 5 meshes is called like 'chair'; .* 'chairs/a.obj'"):
        chosen_names(names, ["*chair*", "chair"], [])
    with pytest.raises(FileError, match="leaves none of the 3 meshes"):
        chosen_names(names, ["*chair*"], ["*a*", "*b*"])
