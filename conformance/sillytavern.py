"""SillyTavern's own request code against the gateway: installs the package, starts both, and prints what passed.

Usage: ``python conformance/sillytavern.py``; needs Node 20, npm and 450 MB in the folder for temporary files.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

VERSION = "1.19.0"
HERE = Path(__file__).resolve().parent
FOLDER = Path(os.environ.get("DRAWTHINGS_CONFORMANCE", Path(tempfile.gettempdir(), "drawthings-conformance")))
INSTALL = ("install", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock")
LONGEST_S = 300
STARTING = 300
"""So many tenths of a second the gateway has to start."""


def main() -> int:
    """Run all checks; the exit status is 0 when every one passed."""
    package = _installed()
    with _gateway() as url:
        ran = subprocess.run(
            ["node", str(HERE / "sillytavern.mjs"), str(package), url],
            capture_output=True,
            text=True,
            check=False,
            timeout=LONGEST_S,
        )
    results = [json.loads(line) for line in ran.stdout.splitlines() if line.startswith("{")]
    for result in results:
        print(f"{'passed' if result['passed'] else 'FAILED'}  {result['name']}  {result['trouble']}".rstrip())
    passed = sum(result["passed"] for result in results)
    print(f"SillyTavern {VERSION}: {passed} of {len(results)} passed")
    if not results:
        print(ran.stderr, file=sys.stderr)
    return 0 if results and passed == len(results) else 1


def _installed() -> Path:
    """Return the folder of the package, which is fetched the first time."""
    folder = FOLDER / f"sillytavern-{VERSION}"
    package = folder / "node_modules" / "sillytavern"
    if not (package / "package.json").exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        (folder / "package.json").write_text('{"private": true}', encoding="utf-8")
        subprocess.run(["npm", *INSTALL, f"sillytavern@{VERSION}"], cwd=folder, check=True)
    return package


@contextmanager
def _gateway() -> Iterator[str]:
    """Run ``drawthings serve`` in front of an embedded server; the value is where it is."""
    with socket.create_server(("127.0.0.1", 0)) as place:
        port = place.getsockname()[1]
    words = ["serve", "--server", "embedded", "--port", str(port), "--no-gallery", "--drain", "0"]
    program = Path(sys.executable).with_name("drawthings")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DRAWTHINGS_")}
    with subprocess.Popen([str(program), *words], stderr=subprocess.DEVNULL, env=environment) as process:
        try:
            _wait(f"http://127.0.0.1:{port}/healthz", process)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(STARTING):
        try:
            with urllib.request.urlopen(url, timeout=1):  # noqa: S310 - our own address
                return
        except OSError:
            if process.poll() is not None:
                break
            time.sleep(0.1)
    raise SystemExit("The gateway did not start.")


if __name__ == "__main__":
    sys.exit(main())
