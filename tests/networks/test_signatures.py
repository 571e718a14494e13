"""Public signatures name the axes of every tensor, as `Float[Tensor, "b n 3"]`, and what networks compute has those axes."""

from __future__ import annotations

import ast
from dataclasses import fields, is_dataclass
from pathlib import Path
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

import jaxtyping
import pytest
import torch
from jaxtyping import jaxtyped
from torch import Tensor

from occnet.networks.registry import build_network
from tests.networks.small_networks import FITTING, observations, recipe

PACKAGE = Path(__file__).parents[2] / "occnet"
ROOMS = ("encoders", "decoders", "codes", "losses")
FILES = sorted(path for room in ROOMS for path in (PACKAGE / "networks" / room).glob("*.py"))
FILES += [PACKAGE / "networks" / "interfaces.py", PACKAGE / "metrics.py"]
PUBLIC_OPERATORS = {"__call__"}
NAMES = {name: getattr(jaxtyping, name) for name in ("Bool", "Float", "Int", "Shaped")}


def public_annotations(path: Path) -> list[tuple[str, ast.expr]]:
    """Of arguments, results and fields of what has a public name at the top of a file or in its public classes."""
    found: list[tuple[str, ast.expr]] = []

    def gather(body: list[ast.stmt], within: str) -> None:
        for node in body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                gather(node.body, f"{node.name}.")
            elif isinstance(node, ast.AnnAssign) and within:
                found.append((within + ast.unparse(node.target), node.annotation))
            elif isinstance(node, ast.FunctionDef) and (not node.name.startswith("_") or node.name in PUBLIC_OPERATORS):
                arguments = (*node.args.args, *node.args.kwonlyargs)
                found.extend((f"{within}{node.name}: {a.arg}", a.annotation) for a in arguments if a.annotation)
                found.extend([(f"{within}{node.name}: result", node.returns)] if node.returns else [])

    gather(ast.parse(path.read_text(encoding="utf-8")).body, "")
    return found


def bare_arrays(annotation: ast.expr) -> list[str]:
    """The arrays in an annotation whose axes have no names."""
    if isinstance(annotation, ast.Subscript):
        inner = annotation.slice.elts if isinstance(annotation.slice, ast.Tuple) else [annotation.slice]
        of_jaxtyping = isinstance(annotation.value, ast.Name) and annotation.value.id in NAMES
        axes = inner[-1]
        if of_jaxtyping and isinstance(axes, ast.Constant) and isinstance(axes.value, str):
            return []
        return [name for part in inner for name in bare_arrays(part)]
    if isinstance(annotation, ast.Name):
        return [annotation.id] if annotation.id in {"Tensor", "NDArray", "Numbers", "ArrayLike"} else []
    return [name for part in ast.iter_child_nodes(annotation) if isinstance(part, ast.expr) for name in bare_arrays(part)]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_every_tensor_of_a_public_signature_names_its_axes(path: Path):
    for place, annotation in public_annotations(path):
        assert not bare_arrays(annotation), f"{place}: {ast.unparse(annotation)}"


def test_the_check_sees_a_tensor_without_axes(tmp_path: Path):
    text = 'def f(a: Tensor, b: list[Tensor | None]) -> Callable[[Float[Tensor, " n"]], Tensor]: ...\n'
    text += "class A:\n    codes: dict[str, Tensor]\n    def __call__(self, good: Float[Tensor, 'b c']) -> None: ...\n"
    (tmp_path / "sample.py").write_text(text)
    found = [place for place, annotation in public_annotations(tmp_path / "sample.py") if bare_arrays(annotation)]
    assert found == ["f: a", "f: b", "f: result", "A.codes"]


def hints_of(what: Any) -> dict[str, Any]:
    return get_type_hints(what, localns=NAMES)


def is_a(value: Any, hint: Any) -> bool:
    """Whether a value has the axes that a hint says; axes of one name have one size within a `jaxtyped` context."""
    if get_origin(hint) is UnionType or isinstance(hint, UnionType):
        return any(is_a(value, part) for part in get_args(hint))
    if get_origin(hint) is dict:
        return all(is_a(part, get_args(hint)[1]) for part in value.values())
    return isinstance(value, hint)


@pytest.mark.parametrize(("encoder", "decoder"), FITTING)
def test_networks_have_the_axes_that_their_signatures_name(encoder: str, decoder: str):
    network = build_network(recipe(encoder, decoder)).eval()
    seen, points = observations(network.reads), torch.rand(2, 20, 3) - 0.5
    code = network.encoder(seen)
    encoding = hints_of(type(network.encoder).forward)
    (observed,) = [hint for name, hint in encoding.items() if name != "return"]
    with jaxtyped("context"):
        assert is_a(seen, observed)
        assert is_a(code, encoding["return"])
    if is_dataclass(code):
        with jaxtyped("context"):
            hints = hints_of(type(code))
            for field in fields(code):
                assert is_a(getattr(code, field.name), hints[field.name]), field.name
    elif network.latent is not None:
        code = torch.cat([code, torch.zeros(2, 4)], dim=-1)
    decoding = hints_of(type(network.decoder).forward)
    with jaxtyped("context"):
        logits = network.decoder(points, code)
        assert is_a(points, decoding["points"])
        assert is_a(logits, decoding["return"])
        assert is_a(code, decoding["code"])


def test_the_check_sees_wrong_axes():
    hint = jaxtyping.Float[Tensor, "b n 3"]
    with jaxtyped("context"):
        assert is_a(torch.zeros(2, 5, 3), hint)
        assert not is_a(torch.zeros(2, 5, 4), hint)
        assert not is_a(torch.zeros(1, 5, 3), hint)  # another batch
        assert not is_a(torch.zeros(2, 5, 3, dtype=torch.int64), hint)
