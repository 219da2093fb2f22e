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
from drawthings.cli.commands import COMMANDS
from drawthings.cli.main import (
    EXIT_FAILED,
    EXIT_INTERRUPTED,
    EXIT_OK,
    EXIT_UNREACHABLE,
    EXIT_USAGE,
    cli,
    exit_code,
    main,
)
from drawthings.errors import (
    BadImage,
    DrawThingsError,
    EmptyResult,
    ModelNotFound,
    OutOfRange,
    TlsMismatch,
    Unreachable,
)

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


def test_every_command_takes_debug_or_needs_none() -> None:
    """``--debug`` shows tracebacks, so what can fail at a server has it."""
    for words in paths(cli):
        command: click.Command = cli
        for word in words:
            assert isinstance(command, click.Group)
            found = command.get_command(click.Context(command), word)
            assert found is not None
            command = found
        names = {name for param in command.params for name in param.opts}
        assert "--server" not in names or "--debug" in names


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == EXIT_OK
    assert capsys.readouterr().out == f"drawthings {__version__}\n"


def test_nothing_at_all_is_a_question_for_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == EXIT_OK
    assert "Usage: drawthings" in capsys.readouterr().out


def test_a_noun_alone_tells_what_can_be_done_with_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models"]) == EXIT_USAGE
    out, err = capsys.readouterr()
    assert out == ""
    assert "list  List the models of a server." in err


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (ValueError("no\n good"), EXIT_FAILED, "Something unexpected happened: ValueError: no good."),
        (PermissionError(13, "Permission denied", "/x"), EXIT_FAILED, "'/x'"),
        (OSError(28, "No space left on device"), EXIT_FAILED, "Standard output cannot be written"),
        (BrokenPipeError(32, "Broken pipe"), EXIT_OK, ""),
        (KeyboardInterrupt(), EXIT_INTERRUPTED, "Cancelled."),
        (EOFError(), EXIT_INTERRUPTED, "Cancelled."),
    ],
)
def test_what_nobody_expected_is_words_too(
    error: BaseException, code: int, words: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_given: object) -> int:
        raise error

    monkeypatch.setattr("drawthings.cli.main._run", fail)
    assert main(["config", "path"]) == code
    told = capsys.readouterr().err
    assert words in told
    assert "Traceback" not in told


def test_debug_shows_where_it_was(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def fail(_given: object) -> int:
        raise ValueError

    monkeypatch.setattr("drawthings.cli.main._run", fail)
    assert main(["config", "path", "--debug"]) == EXIT_FAILED
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (Unreachable("x"), EXIT_UNREACHABLE),
        (TlsMismatch("x"), EXIT_UNREACHABLE),
        (OutOfRange("x"), EXIT_USAGE),
        (BadImage("x"), EXIT_USAGE),
        (ModelNotFound("x"), EXIT_USAGE),
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
