"""Grids: one prompt with the values of one, two or three settings, laid out side by side. No I/O: clients share it."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import TYPE_CHECKING, Any, TypeAlias

from drawthings.errors import BadValue, OutOfRange, SecretRequired, TlsMismatch, Unreachable
from drawthings.request.fields import BY_NAME, unknown_field
from drawthings.request.fields_core import SEED_LIMIT

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from drawthings.client.display.still import Still
    from drawthings.client.result import Picture, Result
    from drawthings.errors import DrawThingsError
    from drawthings.request.configuration import Configuration
    from drawthings.request.wishes import Wanted

MOST_CELLS = 1000
REPLACE = "replace"
WORDS = frozenset({"prompt", "negative_prompt", REPLACE})
"""What can vary beside the settings: the prompts, and one piece of text in them."""

FATAL = (Unreachable, SecretRequired, TlsMismatch)
"""What ends a grid early: the server is gone, or lets nobody in any more."""

_COSTLY = frozenset({"model", "refiner_model"})
_EXPENSIVE_FIRST = (lambda axis: axis.name not in _COSTLY, lambda axis: axis.name != "loras")

AxisLike: TypeAlias = "Axis | tuple[str, Sequence[Any]]"


@dataclass(frozen=True, slots=True)
class Axis:
    """What varies along one side of a grid.

    Attributes:
        name: A setting; or ``prompt``; or ``negative_prompt``; or ``replace``, which puts each value in the place of
            the first one in both prompts.
        values: What it becomes, one after the other.
    """

    name: str
    values: tuple[Any, ...]

    @property
    def labels(self) -> tuple[str, ...]:
        """What stands beside the pictures."""
        bare = self.name in WORDS
        return tuple(_label(value) if bare else f"{self.name} {_label(value)}" for value in self.values)


@dataclass(frozen=True, slots=True)
class Cell:
    """One place of a grid, before or after its pictures were made.

    Attributes:
        place: Where it is along x, y and z, from 0.
        prompt: Its prompt.
        wanted: What it asks for beside the prompt, as the keywords of ``generate``.
        varied: What sets it apart: the value of each axis by name.
        result: What came of it; None before, and when it failed.
        error: Why there is no result; it carries the pictures that had arrived.
    """

    place: tuple[int, int, int]
    prompt: str
    wanted: Wanted = field(repr=False)
    varied: Mapping[str, Any]
    result: Result | None = field(default=None, repr=False)
    error: DrawThingsError | None = None

    @property
    def label(self) -> str:
        """What sets it apart, in one line."""
        return ", ".join(
            _label(each) if name in WORDS else f"{name} {_label(each)}" for name, each in self.varied.items()
        )

    @property
    def pictures(self) -> tuple[Picture, ...]:
        """Its pictures; of one that failed those that had arrived."""
        if self.result is not None:
            return self.result.pictures
        return tuple(self.error.details.get("images", ())) if self.error is not None else ()


@dataclass(frozen=True, slots=True)
class Grid:
    """The pictures of all combinations of some settings.

    Attributes:
        prompt: The prompt they share.
        axes: What varies: along x, and if there are more along y and z.
        cells: Every place, x changing fastest and z slowest.
    """

    prompt: str
    axes: tuple[Axis, ...]
    cells: tuple[Cell, ...] = field(repr=False)

    @property
    def shape(self) -> tuple[int, int, int]:
        """How many columns, rows and sheets it has."""
        return _shape(self.axes)

    def finished(self, cells: Sequence[Cell]) -> Grid:
        """Return the grid with what became of some of its places, in whatever order they were made."""
        made = {cell.place: cell for cell in cells}
        return replace(self, cells=tuple(made.get(cell.place, cell) for cell in self.cells))

    def checked(self) -> Grid:
        """Return the grid as it is.

        Raises:
            DrawThingsError: Nothing of it succeeded; this is what happened to the first place that failed.
        """
        if any(cell.pictures for cell in self.cells):
            return self
        raise next(cell.error for cell in self.cells if cell.error is not None)

    def cell(self, x: int, y: int = 0, z: int = 0) -> Cell:
        """Return one place.

        Raises:
            OutOfRange: The grid has no such place.
        """
        for cell in self.cells:
            if cell.place == (x, y, z):
                return cell
        raise OutOfRange(
            f"The grid has no place {(x, y, z)}.",
            hint=f"It has {' by '.join(map(str, self.shape))} places, counted from 0.",
            field="place",
            value=(x, y, z),
        )

    def sheet(self, z: int = 0, *, cell_px: int | None = None) -> NDArray[np.uint8]:
        """Return a contact sheet: columns along x, rows along y, the words of the axes beside them.

        Args:
            z: Which sheet, for a grid with three axes.
            cell_px: The longer side of a place in pixels; by default 384.

        Shapes:
            result (H, W, 3) uint8.

        Raises:
            BadValue: There are too many places for one sheet.
        """
        from drawthings.media.sheet import CELL_PX, contact_sheet

        across, down, _ = self.shape
        rows = [[_sheet_cell(self.cell(x, y, z)) for x in range(across)] for y in range(down)]
        columns, beside, above = (*(axis.labels for axis in self.axes), (), ())[:3]
        title = f"{self.prompt} · {above[z]}" if above else self.prompt
        return contact_sheet(rows, columns=columns, rows=beside, title=title, cell_px=cell_px or CELL_PX)

    def facts(self) -> dict[str, Any]:
        """Return what made each picture, for a JSON file: the axes, and each place with its settings or its error."""
        return {
            "prompt": self.prompt,
            "axes": [{"name": axis.name, "values": list(map(_plain, axis.values))} for axis in self.axes],
            "cells": [_facts(cell) for cell in self.cells],
        }

    def _repr_png_(self) -> Still | None:
        from drawthings.client.display.outputs import grid_png

        return grid_png(self)

    def _repr_jpeg_(self) -> Still | None:
        from drawthings.client.display.outputs import grid_jpeg

        return grid_jpeg(self)

    def _repr_html_(self) -> str | None:
        from drawthings.client.display.outputs import grid_html

        return grid_html(self)


def draft(
    prompt: str, axes: Sequence[AxisLike | None], configuration: Configuration | None, wanted: Wanted
) -> tuple[Grid, tuple[Cell, ...]]:
    """Decide what a grid consists of.

    All places share one seed unless an axis varies it, so that only what varies makes the difference.

    Args:
        prompt: The prompt.
        axes: Up to three; None is left out.
        configuration: All settings at once, as for ``generate``.
        wanted: What is asked for beside them.

    Returns:
        The empty grid, and its places in the order in which they should be made: a change of the model costs the
        server the most, so it happens as seldom as it can.

    Raises:
        UnknownField: An axis varies something that is no setting.
        BadValue: An axis has no values, stands twice, or replaces text that is not there.
        OutOfRange: The grid has more than 1000 places.
    """
    chosen = _axes(axes)
    shared: dict[str, Any] = {**wanted, **_seed(configuration, wanted, chosen)}
    cells = tuple(_cell(prompt, shared, chosen, place) for place in _places(chosen))
    order = sorted(cells, key=lambda cell: _cost(cell, chosen))
    return Grid(prompt, chosen, cells), tuple(order)


def _axes(given: Sequence[AxisLike | None]) -> tuple[Axis, ...]:
    axes = tuple(_axis(axis) for axis in given if axis is not None)
    names = [axis.name for axis in axes]
    if not axes or len(set(names)) < len(names):
        said = f"Two axes of the grid vary {names[0]}." if axes else "The grid has no axis."
        raise BadValue(said, hint='Give each axis its own setting, as in x=("steps", [4, 8, 16]).', field="x")
    across, down, deep = _shape(axes)
    if (count := across * down * deep) > MOST_CELLS:
        raise OutOfRange(
            f"The grid would have {count} places; at most {MOST_CELLS} are made at once.",
            hint="Take away values, or make several grids.",
            field="x",
            value=count,
        )
    return axes


def _axis(given: AxisLike) -> Axis:
    axis = given if isinstance(given, Axis) else _from_pair(given)
    if axis.name not in WORDS and axis.name not in BY_NAME:
        raise unknown_field(axis.name)
    if not axis.values:
        raise BadValue(f"The axis {axis.name} has no values.", hint="Give at least one.", field=axis.name)
    return axis


def _from_pair(given: object) -> Axis:
    match given:
        case (str(name), values) if isinstance(values, Sequence) and not isinstance(values, str | bytes):
            return Axis(name, tuple(values))
    raise BadValue(
        f"{given!r} is no axis of a grid.", hint='Write a name and its values: ("steps", [4, 8, 16]).', field="x"
    )


def _shape(axes: Sequence[Axis]) -> tuple[int, int, int]:
    across, down, deep = (*(len(axis.values) for axis in axes), 1, 1)[:3]
    return across, down, deep


def _places(axes: Sequence[Axis]) -> list[tuple[int, int, int]]:
    across, down, deep = _shape(axes)
    return [(x, y, z) for z, y, x in itertools.product(range(deep), range(down), range(across))]


def _seed(configuration: Configuration | None, wanted: Wanted, axes: Sequence[Axis]) -> dict[str, int]:
    """Return the seed that all places share, where neither they nor the person name one."""
    import random

    given = wanted.get("seed", configuration.seed if configuration is not None else None)
    if given not in {None, -1} or any(axis.name == "seed" for axis in axes):
        return {}
    return {"seed": random.SystemRandom().randint(0, SEED_LIMIT)}


def _cell(prompt: str, shared: Mapping[str, Any], axes: Sequence[Axis], place: tuple[int, int, int]) -> Cell:
    varied = {axis.name: axis.values[at] for axis, at in zip(axes, place, strict=False)}
    words = {"prompt": prompt, "negative_prompt": shared.get("negative_prompt", "")}
    words.update({name: value for name, value in varied.items() if name in words})
    for axis in axes:
        if axis.name == REPLACE:
            words = _replaced(words, str(axis.values[0]), str(varied[REPLACE]))
    wanted: Any = {**shared, **{name: value for name, value in varied.items() if name not in WORDS}}
    if words["negative_prompt"]:
        wanted["negative_prompt"] = words["negative_prompt"]
    return Cell(place, words["prompt"], wanted, varied)


def _replaced(words: dict[str, str], old: str, new: str) -> dict[str, str]:
    if not old or not any(old in text for text in words.values()):
        raise BadValue(
            f"{old!r} is to be replaced, but no prompt holds it.",
            hint="The first value of the axis replace is the text in the prompt that the others take the place of.",
            field=REPLACE,
            value=old,
        )
    return {name: text.replace(old, new) for name, text in words.items()}


def _cost(cell: Cell, axes: Sequence[Axis]) -> tuple[int, ...]:
    """Order places so that what is expensive to change changes least: first models, then LoRAs, then as laid out."""
    ranked = sorted(range(len(axes)), key=lambda at: tuple(rank(axes[at]) for rank in _EXPENSIVE_FIRST))
    costly = tuple(cell.place[at] for at in ranked if axes[at].name in _COSTLY or axes[at].name == "loras")
    return (*costly, *reversed(cell.place))


def _sheet_cell(cell: Cell) -> Any:  # noqa: ANN401 - numpy stays out until a sheet is made
    from drawthings.media.sheet import SheetCell

    if cell.pictures:
        return SheetCell(cell.pictures[0].pixels)
    return SheetCell(None, str(cell.error) if cell.error is not None else "not made")


def _facts(cell: Cell) -> dict[str, Any]:
    import json

    facts: dict[str, Any] = {
        "x": cell.place[0],
        "y": cell.place[1],
        "z": cell.place[2],
        "varied": {name: _plain(value) for name, value in cell.varied.items()},
        "prompt": cell.prompt,
        "negative_prompt": cell.wanted.get("negative_prompt", ""),
    }
    if cell.error is not None:
        facts["error"] = {"kind": type(cell.error).__name__, "message": str(cell.error), "hint": cell.error.hint}
    if cell.result is not None:
        facts["seeds"] = [picture.seed for picture in cell.pictures]
        facts["seconds"] = round(cell.result.elapsed_s, 3)
        facts["configuration"] = json.loads(cell.result.configuration.to_json())
    return facts


def _label(value: object) -> str:
    if isinstance(value, Enum):
        return str(getattr(value, "label", value.name))
    if isinstance(value, Sequence) and not isinstance(value, str):
        return " + ".join(map(_label, value)) or "none"
    file = getattr(value, "file", None)
    if file is not None:
        return f"{file}:{getattr(value, 'weight', 1):g}"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _plain(value: object) -> Any:  # noqa: ANN401 - what JSON can hold
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(each) for each in value]
    return value if value is None or type(value) in {bool, int, float, str} else _label(value)
