import math
import struct
from contextlib import suppress
from typing import Any

import flatbuffers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawthings._generated import config_generated as schema
from drawthings.errors import BadConfiguration, BadValue, OutOfRange
from drawthings.request.choices import ControlInput, ControlMode, LoraMode, Sampler, SeedMode
from drawthings.request.configuration import Configuration
from drawthings.request.flatbuffer import LIMIT_BYTES, decode_configuration, encode_configuration
from drawthings.request.parts import Control, Lora

# The machine may be busy; how long an example takes is not what is tested.

FULL = {
    "seed": 2**32 - 1,
    "width": 1024,
    "height": 768,
    "steps": 8,
    "guidance_scale": 0,
    "strength": 0.7,
    "model": "größe.ckpt",
    "sampler": Sampler.UNIPC_TRAILING,
    "batch_size": 4,
    "hires_fix": True,
    "hires_fix_width": 512,
    "hires_fix_height": 384,
    "seed_mode": SeedMode.NVIDIA_GPU_COMPATIBLE,
    "original_image_height": 1024,
    "original_image_width": 1000,
    "crop_top": 32,
    "target_image_width": 999,
    "mask_blur_outset": -4,
    "shift": 3.1581929,
    "decoding_tile_width": 640,
    "diffusion_tile_overlap": 192,
    "upscaler_scale_factor": 2,
    "resolution_dependent_shift": False,
    "tea_cache_end": -1,
    "causal_inference": 5,
    "num_frames": 257,
    "fps": 24,
    "motion_scale": 100,
    "stage_2_guidance": 1.25,
    "color_calibration": "lab",
    "id": -(2**40),
    "loras": [Lora("a.ckpt", 0), Lora("b.ckpt", -0.5, LoraMode.REFINER)],
    "controls": [
        Control(
            "c.ckpt",
            0.25,
            guidance_start=0.1,
            guidance_end=0.9,
            no_prompt=True,
            global_average_pooling=False,
            down_sampling_rate=2,
            mode=ControlMode.CONTROL,
            input_override=ControlInput.GRAY,
            target_blocks=("up", "down"),
        )
    ],
}

# Slot, layout and value as they must stand in the bytes, written by hand from the schema: sizes of canvas, first pass
# and tiles in blocks of 64 pixels, everything else as it is.
ON_THE_WIRE = [
    (0, "<q", -(2**40)),
    (1, "<H", 16),
    (2, "<H", 12),
    (3, "<I", 2**32 - 1),
    (4, "<I", 8),
    (5, "<f", 0.0),
    (6, "<f", 0.699999988079071),
    (8, "<b", 17),
    (9, "<I", 1),
    (10, "<I", 4),
    (11, "<B", 1),
    (12, "<H", 8),
    (13, "<H", 6),
    (14, "<f", 0.699999988079071),
    (16, "<f", 1.5),
    (17, "<b", 3),
    (18, "<I", 1),
    (21, "<f", 1.5),
    (26, "<B", 1),
    (29, "<I", 1024),
    (30, "<I", 1000),
    (31, "<i", 32),
    (32, "<i", 0),
    (33, "<I", 0),
    (34, "<I", 999),
    (38, "<f", 0.8500000238418579),
    (42, "<I", 24),
    (43, "<I", 100),
    (46, "<I", 257),
    (47, "<i", -4),
    (49, "<f", 3.1581928730010986),
    (51, "<f", 1.25),
    (54, "<H", 10),
    (55, "<H", 10),
    (56, "<H", 2),
    (60, "<H", 16),
    (62, "<H", 3),
    (63, "<B", 2),
    (64, "<B", 1),
    (71, "<B", 0),
    (72, "<i", 5),
    (73, "<i", -1),
    (79, "<B", 1),
    (80, "<i", 5),
    (81, "<i", 0),
    (84, "<b", 0),
    (85, "<f", 43.099998474121094),
    (86, "<b", 1),
    (87, "<B", 0),
]
TEXT_SLOTS = {7, 15, 22, 28, 41, 66, 68, 77}
PART_SLOTS = {19, 20}
DEAD_SLOTS = {23, 24}


class Reader:
    """A table of a FlatBuffer, read with struct alone."""

    def __init__(self, data: bytes, position: int | None = None) -> None:
        self.data = data
        self.position = struct.unpack_from("<I", data)[0] if position is None else position
        self.vtable = self.position - struct.unpack_from("<i", data, self.position)[0]
        self.slots = (struct.unpack_from("<H", data, self.vtable)[0] - 4) // 2

    def place(self, slot: int) -> int | None:
        if slot >= self.slots:
            return None
        offset = struct.unpack_from("<H", self.data, self.vtable + 4 + 2 * slot)[0]
        return self.position + offset if offset else None

    def value(self, slot: int, layout: str) -> Any:
        place = self.place(slot)
        assert place is not None, slot
        return struct.unpack_from(layout, self.data, place)[0]

    def target(self, slot: int) -> int:
        place = self.place(slot)
        assert place is not None, slot
        return place + self.value(slot, "<I")

    def text_at(self, place: int) -> str:
        length = struct.unpack_from("<I", self.data, place)[0]
        assert self.data[place + 4 + length] == 0
        return self.data[place + 4 : place + 4 + length].decode()

    def items(self, slot: int) -> list[int]:
        start = self.target(slot)
        places = range(start + 4, start + 4 + 4 * struct.unpack_from("<I", self.data, start)[0], 4)
        return [place + struct.unpack_from("<I", self.data, place)[0] for place in places]


def test_an_independent_reader_finds_what_was_meant():
    reader = Reader(encode_configuration(Configuration(**FULL)))
    for slot, layout, expected in ON_THE_WIRE:
        assert reader.value(slot, layout) == expected, slot
    assert reader.text_at(reader.target(7)) == "größe.ckpt"


def test_an_independent_reader_finds_the_parts():
    data = encode_configuration(Configuration(**FULL))
    reader = Reader(data)
    loras = [Reader(data, place) for place in reader.items(20)]
    assert [lora.text_at(lora.target(0)) for lora in loras] == ["a.ckpt", "b.ckpt"]
    assert [lora.value(1, "<f") for lora in loras] == [0.0, -0.5]
    assert [lora.value(2, "<b") for lora in loras] == [0, 2]
    (control,) = (Reader(data, place) for place in reader.items(19))
    assert control.text_at(control.target(0)) == "c.ckpt"
    floats = [control.value(slot, "<f") for slot in (1, 2, 3, 6)]
    assert floats == pytest.approx([0.25, 0.1, 0.9, 2.0], rel=1e-7)
    assert [control.value(slot, "<B") for slot in (4, 5, 7, 9)] == [1, 0, 2, 18]
    assert [control.text_at(place) for place in control.items(8)] == ["up", "down"]


def test_every_scalar_is_on_the_wire_and_nothing_that_is_not_set():
    reader = Reader(encode_configuration(Configuration(seed=0)))
    present = {slot for slot in range(88) if reader.place(slot) is not None}
    assert present == set(range(88)) - TEXT_SLOTS - PART_SLOTS - DEAD_SLOTS
    assert reader.slots == 88
    always = {3: "<I", 4: "<I", 5: "<f", 6: "<f", 8: "<b", 1: "<H", 2: "<H", 17: "<b"}
    assert [reader.value(slot, layout) for slot, layout in always.items()] == [0, 20, 4.5, 1.0, 18, 16, 16, 2]


def test_dead_slots_stay_empty_when_everything_else_is_set():
    texts = ("model", "upscaler", "face_restoration", "refiner_model", "name", "clip_l_text", "open_clip_g_text")
    reader = Reader(encode_configuration(Configuration(**{**FULL, **dict.fromkeys((*texts, "t5_text"), "x")})))
    assert {slot for slot in range(88) if reader.place(slot) is None} == DEAD_SLOTS


def test_causal_inference_says_itself_whether_it_is_on():
    for frames, on in ((0, 0), (1, 1), (5, 1)):
        reader = Reader(encode_configuration(Configuration(seed=0, causal_inference=frames)))
        assert (reader.value(79, "<B"), reader.value(80, "<i")) == (on, frames)


def test_the_generated_reader_agrees():
    table = schema.GenerationConfiguration.GetRootAs(encode_configuration(Configuration(**FULL)))
    assert (table.StartWidth(), table.StartHeight(), table.Steps()) == (16, 12, 8)
    assert table.Model() == "größe.ckpt".encode()
    assert table.Loras(1).File() == b"b.ckpt"
    assert table.Controls(0).TargetBlocks(1) == b"down"


def test_a_random_seed_cannot_be_written():
    with pytest.raises(BadValue, match="seed is None") as caught:
        encode_configuration(Configuration())
    assert "resolved()" in caught.value.hint
    assert caught.value.field == "seed"


@pytest.mark.parametrize(
    "values", [{"width": 1000}, {"width": 64 * 2**16}, {"steps": -1}, {"seed": 2**32}, {"shift": 1e39}, {"steps": 0.5}]
)
def test_what_a_slot_cannot_hold_is_refused(values: dict[str, Any]):
    with pytest.raises(OutOfRange, match="does not fit its"):
        encode_configuration(Configuration.unchecked({"seed": 1, **values}))


def empty_table() -> bytes:
    return struct.pack("<IiHH", 4, -4, 4, 4)


def test_what_is_missing_has_the_schemas_default_and_not_the_apps():
    configuration = decode_configuration(empty_table())
    assert (configuration.width, configuration.height, configuration.seed) == (0, 0, 0)
    assert (configuration.strength, configuration.steps, configuration.guidance_scale) == (0, 0, 0)
    assert configuration.sampler is Sampler.DPMPP_2M_KARRAS
    assert configuration.seed_mode is SeedMode.LEGACY
    assert (configuration.refiner_start, configuration.mask_blur, configuration.hires_fix_width) == (0.7, 0, 0)
    assert (configuration.batch_size, configuration.num_frames, configuration.decoding_tile_width) == (1, 14, 640)
    assert configuration.resolution_dependent_shift is True
    assert configuration.causal_inference == 0
    assert configuration.compression_artifacts_quality == 43.1
    assert configuration.model is None
    assert configuration.loras == configuration.controls == ()
    assert [error.field for error in configuration.problems()] == ["width", "height", "steps"]


def built(**slots: float) -> bytes:
    """Write a root table with single fields through the generated code."""
    builder = flatbuffers.Builder(0)
    builder.StartObject(3)
    lora = builder.EndObject()
    builder.StartObject(10)
    control = builder.EndObject()
    vectors = {}
    for name, part in (("Loras", lora), ("Controls", control)):
        builder.StartVector(4, 1, 4)
        builder.PrependUOffsetTRelative(part)
        vectors[name] = builder.EndVector()
    schema.GenerationConfigurationStart(builder)
    for name, value in {**slots, **vectors}.items():
        getattr(schema, f"GenerationConfigurationAdd{name}")(builder, value)
    builder.Finish(schema.GenerationConfigurationEnd(builder))
    return bytes(builder.Output())


def test_parts_without_fields_have_the_schemas_defaults():
    configuration = decode_configuration(built())
    assert configuration.loras == (Lora.unchecked("", 0.6, LoraMode.ALL),)
    (control,) = configuration.controls
    assert (control.file, control.weight, control.guidance_start, control.guidance_end) == ("", 1.0, 0.0, 1.0)
    assert (control.no_prompt, control.global_average_pooling, control.down_sampling_rate) == (False, True, 1.0)
    assert (control.mode, control.input_override) == (ControlMode.BALANCED, ControlInput.UNSPECIFIED)
    assert control.target_blocks == ()


@pytest.mark.parametrize(("number", "sampler"), [(19, Sampler.TCD_TRAILING), (20, Sampler(0)), (-1, Sampler(0))])
def test_an_unknown_choice_becomes_the_schemas_default_as_in_the_server(number: int, sampler: Sampler):
    assert decode_configuration(built(Sampler=number)).sampler is sampler


def test_what_was_really_sent_is_seen_and_only_judged_when_asked():
    data = built(StartWidth=65535, StartHeight=1, Steps=10**9, Strength=math.nan, BatchSize=9, Seed=5)
    received = decode_configuration(data)
    assert (received.width, received.height, received.steps, received.batch_size) == (65535 * 64, 64, 10**9, 9)
    assert math.isnan(received.strength)
    assert {error.field for error in received.problems()} >= {"width", "height", "steps", "strength", "batch_size"}
    with pytest.raises(OutOfRange, match="width is 4194240"):
        decode_configuration(data, strict=True)


def test_a_switch_that_is_off_hides_its_number():
    assert decode_configuration(built(CausalInference=5)).causal_inference == 0
    assert decode_configuration(built(CausalInference=5, CausalInferenceEnabled=1)).causal_inference == 5
    assert decode_configuration(built(CausalInferenceEnabled=1)).causal_inference == 3


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_any_bytes_are_read(kind: Any):
    configuration = Configuration(**FULL)
    assert decode_configuration(kind(encode_configuration(configuration))) == configuration


@pytest.mark.parametrize("data", [b"", b"\x00" * 64, b"\xff" * 64, b'{"steps": 8}', bytes(range(256))])
def test_what_is_no_configuration_is_refused(data: bytes):
    with pytest.raises(BadConfiguration, match="no FlatBuffer of this schema"):
        decode_configuration(data)


def test_too_many_bytes_are_not_read():
    with pytest.raises(BadConfiguration, match=f"has {LIMIT_BYTES + 1} bytes"):
        decode_configuration(bytes(LIMIT_BYTES + 1))


WHOLE = encode_configuration(Configuration(**FULL))


@given(st.binary(max_size=400))
def test_no_bytes_raise_anything_but_bad_configuration(data: bytes):
    with suppress(BadConfiguration):
        decode_configuration(data).problems()


@given(st.lists(st.tuples(st.integers(0, len(WHOLE) - 1), st.integers(0, 255)), min_size=1, max_size=8))
def test_no_changed_byte_raises_anything_but_bad_configuration(changes: list[tuple[int, int]]):
    data = bytearray(WHOLE)
    for place, byte in changes:
        data[place] = byte
    with suppress(BadConfiguration):
        decode_configuration(data).problems()


@pytest.mark.parametrize("length", range(0, len(WHOLE), 7))
def test_a_cut_buffer_raises_nothing_but_bad_configuration(length: int):
    with suppress(BadConfiguration):  # the cut may also fall behind the last byte that matters
        decode_configuration(WHOLE[:length])
