"""What one row of the table of configuration fields is, and how it judges a value."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

from drawthings.errors import BadValue, OutOfRange
from drawthings.request.choices import Choice
from drawthings.request.parts import Control, Lora
from drawthings.request.values import (
    FIT_HINT,
    as_flag,
    as_integer,
    as_number,
    as_text,
    plain,
    shown,
)

BLOCK_PX: Final = 64
"""Sizes go over the wire as numbers of blocks of this many pixels, whatever the model."""
RANDOM: Final = -1
"""What stands for "choose one at random" in the app's JSON and on command lines; the wire has no such value."""


class Kind(Enum):
    """What a setting is in Python."""

    INTEGER = "integer"
    NUMBER = "number"
    FLAG = "flag"
    TEXT = "text"
    CHOICE = "choice"
    PARTS = "parts"


class Unit(Enum):
    """What a number of a setting counts."""

    NONE = ""
    PX = "px"
    BLOCK = "px in blocks of 64"


class Same(Enum):
    """Stands in a row for "follows from another column"."""

    SAME = "same"


_KINDS: Final = {
    "bool": Kind.FLAG,
    "float": Kind.NUMBER,
    "int": Kind.INTEGER,
    "long": Kind.INTEGER,
    "string": Kind.TEXT,
    "ubyte": Kind.INTEGER,
    "uint": Kind.INTEGER,
    "ushort": Kind.INTEGER,
    "[Control]": Kind.PARTS,
    "[LoRA]": Kind.PARTS,
}
_ZEROS: Final[dict[Kind, object]] = {
    Kind.INTEGER: 0,
    Kind.NUMBER: 0.0,
    Kind.FLAG: False,
    Kind.TEXT: None,
    Kind.CHOICE: 0,
    Kind.PARTS: None,
}


def camel_case(name: str) -> str:
    """Return the app's spelling of a name: ``t5_text_encoder`` is ``t5TextEncoder``."""
    return re.sub(r"_(.)", lambda found: found[1].upper(), name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One setting, as a row of the table.

    Attributes:
        slot: Its number in the FlatBuffer table; the vtable offset is 4 + 2·slot.
        fbs: Its name in ``config.fbs``.
        fbs_type: Its type there.
        name: Its name in Python, ``fbs`` unless given; None for what nobody sets (deprecated, or derived from another
            setting).
        json: Its key in the app's JSON, ``name`` in camelCase unless given; None when it has none.
        doc: What it does, in one or two sentences.
        default: What it is when nothing is said, in Python's units: the app's default unless ``doc`` says otherwise,
            which mostly is the schema's.
        schema_default: What the server takes when the slot is missing, in the wire's units; zero unless given.
        minimum: The smallest value.
        maximum: The largest value. Minimum and maximum are those of the app's command line and HTTP server
            (``Parameters.swift``) unless ``doc`` says otherwise; the gRPC server itself checks nothing.
        zero: Whether 0 is allowed below the minimum, for "off" or "automatic".
        in_use_with: The switch that, when on, forbids that 0.
        allowed: The only values allowed, where a range does not say it.
        unit: What the number counts.
        random: Whether None is allowed and means: choose one at random.
        gate: The derived wire field that is true when this setting is above 0.
        choices: The list a choice is from.
        json_number: Whether the app's JSON has the choice by its number; the others are there by their label.
        aliases: Names other programs use for it, for "did you mean".
        ignored: Whether the open server ignores it.
        deprecated: Whether the slot is dead; it is never written.
        source: Where upstream says so.
    """

    slot: int
    fbs: str
    fbs_type: str
    doc: str
    name: str | None = ""
    json: str | None = ""
    default: object = Same.SAME
    schema_default: object = Same.SAME
    minimum: float | None = None
    maximum: float | None = None
    zero: bool = False
    in_use_with: str | None = None
    allowed: tuple[int, ...] = ()
    unit: Unit = Unit.NONE
    random: bool = False
    gate: str | None = None
    choices: type[Choice] | None = None
    json_number: bool = False
    aliases: tuple[str, ...] = ()
    ignored: bool = False
    deprecated: bool = False
    source: str = "config.fbs, ScriptModels.swift, Defaults.swift, Parameters.swift"

    def __post_init__(self) -> None:
        if self.name == "":
            object.__setattr__(self, "name", self.fbs)
        if self.json == "":
            object.__setattr__(self, "json", camel_case(self.name) if self.name else None)
        if self.schema_default is Same.SAME:
            object.__setattr__(self, "schema_default", _ZEROS[self.kind])
        if self.default is Same.SAME:
            object.__setattr__(self, "default", self.from_wire(self.schema_default))

    @property
    def kind(self) -> Kind:
        """What the setting is in Python."""
        return _KINDS.get(self.fbs_type, Kind.CHOICE)

    @property
    def derived(self) -> bool:
        """Whether the slot is written, but follows from another setting."""
        return self.name is None and not self.deprecated

    @property
    def step(self) -> int:
        """The distance between allowed whole numbers."""
        return BLOCK_PX if self.unit is Unit.BLOCK else 1

    def range_text(self) -> str:
        """Return the allowed values in words, or an empty text where anything goes."""
        if self.choices is not None:
            return f"one of {', '.join(self.choices.labels())}"
        if self.allowed:
            return f"one of {', '.join(str(value) for value in self.allowed)}"
        if self.minimum is None or self.maximum is None:
            return ""
        words = f"{plain(self.minimum)} to {plain(self.maximum)}"
        if self.unit is Unit.BLOCK:
            words += f" in steps of {BLOCK_PX}"
        if self.zero:
            words += ", or 0"
        if self.random:
            words += f", or {RANDOM} or None for a random one"
        return words

    def from_wire(self, value: object) -> object:
        """Turn what stands in the slot into what Python has: pixels for blocks, a member for its number."""
        match self.kind:
            case Kind.INTEGER if self.unit is Unit.BLOCK and isinstance(value, int):
                return value * BLOCK_PX
            case Kind.CHOICE if self.choices is not None and isinstance(value, int):
                return self.choices(value)
            case Kind.PARTS if value is None:
                return ()
        return value

    def coerce(self, value: object) -> object:
        """Bring a value into the setting's type, without judging its size.

        Raises:
            BadValue: The value has the wrong type.
            UnknownChoice: There is no such sampler, seed mode …
        """
        where = self.name or self.fbs
        coerced: object
        match self.kind:
            case Kind.INTEGER:
                coerced = None if self.random and value is None else as_integer(where, value)
                if self.random and coerced == RANDOM:
                    coerced = None
            case Kind.NUMBER:
                coerced = as_number(where, value)
            case Kind.FLAG:
                coerced = as_flag(where, value)
            case Kind.TEXT:
                coerced = None if value is None else as_text(where, value) or None
            case Kind.CHOICE if self.choices is not None:
                coerced = self.choices.parse(value, field=where)
            case _:
                coerced = self._parts(value)
        return coerced

    def _parts(self, value: object) -> object:
        part = Lora if self.fbs_type == "[LoRA]" else Control
        if value is None:
            return ()
        if isinstance(value, str | Mapping | Lora | Control):
            return (part.read(value),)
        if not isinstance(value, Iterable):
            raise BadValue(
                f"{self.name} must be a list, not {shown(value)}.",
                hint="Give a list of file names or of parts.",
                field=self.name,
                value=value,
            )
        return tuple(part.read(item) for item in value)

    def judge(self, value: object) -> None:
        """Refuse a value of the right type that is out of range or off the grid.

        Raises:
            OutOfRange: It is; the nearest allowed values are in ``suggestions``.
        """
        if not isinstance(value, int | float) or isinstance(value, bool | Choice):
            return
        if self.allowed and value not in self.allowed:
            names = tuple(plain(allowed) for allowed in self.allowed)
            raise self._refused(value, f"it must be {self.range_text()}", names)
        if self.minimum is None or self.maximum is None or (self.zero and value == 0):
            return
        if self.step > 1 and value % self.step:
            below = value // self.step * self.step
            near = tuple(plain(v) for v in (below, below + self.step) if self.minimum <= v <= self.maximum)
            if near:
                raise self._refused(value, f"it must be a multiple of {self.step}", near)
        if not self.minimum <= value <= self.maximum:
            nearest = plain(min(max(value, self.minimum), self.maximum))
            raise self._refused(value, f"it must be {self.range_text()}", (nearest,))

    def _refused(self, value: float, rule: str, near: tuple[str, ...]) -> OutOfRange:
        return OutOfRange(
            f"{self.name} is {_written(value)}, but {rule}.",
            hint=f"Use {' or '.join(near)}, {FIT_HINT}.",
            field=self.name,
            value=value,
            suggestions=near,
        )

    def check(self, value: object) -> object:
        """Bring a value into the setting's type and refuse it when it is out of range.

        Raises:
            ConfigError: The value cannot be used.
        """
        coerced = self.coerce(value)
        self.judge(coerced)
        return coerced

    def fit(self, value: object) -> tuple[object, str]:
        """Bring a value into the setting's type and to the nearest allowed one.

        Returns:
            The value, and a sentence about the change or an empty text.

        Raises:
            ConfigError: The value has the wrong type; only its size can be changed.
        """
        coerced = self.coerce(value)
        try:
            self.judge(coerced)
        except OutOfRange:
            pass
        else:
            return coerced, ""
        fitted = self._nearest(coerced)
        return fitted, f"{self.name} {_written(coerced)} became {_written(fitted)}: it must be {self.range_text()}."

    def _nearest(self, value: object) -> object:
        if self.allowed or not isinstance(value, int | float):
            return self.default
        low, high = self.minimum or 0, self.maximum or 0
        if self.kind is Kind.NUMBER:
            return min(max(float(value), float(low)), float(high))
        snapped = int(value + self.step // 2) // self.step * self.step
        return int(min(max(snapped, low), high))


def _written(value: object) -> str:
    return plain(value) if isinstance(value, float) else shown(value)
