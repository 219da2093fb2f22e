import pytest

from drawthings.errors import BadValue, OutOfRange, UnknownChoice
from drawthings.request.choices import ColorCalibration
from drawthings.request.field import Field, Kind, Unit, camel_case
from drawthings.request.parts import Control, Lora

BLOCKS = Field(
    slot=1, fbs="start_width", fbs_type="ushort", name="width", minimum=128, maximum=8192, unit=Unit.BLOCK, doc="x"
)
FIRST_PASS = Field(slot=12, fbs="w", fbs_type="ushort", minimum=128, maximum=8192, unit=Unit.BLOCK, zero=True, doc="x")
STEPS = Field(slot=4, fbs="steps", fbs_type="uint", minimum=1, maximum=150, doc="x")
SHIFT = Field(slot=49, fbs="shift", fbs_type="float", minimum=0.1, maximum=8, schema_default=1.0, doc="x")
SEED = Field(slot=3, fbs="seed", fbs_type="uint", minimum=0, maximum=9, random=True, default=None, doc="x")
FACTOR = Field(slot=63, fbs="factor", fbs_type="ubyte", allowed=(0, 2, 4), doc="x")
TEXT = Field(slot=7, fbs="model", fbs_type="string", doc="x")
FLAG = Field(slot=11, fbs="hires_fix", fbs_type="bool", doc="x")
CALIBRATION = Field(slot=86, fbs="color_calibration", fbs_type="Color", choices=ColorCalibration, doc="x")
LORAS = Field(slot=20, fbs="loras", fbs_type="[LoRA]", doc="x")
CONTROLS = Field(slot=19, fbs="controls", fbs_type="[Control]", doc="x")


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("t5_text_encoder", "t5TextEncoder"),
        ("stage_2_guidance", "stage2Guidance"),
        ("clip_l_text", "clipLText"),
        ("separate_open_clip_g", "separateOpenClipG"),
        ("steps", "steps"),
    ],
)
def test_the_apps_spelling_follows_from_the_name(name: str, key: str):
    assert camel_case(name) == key


def test_columns_follow_from_each_other():
    assert (BLOCKS.name, BLOCKS.json, BLOCKS.default, BLOCKS.schema_default) == ("width", "width", 0, 0)
    assert (TEXT.name, TEXT.json, TEXT.default, TEXT.schema_default) == ("model", "model", None, None)
    assert (SHIFT.default, SHIFT.schema_default) == (1.0, 1.0)
    assert (FLAG.json, FLAG.default, FLAG.schema_default) == ("hiresFix", False, False)
    assert (LORAS.default, LORAS.schema_default) == ((), None)
    assert CALIBRATION.default is ColorCalibration.DISABLED
    assert CALIBRATION.schema_default == 0
    derived = Field(slot=79, fbs="on", fbs_type="bool", name=None, doc="x")
    assert (derived.name, derived.json, derived.derived) == (None, None, True)
    dead = Field(slot=23, fbs="off", fbs_type="bool", name=None, deprecated=True, doc="x")
    assert not dead.derived
    sized = Field(slot=54, fbs="tile", fbs_type="ushort", unit=Unit.BLOCK, schema_default=10, doc="x")
    assert sized.default == 640


@pytest.mark.parametrize(
    ("field", "words"),
    [
        (BLOCKS, "128 to 8192 in steps of 64"),
        (FIRST_PASS, "128 to 8192 in steps of 64, or 0"),
        (SHIFT, "0.1 to 8"),
        (SEED, "0 to 9, or -1 or None for a random one"),
        (FACTOR, "one of 0, 2, 4"),
        (CALIBRATION, "one of none, lab"),
        (TEXT, ""),
    ],
)
def test_a_range_is_said_in_words(field: Field, words: str):
    assert field.range_text() == words


@pytest.mark.parametrize(
    ("field", "value", "kept"),
    [
        (BLOCKS, 1024, 1024),
        (FIRST_PASS, 0, 0),
        (SEED, None, None),
        (SEED, -1, None),
        (SEED, 0, 0),
        (FACTOR, 4, 4),
        (TEXT, "", None),
        (TEXT, None, None),
        (TEXT, "x", "x"),
        (FLAG, False, False),
        (CALIBRATION, "LAB", ColorCalibration.LAB),
        (SHIFT, 3, 3.0),
        (LORAS, None, ()),
        (LORAS, "a", (Lora("a"),)),
        (LORAS, {"file": "a"}, (Lora("a"),)),
        (LORAS, Lora("a"), (Lora("a"),)),
        (LORAS, ["a", ("b", 0.5)], (Lora("a"), Lora("b", 0.5))),
        (CONTROLS, (part for part in ["c"]), (Control("c"),)),
    ],
)
def test_right_values_are_taken(field: Field, value: object, kept: object):
    assert field.check(value) == kept
    assert type(field.check(kept)) is type(kept)


@pytest.mark.parametrize(
    ("field", "value", "words", "near"),
    [
        (BLOCKS, 1000, "width is 1000, but it must be a multiple of 64.", ("960", "1024")),
        (BLOCKS, 130, "width is 130, but it must be a multiple of 64.", ("128", "192")),
        (BLOCKS, 8191, "width is 8191, but it must be a multiple of 64.", ("8128", "8192")),
        (BLOCKS, 100, "width is 100, but it must be a multiple of 64.", ("128",)),
        (BLOCKS, 64, "width is 64, but it must be 128 to 8192 in steps of 64.", ("128",)),
        (BLOCKS, 0, "width is 0, but it must be 128 to 8192 in steps of 64.", ("128",)),
        (BLOCKS, 20, "width is 20, but it must be 128 to 8192 in steps of 64.", ("128",)),
        (BLOCKS, 10**9 + 1, "width is 1000000001, but it must be 128 to 8192 in steps of 64.", ("8192",)),
        (FIRST_PASS, 64, "w is 64, but it must be 128 to 8192 in steps of 64, or 0.", ("128",)),
        (STEPS, 0, "steps is 0, but it must be 1 to 150.", ("1",)),
        (STEPS, 151, "steps is 151, but it must be 1 to 150.", ("150",)),
        (SHIFT, 0, "shift is 0, but it must be 0.1 to 8.", ("0.1",)),
        (SEED, -2, "seed is -2, but it must be 0 to 9, or -1 or None for a random one.", ("0",)),
        (FACTOR, 3, "factor is 3, but it must be one of 0, 2, 4.", ("0", "2", "4")),
    ],
)
def test_wrong_sizes_are_refused_with_the_nearest(field: Field, value: object, words: str, near: tuple[str, ...]):
    with pytest.raises(OutOfRange) as caught:
        field.check(value)
    assert str(caught.value) == words
    assert caught.value.suggestions == near
    assert caught.value.field == field.name
    assert near[0] in caught.value.hint
    assert "--fit" in caught.value.hint


@pytest.mark.parametrize(
    ("field", "value", "error"),
    [
        (STEPS, True, BadValue),
        (STEPS, None, BadValue),
        (STEPS, 7.0, BadValue),
        (SHIFT, float("inf"), BadValue),
        (FLAG, 1, BadValue),
        (TEXT, 1, BadValue),
        (CALIBRATION, "rgb", UnknownChoice),
        (CALIBRATION, None, BadValue),
        (LORAS, 1, BadValue),
        (LORAS, [1], BadValue),
        (LORAS, Control("c"), BadValue),
    ],
)
def test_wrong_types_are_refused_and_never_fitted(field: Field, value: object, error: type[Exception]):
    with pytest.raises(error):
        field.check(value)
    with pytest.raises(error):
        field.fit(value)


@pytest.mark.parametrize(
    ("field", "value", "fitted"),
    [
        (BLOCKS, 1000, 1024),
        (BLOCKS, 991, 960),
        (BLOCKS, 992, 1024),
        (BLOCKS, 1, 128),
        (BLOCKS, 10**9, 8192),
        (FIRST_PASS, 30, 128),
        (STEPS, 0, 1),
        (STEPS, 1000, 150),
        (SHIFT, 100, 8.0),
        (SEED, -7, 0),
        (FACTOR, 3, 0),
    ],
)
def test_fitting_takes_the_nearest_and_says_so(field: Field, value: object, fitted: object):
    found, sentence = field.fit(value)
    assert found == fitted
    assert type(found) is type(fitted)
    assert str(field.name) in sentence
    assert f"became {fitted:g}:" in sentence
    assert field.check(found) == found


@pytest.mark.parametrize(("field", "value"), [(BLOCKS, 1024), (FIRST_PASS, 0), (SEED, -1), (TEXT, ""), (LORAS, ["a"])])
def test_what_fits_is_left_alone(field: Field, value: object):
    assert field.fit(value) == (field.check(value), "")


def test_the_wire_counts_blocks_and_numbers():
    assert BLOCKS.from_wire(16) == 1024
    assert CALIBRATION.from_wire(1) is ColorCalibration.LAB
    assert LORAS.from_wire(None) == ()
    assert STEPS.from_wire(16) == 16
    assert BLOCKS.kind is Kind.INTEGER
    assert (BLOCKS.step, STEPS.step) == (64, 1)
