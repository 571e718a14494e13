"""The page as its user meets it, in a browser: drop a file, wait, change something, download; nothing complains."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from occnet.networks.checkpoint import shipped_models
from occnet.pipeline.reconstruct.reconstruct import reconstruct_file
from occnet.pipeline.reconstruct.reconstruct_options import ReconstructOptions
from tests.browser import opened_page, ready

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.skipif("points" not in shipped_models(), reason="the model 'points' is not in this checkout")

_DROP = """([place, name, text]) => {
    const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)), data = new DataTransfer();
    data.items.add(new File([bytes], name));
    document.querySelector(place).dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true }));
}"""


def drop(browser: Page, path: Path) -> None:
    """Let a file fall onto the page."""
    browser.evaluate(_DROP, ["#drop", path.name, base64.b64encode(path.read_bytes()).decode()])


def finished(browser: Page) -> str:
    """Wait for the end of the work; how it ended."""
    browser.wait_for_selector("body[data-state]", timeout=120_000)
    return browser.evaluate("document.body.dataset.state")


def test_from_a_dropped_scan_to_a_downloaded_mesh(serve: Callable[..., Any], ball_scan: Path, tmp_path: Path):
    client = serve()
    with opened_page(1280, 800) as (browser, complaints):
        browser.goto(client.server.address)
        ready(browser)
        drop(browser, ball_scan)
        browser.wait_for_selector("#go", state="visible")
        browser.wait_for_function("document.querySelector('#given').innerText.includes('600 points')", timeout=60_000)
        browser.select_option("select[aria-label=Resolution]", "64")
        browser.click("#go")
        assert finished(browser) == "finished"
        assert "It is a closed solid" in browser.inner_text("#result")
        with browser.expect_download() as download:
            browser.click("#result button[data-format=ply]")
        assert download.value.suggested_filename == "ball.ply"
        reconstruct_file(ball_scan, tmp_path / "own.ply", ReconstructOptions(resolution=64))
        assert Path(download.value.path()).read_bytes() == (tmp_path / "own.ply").read_bytes()

        browser.evaluate("delete document.body.dataset.state")
        browser.select_option("select[aria-label=Faces]", "1000")  # answered without being asked again
        assert finished(browser) == "finished"
        assert "1,000 faces" in browser.inner_text("#result")
        assert "--faces 1000" in browser.inner_text("#result code")

        letter = tmp_path / "letter.ply"
        letter.write_text("Dear reader")
        drop(browser, letter)
        browser.wait_for_selector("#error", state="visible")
        assert "letter.ply does not begin with the word 'ply'" in browser.inner_text("#error")
        browser.set_viewport_size({"width": 390, "height": 844})
        assert browser.evaluate("document.documentElement.scrollWidth") == 390
        assert complaints == []
