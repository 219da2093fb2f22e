"""A look at a server before the first call: is anybody there, does it speak TLS, and with which certificate.

gRPC tells little about a connection that does not come about, and its Python form cannot show a certificate. So the
way is walked once with plain sockets: a TLS handshake without trust shows the certificate, and the first frame of
HTTP/2 shows a gRPC server without TLS. Everything blocks; ``aside.py`` keeps it out of the event loop.
"""

from __future__ import annotations

import socket
import ssl
import time
from dataclasses import dataclass
from enum import Enum
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, Final, TypeVar

from drawthings.errors import Rejected, ServerError, TimedOut, TlsMismatch, Unreachable
from drawthings.wire.address import is_private_ip
from drawthings.wire.certificate import Certificate, read_certificate

if TYPE_CHECKING:
    from collections.abc import Callable

    from drawthings.wire.address import Address

SocketT = TypeVar("SocketT", bound=socket.socket)

# The opening of HTTP/2 (RFC 9113, 3.4): the preface and an empty SETTINGS frame.
GREETING: Final = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes.fromhex("000000040000000000")
FRAME_HEADER_BYTES: Final = 9
SETTINGS_FRAME: Final = 4
SETTING_BYTES: Final = 6
ALERT: Final = bytes.fromhex("1503")  # a TLS record that carries an alert
LEAST_WAIT_S: Final = 0.05

TRY_THIS: Final = (
    "Start gRPCServerCLI there, or switch the server on in the app (Settings > Advanced > API Server, protocol gRPC, "
    "port 7859), and check the address and the firewall."
)


Peer = tuple[socket.AddressFamily, tuple[Any, ...]]
"""The family of a socket address, and the address."""


class Answer(Enum):
    """What a server says to the opening of HTTP/2 without TLS."""

    HTTP2 = "HTTP/2"
    HTTP1 = "HTTP/1"
    ALERT = "a TLS alert"
    SILENCE = "nothing"
    SLOW = "a beginning without an end"
    CLOSED = "the end of the connection"
    OTHER = "something else"


class NoTlsError(Exception):
    """A TLS handshake did not come about; never leaves this module.

    Args:
        reason: Why, in the words of the TLS library.
        silent: Whether the server said nothing at all.

    Attributes:
        alert: Whether the server refused in the language of TLS, and so speaks it.
    """

    def __init__(self, reason: str, *, silent: bool = False) -> None:
        super().__init__(reason)
        self.silent = silent
        self.alert = "alert" in reason or "unsupported protocol" in reason


@dataclass(frozen=True, slots=True)
class Face:
    """What a look at a server shows.

    Attributes:
        certificate: The server's certificate, or None when it speaks plaintext.
        target: The address that answered, numeric, in the form that gRPC takes. With it gRPC goes to the same server
            and needs no name look-up of its own, which knows nothing of ``.local``.
        peer: The same address alone.
    """

    certificate: Certificate | None
    target: str
    peer: str = ""

    @property
    def private(self) -> bool:
        """Whether the address that answered is one of this machine or of a private network."""
        try:
            return is_private_ip(ip_address(self.peer))
        except ValueError:
            return False


class Probe:
    """One look at one server.

    Args:
        address: Where the server is.
        timeout_s: Seconds for everything together.
    """

    def __init__(self, address: Address, timeout_s: float) -> None:
        self.address = address
        self.timeout_s = timeout_s
        self._due_s = time.monotonic() + timeout_s
        self._peer: Peer | None = None

    def look(self, *, tls: bool = True) -> Face:
        """Find out who answers.

        Args:
            tls: Try TLS first, as one does who knows nothing. Otherwise a server with TLS is refused.

        Returns:
            The face of a server that speaks HTTP/2, over TLS or without it.

        Raises:
            Unreachable: Nobody answers there.
            TimedOut: Somebody took the connection and said nothing.
            TlsMismatch: It speaks TLS and must not, or the handshake fails.
            Rejected: Somebody answers who is no gRPC server.
        """
        refusal: NoTlsError | None = None
        if tls:
            try:
                return Face(self._unverified(), self._target(), self._host())
            except NoTlsError as error:
                refusal = error
        answer = self._greet()
        if answer is Answer.HTTP2:
            return Face(None, self._target(), self._host())
        if refusal is None:
            self._refuse_tls()
        raise self._stranger(answer, refusal)

    def vouched(self, certificate: Certificate, authority: str | None = None) -> bytes | None:
        """Find out whether the system, or an authority of one's own, vouches for the server.

        Args:
            certificate: What ``look`` found. The server has to show the same one again: whoever answered the first time
                may have been somebody else.
            authority: Certificates as PEM to use in place of the system's. With them the name is not looked at, and one
                of them may be the server's own.

        Returns:
            The authorities that were loaded for it as PEM, or None when none vouches for the certificate.

        Raises:
            Unreachable, TlsMismatch: The server does not take part in a second handshake, or shows another certificate.
        """
        if authority is None:
            context = ssl.create_default_context()
        else:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname = False
            context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
            context.load_verify_locations(cadata=authority)
        try:
            with self._handshake(context) as connection:
                again = connection.getpeercert(binary_form=True)
        except ssl.SSLCertVerificationError:
            return None
        except NoTlsError as error:
            raise self._mismatch(f"broke off the second TLS handshake ({error})", "Try again.") from error
        if again != certificate.der:
            raise self._mismatch(
                "showed two different certificates in a row", "Try again, and mistrust what is between."
            )
        return "".join(map(ssl.DER_cert_to_PEM_cert, context.get_ca_certs(binary_form=True))).encode()

    def _unverified(self) -> Certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE  # what to trust is decided in tls.py
        with self._handshake(context, share=0.5) as connection:
            der = connection.getpeercert(binary_form=True)
            if connection.selected_alpn_protocol() != "h2" or der is None:
                raise Rejected(
                    f"The server {self.address} speaks TLS but not HTTP/2, so it is no gRPC server.",
                    hint="A Draw Things server listens on port 7859 unless told otherwise.",
                    address=str(self.address),
                )
        return read_certificate(der)

    def _handshake(self, context: ssl.SSLContext, *, share: float = 1.0) -> ssl.SSLSocket:
        """Shake hands, within a share of the time that is left."""
        context.set_alpn_protocols(["h2"])
        # An IPv6 zone is of this machine only and no part of a name.
        name = self.address.host.partition("%")[0]

        def wrapped(family: socket.AddressFamily) -> ssl.SSLSocket:
            # Before it is connected: a peer that has gone by the time of wrapping gets a socket without any TLS.
            return context.wrap_socket(socket.socket(family), do_handshake_on_connect=False, server_hostname=name)

        connection = self._connect(wrapped)
        try:
            connection.settimeout(self._left_s() * share)
            connection.do_handshake()
        except ssl.SSLCertVerificationError:
            connection.close()
            raise
        except TimeoutError as error:
            connection.close()
            raise NoTlsError("no answer in time", silent=True) from error
        except OSError as error:
            connection.close()
            text = getattr(error, "reason", None) or error.strerror or type(error).__name__
            raise NoTlsError(str(text).replace("_", " ").lower()) from error
        return connection

    def _greet(self) -> Answer:
        """Open HTTP/2 without TLS and say what comes back."""
        received = b""
        with self._connect(socket.socket) as connection:
            try:
                connection.settimeout(self._left_s())
                connection.sendall(GREETING)
                while len(received) < FRAME_HEADER_BYTES and (data := connection.recv(64)):
                    received += data
                    # What is left is for all that is still to come, else a peer could spend it anew with every byte.
                    connection.settimeout(self._left_s())
            except TimeoutError:
                return Answer.SLOW if received else Answer.SILENCE
            except OSError:
                return Answer.CLOSED
        return _read_answer(received)

    def _refuse_tls(self) -> None:
        try:
            self._unverified()
        except NoTlsError:
            return
        raise self._mismatch(
            "speaks TLS, which is switched off", "Use --tls auto, or write grpcs:// before the address."
        )

    def _connect(self, make: Callable[[socket.AddressFamily], SocketT]) -> SocketT:
        """Open a TCP connection: to the address that answered before, else to the first one that answers."""
        last: OSError | None = None
        peers = [self._peer] if self._peer else self._resolve()
        for index, (family, where) in enumerate(peers):
            connection = make(family)
            connection.settimeout(self._left_s() / (len(peers) - index))
            try:
                connection.connect(where)
            except OSError as error:
                connection.close()
                last = error
            else:
                self._peer = family, where
                return connection
        raise self._unreachable(last) from last

    def _resolve(self) -> list[Peer]:
        host = self.address.host
        try:
            found = socket.getaddrinfo(host, self.address.port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise Unreachable(
                f"The name {host} of the server {self.address} is not known.",
                hint="Check the spelling, or use the IP address of the machine.",
                address=str(self.address),
            ) from error
        return [(family, where) for family, _, _, _, where in found]

    def _target(self) -> str:
        """Name the peer that answered in the form of gRPC's name resolver."""
        family, where = self._peer or (socket.AF_INET, ("", 0))
        if family == socket.AF_INET6:
            host, scope = str(where[0]), where[3]
            zone = "" if "%" in host or not scope else f"%{scope}"
            return "ipv6:%5B" + (host + zone).replace("%", "%25") + f"%5D:{where[1]}"
        return f"ipv4:{where[0]}:{where[1]}"

    def _host(self) -> str:
        return "" if self._peer is None else str(self._peer[1][0])

    def _left_s(self) -> float:
        return max(self._due_s - time.monotonic(), LEAST_WAIT_S)

    def _unreachable(self, error: OSError | None) -> Unreachable:
        waited = isinstance(error, TimeoutError)
        reason = f"no answer within {self.timeout_s:g} s" if waited else _reason(error)
        return Unreachable(
            f"No server can be reached at {self.address.host}, port {self.address.port}: {reason}.",
            hint=TRY_THIS,
            address=str(self.address),
            waited=waited,
        )

    def _mismatch(self, what: str, hint: str) -> TlsMismatch:
        return TlsMismatch(f"The server {self.address} {what}.", hint=hint, address=str(self.address))

    def _stranger(self, answer: Answer, refusal: NoTlsError | None) -> ServerError:
        """Return the error for somebody who speaks neither TLS nor HTTP/2."""
        if refusal is not None and refusal.alert:
            return self._mismatch(
                f"speaks TLS but refuses the handshake ({refusal})", "Update the server, or start it with --no-tls."
            )
        address = str(self.address)
        if answer is Answer.SLOW:
            return TimedOut(
                f"The server {address} began to answer but did not get to the end of it within {self.timeout_s:g} s.",
                hint="It may be busy or stuck, the network very slow, or it is no Draw Things server at all.",
                address=address,
            )
        if answer is Answer.SILENCE or (refusal is not None and refusal.silent):
            return TimedOut(
                f"The server {address} took the connection but said nothing within {self.timeout_s:g} s.",
                hint="It may be busy or stuck, or no Draw Things server at all.",
                address=address,
            )
        if answer is Answer.CLOSED:
            return Unreachable(
                f"The server {address} takes connections and closes them at once.",
                hint="It may still be starting, or a port is forwarded to a server that does not run.",
                address=address,
            )
        if answer is Answer.ALERT:
            return self._mismatch("speaks TLS but breaks off the handshake", "Update the server.")
        kind = "it speaks HTTP/1" if answer is Answer.HTTP1 else "its answer is not HTTP/2"
        return Rejected(
            f"The server {address} does not speak gRPC: {kind}.",
            hint="A Draw Things gRPC server listens on port 7859 unless told otherwise; 7860 is the app's HTTP API.",
            address=address,
        )


def look_too_long(address: Address, timeout_s: float) -> Unreachable:
    """Return the error for a look that was given up from outside; only a name look-up can hold it up so long."""
    named = address.ip is None
    what = f"The name {address.host} was not looked up" if named else f"The look at the server {address} had no end"
    return Unreachable(
        f"{what} within {timeout_s:g} s.",
        hint="The name service may be down; the IP address of the machine works without it."
        if named
        else "This machine may be too busy; try again, or allow more time to connect.",
        address=str(address),
        waited=True,
    )


def _read_answer(received: bytes) -> Answer:
    if not received:
        return Answer.CLOSED
    if received.startswith(b"HTTP/1"):
        return Answer.HTTP1
    if received.startswith(ALERT):
        return Answer.ALERT
    if len(received) < FRAME_HEADER_BYTES:
        return Answer.OTHER
    length, kind, stream = int.from_bytes(received[:3], "big"), received[3], received[5:9]
    is_settings = kind == SETTINGS_FRAME and length % SETTING_BYTES == 0 and not any(stream)
    return Answer.HTTP2 if is_settings else Answer.OTHER


def _reason(error: OSError | None) -> str:
    return ((error and error.strerror) or "it has no address").lower()
