"""A page holds all it needs, and a browser shows it: what it draws is looked at pixel by pixel."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from occnet.viewer.layers import Marks, Points, Surface
from occnet.viewer.packing import Scene
from occnet.viewer.page import frame, page
from tests.browser import opened_page, ready

if TYPE_CHECKING:
    from playwright.sync_api import Page

CUBE = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], dtype=float)
SIDES = np.array([[0, 1, 3, 2], [4, 6, 7, 5], [0, 4, 5, 1], [2, 3, 7, 6], [0, 2, 6, 4], [1, 5, 7, 3]])
FACES = np.concatenate([SIDES[:, [0, 1, 2]], SIDES[:, [0, 2, 3]]])
RED = np.tile([[230, 20, 20]], (8, 1))


def test_a_page_asks_nothing_of_anybody():
    text = page(Scene([Surface("cube", CUBE, FACES)]))
    assert "default-src 'none'" in text  # so the browser holds it to that, too
    assert not re.search(r"https?://|src=|@import|fetch\(|XMLHttpRequest|\{\{", text)


def test_names_are_no_markup():
    text = page(Scene([], title="</script><b>a & b"))
    assert "<b>" not in text
    assert "&lt;/script&gt;&lt;b&gt;a &amp; b" in text
    assert frame(Scene([], title='"')).count("<iframe") == 1


Shown = Callable[..., np.ndarray]


@pytest.fixture(scope="module")
def opened() -> Iterator[tuple[Page, list[str]]]:
    """One browser for all tests of this file."""
    with opened_page(700, 440) as found:
        yield found


@pytest.fixture
def shown(opened: tuple[Page, list[str]], tmp_path: Path) -> Shown:
    """The pixels of the view of a page, once some buttons have been pressed; nothing may complain."""
    browser, complaints = opened

    def show(text: str, *presses: str) -> np.ndarray:
        (tmp_path / "page.html").write_text(text, encoding="utf-8")
        browser.goto((tmp_path / "page.html").as_uri())
        ready(browser)
        for press in presses:
            browser.click(press)
        with browser.expect_download() as download:
            browser.click("text=Save picture")
        picture = Path(download.value.path()).read_bytes()
        assert complaints == []
        return np.asarray(Image.open(io.BytesIO(picture)).convert("RGB")).astype(int)

    return show


def test_a_cube_is_seen_in_its_colours_and_by_its_distances(shown: Shown):
    scene = Scene([Surface("cube", CUBE, FACES, RED, np.zeros(8))], farthest=1.0)
    text = page(scene)
    own = shown(text)
    middle = own[own.shape[0] // 2, own.shape[1] // 2]
    assert middle[0] > 2 * middle[1]
    share = (np.abs(own - own[0, -1]).max(axis=2) > 12).mean()
    assert 0.1 < share < 0.5  # the cube in the unit ball, on paper
    near = shown(text, "button[data-value=distance]")
    middle = near[near.shape[0] // 2, near.shape[1] // 2]
    assert np.ptp(middle) < 40  # what agrees is grey
    far = shown(page(Scene([Surface("cube", CUBE, FACES, RED, np.ones(8))], farthest=1.0)), "text=distance")
    assert far[far.shape[0] // 2, far.shape[1] // 2, 0] > 2 * far[far.shape[0] // 2, far.shape[1] // 2, 1]


def test_points_and_marks_are_seen(shown: Shown):
    ball = np.random.default_rng(0).normal(size=(3000, 3))
    ball /= np.linalg.norm(ball, axis=1, keepdims=True)
    points = shown(page(Scene([Points("ball", ball)])))
    blue = (points[..., 2] - points[..., 0] > 40).mean()
    assert blue > 0.04
    lines = np.stack([ball[:200], -ball[:200]], axis=1)
    marked = shown(page(Scene([Points("ball", ball), Marks("wrong", lines)])))
    assert (marked[..., 0] - marked[..., 2] > 40).mean() > 0.02 > (points[..., 0] - points[..., 2] > 40).mean()


@pytest.mark.parametrize("up", ["y", "z"])
def test_what_points_up_is_the_axis_that_was_named(up: str, shown: Shown):
    long = CUBE * ([0.1, 1, 0.1] if up == "y" else [0.1, 0.1, 1])
    picture = shown(page(Scene([Surface("post", long, FACES)], up=up)))
    seen = np.argwhere(np.abs(picture - picture[0, -1]).max(axis=2) > 12)
    height, width = np.ptp(seen, axis=0)
    assert height > 2 * width


def test_a_phone_shows_the_view_and_a_panel_that_opens(opened: tuple[Page, list[str]], tmp_path: Path):
    browser, complaints = opened
    browser.set_viewport_size({"width": 390, "height": 844})
    (tmp_path / "page.html").write_text(page(Scene([Surface("cube", CUBE, FACES)])), encoding="utf-8")
    browser.goto((tmp_path / "page.html").as_uri())
    ready(browser)
    assert not browser.is_visible("text=Save picture")
    browser.click("summary")
    assert browser.is_visible("text=Save picture")
    seen, panel = (browser.locator(name).bounding_box() for name in ("#canvas", "#panel"))
    assert seen is not None
    assert panel is not None
    assert 300 < seen["height"] <= panel["y"]  # what is looked at stays above the panel
    assert browser.evaluate("document.documentElement.scrollWidth") == 390
    assert complaints == []
