"""A grid on disk: a folder with every picture, the contact sheets, and a JSON file that says what made each."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from drawthings.client.target import checked
from drawthings.errors import OutputError
from drawthings.media.naming import candidates, write_new
from drawthings.profiles import home_expanded

if TYPE_CHECKING:
    from drawthings.client.grid import Cell, Grid

FACTS = "grid.json"
_MOST_LABEL = 60


class Album:
    """A folder that takes the pictures of a grid as they come, so that nothing is lost when the rest fails.

    Args:
        folder: Where; made when the first picture comes. A folder that is there and not empty is never mixed with:
            the new one gets a number.

    Raises:
        OutputError: There can be no such folder.
    """

    def __init__(self, folder: str | Path) -> None:
        checked(f"{folder}/")
        self.folder = _free(home_expanded(Path(folder)))
        self._files: dict[tuple[int, int, int], list[Path]] = {}

    def add(self, cell: Cell) -> list[Path]:
        """Write the pictures of one place.

        Returns:
            The files; none when the place has no picture.

        Raises:
            OutputError: They cannot be written.
            TensorError: They cannot be read.
        """
        x, y, z = cell.place
        name = f"{z + 1:02d}-{y + 1:02d}-{x + 1:02d}-{_slug(cell.label)}".rstrip("-")
        files = [picture.save(self.folder / f"{name}.png") for picture in cell.pictures]
        self._files[cell.place] = files
        return files

    def finish(self, grid: Grid) -> list[Path]:
        """Write the contact sheets and the JSON file.

        Args:
            grid: The grid; places that were not made, or failed, are said to be so.

        Returns:
            The sheets, and the JSON file at the end.

        Raises:
            OutputError: They cannot be written.
            BadValue: The grid is too large for a sheet; the JSON file is written.
        """
        facts = write_new(self.folder / FACTS, json.dumps(self._facts(grid), indent=2, ensure_ascii=False).encode())
        return [*self._sheets(grid), facts]

    def _sheets(self, grid: Grid) -> list[Path]:
        from drawthings.media.png import encode_png

        count = grid.shape[2]
        names = ["sheet.png"] if count == 1 else [f"sheet-{z + 1:02d}.png" for z in range(count)]
        return [write_new(self.folder / name, encode_png(grid.sheet(z))) for z, name in enumerate(names)]

    def _facts(self, grid: Grid) -> dict[str, Any]:
        facts = grid.facts()
        for cell, told in zip(grid.cells, facts["cells"], strict=True):
            told["files"] = [file.name for file in self._files.get(cell.place, ())]
        return facts


def _free(folder: Path) -> Path:
    try:
        return next(
            each for each in candidates(folder) if not each.exists() or (each.is_dir() and not any(each.iterdir()))
        )
    except OSError as error:
        raise OutputError(
            f"Nothing can be written to {str(folder)!r}: {error.strerror or error}.",
            hint="Choose another folder with --output.",
            path=str(folder),
        ) from error


def _slug(label: str) -> str:
    return re.sub(r"[^A-Za-z0-9.+]+", "-", label).strip("-.")[:_MOST_LABEL]
