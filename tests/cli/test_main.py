"""The command itself: help, version, exit codes, errors in words."""

from __future__ import annotations

import signal
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click
import pytest

from drawthings import __version__
from drawthings.cli.main import COMMANDS, EXIT_FAILED, EXIT_OK, EXIT_UNREACHABLE, EXIT_USAGE, cli, exit_code, main
from drawthings.errors import BadImage, DrawThingsError, EmptyResult, OutOfRange, TlsMismatch, Unreachable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.mark.parametrize("arguments", [["-h"], ["--help"]])
def test_help_lists_the_commands(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == EXIT_OK
    text = capsys.readouterr().out
    assert all(name in text for name in COMMANDS)


def paths(command: click.Command, words: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Return the words of every command below one."""
    for name in command.list_commands(click.Context(command)) if isinstance(command, click.Group) else ():
        yield (*words, name)
        below = command.get_command(click.Context(command), name)
        assert below is not None
        yield from paths(below, (*words, name))


@pytest.mark.parametrize("path", [" ".join(words) for words in paths(cli)])
def test_every_command_has_help_with_an_example(path: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*path.split(), "-h"]) == EXIT_OK
    text = capsys.readouterr().out
    assert "Usage: drawthings" in text
    assert "Example" in text or "Commands:" in text


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == EXIT_OK
    assert capsys.readouterr().out == f"drawthings {__version__}\n"


def test_a_misspelt_command_gets_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["generte", "x"]) == EXIT_USAGE
    told = capsys.readouterr().err
    assert "Did you mean generate?" in told
    assert "drawthings generate generte" in told


@pytest.mark.parametrize(
    "words",
    [["a red fox"], ["fox"], ["generte a fox"], ["--steps", "1", "a red fox"], ["--size=128", "fox", "--steps", "1"]],
)
def test_words_that_are_no_command_are_a_prompt(
    words: list[str], address: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rest = ["--size", "128", "--steps", "1", "--json", "-o", str(tmp_path / "a.png"), "--server", address]
    assert main([*words, *rest]) == EXIT_OK
    assert (tmp_path / "a.png").is_file()
    assert '"pictures"' in capsys.readouterr().out


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (Unreachable("x"), EXIT_UNREACHABLE),
        (TlsMismatch("x"), EXIT_UNREACHABLE),
        (OutOfRange("x"), EXIT_USAGE),
        (BadImage("x"), EXIT_USAGE),
        (EmptyResult("x"), EXIT_FAILED),
        (DrawThingsError("x"), EXIT_FAILED),
    ],
)
def test_exit_codes(error: DrawThingsError, code: int) -> None:
    assert exit_code(error) == code


@contextmanager
def run(*arguments: str, cwd: Path) -> Iterator[subprocess.Popen[str]]:
    """Start the real command as a person's shell would; it is gone at the end, whatever happened."""
    command = [sys.executable, "-m", "drawthings.cli.main", *arguments]
    with subprocess.Popen(command, cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def test_ctrl_c_comes_back_at_once_and_cancels_on_the_server(tmp_path: Path) -> None:
    arguments = ("server", "run", "--no-tls", "--port", "0", "--model-browser", "--ms-per-step", "100")
    with run(*arguments, cwd=tmp_path) as server:
        assert server.stderr is not None
        log = []
        while "Listening on" not in (line := server.stderr.readline()):
            assert line, "the server ended before it listened"
            log.append(line)
        address = line.split()[2]
        job = ("generate", "x", "--server", address, "--steps", "150", "--size", "256")
        with run(*job, cwd=tmp_path) as client:
            assert client.stderr is not None
            while "of 150" not in (line := client.stderr.readline()):
                assert line, "the job ended before its first step"
            client.send_signal(signal.SIGINT)
            # To the end it would take 15 s.
            _, rest = client.communicate(timeout=5)
        assert client.returncode == 130
        assert "Cancelled." in rest
        assert "Traceback" not in rest
        while "cancelled by the client" not in (line := server.stderr.readline()):
            assert line, "the server ended without a word of the cancellation"
        server.send_signal(signal.SIGINT)
        _, rest = server.communicate(timeout=5)
    assert server.returncode == EXIT_OK
    assert "Stopped." in rest
    assert any("no diffusion model" in entry for entry in log)
