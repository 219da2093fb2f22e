"""One call to the pool on its way from server to server until it succeeds or nobody can do it."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from drawthings.batch.job import Job, Needs
from drawthings.stream.events import ImageArrived, Preview, Sampling

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from drawthings.batch.desk import Member
    from drawthings.batch.waiting import Signal
    from drawthings.catalogue.catalogue import Catalogue
    from drawthings.client.answers import StreamEvent
    from drawthings.errors import DrawThingsError
    from drawthings.request.plan import Plan
    from drawthings.request.wishes import Wishes

_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Basis:
    """What a plan was made from: it is as good on every other server of which the same holds.

    Attributes:
        catalogue: What the server has.
        files: Which of the files in question are there.
    """

    catalogue: Catalogue
    files: Mapping[str, bool]


@dataclass(eq=False)
class Errand:
    """One generation that somebody waits for.

    Attributes:
        turn: Set when a server is free for it, or when none ever will be.
        wishes: What is asked for; None where a whole plan was given.
        check: Whether what would hurt a server is refused.
        label: What it is called where people look on.
        priority: Higher goes first.
        deadline: When it should be done, on the clock of ``time.monotonic``; the nearest goes first among equals.
        plan: What was decided; the seed stays the same on whatever server.
        basis: What that was decided from; None where it was given.
        job: What the schedule knows of it.
        member: The server that works on it, or has it as the next one.
        failure: Why no server will ever do it.
        error: What went wrong last.
        lead_s: Seconds from the start until the first sampling step.
        shown: How many pictures were handed out.
        progress: How far it was at most.
        sent: Whether the server at work was asked for the pictures already, and not only what it has.
        on_server: Called with the name of each server that gets it, before that is asked; what it raises ends the call.
    """

    turn: Signal
    wishes: Wishes | None
    check: bool = True
    label: str = ""
    priority: int = 0
    deadline: float = math.inf
    plan: Plan | None = None
    basis: Basis | None = None
    job: Job | None = None
    member: Member | None = None
    failure: DrawThingsError | None = None
    error: DrawThingsError | None = None
    lead_s: float | None = None
    shown: int = 0
    progress: float = 0.0
    sent: bool = False
    on_server: Callable[[str], None] | None = None
    number: int = field(default_factory=lambda: next(_numbers))

    @property
    def heavy(self) -> bool:
        """Whether pictures have to be read to plan it."""
        wishes = self.wishes
        return wishes is not None and bool(wishes.image is not None or wishes.references or wishes.hints)

    def decided(self, plan: Plan, basis: Basis | None, now: float) -> None:
        """Take over a plan.

        Args:
            plan: What was decided.
            basis: What from.
            now: The time.
        """
        self.plan, self.basis = plan, basis
        if self.wishes is not None:
            settings: dict[str, Any] = {
                **self.wishes.settings,
                "seed": plan.configuration.seed,
                "model": plan.model.file,
            }
            self.wishes = replace(self.wishes, settings=settings)
        if self.job is None:
            needs = Needs(plan.model.file, frozenset(plan.files))
            self.job = Job(
                self.number,
                needs,
                work=work_of(plan),
                priority=self.priority,
                deadline=self.deadline,
                arrived=now,
            )

    def placed(self, event: StreamEvent, since_s: float) -> StreamEvent | None:
        """Return an event as whoever waits is to see it, or None for a picture that was handed out before.

        Args:
            event: The event.
            since_s: Seconds since this server was asked.
        """
        if isinstance(event, Sampling | Preview) and self.lead_s is None:
            self.lead_s = since_s
        if isinstance(event, ImageArrived):
            if event.index < self.shown:
                return None
            self.shown = event.index + 1
        self.progress = max(self.progress, event.progress)
        return event if event.progress == self.progress else replace(event, progress=self.progress)


def work_of(plan: Plan) -> float:
    """Return the size of a job: sampling steps times megapixels times frames or pictures."""
    settings = plan.configuration
    pictures = settings.num_frames if plan.model.video else settings.batch_size * settings.batch_count
    return max(1, settings.steps) * settings.width * settings.height / 1e6 * max(1, pictures)
