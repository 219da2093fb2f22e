"""A configuration as the bytes a request carries, both ways.

Which field is which stands in the table of fields alone; ``flatwrite.py`` and ``flatwalk.py`` know FlatBuffers.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any, Final, TypeVar

from drawthings.errors import BadConfiguration, BadValue, OutOfRange
from drawthings.request.choices import Choice, ControlInput, ControlMode, LoraMode
from drawthings.request.configuration import Configuration
from drawthings.request.fields import BLOCK_PX, FIELDS, Field, Kind, Unit
from drawthings.request.flatwalk import Table, Walk
from drawthings.request.flatwrite import Place, Writer, number
from drawthings.request.parts import Control, Lora
from drawthings.request.values import narrow, shown

if TYPE_CHECKING:
    from collections.abc import Sequence

C = TypeVar("C", bound=Choice)

LIMIT_BYTES: Final = 4 << 20
"""The longest buffer that is read; a real one has about a kilobyte, and whatever its texts add."""
_GATES: Final = {field.gate: field.name for field in FIELDS if field.gate and field.name}
_SLOTS: Final = {field.fbs: field.slot for field in FIELDS}
_LORA_WEIGHT: Final = 0.6
"""What the schema gives a LoRA whose weight is missing; ``Lora`` itself says 1."""


def encode_configuration(configuration: Configuration) -> bytes:
    """Write a configuration as the server reads it.

    Every scalar is written even where it equals the schema's default: a server that was built with other defaults, or
    a reader that takes a missing number for 0, then sees the same.

    Args:
        configuration: The settings, with a concrete seed.

    Returns:
        A FlatBuffer with the root table ``GenerationConfiguration``, without identifier and size prefix.

    Units:
        Sizes of canvas, first pass and tiles are divided by 64; all other sizes are pixels.

    Raises:
        BadValue: The seed is None; the wire has no way to say "random".
        OutOfRange: A value of an unchecked configuration does not fit its slot.
    """
    if configuration.seed is None:
        raise BadValue(
            "seed is None, but a request needs a concrete seed.",
            hint="Call resolved() first; it chooses one at random.",
            field="seed",
        )
    writer = Writer()
    written = [(field.slot, _wire_value(writer, field, configuration)) for field in FIELDS if not field.deprecated]
    return writer.finish(writer.table((slot, value) for slot, value in written if value is not None))


def _wire_value(writer: Writer, field: Field, configuration: Configuration) -> bytes | Place | None:
    """Return what goes into a slot: a number, the place of a text or list, or None to leave it out."""
    if field.name is None:
        return number("bool", getattr(configuration, _GATES[field.fbs]) > 0)
    value = getattr(configuration, field.name)
    if field.kind is Kind.TEXT:
        return None if value is None else writer.text(value)
    if field.kind is Kind.PARTS:
        return _list(writer, [_write_part(writer, part) for part in value])
    if field.unit is Unit.BLOCK:
        blocks, rest = divmod(value, BLOCK_PX)
        value = value / BLOCK_PX if rest else blocks
    return _fitting(field, value)


def _fitting(field: Field, value: object) -> bytes:
    """Return a number as it stands in its slot; one that does not fit only an unchecked configuration can have."""
    try:
        return number("byte" if field.kind is Kind.CHOICE else field.fbs_type, value)
    except (struct.error, OverflowError) as error:
        raise OutOfRange(
            f"{field.name} {shown(value)} does not fit its {field.fbs_type} slot.",
            hint="Configuration.problems() tells what it may be.",
            field=field.name,
            value=value,
        ) from error


def _list(writer: Writer, places: Sequence[Place]) -> Place | None:
    """Write a list of what was written before; None for an empty one, which readers take for a missing one."""
    return writer.sequence(places) if places else None


def _write_part(writer: Writer, part: Lora | Control) -> Place:
    file = writer.text(part.file)
    if isinstance(part, Lora):
        return writer.table([(0, file), (1, number("float", part.weight)), (2, number("byte", part.mode))])
    blocks = _list(writer, [writer.text(block) for block in part.target_blocks])
    fields: list[tuple[int, bytes | Place]] = [
        (0, file),
        (1, number("float", part.weight)),
        (2, number("float", part.guidance_start)),
        (3, number("float", part.guidance_end)),
        (4, number("bool", part.no_prompt)),
        (5, number("bool", part.global_average_pooling)),
        (6, number("float", part.down_sampling_rate)),
        (7, number("byte", part.mode)),
        (9, number("byte", part.input_override)),
    ]
    return writer.table(fields if blocks is None else [*fields, (8, blocks)])


def decode_configuration(data: bytes | bytearray | memoryview, *, strict: bool = False) -> Configuration:
    """Read the bytes of a request as the server does: what is missing has the schema's default, not the app's.

    Args:
        data: A FlatBuffer with the root table ``GenerationConfiguration``.
        strict: Whether values out of range are refused. A server has to see what was really sent, so they are kept by
            default; ``Configuration.problems()`` names them.

    Returns:
        The configuration. A number that no sampler, seed mode … has becomes the schema's default, as in the server.

    Raises:
        BadConfiguration: The bytes are no such FlatBuffer, or more than 4 MiB.
        ConfigError: ``strict``, and a value is out of range.
    """
    size = memoryview(data).nbytes
    if size > LIMIT_BYTES:
        raise BadConfiguration(
            f"The configuration has {size} bytes; more than {LIMIT_BYTES} are not read.",
            hint="A configuration has about a kilobyte; is this another field of the request?",
        )
    table = Walk(bytes(data)).root()
    values = {field.name: _python_value(table, field) for field in FIELDS if field.name}
    return Configuration(**values) if strict else Configuration.unchecked(values)


def _python_value(table: Table, field: Field) -> Any:  # noqa: ANN401 - any setting
    match field.kind:
        case Kind.TEXT:
            return table.text(field.slot) or None
        case Kind.PARTS if field.fbs_type == "[LoRA]":
            return tuple(_read_lora(part) for part in table.tables(field.slot))
        case Kind.PARTS:
            return tuple(_read_control(part) for part in table.tables(field.slot))
        case Kind.CHOICE if field.choices is not None:
            return _choice(table, field.slot, field.choices)
    if field.gate and not table.scalar(_SLOTS[field.gate], "bool", default=False):
        return 0
    default: Any = field.schema_default
    value = table.scalar(field.slot, field.fbs_type, default)
    return narrow(value) if isinstance(value, float) else field.from_wire(value)


def _choice(table: Table, slot: int, choices: type[C]) -> C:
    value = table.scalar(slot, "byte", 0)
    return next((member for member in choices if member == value), choices(0))


def _read_lora(table: Table) -> Lora:
    weight = narrow(table.scalar(1, "float", _LORA_WEIGHT))
    return Lora.unchecked(table.text(0) or "", weight, _choice(table, 2, LoraMode))


def _read_control(table: Table) -> Control:
    return Control.unchecked(
        {
            "file": table.text(0) or "",
            "weight": narrow(table.scalar(1, "float", 1.0)),
            "guidance_start": narrow(table.scalar(2, "float", 0.0)),
            "guidance_end": narrow(table.scalar(3, "float", 1.0)),
            "no_prompt": table.scalar(4, "bool", default=False),
            "global_average_pooling": table.scalar(5, "bool", default=True),
            "down_sampling_rate": narrow(table.scalar(6, "float", 1.0)),
            "mode": _choice(table, 7, ControlMode),
            "target_blocks": table.texts(8),
            "input_override": _choice(table, 9, ControlInput),
        }
    )
