"""The ``drawthings`` command: which commands there are, and what becomes of their errors."""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING

import click

from drawthings.errors import ConfigError, DrawThingsError, InputError, TlsMismatch, Unreachable

if TYPE_CHECKING:
    from collections.abc import Mapping

EXIT_OK = 0
EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_UNREACHABLE = 3
EXIT_INTERRUPTED = 130

COMMANDS: Mapping[str, tuple[str, str]] = {
    "generate": ("drawthings.cli.generate:generate", "Make pictures from a prompt."),
    "edit": ("drawthings.cli.edit:edit", "Change a picture by an instruction."),
    "inpaint": ("drawthings.cli.inpaint:inpaint", "Repaint a part of a picture."),
    "outpaint": ("drawthings.cli.outpaint:outpaint", "Paint what lies beyond a picture's edges."),
    "upscale": ("drawthings.cli.upscale:upscale", "Enlarge a picture."),
    "video": ("drawthings.cli.video:video", "Make a clip from a prompt."),
    "check": ("drawthings.cli.check:check", "Tell what would go wrong with a request, without sending it."),
    "inspect": ("drawthings.cli.inspection:inspect", "Show how a picture was made."),
    "replay": ("drawthings.cli.replay:replay", "Make a picture again from its file."),
    "models": ("drawthings.cli.models:models", "What a server has."),
    "recipes": ("drawthings.cli.recipes:recipes", "Recommended settings for every model family."),
    "files": ("drawthings.cli.files:files", "Look for files on a server, and put files there."),
    "servers": ("drawthings.cli.servers:servers", "Find the servers in the local network."),
    "doctor": ("drawthings.cli.doctor:doctor", "Find out why a server does not work, and what to do."),
    "config": ("drawthings.cli.config:config", "Where the settings of the connection come from."),
    "server": ("drawthings.cli.server:server", "Look at a server, trust it, or run the embedded one."),
}
"""Name, where the command is, and its line in the help: nothing is imported before it is called."""


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
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - as above
        """Write the list of commands without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or say which one was probably meant."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            import difflib

            near = difflib.get_close_matches(args[0], COMMANDS, n=1)
            meant = f" Did you mean {near[0]}?" if near else f" There are {', '.join(COMMANDS)}."
            ctx.fail(f"No command {args[0]!r}.{meant}")
        return super().resolve_command(ctx, args)


def _version(ctx: click.Context, _param: click.Parameter, value: bool) -> None:  # noqa: FBT001 - click's signature
    if value:
        from drawthings import __version__

        click.echo(f"drawthings {__version__}")
        ctx.exit()


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--version", is_flag=True, callback=_version, expose_value=False, is_eager=True, help="Tell the version.")
def cli() -> None:
    """Pictures from a Draw Things server: the app, gRPCServerCLI, or the embedded one that needs no GPU.

    \b
    Examples:
      drawthings generate "a red fox in the snow" --server embedded
      drawthings edit photo.jpg "make it winter" -o winter.png
      drawthings models list --server mac.local
    """  # noqa: D301 - click's mark for a paragraph that is kept as it is


def exit_code(error: DrawThingsError) -> int:
    """Return the exit code that tells scripts what kind of error this is."""
    if isinstance(error, Unreachable | TlsMismatch):
        return EXIT_UNREACHABLE
    return EXIT_USAGE if isinstance(error, ConfigError | InputError) else EXIT_FAILED


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit code.

    Every error of ours becomes one line and a hint on standard error; ``--debug`` shows the traceback as well.
    """
    given = sys.argv[1:] if arguments is None else arguments
    try:
        outcome = cli.main(args=given, prog_name="drawthings", standalone_mode=False)
    except click.exceptions.Exit as leave:
        return leave.exit_code
    except click.ClickException as error:
        error.show()
        return EXIT_USAGE
    except (click.Abort, KeyboardInterrupt):
        click.echo("Cancelled.", err=True)
        return EXIT_INTERRUPTED
    except DrawThingsError as error:
        return report(error, debug="--debug" in given)
    except BrokenPipeError:
        # The reader of a pipe has gone; nothing can be told to it any more.
        sys.stderr.close()
        return EXIT_FAILED
    return outcome if isinstance(outcome, int) else EXIT_OK


def report(error: DrawThingsError, *, debug: bool) -> int:
    """Tell an error on standard error and return its exit code."""
    if debug:
        import traceback

        traceback.print_exception(error)
    click.echo(f"Error: {error}", err=True)
    if error.hint:
        click.echo(f"Hint: {error.hint}", err=True)
    return exit_code(error)


if __name__ == "__main__":
    sys.exit(main())
