"""Shows in a notebook how far a job is while it runs, and what came out when it is done.

Events only leave a note of themselves. A thread of its own shows what there is four times a second at most, and of the
previews only the latest, so that the job is never held up.
"""

from __future__ import annotations

import contextvars
import inspect
import logging
import math
import threading
import time
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, ParamSpec, Self, TypeVar, cast

from drawthings.client.account import Account
from drawthings.client.display import report
from drawthings.client.display.place import place
from drawthings.errors import BadValue
from drawthings.request.plan import Plan
from drawthings.stream.events import Preview

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from types import TracebackType

    from drawthings.client.answers import StreamEvent
    from drawthings.client.display.place import Place
    from drawthings.client.grid import Cell

_log = logging.getLogger("drawthings.client")

P = ParamSpec("P")
R = TypeVar("R")

PERIOD_S = 0.25
"""Seconds between two looks; a notebook keeps up with four a second even from afar."""

AXES = ("x", "y", "z")


def watch(work: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R:
    """Run a call of a client, and show how far it is and how the picture grows meanwhile.

    In a notebook this is one output that changes in place: what happens now, the step, the time left and the latest
    preview; in the end the result. When the call fails or is interrupted, the pictures that had arrived stay. Outside
    a notebook it is a line on standard error.

    Args:
        work: What to call: ``generate``, ``edit``, ``inpaint``, ``outpaint``, ``upscale`` or ``grid`` of a client.
        args: What to call it with.
        kwargs: What to call it with. An ``on_event`` among them hears everything, too.

    Returns:
        What the call returns; for an asynchronous client something to be awaited, which starts only then.

    Raises:
        BadValue: This call tells no events, or it is none.
        DrawThingsError: As the call does.

    Example:
        >>> from drawthings import DrawThings, watch
        >>> with DrawThings("embedded") as server:
        ...     result = watch(server.generate, "a red fox", width=256, height=256, steps=4, seed=1)
        >>> result.picture.size
        (256, 256)
    """
    _check(work)
    heard = cast("Callable[..., None] | None", kwargs.get("on_event"))
    panel = Panel(place(), plan=args[0] if args and isinstance(args[0], Plan) else None, places=_places(kwargs))

    def hear(*told: Any) -> None:  # noqa: ANN401 - an event, or the place of a grid and an event
        panel.take(*told)
        if heard is not None:
            heard(*told)

    call = partial(cast("Callable[..., Any]", work), *args, **{**kwargs, "on_event": hear})
    if inspect.iscoroutinefunction(work):
        return cast("R", _awaited(panel, call))
    with panel:
        return cast("R", panel.finished(call()))


async def _awaited(panel: Panel, call: Callable[[], Awaitable[R]]) -> R:
    with panel:
        return panel.finished(await call())


class Panel:
    """What is shown of one job.

    Args:
        place: Where.
        plan: What is going to be made, if that is known before.
        places: How many places a grid has; 1 for everything else.
        clock: Tells the time in seconds.
    """

    def __init__(
        self,
        place: Place,
        *,
        plan: Plan | None = None,
        places: int = 1,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._place = place
        self._plan = plan
        self._places = places
        self._clock = clock
        self._started_s = clock()
        self._account = Account(self._started_s)
        self._cell: Cell | None = None
        self._begun = 0
        self._pending: Preview | None = None
        self._result: object = None
        self._known = threading.Lock()
        self._end = threading.Event()
        # A cell's outputs belong to the context the cell runs in, and so must what the thread shows.
        self._thread = threading.Thread(
            target=contextvars.copy_context().run, args=(self._run,), name="drawthings-watch", daemon=True
        )

    def __enter__(self) -> Self:
        self._started_s = self._clock()
        self._account = self._new_account()
        self.tick()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end.set()
        self._thread.join()
        elapsed_s = self._clock() - self._started_s
        if error is None:
            self._place.result(self._result)
            self._place.close(*report.done(self._result, elapsed_s))
            return
        self._preview()
        left = report.arrived(error)
        if left is not None:
            self._place.picture(*left)
        self._place.close(*report.broken(error, elapsed_s))

    def take(self, *told: Any) -> None:  # noqa: ANN401 - an event, or the place of a grid and an event
        """Note an event, of a grid together with the place it belongs to; it is shown soon."""
        event: StreamEvent = told[-1]
        with self._known:
            if len(told) > 1 and told[0] is not self._cell:
                self._cell, self._begun = told[0], self._begun + 1
                self._account = self._new_account()
            self._account.take(event, self._clock())
            if isinstance(event, Preview):
                self._pending = event

    def finished(self, result: R) -> R:
        """Note what came out, and return it."""
        self._result = result
        return result

    def tick(self) -> None:
        """Show how the job stands now."""
        with self._known:
            status = self._account.status(self._clock())
            before = max(0, self._begun - 1)
            label = "" if self._cell is None else f"{self._cell.label} ({self._begun} of {self._places}): "
        share = (before + status.share) / self._places
        self._place.status(*report.running(f"{label}{status.words}", share, status.left_s, status.elapsed_s))
        self._preview()

    def _run(self) -> None:
        try:
            while not self._end.wait(PERIOD_S):
                self.tick()
        except Exception:  # noqa: BLE001 - the job matters more than a sight of it
            _log.exception("progress cannot be shown any more")

    def _preview(self) -> None:
        with self._known:
            event, self._pending = self._pending, None
        shown = None if event is None else report.preview(event)
        if shown is not None:
            self._place.picture(*shown)

    def _new_account(self) -> Account:
        now_s = self._clock()
        account = Account(now_s)
        if self._plan is not None:
            account.expect(self._plan, now_s)
        return account


def _check(work: object) -> None:
    hint = 'Name the call and what to call it with: watch(server.generate, "a red fox").'
    if not callable(work):
        raise BadValue(f"{work!r} cannot be watched, because it is no call.", hint=hint, field="work", value=work)
    if "on_event" not in inspect.signature(work).parameters:
        name = getattr(work, "__name__", repr(work))
        raise BadValue(f"{name} cannot be watched, because it tells no events.", hint=hint, field="work", value=name)


def _places(asked: Mapping[str, Any]) -> int:
    """Return how many places a grid has, or 1 where none is asked for."""
    return math.prod(_count(asked.get(name)) for name in AXES)


def _count(axis: object) -> int:
    """Return how many values an axis has; one that makes no sense is for the grid to complain about."""
    from drawthings.client.grid import Axis

    match axis:
        case Axis(values=values) | (str(), values) if isinstance(values, Sequence):
            return max(1, len(values))
    return 1
