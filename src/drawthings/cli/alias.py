"""Options that also answer to the names that other programs have for them; the help keeps to ours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.shell_completion import CompletionItem

    Completer = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]


INPUT_IMAGE = ("--init-image", "--input-image")
"""What the official command line calls ``--image`` too."""


class Option(click.Option):
    """An option with further names.

    Args:
        declared: As of ``click.Option``.
        also: Names that mean the same elsewhere.
        more: As of ``click.Option``.
    """

    def __init__(self, declared: list[str], *, also: tuple[str, ...] = (), **more: Any) -> None:  # noqa: ANN401 - click's
        super().__init__(declared, **more)
        self.also = also

    def add_to_parser(self, parser: Any, ctx: click.Context) -> None:  # noqa: ANN401 - click does not name it
        """Let the parser know all names."""
        shown = self.opts
        self.opts = [*shown, *self.also]
        try:
            super().add_to_parser(parser, ctx)
        finally:
            self.opts = shown


def option(
    *declared: str,
    also: tuple[str, ...] = (),
    complete: Completer | None = None,
    **more: Any,  # noqa: ANN401 - whatever click takes
) -> Callable[[Any], Any]:
    """Return a decorator that adds an option.

    Args:
        declared: As of ``click.option``.
        also: Names that mean the same elsewhere.
        complete: What the shell offers for its value.
        more: As of ``click.option``.
    """
    return click.option(*declared, cls=Option, also=also, shell_complete=complete, **more)
