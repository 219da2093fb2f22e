# Written by scripts/unasync.py from src/drawthings/client/_async.py. Do not edit.
"""The synchronous client."""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from drawthings.client import answers, link, setup
from drawthings.client._sync_session import Session
from drawthings.client._sync_verbs import Verbs
from drawthings.client.pipeline import Ahead
from drawthings.client.tally import Tally
from drawthings.errors import DrawThingsError, ModelNotFound, ServerError, StreamError
from drawthings.request.build import Contents
from drawthings.wire.aside import computed_sync

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from typing import Unpack

    from drawthings.client.answers import StreamEvent
    from drawthings.client.grid import AxisLike, Cell, Grid
    from drawthings.client.result import Result
    from drawthings.request.configuration import Configuration
    from drawthings.request.plan import Plan
    from drawthings.request.wishes import Wanted, Wishes


class DrawThings(Session, Verbs):
    """A connection to one Draw Things server.

    Nothing is sent before the first call. Use it as a context manager, or call ``close`` when done.

    Args:
        server: ``host``, ``host:port``, ``[v6]:port``, ``grpc://…`` (plaintext), ``grpcs://…`` (TLS), or ``embedded``
            for the server inside this package, which needs no GPU. By default what the profile or the environment
            variable ``DRAWTHINGS_SERVER`` says, else ``localhost:7859``.
        secret: The server's shared secret. By default from ``DRAWTHINGS_SECRET`` or ``DRAWTHINGS_SECRET_FILE``.
        model: The model to use when a call names none. By default from the profile or ``DRAWTHINGS_MODEL``.
        profile: A named section of the configuration file.
        connection: Everything about the connection at once (TLS, deadlines, retries), instead of the above.

    Raises:
        ConfigError: The address, the profile or an environment variable makes no sense.

    Example:
        >>> import drawthings
        >>> def main():
        ...     with drawthings.DrawThings("embedded") as server:
        ...         result = server.generate("a red fox", width=256, height=256, steps=4, seed=1)
        ...         return result.picture.size
        >>> main()
        (256, 256)
    """

    def prepare(
        self,
        prompt: str,
        configuration: Configuration | None = None,
        **wanted: Unpack[Wanted],
    ) -> Plan:
        """Decide everything about a generation without starting it.

        The arguments are those of ``generate``. What is sent before this returns is only the questions what the
        server has and whether the files are there.

        Returns:
            The plan; ``plan.notes`` tells what was chosen, and ``generate`` and ``stream`` take it as it is.

        Raises:
            ConfigError: A setting is wrong.
            InputError: A picture cannot be used.
            ModelNotFound: The server has no such model or LoRA. It would quietly use another one.
            ServerError: It cannot be reached, does not answer, or refuses the secret.
        """
        plan = self._plan(setup.wishes(prompt, configuration, wanted))
        catalogue = self.models()
        present = self.files_exist(setup.files_in_question(plan, catalogue))
        files = {item.file: item.exists for item in present}
        guarded = partial(setup.guarded, plan, catalogue, files, check=wanted.get("check", True))
        return computed_sync(guarded)

    def _plan(self, wishes: Wishes) -> Plan:
        known = self._catalogue is not None
        decide = partial(setup.plan, asked=wishes, preferred_model=self.connection.model)
        try:
            return computed_sync(partial(decide, self.models()))
        except ModelNotFound:
            if not known:
                raise
        # The list was an old one; the file may have been added since.
        return computed_sync(partial(decide, self.models(refresh=True)))

    def stream(
        self,
        prompt: str | Plan,
        configuration: Configuration | None = None,
        *,
        keep: bool = True,
        **wanted: Unpack[Wanted],
    ) -> Generator[StreamEvent]:
        """Generate pictures and yield what happens meanwhile.

        The arguments are those of ``generate``; a plan from ``prepare`` may stand in place of the prompt. With
        ``keep=False`` pictures live in their ``ImageArrived`` events only, so that long clips need no memory.

        Yields:
            Events, each with its ``progress`` from 0 to 1; the last one is ``Finished`` with the result. Closing the
            iterator cancels the generation on the server.

        Raises:
            ConfigError, InputError, ModelNotFound: As ``prepare``; nothing was generated.
            StreamError: The answer broke off, or brought no picture; ``error.images`` holds what had arrived.
            ServerError: The server failed before any picture had arrived.
        """
        plan = self._decided(prompt, configuration, wanted)
        tally, contents = Tally(plan), Contents(link.upload_codec(self.connection))
        started_s = time.monotonic()
        for each in tally.rounds:
            fold = answers.fold_for(each, keep=keep)
            asking = partial(each.request, contents)
            request = computed_sync(asking) if each.inputs else asking()
            with closing(self._wire.generate(request)) as responses:
                try:
                    for response in responses:
                        for event in fold.feed(response, now=time.monotonic()):
                            yield tally.placed(event)
                    tally.add(fold.finish())
                except DrawThingsError as error:
                    broken = tally.broken(fold.break_off(error))
                    raise broken from broken.__cause__
        yield tally.finished(time.monotonic() - started_s)

    def generate(
        self,
        prompt: str | Plan,
        configuration: Configuration | None = None,
        *,
        on_event: Callable[[StreamEvent], None] | None = None,
        **wanted: Unpack[Wanted],
    ) -> Result:
        """Generate pictures from a prompt and wait for them.

        Args:
            prompt: What the pictures show; or a plan from ``prepare``.
            configuration: All settings at once, taken as they are. Single settings given beside it win.
            on_event: Called with each event, in the thread or task that waits; the stream is not read meanwhile.
                Whoever shows previews slowly takes a ``PreviewViewer``.
            wanted: Any configuration field by name: ``model``, ``width`` and ``height`` (pixels, multiples of 64),
                ``steps``, ``guidance_scale``, ``seed`` (None or -1: random), ``sampler``, ``loras`` … And:
                ``negative_prompt``, what the pictures must not show, which counts only where guidance is on (not 1);
                ``image``, a picture to start from (a path, bytes, a Pillow image or an array), for clips of Wan and
                LongCat also a list of their first frames; ``mask``, what of it is repainted (see ``inpaint``);
                ``hints``, control pictures by type, for example ``{"depth": picture}`` or
                ``{"shuffle": [(picture, 0.5), other]}``; ``references``, further pictures for models that look at
                several; ``image_fit``, how a picture is brought to the canvas (``cover``, ``contain`` or
                ``stretch``); ``keywords``, ``user`` and ``device``, which only the app looks at;
                ``fit=True`` to snap values that are off the grid to the nearest valid ones, and tell, instead of
                refusing them. With ``batch_count`` the client asks several times, each time with other seeds.

        Returns:
            The pictures; ``result.seed`` and ``result.notes`` tell what was chosen for you.

        Raises:
            ConfigError: A setting is wrong; nothing was sent.
            InputError: A picture cannot be used; nothing was sent.
            ModelNotFound: The server has no such model or LoRA.
            StreamError: The answer broke off, or brought no picture; ``error.images`` holds what had arrived.
            ServerError: The server cannot be reached, does not answer, or failed.
        """
        plan = self._decided(prompt, configuration, wanted)
        ahead = Ahead(plan)
        try:
            with closing(self.stream(plan)) as events:
                for event in events:
                    ahead.take(event)
                    if on_event is not None:
                        on_event(event)
        finally:
            ahead.close()
        return answers.result_of(event)

    def _decided(self, prompt: str | Plan, configuration: Configuration | None, wanted: Wanted) -> Plan:
        if isinstance(prompt, str):
            return self.prepare(prompt, configuration, **wanted)
        return setup.only_plan(prompt, configuration, wanted)

    def grid(
        self,
        prompt: str,
        *,
        x: AxisLike,
        y: AxisLike | None = None,
        z: AxisLike | None = None,
        configuration: Configuration | None = None,
        on_cell: Callable[[Cell], None] | None = None,
        on_event: Callable[[Cell, StreamEvent], None] | None = None,
        **wanted: Unpack[Wanted],
    ) -> Grid:
        """Make the pictures of all combinations of up to three settings, to be compared side by side.

        Everything is checked before anything is generated. A place that fails later is noted in the grid, and the
        others go on, except where the server itself is gone. All places share one seed unless an axis varies it.

        Args:
            prompt: What the pictures show.
            x: What varies along the columns: a setting, ``prompt``, ``negative_prompt`` or ``replace`` (text in the
                prompts) and its values, as in ``("steps", [4, 8, 16])``.
            y: What varies along the rows.
            z: What varies from sheet to sheet.
            configuration: As for ``generate``.
            on_cell: Called with each place when it has been made or has failed.
            on_event: Called with each event and the place it belongs to.
            wanted: As for ``generate``.

        Returns:
            The grid; ``grid.sheet()`` is its contact sheet.

        Raises:
            BadValue, UnknownField: An axis makes no sense.
            ConfigError, InputError, ModelNotFound: A place cannot be asked for; nothing was generated.
            ServerError, StreamError: No place succeeded; this is what happened to the first.
        """
        from drawthings.client.grid import FATAL, draft

        empty, order = draft(prompt, (x, y, z), configuration, wanted)
        for cell in order:
            self.prepare(cell.prompt, configuration, **cell.wanted)
        made: list[Cell] = []
        for cell in order:
            heard = None if on_event is None else partial(on_event, cell)
            try:
                result = self.generate(cell.prompt, configuration, on_event=heard, **cell.wanted)
                made.append(replace(cell, result=result))
            except (ServerError, StreamError) as error:
                made.append(replace(cell, error=error))
            if on_cell is not None:
                on_cell(made[-1])
            if isinstance(made[-1].error, FATAL):
                break
        return empty.finished(made).checked()
