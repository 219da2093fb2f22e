"""One question with its answer, and reading a stream: each in a blocking and in an awaiting form.

Bytes go in and come out. What fails raises one of ``status.FAILURES``, and nothing else does, apart from what stops the
program or the task.
"""

from __future__ import annotations

import asyncio
import contextlib
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakKeyDictionary, WeakSet

import grpc
import grpc.aio

from drawthings.wire.silence import Silence
from drawthings.wire.status import ClosedError, SilentError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Iterator

SERVICE: Final = "/ImageGenerationService/"
"""What the path of each call begins with. Source: ``imageService.proto``, which has no package."""


def home_sync() -> object:
    """Return what a channel is bound to: nothing."""
    return None


def home_async() -> asyncio.AbstractEventLoop:
    """Return what a channel is bound to: the running event loop."""
    return asyncio.get_running_loop()


# gRPC itself finds the calls that are under way only by looking into the frames of all tasks, and misses some.
_under_way: WeakKeyDictionary[grpc.aio.Channel, WeakSet[Any]] = WeakKeyDictionary()


def close_sync(channel: grpc.Channel) -> None:
    """Close a channel and cancel what is under way on it."""
    channel.close()


async def close_async(channel: grpc.aio.Channel) -> None:
    """Close a channel and cancel what is under way on it."""
    for call in list(_under_way.get(channel, ())):
        call.cancel()
    await channel.close()


def ask_sync(channel: grpc.Channel, call: str, payload: bytes, limit_s: float | None) -> bytes:
    """Ask and wait for the answer.

    Args:
        channel: The way to the server.
        call: The name of the call.
        payload: The request.
        limit_s: Seconds to wait at most, None for ever.
    """
    method: Any = channel.unary_unary(SERVICE + call)
    try:
        answer: bytes = method(payload, timeout=limit_s)
    except ValueError as error:  # what gRPC raises when the channel is closed
        raise ClosedError(str(error)) from error
    return answer


async def ask_async(channel: grpc.aio.Channel, call: str, payload: bytes, limit_s: float | None) -> bytes:
    """Ask and wait for the answer; see ``ask_sync``."""
    method: Any = channel.unary_unary(SERVICE + call)
    try:
        waiting = method(payload, timeout=limit_s)
        _under_way.setdefault(channel, WeakSet()).add(waiting)
        answer: bytes = await waiting
    except asyncio.CancelledError:
        if _is_stopped():
            raise
        raise ClosedError from None
    return answer


class Reader:
    """Reads the stream that answers a call.

    Args:
        channel: The way to the server.
        call: The name of the call.
        payload: The request; it is sent at once.
        silence_s: Seconds without a message that are too long, None for no limit.
    """

    form = "unary_stream"

    def __init__(self, channel: grpc.Channel, call: str, payload: Any, silence_s: float | None) -> None:  # noqa: ANN401 - bytes, or an iterator of bytes
        method: Any = getattr(channel, self.form)(SERVICE + call)
        try:
            self._call = method(payload)
        except ValueError as error:  # what gRPC raises when the channel is closed
            raise ClosedError(str(error)) from error
        self._messages: Iterator[bytes] = iter(self._call)
        self._silence = None if silence_s is None else Silence(silence_s, self._call.cancel)

    def read(self) -> bytes | None:
        """Return the next message, or None when the stream has ended well."""
        if self._silence is None:
            return next(self._messages, None)
        self._silence.listen()
        try:
            return next(self._messages, None)
        except grpc.RpcError:
            if self._silence.expired:
                raise SilentError from None
            raise
        finally:
            self._silence.rest()

    def close(self) -> None:
        """Cancel the call, unless it has ended."""
        self._call.cancel()
        if self._silence is not None:
            self._silence.close()


class AsyncReader:
    """Reads the stream that answers a call; see ``Reader``."""

    form = "unary_stream"

    def __init__(self, channel: grpc.aio.Channel, call: str, payload: bytes | None, silence_s: float | None) -> None:
        method: Any = getattr(channel, self.form)(SERVICE + call)
        try:
            self._call = method(payload)
        except grpc.aio.UsageError as error:
            raise ClosedError(str(error)) from error
        _under_way.setdefault(channel, WeakSet()).add(self._call)
        self._silence_s = silence_s

    async def read(self) -> bytes | None:
        """Return the next message, or None when the stream has ended well."""
        message = await self._within_limit(self._call.read())
        return None if message is grpc.aio.EOF else message

    def close(self) -> None:
        """Cancel the call, unless it has ended."""
        self._call.cancel()

    async def _within_limit(self, waiting: Awaitable[Any]) -> Any:  # noqa: ANN401 - whatever is waited for
        try:
            async with asyncio.timeout(self._silence_s):
                return await waiting
        except TimeoutError:
            raise SilentError from None
        except asyncio.CancelledError:
            if _is_stopped():
                raise
            raise ClosedError from None


class Exchange(Reader):
    """A call to which both sides send streams.

    What is written is kept until gRPC has sent it, so the caller waits for answers before it writes much more.

    Args:
        channel: The way to the server.
        call: The name of the call.
        silence_s: Seconds without a message that are too long while one is waited for, None for no limit.
    """

    form = "stream_stream"

    def __init__(self, channel: grpc.Channel, call: str, silence_s: float | None) -> None:
        self._outgoing: SimpleQueue[bytes | None] = SimpleQueue()
        super().__init__(channel, call, iter(self._outgoing.get, None), silence_s)

    def write(self, payload: bytes) -> None:
        """Send a message."""
        self._outgoing.put(payload)

    def end(self) -> None:
        """Say that nothing more comes."""
        self._outgoing.put(None)

    def close(self) -> None:
        """Cancel the call, unless it has ended; only then may gRPC's thread see the end of what is written."""
        super().close()
        self._outgoing.put(None)


class AsyncExchange(AsyncReader):
    """A call to which both sides send streams; see ``Exchange``."""

    form = "stream_stream"

    def __init__(self, channel: grpc.aio.Channel, call: str, silence_s: float | None) -> None:
        super().__init__(channel, call, None, silence_s)

    async def write(self, payload: bytes) -> None:
        """Send a message; that the call has ended meanwhile is for ``read`` to tell."""
        await self._within_limit(self._written(payload))

    async def _written(self, payload: bytes) -> None:
        """Send a message the way ``write`` of gRPC does, without its last step.

        In the moment between the end of a call and its status, gRPC's own method fails, makes up a status, and so
        loses the one that the server sent.
        """
        await self._call.wait_for_connection()
        with contextlib.suppress(grpc.aio.BaseError):
            await self._call._cython_call.send_serialized_message(payload)  # noqa: SLF001 - see above

    async def end(self) -> None:
        """Say that nothing more comes."""
        with contextlib.suppress(grpc.aio.BaseError):
            await self._within_limit(self._call.done_writing())


def _is_stopped() -> bool:
    """Tell a task that is cancelled from a channel that was closed while somebody waited; gRPC raises the same."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
