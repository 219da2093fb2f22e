"""What all tools work with: the jobs, the folders that may be read, and whose call it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from drawthings.apps.http.picture_in import picture as checked
from drawthings.errors import BadImage, NoSuchJob
from drawthings.wire.aside import computed_async

if TYPE_CHECKING:
    from drawthings.apps.jobs.core import Jobs
    from drawthings.apps.jobs.owner import Owner
    from drawthings.apps.jobs.store import Stored
    from drawthings.apps.mcp.following import Report
    from drawthings.apps.mcp.roots import Roots
    from drawthings.apps.mcp.shelf import Shelf

IMAGES = "drawthings://images/"
ELSEWHERE = ("http://", "https://", "ftp://")


@dataclass(frozen=True, slots=True)
class Studio:
    """What there is to work with.

    Attributes:
        jobs: The core that makes pictures.
        roots: The folders that may be read.
        shelf: Where finished pictures are saved, or None to keep them in the store only.
        model: The model for who names none, or None.
    """

    jobs: Jobs
    roots: Roots
    shelf: Shelf | None = None
    model: str | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a tool.

    Attributes:
        studio: What there is to work with.
        owner: Who calls; pictures and jobs of others are not there.
        report: Tells the caller how far it is.
    """

    studio: Studio
    owner: Owner
    report: Report

    def result(self, name: str) -> Stored | None:
        """Return the result that an id or a ``drawthings://images/…`` means, or None when there is none."""
        stored = self.studio.jobs.store.get(name.removeprefix(IMAGES))
        return stored if stored is not None and stored.scope == self.owner.scope else None

    def found(self, name: str) -> Stored:
        """Return the result that an id or a ``drawthings://images/…`` means.

        Raises:
            NoSuchJob: There is none, or it was forgotten meanwhile.
        """
        stored = self.result(name)
        if stored is None:
            hint = "Ids are in the answers of the tools; old ones are forgotten. Make the picture again."
            raise NoSuchJob(f"There is no picture {name!r}.", hint=hint)
        return stored

    async def picture(self, source: str, what: str = "image") -> bytes:
        """Return the bytes of a picture that a tool was given.

        Args:
            source: An id or URI of a result, a ``data:`` URL, or the path of a file that may be read.
            what: The name of the argument, for an error.

        Raises:
            NoSuchJob: There is no such result.
            NotAllowed: The path is outside of all folders that may be read.
            BadImage: It is no picture, too large, a clip, or somewhere in the net.
        """
        stored = self.found(source) if source.startswith(IMAGES) else self.result(source)
        if stored is not None:
            if stored.facts.get("kind") == "video":
                raise BadImage(f"{source} is a clip, no picture.", hint="Give a picture.", source=source)
            return await computed_async(stored.read)
        if source.lower().startswith(ELSEWHERE):
            hint = "Give an id, a data: URL, or a file in a folder that may be read."
            raise BadImage("Pictures are not fetched from the net.", hint=hint, source=source)
        if source.startswith("data:"):
            return await computed_async(lambda: checked(source, what))
        return await computed_async(lambda: checked(self.studio.roots.read(source), what))
