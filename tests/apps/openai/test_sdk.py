"""OpenAI's own package for Python against the gateway."""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING, Any, get_args

import httpx2 as httpx
import openai
import pytest
from openai.types.images_response import ImagesResponse

from drawthings.request.seeds import next_seed
from imagesgateway import SD, Gateway, opened, png, running

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PIL import Image

    from drawthings.server.run import EmbeddedServer

EDITOR = "qwen_image_edit_2511_q6p.ckpt"
QUICK: dict[str, Any] = {"seed": 5, "steps": 2}


@pytest.fixture
def client(gateway: Gateway) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{gateway.url}/v1", api_key="unused", max_retries=0) as client:
        yield client


def choices(field: str) -> set[Any]:
    """Return the words that the package's type of an answer allows for a field."""
    (words, *_) = get_args(ImagesResponse.model_fields[field].annotation)
    return set(get_args(words))


# --------------------------------------------------------------------------------------------------------------- models


def test_models_are_listed_and_can_be_named(client: openai.OpenAI) -> None:
    listed = list(client.models.list())
    ids = [model.id for model in listed]
    assert SD in ids
    assert ids[-2:] == ["gpt-image-1", "dall-e-3"]
    assert {type(model.created) for model in listed} == {int}
    one = client.models.retrieve(SD)
    assert (one.id, one.object, one.owned_by) == (SD, "model", "drawthings")
    assert client.models.retrieve("dall-e-3").model_extra["alias_of"] in ids  # type: ignore[index]


def test_abilities_are_listed_as_localai_does(gateway: Gateway) -> None:
    found = {
        each["id"]: each["capabilities"] for each in httpx.get(f"{gateway.url}/v1/models/capabilities").json()["data"]
    }
    assert found[SD] == ["image"]
    assert found[EDITOR] == ["image", "image_edit"]
    assert found["wan_v2.1_1.3b_480p_q8p.ckpt"] == ["video"]


# ------------------------------------------------------------------------------------------------------------- generate


def test_a_picture_comes_as_base64_with_how_it_was_made(client: openai.OpenAI) -> None:
    answer = client.images.generate(
        prompt="a red fox", model=SD, size="320x250", quality="xhigh", extra_body={"seed": 5}
    )
    assert answer.data
    assert opened(answer.data[0].b64_json).size == (320, 256)
    assert (answer.size, answer.quality, answer.background, answer.output_format) == (
        "320x256",
        "xhigh",
        "opaque",
        "png",
    )
    assert answer.quality in choices("quality")
    assert answer.background in choices("background")
    assert answer.output_format in choices("output_format")
    assert answer.usage
    assert answer.usage.total_tokens == 0
    made = answer.data[0].model_extra["drawthings"]  # type: ignore[index]
    assert (made["seed"], made["model"], made["steps"]) == (5, SD, 24)


def test_pictures_of_one_call_are_those_of_single_calls(client: openai.OpenAI) -> None:
    def seeds_and_pictures(**how: Any) -> list[tuple[int, bytes]]:
        extra = {**QUICK, **how.pop("extra", {})}
        answer = client.images.generate(prompt="x", model=SD, size="256x256", extra_body=extra, **how)
        return [(each.model_extra["drawthings"]["seed"], opened(each.b64_json).tobytes()) for each in answer.data or ()]  # type: ignore[index]

    three = seeds_and_pictures(n=3)
    assert [seed for seed, _ in three] == [5, next_seed(5), next_seed(next_seed(5))]
    assert len({picture for _, picture in three}) == 3
    assert seeds_and_pictures(extra={"seed": three[2][0]}) == [three[2]]
    assert seeds_and_pictures(n=3) == three


def test_every_parameter_is_taken(client: openai.OpenAI) -> None:
    answer = client.images.with_raw_response.generate(
        prompt="x",
        model="gpt-image-1",
        background="auto",
        complexity="low",
        moderation="low",
        n=1,
        output_compression=60,
        output_format="webp",
        partial_images=0,
        quality="low",
        response_format="b64_json",
        safety_identifier="someone",
        size="256x256",
        stream=False,
        style="natural",
        user="somebody",
        extra_body={"negative_prompt": "rain", "cache": True, **QUICK},
    )
    made = answer.parse()
    assert made.data
    picture = opened(made.data[0].b64_json)
    assert (picture.format, made.safety_identifier) == ("WEBP", "someone")
    assert answer.headers["x-drawthings-ignored"] == "cache"
    assert answer.headers["x-request-id"]
    for word in ("style", "moderation", "complexity"):
        assert f"{word} has no effect" in answer.headers["x-drawthings-notes"]


@pytest.mark.parametrize(("form", "kind"), [("png", "PNG"), ("jpeg", "JPEG"), ("webp", "WEBP")])
def test_links_lead_to_the_picture(client: openai.OpenAI, form: Any, kind: str) -> None:
    answer = client.images.generate(
        prompt="x", size="256x256", output_format=form, response_format="url", extra_body=QUICK
    )
    assert answer.data
    url = answer.data[0].url or ""
    found = httpx.get(url)
    assert opened(found.content).format == kind
    assert found.headers["content-type"] == f"image/{form}"
    assert found.headers["x-content-type-options"] == "nosniff"
    assert "private" in found.headers["cache-control"]
    head = httpx.head(url)
    assert (head.content, head.headers["content-length"]) == (b"", str(len(found.content)))


def test_files_come_in_pieces_and_only_by_their_names(client: openai.OpenAI, gateway: Gateway) -> None:
    answer = client.images.generate(prompt="x", size="256x256", response_format="url", extra_body=QUICK)
    url = (answer.data or [])[0].url or ""
    whole = httpx.get(url).content
    part = httpx.get(url, headers={"range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, whole[10:20])
    assert part.headers["content-range"] == f"bytes 10-19/{len(whole)}"
    assert httpx.get(url, headers={"range": "bytes=-5"}).content == whole[-5:]
    assert httpx.get(url, headers={"range": f"bytes={len(whole)}-"}).status_code == 416
    for name in ("nobody-knows-this-name.png", "..%2f..%2fetc%2fpasswd.png", url.rpartition("/")[2] + ".exe", "a.svg"):
        answered = httpx.get(f"{gateway.url}/v1/files/images/{name}")
        assert answered.status_code == 404
        assert set(answered.json()["error"]) >= {"message", "type", "code", "param"}


def test_clips_come_as_gif(client: openai.OpenAI) -> None:
    extra = {"steps": 1, "seed": 1, "frame_duration_ms": 100}
    answer = client.images.generate(
        prompt="x", model="wan_v2.1_1.3b_480p_q8p.ckpt", size="256x256", extra_body={**extra, "frame_count": 5}
    )
    assert answer.data
    assert opened(answer.data[0].b64_json).n_frames == 5  # type: ignore[attr-defined]
    assert answer.output_format == "gif"


# ----------------------------------------------------------------------------------------------------------------- edit


def test_a_mask_with_a_hole_changes_only_that(
    plain_server: EmbeddedServer, photo: Image.Image, hole: Image.Image
) -> None:
    image = photo.resize((320, 256))
    with running(plain_server) as gateway, openai.OpenAI(base_url=f"{gateway.url}/v1", api_key="unused") as client:
        answer = client.images.edit(
            image=("photo.png", png(image)),
            mask=png(hole.resize((320, 256))),
            prompt="a hole",
            model=SD,
            size="320x256",
            extra_body={"seed": 1, "steps": 4, "mask_blur": 0},
        )
    assert answer.data
    result = opened(answer.data[0].b64_json).convert("RGB")
    assert result.getpixel((10, 10)) == image.getpixel((10, 10))
    assert result.getpixel((150, 115)) != image.getpixel((150, 115))


def test_several_pictures_and_settings_come_in_a_form(client: openai.OpenAI, photo: Image.Image) -> None:
    images = [io.BytesIO(png(photo)), png(photo), ("c.jpg", png(photo), "image/jpeg")]
    answer = client.images.with_raw_response.edit(
        image=images,
        prompt="mix them",
        model=EDITOR,
        n=2,
        input_fidelity="high",
        extra_body={
            "seed": 3,
            "steps": 4,
            "loras": [{"file": "qwen_image_edit_2511_lightning_4_step_v1.0_lora_f16.ckpt", "weight": 0.5}],
        },
    )
    made = answer.parse()
    assert len(made.data or ()) == 2
    assert "input_fidelity has no effect" in answer.headers["x-drawthings-notes"]
    assert made.data[0].model_extra["drawthings"]["steps"] == 4  # type: ignore[index]


def test_edits_may_be_json_and_variations_need_no_prompt(
    client: openai.OpenAI, gateway: Gateway, photo: Image.Image
) -> None:
    url = "data:image/png;base64," + base64.b64encode(png(photo)).decode()
    body = {"prompt": "x", "model": SD, "size": "256x256", "images": [{"image_url": url}], **QUICK}
    assert httpx.post(f"{gateway.url}/v1/images/edits", json=body, timeout=20).json()["size"] == "256x256"
    with pytest.warns(DeprecationWarning, match="deprecated"):
        answer = client.images.create_variation(image=png(photo), n=1, size="256x256", extra_body={"steps": 10})
    assert answer.data
    assert opened(answer.data[0].b64_json).size == (256, 256)


async def test_the_asynchronous_client_works_alike(gateway: Gateway, photo: Image.Image) -> None:
    async with openai.AsyncOpenAI(base_url=f"{gateway.url}/v1", api_key="unused", max_retries=0) as client:
        made = await client.images.generate(prompt="x", model=SD, size="256x256", extra_body=QUICK)
        edited = await client.images.edit(
            image=png(photo), prompt="x", model=SD, size="256x256", extra_body={"steps": 8}
        )
    assert made.size == edited.size == "256x256"
