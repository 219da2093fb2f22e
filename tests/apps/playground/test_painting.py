"""The editors of the page: masks by mouse, finger and keyboard, edges pulled outwards, pictures brought in."""

from __future__ import annotations

import base64
import hashlib
import re
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from drawthings.tensor.codec import decode_tensor
from pagedriver import LONG_MS, finished, made, send_to

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import FloatRect, Page

    from servedpage import Gateway

REPAINTED = 2
SIDE = 256


def a_file(name: str = "hill.png", color: str = "teal") -> Any:
    """A picture as the file chooser takes it."""
    out = BytesIO()
    Image.new("RGB", (SIDE, SIDE), color).save(out, "PNG")
    return {"name": name, "mimeType": "image/png", "buffer": out.getvalue()}


def choose(page: Page, button: str, file: dict[str, Any]) -> None:
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name=button).first.click()
    chooser.value.set_files(file)  # type: ignore[arg-type]
    expect(page.locator(".chosen, .reference").first).to_be_visible()


def open_mask(page: Page) -> FloatRect:
    """Open the mask editor with a picture in it; returns where the picture is on the page."""
    page.locator("[data-verb=inpaint]").click()
    choose(page, "Picture to repaint", a_file())
    return where(page)


def where(page: Page) -> FloatRect:
    scene = page.locator(".viewport.paints .scene")
    expect(scene).to_be_visible()
    box = scene.bounding_box()
    assert box is not None
    return box


def marked(page: Page) -> np.ndarray[Any, Any]:
    """What of the picture is marked in the editor, as booleans by row and column."""
    text = page.evaluate(
        """() => {
            const mask = document.querySelector("canvas.mask");
            const data = mask.getContext("2d").getImageData(0, 0, mask.width, mask.height).data;
            const one = (_, at) => (data[4 * at + 3] >= 128 ? "1" : "0");
            return Array.from({length: mask.width * mask.height}, one).join("");
        }""",
    )
    return np.frombuffer(text.encode(), np.uint8).reshape(SIDE, SIDE) == ord("1")


def sent_mask(gateway: Gateway, prompt: str) -> np.ndarray[Any, Any]:
    """The mask that reached the server with a prompt."""
    received = [one for one in gateway.server.received if one.prompt == prompt][-1].message
    blob: bytes = getattr(received, "mask")  # noqa: B009 - the message is untyped here
    contents = {hashlib.sha256(each).digest(): each for each in getattr(received, "contents")}  # noqa: B009 - as above
    return decode_tensor(contents.get(blob, blob))


def drag(page: Page, box: FloatRect, *points: tuple[float, float]) -> None:
    """Paint along points, given as shares of the picture."""
    first, *rest = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
    page.mouse.move(*first)
    page.mouse.down()
    for point in rest:
        page.mouse.move(*point, steps=6)
    page.mouse.up()


def test_the_server_gets_the_mask_that_was_painted(page: Page, gateway: Gateway) -> None:
    box = open_mask(page)
    drag(page, box, (0.25, 0.5), (0.75, 0.5))
    page.locator("#prompt").fill("a red barn")
    page.locator("#prompt").press("Control+Enter")
    finished(page, "a red barn")
    mask = sent_mask(gateway, "a red barn") & 7
    height, width = mask.shape
    repainted = mask == REPAINTED
    assert repainted[height // 2, int(width * 0.3) : int(width * 0.7)].all()
    assert not repainted[: height // 4].any()
    assert not repainted[-height // 4 :].any()
    assert not repainted[:, : width // 8].any()


def test_strokes_are_undone_redone_erased_and_inverted(page: Page) -> None:
    box = open_mask(page)
    drag(page, box, (0.2, 0.3), (0.8, 0.3))
    once = marked(page)
    drag(page, box, (0.2, 0.7), (0.8, 0.7))
    twice = marked(page)
    assert once.any()
    assert twice.sum() > once.sum()
    page.get_by_role("button", name="Undo").click()
    assert (marked(page) == once).all()
    page.get_by_role("button", name="Redo").click()
    assert (marked(page) == twice).all()
    page.get_by_role("button", name="Eraser").click()
    drag(page, box, (0.1, 0.7), (0.9, 0.7))
    assert not marked(page)[SIDE * 7 // 10].any()
    before = marked(page)
    page.get_by_role("button", name="Invert").click()
    # Half covered pixels at the edges of a stroke may fall on either side.
    assert (marked(page) ^ before).mean() > 0.98
    page.get_by_role("button", name="Clear the mask").click()
    assert not marked(page).any()


def test_a_stroke_that_leaves_the_picture_stays_alive(page: Page) -> None:
    box = open_mask(page)
    drag(page, box, (0.5, 0.2), (-0.3, 0.5), (0.5, 0.8))
    assert marked(page)[SIDE * 8 // 10, SIDE // 2]


def test_a_box_is_marked_by_keyboard(page: Page) -> None:
    open_mask(page)
    page.get_by_role("button", name="Box").press("Enter")
    expect(page.get_by_role("application")).to_be_focused()
    for key in ("ArrowLeft", "Shift+ArrowRight", "Shift+ArrowRight", "Enter"):
        page.keyboard.press(key)
    rows, columns = np.nonzero(marked(page))
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (64, 191, 60, 195)
    page.keyboard.press("Control+z")
    assert not marked(page).any()


def test_a_finger_paints_and_two_fingers_move(visit: Callable[..., Page]) -> None:
    page = visit(viewport={"width": 412, "height": 860}, has_touch=True, is_mobile=True)
    page.locator("[data-verb=inpaint]").tap()
    choose(page, "Picture to repaint", a_file())
    page.get_by_role("button", name="Stage", exact=True).tap()
    box = where(page)
    session = page.context.new_cdp_session(page)

    def touch(kind: str, *points: tuple[float, float]) -> None:
        at = [
            {"x": box["x"] + x * box["width"], "y": box["y"] + y * box["height"], "id": i}
            for i, (x, y) in enumerate(points)
        ]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": at})

    touch("touchStart", (0.3, 0.5))
    for x in (0.4, 0.5, 0.6, 0.7):
        touch("touchMove", (x, 0.5))
    touch("touchEnd")
    painted = marked(page)
    assert painted[SIDE // 2, int(SIDE * 0.32) : int(SIDE * 0.68)].all()
    touch("touchStart", (0.4, 0.4))
    touch("touchStart", (0.4, 0.4), (0.6, 0.6))
    touch("touchMove", (0.3, 0.3), (0.7, 0.7))
    touch("touchMove", (0.2, 0.2), (0.8, 0.8))
    touch("touchEnd")
    assert (marked(page) == painted).all(), "two fingers painted"
    grown = page.locator(".viewport.paints .scene").bounding_box()
    assert grown is not None
    assert grown["width"] > 1.5 * box["width"]


def test_edges_are_pulled_by_mouse_and_keyboard(page: Page, gateway: Gateway) -> None:
    page.locator("[data-verb=outpaint]").click()
    choose(page, "Picture to enlarge", a_file())
    right = page.get_by_role("slider", name="Room to add: right")
    right.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(right).to_have_attribute("aria-valuenow", "128")
    expect(page.get_by_label("Right px", exact=True)).to_have_value("128")
    top = page.get_by_role("slider", name="Room to add: top")
    box = top.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 4)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] - 150, steps=5)
    page.mouse.up()
    expect(top).not_to_have_attribute("aria-valuenow", "0")
    page.locator("#prompt").fill("a wide meadow")
    page.locator("#prompt").press("Control+Enter")
    finished(page, "a wide meadow")
    settings = [one for one in gateway.server.received if one.prompt == "a wide meadow"][-1].configuration
    assert settings is not None
    assert settings.width >= SIDE + 128
    assert settings.height > SIDE


def test_a_result_is_edited_enlarged_and_used_as_a_reference(page: Page, gateway: Gateway) -> None:
    made(page, "a small cottage")
    send_to(page, "Edit")
    expect(page.locator("[data-verb=edit]")).to_have_attribute("aria-pressed", "true")
    page.locator("#prompt").fill("make it winter")
    page.locator("#prompt").press("Control+Enter")
    finished(page, "make it winter")
    edit = [one for one in gateway.server.received if one.prompt == "make it winter"][-1]
    assert edit.image_size is not None
    send_to(page, "References")
    expect(page.locator(".reference")).to_have_count(1)
    send_to(page, "Upscale")
    expect(page.locator("#go")).to_contain_text("Upscale")
    before = page.locator(".thumbs .thumb").count()
    page.locator("#go").click()
    expect(page.locator(".thumbs .thumb")).to_have_count(before + 1, timeout=LONG_MS)


DROP = """([text, name]) => {
    const bytes = Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
    const data = new DataTransfer();
    data.items.add(new File([bytes], name, {type: "image/png"}));
    const event = new DragEvent("drop", {dataTransfer: data, bubbles: true, cancelable: true});
    document.querySelector("#stage").dispatchEvent(event);
}"""


def test_a_dropped_picture_of_ours_brings_its_settings_back(page: Page) -> None:
    made(page, "a glass marble")
    seed = page.locator(".facts > div", has_text="Seed").locator("dd").inner_text()
    fetch = """async () => {
        const image = document.querySelector(".scene > img:not(.under)");
        const bytes = new Uint8Array(await (await fetch(image.src)).arrayBuffer());
        return btoa(Array.from(bytes, (one) => String.fromCharCode(one)).join(""));
    }"""
    text = page.evaluate(fetch)
    page.get_by_role("button", name="Clear", exact=True).click()
    expect(page.locator("#prompt")).to_have_value("")
    page.evaluate(DROP, [text, "marble.png"])
    expect(page.locator("#prompt")).to_have_value("a glass marble")
    expect(page.get_by_label("Seed", exact=True)).to_have_value(seed)
    expect(page.get_by_label("Width", exact=True)).to_have_value("256")


def test_a_dropped_picture_without_settings_is_taken_to_be_edited(visit: Callable[..., Page]) -> None:
    page = visit(expects=("status of 400",))  # what `/api/inspect` says to a picture without settings
    page.evaluate(DROP, [base64.b64encode(a_file()["buffer"]).decode(), "hill.png"])
    expect(page.locator(".chosen")).to_contain_text("hill.png")
    expect(page.locator("[data-verb=edit]")).to_have_attribute("aria-pressed", "true")


def test_what_is_no_picture_is_refused_with_a_sentence(page: Page) -> None:
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name=re.compile("^Start from a picture")).click()
    chooser.value.set_files({"name": "notes.txt", "mimeType": "text/plain", "buffer": b"words"})
    expect(page.locator(".toast")).to_contain_text("notes.txt is no picture")


@pytest.mark.parametrize("verb", ["inpaint", "outpaint"])
def test_the_button_says_what_is_missing(page: Page, verb: str) -> None:
    page.locator(f"[data-verb={verb}]").click()
    expect(page.locator(".sum")).to_have_text("Choose a picture first.")
    page.locator("#go").click()
    expect(page.locator(".toast")).to_contain_text("Choose a picture first.")
