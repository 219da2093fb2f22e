"""The TypeScript client of the Model Context Protocol, and the inspector, against our tools: installs, runs, prints.

Usage: ``python conformance/agents.py``; needs Node 20, npm and 150 MB in the folder for temporary files.
"""

from __future__ import annotations

import sys
from pathlib import Path

from stage import PROGRAM, SERVE, checked, node_packages, reported, served

PACKAGES = ("@modelcontextprotocol/sdk@1.32.2", "@modelcontextprotocol/inspector@0.15.0")
HERE = Path(__file__).resolve().parent
OVER_STDIO = (PROGRAM, "mcp", "-s", "embedded")  # the inspector takes --server for its own option
SERVERS = {"drawthings mcp": ("mcp", "--server", "embedded", "--http", "0"), "drawthings serve": SERVE}


def main() -> int:
    """Run all checks; the exit status is 0 when every one passed."""
    packages = node_packages("agents-1.32.2-0.15.0", PACKAGES)
    results: list[dict[str, str]] = []
    for server, words in SERVERS.items():
        program = OVER_STDIO if words[0] == "mcp" else ()
        with served(*words) as url:
            found = checked("node", HERE / "agents.mjs", packages, f"{url}/mcp", *program)
        results += [{**each, "name": f"{server}: {each['name']}"} for each in found]
    return reported(" and ".join(PACKAGES), results)


if __name__ == "__main__":
    sys.exit(main())
