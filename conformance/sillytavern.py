"""SillyTavern's own request code against the gateway: installs the package, starts both, and prints what passed.

Usage: ``python conformance/sillytavern.py``; needs Node 20, npm and 450 MB in the folder for temporary files.
"""

from __future__ import annotations

import sys
from pathlib import Path

from stage import checked, node_packages, reported, served

VERSION = "1.19.0"
HERE = Path(__file__).resolve().parent


def main() -> int:
    """Run all checks; the exit status is 0 when every one passed."""
    packages = node_packages(f"sillytavern-{VERSION}", [f"sillytavern@{VERSION}"])
    with served() as url:
        results = checked("node", HERE / "sillytavern.mjs", packages / "node_modules" / "sillytavern", url)
    return reported(f"SillyTavern {VERSION}", results)


if __name__ == "__main__":
    sys.exit(main())
