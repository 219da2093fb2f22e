"""The six calls of the service, each behind the secret, the record and the script of failures."""

from __future__ import annotations

import hmac
import itertools
import logging
import secrets
import threading
from typing import TYPE_CHECKING, Any

import grpc

from drawthings._generated import imageService_pb2 as pb
from drawthings.server.generation import Generation
from drawthings.server.judge import Judge
from drawthings.server.reading import Reader, told
from drawthings.server.record import Record
from drawthings.server.refusal import WRONG_SECRET, Refusal, wrong_secret
from drawthings.server.upload import take_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType

    from google.protobuf.message import Message

    from drawthings.server.faults import Fault, Script
    from drawthings.server.line import Line
    from drawthings.server.options import ServerOptions
    from drawthings.server.record import Received
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
    """

    def __init__(self, options: ServerOptions, store: Store, zoo: Zoo, line: Line) -> None:
        self._options = options
        self._store = store
        self._zoo = zoo
        self._line = line
        self._reader = Reader(zoo, store, Judge(faithful=options.faithful))
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._running: set[Generation] = set()
        self.script: Script | None = None
        self.record = Record(options.keep_requests)
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

    def _echo(self, request: pb.EchoRequest) -> pb.EchoReply:
        """Source: `ImageGenerationServiceImpl.echo`; a wrong secret is told here only, and nothing else is."""
        if not self._knows_secret(request):
            return pb.EchoReply(sharedSecretMissing=True)
        if self._options.echo_on_queue:
            self._line.wait_for_all()
        reply = pb.EchoReply(message=f"HELLO {request.name}", serverIdentifier=self.identifier)
        if self._options.model_browser:
            reply.files.extend(self._store.models())
            reply.override.CopyFrom(self._zoo.installed(self._store))
        return reply

    def _files_exist(self, request: pb.FileListRequest) -> pb.FileExistenceResponse:
        self._check_secret(request)
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
            self._check_secret(first)
            call = self.record.note("UploadFile", first)
            every = itertools.chain([first], messages) if first.WhichOneof("request") else messages
            yield from self._fault(call)(take_in(every, self._store, self._check_secret))

    def _generate_image(
        self, request: pb.ImageGenerationRequest, context: grpc.ServicerContext
    ) -> Iterator[pb.ImageGenerationResponse]:
        with _Statuses(context):
            call = self.record.note("GenerateImage", request)
            yield from self._fault(call)(self._generated(request, call, context))

    def _generated(
        self, request: pb.ImageGenerationRequest, call: Received, context: grpc.ServicerContext
    ) -> Iterator[pb.ImageGenerationResponse]:
        number = next(self._numbers)
        try:
            self._check_secret(request)
            reading = self._reader.read(request)
            generation = Generation(number, reading, self._options)
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

    # ------------------------------------------------------------------------------------------------ around them

    def _fault(self, call: Received) -> Fault:
        """Return what is to happen to the answers of a call."""
        return iter if self.script is None else self.script.take(call)

    def _unary(
        self, name: str, asked: type[Message], answer: Callable[[Any], Message]
    ) -> grpc.RpcMethodHandler[Any, Any]:
        def respond(request: Message, context: grpc.ServicerContext) -> Message:
            with _Statuses(context):
                call = self.record.note(name, request)
                answers: Iterator[Message] = self._fault(call)(answer(each) for each in (request,))
                return next(answers)

        return grpc.unary_unary_rpc_method_handler(
            respond,
            request_deserializer=asked.FromString,
            response_serializer=lambda message: message.SerializeToString(),
        )

    def _knows_secret(self, request: Any) -> bool:  # noqa: ANN401 - any message with a secret
        wanted = self._options.shared_secret
        return not wanted or hmac.compare_digest(wanted.encode(), request.sharedSecret.encode())

    def _check_secret(self, request: Any) -> None:  # noqa: ANN401 - any message with a secret
        if not self._knows_secret(request):
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
