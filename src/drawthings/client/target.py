"""Where results go: a file, a folder or a pattern becomes one name per picture."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from drawthings.media.naming import expand_name, names_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from drawthings.client.result import Picture

FOLDER_PATTERN = "{model}-{seed}.png"


def targets(path: str | Path, pictures: Sequence[Picture], *, overwrite: bool = False) -> list[Path]:
    """Return a file name for each picture.

    Args:
        path: A file name: further pictures get a number before the suffix. A folder, existing or ending in a slash:
            files named after model and seed. A pattern with ``{model}``, ``{seed}`` or ``{index}``.
        pictures: The pictures to be written.
        overwrite: Whether existing files will be replaced, so that the numbers must be given out here; otherwise
            writing finds the next free one by itself, and all pictures get the same name here.

    Raises:
        UnknownField: The pattern names something unknown.
    """
    text = str(path)
    if text.endswith(("/", "\\")) or Path(text).expanduser().is_dir():
        return [_expanded(str(Path(text) / FOLDER_PATTERN), picture) for picture in pictures]
    if "{" in text:
        return [_expanded(text, picture) for picture in pictures]
    target = Path(text).expanduser()
    return names_for(target, len(pictures)) if overwrite else [target] * len(pictures)


def _expanded(pattern: str, picture: Picture) -> Path:
    model = Path(picture.plan.model.file).stem
    return expand_name(pattern, model=model, seed=picture.seed, index=picture.index)
