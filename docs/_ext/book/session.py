"""Runs what a page shows, block after block, in a folder of its own and against the embedded server.

- ``console``: lines that begin with ``$`` are commands; what stands below one is what it must say, where a ``...``
  stands for anything. A command that is shown to say ``Error`` or ``Refused`` must fail, every other one must succeed.
- ``python``: each block is run on its own.
- ``sh``: a script, run by bash.
- ``toml``: the configuration file that the commands below it use.

Pictures that a page uses and does not make are painted first.
"""

from __future__ import annotations

import contextlib
import io
import itertools
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from book.page import Block, Page

INPUTS = {
    "photo.jpg": "a house by a lake in the mountains at noon",
    "portrait.png": "a portrait of a woman, old photograph",
    "room.png": "a living room with a table and a window",
    "chair.png": "a red chair",
    "first.png": "a small boat on the sea at dawn",
}
"""What the pages of the reader show, by the names the pages give them."""

HOSTS = ("my-mac.local:7859", "my-mac.local", "gpu-box:7859", "gpu-box", "192.168.1.20:7859")
"""Machines of the pages; the embedded server answers in their place."""

SKIPPED = ("pip install ", "python -m venv ", "source ")
"""Commands that set up a machine: they are shown, and compared with the README, but not run."""

_SHELL = re.compile(r"[|<>;&`*]|\$\(")
"""What only a shell understands."""
_FAILURE = re.compile(r"^(Error:|Refused)", re.MULTILINE)


class Unexpected(AssertionError):
    """A page shows something that does not happen."""


class Session:
    """Runs the blocks of a page.

    Args:
        folder: An empty folder; the commands run in it.
        address: The server that the commands use.
    """

    def __init__(self, folder: Path, address: str) -> None:
        self._folder = folder
        self._address = address
        self._own = {
            "DRAWTHINGS_SERVER": address,
            "DRAWTHINGS_CONFIG": str(folder / ".config.toml"),
            "DRAWTHINGS_KNOWN_SERVERS": str(folder / ".known_servers"),
            "PATH": os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", ""))),
            "NO_COLOR": "1",
        }

    def play(self, page: Page, *, wanted: Collection[str] | None = None) -> None:
        """Run the blocks of a page that can be run.

        Args:
            page: The page.
            wanted: Stop when all of these files are there; None runs the whole page.

        Raises:
            Unexpected: One of them does not do what the page says.
        """
        with self._inside():
            self._paint_inputs(page)
            for block in page.runnable:
                if wanted is not None and all(Path(name).exists() for name in wanted):
                    break
                try:
                    getattr(self, f"_{block.language}")(block)
                except Exception as error:
                    raise Unexpected(f"{page.name}.md, line {block.line}: {type(error).__name__}: {error}") from error

    @contextlib.contextmanager
    def _inside(self) -> Iterator[None]:
        before = dict(os.environ)
        for name in [name for name in os.environ if name.startswith("DRAWTHINGS_")]:
            del os.environ[name]
        os.environ |= self._own
        (self._folder / ".config.toml").touch()
        try:
            with contextlib.chdir(self._folder):
                yield
        finally:
            os.environ.clear()
            os.environ |= before

    def _paint_inputs(self, page: Page) -> None:
        """Paint the pictures that the page takes for granted."""
        text = "\n".join(block.text for block in page.runnable)
        made = set(re.findall(r"(?:-o|--output) (\S+)|save\(\"([^\"]+)\"\)", text))
        wanted = [name for name in INPUTS if name in text and not any(name in pair for pair in made)]
        if wanted:
            from drawthings import DrawThings

            with DrawThings(self._address) as server:
                for name in wanted:
                    server.generate(INPUTS[name], width=640, height=448, steps=2, seed=5).picture.save(name)

    def _console(self, block: Block) -> None:
        for command, said in commands(block.text):
            code, words = self._run(command)
            if bool(code) != bool(_FAILURE.search(said)):
                raise Unexpected(f"`{command}` ends with {code}: {words}")
            if said and not agrees(said, words):
                raise Unexpected(f"`{command}` does not say\n{said}\nbut\n{words}")

    def _run(self, command: str) -> tuple[int, str]:
        """Run a command and return its exit code and all it says."""
        if command.startswith(SKIPPED):
            return 0, ""
        if command.startswith("export "):
            name, _, value = command.removeprefix("export ").partition("=")
            os.environ[name] = self._here(value)
            return 0, ""
        command = self._here(command)
        if command.startswith("drawthings ") and not _SHELL.search(re.sub(r"\"[^\"]*\"|'[^']*'", "", command)):
            return _call(shlex.split(command)[1:])
        return _shell(command)

    def _here(self, command: str) -> str:
        """Put the embedded server in the place of the machines of the examples."""
        for host in HOSTS:
            command = command.replace(host, self._address)
        return command

    def _sh(self, block: Block) -> None:
        code, words = _shell(self._here(block.text), "-e")
        if code:
            raise Unexpected(f"the script ends with {code}: {words}")

    def _python(self, block: Block) -> None:
        source = self._here(block.text)
        with contextlib.redirect_stdout(io.StringIO()):
            exec(compile(source, "page.py", "exec"), {"__name__": "page"})  # noqa: S102 - our own text

    def _toml(self, block: Block) -> None:
        (self._folder / ".config.toml").write_text(self._here(block.text), encoding="utf-8")


def commands(text: str) -> Iterator[tuple[str, str]]:
    """Yield the commands of a console block, continued lines joined, each with what it is shown to say."""
    lines = text.replace("\\\n", " ").splitlines()
    starts = [number for number, line in enumerate(lines) if line.startswith("$ ")]
    for start, end in itertools.pairwise([*starts, len(lines)]):
        command = re.sub(r"\s{2,}#\s.*", "", lines[start].removeprefix("$ "))
        said = [line for line in lines[start + 1 : end] if not line.startswith("# ")]
        yield re.sub(r"\s{2,}", " ", command).strip(), "\n".join(said).strip()


def agrees(shown: str, words: str) -> bool:
    """Return whether a command says what is shown, where ``...`` stands for anything."""
    pattern = re.escape(shown).replace(re.escape("..."), ".*?")
    return re.fullmatch(pattern, words.strip(), re.DOTALL) is not None


def _call(arguments: list[str]) -> tuple[int, str]:
    """Run our command line in this process, which is quicker than a new one."""
    from drawthings.cli.main import main

    words = io.StringIO()
    with contextlib.redirect_stdout(words), contextlib.redirect_stderr(words):
        code = main(arguments)
    return code, words.getvalue()


def _shell(script: str, *options: str) -> tuple[int, str]:
    bash = shutil.which("bash") or "/bin/bash"
    done = subprocess.run(  # noqa: S603 - our own text
        [bash, *options, "-c", script], capture_output=True, text=True, timeout=60, check=False
    )
    return done.returncode, done.stderr + done.stdout
