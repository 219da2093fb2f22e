"""Streams as OpenAI's own package reads them: unfinished pictures from real previews, then the finished ones."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING, Any

import httpx2 as httpx
import openai
import pytest

from drawthings.apps.http.sse import EventStream
from drawthings.server.options import ServerOptions
from drawthings.server.run import EmbeddedServer
from imagesgateway import SD, Gateway, hearing, opened, png, running

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PIL import Image

ASKED: dict[str, Any] = {"prompt": "x", "model": SD, "size": "256x256", "stream": True}


@pytest.fixture
def client(slow: Gateway) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{slow.url}/v1", api_key="unused", max_retries=0) as client:
        yield client


@pytest.mark.parametrize(("partials", "most"), [(0, 0), (1, 1), (3, 3)])
def test_unfinished_pictures_come_before_the_finished_one(client: openai.OpenAI, partials: int, most: int) -> None:
    extra = {"seed": 5, "steps": 8}
    with client.images.generate(**ASKED, partial_images=partials, quality="low", extra_body=extra) as stream:
        events = list(stream)
    *unfinished, done = events
    assert 0 < len(unfinished) <= most or (most == 0 and not unfinished)
    assert [event.partial_image_index for event in unfinished] == list(range(len(unfinished)))  # type: ignore[union-attr]
    assert {event.type for event in unfinished} <= {"image_generation.partial_image"}
    assert done.type == "image_generation.completed"
    assert (done.size, done.quality, done.background, done.output_format) == ("256x256", "low", "opaque", "png")
    assert done.usage.total_tokens == 0  # type: ignore[union-attr]
    for event in events:
        # Of the size of the finished one, so that nothing jumps where programs replace one by the other.
        assert opened(event.b64_json).size == (256, 256)
        type(event).model_validate(event.model_dump(), strict=True)


def test_each_of_several_pictures_is_finished_once(client: openai.OpenAI) -> None:
    with client.images.generate(**ASKED, n=2, extra_body={"seed": 5, "steps": 2}, output_format="jpeg") as stream:
        events = list(stream)
    assert [event.model_extra["image_index"] for event in events] == [0, 1]  # type: ignore[index]
    assert {opened(event.b64_json).format for event in events} == {"JPEG"}


async def test_an_edit_streams_events_of_its_own(slow: Gateway, photo: Image.Image) -> None:
    extra = {"seed": 5, "steps": 8, "strength": 1.0}
    async with openai.AsyncOpenAI(base_url=f"{slow.url}/v1", api_key="unused", max_retries=0) as client:
        stream = await client.images.edit(**ASKED, image=png(photo), partial_images=2, extra_body=extra)
        async with aclosing(stream.__aiter__()) as events:  # type: ignore[type-var]
            types = [event.type async for event in events]
    assert types[-1] == "image_edit.completed"
    assert set(types[:-1]) == {"image_edit.partial_image"}


def test_leaving_a_stream_cancels_the_generation(hasty: Gateway) -> None:
    asking = openai.OpenAI(base_url=f"{hasty.url}/v1", api_key="unused")
    with asking, hearing("cancelled by the client") as cancelled:
        with asking.images.generate(**ASKED, partial_images=3, extra_body={"steps": 120}) as stream:
            hasty.until(lambda: hasty.all_jobs()[0].step > 0)
            stream.close()
        hasty.until(lambda: hasty.all_jobs()[0].state == "cancelled")
        assert cancelled.wait(10)


def test_a_failure_in_a_stream_is_the_packages_error() -> None:
    options = ServerOptions(tls=False, model_browser=True, sketch=True, catalogue=("v1",), fail_rate=1.0)
    with EmbeddedServer(options) as server, running(server) as gateway:
        asking = openai.OpenAI(base_url=f"{gateway.url}/v1", api_key="unused", max_retries=2)
        with asking, pytest.raises(openai.APIError) as caught:
            list(asking.images.generate(**ASKED, extra_body={"steps": 2}))
        assert caught.value.code == "generation_failed"
        assert len(gateway.all_jobs()) == 1


def test_what_is_wrong_is_told_before_the_stream_begins(client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        client.images.generate(**ASKED, partial_images=9)
    assert caught.value.param == "partial_images"


def test_signs_of_life_are_comments(slow: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    """Anything else would come out of the packages as an event, or break them."""
    monkeypatch.setitem(EventStream.__init__.__kwdefaults__, "heartbeat_s", 0.05)
    body = {**ASKED, "steps": 6}
    with httpx.stream("POST", f"{slow.url}/v1/images/generations", json=body, timeout=20) as answer:
        lines = list(answer.iter_lines())
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.headers["x-accel-buffering"] == "no"
    assert lines.count(": ping") > 1
    named = [line for line in lines if line.startswith("event: ")]
    assert named == ["event: image_generation.completed"]
