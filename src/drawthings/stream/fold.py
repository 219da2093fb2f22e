"""The fold: response messages in, events and a result out. It waits for nothing and reads nothing.

Both clients drive it the same way::

    fold = Fold(version)
    try:
        for response in responses:
            yield from fold.feed(response)
        yield fold.finish()
    except DrawThingsError as error:
        broken = fold.break_off(error)
        raise broken from broken.__cause__
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from drawthings._generated import imageService_pb2 as pb
from drawthings.errors import BadStream, EmptyResult, Incomplete, StreamError
from drawthings.stream import events
from drawthings.stream.events import Done, Event, Outcome
from drawthings.stream.progress import Progress, Signpost

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

__all__ = ["DEFAULT_LIMIT", "Fold", "Outcome"]

DEFAULT_LIMIT = 4 * 1024**3
"""Bytes of results that are kept for one generation before the server is taken for broken or hostile."""

SLICE_COST = 64
"""Bytes that Python itself needs for each piece, counted too so that a flood of tiny pieces meets the limit."""

_EMPTY_HINT = (
    "A server answers so when the generation was cancelled, when the numbers overflowed (NaN), when files of the "
    "model are missing, or when the settings do not suit the model; its own log says which. Check that the model "
    "and its text encoder and decoder are installed, and try the recommended settings of the model."
)

_log = logging.getLogger("drawthings.stream")

_PLAIN: dict[Signpost, Callable[..., Event]] = {
    Signpost.TEXT_ENCODED: events.TextEncoded,
    Signpost.IMAGE_ENCODED: events.ImageEncoded,
    Signpost.IMAGE_DECODED: events.ImageDecoded,
    Signpost.SECOND_PASS_IMAGE_ENCODED: events.SecondPassImageEncoded,
    Signpost.SECOND_PASS_IMAGE_DECODED: events.SecondPassImageDecoded,
    Signpost.FACE_RESTORED: events.FaceRestored,
    Signpost.IMAGE_UPSCALED: events.ImageUpscaled,
}


class _Tensors:
    """One kind of result, pictures or sound: what is whole, and the slices of the one that is not."""

    def __init__(self, *, keep: bool) -> None:
        self.whole: list[bytes] = []
        self.count = 0
        self.bytes = 0
        self.dropped = 0
        self._keep = keep
        self._slices: list[bytes] = []

    @property
    def open_bytes(self) -> int:
        """Bytes of the tensor that is not whole yet; 0 outside a chunked tensor."""
        return sum(map(len, self._slices))

    def take(self, elements: Iterable[bytes], state: int) -> list[tuple[int, bytes]]:
        """Takes the tensors, or the slice, of one message and returns what became whole, with its index.

        An empty tensor is none and is left out.
        """
        arrived = []
        for place, element in enumerate(elements):
            if state == pb.LAST_CHUNK:
                tensor = element
                if self._slices:
                    tensor = b"".join((*self._slices, element))
                    self._slices = []
                if tensor:
                    arrived.append((self.count, tensor))
                    self.count += 1
                    self.bytes += len(tensor)
                    self.whole += [tensor] if self._keep else []
            elif state == pb.MORE_CHUNKS and place == 0:
                self._slices += [element] if element else []
            else:
                self.dropped += len(element)
        return arrived


class Fold:
    """Turns the messages of one generation into events and a result.

    Slices are put together as the official client does it: MORE_CHUNKS adds the first element to the open tensor;
    LAST_CHUNK closes that tensor with its first element, and all further elements are tensors of their own. Pictures
    and sound each have their own open tensor, and a message without any tensor leaves both alone. What that rule has
    no place for (a chunk state nobody knows, further elements next to a slice) is left out during the stream, as the
    official client does, but then the stream never passes for a success: ``finish`` raises ``BadStream`` with
    everything else that arrived.

    Args:
        version: The model's family, for the previews.
        limit: Bytes of results to accept in all.
        keep: Whether to keep the tensors for the result; without, they are in the events only.

    Source:
        `RemoteImageGenerator.swift` for the reassembly, `ImageGenerationServiceImpl.swift` for what is sent.
    """

    def __init__(self, version: str | None = None, *, limit: int = DEFAULT_LIMIT, keep: bool = True) -> None:
        self._version = version
        self._limit = limit
        self._kept = 0
        self._images = _Tensors(keep=keep)
        self._audio = _Tensors(keep=keep)
        self._progress = Progress()
        self._totals: dict[Signpost, int] = {}
        self._step = 0
        self._last = ""
        self._announced_bytes = 0
        self._scale_factor = 1
        self._tags: tuple[str, ...] = ()
        self._told: set[str] = set()
        self._raised: StreamError | None = None

    @property
    def images(self) -> tuple[bytes, ...]:
        """The tensors of the pictures that are whole so far."""
        return tuple(self._images.whole)

    @property
    def audio(self) -> tuple[bytes, ...]:
        """The tensors of the sound that are whole so far."""
        return tuple(self._audio.whole)

    @property
    def progress(self) -> float:
        """How far along the generation is, in [0, 1]."""
        return self._progress.value

    def feed(self, response: pb.ImageGenerationResponse, *, now: float | None = None) -> list[Event]:
        """Takes the next message.

        Args:
            response: The message; it may carry several things at once, or nothing.
            now: Seconds on a clock that does not go back, for a better estimate of the progress.

        Returns:
            What it means, in order; often nothing.

        Raises:
            BadStream: More results than the limit allows; carries those before.
        """
        self._note_facts(response)
        found = [*self._remote_download(response), *self._signpost(response, now), *self._preview(response)]
        if response.downloadSize > 0:
            self._announced_bytes = response.downloadSize
            progress = self._progress.expect(response.downloadSize)
            found.append(events.DownloadExpected(response.downloadSize, progress=progress))
        found += [
            events.ImageArrived(index, blob, progress=self._progress.value)
            for index, blob in self._take(self._images, list(response.generatedImages), response.chunkState)
        ]
        found += [
            events.AudioArrived(index, blob, progress=self._progress.value)
            for index, blob in self._take(self._audio, list(response.generatedAudio), response.chunkState)
        ]
        return found

    def finish(self) -> Done:
        """Judges the answer after the server ended the stream with success.

        Returns:
            The last event, with the result.

        Raises:
            Incomplete: The stream ended inside a tensor.
            BadStream: Something was sent that has no place in the protocol.
            EmptyResult: No picture came. This is how the server reports most failures.
        """
        dropped = self._images.dropped + self._audio.dropped
        if self._open_bytes:
            raise self._broken(
                Incomplete,
                f"The answer ended {self._where()}.",
                "What was whole by then is kept in the error; ask again for the rest.",
            )
        if dropped:
            raise self._broken(
                BadStream,
                f"The server sent {dropped} bytes of results in a form that this client does not know.",
                "What could be read is kept in the error; a newer version of this package may know more.",
            )
        if not self._images.count:
            last = f"; the last stage it reported was {self._last}" if self._last else " and reported no stage"
            raise self._broken(EmptyResult, f"The server ended with success but sent no picture{last}.", _EMPTY_HINT)
        received = self._images.bytes
        if received < self._announced_bytes:
            _log.warning("the server announced %d bytes of pictures and sent %d", self._announced_bytes, received)
        self._progress.done()
        return Done(Outcome(self.images, self.audio, self._scale_factor, self._tags))

    def break_off(self, cause: Exception) -> Exception:
        """Tells what to raise when the stream broke off.

        Nothing that had arrived is lost, whatever the cause: once a tensor, or a part of one, was there, the answer
        is an ``Incomplete`` that carries it, with the cause as its ``__cause__``. That holds for ``Cancelled`` too,
        so that there is one place to look for what was paid for; without any tensor a cancelled call stays
        ``Cancelled``. Errors that this fold itself raised come back as they are.

        Args:
            cause: What ended the stream.

        Returns:
            The error to raise, for example with ``raise broken from broken.__cause__``.
        """
        nothing = not (self._images.count or self._audio.count or self._open_bytes)
        if nothing or cause is self._raised:
            return cause
        hint = getattr(cause, "hint", "")
        broken = Incomplete(
            f"The answer broke off {self._where()}: {cause}",
            hint=f"What was whole by then is kept in the error. {hint}".rstrip(),
            **self._carried(),
        )
        broken.__cause__ = cause
        return broken

    @property
    def _open_bytes(self) -> int:
        return self._images.open_bytes + self._audio.open_bytes

    def _carried(self) -> dict[str, object]:
        return {"images": self.images, "audio": self.audio, "partial_bytes": self._open_bytes}

    def _broken(self, kind: type[StreamError], message: str, hint: str) -> StreamError:
        self._raised = kind(message, hint=hint, **self._carried())
        return self._raised

    def _where(self) -> str:
        """Where the stream stands, as in "inside picture 2, after 4194304 of its bytes"."""
        for name, tensors in (("picture", self._images), ("sound", self._audio)):
            if tensors.open_bytes:
                return f"inside {name} {tensors.count + 1}, after {tensors.open_bytes} of its bytes"
        count = self._images.count
        return f"after {count} {'picture' if count == 1 else 'pictures'} had arrived"

    def _note_facts(self, response: pb.ImageGenerationResponse) -> None:
        # A factor below 1 is not one, and would divide by zero further on.
        if response.scaleFactor > 0:
            self._scale_factor = response.scaleFactor
        if response.tags:
            self._tags = tuple(response.tags)
        totals = dict(kind for signpost in response.signposts if (kind := _read(signpost)))
        if totals:
            self._totals = totals
            self._progress.announce(totals)

    def _remote_download(self, response: pb.ImageGenerationResponse) -> Iterator[Event]:
        if response.HasField("remoteDownload"):
            state = response.remoteDownload
            share = min(1.0, state.bytesReceived / max(1, state.bytesExpected))
            progress = self._progress.fetch((state.item + share) / max(1, state.itemsExpected))
            yield events.RemoteDownload(
                state.bytesReceived, state.bytesExpected, state.item, state.itemsExpected, progress=progress
            )

    def _signpost(self, response: pb.ImageGenerationResponse, now: float | None) -> Iterator[Event]:
        reached = _read(response.currentSignpost)
        if reached is None:
            return
        kind, step = reached
        progress = self._progress.reach(kind, step, now=now)
        self._last = kind.words
        if not kind.counted:
            yield _PLAIN[kind](progress=progress)
            return
        self._step = step
        total = self._totals.get(kind, 0)
        steps = total if total > 0 else None
        self._last += f" {step}" if steps is None else f" {step} of {steps}"
        event = events.Sampling if kind is Signpost.SAMPLING else events.SecondPassSampling
        yield event(step, steps, progress=progress)

    def _preview(self, response: pb.ImageGenerationResponse) -> Iterator[Event]:
        if response.previewImage:
            yield events.Preview(
                self._step, response.previewImage, self._version, progress=self._progress.value, _told=self._told
            )

    def _take(self, tensors: _Tensors, elements: Sequence[bytes], state: int) -> list[tuple[int, bytes]]:
        if not elements:
            return []
        size = sum(map(len, elements))
        self._kept += size + SLICE_COST * len(elements)
        if self._kept > self._limit:
            raise self._broken(
                BadStream,
                f"The server sent more than {self._limit} bytes of results.",
                "Ask for fewer, smaller or shorter results at once; what was whole by then is kept in the error.",
            )
        dropped = tensors.dropped
        whole = tensors.take(elements, state)
        if tensors.dropped > dropped and "dropped" not in self._told:
            self._told.add("dropped")
            _log.warning("left out %d bytes of results, chunk state %d", tensors.dropped - dropped, state)
        if size:
            self._progress.arrive(size)
        return whole


def _read(signpost: pb.ImageGenerationSignpostProto) -> tuple[Signpost, int] | None:
    """Reads a signpost as its kind and number of steps; None for an empty one or a kind nobody knows."""
    name = signpost.WhichOneof("signpost")
    if name is None:
        return None
    kind = Signpost(name)
    return kind, max(0, getattr(signpost, name).step) if kind.counted else 0
