"""Signs of life: spaces before a late answer, comments in a stream of events."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest
from openai import OpenAI

from drawthings.apps.http.sse import EventStream, frame
from drawthings.server.options import ServerOptions
from drawthings.server.run import EmbeddedServer
from imagesgateway import Gateway, running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator


@pytest.fixture(scope="module")
def late() -> Iterator[Gateway]:
    options = ServerOptions(tls=False, model_browser=True, sketch=True, ms_per_step=60)
    with EmbeddedServer(options) as server, running(server, heartbeat_after_s=0.1, heartbeat_s=0.05) as made:
        yield made


def test_a_client_that_would_give_up_gets_spaces_and_then_the_picture(late: Gateway) -> None:
    with OpenAI(base_url=f"{late.url}/v1", api_key="x", timeout=0.4, max_retries=0) as client:
        answer = client.images.with_raw_response.generate(
            prompt="a fox", model="sd_v1.5_f16.ckpt", size="256x256", extra_body={"steps": 20, "seed": 1}
        )
    text = answer.text
    assert text.startswith("   ")
    assert json.loads(text)["data"][0]["b64_json"]


async def test_a_stream_of_events_is_kept_alive_with_comments() -> None:
    async def events() -> AsyncIterator[tuple[str, dict[str, Any]]]:
        await asyncio.sleep(0.1)
        yield "job", {"a": "ä\nb"}

    sent = await streamed(EventStream(events(), heartbeat_s=0.02, numbered=True, first=7))
    assert sent.count(b": ping\n\n") >= 2
    assert sent.endswith('id: 7\nevent: job\ndata: {"a": "ä\\nb"}\n\n'.encode())


async def test_a_stream_is_closed_when_the_client_leaves() -> None:
    closed = asyncio.Event()

    async def events() -> AsyncIterator[tuple[str, dict[str, Any]]]:
        try:
            yield "first", {}
            await asyncio.Event().wait()
        finally:
            closed.set()

    left = asyncio.Event()

    async def send(message: Any) -> None:
        if b"first" in message.get("body", b""):
            left.set()

    async def receive() -> Any:
        await left.wait()
        return {"type": "http.disconnect"}

    await EventStream(events())({}, receive, send)
    assert closed.is_set()


def test_half_a_character_does_not_break_a_frame() -> None:
    assert frame(None, {"a": "\ud800"}) == b'data: {"a": "?"}\n\n'


async def streamed(response: EventStream) -> bytes:
    sent = bytearray()

    async def send(message: Any) -> None:
        sent.extend(message.get("body", b""))

    async def receive() -> Any:
        await asyncio.Event().wait()

    await response({"type": "http"}, receive, send)
    return bytes(sent)
