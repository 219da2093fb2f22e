import pickle
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawthings.errors import BadValue, ConfigError, OutOfRange, UnknownChoice
from drawthings.request.choices import ControlInput, ControlMode, LoraMode
from drawthings.request.parts import Control, Lora
from drawthings.request.values import narrow

# The machine may be busy; how long an example takes is not what is tested.

weights = st.floats(-10, 10).map(narrow)
shares = st.floats(0, 1).map(narrow)
files = st.text(min_size=1).filter(lambda text: text.strip() and text.isprintable())
loras = st.builds(Lora, files, weights, st.sampled_from(LoraMode))
controls = st.builds(
    Control,
    files,
    weights,
    guidance_start=shares,
    guidance_end=shares,
    no_prompt=st.booleans(),
    global_average_pooling=st.booleans(),
    down_sampling_rate=st.floats(0, 64).map(narrow),
    mode=st.sampled_from(ControlMode),
    input_override=st.sampled_from(ControlInput),
    target_blocks=st.lists(files, max_size=3).map(tuple),
)


@given(loras)
def test_a_lora_survives_its_json(lora: Lora):
    assert Lora.from_json(lora.to_json()) == lora


@given(controls)
def test_a_control_survives_its_json(control: Control):
    assert Control.from_json(control.to_json()) == control


def test_the_json_of_a_lora_is_the_apps():
    assert Lora("a.ckpt", 0, LoraMode.BASE).to_json() == {"file": "a.ckpt", "weight": 0.0, "mode": "base"}


def test_the_json_of_a_control_is_the_apps():
    control = Control(
        "c.ckpt", 0.5, guidance_end=0.35, mode=ControlMode.PROMPT, input_override=ControlInput.LOW_QUALITY
    )
    assert control.to_json() == {
        "file": "c.ckpt",
        "weight": 0.5,
        "guidanceStart": 0.0,
        "guidanceEnd": 0.35,
        "noPrompt": False,
        "globalAveragePooling": True,
        "downSamplingRate": 1.0,
        "controlImportance": "prompt",
        "inputOverride": "low quality",
        "targetBlocks": [],
    }


def test_missing_keys_have_their_defaults():
    assert Lora.from_json({"file": "a"}) == Lora("a", 1.0, LoraMode.ALL)
    assert Control.from_json({"file": "c"}) == Control("c", 1.0, global_average_pooling=True)
    assert Lora.from_json({"file": "a", "mode": None, "weight": None}) == Lora("a")


def test_falsy_values_are_values():
    assert Lora.from_json({"file": "a", "weight": 0}).weight == 0
    control = Control.from_json({"file": "c", "weight": 0, "globalAveragePooling": False, "guidanceEnd": 0})
    assert (control.weight, control.global_average_pooling, control.guidance_end) == (0, False, 0)


def test_the_spellings_of_other_files_are_read():
    assert Lora.from_json({"model": "a", "weight": 0.5, "mode": 2}) == Lora("a", 0.5, LoraMode.REFINER)
    assert Control.from_json({"file": "c", "controlMode": 1, "no_prompt": True}) == Control(
        "c", mode=ControlMode.PROMPT, no_prompt=True
    )
    assert Control.from_json({"file": "c", "inputOverride": "Normal Bae"}).input_override is ControlInput.NORMAL_BAE


def test_unknown_keys_are_kept_and_written_back():
    given_json = {"file": "a", "weight": 1, "mode": "all", "version": "v1", "new": [0]}
    lora = Lora.from_json(given_json)
    assert lora.extra == {"version": "v1", "new": [0]}
    assert lora.to_json() == given_json
    assert Control.from_json({"file": "c", "key": "x"}).to_json()["key"] == "x"
    assert Lora("a", extra={"weight": 7}).to_json()["weight"] == 1.0


def test_a_setting_under_two_names_is_refused():
    with pytest.raises(BadValue, match="A LoRA has its file twice, as 'model'"):
        Lora.from_json({"file": "a", "model": "b"})


@pytest.mark.parametrize("part", [Lora, Control])
@pytest.mark.parametrize("file", ["", "  "])
def test_a_part_names_a_file(part: type[Lora | Control], file: str):
    with pytest.raises(BadValue, match="names no file"):
        part(file)
    with pytest.raises(BadValue, match="names no file"):
        part.from_json({"weight": 1})


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: Lora("a", 11), OutOfRange, "The weight of LoRA 'a' is 11"),
        (lambda: Lora("a", float("nan")), BadValue, "finite"),
        (lambda: Lora("a", "1"), BadValue, "The weight of LoRA 'a' must be a number"),
        (lambda: Lora("a", 1, "both"), UnknownChoice, "There is no lora mode 'both'"),
        (lambda: Lora(7), BadValue, "The file of a LoRA must be a text"),
        (lambda: Control("c", guidance_end=1.1), OutOfRange, "The guidance_end of control 'c' is 1.1"),
        (lambda: Control("c", guidance_start=-0.1), OutOfRange, "guidance_start"),
        (lambda: Control("c", down_sampling_rate=65), OutOfRange, "down_sampling_rate"),
        (lambda: Control("c", no_prompt=0), BadValue, "The no_prompt of control 'c' must be true or false"),
        (lambda: Control("c", mode="strong"), UnknownChoice, "control mode"),
        (lambda: Control("c", input_override="sketch"), UnknownChoice, "control input"),
        (lambda: Control("c", target_blocks="all"), BadValue, "must be a list of texts"),
        (lambda: Control("c", target_blocks=7), BadValue, "must be a list of texts"),
        (lambda: Control("c", target_blocks=[7]), BadValue, "target_blocks of control 'c' must be a text"),
    ],
)
def test_wrong_values_are_refused_with_their_place(make: Callable[[], object], error: type[ConfigError], words: str):
    with pytest.raises(error, match=words) as caught:
        make()
    assert caught.value.field in {"loras", "controls"}
    assert caught.value.hint


@pytest.mark.parametrize(
    ("text", "lora"),
    [
        ("a.ckpt", Lora("a.ckpt")),
        ("a.ckpt:0.8", Lora("a.ckpt", 0.8)),
        ("a.ckpt:.5:Base", Lora("a.ckpt", 0.5, LoraMode.BASE)),
        ("a.ckpt:-1:refiner", Lora("a.ckpt", -1, LoraMode.REFINER)),
        ("a.ckpt:refiner", Lora("a.ckpt", 1, LoraMode.REFINER)),
        ("Style: ink", Lora("Style: ink")),
        ("Style: ink:0.5", Lora("Style: ink", 0.5)),
    ],
)
def test_the_form_of_the_command_line(text: str, lora: Lora):
    assert Lora.parse(text) == lora


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a.ckpt:0,8", "'0,8' is not a weight for LoRA 'a.ckpt'"),
        ("a.safetensors:x:base", "'x' is not a weight"),
        ("a.ckpt:99", "weight of LoRA 'a.ckpt' is 99"),
        ("", "names no file"),
    ],
)
def test_a_wrong_form_is_refused(text: str, words: str):
    with pytest.raises(ConfigError, match=words):
        Lora.parse(text)


def test_a_lora_is_read_from_what_people_have():
    lora = Lora("a", 0.5)
    assert Lora.read(lora) == lora
    assert Lora.read("a:b") == Lora("a:b")
    assert Lora.read(("a", 0.5)) == lora
    assert Lora.read({"file": "a", "weight": 0.5}) == lora
    for wrong in (7, None, ("a", 1, 2)):
        with pytest.raises(BadValue, match="is not a LoRA"):
            Lora.read(wrong)


def test_a_control_is_read_from_what_people_have():
    assert Control.read("c") == Control.read(Control("c")) == Control.read({"file": "c"})
    with pytest.raises(BadValue, match="is not a control"):
        Control.read(7)


def test_unchecked_parts_are_judged_when_they_are_used_again():
    lora = Lora.unchecked("a", 1e9, LoraMode.ALL)
    assert lora.weight == 1e9
    with pytest.raises(OutOfRange):
        Lora.read(lora)


def test_parts_are_values():
    assert hash(Lora("a")) == hash(Lora("a"))
    assert pickle.loads(pickle.dumps(Control("c", target_blocks=("x",)))) == Control("c", target_blocks=("x",))  # noqa: S301 - our own bytes
    assert repr(Lora("a", 0.5)) == "Lora(file='a', weight=0.5, mode=LoraMode.ALL)"
    with pytest.raises(AttributeError):
        Lora("a").weight = 2
