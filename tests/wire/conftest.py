"""Servers for the tests of the connection: real gRPC ones, and sockets that misbehave, all on the loopback."""

from __future__ import annotations

import contextlib
import datetime as dt
import ipaddress
import os
import socket
import threading
from concurrent import futures
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import grpc
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from drawthings._generated import imageService_pb2 as pb
from drawthings.settings import Connection, Retry, Timeouts, Tls

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the tests away from the configuration of whoever runs them."""
    for name in [name for name in os.environ if name.startswith("DRAWTHINGS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


# ------------------------------------------------------------------------------------------------- certificates


@dataclass(frozen=True)
class Issued:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.DER)

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def key_pem(self) -> bytes:
        return self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )

    @property
    def fingerprint(self) -> str:
        return "SHA256:" + self.certificate.fingerprint(hashes.SHA256()).hex(":").upper()


def issue(
    *,
    dns: Sequence[str] = ("localhost", "*"),
    ips: Sequence[str] = ("127.0.0.1",),
    common_name: str = "localhost",
    days: tuple[float, float] = (-1, 30),
    by: Issued | None = None,
    authority: bool = False,
) -> Issued:
    """Make a certificate; without an authority one that nobody has ever heard of signs it."""
    key = ec.generate_private_key(ec.SECP256R1())
    now = dt.datetime.now(dt.UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)] if common_name else [])
    stranger = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Nobody's authority")])
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name if authority else by.certificate.subject if by else stranger)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + dt.timedelta(days=days[0]))
        .not_valid_after(now + dt.timedelta(days=days[1]))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
    )
    names: list[x509.GeneralName] = [x509.DNSName(one) for one in dns]
    names += [x509.IPAddress(ipaddress.ip_address(one)) for one in ips]
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    # What Python 3.13 and later ask of every chain.
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    signer = key if authority else by.key if by else ec.generate_private_key(ec.SECP256R1())
    identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
    builder = builder.add_extension(identifier, critical=False)
    if authority:
        usage = x509.KeyUsage(
            digital_signature=True,
            key_cert_sign=True,
            crl_sign=True,
            content_commitment=False,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            encipher_only=False,
            decipher_only=False,
        )
        builder = builder.add_extension(usage, critical=True)
    return Issued(builder.sign(signer, hashes.SHA256()), key)


@pytest.fixture(name="issue", scope="session")
def _issue() -> Callable[..., Issued]:
    return issue


@pytest.fixture(scope="session")
def stranger() -> Issued:
    """Return a certificate like the official server's: for localhost, and signed by nobody known."""
    return issue()


@pytest.fixture(scope="session")
def root() -> Issued:
    return issue(dns=(), ips=(), common_name="Test authority", authority=True)


# ------------------------------------------------------------------------------------------------------ servers


@dataclass
class Fake:
    """A gRPC server whose answers a test writes; each is called with the request and the context."""

    port: int = 0
    received: list[Any] = field(default_factory=list)
    metadata: list[dict[str, Any]] = field(default_factory=list)
    cancelled: threading.Event = field(default_factory=threading.Event)
    echo: Callable[..., Any] = lambda request, _: pb.EchoReply(message=f"HELLO {request.name}", serverIdentifier=7)
    files: Callable[..., Any] = lambda request, _: pb.FileExistenceResponse(
        files=request.files, existences=[True] * len(request.files)
    )
    upload: Callable[..., Any] = lambda messages, _: (
        pb.UploadResponse(chunkUploadSuccess=True, receivedOffset=one.chunk.offset + len(one.chunk.content))
        for one in messages
    )
    generate: Callable[..., Any] = lambda _, __: iter([pb.ImageGenerationResponse(generatedImages=[b"picture"])])

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def calls(self, kind: type) -> list[Any]:
        return [request for request in self.received if isinstance(request, kind)]

    def answer(self, name: str, request: Any, context: grpc.ServicerContext) -> Any:
        self.received.append(request)
        self.metadata.append(dict(context.invocation_metadata()))
        return getattr(self, name)(request, context)

    def note(self, message: Any) -> Any:
        self.received.append(message)
        return message

    def stream(self, request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
        context.add_callback(lambda: None if context.code() else self.cancelled.set())
        yield from self.answer("generate", request, context)

    def handler(self) -> grpc.GenericRpcHandler:
        def unary(name: str, request: Any, reply: Any = None) -> grpc.RpcMethodHandler[Any, Any]:
            def call(message: Any, context: grpc.ServicerContext) -> bytes:
                answer = self.answer(name, message, context) if name else reply
                return answer if isinstance(answer, bytes) else answer.SerializeToString()

            return grpc.unary_unary_rpc_method_handler(call, request_deserializer=request.FromString)

        def stream(message: Any, context: grpc.ServicerContext) -> Iterator[bytes]:
            for answer in self.stream(message, context):
                yield answer if isinstance(answer, bytes) else answer.SerializeToString()

        def exchange(messages: Iterator[Any], context: grpc.ServicerContext) -> Iterator[bytes]:
            context.add_callback(lambda: None if context.code() else self.cancelled.set())
            for answer in self.upload(map(self.note, messages), context):
                yield answer if isinstance(answer, bytes) else answer.SerializeToString()

        methods = {
            "Echo": unary("echo", pb.EchoRequest),
            "FilesExist": unary("files", pb.FileListRequest),
            "Hours": unary("", pb.HoursRequest, pb.HoursResponse(thresholds=pb.ComputeUnitThreshold(plus=2))),
            "Pubkey": unary("", pb.PubkeyRequest, pb.PubkeyResponse(pubkey="key")),
            "GenerateImage": grpc.unary_stream_rpc_method_handler(
                stream, request_deserializer=pb.ImageGenerationRequest.FromString
            ),
            "UploadFile": grpc.stream_stream_rpc_method_handler(
                exchange, request_deserializer=pb.FileUploadRequest.FromString
            ),
        }
        return grpc.method_handlers_generic_handler("ImageGenerationService", methods)


def start(fake: Fake, issued: Issued | None = None, port: int = 0) -> grpc.Server:
    options = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1), ("grpc.so_reuseport", 0)]
    server = grpc.server(futures.ThreadPoolExecutor(8), options=options)
    server.add_generic_rpc_handlers((fake.handler(),))
    where = f"127.0.0.1:{port}"
    if issued is None:
        fake.port = server.add_insecure_port(where)
    else:
        fake.port = server.add_secure_port(where, grpc.ssl_server_credentials([(issued.key_pem, issued.pem)]))
    server.start()
    return server


@pytest.fixture
def serve() -> Iterator[Callable[..., Fake]]:
    """Start gRPC servers; ``serve.stop(fake)`` would be too late, so each has its own ``stop``."""
    running: list[grpc.Server] = []

    def begin(issued: Issued | None = None, port: int = 0) -> Fake:
        fake = Fake()
        server = start(fake, issued, port)
        running.append(server)
        fake.stop = lambda: server.stop(0).wait()  # type: ignore[attr-defined]
        return fake

    yield begin
    for server in running:
        server.stop(0).wait()


@pytest.fixture
def fake(serve: Callable[..., Fake]) -> Fake:
    return serve()


@pytest.fixture
def sockets() -> Iterator[Callable[..., int]]:
    """Start plain socket servers that do what a function does with each connection; give the port."""
    with contextlib.ExitStack() as stack:

        def begin(behave: Callable[[socket.socket], None]) -> int:
            listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
            done = threading.Event()

            def run() -> None:
                while not done.is_set():
                    try:
                        connection, _ = listener.accept()
                    except OSError:
                        return
                    with connection, contextlib.suppress(OSError):
                        connection.settimeout(10)
                        behave(connection)

            thread = threading.Thread(target=run, daemon=True)
            thread.start()

            def end() -> None:
                done.set()
                with contextlib.suppress(OSError):
                    listener.shutdown(socket.SHUT_RDWR)

            stack.callback(thread.join, 5)
            stack.callback(end)
            return int(listener.getsockname()[1])

        yield begin


@pytest.fixture
def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@pytest.fixture
def connection(tmp_path: Path) -> Callable[..., Connection]:
    """Make connections with short limits and their own file of known servers."""

    def make(server: Fake | str, **changes: Any) -> Connection:
        values: dict[str, Any] = {
            "server": server if isinstance(server, str) else server.address,
            "timeouts": Timeouts(connect_s=5, unary_s=5, silence_s=5),
            "retry": Retry(tries=1),
            "tls": Tls(known_servers=tmp_path / "known"),
        }
        return Connection(**(values | changes))

    return make
