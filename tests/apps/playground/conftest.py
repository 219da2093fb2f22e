"""A gateway in front of a slow embedded server, and a browser that complains about every error of the page."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from drawthings.server.options import ServerOptions
from servedpage import running

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, BrowserContext, Page

    from servedpage import Gateway

HERE = Path(__file__).parent
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
PATIENCE_MS = 12_000
"""How long the page may take for anything; two cores may be busy with other things."""

MS_PER_STEP = 60
"""Slow enough for several previews in a job of forty steps."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give a browser on a busy machine more time than the other tests have."""
    for item in items:
        if item.path.parent == HERE:
            item.add_marker(pytest.mark.timeout(60))


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """The gateway that most tests of a module share; its pictures are there for all of them."""
    options = ServerOptions(tls=False, model_browser=True, ms_per_step=MS_PER_STEP)
    with running(tmp_path_factory.mktemp("gallery"), options) as started:
        yield started


@pytest.fixture
def lone_gateway(tmp_path: Path) -> Iterator[Gateway]:
    """A gateway for one test, whose server may be taken down."""
    with running(tmp_path, ServerOptions(tls=False, model_browser=True, ms_per_step=400)) as started:
        yield started


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The browser of a module; without it the tests are skipped, and say so.

    Not of the whole session: while it is open, its event loop counts as running in this thread.
    """
    if CHROMIUM is None:
        pytest.skip("THE PAGE IS NOT TESTED: there is no Chromium (apt-get install chromium)")
    sync_api = pytest.importorskip("playwright.sync_api", reason="THE PAGE IS NOT TESTED: playwright is not installed")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium: Browser, gateway: Gateway) -> Iterator[Callable[..., Page]]:
    """Open the page as a visitor who was never here; at the end nothing may have gone wrong in it."""
    contexts: list[BrowserContext] = []
    wrong: list[str] = []

    def opened(path: str = "", *, at: Gateway = gateway, expects: tuple[str, ...] = (), **how: Any) -> Page:
        context = chromium.new_context(
            **{"viewport": {"width": 1360, "height": 860}, "reduced_motion": "reduce", **how}
        )
        contexts.append(context)
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda told: _note(told.type, told.text, expects, wrong))
        page.goto(at.url + path)
        page.locator("#model strong, dialog").filter(has_not_text="Reading").first.wait_for()
        return page

    yield opened
    for context in contexts:
        context.close()
    assert not wrong, wrong


def _note(kind: str, text: str, expects: tuple[str, ...], wrong: list[str]) -> None:
    if kind == "error" and not any(words in text for words in expects):
        wrong.append(text)


@pytest.fixture
def page(visit: Callable[..., Page]) -> Page:
    """The page on a desk."""
    return visit()
