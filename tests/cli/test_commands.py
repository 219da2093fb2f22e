"""The table of commands, and the headings of the help."""

from __future__ import annotations

import shlex

from drawthings.cli.commands import COMMANDS, MEANT, SECTIONS, rows
from drawthings.cli.main import cli, main


def test_every_command_stands_below_one_heading() -> None:
    listed = [name for names in SECTIONS.values() for name in names]
    assert sorted(listed) == sorted(COMMANDS)


def test_rows_are_aligned_across_the_headings() -> None:
    assert len({len(name) for section in SECTIONS for name, _ in rows(section)}) == 1


def test_other_words_lead_to_commands_that_exist() -> None:
    for command in MEANT.values():
        assert main([*shlex.split(command), "-h"]) == 0, command
    assert not set(MEANT) & set(COMMANDS)


def test_the_words_of_the_help_are_those_of_the_commands() -> None:
    for name in COMMANDS:
        command = cli.get_command(cli.make_context("drawthings", [], resilient_parsing=True), name)
        assert command is not None
        assert command.name == name
        assert command.help
