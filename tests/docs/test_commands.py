"""Every command that a page tells its reader to type runs: on small files under the reader's names, with little to do.

What is not run is listed in NOT_RUN, with the reason.
"""

from __future__ import annotations

import re
import shlex
import shutil
import signal
import subprocess
import sys
import urllib.request
from functools import partial
from pathlib import Path

import pytest

from occnet import cli
from tests.docs.page_commands import PAGES, ROOT, commands, python_of
from tests.docs.stand_ins import lay_out, lay_out_trained

NOT_RUN = {
    r"pip install ": "fetches from the package index; scripts/test_wheel.py installs the wheel into an empty environment",
    r"make ": "sets up an environment of its own, and then runs the tests",
    r"\.venv/bin/python -m pytest": "the tests themselves",
    r"torchrun ": "for several machines; two processes are tested by tests/pipeline/train/test_processes.py",
    r"tensorboard ": "another program; what it is given is tested by tests/pipeline/train/test_loggers.py",
    r"(OMP_NUM_THREADS=1 )?python benchmarks/": "minutes to hours each; below, that program and options exist",
    r"python examples/02": "run by tests/examples/test_examples.py",
    r"occnet train examples/03.*": "needs the package of that folder; installed and trained by tests/test_plugins.py",
    r"occnet experiment points (-o OUT|--size|--minutes)": "the first command of docs/experiments.md with another folder and "
    "other numbers; how it goes on is tested by tests/pipeline/experiment/test_run_experiment.py",
    r"occnet (reconstruct|render) .*(dense|one_view|view_1|table|land|room|ground|walls)\.(ply|pcd|xyz)": "docs/scans.md: "
    "run by tests/benchmarks/test_scan_pictures.py",
}  # fmt: skip

# In place of what takes long on a page, what shows in seconds that it runs. All that fit are applied, one after the other.
SHORTER = [
    (r"^(occnet reconstruct .*?)( [<>] .*|$)", r"\1 --resolution 32\2"),  # the last --resolution counts
    (r"^(occnet (generate|demo) .*|occnet demo)$", r"\1 --resolution 32"),
    (r"--tune 30", "--tune 2"),
    (r"--faces 5000 --refine", "--faces 300 --refine"),
    (r"^(occnet render .*\.png\b.*)$", r"\1 --size 64"),
    (r"^(occnet render .*\.(gif|mp4)\b.*)$", r"\1 --size 64 --frames 3"),
    (r"--count \d", "--count 2"),
    (r"^(occnet prepare .*)$", r"\1 --uniform-points 512 --near-points 512 --surface-points 512 --workers 1"),
    (r"--synthetic 10000", "--synthetic 3"),
    (r"--synthetic-rooms 1000", "--synthetic-rooms 1"),
    (r"--views 24 --image-sizes 137", "--views 1 --image-sizes 48"),
    (r"^(occnet evaluate .*)$", r"\1 --resolution 32 --points 300"),
    (r"evaluate RESULTS (TRUTH.*) --points 300$", r"evaluate RESULTS \1"),
    (r" SOURCE --model NAME", " MESHES --model points"),
    (r" --model NAME", " --model points"),
    (r" RECIPE ", " RECIPE.toml "),
    (r"^occnet train points -o", "occnet train small.toml -o"),  # the recipe of hours is resolved by --dry-run elsewhere
    (r"^occnet train recipe.toml -o runs/mine --plugin", "occnet train own.toml -o runs/own --plugin"),
    (r"^occnet train recipe.toml -o runs/mine", "occnet train small.toml -o runs/changed"),  # as its reader has changed it
    (r"^(occnet experiment points .*)", r"\1 --size smoke"),
    (r"--port 8000", "--port 0"),
    (r"--model runs/points/best", "--model points"),  # two steps have learned nothing
    (r"^(python examples/04.*)$", r"\1 24"),
]
SHOWN_UNTIL_INTERRUPTED = re.compile(r"occnet (view|app)\b(?!.*--save)")
TO_RUN = [command for command in commands() if not any(re.match(pattern, command.text) for pattern in NOT_RUN)]
WITH_COMMANDS = [page for page in PAGES if any(command.page == page.name for command in TO_RUN)]


def shortened(text: str) -> str:
    """A command with little to do."""
    for pattern, replacement in SHORTER:
        text = re.sub(pattern, replacement, text)
    return text


@pytest.fixture(scope="module")
def laid_out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("readers_files")
    lay_out(folder)
    return folder


@pytest.fixture
def folder(laid_out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the reader's files, in which the commands are run."""
    shutil.copytree(laid_out, tmp_path / "here", symlinks=True)
    (tmp_path / "here" / "examples").symlink_to(ROOT / "examples")
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    return tmp_path / "here"


@pytest.mark.slow
@pytest.mark.parametrize("page", WITH_COMMANDS, ids=lambda page: page.name)
def test_the_commands_of_a_page_run(page: Path, folder: Path):
    for command in TO_RUN:
        if command.page == page.name:
            made = re.search(r"^occnet prepare .* -o (\S+)", command.text)
            if made:  # pages make several datasets under one name, each for itself
                shutil.rmtree(folder / made[1], ignore_errors=True)
            lay_out_trained(folder, command.text)
            code = exit_code(shortened(command.text))
            assert code == 0, f"{page.name}: {command.text}, run as {shortened(command.text)}, ended with {code}"


def exit_code(text: str) -> int:
    """How a command ends. Most are run in this process, which has loaded torch; those with pipes are not."""
    if SHOWN_UNTIL_INTERRUPTED.match(text):
        return _shown(text)
    if text.startswith("occnet ") and not re.search(r"[<>]", text):
        return cli.main(shlex.split(text)[1:])
    text = re.sub(r"^occnet ", f"{shlex.quote(sys.executable)} -m occnet ", text)
    text = re.sub(r"^python ", f"{shlex.quote(sys.executable)} ", text)
    return subprocess.run(text, shell=True, timeout=300, check=False).returncode


def _shown(text: str) -> int:
    """Ask for the page at the address that is printed, then press Ctrl-C."""
    words = [sys.executable, "-m", "occnet", *shlex.split(text)[1:], "--no-browser"]
    # what was started in the background, as a CI may, ignores Ctrl-C, and so would its children
    hearing = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, preexec_fn=hearing) as running:
        assert running.stdout is not None
        try:
            address = next(found[0] for line in running.stdout if (found := re.search(r"http://\S+", line)))
            with urllib.request.urlopen(address.replace("0.0.0.0", "127.0.0.1"), timeout=60) as answer:
                assert answer.status == 200
                assert answer.read().lstrip().lower().startswith(b"<!doctype html>")
            running.send_signal(signal.SIGINT)
            return running.wait(60)
        finally:
            running.kill()


@pytest.mark.slow
@pytest.mark.parametrize("page", ["README.md", "data.md", "extraction.md", "python.md"])
def test_the_python_of_a_page_runs(page: str, folder: Path):
    if page == "data.md":
        assert exit_code(shortened("occnet prepare MESHES -o DATASET --voxels 32 --views 4 --scans 1")) == 0
    (path,) = (path for path in PAGES if path.name == page)
    names: dict[str, object] = {}
    for block in python_of(path):
        block = block.replace("resolution=256", "resolution=48").replace("resolution=128", "resolution=32")
        block = block.replace('reconstruct("scan.ply")', 'reconstruct("scan.ply", occnet.ReconstructOptions(resolution=32))')
        block = block.replace("2048", "256").replace("3000", "256").replace("(4096,", "(")
        exec(compile(block, page, "exec"), names)


def test_python_that_is_not_run_is_known():
    """Of own_network.md, a part of examples/03, and of see_and_share.md, what tests/networks/test_hub.py does."""
    having = {page.name for page in PAGES if python_of(page)}
    assert having == {
        "README.md",
        "CONTRIBUTING.md",
        "data.md",
        "extraction.md",
        "own_network.md",
        "python.md",
        "see_and_share.md",
    }


def test_what_is_not_run_stands_on_a_page_and_what_is_shortened_too():
    texts = [command.text for command in commands()]
    for pattern in NOT_RUN:
        assert any(re.match(pattern, text) for text in texts), pattern
    for number, (pattern, replacement) in enumerate(SHORTER):
        others = SHORTER[:number]
        assert any(re.search(pattern, _after(text, others)) for text in texts), f"{pattern} -> {replacement}"


def _after(text: str, changes: list[tuple[str, str]]) -> str:
    for pattern, replacement in changes:
        text = re.sub(pattern, replacement, text)
    return text


def test_the_programs_of_benchmarks_and_examples_exist_with_their_options():
    named = [command for command in commands() if re.search(r"python (benchmarks|examples)/", command.text)]
    assert len(named) > 15
    for command in named:
        words = shlex.split(command.text)
        program = ROOT / next(word for word in words if word.endswith(".py"))
        text = program.read_text(encoding="utf-8")
        for word in words:
            if word.startswith("--"):
                name = word.removeprefix("--").removeprefix("no-").replace("-", "_")
                assert re.search(rf"\b{name}\b|{word}\b", text), f"{command.page}: {word} of {program.name}"
