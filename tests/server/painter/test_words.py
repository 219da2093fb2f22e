from __future__ import annotations

import pytest

from drawthings.server.painter.colour import ink
from drawthings.server.painter.words import Wish, lexicon, read_prompt, tokens, understand

RED, BLUE = ink("d8362f"), ink("2f6fde")


def test_a_sentence_is_understood():
    brief = read_prompt("A red fox in a snowy forest at sunset, oil painting")
    assert [wish.name for wish in brief.wishes] == ["fox"]
    assert brief.wishes[0].colour is None, "a red fox is a fox as foxes are"
    assert (brief.place, brief.hour, brief.weather, brief.styles) == ("forest", "sunset", ("snow",), ("oil",))


def test_words_are_cut_whatever_the_script():
    assert tokens("Été, FOX-trot 森の中 n°5") == ["été", "fox", "trot", "森の中", "n", "5"]


@pytest.mark.parametrize(
    ("text", "name"),
    [("puppies", "dog"), ("foxes", "fox"), ("wolves", "wolf"), ("hot air balloons", "balloon"), ("churches", "temple")],
)
def test_plurals_are_found(text: str, name: str):
    assert read_prompt(text).wishes[0].name == name


def test_the_longest_phrase_wins():
    assert [word for word, _ in understand("a hot air balloon")] == ["a", "hot air balloon"]
    assert [word for word, _ in understand("black and white cat")] == ["black and white", "cat"]
    assert "oil painting" in lexicon()


def test_a_colour_belongs_to_the_thing_that_follows():
    brief = read_prompt("a blue car on a road")
    assert brief.wishes == (Wish("car", "car", BLUE),)
    assert brief.tints == ()


@pytest.mark.parametrize("text", ["blue", "blue mood", "a blue strange unheard of car", "the sky is blue"])
def test_a_colour_without_a_thing_tints_the_picture(text: str):
    assert BLUE in read_prompt(text).tints


def test_a_colour_may_follow_a_thing_that_is_known():
    assert read_prompt("make the car blue").wishes[0].colour == BLUE
    assert read_prompt("a car in blue").tints == (BLUE,)
    assert read_prompt("the car on a blue road").tints == (BLUE,)
    assert read_prompt("the car zorblax blue").tints == (BLUE,)
    assert read_prompt("the red car blue").tints == (BLUE,)


def test_a_second_colour_frees_the_first():
    brief = read_prompt("red blue car")
    assert brief.tints == (RED,)
    assert brief.wishes[0].colour == BLUE


def test_numbers_count_the_next_thing_only():
    wishes = read_prompt("two cats and a dog").wishes
    assert [(wish.name, wish.count) for wish in wishes] == [("cat", 2), ("dog", 1)]


def test_a_number_after_picture_counts_nothing():
    assert read_prompt("the hat from Picture 2 on a dog").wishes[0].count == 1


def test_one_thing_said_twice_is_one_thing():
    cup = read_prompt("a cup of tea").wishes
    assert [(wish.name, wish.word) for wish in cup] == [("cup", "tea")]
    assert len(read_prompt("a red apple and a green apple").wishes) == 2
    assert len(read_prompt("an apple, three apples").wishes) == 2
    assert len(read_prompt("a kitten and a tabby").wishes) == 1


def test_a_portrait_is_of_whoever_else_is_named():
    assert [wish.name for wish in read_prompt("portrait of a knight").wishes] == ["portrait"]
    assert [wish.name for wish in read_prompt("portrait of a fox").wishes] == ["fox"]
    assert [wish.name for wish in read_prompt("a portrait").wishes] == ["portrait"]


def test_known_things_are_told_from_new_ones():
    wishes = read_prompt("turn the cat into a dog").wishes
    assert [(wish.name, wish.known) for wish in wishes] == [("cat", True), ("dog", False)]


def test_without_takes_out_what_follows():
    brief = read_prompt("a fox and a cat without the fox, no gizmo, remove the background")
    assert [wish.name for wish in brief.wishes] == ["cat"]
    assert brief.removed == ("fox", "gizmo", "background")


def test_the_negative_prompt_takes_out_avoids_and_counters():
    brief = read_prompt("a fox at sunset in the snow", "fox, snow, red, blurry, low quality, unheard")
    assert brief.wishes == ()
    assert brief.weather == ()
    assert brief.avoided == (RED,)
    assert brief.flaws == ("soft",)
    assert brief.hour == "sunset"


@pytest.mark.parametrize("negative", ["mountains", "sunset, golden hour, day, dawn, dusk"])
def test_what_the_negative_prompt_names_is_not_chosen_by_chance_either(negative: str):
    for word in ("a", "b", "c", "d", "e", "f", "g", "h"):
        brief = read_prompt(word, negative)
        assert brief.place != "mountains" or "mountains" not in negative
        assert brief.hour not in {"sunset", "golden", "day", "dawn", "dusk"} or "sunset" not in negative


def test_everything_can_be_forbidden():
    places = "hills lake mountains field sea forest garden desert"
    assert read_prompt("", places).place == "hills"


@pytest.mark.parametrize(
    ("text", "place", "hour"),
    [
        ("a koi", "underwater", "deep"),
        ("an astronaut in outer space", "space", "space"),
        ("a cup", "studio", "day"),
        ("aurora over a lake", "lake", "night"),
        ("neon city", "city", "night"),
        ("a rainy field", "field", "overcast"),
        ("stormy sea", "sea", "storm"),
        ("a mountain lake", "lake", None),
        ("a city by the sea", "city", None),
    ],
)
def test_what_is_left_open_follows_from_the_rest(text: str, place: str, hour: str | None):
    brief = read_prompt(text)
    assert brief.place == place
    assert hour is None or brief.hour == hour


def test_unknown_words_choose_and_are_kept():
    briefs = [read_prompt(word) for word in ("zorblax", "flumox", "quizzle", "森", "猫", "brillig", "tove", "borogove")]
    assert all(brief.strange for brief in briefs)
    assert len({brief.key for brief in briefs}) == 8
    assert len({(brief.place, brief.hour) for brief in briefs}) > 3


def test_any_other_word_is_another_key():
    texts = ["a fox", "the fox", "fox", "a fox a", "a cat", ""]
    assert len({read_prompt(text).key for text in texts}) == len(texts)
    assert read_prompt("a", "b").key != read_prompt("a").key != read_prompt("", "a").key
    assert read_prompt("A  fox!").key == read_prompt("a fox").key
