import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawthings.media import infotext
from drawthings.media.infotext import Infotext, parse_infotext

FULL = """a fox, (red:1.2) <lora:style:0.8>
in the <snow>
Negative prompt: blurry,
bad
Steps: 20, Sampler: DDIM, Seed: 1, Lora hashes: "style: 123, b: \\"4\\"", TI: [{"a": 1}], Odd: a, b, Version: v1.10.1
"""


def test_all_parts_of_a_text():
    assert parse_infotext(FULL) == Infotext(
        prompt="a fox, (red:1.2) \nin the <snow>",
        negative_prompt="blurry,\nbad",
        words={
            "steps": "20",
            "sampler": "DDIM",
            "seed": "1",
            "lora hashes": 'style: 123, b: "4"',
            "ti": '[{"a": 1}]',
            "odd": "a, b",
            "version": "v1.10.1",
        },
        tags=(("style", "0.8"),),
    )


def test_the_app_s_own_text():
    found = parse_infotext("- one\ntwo\n-bad\nworse\nSteps: 8, Guidance Scale: 1.0, Seed: 5")
    assert found == Infotext(
        "- one\ntwo", "bad\nworse", {"steps": "8", "guidance scale": "1.0", "seed": "5"}, by_app=True
    )


@pytest.mark.parametrize(
    ("text", "prompt"),
    [
        ("Steps: 2, Seed: 1", ""),
        ("a\r\nb\rc\nSteps: 2, Seed: 1\nTemplate: x", "a\nb\nc"),
        ("Steps: go up, then: down\na\nSteps: 2, Seed: 1", "Steps: go up, then: down\na"),
        ("<lora:a> x <LORA:b:0.5:0.6>  y <lyco:c:1>, \nSteps: 2, Seed: 1", "x y"),
        ("<lora:> <hypernet:a:1> <lora:a\nb>\nSteps: 2, Seed: 1", "<lora:> <hypernet:a:1> <lora:a\nb>"),
    ],
)
def test_prompts(text: str, prompt: str):
    found = parse_infotext(text)
    assert found is not None
    assert found.prompt == prompt


def test_tags_without_a_weight():
    found = parse_infotext("<lora:a> <lora: b :0.5:0.6>\nSteps: 2, Seed: 1")
    assert found is not None
    assert found.tags == (("a", ""), ("b", "0.5"))


@pytest.mark.parametrize("text", ["", "a fox", "Steps: climb them", "a\nSteps:", '{"steps": 4}', "two\nlines: 1, b: 2"])
def test_what_is_no_infotext(text: str):
    assert parse_infotext(text) is None


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('Steps: 1, A: "open, B: 2', {"a": '"open', "b": "2"}),
        ("Steps: 1, A: [1, B: 2", {"a": "[1", "b": "2"}),
        ("Steps: 1, A: ", {"a": ""}),
        ("Steps: 1,,, A: x,", {"a": "x"}),
        ("Steps: 1, : x, y, B: 2", {"": "x", "b": "2"}),
        ("Steps: 1, A: " + "[" * 100_000, {"a": "[" * 100_000}),
    ],
)
def test_odd_values(line: str, words: dict[str, str]):
    found = parse_infotext(line)
    assert found is not None
    assert {key: value for key, value in found.words.items() if key != "steps"} == words


def test_limits(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(infotext, "MOST_WORDS", 3)
    found = parse_infotext("Steps: 1, A: 1, B: 2, C: 3")
    assert found is not None
    assert list(found.words) == ["steps", "a", "b"]


@pytest.mark.parametrize("piece", ["a: ,", ",", ":", 'a: "', "a: [", "<lora:", "Steps: 1,\n", "a:1, "])
def test_hostile_texts_take_no_time(piece: str):
    started = time.process_time()
    parse_infotext("Steps: 1, " + piece * (2_000_000 // len(piece)))
    assert time.process_time() - started < 3


@given(st.text(alphabet='Steps: 1,a"[{<lora>}]\n-\\', max_size=80))
def test_no_text_makes_it_fail(text: str):
    parse_infotext("Steps: 1, b: 2" + text)
    parse_infotext(text + "\nSteps: 1, b: 2")
