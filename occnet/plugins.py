"""What can be added from outside: tables of names, filled by this package, by installed packages, and by files of one's own.

An encoder, decoder, loss, baseline, kind of observation or logger is a class with a name. Three places give it one:
a line in the table of its room; an entry point of an installed package, as `my_encoder = "my_package.encoder:MyEncoder"` in the
group `occnet.encoders`; or a file that is named by `--plugin FILE` and calls `ENCODERS.add("my_encoder", MyEncoder)`.
"""

from __future__ import annotations

import difflib
import hashlib
import os
import sys
import traceback
import types
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any, Generic, TypeVar

from occnet.errors import PluginError

T = TypeVar("T")
TRUSTED = "trusted_plugins.txt"  # sha256 sums of the files that this user has named by --plugin, one a line


@dataclass(frozen=True)
class Plugin:
    """A Python file that was run to add names."""

    name: str  # of the file
    text: str  # its source
    sha256: str  # of the text

    @staticmethod
    def of(path: Path) -> Plugin:
        """The plugin in a file, not run yet. Raises PluginError when it cannot be read."""
        try:
            text = Path(path).read_bytes().decode("utf-8")
        except (OSError, UnicodeDecodeError) as problem:
            raise PluginError(f"The plugin {path} cannot be read ({problem}); name a Python file.") from None
        return Plugin(Path(path).name, text, hashlib.sha256(text.encode("utf-8")).hexdigest())


_running: list[Plugin] = []  # the plugin whose code is being run now, if any
_run: dict[str, Plugin] = {}  # by sha256, those that were run in this process


class Registry(Generic[T]):
    """Names of one kind of thing; what stands behind a name is imported when it is asked for.

    kind: how messages call it, as "encoder". group: of the entry points, as "occnet.encoders". expected: what its classes must
    derive from, as "module:Class". own: the lines of this package, name -> "module:Class".
    """

    def __init__(self, kind: str, group: str, expected: str, own: Mapping[str, str]) -> None:
        self.kind, self.group, self._expected = kind, group, expected
        self.plural = group.removeprefix("occnet.")
        self._own, self._added = dict(own), dict[str, tuple[T, Plugin | None]]()

    def __getitem__(self, name: str) -> T:
        """What that name stands for. Raises PluginError, listing the names, when it is unknown or cannot be imported."""
        if name in self._own:
            return self._loaded(self._own[name])
        if name in self._added:
            return self._added[name][0]
        if name not in self._installed:
            near = difflib.get_close_matches(str(name), self, n=1)
            meant = f"did you mean {near[0]}? " if near else ""
            raise PluginError(f"There is no {self.kind} {name!r}; {meant}The {self.plural} are: {', '.join(self)}.")
        point = self._installed[name]
        try:
            found = point.load()
        except Exception as problem:  # whatever another's module raises as it is imported
            what = f"The {self.kind} {name!r} of the entry point {point.value} cannot be imported"
            raise PluginError(f"{what}: {type(problem).__name__}: {problem}.") from problem
        return self._checked(name, found)

    def __contains__(self, name: object) -> bool:
        return name in self._own or name in self._added or name in self._installed

    def __iter__(self) -> Iterator[str]:
        """All names, those of this package first."""
        return iter(dict.fromkeys([*self._own, *sorted(self._added), *sorted(self._installed)]))

    def items(self) -> Iterator[tuple[str, T]]:
        """Names and what they stand for."""
        return ((name, self[name]) for name in self)

    def add(self, name: str, value: T) -> None:
        """Give a class of one's own a name. Raises PluginError when it is taken, or the class is not of this kind."""
        if name in self._own:
            raise PluginError(f"The {self.kind} {name!r} comes with occnet; choose another name for yours.")
        self._added[name] = (self._checked(name, value), _running[-1] if _running else None)

    def plugin_of(self, name: str) -> Plugin | None:
        """The file of one's own that gave this name, or None where it comes with a package."""
        return self._added[name][1] if name in self._added else None

    @cached_property
    def _installed(self) -> dict[str, EntryPoint]:
        return {point.name: point for point in entry_points(group=self.group) if point.name not in self._own}

    def _checked(self, name: str, value: Any) -> T:
        expected: Any = self._loaded(self._expected)
        if not (isinstance(value, type) and issubclass(value, expected)):
            raise PluginError(f"The {self.kind} {name!r} must be a subclass of {expected.__name__}, but is {value!r}.")
        return value  # pyright: ignore[reportReturnType]

    @staticmethod
    def _loaded(place: str) -> T:
        module, name = place.split(":")
        return getattr(import_module(module), name)


def run_plugin(plugin: Plugin) -> None:
    """Run a plugin's code, once a process. Raises PluginError, with the line, when it fails."""
    if plugin.sha256 in _run:
        return
    module = types.ModuleType(f"occnet_plugin_{plugin.sha256[:12]}")
    module.__file__ = plugin.name
    sys.modules[module.__name__] = module  # dataclasses and pickle look there
    _running.append(plugin)
    try:
        exec(compile(plugin.text, plugin.name, "exec"), module.__dict__)
    except PluginError:
        raise
    except Exception as problem:  # whatever the user's code raises, with the line of that code
        lines = [frame.lineno for frame in traceback.extract_tb(problem.__traceback__) if frame.filename == plugin.name]
        where = f", line {lines[-1]}" if lines else ""
        raise PluginError(f"The plugin {plugin.name}{where} failed: {type(problem).__name__}: {problem}.") from problem
    finally:
        _running.pop()
    _run[plugin.sha256] = plugin


def load_plugins(paths: Iterable[Path], *, trust: bool = False) -> None:
    """Run the plugins in these files. trust: remember for this user that models may run the very same code from now on.

    Raises PluginError when one cannot be read or fails.
    """
    for path in paths:
        plugin = Plugin.of(path)
        run_plugin(plugin)
        if trust and plugin.sha256 not in _trusted():
            listed = _trust_file()
            listed.parent.mkdir(parents=True, exist_ok=True)
            with listed.open("a", encoding="utf-8") as file:
                file.write(f"{plugin.sha256}  {plugin.name}\n")


def run_stored(folder: Path, recorded: Mapping[str, str]) -> None:
    """Run the plugins that lie beside a model, name -> sha256, where this user has named the same code by --plugin before.

    A model from elsewhere must not run its code unasked. Raises PluginError when one is missing, changed or not trusted.
    """
    for name, sha256 in recorded.items():
        if sha256 in _run:
            continue
        path = Path(folder) / Path(name).name
        plugin = Plugin.of(path)
        if plugin.sha256 != sha256:
            raise PluginError(f"The plugin {path} is not the one that the model was made with; name the right one by --plugin.")
        if sha256 not in _trusted():
            raise PluginError(
                f"The model in {folder} needs the code of {path}, which has not been run here before. If you trust it, name "
                f"it: --plugin {path} (in Python: occnet.load_plugins([path]) before the model is loaded)."
            )
        run_plugin(plugin)


def _trust_file() -> Path:
    state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(state) / "occnet" / TRUSTED


def _trusted() -> set[str]:
    listed = _trust_file()
    return {line.split()[0] for line in listed.read_text(encoding="utf-8").splitlines() if line} if listed.is_file() else set()
