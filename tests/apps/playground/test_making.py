"""Making pictures with the page: previews, cancelling, reloading, replay, the grid, the keyboard alone."""

from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from pagedriver import LONG_MS, SLOW, finished, generate, made, make_small

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from servedpage import Gateway


def test_previews_take_the_place_of_the_picture_until_it_is_there(page: Page) -> None:
    make_small(page, steps=SLOW)
    generate(page, "a lighthouse at dusk")
    preview = page.locator(".scene > img.preview")
    expect(preview).to_have_attribute("data-count", re.compile(r"^([3-9]|\d\d)$"), timeout=LONG_MS)
    expect(page.locator(".progress progress")).to_be_visible()
    picture = finished(page, "a lighthouse at dusk")
    expect(picture).to_have_attribute("alt", "a lighthouse at dusk")
    expect(page.locator(".about")).to_contain_text(re.compile("256 . 256"))
    picture.evaluate("(image) => image.decode()")
    assert picture.evaluate("(image) => image.naturalWidth") == 256


def test_what_will_be_made_is_told_before_it_is_made(page: Page) -> None:
    expect(page.locator("#recipe")).to_contain_text("8 steps")
    page.locator("#prompt").fill("a fox")
    expect(page.locator(".sum")).to_contain_text(re.compile("1024 . 1024 · 8 steps"))
    page.get_by_role("button", name=re.compile("^16:9")).click()
    expect(page.locator(".sum")).to_contain_text(re.compile("1344 . 768"))


def test_a_press_that_is_held_is_a_click_whatever_is_drawn_meanwhile(page: Page) -> None:
    page.get_by_label("Steps", exact=True).fill("4")
    page.get_by_role("button", name="Custom").hover()
    page.mouse.down()
    # The press takes the focus from the steps, which changes the draft and with it what the chips say.
    page.wait_for_timeout(300)
    page.mouse.up()
    expect(page.get_by_label("Width", exact=True)).to_be_visible()


def test_a_running_job_is_cancelled_and_can_be_started_again(page: Page) -> None:
    make_small(page, steps=SLOW)
    generate(page, "a slow tower")
    expect(page.locator(".progress")).to_contain_text("Step")
    page.locator(".progress").get_by_role("button", name="Cancel").click()
    expect(page.locator("#stage")).to_contain_text("Cancelled")
    expect(page.locator("#prompt")).to_have_value("a slow tower")
    page.get_by_role("button", name="Start it again").click()
    finished(page, "a slow tower")


def test_a_waiting_job_tells_its_place_and_leaves_at_once(page: Page) -> None:
    make_small(page, steps=SLOW)
    generate(page, "the first of two")
    expect(page.locator(".job")).to_have_count(1)
    generate(page, "the second of two")
    second = page.locator(".job", has_text="the second of two")
    expect(second).to_contain_text("Next in the queue")
    second.get_by_role("button", name="Cancel: the second of two").click()
    expect(second).to_contain_text("Cancelled")
    page.get_by_role("button", name="Cancel: the first of two").click()
    expect(page.locator(".job", has_text="the first of two")).to_contain_text("Cancelled")


def test_a_reload_finds_the_running_job_and_the_draft(page: Page) -> None:
    make_small(page, steps=SLOW)
    generate(page, "a bridge in the fog")
    expect(page.locator(".progress")).to_contain_text("Step")
    page.reload()
    expect(page.locator("#prompt")).to_have_value("a bridge in the fog")
    expect(page.locator(".progress")).to_contain_text("Step")
    finished(page, "a bridge in the fog")


def test_a_replay_makes_the_same_picture_again(page: Page) -> None:
    made(page, "a paper boat")
    seed = page.locator(".facts > div", has_text="Seed").locator("dd").inner_text()
    first = page.locator(".thumbs .thumb[aria-current]").get_attribute("data-id")
    page.get_by_role("button", name="Replay").click()
    expect(page.locator(".thumbs .thumb[aria-current]")).not_to_have_attribute("data-id", str(first), timeout=LONG_MS)
    expect(page.locator(".facts > div", has_text="Seed").locator("dd")).to_have_text(seed)
    same = """async (first) => {
        const bytes = async (id) => {
            const image = await createImageBitmap(await (await fetch(`v1/files/images/${id}.png`)).blob());
            const canvas = new OffscreenCanvas(image.width, image.height);
            const pen = canvas.getContext("2d");
            pen.drawImage(image, 0, 0);
            return pen.getImageData(0, 0, image.width, image.height).data.join();
        };
        return (await bytes(first)) === (await bytes(document.querySelector(".thumb[aria-current]").dataset.id));
    }"""
    assert page.evaluate(same, first) is True


def test_a_grid_shows_every_combination_with_its_values(page: Page) -> None:
    make_small(page)
    page.locator("#prompt").fill("a row of houses")
    page.locator("summary", has_text="Grid").click()
    page.get_by_label("Across", exact=True).select_option("steps")
    page.get_by_label("Values across").fill("2, 4")
    page.get_by_label("Down", exact=True).select_option("seed")
    page.get_by_label("Values down").fill("1-2")
    page.get_by_label("Values down").press("Tab")
    expect(page.locator(".sum")).to_contain_text("4 pictures")
    generate(page, "a row of houses")
    finished(page, "a row of houses")
    page.locator(".stagebar").get_by_role("button", name="Grid").click()
    expect(page.locator(".sheet tbody .thumb")).to_have_count(4)
    assert page.locator(".sheet th").all_inner_texts() == ["2", "4", "1", "2"]
    page.get_by_role("button", name="Steps 4, Seed 2").click()
    expect(page.locator(".facts > div", has_text="Seed").locator("dd")).to_have_text("2")
    expect(page.locator(".facts > div", has_text="Steps").locator("dd")).to_have_text("4")


def test_a_clip_is_played(page: Page) -> None:
    pytest.importorskip("av")
    page.locator("[data-verb=video]").click()
    make_small(page, steps=2)
    page.get_by_label("Frames", exact=True).fill("9")
    page.locator("#prompt").fill("waves on a beach")
    page.locator("#prompt").press("Control+Enter")
    clip = page.locator(".scene > video")
    expect(clip).to_be_visible(timeout=LONG_MS)
    expect(clip).to_have_attribute("aria-label", "Clip: waves on a beach")
    ready = (
        "(clip) => clip.readyState >= 2 || new Promise((done) => clip.addEventListener('loadeddata', () => done(true)))"
    )
    assert clip.evaluate(ready) is True
    assert clip.evaluate("(clip) => clip.videoWidth") > 0


def test_everything_can_be_done_by_keyboard(page: Page) -> None:
    make_small(page, steps=SLOW)
    page.locator("body").press("p")
    expect(page.locator("#prompt")).to_be_focused()
    page.keyboard.type("a kite")
    page.locator("#model").focus()
    page.keyboard.press("Enter")
    page.keyboard.type("schnell 5-bit")
    page.keyboard.press("Enter")
    expect(page.locator("#model")).to_contain_text("FLUX.1 [schnell] (5-bit)")
    expect(page.locator("#model")).to_be_focused()
    page.keyboard.press("Control+Enter")
    expect(page.locator(".progress")).to_contain_text("Step")
    page.keyboard.press("Escape")
    expect(page.locator("#stage")).to_contain_text("Cancelled")
    page.keyboard.press("Control+Enter")
    finished(page, "a kite")
    page.locator("#stage").click(position={"x": 4, "y": 4})
    page.keyboard.press("s")
    expect(page.get_by_role("button", name="Remove the star")).to_be_visible()


def test_a_lora_has_a_weight_and_a_switch(page: Page) -> None:
    page.locator("summary", has_text="LoRAs").click()
    page.get_by_role("button", name="Add a LoRA").click()
    page.keyboard.press("Enter")
    weight = page.locator(".lora .weight")
    weight.fill("0.55")
    weight.press("Tab")
    expect(page.locator(".lora .weigh")).to_have_value("0.55")
    page.locator(".lora input[type=checkbox]").uncheck()
    expect(page.locator(".lora")).to_have_class(re.compile("off"))


def test_any_setting_is_found_by_its_help_and_sent(page: Page, gateway: Gateway) -> None:
    page.locator("summary", has_text="All settings").click()
    page.get_by_label("Search all settings").fill("sharpened")
    box = page.get_by_label("Sharpness", exact=True)
    box.fill("3")
    box.press("Tab")
    expect(page.locator("summary", has_text="All settings")).to_contain_text("1 changed")
    made(page, "a sharp knife")
    received = [one for one in gateway.server.received if one.prompt == "a sharp knife"]
    assert received[-1].configuration.sharpness == 3


def test_the_url_carries_the_recipe(page: Page, visit: Callable[..., Page]) -> None:
    made(page, "a lantern")
    path = page.url.split("/", 3)[3]
    assert path.startswith("#r=")
    other = visit(path)
    expect(other.locator("#prompt")).to_have_value("a lantern")
    expect(other.get_by_label("Width", exact=True)).to_have_value("256")


def test_a_link_that_makes_no_sense_leaves_a_page_that_works(visit: Callable[..., Page]) -> None:
    told = {"prompt": "a torch", "verb": "conjure", "grid": {"x": {"name": "steps", "values": "abc"}}, "steps": "many"}
    path = "#r=" + base64.urlsafe_b64encode(json.dumps(told).encode()).decode().rstrip("=")
    page = visit(path)
    expect(page.locator("#prompt")).to_have_value("a torch")
    made(page, "a torch")


def test_a_lost_server_is_told(lone_gateway: Gateway, visit: Callable[..., Page]) -> None:
    page = visit(at=lone_gateway)
    make_small(page, steps=SLOW)
    generate(page, "a ship that sinks")
    expect(page.locator(".progress")).to_contain_text("Step")
    lone_gateway.server.crash()
    expect(page.locator("#banner:visible, .state.failed:visible").first).to_be_visible(timeout=LONG_MS)
    expect(page.locator("#prompt")).to_have_value("a ship that sinks")
