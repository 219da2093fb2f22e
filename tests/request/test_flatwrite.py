"""The writer of FlatBuffers writes what the FlatBuffers library writes, byte for byte."""

from __future__ import annotations

import struct
from typing import Any

import flatbuffers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawthings._generated import config_generated as schema
from drawthings.request.configuration import Configuration
from drawthings.request.field import Kind, Unit
from drawthings.request.fields import FIELDS
from drawthings.request.flatbuffer import encode_configuration
from drawthings.request.flatwalk import Walk
from drawthings.request.flatwrite import Place, Writer, number
from drawthings.request.parts import Control, Lora

# The machine may be busy; how long an example takes is not what is tested.

texts = st.text(max_size=9)
weights = st.floats(width=32, allow_nan=False)
loras = st.builds(Lora.unchecked, texts, weights, st.integers(0, 2))
controls = st.builds(
    Control.unchecked,
    st.fixed_dictionaries(
        {
            **dict.fromkeys(("weight", "guidance_start", "guidance_end", "down_sampling_rate"), weights),
            **dict.fromkeys(("no_prompt", "global_average_pooling"), st.booleans()),
            "file": texts,
            "mode": st.integers(0, 2),
            "target_blocks": st.lists(texts, max_size=3).map(tuple),
            "input_override": st.integers(0, 18),
        }
    ),
)
BY_KIND: dict[Kind, Any] = {
    Kind.INTEGER: st.integers(0, 255),
    Kind.NUMBER: weights,
    Kind.FLAG: st.booleans(),
    Kind.TEXT: texts | st.none(),
    Kind.CHOICE: st.integers(0, 1),
}


def values_of(field: Any) -> Any:
    if field.kind is Kind.PARTS:
        return st.lists(loras if field.fbs_type == "[LoRA]" else controls, max_size=4).map(tuple)
    return st.integers(0, 40).map(lambda count: count * 64) if field.unit is Unit.BLOCK else BY_KIND[field.kind]


configurations = st.fixed_dictionaries(
    {"seed": st.integers(0, 2**32 - 1)},
    optional={field.name: values_of(field) for field in FIELDS if field.name and field.name != "seed"},
).map(Configuration.unchecked)


def add(builder: Any, table: str, name: str, value: object) -> None:
    spelled = "".join(part[:1].upper() + part[1:] for part in name.split("_"))
    getattr(schema, f"{table}Add{spelled}")(builder, value)


def vector(builder: Any, offsets: list[int]) -> int:
    builder.StartVector(4, len(offsets), 4)
    for offset in reversed(offsets):
        builder.PrependUOffsetTRelative(offset)
    return builder.EndVector()


def part_by_the_library(builder: Any, part: Lora | Control) -> int:
    table = "LoRA" if isinstance(part, Lora) else "Control"
    names = ["weight", "mode"]
    if isinstance(part, Control):
        names = ["weight", "guidance_start", "guidance_end", "no_prompt", "global_average_pooling"]
        names += ["down_sampling_rate", "mode", "input_override"]
    file = builder.CreateString(part.file)
    blocks = [builder.CreateString(block) for block in getattr(part, "target_blocks", ())]
    listed = vector(builder, blocks) if blocks else None
    getattr(schema, f"{table}Start")(builder)
    add(builder, table, "file", file)
    for name in names:
        add(builder, table, "control_mode" if (table, name) == ("Control", "mode") else name, getattr(part, name))
    if listed is not None:
        add(builder, table, "target_blocks", listed)
    return getattr(schema, f"{table}End")(builder)


def by_the_library(configuration: Configuration) -> bytes:
    builder = flatbuffers.Builder(64)
    builder.ForceDefaults(forceDefaults=True)
    written: dict[str, Any] = {}
    for field in FIELDS:
        if field.deprecated:
            continue
        value = bool(configuration.causal_inference > 0) if field.name is None else getattr(configuration, field.name)
        if field.kind is Kind.TEXT and value is not None:
            value = builder.CreateString(value)
        elif field.kind is Kind.PARTS:
            value = vector(builder, [part_by_the_library(builder, part) for part in value]) if value else None
        elif field.unit is Unit.BLOCK:
            value //= 64
        if value is not None:
            written[field.fbs] = value
    schema.GenerationConfigurationStart(builder)
    for name, value in written.items():
        add(builder, "GenerationConfiguration", name, value)
    builder.Finish(schema.GenerationConfigurationEnd(builder))
    return bytes(builder.Output())


@given(configurations)
def test_a_configuration_is_the_same_byte_for_byte(configuration: Configuration):
    assert encode_configuration(configuration) == by_the_library(configuration)


def test_tables_of_the_same_form_share_their_directory():
    configuration = Configuration(seed=1, loras=[Lora(f"{name}.ckpt", 0.5) for name in "abc"])
    assert encode_configuration(configuration) == by_the_library(configuration)


def test_what_is_written_can_be_read():
    writer = Writer()
    names = writer.sequence([writer.text(text) for text in ("", "größe", "x")])
    inner = writer.table([])
    outer = writer.table([(0, number("long", -7)), (3, names), (1, number("bool", 1)), (5, inner)])
    table = Walk(writer.finish(outer)).root()
    assert (table.scalar(0, "long", 0), table.scalar(1, "bool", default=False)) == (-7, True)
    assert table.texts(3) == ("", "größe", "x")
    assert table.scalar(4, "int", 42) == 42


def test_everything_stands_where_its_width_wants_it():
    writer = Writer()
    places = [writer.text("a" * length) for length in range(5)]
    data = writer.finish(writer.table([*((slot, place) for slot, place in enumerate(places)), (9, number("long", 1))]))
    assert len(data) % 8 == 0
    assert data.index((1).to_bytes(8, "little")) % 8 == 0
    assert all((len(data) - place) % 4 == 0 for place in places)
    assert all(isinstance(place, Place) for place in places)


@pytest.mark.parametrize(("kind", "value"), [("ushort", 2**16), ("byte", -129), ("uint", -1), ("float", 1e39)])
def test_what_does_not_fit_is_refused(kind: str, value: float):
    with pytest.raises((struct.error, OverflowError)):
        number(kind, value)
