from __future__ import annotations

import pytest

from drawthings.server.painter.light import HOURS, light_for
from drawthings.server.painter.words import read_prompt


def test_nights_are_dark_and_days_are_not():
    assert HOURS["night"].dark > 0.5
    assert HOURS["night"].lamps
    assert HOURS["night"].moon
    assert HOURS["day"].dark == 0
    assert not HOURS["day"].lamps


@pytest.mark.parametrize("hour", sorted(HOURS))
def test_all_numbers_are_in_range(hour: str):
    light = HOURS[hour]
    for colour in (*light.sky, light.sun, light.haze, light.lit, light.shaded):
        assert all(0 <= value <= 1 for value in colour)
    assert all(0 <= number <= 1 for number in (light.altitude, light.glow, light.stars, light.cover, light.thickness))


def test_weather_changes_the_sky():
    plain = light_for(read_prompt("field at sunset"), 0.0)
    assert light_for(read_prompt("field at sunset, clear sky"), 0.0).cover < plain.cover
    assert light_for(read_prompt("field at sunset, rain"), 0.0).cover > plain.cover
    assert light_for(read_prompt("field at sunset, fog"), 0.0).thickness == 1
    storm = light_for(read_prompt("field at sunset, thunderstorm"), 0.0)
    assert sum(storm.sky[0]) < sum(plain.sky[1])
    assert storm.cover == 1
    assert light_for(read_prompt("stormy field"), 0.0).sky[2] == pytest.approx(HOURS["storm"].sky[2])


def test_a_nudge_turns_the_hues():
    brief = read_prompt("field at noon")
    assert light_for(brief, 0.05).sky != light_for(brief, 0.0).sky
    assert light_for(brief, 0.05).sun == light_for(brief, 0.0).sun
