import pickle
import re
from enum import StrEnum
from pathlib import Path

import numpy as np
import pytest

from drawthings.errors import BadValue, UnknownChoice
from drawthings.request.choices import (
    Choice,
    ColorCalibration,
    CompressionMethod,
    ControlInput,
    ControlMode,
    LoraMode,
    Sampler,
    SeedMode,
)

SCHEMA = (Path(__file__).parents[2] / "schema" / "config.fbs").read_text()
LISTS = {
    "SamplerType": Sampler,
    "SeedMode": SeedMode,
    "ControlMode": ControlMode,
    "ControlInputType": ControlInput,
    "LoRAMode": LoraMode,
    "CompressionMethod": CompressionMethod,
    "ColorCalibration": ColorCalibration,
}
SAMPLERS = """\
0 karras DPM++ 2M Karras
1 linspace Euler Ancestral
2 leading DDIM
3 leading PLMS
4 karras DPM++ SDE Karras
5 linspace UniPC
6 linspace LCM
7 manual Euler A Substep
8 manual DPM++ SDE Substep
9 linspace TCD
10 trailing Euler A Trailing
11 trailing DPM++ SDE Trailing
12 ays DPM++ 2M AYS
13 ays Euler A AYS
14 ays DPM++ SDE AYS
15 trailing DPM++ 2M Trailing
16 trailing DDIM Trailing
17 trailing UniPC Trailing
18 ays UniPC AYS
19 trailing TCD Trailing"""
DISPLAY_NAMES = [line.split(" ", 2)[2] for line in SAMPLERS.splitlines()]


class Word(StrEnum):
    SAMPLER = "UniPC Trailing"


@pytest.mark.parametrize(("name", "choices"), LISTS.items())
def test_the_lists_are_those_of_the_schema(name: str, choices: type[Choice]):
    found = re.search(rf"enum {name} : byte {{(.*?)}}", SCHEMA, re.DOTALL)
    assert found is not None
    members = [word.strip() for word in found[1].split(",")]
    assert [choices.parse(word) for word in members] == list(range(len(members)))
    assert [int(member) for member in choices] == list(range(len(members)))


def test_samplers_have_the_names_and_spacings_of_the_app():
    assert [f"{sampler.value} {sampler.spacing} {sampler.label}" for sampler in Sampler] == SAMPLERS.splitlines()
    assert {sampler.value for sampler in Sampler if sampler.fits_flow} == {10, 11, 12, 13, 14, 15, 16, 17, 18, 19}


@pytest.mark.parametrize("choices", LISTS.values())
def test_every_member_is_read_from_every_name_it_has(choices: type[Choice]):
    for member in choices:
        names = (
            member,
            int(member),
            str(int(member)),
            member.label,
            member.label.upper(),
            member.name,
            *member.aliases,
        )
        for name in names:
            assert choices.parse(name) is member, name


@pytest.mark.parametrize(
    ("text", "sampler"),
    [
        ("unipc trailing", Sampler.UNIPC_TRAILING),
        ("UniPC-Trailing", Sampler.UNIPC_TRAILING),
        (" 17 ", Sampler.UNIPC_TRAILING),
        (np.int64(17), Sampler.UNIPC_TRAILING),
        (Word.SAMPLER, Sampler.UNIPC_TRAILING),
        (0, Sampler.DPMPP_2M_KARRAS),
        ("Euler a", Sampler.EULER_A),
        ("euler_ancestral", Sampler.EULER_A),
        ("Euler Ancestral Trailing", Sampler.EULER_A_TRAILING),
        ("DPM++ 2M Karras", Sampler.DPMPP_2M_KARRAS),
        ("dpmpp_2m", Sampler.DPMPP_2M_KARRAS),
        ("DPM++ SDE", Sampler.DPMPP_SDE_KARRAS),
        ("uni_pc", Sampler.UNIPC),
        ("DPM++ 2M Align Your Steps", Sampler.DPMPP_2M_AYS),
    ],
)
def test_samplers_are_known_by_the_spellings_people_use(text: str, sampler: Sampler):
    assert Sampler.parse(text) is sampler


def test_other_lists_have_their_other_names():
    assert SeedMode.parse("nvidia") is SeedMode.NVIDIA_GPU_COMPATIBLE
    assert ControlInput.parse("") is ControlInput.UNSPECIFIED
    assert ControlInput.parse("Normal Bae") is ControlInput.NORMAL_BAE
    assert ColorCalibration.parse("none") is ColorCalibration.DISABLED
    assert LoraMode.parse("Refiner") is LoraMode.REFINER


def test_an_unknown_name_is_refused_with_the_nearest():
    with pytest.raises(UnknownChoice, match="There is no sampler 'UniPC Trailling'; nearest: UniPC Trailing") as caught:
        Sampler.parse("UniPC Trailling", field="sampler")
    error = caught.value
    assert error.suggestions[0] == "UniPC Trailing"
    assert error.field == "sampler"
    assert error.value == "UniPC Trailling"
    assert all(name in error.hint for name in DISPLAY_NAMES)


@pytest.mark.parametrize("text", ["", "???", "euler", "20", 20, -1, 10**30, "1234"])
def test_nothing_unknown_becomes_some_sampler(text: str):
    with pytest.raises(UnknownChoice) as caught:
        Sampler.parse(text)
    assert set(caught.value.suggestions) <= set(DISPLAY_NAMES)
    assert caught.value.suggestions


def test_a_number_beyond_the_list_suggests_the_end_of_it():
    with pytest.raises(UnknownChoice) as caught:
        Sampler.parse(99)
    assert caught.value.suggestions == ("TCD Trailing",)


@pytest.mark.parametrize("value", [True, None, 1.0, SeedMode.SCALE_ALIKE, ["UniPC"], b"UniPC"])
def test_what_is_neither_name_nor_number_is_refused(value: object):
    with pytest.raises(BadValue, match="A sampler is given by its name or its number"):
        Sampler.parse(value)


@pytest.mark.parametrize("choices", LISTS.values())
def test_no_name_means_two_members(choices: type[Choice]):
    owners: dict[str, Choice] = {}
    for member in choices:
        for name in {member.label, member.name, *member.aliases}:
            key = re.sub(r"[^a-z0-9]", "", name.casefold().replace("++", "pp").replace("ancestral", "a"))
            assert owners.setdefault(key, member) is member, name


def test_members_are_small_and_picklable():
    assert repr(Sampler.UNIPC_TRAILING) == "Sampler.UNIPC_TRAILING"
    assert pickle.loads(pickle.dumps(Sampler.UNIPC_TRAILING)) is Sampler.UNIPC_TRAILING  # noqa: S301 - our own bytes
    assert Sampler(17) is Sampler.UNIPC_TRAILING
    assert SeedMode.noun() == "seed mode"
    assert "unspecified" in ControlInput.labels()
