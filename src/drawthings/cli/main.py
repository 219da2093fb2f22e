"""The ``drawthings`` command: how a command is found, and what becomes of its errors."""

from __future__ import annotations

import errno
import importlib
import os
import sys
from typing import TYPE_CHECKING

import click

from drawthings.cli import verb
from drawthings.cli.commands import COMMANDS, EPILOG, HELP, SECTIONS, USAGE, rows
from drawthings.cli.complaint import Complaint, of_click, of_library
from drawthings.cli.outlet import flushed, settle
from drawthings.cli.screen.foreground import interruptible, tell
from drawthings.cli.start import COMPLETION
from drawthings.errors import ConfigError, DrawThingsError, InputError, ModelNotFound, TlsMismatch, Unreachable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from click.shell_completion import CompletionItem

EXIT_OK = 0
EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_UNREACHABLE = 3
EXIT_INTERRUPTED = 130

HELP_NAMES = ["-h", "--help"]

GIVEN_UP = frozenset({errno.EPIPE, errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF})
"""What the system says when standard output takes nothing more."""


class LazyGroup(click.Group):
    """A group that imports a command only when it runs."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the commands in the order in which they are meant to be read."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - as above
        """Import and return a command."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        _name_help(command)
        return command

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - as above
        """Return what may follow the name of the program."""
        return USAGE.split()

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - as above
        """Write the commands by what they are for, without importing any."""
        for section in SECTIONS:
            with formatter.section(section):
                formatter.write_dl(rows(section))

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Take words that are no command for a prompt, also when options stand before them."""
        own = {name for param in self.get_params(ctx) for name in param.opts}
        return super().parse_args(ctx, args if args and args[0] in own else verb.named(ctx, args))

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete commands without importing any; and options, also those of the default."""
        from click.shell_completion import CompletionItem

        if not incomplete.startswith("-"):
            return [
                CompletionItem(name, help=text) for name, (_, text) in COMMANDS.items() if name.startswith(incomplete)
            ]
        return [*click.Command.shell_complete(self, ctx, incomplete), *verb.default_completions(ctx, incomplete)]


def _name_help(command: click.Command) -> None:
    """Give a command and all below it both names of the help; click keeps those of whoever asks first."""
    command.get_help_option(click.Context(command, help_option_names=HELP_NAMES))
    for below in command.commands.values() if isinstance(command, click.Group) else ():
        _name_help(below)


def _version(ctx: click.Context, _param: click.Parameter, value: bool) -> None:  # noqa: FBT001 - click's signature
    if value:
        from drawthings import __version__

        click.echo(f"drawthings {__version__}")
        ctx.exit()


@click.group(cls=LazyGroup, help=HELP, epilog=EPILOG, context_settings={"help_option_names": HELP_NAMES})
@click.option("--version", is_flag=True, callback=_version, expose_value=False, is_eager=True, help="Tell the version.")
def cli() -> None:
    """Hold all commands together."""


def exit_code(error: DrawThingsError) -> int:
    """Return the exit code that tells scripts what kind of error this is: a name the server does not know is misuse."""
    if isinstance(error, Unreachable | TlsMismatch):
        return EXIT_UNREACHABLE
    return EXIT_USAGE if isinstance(error, ConfigError | InputError | ModelNotFound) else EXIT_FAILED


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit code.

    Every error becomes one line and a hint on standard error; ``--debug`` shows the traceback as well.
    """
    given = list(sys.argv[1:] if arguments is None else arguments) or ["--help"]
    wanted = os.environ.get(COMPLETION)
    if wanted:
        from drawthings.cli.completion import answer

        return flushed(answer(cli, wanted))
    try:
        with interruptible():
            outcome = _run(given)
    except (click.Abort, KeyboardInterrupt, EOFError):
        tell("Cancelled.")
        return EXIT_INTERRUPTED
    except Exception as error:  # noqa: BLE001 - whatever it is, a person gets words and no traceback
        return _failed(error, given)
    return flushed(outcome)


def _run(given: Sequence[str]) -> int:
    """Run a command; what click has to say about its use is told here."""
    try:
        with cli.make_context("drawthings", list(given)) as context:
            outcome = cli.invoke(context)
    except click.exceptions.Exit as leave:
        return leave.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return EXIT_USAGE
    except click.ClickException as error:
        return _told(of_click(error), error, given, EXIT_USAGE)
    return outcome if isinstance(outcome, int) else EXIT_OK


def _failed(error: Exception, given: Sequence[str]) -> int:
    """Tell what a command ended with."""
    if isinstance(error, DrawThingsError):
        return _told(of_library(error, given), error, given, exit_code(error))
    if isinstance(error, OSError) and error.errno in GIVEN_UP and error.filename is None:
        return settle(error)
    return _told(_unexpected(error), error, given, EXIT_FAILED)


def _unexpected(error: Exception) -> Complaint:
    text = " ".join(str(error).split())[:200]
    return Complaint(
        f"Something unexpected happened: {type(error).__name__}{f': {text}' if text else ''}.".replace("..", "."),
        "Run it again with --debug to see where, and please report it.",
    )


def _told(complaint: Complaint, error: Exception, given: Sequence[str], code: int) -> int:
    """Tell an error on standard error, and to programs that read events on standard output."""
    if "--debug" in given and not isinstance(error, click.ClickException):
        import traceback

        traceback.print_exception(error)
    tell(f"Error: {complaint.message}")
    tell(f"Hint: {complaint.hint}")
    if "--jsonl" in given:
        from drawthings.cli.journal import Journal

        kind = type(error).__name__
        Journal(wanted=True).write(
            {"type": "error", "error": kind, "message": complaint.message, "hint": complaint.hint, "exit_code": code}
        )
    return flushed(code)


if __name__ == "__main__":
    sys.exit(main())
