"""Clients of OpenAI's images API against the gateway: installs them, starts it, and prints what passed.

Usage: ``python conformance/images.py``; needs Node 20, npm and 500 MB in the folder for temporary files.
"""

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
    from collections.abc import Iterator

PACKAGES = ("openai@6.49.0", "ai@6.0.326", "@ai-sdk/openai@3.0.141", "@ai-sdk/openai-compatible@2.0.91")
LITELLM = "litellm==1.106.2"
HERE = Path(__file__).resolve().parent
FOLDER = Path(os.environ.get("DRAWTHINGS_CONFORMANCE", Path(tempfile.gettempdir(), "drawthings-conformance")))
INSTALL = ("install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock", "--save-exact")
SERVE = ("serve", "--server", "embedded", "--port", "0", "--no-gallery", "--drain", "0")
LONGEST_S = 300


def main() -> int:
    """Run all checks; the exit status is 0 when every one passed."""
    packages, python = _node_packages(), _environment()
    with _gateway() as url:
        results = _checked("node", str(HERE / "images.mjs"), str(packages), url)
        results += _checked(str(python), str(HERE / "litellm" / "check.py"), url)
    for result in results:
        print(f"{'passed' if result['passed'] else 'FAILED'}  {result['name']}  {result['trouble']}".rstrip())
    passed = sum(bool(result["passed"]) for result in results)
    print(f"{', '.join((*PACKAGES, LITELLM))}: {passed} of {len(results)} passed")
    return 0 if results and passed == len(results) else 1


def _checked(*command: str) -> list[dict[str, str]]:
    ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=LONGEST_S)
    found = [json.loads(line) for line in ran.stdout.splitlines() if line.startswith("{")]
    if ran.returncode or not found:
        found.append({"name": command[1], "passed": "", "trouble": ran.stderr[-500:]})
    return found


def _node_packages() -> Path:
    """Return the folder of the packages for Node, which are fetched the first time."""
    with _fetched("images-6.49.0-6.0.326") as (folder, fresh):
        if fresh:
            (folder / "package.json").write_text('{"private": true}', encoding="utf-8")
            subprocess.run(["npm", *INSTALL, *PACKAGES], cwd=folder, check=True, stdout=sys.stderr)
    return folder


def _environment() -> Path:
    """Return the Python of an environment with LiteLLM, which is made the first time."""
    with _fetched("litellm-1.106.2") as (folder, fresh):
        python = folder / "bin" / "python"
        if fresh:
            venv.create(folder, with_pip=True)
            subprocess.run([python, "-m", "pip", "install", "-q", LITELLM], check=True, stdout=sys.stderr)
    return python


@contextmanager
def _fetched(name: str) -> Iterator[tuple[Path, bool]]:
    """Hand out a folder, empty where it is still to be filled; one that was not filled to the end does not count."""
    folder = FOLDER / name
    fresh = not (folder / "ready").exists()
    if fresh:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    yield folder, fresh
    (folder / "ready").touch()


@contextmanager
def _gateway() -> Iterator[str]:
    """Run the gateway in front of an embedded server; the value is its address."""
    program = str(Path(sys.executable).with_name("drawthings"))
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DRAWTHINGS_")}
    both = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    with subprocess.Popen([program, *SERVE], text=True, env=environment, **both) as process:  # type: ignore[call-overload]
        try:
            found = next((each for line in process.stdout if (each := re.search(r"http://\S+?:\d+", line))), None)
            if found is None:
                raise SystemExit("The gateway did not start.")
            yield found[0]
        finally:
            process.terminate()


if __name__ == "__main__":
    sys.exit(main())
