"""Prompts with alternatives and wildcards."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawthings.errors import BadValue, OutOfRange
from drawthings.request.alternatives import Wording, read_template

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def wildcards(tmp_path: Path) -> Path:
    (tmp_path / "colour.txt").write_text("# colours\nred\n\n  {light|dark} blue \n")
    (tmp_path / "animals").mkdir()
    (tmp_path / "animals" / "wild_cats.txt").write_text("\ufefflynx\n")
    (tmp_path / "one.txt").write_text("a __two__\n")
    (tmp_path / "two.txt").write_text("b __one__\n")
    (tmp_path / "empty.txt").write_text("# nothing\n")
    (tmp_path / "binary.txt").write_bytes(b"\xff\xfe\xfa")
    return tmp_path


@pytest.mark.parametrize(
    ("text", "wordings"),
    [
        ("a fox", ["a fox"]),
        ("{red|blue} fox", ["red fox", "blue fox"]),
        ("a {red|} fox", ["a red fox", "a  fox"]),
        ("{a|b}{c|d}", ["ac", "ad", "bc", "bd"]),
        ("{x|{y|z} w}", ["x", "y w", "z w"]),
        (r"\{a|b\} {c|d\|e}", ["{a|b} c", "{a|b} d|e"]),
        ("{a {b} c|d}", ["a {b} c", "d"]),
        ("{never closed | at all", ["{never closed | at all"]),
        ("closed} twice {a|b}}", ["closed} twice a}", "closed} twice b}"]),
        (r"C:\temp {a|b} \n", [r"C:\temp a \n", r"C:\temp b \n"]),
        ("an __unknown__ {a|b}", ["an __unknown__ a", "an __unknown__ b"]),
    ],
)
def test_a_template_stands_for_all_its_wordings(text: str, wordings: list[str]) -> None:
    template = read_template(text)
    assert [each.text for each in template.all()] == wordings
    assert template.count == len(wordings)
    assert template.varies is (len(wordings) > 1)


def test_json_prompts_pass_untouched() -> None:
    text = json.dumps({"scene": {"objects": [{"what": "a \\ fox | hen"}]}})
    assert read_template(json.dumps({"a": {"b": "c\n"}})).choose(1) == Wording(json.dumps({"a": {"b": "c\n"}}))
    assert read_template(text.replace("|", "/")).choose(1).text == text.replace("|", "/")


def test_picks_tell_what_was_chosen() -> None:
    assert list(read_template("{a|b {c|d}} and {e|f}").all())[2] == Wording("b c and e", ("b c", "e"))


def test_a_seed_always_chooses_the_same_and_seeds_differ() -> None:
    template = read_template("{a|b|c|d} {e|f|g|h}")
    chosen = [template.choose(seed).text for seed in range(40)]
    assert chosen == [template.choose(seed).text for seed in range(40)]
    assert len(set(chosen)) > 8
    # A choice of today is the choice of every later version.
    assert template.choose(42) == Wording("c e", ("c", "e"))


def test_wildcards_are_lines_of_files(wildcards: Path) -> None:
    template = read_template("a __colour__ __animals/wild_cats__", wildcards)
    assert [each.text for each in template.all()] == ["a red lynx", "a light blue lynx", "a dark blue lynx"]
    assert template.choose(3).text in {each.text for each in template.all()}
    assert read_template(r"\__colour__", wildcards).choose(1).text == r"\__colour__"
    assert read_template(r"\__colour__ {a|a}", wildcards).choose(1).text == "__colour__ a"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a __color__", "There are: colour"),
        ("a __one__", "one → two → one"),
        ("a __empty__", "has no options"),
        ("a __binary__", "cannot be read"),
    ],
)
def test_wrong_wildcards_are_told(text: str, words: str, wildcards: Path) -> None:
    with pytest.raises(BadValue) as caught:
        read_template(text, wildcards)
    assert words in f"{caught.value} {caught.value.hint}"


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadValue, match="no folder"):
        read_template("x", tmp_path / "nowhere")
    with pytest.raises(BadValue) as caught:
        read_template("__x__", tmp_path)
    assert "no text files" in caught.value.hint


def test_too_many_wordings_are_refused_before_any_is_made() -> None:
    template = read_template("{a|b}" * 60)
    assert template.count == 2**60
    with pytest.raises(OutOfRange, match="at most 10000"):
        template.all()
    assert len(template.choose(1).text) == 60


@given(st.text(alphabet="ab{|}\\_ ", max_size=30), st.integers(0, 2**32))
def test_any_text_can_be_read_and_a_choice_is_one_of_all(text: str, seed: int) -> None:
    template = read_template(text)
    if template.count <= 200:
        assert template.choose(seed) in list(template.all())
