"""Where results go: a file, a folder or a pattern becomes one name per picture."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from drawthings.errors import OutputError
from drawthings.media.image import check_size, kind_of
from drawthings.media.naming import expand_name, names_for
from drawthings.profiles import home_expanded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from drawthings.client.result import Picture
    from drawthings.request.plan import Plan

FOLDER_PATTERN = "{model}-{seed}.png"

UNKNOWN_UPSCALER = 4
"""How many times the server enlarges by an upscaler that it does not know. Source: ``UpscalerZoo``."""


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
    if is_folder(text):
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
        OutputError: The path cannot exist, or nothing may be written there.
    """
    text = str(path)
    if is_folder(text):
        text = str(Path(text) / FOLDER_PATTERN)
    example = expand_name(text, model="model", seed=0, index=0) if "{" in text else home_expanded(Path(text))
    kind_of(example)
    check_place(example)


def check_place(target: Path) -> None:
    """Refuse a place where nothing can be written as far as that can be seen without writing.

    Args:
        target: The file that is to be made; missing folders on the way to it will be.

    Raises:
        OutputError: The nearest folder that exists may not be written to, or is a file; or it is the home of nobody.
    """
    if len(target.parts) > 1 and target.parts[0].startswith("~"):
        raise OutputError(
            f"{str(target)!r} cannot be written: there is no user {target.parts[0][1:]!r}.",
            hint="Choose another folder with --output.",
            path=target,
        )
    # os.path.exists takes a folder that may not be looked into for one that is not there, and goes on above it.
    there = next(each for each in target.absolute().parents if os.path.exists(each))  # noqa: PTH110 - Path's raises
    if not there.is_dir():
        reason, hint = f"{str(there)!r} is a file, not a folder", "Choose another folder with --output."
    elif not os.access(there, os.W_OK | os.X_OK):
        reason, hint = f"the folder {str(there)!r} may not be written to", "Choose another folder with --output."
    else:
        return
    raise OutputError(f"{str(target)!r} cannot be written: {reason}.", hint=hint, path=target)


def check_room(path: str | Path, plan: Plan) -> None:
    """Refuse a kind of file that cannot hold pictures as large as a plan will bring.

    Args:
        path: As for ``targets``.
        plan: Everything that was decided.

    Raises:
        BadValue: The pictures have more pixels a side than that kind allows.
    """
    if not is_folder(str(path)):
        check_size(kind_of(path), *result_size(plan))


def result_size(plan: Plan) -> tuple[int, int]:
    """Return width and height of the pictures that a plan brings, in pixels, those of an upscaler included."""
    settings = plan.configuration
    width, height = plan.cut or (settings.width, settings.height)
    factor = 1
    if settings.upscaler:
        own = next((each.get("scale_factor") for each in plan.order.override.upscalers), None)
        factor = settings.upscaler_scale_factor or int(str(own or UNKNOWN_UPSCALER))
    return width * factor, height * factor


def is_folder(text: str) -> bool:
    """Return whether a path names a folder, existing or by a slash at its end.

    Raises:
        OutputError: The path cannot exist.
    """
    try:
        return home_expanded(Path(text)).is_dir() or text.endswith(("/", "\\"))
    except (OSError, ValueError) as error:
        raise OutputError(
            f"Nothing can be written to {text[:80]!r}: {getattr(error, 'strerror', None) or error}.",
            hint="Choose another place with --output.",
            path=text,
        ) from error
