"""Changes a picture by an instruction; the same as ``drawthings edit``.

    python examples/edit_image.py input.png "add warm sunset lighting" --output edited.png

All options: ``python examples/edit_image.py --help``.
"""

from __future__ import annotations

import sys

from drawthings.cli.main import main

if __name__ == "__main__":
    sys.exit(main(["edit", *sys.argv[1:]]))
