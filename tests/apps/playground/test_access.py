"""For everybody: axe's rules in the main states, light and dark; a phone; what a screen reader hears; refusals."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from drawthings.apps.http.keys import Keys
from drawthings.apps.http.settings import GatewaySettings
from drawthings.server.options import ServerOptions
from pagedriver import SLOW, finished, generate, made, make_small, send_to
from servedpage import running

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Page

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
FINGER_PX = 44
WIDTH_OF_ZOOM_200 = 680


def serious(page: Page) -> list[str]:
    """What axe finds wrong and calls serious or worse."""
    found = Axe().run(page).response["violations"]
    return [
        f"{one['id']}: {node['html'][:160]} {node['failureSummary'][:200]}"
        for one in found
        if one["impact"] in {"serious", "critical"}
        for node in one["nodes"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(visit: Callable[..., Page], scheme: str) -> None:
    page = visit(color_scheme=scheme, bypass_csp=True)
    assert serious(page) == [], "empty"
    for title in ("LoRAs", "Grid", "All settings"):
        page.locator("summary", has_text=title).first.click()
    make_small(page, steps=SLOW)
    generate(page, "a state of light")
    expect(page.locator(".progress")).to_contain_text("Step")
    assert serious(page) == [], "running, everything unfolded"
    finished(page, "a state of light")
    assert serious(page) == [], "done"
    page.locator("#model").click()
    assert serious(page) == [], "choosing a model"
    page.keyboard.press("Escape")
    send_to(page, "Inpaint")
    expect(page.locator(".viewport.paints")).to_be_visible()
    assert serious(page) == [], "mask"
    page.locator("[data-verb=outpaint]").click()
    assert serious(page) == [], "edges"
    page.get_by_role("button", name="Choose several").click()
    page.get_by_role("button", name="Keys and help").click()
    assert serious(page) == [], "help"


def small_targets(page: Page) -> list[str]:
    """Controls that a finger misses."""
    find = """(least) => [...document.querySelectorAll("button, a[href], input, select, summary, textarea")]
        .filter((one) => one.checkVisibility({visibilityProperty: true}))
        .filter((one) => !one.closest(".unseen, [popover]:not(:popover-open)"))
        .filter((one) => !(one.type === "checkbox" && one.parentElement.getBoundingClientRect().height >= least))
        .map((one) => [one, one.getBoundingClientRect()])
        .filter(([one, box]) => box.width > 0 && box.bottom > 0)
        .filter(([one, box]) => Math.min(box.height, box.width) < least - 0.5)
        .map(([one, box]) => `${one.outerHTML.slice(0, 90)} ${Math.round(box.width)}x${Math.round(box.height)}`)"""
    found: list[str] = page.evaluate(find, FINGER_PX)
    return [one for one in found if 'class="skip"' not in one]


def test_a_phone_has_four_tabs_and_room_for_fingers(visit: Callable[..., Page]) -> None:
    page = visit(**PHONE)
    expect(page.locator("#go")).to_be_in_viewport()
    assert small_targets(page) == []
    page.locator("#prompt").fill("a pocket watch")
    page.locator("#go").tap()
    expect(page.locator("#stage")).to_be_visible()
    expect(page.locator("#compose")).to_be_hidden()
    page.get_by_role("button", name=re.compile("^Queue")).tap()
    expect(page.locator(".job")).to_contain_text("a pocket watch")
    assert small_targets(page) == []
    page.get_by_role("button", name="Stage", exact=True).tap()
    finished(page, "a pocket watch")
    assert small_targets(page) == []
    page.get_by_role("button", name="History", exact=True).tap()
    expect(page.locator(".thumbs .thumb").first).to_be_visible()
    assert small_targets(page) == []
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide == 0


def test_zoom_to_200_percent_scrolls_in_one_direction_only(visit: Callable[..., Page]) -> None:
    page = visit(viewport={"width": WIDTH_OF_ZOOM_200, "height": 430})
    page.locator("#prompt").fill("a very long word " * 20)
    assert page.evaluate("document.documentElement.scrollWidth") <= WIDTH_OF_ZOOM_200
    assert page.evaluate("document.querySelector('#form').scrollWidth <= document.querySelector('#form').clientWidth")


def test_a_screen_reader_hears_states_and_not_steps(page: Page) -> None:
    watch = """() => {
        window.heard = [];
        new MutationObserver(() => window.heard.push(document.querySelector("#live").textContent))
            .observe(document.querySelector("#live"), {childList: true, characterData: true, subtree: true});
    }"""
    page.evaluate(watch)
    made(page, "a quiet pond")
    expect(page.locator("#live")).to_have_text("The picture is done.")
    heard: list[str] = page.evaluate("window.heard")
    assert len(heard) <= 4
    assert not any("Step" in one for one in heard)
    expect(page.get_by_role("img", name="a quiet pond").first).to_be_visible()


def test_the_theme_is_chosen_and_remembered(page: Page) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)
    page.get_by_role("button", name="Theme: auto").click()
    page.get_by_role("button", name="Theme: light").click()
    expect(page.get_by_role("button", name="Theme: dark")).to_be_visible()
    assert page.evaluate(ground) != light
    page.reload()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_a_gateway_that_is_away_is_told_and_found_again(visit: Callable[..., Page]) -> None:
    offline = visit(expects=("Failed to load resource", "ERR_INTERNET_DISCONNECTED"))
    offline.locator("#prompt").fill("written while away")
    offline.context.set_offline(True)
    offline.get_by_label("Search the history").fill("anything")
    expect(offline.locator("#banner")).to_contain_text("The gateway does not answer")
    offline.context.set_offline(False)
    expect(offline.locator("#banner")).to_be_hidden()
    expect(offline.locator("#prompt")).to_have_value("written while away")


def test_a_gateway_with_keys_asks_for_one(tmp_path: Path, visit: Callable[..., Page]) -> None:
    keys = Keys({"guest": hashlib.sha256(b"open sesame").hexdigest()})
    options = ServerOptions(tls=False, model_browser=True)
    with running(tmp_path, options, GatewaySettings(keys=keys, tools=False, drain_s=0)) as locked:
        page = visit(at=locked, expects=("status of 401",))
        page.get_by_label("Key", exact=True).fill("wrong")
        page.get_by_role("button", name="Open").click()
        expect(page.get_by_role("alert").filter(has_text="not a key")).to_be_visible()
        page.get_by_label("Key", exact=True).fill("open sesame")
        page.get_by_role("button", name="Open").click()
        expect(page.locator("#recipe")).to_contain_text("steps")
        made(page, "a locked box")
        assert page.evaluate("document.cookie") == "", "a script can read the cookie"
        page.context.close()
