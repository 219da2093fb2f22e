from __future__ import annotations

import socket
import ssl
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from drawthings.errors import Rejected, TimedOut, TlsMismatch, Unreachable
from drawthings.wire import probe as module
from drawthings.wire.address import Address, parse_address
from drawthings.wire.certificate import read_certificate
from drawthings.wire.probe import Probe

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ALERT = bytes.fromhex("15030100020246")  # fatal, protocol version


def probe(port: int, timeout_s: float = 5, host: str = "127.0.0.1") -> Probe:
    return Probe(Address(host, port), timeout_s)


@pytest.fixture
def resolve(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Let a name stand for the given socket addresses."""

    def resolve(*found: tuple[str, int]) -> None:
        answers = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", where) for where in found]
        monkeypatch.setattr(module.socket, "getaddrinfo", lambda *_, **__: answers)

    return resolve


# -------------------------------------------------------------------------------------------- who is a server


@pytest.mark.parametrize("tls", [True, False])
def test_a_server_without_tls(fake: Any, tls: bool):
    face = probe(fake.port).look(tls=tls)
    assert face.certificate is None
    assert face.target == f"ipv4:127.0.0.1:{fake.port}"


def test_a_server_with_tls(serve: Callable[..., Any], stranger: Any):
    face = probe(serve(stranger).port).look()
    assert face.certificate is not None
    assert face.certificate.der == stranger.der


def test_tls_that_is_switched_off_is_told(serve: Callable[..., Any], stranger: Any):
    with pytest.raises(TlsMismatch, match="speaks TLS, which is switched off") as caught:
        probe(serve(stranger).port).look(tls=False)
    assert "grpcs://" in caught.value.hint


def test_ipv6_goes_into_the_target():
    try:
        listener = socket.create_server(("::1", 0), family=socket.AF_INET6)
    except OSError:
        pytest.skip("no IPv6 here")
    with listener:
        looked = probe(listener.getsockname()[1], host="::1")
        looked._connect(socket.socket).close()
        assert looked._target() == f"ipv6:%5B::1%5D:{listener.getsockname()[1]}"
    looked._peer = socket.AF_INET6, ("fe80::1", 5, 0, 3)
    assert looked._target() == "ipv6:%5Bfe80::1%253%5D:5"
    looked._peer = socket.AF_INET6, ("fe80::1%en0", 5, 0, 3)
    assert looked._target() == "ipv6:%5Bfe80::1%25en0%5D:5"


def test_the_first_address_that_answers_counts(fake: Any, free_port: int, resolve: Callable[..., None]):
    resolve(("127.0.0.1", free_port), ("127.0.0.1", fake.port))
    assert probe(1, host="gpu.example.com").look().target == f"ipv4:127.0.0.1:{fake.port}"


# ------------------------------------------------------------------------------------------------ who is none


def test_nobody_is_there(free_port: int):
    with pytest.raises(Unreachable, match=f"at 127.0.0.1, port {free_port}: connection refused") as caught:
        probe(free_port).look()
    for word in ("gRPCServerCLI", "API Server", "7859"):
        assert word in caught.value.hint
    assert caught.value.address == f"127.0.0.1:{free_port}"
    assert not caught.value.waited


def test_a_name_that_nobody_knows(monkeypatch: pytest.MonkeyPatch):
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(module.socket, "getaddrinfo", unknown)
    with pytest.raises(Unreachable, match="The name no-such-host of the server no-such-host:5 is not known"):
        probe(5, host="no-such-host").look()


def test_a_name_without_an_address(resolve: Callable[..., None]):
    resolve()
    with pytest.raises(Unreachable, match="it has no address"):
        probe(5, host="gpu").look()


def test_a_machine_that_does_not_answer(monkeypatch: pytest.MonkeyPatch):
    def hang(*_: object) -> None:
        raise TimeoutError("timed out")

    monkeypatch.setattr(module.socket.socket, "connect", hang)
    with pytest.raises(Unreachable, match="no answer within 5 s") as caught:
        probe(5).look()
    assert caught.value.waited


@pytest.mark.parametrize("tls", [True, False])
def test_a_server_that_says_nothing(sockets: Callable[..., int], tls: bool):
    over = threading.Event()
    port = sockets(lambda _: over.wait(10))
    with pytest.raises(TimedOut, match=r"said nothing within 0\.3 s"):
        probe(port, timeout_s=0.3).look(tls=tls)
    over.set()


@pytest.mark.parametrize("tls", [True, False])
def test_a_server_that_closes(sockets: Callable[..., int], tls: bool):
    port = sockets(lambda connection: connection.close())
    with pytest.raises(Unreachable, match="closes them at once"):
        probe(port).look(tls=tls)


def _say(answer: bytes) -> Callable[[socket.socket], None]:
    def behave(connection: socket.socket) -> None:
        connection.recv(4096)
        connection.sendall(answer)
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(4096):
            pass

    return behave


@pytest.mark.parametrize("tls", [True, False])
@pytest.mark.parametrize(
    ("answer", "kind", "message"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", Rejected, "it speaks HTTP/1"),
        (b"SSH-2.0-OpenSSH_9.6\r\n", Rejected, "its answer is not HTTP/2"),
        (b"\x00\x00\x05\x04\x00\x00\x00\x00\x00", Rejected, "its answer is not HTTP/2"),
        (b"\x00\x00\x06\x04\x00\x00\x00\x00\x01", Rejected, "its answer is not HTTP/2"),
        (b"\x00\x00", Rejected, "its answer is not HTTP/2"),
        (ALERT, TlsMismatch, "speaks TLS but"),
    ],
)
def test_a_server_of_another_kind(
    sockets: Callable[..., int], answer: bytes, kind: type[Exception], message: str, tls: bool
):
    with pytest.raises(kind, match=message) as caught:
        probe(sockets(_say(answer))).look(tls=tls)
    assert caught.value.hint  # type: ignore[attr-defined]


@pytest.mark.parametrize("tls", [True, False])
def test_bytes_that_trickle_do_not_prolong_the_look(sockets: Callable[..., int], tls: bool):
    over = threading.Event()

    def behave(connection: socket.socket) -> None:
        # The beginning of a TLS record, or of a frame, byte by byte; with each one the wait could begin anew.
        for byte in bytes.fromhex("160303010002000001") if tls else bytes.fromhex("000006040000000000"):
            if over.wait(0.4):
                return
            connection.sendall(bytes([byte]))

    started_s = time.monotonic()
    with pytest.raises(TimedOut, match=r"within 0\.5 s"):
        probe(sockets(behave), timeout_s=0.5).look(tls=tls)
    assert time.monotonic() - started_s < 0.4 * 8, "before the last byte came"
    over.set()


def test_half_an_answer_is_told(sockets: Callable[..., int]):
    over = threading.Event()

    def behave(connection: socket.socket) -> None:
        connection.sendall(b"\x00\x00\x06")
        over.wait(10)

    with pytest.raises(TimedOut, match="began to answer but did not get to the end"):
        probe(sockets(behave), timeout_s=0.3).look(tls=False)
    over.set()


@pytest.mark.parametrize(("host", "words"), [("gpu.lan", "The name gpu.lan was not"), ("10.0.0.7", "The look at")])
def test_a_look_that_is_given_up_blames_the_name_service_only_for_names(host: str, words: str):
    error = module.look_too_long(Address(host, 5), 2)
    assert str(error).startswith(words)
    assert str(error).endswith("within 2 s.")
    assert error.waited


def test_a_reset_while_greeting(sockets: Callable[..., int]):
    def behave(connection: socket.socket) -> None:
        connection.recv(1)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, bytes.fromhex("0100000000000000"))

    with pytest.raises(Unreachable, match="closes them at once"):
        probe(sockets(behave)).look(tls=False)


def _tls_server(
    sockets: Callable[..., int],
    issued: Any,
    folder: Path,
    *,
    alpn: list[str],
    least: ssl.TLSVersion = ssl.TLSVersion.TLSv1_2,
) -> int:
    (folder / "pem").write_bytes(issued.key_pem + issued.pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "pem")
    context.minimum_version = least
    if alpn:
        context.set_alpn_protocols(alpn)

    def behave(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as wrapped:
            wrapped.recv(64)

    return sockets(behave)


@pytest.mark.parametrize("alpn", [[], ["http/1.1"]])
def test_tls_without_http2_is_no_grpc(sockets: Callable[..., int], stranger: Any, tmp_path: Path, alpn: list[str]):
    with pytest.raises(Rejected, match="speaks TLS but not HTTP/2"):
        probe(_tls_server(sockets, stranger, tmp_path, alpn=alpn)).look()


def test_a_refused_handshake_says_why(
    sockets: Callable[..., int], stranger: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    port = _tls_server(sockets, stranger, tmp_path, alpn=["h2"], least=ssl.TLSVersion.TLSv1_3)
    looked = probe(port)
    plain = looked._handshake

    def old(context: ssl.SSLContext, **changes: Any) -> ssl.SSLSocket:
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        return plain(context, **changes)

    monkeypatch.setattr(looked, "_handshake", old)
    with pytest.raises(TlsMismatch, match=r"refuses the handshake \(.*alert protocol version\)"):
        looked.look()


# --------------------------------------------------------------------------------------------- who vouches for it


def vouched(fake: Any, issued: Any, authority: Any = None) -> bytes | None:
    return probe(fake.port).vouched(read_certificate(issued.der), authority and authority.pem.decode())


def test_an_own_authority_vouches_for_what_it_signed(serve: Callable[..., Any], root: Any, issue: Callable[..., Any]):
    issued = issue(dns=("elsewhere",), ips=(), by=root)
    fake = serve(issued)
    assert vouched(fake, issued, root) is not None
    assert vouched(fake, issued, issue(authority=True, common_name="Other")) is None


def test_a_certificate_vouches_for_itself(serve: Callable[..., Any], stranger: Any):
    assert vouched(serve(stranger), stranger, stranger) is not None


def test_the_system_vouches_for_the_name_only(
    serve: Callable[..., Any], root: Any, issue: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "root.pem").write_bytes(root.pem)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "root.pem"))
    good, other = issue(by=root), issue(dns=("elsewhere",), ips=(), by=root)
    assert root.pem in (vouched(serve(good), good) or b"")
    assert vouched(serve(other), other) is None


def test_nobody_vouches_for_a_certificate_that_was_swapped(serve: Callable[..., Any], stranger: Any, issue: Any):
    with pytest.raises(TlsMismatch, match="two different certificates"):
        vouched(serve(stranger), issue(), stranger)


def test_a_server_that_is_gone_for_the_second_handshake(free_port: int, sockets: Callable[..., int], stranger: Any):
    certificate = read_certificate(stranger.der)
    with pytest.raises(Unreachable):
        probe(free_port).vouched(certificate)
    with pytest.raises(TlsMismatch, match="broke off the second TLS handshake"):
        probe(sockets(_say(b"no TLS at all"))).vouched(certificate)


def test_addresses_are_named_as_they_were_given(free_port: int):
    with pytest.raises(Unreachable) as caught:
        Probe(parse_address(f"grpc://localhost:{free_port}"), 5).look(tls=False)
    assert caught.value.address == f"grpc://localhost:{free_port}"
