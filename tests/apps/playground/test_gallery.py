"""The history: stars, deleting with a way back, several at once, comparing, and settings to take away."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from drawthings.server.options import ServerOptions
from pagedriver import LONG_MS, finished, generate, made, make_small
from servedpage import running

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Page


def test_pictures_are_there_for_the_next_visit(page: Page, visit: Callable[..., Page]) -> None:
    made(page, "an old clock")
    later = visit()
    later.get_by_label("Search the history").fill("old clock")
    expect(later.locator(".thumbs .thumb")).to_have_count(1)
    later.locator(".thumbs .thumb").click()
    finished(later, "an old clock")


def test_a_picture_of_a_former_run_can_be_looked_at(tmp_path: Path, visit: Callable[..., Page]) -> None:
    options = ServerOptions(tls=False, model_browser=True)
    with running(tmp_path, options) as first:
        page = visit(at=first)
        made(page, "a forgotten key")
        page.context.close()
    with running(tmp_path, options) as again:
        later = visit(at=again)
        later.locator(".thumbs .thumb").first.click()
        finished(later, "a forgotten key")
        later.context.close()


def test_a_deleted_picture_can_be_had_back(page: Page) -> None:
    made(page, "a doomed vase")
    page.get_by_label("Search the history").fill("doomed vase")
    thumb = page.get_by_role("button", name=re.compile("Picture: a doomed vase"))
    expect(thumb).to_have_count(1)
    page.locator(".about").get_by_role("button", name="Delete").click()
    expect(thumb).to_have_count(0)
    page.locator(".toast", has_text="deleted").get_by_role("button", name="Undo").click()
    expect(thumb).to_have_count(1)


def test_arrows_walk_and_a_star_filters(page: Page) -> None:
    made(page, "a starred pear")
    made(page, "a plain apple")
    page.keyboard.press("Escape")
    page.locator(".thumbs .thumb").first.focus()
    page.keyboard.press("ArrowRight")
    finished(page, "a starred pear")
    page.keyboard.press("s")
    page.get_by_role("button", name="Only with a star").click()
    expect(page.get_by_role("button", name=re.compile("a starred pear"))).to_have_count(1)
    expect(page.locator(".thumbs").get_by_role("button", name=re.compile("a plain apple"))).to_have_count(0)


def test_two_are_compared_with_a_line_that_moves(page: Page) -> None:
    made(page, "left of two")
    made(page, "right of two")
    page.get_by_role("button", name="Choose several").click()
    for at in (0, 1):
        page.locator(".thumbs .thumb").nth(at).click()
    page.get_by_role("button", name="Compare two").click()
    line = page.get_by_label("Line between the two pictures")
    line.focus()
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    assert page.evaluate("document.querySelector('.pair').style.getPropertyValue('--cut')") == "52%"
    expect(page.locator(".captions")).to_contain_text("seed")
    page.get_by_role("button", name="Delete them").click()
    expect(page.locator(".toast")).to_contain_text("2 pictures are deleted")


def test_settings_are_used_again_in_parts(page: Page) -> None:
    made(page, "a copper kettle")
    seed = page.locator(".facts > div", has_text="Seed").locator("dd").inner_text()
    page.locator("#prompt").fill("something else")
    page.get_by_role("button", name="Use", exact=True).click()
    page.get_by_role("menuitem", name="Seed", exact=True).click()
    expect(page.get_by_label("Seed", exact=True)).to_have_value(seed)
    expect(page.locator("#prompt")).to_have_value("something else")
    page.get_by_role("button", name="Use", exact=True).click()
    page.get_by_role("menuitem", name="Everything but the seed").click()
    expect(page.locator("#prompt")).to_have_value("a copper kettle")
    expect(page.get_by_label("Seed", exact=True)).to_have_value("")
    page.locator(".toast", has_text="but the seed").get_by_role("button", name="Undo").click()
    expect(page.locator("#prompt")).to_have_value("something else")


def test_settings_are_copied_for_other_tools(visit: Callable[..., Page]) -> None:
    page = visit(permissions=["clipboard-read", "clipboard-write"])
    made(page, 'it\'s a "quoted" bell')

    def copied(what: str) -> str:
        page.get_by_role("button", name="Copy", exact=True).click()
        page.get_by_role("menuitem", name=what).click()
        expect(page.locator(".toast").last).to_contain_text("copied")
        return str(page.evaluate("navigator.clipboard.readText()"))

    command = copied("Command line")
    assert command.startswith("""drawthings generate 'it'\\''s a "quoted" bell'""")
    assert "--width 256" in command
    program = copied("Python")
    compile(program, "snippet", "exec")
    assert "prompt" not in program
    assert json.loads(copied("Settings for the app"))["width"] == 256


def test_hostile_words_stay_words(page: Page) -> None:
    words = '<img src=x onerror="document.title=1"><b>bold</b>'
    make_small(page)
    generate(page, words)
    finished(page, words)
    expect(page.locator(".about img, .about b, .job img[src=x]")).to_have_count(0)
    expect(page).to_have_title(re.compile("Draw Things"), timeout=LONG_MS)
