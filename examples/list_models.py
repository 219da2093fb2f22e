"""Lists what a server has; the same as ``drawthings models list``.

python examples/list_models.py
python examples/list_models.py --loras --server my-server:7859
"""

from __future__ import annotations

import sys

from drawthings.cli.main import main

if __name__ == "__main__":
    sys.exit(main(["models", "list", *sys.argv[1:]]))
