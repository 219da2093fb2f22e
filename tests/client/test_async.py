"""What only the asynchronous client has to show: the event loop goes on while it works, and it can be cancelled."""

from __future__ import annotations

import asyncio
import io
import threading
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from drawthings import AsyncDrawThings
from drawthings.errors import BadImage, BadMask
from drawthings.request import build

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

SD15 = "realdream_15sd15_q6p_q8p.ckpt"
QUICK: dict[str, Any] = {"model": SD15, "width": 256, "height": 256, "steps": 2, "seed": 1}
TICKS = 20
PATIENCE_S = 5.0
HALF_WHITE = Image.new("RGB", (256, 256))
HALF_WHITE.paste("white", (0, 0, 128, 256))


class Slow(io.BytesIO):
    """A picture file that stands still when it is read, until it is told to go on."""

    def __init__(self, picture: Image.Image) -> None:
        super().__init__()
        picture.save(self, "PNG")
        self.seek(0)
        self.reached = asyncio.Event()
        self.go_on = threading.Event()
        self.thread: threading.Thread | None = None
        self.freed = False
        self._loop = asyncio.get_running_loop()

    def read(self, size: int | None = -1, /) -> bytes:
        if self.thread is None:
            self.thread = threading.current_thread()
            self._loop.call_soon_threadsafe(self.reached.set)
            self.freed = self.go_on.wait(PATIENCE_S)
        return super().read(size)


async def arrival(reached: asyncio.Event, working: asyncio.Future[Any]) -> None:
    """Wait until the work is where it stands still; if it ends before that, say how."""
    waiting = asyncio.ensure_future(reached.wait())
    await asyncio.wait({waiting, working}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    assert reached.is_set(), await working


async def tick(source: Slow, working: asyncio.Future[Any]) -> int:
    """Count turns of the loop while the picture stands still, then let it go on."""
    await arrival(source.reached, working)
    turns = 0
    while turns < TICKS and not source.go_on.is_set():
        await asyncio.sleep(0)
        turns += 1
    source.go_on.set()
    return turns


CALLS: dict[str, Callable[[AsyncDrawThings, Slow], Awaitable[Any]]] = {
    "prepare": lambda client, source: client.prepare("x", image=source, strength=0.5, **QUICK),
    "generate": lambda client, source: client.generate("x", image=source, strength=0.5, **QUICK),
    "hint": lambda client, source: client.prepare("x", hints={"depth": source}, check=False, **QUICK),
    "mask": lambda client, source: client.inpaint(HALF_WHITE, source, "x", **QUICK),
}


@pytest.mark.parametrize("call", CALLS)
async def test_the_loop_goes_on_while_a_picture_is_prepared(address: str, call: str) -> None:
    async with AsyncDrawThings(address) as client:
        await client.models()
        source = Slow(HALF_WHITE)
        working = asyncio.ensure_future(CALLS[call](client, source))
        assert await tick(source, working) == TICKS
        assert await working is not None
    assert source.freed
    assert source.thread is not threading.main_thread()


async def test_the_loop_goes_on_while_a_cut_out_is_looked_at(address: str) -> None:
    """A picture that is its own mask is opened before the plan is made."""
    async with AsyncDrawThings(address) as client:
        await client.models()
        source = Slow(HALF_WHITE)
        working = asyncio.ensure_future(client.inpaint(source, None, "x", **QUICK))
        assert await tick(source, working) == TICKS
        with pytest.raises(BadMask, match="nothing of the picture is transparent"):
            await working
    assert source.freed


async def test_the_loop_goes_on_while_the_message_is_built(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    reached, go_on, usual = asyncio.Event(), threading.Event(), build.build_request
    loop = asyncio.get_running_loop()

    def slow(*args: Any) -> Any:
        loop.call_soon_threadsafe(reached.set)
        assert go_on.wait(PATIENCE_S)
        return usual(*args)

    async with AsyncDrawThings(address) as client:
        plan = await client.prepare("x", image=HALF_WHITE, strength=0.5, **QUICK)
        monkeypatch.setattr("drawthings.request.plan.build_request", slow)
        working = asyncio.ensure_future(client.generate(plan))
        await arrival(reached, working)
        go_on.set()
        assert (await working).picture.size == (256, 256)


async def test_cancelling_does_not_wait_for_the_picture(address: str) -> None:
    async with AsyncDrawThings(address) as client:
        await client.models()
        source = Slow(HALF_WHITE)
        working = asyncio.ensure_future(CALLS["generate"](client, source))
        await arrival(source.reached, working)
        working.cancel()
        with pytest.raises(asyncio.CancelledError):
            await working
        assert not source.go_on.is_set()
        source.go_on.set()
        assert source.thread is not None
        assert source.thread is not threading.main_thread()
        await asyncio.to_thread(source.thread.join, PATIENCE_S)
        # The client is as good as new.
        assert (await client.generate("x", **QUICK)).picture.size == (256, 256)


async def test_what_is_wrong_with_a_picture_comes_through(address: str) -> None:
    async with AsyncDrawThings(address) as client:
        with pytest.raises(BadImage, match="no file") as caught:
            await client.prepare("x", image="/nowhere/none.png", **QUICK)
        assert caught.value.hint
        with pytest.raises(BadImage, match="is empty"):
            await client.generate("x", image=b"", **QUICK)
