"""The calls of the service, asynchronously. The synchronous form is generated from this by ``scripts/unasync.py``."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeVar

from google.protobuf.message import DecodeError, EncodeError, Message

from drawthings._generated import imageService_pb2 as pb
from drawthings.errors import BadAddress, BadValue, Cancelled, Rejected, ServerCrashed, ServerError
from drawthings.wire.address import parse_address
from drawthings.wire.aside import aside_async, computed_async
from drawthings.wire.calls import AsyncExchange, AsyncReader, ask_async, close_async, home_async
from drawthings.wire.channel import open_async
from drawthings.wire.probe import look_too_long
from drawthings.wire.retry import pause_before_next
from drawthings.wire.status import FAILURES, Circumstances, error_from, is_processing_error
from drawthings.wire.tls import secure

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterable

    import grpc.aio

    from drawthings.settings import Connection
    from drawthings.wire.parcel import Parcel, UploadStep
    from drawthings.wire.tls import Introduction

MessageT = TypeVar("MessageT", bound=Message)

SLACK_S: Final = 1.0
"""How much longer to wait than the look at the server is allowed to take; only a name look-up ever needs it."""


class AsyncWire:
    """The way to one server. It connects with the first call, and again after the connection broke.

    Every call raises nothing but errors of this package. What may succeed later is tried again as ``connection.retry``
    says; a generation and an upload only when the connection never came about, or when the server itself says that it
    is full: a request that makes a server fall over is not to be waiting when it gets up again (see ``retry.py``). The
    shared secret is put into what is sent here, and nowhere else.

    Args:
        connection: The server, the secret, trust, deadlines and retries.

    Raises:
        BadAddress: The address names no server, or is ``embedded``, which the client replaces before.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.address = parse_address(connection.server)
        if self.address.embedded:
            raise BadAddress(
                "The embedded server has no address before it is started.", field="server", value="embedded"
            )
        self._channel: grpc.aio.Channel | None = None
        self._introduction: Introduction | None = None
        self._home: Any = None
        self._lock = asyncio.Lock()
        self._closed = False

    async def echo(self, name: str = "drawthings") -> pb.EchoReply:
        """Say hello; a server with its model browser on answers with all it has.

        Args:
            name: Who says hello; the server repeats it.

        Returns:
            The greeting. With a wrong secret it is empty but for ``sharedSecretMissing``; that is not raised.

        Raises:
            ServerError: The server cannot be reached or does not answer.
        """
        request = self._sealed(pb.EchoRequest(name=name), pb.EchoRequest)
        return await self._ask("Echo", request, pb.EchoReply, self.connection.timeouts.unary_s)

    async def files_exist(self, files: Iterable[str], files_with_hash: Iterable[str] = ()) -> pb.FileExistenceResponse:
        """Ask which files the server has.

        Args:
            files: File names without folders.
            files_with_hash: Those of them whose SHA-256 to tell too. The server reads each as a whole for that, so the
                limit is then the one for silence.

        Returns:
            The answer, parallel to ``files``.

        Raises:
            SecretRequired: The secret is missing or wrong.
            ServerError: The server cannot be reached or does not answer.
        """
        message = pb.FileListRequest(files=files, filesWithHash=files_with_hash)
        timeouts = self.connection.timeouts
        limit_s = timeouts.silence_s if message.filesWithHash else timeouts.unary_s
        request = self._sealed(message, pb.FileListRequest)
        return await self._ask("FilesExist", request, pb.FileExistenceResponse, limit_s)

    async def hours(self) -> pb.HoursResponse:
        """Ask for the compute limits of the cloud proxy; any other server answers with none.

        Raises:
            ServerError: The server cannot be reached or does not answer.
        """
        return await self._ask("Hours", b"", pb.HoursResponse, self.connection.timeouts.unary_s)

    async def pubkey(self, name: str = "drawthings") -> pb.PubkeyResponse:
        """Ask for the signing key of the cloud proxy; any other server answers with none.

        Raises:
            ServerError: The server cannot be reached or does not answer.
        """
        request = pb.PubkeyRequest(name=name).SerializeToString()
        return await self._ask("Pubkey", request, pb.PubkeyResponse, self.connection.timeouts.unary_s)

    async def generate(self, request: pb.ImageGenerationRequest) -> AsyncGenerator[pb.ImageGenerationResponse]:
        """Ask for pictures.

        Args:
            request: The request; it is not changed.

        Yields:
            The messages of the answer as they arrive. Closing the iterator cancels the call on the server.

        Raises:
            BadValue: The request is too large to be sent at all.
            SecretRequired: The secret is missing or wrong.
            TimedOut: The server said nothing for too long.
            ServerError: The server cannot be reached, or failed.
        """
        seal = partial(self._sealed, request, pb.ImageGenerationRequest)
        # Without pictures it takes less time than to start a thread for it.
        payload = await computed_async(seal) if request.contents else seal()
        pauses = self.connection.retry.pauses()
        while True:
            answered, reused = False, self._channel is not None
            try:
                async with aclosing(self._generate_once(payload)) as answers:
                    async for answer in answers:
                        answered = True
                        yield answer
            except ServerError as error:
                pause_s = None if answered else pause_before_next(error, pauses, reused=reused, harmless=False)
                if pause_s is None:
                    raise
            else:
                return
            await asyncio.sleep(pause_s)

    async def upload(self, parcel: Parcel, *, force: bool = False) -> AsyncGenerator[UploadStep]:
        """Put a file into the server's models folder, unless the very same one is there.

        The protocol knows no resumption inside a file: an upload that broke off leaves nothing, and begins anew.

        Args:
            parcel: The file; it is closed in the end.
            force: Send it even if it is there.

        Yields:
            How far it is; the last one has the stage ``done``. Closing the iterator before cancels the upload, and
            nothing is left of it on the server.

        Raises:
            BadValue: The file cannot be read, or was changed meanwhile.
            SecretRequired: The secret is missing or wrong.
            TimedOut: The server said nothing for too long.
            Rejected: The server takes no uploads, not this name, or received something else.
            ServerError: The server cannot be reached, or failed.
        """
        from drawthings.wire.parcel import UploadStep

        name, known = parcel.name, False
        try:
            await aside_async(parcel.open, None)
            while await aside_async(parcel.hash_block, None):
                yield UploadStep("hashing", name, parcel.position, parcel.size)
            told = partial(UploadStep, name=name, total_bytes=parcel.size, sha256=parcel.sha256.hex())
            yield told("checking", done_bytes=0)
            held = await self.files_exist([name], [name])
            known = any(held.existences)
            if known and parcel.sha256 in held.hashes and not force:
                yield told("done", done_bytes=parcel.size)
                return
            async with aclosing(self._sent(parcel)) as confirmed:
                async for received in confirmed:
                    yield told("sending", done_bytes=received, replaced=known)
            yield told("done", done_bytes=parcel.size, sent=True, replaced=known)
        finally:
            parcel.close()

    async def aclose(self) -> None:
        """Close the connection; calls that are under way are cancelled, and further ones refused."""
        self._closed = True
        channel, self._channel = self._channel, None
        if channel is not None and self._home is home_async():
            await close_async(channel)

    async def _generate_once(self, payload: bytes) -> AsyncGenerator[pb.ImageGenerationResponse]:
        silence_s = self.connection.timeouts.silence_s
        channel = await self._open()
        reader: AsyncReader | None = None
        answered = False
        try:
            reader = AsyncReader(channel, "GenerateImage", payload, silence_s)
            while (data := await reader.read()) is not None:
                answer = self._parsed("GenerateImage", data, pb.ImageGenerationResponse)
                if not answered:
                    answered = True
                    await self._recognise(channel)
                yield answer
        except FAILURES as failure:
            about = self._about("GenerateImage", silence_s, answered=answered)
            raise await self._told(failure, channel, about) from failure
        finally:
            if reader is not None:
                reader.close()

    async def _sent(self, parcel: Parcel) -> AsyncGenerator[int]:
        """Send a file and yield how much of it the server has; try again as long as none of it can have arrived."""
        from drawthings.wire.uploading import upload_error

        pauses = self.connection.retry.pauses()
        while True:
            received, reused = 0, self._channel is not None
            try:
                async with aclosing(self._sent_once(parcel)) as confirmed:
                    async for received in confirmed:
                        yield received
            except ServerError as error:
                pause_s = None if received else pause_before_next(error, pauses, reused=reused, harmless=False)
                if pause_s is None:
                    raise upload_error(error, parcel, received) from error.__cause__
            else:
                return
            await asyncio.sleep(pause_s)

    async def _sent_once(self, parcel: Parcel) -> AsyncGenerator[int]:
        from drawthings.wire.parcel import chunks
        from drawthings.wire.uploading import Tally, opening

        silence_s = self.connection.timeouts.silence_s
        channel = await self._open()
        call: AsyncExchange | None = None
        tally = Tally(parcel.size, str(self.address))
        try:
            call = AsyncExchange(channel, "UploadFile", silence_s)
            await call.write(self._sealed(opening(parcel), pb.FileUploadRequest))
            yield tally.confirm(self._answer(await call.read()))
            await aside_async(parcel.rewind, None)
            while block := await aside_async(parcel.read_block, None):
                for content in chunks(block):
                    piece = pb.FileUploadRequest(chunk=pb.FileChunk(content=content, offset=tally.sent))
                    await call.write(self._sealed(piece, pb.FileUploadRequest))
                    tally.send(len(content))
                    while tally.full:
                        yield tally.confirm(self._answer(await call.read()))
            while tally.open:
                yield tally.confirm(self._answer(await call.read()))
            await call.end()
            while await call.read() is not None:
                continue
        except FAILURES as failure:
            about = self._about("UploadFile", silence_s, answered=tally.begun)
            raise await self._told(failure, channel, about) from failure
        finally:
            if call is not None:
                call.close()

    def _answer(self, data: bytes | None) -> pb.UploadResponse | None:
        return None if data is None else self._parsed("UploadFile", data, pb.UploadResponse)

    async def _ask(self, call: str, payload: bytes, kind: type[MessageT], limit_s: float | None) -> MessageT:
        pauses = self.connection.retry.pauses()
        while True:
            reused = self._channel is not None
            try:
                return await self._ask_once(call, payload, kind, limit_s)
            except ServerError as error:
                pause_s = pause_before_next(error, pauses, reused=reused)
                if pause_s is None:
                    raise
            await asyncio.sleep(pause_s)

    async def _ask_once(self, call: str, payload: bytes, kind: type[MessageT], limit_s: float | None) -> MessageT:
        channel = await self._open()
        try:
            answer = self._parsed(call, await ask_async(channel, call, payload, limit_s), kind)
        except FAILURES as failure:
            raise await self._told(failure, channel, self._about(call, limit_s)) from failure
        await self._recognise(channel)
        return answer

    async def _open(self) -> grpc.aio.Channel:
        """Return the channel; look at the server first when there is none."""
        home = home_async()
        if home is not self._home:
            # A channel and a lock belong to one event loop; the former one is over or is somebody else's.
            self._home, self._channel, self._lock = home, None, asyncio.Lock()
        async with self._lock:
            if self._closed:
                raise Cancelled(f"The connection to {self.address} was closed.", address=str(self.address))
            if self._channel is None:
                connect_s = self.connection.timeouts.connect_s
                look = partial(secure, self.address, self.connection.tls, connect_s)
                try:
                    security = await aside_async(look, connect_s + SLACK_S)
                except TimeoutError as error:
                    raise look_too_long(self.address, connect_s) from error
                self._channel = open_async(self.address, security, connect_s)
                self._introduction = security.introduction
            return self._channel

    async def _recognise(self, channel: grpc.aio.Channel) -> None:
        """Remember the server's certificate, now that it has answered as a Draw Things server does."""
        if self._introduction is not None and self._channel is channel:
            introduction, self._introduction = self._introduction, None
            await aside_async(introduction.remember, None)

    async def _told(self, failure: BaseException, channel: grpc.aio.Channel, about: Circumstances) -> ServerError:
        """Turn a failure into an error, and forget the connection when it is what failed."""
        if is_processing_error(failure):
            about = replace(about, secret_missing=await self._secret_missing(channel))
        error = error_from(failure, about)
        if error.code == "UNAVAILABLE" and self._channel is channel:
            # Not closed: another call may still be busy on it, and is to see its own error.
            self._channel = None
        return error

    async def _secret_missing(self, channel: grpc.aio.Channel) -> bool | None:
        """Let the server's greeting tell whether the secret is right; the failure of another call does not."""
        request = self._sealed(pb.EchoRequest(name="drawthings"), pb.EchoRequest)
        try:
            data = await ask_async(channel, "Echo", request, self.connection.timeouts.unary_s)
            return pb.EchoReply.FromString(data).sharedSecretMissing
        except (*FAILURES, DecodeError):
            return None

    def _about(self, call: str, limit_s: float | None, *, answered: bool = False) -> Circumstances:
        return Circumstances(str(self.address), call, secret=self.connection.secret, answered=answered, limit_s=limit_s)

    def _sealed(self, message: Message, kind: Any) -> bytes:  # noqa: ANN401 - a message class, which has no type of its own
        """Return the bytes of a request with the secret in them, and leave the request without it."""
        try:
            data = message.SerializeToString()
        except (EncodeError, ValueError) as error:
            raise BadValue(
                "The request is too large to be sent; a message holds at most 2 GiB.", hint="Send fewer pictures."
            ) from error
        secret = self.connection.secret
        # Of a field that comes twice the last one counts, so the secret can stand at the end.
        return data + kind(sharedSecret=secret.reveal()).SerializeToString() if secret else data

    def _parsed(self, call: str, data: bytes, kind: type[MessageT]) -> MessageT:
        try:
            return kind.FromString(data)
        except DecodeError as error:
            broken = ServerCrashed if kind is pb.ImageGenerationResponse else Rejected
            raise broken(
                f"The answer of {self.address} to {call} cannot be read.",
                hint="It is no Draw Things server, or a much newer one.",
                address=str(self.address),
                code="INTERNAL",
            ) from error
