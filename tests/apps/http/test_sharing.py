"""A gateway for several people: how often each may ask, and what the pictures that it hands out keep to themselves."""

from __future__ import annotations

import base64
import io
import json
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from PIL import Image

from drawthings.apps.http.keys import Keys, hash_of
from drawthings.apps.jobs.limits import Limits
from hostile import SMALL
from imagesgateway import Gateway, running
from toolcalls import facts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drawthings.server.run import EmbeddedServer

PEOPLE = ("anna", "ben", "cleo", "dora", "emil")
PROMPT = "a fox that nobody is to know of"
ASKED = {**SMALL, "prompt": PROMPT}
PLAIN = {"jfif", "jfif_version", "jfif_unit", "jfif_density", "dpi", "srgb", "loop", "duration", "version"}
PLAIN |= {"background", "extension", "timestamp", "transparency"}
"""What Pillow calls colours, times and densities by; none of it says how a picture was made."""
OPENAI, TXT2IMG, NATIVE = "/v1/images/generations", "/sdapi/v1/txt2img", "/api/jobs"


def key(name: str) -> dict[str, str]:
    return {"authorization": f"Bearer {name}"}


def asks(path: str) -> dict[str, Any]:
    """Return a body that makes a small picture in the words of a dialect."""
    if path == TXT2IMG:
        return {"prompt": PROMPT, "steps": 1, "width": 128, "height": 128}
    return {"prompt": PROMPT, "steps": 1, "size": "128x128", "model": SMALL["model"]} if path == OPENAI else ASKED


# ------------------------------------------------------------------------------------------------------------ how often


@pytest.fixture(scope="module")
def sparing(plain_server: EmbeddedServer) -> Iterator[Gateway]:
    """A gateway where each key may ask once a minute."""
    keys = Keys({name: hash_of(name) for name in PEOPLE})
    with running(plain_server, limits=Limits(rate=1), keys=keys, tools=True) as made:
        yield made


def post(gateway: Gateway, path: str, who: str, body: dict[str, Any] | None = None, **more: str) -> httpx2.Response:
    headers = {**key(who), **{name.replace("_", "-"): value for name, value in more.items()}}
    return httpx2.post(f"{gateway.url}{path}", json=body or asks(path), headers=headers, timeout=20)


def waits(answer: httpx2.Response) -> bool:
    """Whether an answer says when to come again: in whole seconds, of which clients take 120."""
    return answer.status_code == 429 and 1 <= int(answer.headers["retry-after"]) <= 120


def test_who_asks_too_often_is_told_so_in_each_dialect_and_others_are_not_held_up(sparing: Gateway) -> None:
    assert post(sparing, OPENAI, "anna").status_code == 200
    known = len(sparing.all_jobs())
    openai, automatic, native = (post(sparing, path, "anna") for path in (OPENAI, TXT2IMG, NATIVE))
    assert all(map(waits, (openai, automatic, native)))
    assert openai.json()["error"]["type"] == "rate_limit_error"
    assert openai.json()["error"]["code"] == native.json()["error"]["code"] == "rate_limit_exceeded"
    assert openai.headers["x-should-retry"] == "true"
    assert automatic.json()["error"] == "RateExceeded"
    assert "1 a minute" in automatic.json()["detail"]
    assert len(sparing.all_jobs()) == known
    assert post(sparing, TXT2IMG, "ben").status_code == 200
    for path in ("/v1/models", "/api/state", "/sdapi/v1/sd-models", "/api/jobs"):
        assert httpx2.get(f"{sparing.url}{path}", headers=key("anna")).status_code == 200


def test_users_behind_a_key_share_its_allowance(sparing: Gateway) -> None:
    assert post(sparing, OPENAI, "cleo", {**asks(OPENAI), "user": "one"}).status_code == 200
    assert waits(post(sparing, OPENAI, "cleo", {**asks(OPENAI), "user": "two"}))


def test_what_was_refused_or_is_sent_again_does_not_count(sparing: Gateway) -> None:
    assert post(sparing, OPENAI, "dora", {**asks(OPENAI), "steps": 900}).status_code == 400
    assert post(sparing, "/api/plan", "dora", ASKED).status_code == 200
    first = post(sparing, OPENAI, "dora")
    again = post(sparing, OPENAI, "dora", x_stainless_retry_count="1")
    assert first.status_code == again.status_code == 200
    assert first.json()["data"] == again.json()["data"]
    assert waits(post(sparing, OPENAI, "dora", {**asks(OPENAI), "seed": 9}, x_stainless_retry_count="1"))


async def test_agents_have_the_same_allowance(sparing: Gateway) -> None:

    async with (
        httpx2.AsyncClient(headers=key("emil")) as http,
        Client(streamable_http_client(f"{sparing.url}/mcp", http_client=http)) as agent,
    ):
        assert not (await agent.call_tool("generate_image", ASKED)).is_error
        refused = await agent.call_tool("generate_image", ASKED)
    assert refused.is_error
    told = facts(refused)
    assert (told["error"], told["retryable"]) == ("RateExceeded", True)
    assert 1 <= told["retry_after_seconds"] <= 120


def test_without_keys_everybody_at_one_address_is_one(plain_server: EmbeddedServer) -> None:
    with running(plain_server, limits=Limits(rate=1)) as gateway:
        assert post(gateway, NATIVE, "undefined").status_code == 202
        assert waits(post(gateway, NATIVE, "null"))


# ------------------------------------------------------------------------------------------------------------ silence


@pytest.fixture(scope="module")
def silent(plain_server: EmbeddedServer) -> Iterator[Gateway]:
    """A gateway whose pictures say nothing."""
    with running(plain_server, strip_metadata=True, tools=True) as made:
        yield made


def says(data: bytes | str) -> set[str]:
    """Return the names of whatever a picture file says, as Pillow reads it."""
    file = base64.b64decode(data) if isinstance(data, str) else data
    assert PROMPT.encode() not in file
    with Image.open(io.BytesIO(file)) as image:
        image.load()
        return {*image.info, *map(str, image.getexif())} - PLAIN


def test_the_pictures_of_a_gateway_that_strips_nothing_do_speak(plain_server: EmbeddedServer) -> None:
    with running(plain_server) as gateway:
        made = post(gateway, TXT2IMG, "me").json()["images"][0]
    assert PROMPT.encode() in base64.b64decode(made)


@pytest.mark.parametrize("form", ["png", "jpeg", "webp"])
def test_pictures_in_answers_and_behind_links_say_nothing(silent: Gateway, form: str) -> None:
    inside = post(silent, OPENAI, "me", {**asks(OPENAI), "output_format": form}).json()
    behind = post(silent, OPENAI, "me", {**asks(OPENAI), "output_format": form, "response_format": "url"}).json()
    file = httpx2.get(behind["data"][0]["url"]).content
    assert says(inside["data"][0]["b64_json"]) == says(file) == set()


def test_a_clip_says_nothing(silent: Gateway) -> None:
    clip = {"model": "wan_v2.1_1.3b_480p_q8p.ckpt", "num_frames": 5, "output_format": "gif"}
    made = post(silent, OPENAI, "me", {**asks(OPENAI), **clip}).json()
    assert says(made["data"][0]["b64_json"]) == set()


@pytest.mark.parametrize("scripted", [{}, {"samples_format": "jpeg"}])
def test_the_web_interface_tells_beside_its_pictures_what_was_asked_for(
    silent: Gateway, scripted: dict[str, Any]
) -> None:
    made = post(silent, TXT2IMG, "me", {**asks(TXT2IMG), "override_settings": scripted}).json()
    assert says(made["images"][0]) == set()
    assert json.loads(made["info"])["prompt"] == made["parameters"]["prompt"] == PROMPT
    assert PROMPT in json.loads(made["info"])["infotexts"][0]


def test_a_repainted_region_says_nothing_either(silent: Gateway) -> None:
    file = io.BytesIO()
    Image.new("RGB", (128, 128), "teal").save(file, "PNG")
    mask = io.BytesIO()
    Image.new("L", (128, 128), "white").save(mask, "PNG")
    region = {
        "init_images": [base64.b64encode(file.getvalue()).decode()],
        "mask": base64.b64encode(mask.getvalue()).decode(),
        "inpaint_full_res": True,
    }
    made = post(silent, "/sdapi/v1/img2img", "me", {**asks(TXT2IMG), **region})
    assert made.status_code == 200, made.text
    assert says(made.json()["images"][0]) == set()


async def test_agents_get_silent_pictures_and_may_still_ask_how_they_were_made(silent: Gateway) -> None:
    async with Client(f"{silent.url}/mcp") as agent:
        made = await agent.call_tool("generate_image", {**ASKED, "show": "preview"})
        (shown,) = (each.data for each in made.content if each.type == "image")
        link = next(each for each in made.content if each.type == "resource_link")
        whole = (await agent.read_resource(link.uri)).contents[0]
        inspected = await agent.call_tool("inspect", {"image": link.uri})
    assert says(shown) == says(whole.blob) == set()  # type: ignore[union-attr]
    assert link.size is None
    assert facts(inspected)["prompt"] == PROMPT


def test_the_gallery_still_knows_and_its_files_say_nothing(silent: Gateway) -> None:
    assert post(silent, TXT2IMG, "me").status_code == 200
    picture = httpx2.get(f"{silent.url}/api/pictures").json()["pictures"][0]
    assert picture["prompt"] == PROMPT
    assert picture["settings"]["steps"] == 1
    for address in (picture["url"], picture["thumbnail"]):
        assert says(httpx2.get(f"{silent.url}{address}").content) == set()
