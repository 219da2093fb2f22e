"""Lets ``python -m drawthings`` be the ``drawthings`` command."""

from __future__ import annotations

import sys

from drawthings.cli.start import main

if __name__ == "__main__":
    sys.exit(main())
