"""A browser without a window for tests of pages, and what its console said; they are skipped where there is none."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# WebGL is drawn by the processor; a container has no sandbox of its own for a browser.
_ARGUMENTS = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist"]


@contextmanager
def opened_page(width: int = 1280, height: int = 800) -> Iterator[tuple[Page, list[str]]]:
    """A page, still empty, and the complaints of its console, which grow. Skips the test where no Chromium can be driven."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright, which drives the browser, is not installed")
    path = next(filter(None, map(shutil.which, _NAMES)), None)
    if path is None:
        pytest.skip(f"there is no browser here: none of {', '.join(_NAMES)} is on the path")
    with sync_api.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=_ARGUMENTS)
        page = browser.new_page(viewport={"width": width, "height": height}, accept_downloads=True)
        complaints: list[str] = []
        page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("requestfailed", lambda request: complaints.append(f"not loaded: {request.url}"))
        try:
            yield page, complaints
        finally:
            browser.close()


def ready(page: Page) -> None:
    """Wait until the page shows what it holds."""
    page.wait_for_selector("body[data-ready=yes]", timeout=60_000)
    page.wait_for_timeout(300)
