"""Room between the servers and the disk."""

from __future__ import annotations

import asyncio

from drawthings.batch.backlog import Backlog


async def entered(backlog: Backlog, *sizes: int) -> list[bool]:
    """Let results come in at once, and tell which of them found room."""
    coming = [asyncio.ensure_future(backlog.enter(size)) for size in sizes]
    for _ in range(3):
        await asyncio.sleep(0)
    told = [each.done() for each in coming]
    for each in coming:
        each.cancel()
    return told


def test_a_few_have_room_however_large_they_are():
    async def come() -> list[bool]:
        return await entered(Backlog(2, 100), 1000, 1000, 1)

    assert asyncio.run(come()) == [True, True, False]


def test_many_small_ones_have_room():
    async def come() -> list[bool]:
        return await entered(Backlog(1, 100), 40, 40, 20, 1)

    assert asyncio.run(come()) == [True, True, True, False]


def test_who_leaves_makes_room():
    async def come() -> tuple[bool, bool]:
        backlog = Backlog(1, 100)
        await backlog.enter(90)
        waiting = asyncio.ensure_future(backlog.enter(20))
        await asyncio.sleep(0)
        before = waiting.done()
        backlog.leave(90)
        await asyncio.wait_for(waiting, 5)
        return before, waiting.done()

    assert asyncio.run(come()) == (False, True)
