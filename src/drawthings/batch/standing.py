"""What a pool tells of its servers, and what they have together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeVar

from drawthings.catalogue.catalogue import Catalogue
from drawthings.stream.events import Preview, Sampling

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from drawthings.batch.desk import Member
    from drawthings.catalogue.entries import Entry

EntryT = TypeVar("EntryT", bound="Entry")

State = Literal["working", "idle", "aside", "down", "draining", "unknown"]


@dataclass(frozen=True, slots=True)
class ServerStatus:
    """How one server of a pool is.

    Attributes:
        server: Its address.
        state: ``working``; ``idle``; ``aside``, left alone for a while after failures; ``down``, not answering or
            letting nobody in; ``draining``, getting no further jobs; ``unknown``, not asked yet.
        job: What it works on, as it was labelled, or an empty text.
        model: The model it has loaded, as far as is known.
        progress: How far its job is, 0 to 1.
        step: Sampling steps done, or None.
        steps: Sampling steps in all, or None.
        preview: The latest preview of its job, or None.
        running_s: For how long it has worked on that.
        done: How many jobs it did.
        failed: How many it failed.
        busy_s: How long it worked altogether.
        trouble: Why it cannot be used, or an empty text.
    """

    server: str
    state: State
    job: str = ""
    model: str | None = None
    progress: float = 0.0
    step: int | None = None
    steps: int | None = None
    preview: Preview | None = None
    running_s: float = 0.0
    done: int = 0
    failed: int = 0
    busy_s: float = 0.0
    trouble: str = ""

    @property
    def usable(self) -> bool:
        """Whether jobs are given to it, at once or after a pause."""
        return self.state in {"working", "idle", "aside"}


def status_of(member: Member, now: float) -> ServerStatus:
    """Return how a server is at a moment."""
    server, event, errand = member.server, member.event, member.errand
    return ServerStatus(
        server=member.name,
        state=_state(member, now),
        job=errand.label if errand is not None else "",
        model=server.model(now),
        progress=event.progress if event is not None else 0.0,
        step=event.step if isinstance(event, Sampling | Preview) else None,
        steps=event.steps if isinstance(event, Sampling) else _steps(member),
        preview=member.preview,
        running_s=now - server.since if server.job is not None else 0.0,
        done=member.done,
        failed=member.failed,
        busy_s=member.busy_s,
        trouble=str(member.trouble) if member.trouble is not None else "",
    )


def _steps(member: Member) -> int | None:
    plan = member.errand.plan if member.errand is not None else None
    return plan.configuration.steps if plan is not None else None


def _state(member: Member, now: float) -> State:
    if member.server.job is not None:
        return "working"
    if member.server.draining:
        return "draining"
    if not member.asked:
        return "unknown"
    if not member.server.up:
        return "down"
    return "idle" if member.server.aside_until <= now else "aside"


def together(catalogues: Sequence[Catalogue]) -> Catalogue:
    """Return what several servers have between them; where they differ about a file, the first one counts."""
    if len(catalogues) == 1:
        return catalogues[0]
    return Catalogue(
        models=_union(each.models for each in catalogues),
        loras=_union(each.loras for each in catalogues),
        controls=_union(each.controls for each in catalogues),
        upscalers=_union(each.upscalers for each in catalogues),
        embeddings=_union(each.embeddings for each in catalogues),
        files=frozenset().union(*(each.files for each in catalogues)),
        browsable=any(each.browsable for each in catalogues),
        problems=tuple(dict.fromkeys(problem for each in catalogues for problem in each.problems)),
    )


def _union(lists: Iterable[Sequence[EntryT]]) -> tuple[EntryT, ...]:
    found: dict[str, EntryT] = {}
    for entries in lists:
        for entry in entries:
            found.setdefault(entry.file, entry)
    return tuple(found.values())
