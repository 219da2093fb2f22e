"""The six calls of the service, each behind the secret, the record and the script of failures."""

from __future__ import annotations

import hmac
import itertools
import logging
import secrets
import threading
from contextlib import closing
from typing import TYPE_CHECKING, Any

import grpc

from drawthings._generated import imageService_pb2 as pb
from drawthings.server.generation import Generation
from drawthings.server.judge import Judge
from drawthings.server.pace import Pace
from drawthings.server.reading import Reader, told
from drawthings.server.record import Received
from drawthings.server.refusal import WRONG_SECRET, Refusal, wrong_secret
from drawthings.server.upload import take_in

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from types import TracebackType

    from google.protobuf.message import Message

    from drawthings.server.faults import Fault
    from drawthings.server.line import Line
    from drawthings.server.memory import Memory
    from drawthings.server.options import ServerOptions
    from drawthings.server.store import Store
    from drawthings.server.zoo import Zoo

_log = logging.getLogger("drawthings.server")

SERVICE = "ImageGenerationService"
MOST_WAITING = 192
"""Generations that wait or run at the same time; fewer than there are threads, so that ``Echo`` is always answered."""


class Service:
    """Answers the calls of one server.

    Args:
        options: How the server behaves.
        store: Its models folder.
        zoo: What it knows of files.
        line: What its generations stand in.
        memory: What the server remembers beyond its own crash, for whoever tests with it.
        crash: Takes the whole server down.
    """

    def __init__(
        self, options: ServerOptions, store: Store, zoo: Zoo, line: Line, *, memory: Memory, crash: Callable[[], None]
    ) -> None:
        self._options = options
        self._store = store
        self._zoo = zoo
        self._line = line
        self._reader = Reader(zoo, store, Judge(faithful=options.faithful))
        self.memory = memory
        self._pace = Pace(options, memory.counts)
        self._crash = crash
        self._lock = threading.Lock()
        self._running: set[Generation] = set()
        self.identifier = secrets.randbits(63) + 1

    def handler(self) -> grpc.GenericRpcHandler:
        """Return what gRPC hands the calls to."""
        handlers = {
            "Echo": self._unary("Echo", pb.EchoRequest, self._echo),
            "FilesExist": self._unary("FilesExist", pb.FileListRequest, self._files_exist),
            "Pubkey": self._unary("Pubkey", pb.PubkeyRequest, lambda _: pb.PubkeyResponse()),
            "Hours": self._unary("Hours", pb.HoursRequest, lambda _: pb.HoursResponse()),
        }
        handlers["GenerateImage"] = grpc.unary_stream_rpc_method_handler(
            self._generate_image,
            request_deserializer=pb.ImageGenerationRequest.FromString,
            response_serializer=pb.ImageGenerationResponse.SerializeToString,
        )
        handlers["UploadFile"] = grpc.stream_stream_rpc_method_handler(
            self._upload_file,
            request_deserializer=pb.FileUploadRequest.FromString,
            response_serializer=pb.UploadResponse.SerializeToString,
        )
        return grpc.method_handlers_generic_handler(SERVICE, handlers)

    # ------------------------------------------------------------------------------------------------ the calls

    def _echo(self, call: Received) -> pb.EchoReply:
        """Source: `ImageGenerationServiceImpl.echo`; a wrong secret is told here only, and nothing else is."""
        request: Any = call.message
        if not call.secret_ok:
            return pb.EchoReply(sharedSecretMissing=True)
        if self._options.echo_on_queue:
            self._line.wait_for_all()
        reply = pb.EchoReply(message=f"HELLO {request.name}", serverIdentifier=self.identifier)
        if self._options.model_browser:
            reply.files.extend(self._store.models())
            reply.override.CopyFrom(self._zoo.installed(self._store))
        return reply

    def _files_exist(self, call: Received) -> pb.FileExistenceResponse:
        _admit(call)
        request: Any = call.message
        hashed = set(request.filesWithHash)
        return pb.FileExistenceResponse(
            files=request.files,
            existences=[self._store.has(name) for name in request.files],
            hashes=[self._store.sha256(name) if name in hashed else b"" for name in request.files],
        )

    def _upload_file(
        self, messages: Iterator[pb.FileUploadRequest], context: grpc.ServicerContext
    ) -> Iterator[pb.UploadResponse]:
        with _Statuses(context):
            first = next(messages, pb.FileUploadRequest())
            kept = pb.FileUploadRequest()
            kept.CopyFrom(first)
            call = self._note("UploadFile", kept)
            _admit(call)
            every = itertools.chain([first], messages) if first.WhichOneof("request") else messages
            yield from self._fault(call)(take_in(every, self._store, self._check_secret))

    def _generate_image(
        self, request: pb.ImageGenerationRequest, context: grpc.ServicerContext
    ) -> Iterator[pb.ImageGenerationResponse]:
        with _Statuses(context):
            call = self._note("GenerateImage", request)
            # Closed before the client learns of the end: it may send the next one at once, and would meet this one.
            with closing(self._generated(request, call, context)) as answers:
                yield from self._fault(call)(answers)

    def _generated(
        self, request: pb.ImageGenerationRequest, call: Received, context: grpc.ServicerContext
    ) -> Generator[pb.ImageGenerationResponse]:
        number = self.memory.counts.begin()
        try:
            _admit(call)
            reading = self._reader.read(request)
            generation = Generation(number, reading, self._options, self._pace, self._crash)
            self._join(generation)
        except Refusal as refusal:
            call.facts["refused"] = refusal.details
            _log.info("generation %d: refused, %s", number, refusal.details)
            raise
        call.facts.update(reading.facts())
        _log.info("generation %d: %s", number, told(reading))
        try:
            if not context.add_callback(generation.cancel):
                generation.cancel()
            self._line.put(generation.run)
            yield from generation.answers()
        finally:
            with self._lock:
                self._running.discard(generation)
            generation.cancel()

    def _join(self, generation: Generation) -> None:
        with self._lock:
            if len(self._running) >= MOST_WAITING:
                raise Refusal(grpc.StatusCode.RESOURCE_EXHAUSTED, f"{len(self._running)} generations are waiting.")
            self._running.add(generation)
            self.memory.counts.see(len(self._running))

    def end_all(self, refusal: Refusal) -> None:
        """End every generation with a status."""
        with self._lock:
            running = tuple(self._running)
        for generation in running:
            generation.refuse(refusal)

    # ------------------------------------------------------------------------------------------------ around them

    def _fault(self, call: Received) -> Fault:
        """Return what is to happen to the answers of a call."""
        return self.memory.script.take(call)

    def _note(self, method: str, request: Any) -> Received:  # noqa: ANN401 - any message of the service
        secret = getattr(request, "sharedSecret", "")
        call = Received(method, request, secret_sent=bool(secret), secret_ok=self._knows_secret(secret))
        return self.memory.record.note(call)

    def _unary(
        self, name: str, asked: type[Message], answer: Callable[[Received], Message]
    ) -> grpc.RpcMethodHandler[Any, Any]:
        def respond(request: Message, context: grpc.ServicerContext) -> Message:
            with _Statuses(context):
                call = self._note(name, request)
                answers: Iterator[Message] = self._fault(call)(answer(each) for each in (call,))
                return next(answers)

        return grpc.unary_unary_rpc_method_handler(
            respond,
            request_deserializer=asked.FromString,
            response_serializer=lambda message: message.SerializeToString(),
        )

    def _knows_secret(self, secret: str) -> bool:
        wanted = self._options.shared_secret
        return not wanted or hmac.compare_digest(wanted.encode(), secret.encode())

    def _check_secret(self, message: pb.FileUploadRequest) -> None:
        if not self._knows_secret(message.sharedSecret):
            raise wrong_secret()


def _admit(call: Received) -> None:
    if not call.secret_ok:
        raise wrong_secret()


class _Statuses:
    """Turns what ends a call badly into the status that gRPC sends."""

    def __init__(self, context: grpc.ServicerContext) -> None:
        self._context = context

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, Refusal):
            self._context.abort(error.code, error.details)
        # A plain RpcError is gRPC's own way to say that the client is gone.
        if isinstance(error, Exception) and not isinstance(error, grpc.RpcError):
            _log.error("a call broke", exc_info=error)
            self._context.abort(grpc.StatusCode.INTERNAL, WRONG_SECRET)
