"""What the server answers, as the client's own types. No I/O: both clients share it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from drawthings.catalogue.catalogue import Catalogue
from drawthings.client.result import Finished, Picture, Result
from drawthings.errors import SecretRequired
from drawthings.request.seeds import batch_seeds
from drawthings.stream.events import Event
from drawthings.stream.fold import Fold

if TYPE_CHECKING:
    from collections.abc import Sequence

    from drawthings._generated import imageService_pb2 as pb
    from drawthings.request.plan import Plan
    from drawthings.settings import Connection
    from drawthings.stream.events import Done

StreamEvent: TypeAlias = Event | Finished
ErrorT = TypeVar("ErrorT", bound=Exception)

OVERRIDE_FIELDS = ("models", "loras", "controlNets", "textualInversions", "upscalers")


@dataclass(frozen=True, slots=True)
class ServerInfo:
    """How a server greets.

    Attributes:
        address: The server, as it was given.
        message: Its greeting.
        identifier: A number that is random for each start of the server; another one means that it was restarted.
        browsable: Whether it tells what it has (``--model-browser``).
        secret_missing: Whether it wants a shared secret that it did not get.
        files: The checkpoint files it lists.
    """

    address: str
    message: str
    identifier: int
    browsable: bool
    secret_missing: bool
    files: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class FilePresence:
    """Whether the server has a file.

    Attributes:
        file: The name asked for.
        exists: Whether it is there.
        sha256: The hash of its content in hex, or None when it was not asked for or cannot be read.
    """

    file: str
    exists: bool
    sha256: str | None = None


def server_info(reply: pb.EchoReply, address: str) -> ServerInfo:
    """Read a greeting."""
    return ServerInfo(
        address=address,
        message=reply.message,
        identifier=reply.serverIdentifier,
        browsable=reply.HasField("override"),
        secret_missing=reply.sharedSecretMissing,
        files=tuple(reply.files),
    )


def catalogue(reply: pb.EchoReply, connection: Connection) -> Catalogue:
    """Read what the server has from its greeting.

    Raises:
        SecretRequired: The greeting says that the shared secret is missing or wrong.
    """
    if reply.sharedSecretMissing:
        state = "does not accept the shared secret it was given" if connection.secret else "wants a shared secret"
        raise SecretRequired(
            f"The server {connection.server} {state}.",
            hint="Set DRAWTHINGS_SECRET, point DRAWTHINGS_SECRET_FILE to a file with it, or pass secret=….",
            address=connection.server,
        )
    override = None
    if reply.HasField("override"):
        override = {name: getattr(reply.override, name) for name in OVERRIDE_FIELDS}
    return Catalogue.from_echo(tuple(reply.files), override)


def presences(names: Sequence[str], reply: pb.FileExistenceResponse) -> tuple[FilePresence, ...]:
    """Read which files the server has; a file it does not mention counts as absent."""
    exists = dict(zip(reply.files, reply.existences, strict=False))
    hashes = dict(zip(reply.files, reply.hashes, strict=False))
    return tuple(FilePresence(name, exists.get(name, False), hashes.get(name, b"").hex() or None) for name in names)


def fold_for(plan: Plan) -> Fold:
    """Return the fold for the answer to a plan; the model's family decides how previews are read."""
    return Fold(version=plan.model.version)


def pictures_of(blobs: Sequence[bytes], plan: Plan) -> tuple[Picture, ...]:
    """Give each picture its place and its seed."""
    configuration = plan.configuration
    seeds = batch_seeds(configuration.seed or 0, len(blobs), configuration.seed_mode)
    return tuple(Picture(blob, index, seed, plan) for index, (blob, seed) in enumerate(zip(blobs, seeds, strict=True)))


def with_pictures(error: ErrorT, plan: Plan) -> ErrorT:
    """Turn the tensor bytes that an error carries into pictures that can be saved."""
    details = getattr(error, "details", {})
    blobs = details.get("images", ())
    if blobs and isinstance(blobs[0], bytes):
        details["images"] = pictures_of(blobs, plan)
    return error


def finished(done: Done, plan: Plan, elapsed_s: float) -> Finished:
    """Make the last event of a stream."""
    pictures = pictures_of(done.outcome.images, plan)
    return Finished(Result(pictures, plan, audio=tuple(done.outcome.audio), elapsed_s=elapsed_s))


def result_of(event: StreamEvent) -> Result:
    """Return the result that the last event of a stream carries."""
    if not isinstance(event, Finished):
        message = "a stream ended without its last event"
        raise TypeError(message)
    return event.result
