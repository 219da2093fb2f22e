"""What tests do with the page of the gateway over and over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

LONG_MS = 15_000

SMALL = "256"
"""The side of the pictures: a small one is painted at once."""


SLOW = 40
"""Steps of a job that is still running when it is looked at."""


def make_small(page: Page, *, steps: int = 4) -> None:
    """Ask for small pictures in few steps."""
    page.get_by_label("Steps", exact=True).fill(str(steps))
    page.get_by_role("button", name="Custom").click()
    page.get_by_label("Width", exact=True).fill(SMALL)
    page.get_by_label("Height", exact=True).fill(SMALL)
    page.get_by_label("Height", exact=True).press("Tab")


def generate(page: Page, prompt: str) -> None:
    """Write a prompt and start it, with the keyboard alone."""
    page.locator("#prompt").fill(prompt)
    page.locator("#prompt").press("Control+Enter")


def finished(page: Page, prompt: str) -> Locator:
    """Wait until the stage shows the finished picture of a prompt, and return it."""
    expect(page.locator(".about .says")).to_have_text(prompt, timeout=LONG_MS)
    picture = page.locator(".scene > img:not(.preview):not(.under)")
    expect(picture).to_be_visible()
    return picture


def made(page: Page, prompt: str) -> Locator:
    """Make a small picture and wait for it."""
    make_small(page)
    generate(page, prompt)
    return finished(page, prompt)


def send_to(page: Page, where: str) -> None:
    """Send the picture of the stage somewhere else."""
    page.get_by_role("button", name="Send to").click()
    page.get_by_role("menuitem", name=where, exact=True).click()
