"""Several requests as one generation: events with one progress, pictures with their own seeds, nothing lost."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from drawthings.client.answers import pictures_of
from drawthings.client.result import Finished, Picture, Result
from drawthings.errors import Incomplete
from drawthings.stream.events import AudioArrived, ImageArrived

if TYPE_CHECKING:
    from drawthings.request.plan import Plan
    from drawthings.stream.events import Done, Event


class Tally:
    """Counts what the requests of one plan bring.

    Args:
        plan: The plan; a ``batch_count`` above 1 makes several requests of it.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self.rounds = plan.rounds()
        self._done = 0
        self._pictures: list[Picture] = []
        self._audio: list[bytes] = []

    def placed(self, event: Event) -> Event:
        """Return an event of the current request as one of the whole: with its progress and its index there."""
        if len(self.rounds) == 1:
            return event
        progress = (self._done + event.progress) / len(self.rounds)
        if isinstance(event, ImageArrived):
            return replace(event, progress=progress, index=event.index + len(self._pictures))
        if isinstance(event, AudioArrived):
            return replace(event, progress=progress, index=event.index + len(self._audio))
        return replace(event, progress=progress)

    def add(self, done: Done) -> None:
        """Take over what a request brought."""
        self._pictures += self._joined(done.outcome.images)
        self._audio += done.outcome.audio
        self._done += 1

    def broken(self, error: Exception) -> Exception:
        """Return the error to raise when a request failed: with all pictures that had arrived, as ``Picture`` objects.

        Args:
            error: What the fold of that request says.
        """
        details = getattr(error, "details", {})
        images = tuple(details.get("images", ()))
        pictures = (*self._pictures, *self._joined(images))
        if images or "images" in details:
            details["images"] = pictures
            details["audio"] = (*self._audio, *details.get("audio", ()))
            return error
        if not self._pictures:
            return error
        broken = Incomplete(
            f"Request {self._done + 1} of {len(self.rounds)} failed: {error}",
            hint=f"The pictures of the requests before it are kept in the error. {getattr(error, 'hint', '')}".rstrip(),
            images=pictures,
            audio=tuple(self._audio),
        )
        broken.__cause__ = error
        return broken

    def finished(self, elapsed_s: float) -> Finished:
        """Return the last event of the stream."""
        result = Result(tuple(self._pictures), self._plan, audio=tuple(self._audio), elapsed_s=elapsed_s)
        return Finished(result)

    def _joined(self, blobs: tuple[bytes, ...]) -> tuple[Picture, ...]:
        """Return the pictures of the current request with their places among all."""
        first = len(self._pictures)
        pictures = pictures_of(blobs, self.rounds[min(self._done, len(self.rounds) - 1)])
        return tuple(replace(picture, index=first + picture.index) for picture in pictures)
