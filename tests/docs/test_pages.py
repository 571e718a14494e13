"""What the pages say can be done: commands and options are there, links lead somewhere, names of the reference exist."""

from __future__ import annotations

import re
import shlex
from importlib import import_module, util
from pathlib import Path

import pytest

from occnet import cli
from occnet.verbs.shell.option_names import option_names

ROOT = Path(__file__).parents[2]
PAGES = [*sorted((ROOT / "docs").glob("*.md")), ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
BLOCK = re.compile(r"^```(?:\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_and_every_option_is_there(page: Path):
    for line in "\n".join(BLOCK.findall(page.read_text(encoding="utf-8"))).splitlines():
        words = shlex.split(line.partition(" #")[0].partition(" | ")[0], posix=True) if line.startswith("occnet ") else []
        if not words:
            continue
        assert words[1] in cli.VERBS or words[1].startswith("--"), f"{page.name}: {line}"
        if words[1] in cli.VERBS:
            known = {*option_names(cli.VERBS[words[1]].load()), "--plugin", "--help"}
            for word in words[2:]:
                option = word.partition("=")[0]
                assert not re.match(r"--?[a-z]", option) or option in known, f"{page.name}: {option} in {line}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path):
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if not re.match(r"[a-z]+://|#", target):
            assert (page.parent / target.partition("#")[0]).exists(), f"{page.name}: {target}"


def test_the_reference_names_what_exists_and_leaves_out_nothing():
    import occnet

    named = re.findall(r"^::: (\S+)", (ROOT / "docs" / "reference.md").read_text(encoding="utf-8"), re.MULTILINE)
    for name in named:
        module, _, attribute = name.rpartition(".")
        if name != "occnet.errors":
            assert hasattr(import_module(module), attribute), name
    left_out = set(occnet.__all__) - {name.rpartition(".")[2] for name in named} - {"OccnetError"}  # which is in occnet.errors
    assert left_out <= {"Agreement", "Field"}, left_out


def test_the_encoder_on_the_page_is_that_of_the_example():
    example = ROOT / "examples" / "03_an_encoder_of_ones_own" / "furthest_points" / "__init__.py"
    page = (ROOT / "docs" / "own_network.md").read_text(encoding="utf-8")
    assert f"```python\n{example.read_text(encoding='utf-8').strip()}\n```" in page


def test_every_page_has_a_place_in_the_site():
    listed = set(re.findall(r": (\w+\.md)$", (ROOT / "mkdocs.yml").read_text(encoding="utf-8"), re.MULTILINE))
    assert listed == {path.name for path in (ROOT / "docs").glob("*.md")}


@pytest.mark.slow
def test_the_site_is_built_and_asks_no_other_host(tmp_path: Path):
    for package in ("mkdocs", "material", "mkdocstrings"):
        if util.find_spec(package) is None:
            pytest.skip(f"{package}, of requirements-docs.txt, is not installed")
    from mkdocs.commands.build import build  # pyright: ignore[reportMissingImports] (of requirements-docs.txt)
    from mkdocs.config import load_config  # pyright: ignore[reportMissingImports]

    build(load_config(str(ROOT / "mkdocs.yml"), site_dir=str(tmp_path), strict=True))
    for path in tmp_path.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        loaded = re.findall(
            r"<(?:script|img|iframe)[^>]+src=\"(?:https?:)?//[^\"]+|<link[^>]+stylesheet[^>]+href=\"(?:https?:)?//", text
        )
        assert not loaded, f"{path.name}: {loaded}"
