"""The command line: which command is meant, and how it ends. Importing this module imports nothing heavy."""

from __future__ import annotations

import difflib
import errno
import io
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from occnet.errors import OccnetError, plainly
from occnet.pipeline.quiet import keep_others_quiet
from occnet.verbs import VERBS, Verb
from occnet.verbs.shell.exit_codes import EXIT_ERROR, EXIT_INTERRUPTED, EXIT_UNREAD
from occnet.verbs.shell.start_time import begin_command

_OUTPUT_FAILS = (errno.EPIPE, errno.ENOSPC, errno.EDQUOT)


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code: 0 when all went well, 1 when a mesh is unsound, 2 after an error, 130 after Ctrl-C."""
    begin_command(own_process=arguments is None)
    _settle_process()
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    try:
        code = _run(arguments)
        sys.stdout.flush()  # here, where it can be noticed that nobody reads it, or that its disk is full
        return code
    except OccnetError as error:
        print(f"occnet: error: {error}", file=sys.stderr)
        return EXIT_ERROR
    except KeyboardInterrupt:
        print("occnet: interrupted", file=sys.stderr)
        return EXIT_INTERRUPTED
    except OSError as error:
        problem = _failure_of_output() if error.errno in _OUTPUT_FAILS else None
        if problem is None:
            raise
        if isinstance(problem, BrokenPipeError):
            return EXIT_UNREAD
        print(f"occnet: error: what is printed cannot be written ({plainly(problem)}); print elsewhere.", file=sys.stderr)
        return EXIT_ERROR


def _run(arguments: list[str]) -> int:
    """The exit code of the command that the arguments name."""
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        print(usage())
        return 0
    if arguments[0] == "--version":
        print(version())
        return 0
    verb = _verb_named(arguments[0])
    arguments, plugins = _without_plugins(arguments)
    if plugins:
        from occnet.plugins import load_plugins

        load_plugins(plugins, trust=True)
    import tyro

    return tyro.cli(
        verb.load(),
        prog=f"occnet {arguments[0]}",
        args=arguments[1:],
        config=(tyro.conf.FlagCreatePairsOff, tyro.conf.OmitArgPrefixes),
    )


def _without_plugins(arguments: Sequence[str]) -> tuple[list[str], list[Path]]:
    """The arguments without each `--plugin FILE` (or `--plugin=FILE`), which every command takes, and those files."""
    left, plugins, rest = [], [], iter(arguments)
    for argument in rest:
        if argument == "--plugin":
            path = next(rest, None)
            if path is None:
                raise OccnetError("--plugin needs the name of a Python file after it.")
            plugins.append(Path(path))
        elif argument.startswith("--plugin="):
            plugins.append(Path(argument.removeprefix("--plugin=")))
        else:
            left.append(argument)
    return left, plugins


def _settle_process() -> None:
    """Decide for all of the process what a program may and a library may not, before torch is loaded."""
    keep_others_quiet()
    if isinstance(sys.stdout, io.TextIOWrapper):  # what the terminal cannot show, a name that is no UTF-8 or an accent, is told
        sys.stdout.reconfigure(errors="backslashreplace")  # by its number, as on stderr
    if "OMP_WAIT_POLICY" not in os.environ:
        # torch's threads (GNU OpenMP) spin while they wait for each other; beside another busy program, which needs the core,
        # a reconstruction took ten times as long. So few turns cost nothing on idle cores (docs/extraction.md).
        os.environ.setdefault("GOMP_SPINCOUNT", "1000")


def _failure_of_output() -> OSError | None:
    """Why standard output takes no more, a pipe that nobody reads or a full disk; then what is left in it is dropped."""
    try:
        print(flush=True)
    except OSError as problem:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # else Python complains again when it ends
        return problem
    return None


def usage() -> str:
    """The help text of the program itself."""
    lines = ["usage: occnet COMMAND ...", "", "Learned 3D reconstruction: from scans to watertight meshes.", "", "commands:"]
    lines += [f"  {name:<14} {verb.summary}" for name, verb in VERBS.items()]
    lines += ["", "occnet COMMAND --help explains a command. For example:", "  occnet reconstruct scan.ply -o mesh.ply"]
    lines += [
        "",
        "Every command takes --plugin FILE: Python code that adds an encoder, a decoder, a loss, ... (CONTRIBUTING.md)",
    ]
    return "\n".join(lines)


def version() -> str:
    """The name and version of the installed package."""
    from importlib.metadata import version as installed_version

    return f"occnet {installed_version('occnet')}"


def _verb_named(name: str) -> Verb:
    if name in VERBS:
        return VERBS[name]
    near = difflib.get_close_matches(name, VERBS, n=1)
    meant = f"did you mean {near[0]}? " if near else ""
    raise OccnetError(f"there is no command {name!r}; {meant}The commands are: {', '.join(VERBS)}.")


if __name__ == "__main__":
    sys.exit(main())
