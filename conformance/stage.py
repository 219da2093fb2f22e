"""What all scripts of this folder do: fetch packages of others, start a gateway, run checks, print what passed."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import venv
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

FOLDER = Path(os.environ.get("DRAWTHINGS_CONFORMANCE", Path(tempfile.gettempdir(), "drawthings-conformance")))
PROGRAM = str(Path(sys.executable).with_name("drawthings"))
SERVE = ("serve", "--server", "embedded", "--port", "0", "--no-gallery", "--drain", "0")
NPM = ("install", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock", "--save-exact")
LONGEST_S = 300


def fetched(name: str, fill: Callable[[Path], None]) -> Path:
    """Return a folder of this name, which ``fill`` fills the first time; one half filled does not count."""
    folder = FOLDER / name
    if not (folder / "ready").exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        fill(folder)
        (folder / "ready").touch()
    return folder


def node_packages(name: str, packages: Sequence[str]) -> Path:
    """Return a folder with packages for Node."""

    def fill(folder: Path) -> None:
        (folder / "package.json").write_text('{"private": true}', encoding="utf-8")
        subprocess.run(["npm", *NPM, *packages], cwd=folder, check=True, stdout=sys.stderr)

    return fetched(name, fill)


def python_with(name: str, packages: Sequence[str]) -> Path:
    """Return the Python of an environment with these packages."""

    def fill(folder: Path) -> None:
        venv.create(folder, with_pip=True)
        subprocess.run([folder / "bin" / "python", "-m", "pip", "install", "-q", *packages], check=True)

    return fetched(name, fill) / "bin" / "python"


@contextmanager
def served(*words: str) -> Iterator[str]:
    """Run a command of ours that listens, by default a gateway before an embedded server; the value is its address."""
    command = [PROGRAM, *(words or SERVE)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DRAWTHINGS_")}
    both = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    with subprocess.Popen(command, text=True, env=environment, **both) as process:  # type: ignore[call-overload]
        try:
            found = next((each for line in process.stdout if (each := re.search(r"http://\S+?:\d+", line))), None)
            if found is None:
                raise SystemExit(f"`drawthings {' '.join(command[1:])}` did not start.")
            yield found[0]
        finally:
            process.terminate()


def checked(*command: str | Path) -> list[dict[str, str]]:
    """Run a program that prints JSON for each check, and return that; a program that breaks is a check that failed."""
    ran = subprocess.run(
        [str(word) for word in command], capture_output=True, text=True, check=False, timeout=LONGEST_S
    )
    found = [json.loads(line) for line in ran.stdout.splitlines() if line.startswith("{")]
    if ran.returncode or not found:
        found.append({"name": str(command[1]), "passed": "", "trouble": ran.stderr[-500:]})
    return found


def reported(clients: str, results: Sequence[dict[str, str]]) -> int:
    """Print what passed and what did not; the value is the exit status, 0 when all did."""
    for result in results:
        print(f"{'passed' if result['passed'] else 'FAILED'}  {result['name']}  {result['trouble']}".rstrip())
    passed = sum(bool(result["passed"]) for result in results)
    print(f"{clients}: {passed} of {len(results)} passed")
    return 0 if results and passed == len(results) else 1
