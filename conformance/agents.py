"""The TypeScript client of the Model Context Protocol, and the inspector, against our tools: installs, runs, prints.

Usage: ``python conformance/agents.py``; needs Node 20, npm and 150 MB in the folder for temporary files.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGES = ("@modelcontextprotocol/sdk@1.32.2", "@modelcontextprotocol/inspector@0.15.0")
HERE = Path(__file__).resolve().parent
FOLDER = Path(os.environ.get("DRAWTHINGS_CONFORMANCE", Path(tempfile.gettempdir(), "drawthings-conformance")))
INSTALL = ("install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock")
LONGEST_S = 300
PROGRAM = str(Path(sys.executable).with_name("drawthings"))
OVER_STDIO = (PROGRAM, "mcp", "-s", "embedded")  # the inspector takes --server for its own option
SERVERS = {
    "drawthings mcp": ("mcp", "--server", "embedded", "--http", "0"),
    "drawthings serve": ("serve", "--server", "embedded", "--port", "0", "--no-gallery", "--drain", "0"),
}


def main() -> int:
    """Run all checks; the exit status is 0 when every one passed."""
    packages = _installed()
    results: list[dict[str, str]] = []
    for server, words in SERVERS.items():
        with _served(words) as url:
            found = _checked(packages, url, OVER_STDIO if words[0] == "mcp" else ())
        results += [{**each, "name": f"{server}: {each['name']}"} for each in found]
    for result in results:
        print(f"{'passed' if result['passed'] else 'FAILED'}  {result['name']}  {result['trouble']}".rstrip())
    passed = sum(bool(result["passed"]) for result in results)
    print(f"{' and '.join(PACKAGES)}: {passed} of {len(results)} passed")
    return 0 if results and passed == len(results) else 1


def _checked(packages: Path, url: str, program: tuple[str, ...]) -> list[dict[str, str]]:
    ran = subprocess.run(
        ["node", str(HERE / "agents.mjs"), str(packages), url, *program],
        capture_output=True,
        text=True,
        check=False,
        timeout=LONGEST_S,
    )
    if ran.returncode:
        print(ran.stderr, file=sys.stderr)
    return [json.loads(line) for line in ran.stdout.splitlines() if line.startswith("{")]


def _installed() -> Path:
    """Return the folder of the packages, which are fetched the first time."""
    folder = FOLDER / "agents-1.32.2-0.15.0"
    if not (folder / "ready").exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        (folder / "package.json").write_text('{"private": true}', encoding="utf-8")
        subprocess.run(["npm", *INSTALL, *PACKAGES], cwd=folder, check=True, stdout=sys.stderr)
        (folder / "ready").touch()
    return folder


@contextmanager
def _served(words: tuple[str, ...]) -> Iterator[str]:
    """Run a command in front of an embedded server; the value is where its tools are."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DRAWTHINGS_")}
    both = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    with subprocess.Popen([PROGRAM, *words], text=True, env=environment, **both) as process:  # type: ignore[call-overload]
        try:
            found = next((each for line in process.stdout if (each := re.search(r"http://\S+?:\d+", line))), None)
            if found is None:
                raise SystemExit(f"`drawthings {' '.join(words)}` did not start.")
            yield f"{found[0]}/mcp"
        finally:
            process.terminate()


if __name__ == "__main__":
    sys.exit(main())
