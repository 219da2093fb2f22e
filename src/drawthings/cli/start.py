"""Where the ``drawthings`` command begins: what everybody asks for first is answered before anything is imported."""

from __future__ import annotations

import os
import sys

from drawthings.cli.commands import EPILOG, HELP, OPTIONS, SECTIONS, USAGE, rows

COMPLETION = "_DRAWTHINGS_COMPLETE"
"""With this variable a shell asks for completions, whatever the arguments are."""

WIDE = 80
"""The help fits so many columns; for a narrower terminal click breaks the lines anew."""


def main() -> int:
    """Run the command line and return its exit code."""
    text = quick_answer(sys.argv[1:])
    if text is None:
        from drawthings.cli.main import main as run

        return run()
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError as error:
        from drawthings.cli.outlet import settle

        return settle(error)
    return 0


def quick_answer(arguments: list[str]) -> str | None:
    """Return what is to be printed for ``--version``, ``--help`` or nothing at all; None for everything else."""
    if COMPLETION in os.environ:
        return None
    if arguments == ["--version"]:
        from drawthings import __version__

        return f"drawthings {__version__}\n"
    if arguments in ([], ["-h"], ["--help"]) and _columns() >= WIDE:
        return help_text()
    return None


def help_text() -> str:
    """Return the help as click prints it on a terminal of 80 columns or more."""
    words = "\n".join(f"  {line}".rstrip() for line in HELP.replace("\b\n", "").rstrip().split("\n"))
    lists = {"Options": list(OPTIONS), **{section: rows(section) for section in SECTIONS}}
    parts = [f"{title}:\n{_list(listed)}\n" for title, listed in lists.items()]
    return "\n".join((f"Usage: drawthings {USAGE}\n", f"{words}\n", *parts, f"  {EPILOG}\n"))


def _list(listed: list[tuple[str, str]]) -> str:
    width = max(len(name) for name, _ in listed)
    return "\n".join(f"  {name:{width}}  {text}" for name, text in listed)


def _columns() -> int:
    """Return the width of the terminal, found in the way in which click finds it."""
    try:
        columns = int(os.environ["COLUMNS"])
    except (KeyError, ValueError):
        columns = 0
    if columns > 0:
        return columns
    try:
        return os.get_terminal_size(sys.__stdout__.fileno()).columns or WIDE  # type: ignore[union-attr]
    except (AttributeError, ValueError, OSError):
        return WIDE


if __name__ == "__main__":
    sys.exit(main())
