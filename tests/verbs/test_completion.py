"""A shell completes commands, options and files, by what the commands themselves take."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from occnet import cli
from occnet.verbs.shell.option_names import option_names


def test_options_are_those_of_the_help():
    names = option_names(cli.VERBS["reconstruct"].load())
    assert {"-o", "--output", "--faces", "--ground", "--workers", "-q", "--json"} <= set(names)
    assert "--no-captions" in option_names(cli.VERBS["render"].load())
    assert "--help" not in names
    assert option_names(cli.VERBS["doctor"].load()) == []


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_a_shell_completes(shell: str, capsys: pytest.CaptureFixture[str], tmp_path: Path):
    assert cli.main(["completion", shell]) == 0
    script = capsys.readouterr().out
    if shutil.which(shell) is None:
        pytest.skip(f"there is no {shell} here")
    (tmp_path / "scan.ply").touch()

    def completed(*words: str) -> list[str]:
        line = f"COMP_WORDS=(occnet {' '.join(words)}); COMP_CWORD={len(words)}; _occnet; printf '%s\\n' \"${{COMPREPLY[@]}}\""
        if shell == "zsh":
            line = f"setopt ksharrays shwordsplit; {line}"
        done = subprocess.run([shell, "-c", f"{script}\n{line}"], cwd=tmp_path, capture_output=True, text=True, timeout=60)
        return done.stdout.split()

    assert completed("recon") == ["reconstruct"]
    assert completed("reconstruct", "--resol") == ["--resolution"]
    assert completed("check", "sc") == ["scan.ply"]
    assert "--workers" in completed("repair", "--")
    assert "--resolution" not in completed("check", "--")
