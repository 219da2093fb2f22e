"""Open WebUI's own request code against the gateway: fetches the package, starts the gateway, and prints what passed.

Usage: ``python conformance/openwebui.py``; needs 250 MB in the folder for temporary files.
"""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

from stage import checked, fetched, python_with, reported, served

VERSION = "0.12.4"
ROUTER = "open_webui/routers/images.py"
NEEDED = (*("aiofiles==25.1.0", "aiohttp==3.14.5", "fastapi==0.165.0", "pillow==13.0.0", "python-multipart==0.0.34"),)
"""What the router itself imports; the application around it is played by ``openwebui/check.py``."""
HERE = Path(__file__).resolve().parent


def main() -> int:
    """Run all checks; the exit status is 0 when every one passed."""
    python, router = python_with(f"openwebui-{VERSION}-python", NEEDED), fetched(f"openwebui-{VERSION}", _unpacked)
    with served() as url:
        results = checked(python, HERE / "openwebui" / "check.py", router / ROUTER, url)
    return reported(f"Open WebUI {VERSION}", results)


def _unpacked(folder: Path) -> None:
    """Put the one file that is needed into a folder; the package has a hundred megabytes."""
    command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", str(folder), f"open-webui=={VERSION}"]
    subprocess.run(command, check=True, stdout=sys.stderr)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        packed.extract(ROUTER, folder)
    wheel.unlink()


if __name__ == "__main__":
    sys.exit(main())
