"""What tests say to the tools, and how they read the answers."""

from __future__ import annotations

import asyncio
import base64
import io
import json
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from patience import LIMIT_S

if TYPE_CHECKING:
    from mcp import Client
    from mcp_types import CallToolResult

MODEL = "sd_v1.5_f16.ckpt"
SMALL = {"model": MODEL, "width": 128, "height": 128, "steps": 2, "seed": 7}
MOST_BYTES = 1_000_000
"""What the serialised answer of a tool may take."""


async def ask(client: Client, name: str, **given: Any) -> CallToolResult:
    """Call a tool; whatever it answers is small."""
    answer = await client.call_tool(name, given)
    assert len(answer.model_dump_json(by_alias=True)) < MOST_BYTES
    return answer


async def paint(client: Client, **given: Any) -> str:
    """Make a small picture and return its id."""
    answer = await ask(client, "generate_image", **{"prompt": "a red fox", **SMALL, **given})
    assert not answer.is_error, answer.content
    return str(facts(answer)["results"][0]["id"])


async def break_off(client: Client) -> None:
    """Ask for a picture that takes long, and cancel the call once it is sampled."""
    began = asyncio.Event()

    async def progress(_done: float, _total: float | None, message: str | None) -> None:
        if message and message.startswith("step"):
            began.set()

    wanted = {"prompt": "slow", **SMALL, "steps": 150, "wait_seconds": 600}
    call = asyncio.create_task(client.call_tool("generate_image", wanted, progress_callback=progress))
    await asyncio.wait_for(began.wait(), LIMIT_S)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call


def facts(answer: CallToolResult) -> dict[str, Any]:
    """Return what the first text of an answer says."""
    found: dict[str, Any] = json.loads(answer.content[0].text)  # type: ignore[union-attr] # the first is always text
    return found


def pictures(answer: CallToolResult) -> list[Image.Image]:
    """Return the pictures of an answer."""
    data = [base64.b64decode(each.data) for each in answer.content if each.type == "image"]
    return [Image.open(io.BytesIO(each)) for each in data]


def kinds(answer: CallToolResult) -> list[str]:
    """Return what an answer consists of."""
    return [each.type for each in answer.content]


@cache
def noisy(width: int, height: int, mode: str = "RGB") -> bytes:
    """Return a PNG that no codec makes small."""
    pixels = np.random.default_rng(7).integers(0, 256, (height, width, len(mode)), dtype=np.uint8)
    target = io.BytesIO()
    Image.fromarray(pixels).save(target, "PNG", compress_level=0)
    return target.getvalue()
