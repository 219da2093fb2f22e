"""Open WebUI's own request code against the gateway: fetches the package, starts the gateway, and prints what passed.

Usage: ``python conformance/openwebui.py``; needs 250 MB in the folder for temporary files.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from stage import PROGRAM, SERVE, checked, fetched, python_with, reported, served

VERSION = "0.12.4"
FILES = ("open_webui/routers/images.py", "open_webui/constants.py")
"""What is executed as it is: the router, and the texts of its errors."""
NEEDED = (*("aiofiles==25.1.0", "aiohttp==3.14.5", "fastapi==0.165.0", "pillow==13.0.0", "python-multipart==0.0.34"),)
"""What the router itself imports; the application around it is played by ``openwebui/check.py``."""
HERE = Path(__file__).resolve().parent


def main() -> int:
    """Run all checks; the exit status is 0 when every one passed."""
    python, files = python_with(f"openwebui-{VERSION}-python", NEEDED), fetched(f"openwebui-{VERSION}-files", _unpacked)
    with tempfile.TemporaryDirectory() as folder:
        keys = str(Path(folder, "keys"))
        command = [PROGRAM, "serve", "--new-key", "open-webui", "--api-key-file", keys]
        key = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
        with served() as url, served(*SERVE, "--api-key-file", keys) as locked:
            results = checked(python, HERE / "openwebui" / "check.py", files, url, locked, key)
    return reported(f"Open WebUI {VERSION}", results)


def _unpacked(folder: Path) -> None:
    """Put the files that are needed into a folder; the package has a hundred megabytes."""
    command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", str(folder), f"open-webui=={VERSION}"]
    subprocess.run(command, check=True, stdout=sys.stderr)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(folder, FILES)
    wheel.unlink()


if __name__ == "__main__":
    sys.exit(main())
