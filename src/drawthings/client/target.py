"""Where results go: a file, a folder or a pattern becomes one name per picture."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from drawthings.errors import OutputError
from drawthings.media.image import kind_of
from drawthings.media.naming import expand_name, home_expanded, names_for

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
    return [target_of(path, picture, place, overwrite=overwrite) for place, picture in enumerate(pictures)]


def target_of(path: str | Path, picture: Picture, place: int, *, overwrite: bool = False) -> Path:
    """Return a file name for one of several pictures.

    Args:
        path: As for ``targets``.
        picture: The picture.
        place: Its place among those that are written, from 0.
        overwrite: As for ``targets``.

    Raises:
        UnknownField: The pattern names something unknown.
    """
    text = str(path)
    if _is_folder(text):
        return _expanded(str(Path(text) / FOLDER_PATTERN), picture)
    if "{" in text:
        return _expanded(text, picture)
    target = home_expanded(Path(text))
    return names_for(target, place + 1)[place] if overwrite else target


def _expanded(pattern: str, picture: Picture) -> Path:
    model = Path(picture.plan.model.file).stem
    return expand_name(pattern, model=model, seed=picture.seed, index=picture.index)


def checked(path: str | Path) -> None:
    """Refuse what can never be written to, before anything is generated for it.

    Args:
        path: As for ``targets``.

    Raises:
        BadValue: The suffix names no known kind.
        UnknownField: The pattern names something unknown.
        OutputError: The path cannot exist.
    """
    text = str(path)
    if _is_folder(text):
        return
    example = expand_name(text, model="model", seed=0, index=0) if "{" in text else home_expanded(Path(text))
    kind_of(example)


def _is_folder(text: str) -> bool:
    try:
        return home_expanded(Path(text)).is_dir() or text.endswith(("/", "\\"))
    except (OSError, ValueError) as error:
        raise OutputError(
            f"Nothing can be written to {text[:80]!r}: {getattr(error, 'strerror', None) or error}.",
            hint="Choose another place with --output.",
            path=text,
        ) from error
