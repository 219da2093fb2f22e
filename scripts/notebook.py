"""Runs the example notebook from its first cell to its last, with this interpreter, and writes it with its outputs.

python scripts/notebook.py                     # examples/notebook.ipynb, in place
python scripts/notebook.py --output run.ipynb  # somewhere else
"""

from __future__ import annotations

import argparse
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat
from nbclient import NotebookClient

NOTEBOOK = Path(__file__).parents[1] / "examples" / "notebook.ipynb"
CELL_TIMEOUT_S = 60


def execute(source: Path) -> nbformat.NotebookNode:
    """Run a notebook in a folder of its own, and return it with its outputs."""
    notebook = nbformat.read(source, as_version=4)
    with TemporaryDirectory(prefix="drawthings-") as folder:
        # Files that the notebook saves are not left beside it.
        client = NotebookClient(
            notebook,
            timeout=CELL_TIMEOUT_S,
            kernel_name="python3",
            record_timing=False,
            resources={"metadata": {"path": folder}},
        )
        client.execute()
    # What depends on the machine is no part of the example.
    notebook.metadata = {"kernelspec": notebook.metadata["kernelspec"], "language_info": {"name": "python"}}
    for cell in notebook.cells:
        cell.metadata = {}
    return notebook


def main() -> None:
    """Run it from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, default=NOTEBOOK, help="where to write it")
    target = parser.parse_args().output
    notebook = execute(NOTEBOOK)
    nbformat.validate(notebook)
    nbformat.write(notebook, target)


if __name__ == "__main__":
    main()
