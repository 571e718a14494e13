"""What each open page is at: its file, its work, its mesh. Pages know nothing of each other."""

from __future__ import annotations

import os
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

from occnet.app.generating_work import Drawing, drawn_shape
from occnet.app.models_at_hand import ModelsAtHand
from occnet.app.reconstructing_work import Opened, opened, reconstructed
from occnet.app.work import Work
from occnet.errors import OccnetError
from occnet.files.meshes import WRITERS, write_mesh
from occnet.pipeline.reconstruct.reconstruct_options import ReconstructOptions
from occnet.viewer.packing import packed

_MOST_TABS = 16  # above so many, the one that was used longest ago is forgotten


class Tab:
    """One open page. Requests of it may come at once; they wait for each other."""

    def __init__(self, folder: Path, models: ModelsAtHand) -> None:
        self.folder, self.models = folder, models
        self.lock = threading.Lock()
        self.given: Opened | None = None
        self.work: Work | None = None
        self.scene, self.seen = b"", 0
        folder.mkdir()

    def open(self, path: Path) -> dict[str, Any]:
        """Take a file, and tell what it is."""
        with self.lock:
            self._stop()
            self.given = opened(path)
            self.scene, self.seen = packed(self.given.scene()), self.seen + 1
            return {
                "name": self.given.name,
                "kind": self.given.kind.name,
                "notes": list(getattr(self.given.observation, "notes", ())),
            }

    def reconstruct(self, options: ReconstructOptions) -> None:
        """Begin to reconstruct the file, in place of what was under way. Raises OccnetError where there is none."""
        with self.lock:
            given = self.given
            if given is None:
                raise OccnetError("There is no file yet; drop one, or choose an example.")
            self._begin(lambda work: reconstructed(work, given, options, self.models))

    def draw(self, drawing: Drawing) -> None:
        """Begin to draw a shape, in place of what was under way."""
        with self.lock:
            self._begin(lambda work: drawn_shape(work, drawing, self.models))

    def cancel(self) -> None:
        """End what is under way."""
        with self.lock:
            self._stop()

    def state(self) -> dict[str, Any]:
        """How far it is: a phase, a share, the number of what is to be seen, and at the end a result or an error."""
        work = self.work
        if work is None:
            return {"running": False, "seen": self.seen}
        told = {"running": not work.ended, "phase": work.phase, "share": work.share, "seen": work.seen}
        if work.ended:
            told |= {"error": self._named(work.error), "result": None if work.result is None else work.result[1]}
        return told

    def shown(self) -> bytes:
        """What is to be seen, packed."""
        return self.scene if self.work is None else self.work.scene

    def mesh_file(self, suffix: str) -> bytes:
        """The mesh that was made, as a file of that suffix. Raises OccnetError where there is none."""
        work = self.work
        if work is None or work.result is None or f".{suffix}" not in WRITERS:
            raise OccnetError("There is no mesh yet." if f".{suffix}" in WRITERS else f"There is no format {suffix}.")
        path = self.folder / f"mesh-{secrets.token_hex(4)}.{suffix}"
        write_mesh(path, work.result[0])
        try:
            return path.read_bytes()
        finally:
            path.unlink()

    def _begin(self, doing: Callable[[Work], Any]) -> None:
        self._stop()
        self.work = Work(doing, self.scene, self.seen)

    def _stop(self) -> None:
        if self.work is not None:
            self.work.cancel()
            self.scene, self.seen, self.work = self.work.scene, self.work.seen, None

    def _named(self, problem: str | None) -> str | None:
        """A problem, with the file called as its user calls it."""
        return problem and problem.replace(f"{self.folder}{os.sep}", "")


class Tabs:
    """The open pages by their names, which nobody can guess."""

    def __init__(self, folder: Path, models: ModelsAtHand) -> None:
        self._folder, self._models = folder, models
        self._open: OrderedDict[str, Tab] = OrderedDict()
        self._lock = threading.Lock()

    def new(self) -> str:
        """The name of a new one."""
        name = secrets.token_urlsafe(12)
        with self._lock:
            self._open[name] = Tab(self._folder / secrets.token_hex(8), self._models)
            forgotten = [self._open.popitem(last=False)[1] for _ in range(len(self._open) - _MOST_TABS)]
        for tab in forgotten:
            tab.cancel()
        return name

    def __getitem__(self, name: str) -> Tab:
        """The one of that name. Raises OccnetError when there is none (any more)."""
        with self._lock:
            if name not in self._open:
                raise OccnetError("This page has been open for too long without being used; load it again.")
            self._open.move_to_end(name)
            return self._open[name]
