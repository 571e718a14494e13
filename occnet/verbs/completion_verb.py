"""`occnet completion`: what a shell needs to complete commands and options."""

from __future__ import annotations

from typing import Annotated, Literal

from tyro.conf import Positional, arg

from occnet.verbs import VERBS
from occnet.verbs.shell.option_names import option_names

_SCRIPT = """_occnet() {{
    local word="${{COMP_WORDS[COMP_CWORD]}}" options=""
    COMPREPLY=()
    if [ "$COMP_CWORD" -eq 1 ]; then
        COMPREPLY=($(compgen -W "{verbs}" -- "$word"))
        return
    fi
    case "${{COMP_WORDS[1]}}" in
{cases}
    esac
    case "$word" in
        -*) COMPREPLY=($(compgen -W "$options --plugin --help" -- "$word")) ;;
        *) COMPREPLY=($(compgen -f -- "$word")) ;;
    esac
}}
complete -o filenames -F _occnet occnet
"""
_ZSH = "autoload -U +X compinit bashcompinit\ncompinit\nbashcompinit\n"  # zsh reads what bash does


def completion(shell: Positional[Annotated[Literal["bash", "zsh"], arg(metavar="SHELL")]]) -> int:
    """Print what lets a shell complete the commands of occnet, their options, and files.

    bash: occnet completion bash > ~/.local/share/bash-completion/completions/occnet
    zsh:  occnet completion zsh > ~/.occnet-completion && echo 'source ~/.occnet-completion' >> ~/.zshrc

    Args:
        shell: bash or zsh
    """
    names = {name: " ".join(option_names(verb.load())) for name, verb in VERBS.items()}
    cases = "\n".join(f'        {name}) options="{options}" ;;' for name, options in names.items())
    print((_ZSH if shell == "zsh" else "") + _SCRIPT.format(verbs=" ".join(VERBS), cases=cases), end="")
    return 0
