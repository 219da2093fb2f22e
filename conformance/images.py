"""Clients of OpenAI's images API against the gateway: installs them, starts it, and prints what passed.

Usage: ``python conformance/images.py``; needs Node 20, npm and 500 MB in the folder for temporary files.
"""

from __future__ import annotations

import sys
from pathlib import Path

from stage import checked, node_packages, python_with, reported, served

PACKAGES = ("openai@6.49.0", "ai@6.0.326", "@ai-sdk/openai@3.0.141", "@ai-sdk/openai-compatible@2.0.91")
LITELLM = "litellm==1.106.2"
HERE = Path(__file__).resolve().parent


def main() -> int:
    """Run all checks; the exit status is 0 when every one passed."""
    packages, python = node_packages("images-6.49.0-6.0.326", PACKAGES), python_with("litellm-1.106.2", [LITELLM])
    with served() as url:
        results = checked("node", HERE / "images.mjs", packages, url)
        results += checked(python, HERE / "litellm" / "check.py", url)
    return reported(", ".join((*PACKAGES, LITELLM)), results)


if __name__ == "__main__":
    sys.exit(main())
