from __future__ import annotations

import pytest

from drawthings.server.painter import vocabulary
from drawthings.server.painter.colour import ink
from drawthings.server.painter.light import HOURS
from drawthings.server.painter.scene.subjects import DRAWINGS
from drawthings.server.painter.words import LONGEST_PHRASE, tokens

TABLES = {name: value for name, value in vars(vocabulary).items() if name.isupper() and isinstance(value, dict)}


def test_every_subject_has_a_drawing_and_every_drawing_a_word():
    assert set(vocabulary.SUBJECTS) == set(DRAWINGS)


def test_every_hour_has_its_light():
    assert set(vocabulary.HOURS) <= set(HOURS)


def test_homes_are_places_and_their_inhabitants_subjects():
    assert set(vocabulary.HOMES) <= set(vocabulary.PLACES)
    everyone = [name for names in vocabulary.HOMES.values() for name in names]
    assert set(everyone) <= set(vocabulary.SUBJECTS)
    assert len(everyone) == len(set(everyone))


def test_colours_are_written_as_six_digits():
    assert all(ink(text) for text in vocabulary.COLOURS)


@pytest.mark.parametrize("name", sorted(set(TABLES) - {"HOMES"}))
def test_words_can_be_found_by_the_reader(name: str):
    for words in TABLES[name].values():
        for word in words.split("|"):
            assert " ".join(tokens(word)) == word.strip()
            assert len(word.split()) <= LONGEST_PHRASE
