"""Looks at a server step by step and notes what is seen; what it means is said in ``diagnosis.py``.

Everything blocks. Nothing is sent that changes the server; a certificate met for the first time is remembered once
the server has answered, as with every first contact.
"""

from __future__ import annotations

import socket
import time
from contextlib import closing
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from drawthings.client import answers, setup
from drawthings.client.diagnosis import Observations
from drawthings.client.parts import look_at
from drawthings.errors import DrawThingsError, ServerError, TimedOut
from drawthings.settings import Connection, Retry, Timeouts
from drawthings.wire._sync import Wire
from drawthings.wire.address import DEFAULT_PORT, Address, parse_address
from drawthings.wire.aside import aside_async, aside_sync
from drawthings.wire.known import KnownServers
from drawthings.wire.probe import Probe
from drawthings.wire.tls import effective_mode, secure

if TYPE_CHECKING:
    from drawthings._generated import imageService_pb2 as pb
    from drawthings.catalogue.catalogue import Catalogue

USUAL_PORTS: Final = (DEFAULT_PORT,)
"""Where a server may be when it is not at the port that was named."""

LONGEST_CONNECT_S: Final = 5.0
LONGEST_ANSWER_S: Final = 10.0
ROUND_TRIPS: Final = 3
KINDS: Final = {
    "models": "models",
    "loras": "LoRAs",
    "controls": "control nets",
    "upscalers": "upscalers",
    "embeddings": "embeddings",
}


def examine(server: str | Connection | None = None, model: str | None = None) -> Observations:
    """Look at a server from the name to the files of a model, and go on as far as it lets one.

    Args:
        server: Its address, as for ``DrawThings``, or a whole connection; by default what the profile or the
            environment says. No step waits longer than 5 s for the connection and 10 s for an answer.
        model: A model whose files to look for, by file name or name.

    Returns:
        What was seen; ``diagnose`` says what it means. What goes wrong on the way is a part of it and is not raised.

    Raises:
        ConfigError: The address or the file of known servers makes no sense.

    Example:
        >>> from drawthings import diagnose, examine
        >>> for finding in diagnose(examine("embedded", "no such model")):
        ...     if finding.severity == "problem":
        ...         print(finding.text, finding.fix)  # doctest: +ELLIPSIS
        The server has no model 'no such model'. Give the complete file name, ...
    """
    connection = server if isinstance(server, Connection) else setup.connection_for(server)
    return _Examination(connection, model).run()


async def examine_async(server: str | Connection | None = None, model: str | None = None) -> Observations:
    """Look at a server while the event loop goes on; see ``examine``."""
    return await aside_async(partial(examine, server, model), None)


class _Examination:
    def __init__(self, connection: Connection, model: str | None) -> None:
        limits = connection.timeouts
        self.connect_s = min(limits.connect_s, LONGEST_CONNECT_S)
        timeouts = Timeouts(self.connect_s, min(limits.unary_s, LONGEST_ANSWER_S), LONGEST_ANSWER_S)
        self.connection = replace(setup.reachable(connection), timeouts=timeouts, retry=Retry(tries=1))
        self.address = parse_address(self.connection.server)
        self.model = model
        self.facts: dict[str, Any] = {
            "server": connection.server,
            "host": self.address.host,
            "port": self.address.port,
            "mode": effective_mode(self.address, connection.tls),
            "secret_given": bool(connection.secret),
        }

    def run(self) -> Observations:
        if self._resolve() and self._connect() and self._recognise() and self._judge():
            self._talk()
        return Observations(**self.facts)

    # -------------------------------------------------------------------------------------------- without gRPC

    def _resolve(self) -> bool:
        look = partial(socket.getaddrinfo, self.address.host, self.address.port, type=socket.SOCK_STREAM)
        try:
            found = aside_sync(look, self.connect_s)
        except TimeoutError:
            self.facts["name_error"] = f"the name service said nothing within {self.connect_s:g} s"
        except (OSError, UnicodeError) as error:
            self.facts["name_error"] = str(getattr(error, "strerror", None) or "it cannot be looked up").lower()
        else:
            self.facts["addresses"] = tuple(dict.fromkeys(str(where[0]) for *_, where in found))
            return True
        return False

    def _connect(self) -> bool:
        addresses = self.facts["addresses"]
        for one in addresses:
            try:
                socket.create_connection((one, self.address.port), self.connect_s / len(addresses)).close()
            except TimeoutError:
                self.facts["port_error"] = f"no answer within {self.connect_s:g} s; a firewall may be in the way"
            except OSError as error:
                self.facts["port_error"] = (error.strerror or type(error).__name__).lower()
            else:
                self.facts.pop("port_error", None)
                return True
        self._look_elsewhere()
        return False

    def _recognise(self) -> bool:
        """See what it speaks, whatever is asked for."""
        try:
            face = Probe(self.address, self.connect_s).look()
        except ServerError as error:
            self.facts["failure"] = error
            self._look_elsewhere()
            return False
        self.facts["tls"] = face.certificate is not None
        if face.certificate is not None:
            self.facts["fingerprint"] = face.certificate.fingerprint
        return True

    def _judge(self) -> bool:
        """Decide about trust as every connection does."""
        known = KnownServers(self.connection.tls.known_servers)
        before = known.get(self.address.endpoint)
        try:
            new = secure(self.address, self.connection.tls, self.connect_s).introduction
        except ServerError as error:
            self.facts["failure"] = error
            return False
        if new is not None:
            self.facts["known"] = "system" if new.fingerprint is None else "never"
        else:
            self.facts["known"] = "system" if before is None or before.fingerprint is None else "same"
        return True

    def _look_elsewhere(self) -> None:
        found = []
        for port in USUAL_PORTS:
            if port != self.address.port:
                try:
                    Probe(Address(self.address.host, port), min(self.connect_s, 1.0)).look()
                except ServerError:
                    continue
                found.append(port)
        self.facts["elsewhere"] = tuple(found)

    # ----------------------------------------------------------------------------------------------- with gRPC

    def _talk(self) -> None:
        with closing(Wire(self.connection)) as wire:
            try:
                reply = wire.echo()
            except ServerError as error:
                self.facts["failure"] = error
                if isinstance(error, TimedOut):
                    self.facts["answers_others"] = self._round_trip(wire) is not None
                return
            self.facts["round_trip_ms"] = self._round_trip(wire)
            self._secret(reply)
            if not self.facts["secret_accepted"]:
                return
            found = answers.catalogue(reply, self.connection)
            self._list(found)
            try:
                if self.model is not None:
                    self.facts["model"] = look_at(self.model, found, wire)
                again = wire.echo()
                self.facts["restarted"] = again.serverIdentifier != reply.serverIdentifier
            except DrawThingsError as error:
                self.facts["failure"] = error

    def _round_trip(self, wire: Wire) -> float | None:
        took_ms = []
        for _ in range(ROUND_TRIPS):
            started_s = time.perf_counter()
            try:
                wire.hours()
            except ServerError:
                return None
            took_ms.append((time.perf_counter() - started_s) * 1000)
        return min(took_ms)

    def _secret(self, reply: pb.EchoReply) -> None:
        self.facts["secret_accepted"] = not reply.sharedSecretMissing
        self.facts["secret_wanted"] = reply.sharedSecretMissing
        if self.connection.secret and not reply.sharedSecretMissing:
            with closing(Wire(replace(self.connection, secret=None))) as stranger:
                try:
                    self.facts["secret_wanted"] = stranger.echo().sharedSecretMissing
                except ServerError:
                    self.facts["secret_wanted"] = None

    def _list(self, found: Catalogue) -> None:
        self.facts["browsable"] = found.browsable
        self.facts["counts"] = {words: len(getattr(found, kind)) for kind, words in KINDS.items()}
        self.facts["list_problems"] = found.problems
