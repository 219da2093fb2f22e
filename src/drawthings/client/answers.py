"""What the server answers, as the client's own types. No I/O: both clients share it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from drawthings.catalogue.catalogue import Catalogue
from drawthings.client.result import Finished, Picture
from drawthings.errors import SecretRequired
from drawthings.request.seeds import batch_seeds
from drawthings.stream.events import Event
from drawthings.stream.fold import Fold

if TYPE_CHECKING:
    from collections.abc import Sequence

    from drawthings._generated import imageService_pb2 as pb
    from drawthings.client.result import Result
    from drawthings.request.plan import Plan
    from drawthings.settings import Connection

StreamEvent: TypeAlias = Event | Finished

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


def fold_for(plan: Plan, *, keep: bool = True) -> Fold:
    """Return the fold for the answer to a plan; the model's family decides how previews are read."""
    return Fold(version=plan.model.version, keep=keep)


def pictures_of(blobs: Sequence[bytes], plan: Plan) -> tuple[Picture, ...]:
    """Give each picture its place and its seed.

    Args:
        blobs: The tensors in the order of their arrival, of all requests that a plan makes or of the first few.
        plan: The plan; each picture gets the one of the request that it belongs to.
    """
    rounds = plan.rounds()
    # How many frames a clip has is known to the server only, so of several clips no more than the first is told apart.
    each = len(blobs) if len(rounds) == 1 or plan.model.video else plan.configuration.batch_size
    pictures: list[Picture] = []
    for number, start in enumerate(range(0, len(blobs), max(1, each))):
        part, owner = blobs[start : start + each], rounds[min(number, len(rounds) - 1)]
        for blob, seed in zip(part, _seeds(owner, len(part)), strict=True):
            pictures.append(Picture(blob, len(pictures), seed, owner))
    return tuple(pictures)


def picture_at(index: int, blob: bytes, rounds: Sequence[Plan]) -> Picture:
    """Return a picture with its seed when not all have come yet.

    Args:
        index: Its place among the results.
        blob: Its tensor.
        rounds: The plan of each request; each is taken to bring as many pictures as were asked of it.
    """
    number, place = (0, index) if len(rounds) == 1 else divmod(index, rounds[0].configuration.batch_size)
    owner = rounds[min(number, len(rounds) - 1)]
    return Picture(blob, index, _seeds(owner, place + 1)[-1], owner)


def _seeds(plan: Plan, count: int) -> tuple[int, ...]:
    """Return the seed of each result of one request; all frames of a clip come of one noise."""
    configuration = plan.configuration
    seed = configuration.seed or 0
    return (seed,) * count if plan.model.video else batch_seeds(seed, count, configuration.seed_mode)


def result_of(event: StreamEvent) -> Result:
    """Return the result that the last event of a stream carries."""
    if not isinstance(event, Finished):
        message = "a stream ended without its last event"
        raise TypeError(message)
    return event.result
