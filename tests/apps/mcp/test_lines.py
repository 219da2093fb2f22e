from __future__ import annotations

import asyncio
import os

import pytest

from drawthings.apps.mcp.lines import Lines


async def test_lines_come_whole_in_whatever_pieces_they_are_written() -> None:
    reading, writing = os.pipe()
    lines = Lines(reading)
    for piece in (b"on", b"e\ntwo\n", b"\n", "drü".encode()[:3], "drü".encode()[3:] + b"\nnever ended"):
        os.write(writing, piece)
    os.close(writing)
    assert [line async for line in lines] == ["one", "two", "", "drü"]
    os.close(reading)


async def test_a_large_line_comes_whole() -> None:
    reading, writing = os.pipe()
    lines = Lines(reading)
    line = "x" * 5_000_000

    def write() -> None:
        with os.fdopen(writing, "w") as target:
            target.write(f"{line}\n")

    await asyncio.to_thread(write)
    assert await anext(lines) == line
    with pytest.raises(StopAsyncIteration):
        await anext(lines)
    os.close(reading)


async def test_waiting_for_a_line_can_be_given_up() -> None:
    reading, writing = os.pipe()
    waiting = asyncio.ensure_future(anext(Lines(reading)))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    os.close(writing)
    os.close(reading)
