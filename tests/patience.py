"""Waiting for what comes about by itself: as short as it takes, and long enough for a busy machine."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import TYPE_CHECKING, TypeVar

import grpc

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
LIMIT_S = 30.0


def until(found: Callable[[], T], limit_s: float = LIMIT_S) -> T:
    """Return what is found as soon as it is something."""
    end_s = time.monotonic() + limit_s
    while not (value := found()):
        assert time.monotonic() < end_s, "it did not come to pass"
        time.sleep(0.01)
    return value


async def parted_async(channel: grpc.aio.Channel | None) -> None:
    """Wait until gRPC has noticed that the server is gone; a call before that may be lost with the old connection."""
    assert channel is not None
    while (state := channel.get_state()) is grpc.ChannelConnectivity.READY:
        await asyncio.wait_for(channel.wait_for_state_change(state), LIMIT_S)


def parted_sync(channel: grpc.Channel | None) -> None:
    """Wait as ``parted_async`` does."""
    assert channel is not None
    parted = threading.Event()

    def look(state: grpc.ChannelConnectivity) -> None:
        if state is not grpc.ChannelConnectivity.READY:
            parted.set()

    channel.subscribe(look)
    try:
        assert parted.wait(LIMIT_S)
    finally:
        channel.unsubscribe(look)
