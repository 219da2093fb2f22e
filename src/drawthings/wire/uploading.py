"""The talk of an upload: what is said first, what the server's answers have to say, and what its refusals mean."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from drawthings._generated import imageService_pb2 as pb
from drawthings.errors import Rejected, ServerCrashed
from drawthings.wire.parcel import WINDOW_BYTES

if TYPE_CHECKING:
    from drawthings.errors import ServerError
    from drawthings.wire.parcel import Parcel

BY_CODE = {
    "UNIMPLEMENTED": (
        "takes no uploads",
        "The cloud and some proxies have none; put the file into the server's models folder in another way.",
    ),
    "ABORTED": ("is just receiving another file of that name", "Wait until that upload has ended."),
    "RESOURCE_EXHAUSTED": ("has no room for it", "Make room on the disk of the server."),
}
"""What a refusal means, and what to do about it, by the name of the status code."""

DIFFERENT = (
    "received other bytes than were sent",
    "The file on the server is unchanged; send it again, and mistrust the network or the memory if it happens twice.",
)
OUT_OF_STEP = (
    "lost count of the pieces",
    "Send it again; if it happens twice, something between here and the server drops or repeats messages.",
)


class Tally:
    """Counts what was sent and what the server has confirmed.

    Args:
        size: Bytes of the file.
        address: The server, for messages.

    Attributes:
        sent: Bytes sent.
        confirmed: Bytes confirmed.
        begun: Whether the server has answered at all.
    """

    def __init__(self, size: int, address: str) -> None:
        self.size = size
        self.sent = self.confirmed = 0
        self.begun = False
        self._address = address

    @property
    def open(self) -> bool:
        """Whether something that was sent is not confirmed yet."""
        return self.confirmed < self.sent

    @property
    def full(self) -> bool:
        """Whether so much is under way that the server should confirm some of it first."""
        return self.sent - self.confirmed >= WINDOW_BYTES

    def send(self, count: int) -> None:
        """Note that so many bytes were sent."""
        self.sent += count

    def confirm(self, reply: pb.UploadResponse | None) -> int:
        """Note what the server has answered, None for the end of its answers; return the bytes it has.

        Raises:
            ServerCrashed: It ended before the whole file was there.
            Rejected: It did not take what was sent, or counts in another way.
        """
        facts: dict[str, Any] = {"address": self._address, "confirmed_bytes": self.confirmed}
        if reply is None:
            raise ServerCrashed(
                f"The server {self._address} ended the upload after {self.confirmed} of {self.size} bytes.",
                hint="Look at its log, then send the file again.",
                **facts,
            )
        first, self.begun = not self.begun, True
        if not reply.chunkUploadSuccess:
            said = f": {reply.message}" if reply.message else ""
            raise Rejected(
                f"The server {self._address} did not take what was sent after {self.confirmed} bytes{said}.",
                hint="Look at its log; its disk may be full.",
                **facts,
            )
        least = 0 if first else self.confirmed + 1
        if not least <= reply.receivedOffset <= self.sent:
            raise Rejected(
                f"The server {self._address} says that it has {reply.receivedOffset} bytes, after {self.sent} were "
                f"sent and {self.confirmed} confirmed.",
                hint=OUT_OF_STEP[1],
                **facts,
            )
        self.confirmed = reply.receivedOffset
        return self.confirmed


def opening(parcel: Parcel) -> pb.FileUploadRequest:
    """Return the first message: which file comes, with its size and checksum."""
    announced = pb.InitUploadRequest(filename=parcel.name, sha256=parcel.sha256, totalSize=parcel.size)
    return pb.FileUploadRequest(initRequest=announced)


def upload_error(error: ServerError, parcel: Parcel, confirmed: int) -> ServerError:
    """Say what a server's error means for an upload.

    Args:
        error: As ``status.py`` made it of the status.
        parcel: The file.
        confirmed: Bytes that the server had confirmed.

    Returns:
        An error of the same class, whose message names the file and how far it came; the original one where it says
        enough by itself.
    """
    meaning = BY_CODE.get(error.code or "")
    low = error.message.lower()
    if error.code == "DATA_LOSS":
        meaning = OUT_OF_STEP if "offset" in low else DIFFERENT
    if meaning is None and (not confirmed or "confirmed_bytes" in error.details):
        return error
    if meaning is None:
        message = f"The upload of {parcel.name} broke off after {confirmed} of {parcel.size} bytes. {error.message}"
        hint = f"Nothing of it is left on the server; send it again. {error.hint}".rstrip()
    else:
        what, hint = meaning
        said = error.message.partition(": ")[2].rstrip(".")
        message = f"The upload of {parcel.name} failed: the server {error.address} {what}" + (
            f" ({said})." if said else "."
        )
    return type(error)(message, hint=hint, **{**error.details, "confirmed_bytes": confirmed})
