"""Makes a picture from a prompt; the same as ``drawthings generate``.

    python examples/generate_image.py "a cute puppy"
    python examples/generate_image.py "sunset over mountains" --size 768 --steps 30 --output sunset.png

All options: ``python examples/generate_image.py --help``.
"""

from __future__ import annotations

import sys

from drawthings import generate_image
from drawthings.cli.main import main

__all__ = ["generate_image"]

if __name__ == "__main__":
    sys.exit(main(["generate", *sys.argv[1:]]))
