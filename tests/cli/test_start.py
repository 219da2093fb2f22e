"""What is answered before anything is imported, and that it is what click would have said."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from drawthings import __version__
from drawthings.cli import start
from drawthings.cli.main import cli

HEAVY = ("click", "numpy", "grpc", "rich", "PIL", "drawthings.errors")


def test_the_help_is_the_one_of_click(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    context = cli.make_context("drawthings", [], resilient_parsing=True)
    assert start.help_text() == cli.get_help(context) + "\n"
    assert max(map(len, start.help_text().splitlines())) <= 80


@pytest.mark.parametrize("arguments", [[], ["-h"], ["--help"], ["--version"]])
def test_nothing_is_imported_for_it(arguments: list[str]) -> None:
    text = (
        "import sys; from drawthings.cli.start import main; code = main(); sys.stdout.flush();"
        f"sys.exit([name for name in {HEAVY!r} if name in sys.modules] or code)"
    )
    environment = {**os.environ, "COLUMNS": "100"}
    done = subprocess.run(
        [sys.executable, "-c", text, *arguments], env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (f"drawthings {__version__}\n" if arguments == ["--version"] else start.help_text())


@pytest.mark.parametrize(
    ("arguments", "environment"),
    [
        (["models"], {"COLUMNS": "80"}),
        (["-h", "-h"], {"COLUMNS": "80"}),
        (["-h"], {"COLUMNS": "60"}),
        ([], {"_DRAWTHINGS_COMPLETE": "bash_complete", "COLUMNS": "80"}),
    ],
)
def test_everything_else_is_left_to_click(
    arguments: list[str], environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert start.quick_answer(arguments) is None


def test_without_a_terminal_it_is_80_columns_wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "none")
    monkeypatch.setattr(sys, "__stdout__", None)
    assert start.quick_answer(["-h"]) == start.help_text()


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no /dev/full")  # noqa: PTH110 - a device
def test_a_full_disk_is_an_exit_code_and_no_traceback() -> None:
    with open("/dev/full", "w", encoding="utf-8") as full:  # noqa: PTH123 - a device
        done = subprocess.run(
            [sys.executable, "-m", "drawthings", "-h"], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == 1
    assert done.stderr.startswith("Error: Standard output cannot be written: No space left on device.\nHint: ")
