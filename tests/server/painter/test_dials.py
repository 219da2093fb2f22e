from __future__ import annotations

from drawthings.server.painter.dials import Dials


def test_neutral_dials_have_no_text():
    assert Dials().text == ""


def test_turned_dials_are_named_in_their_order():
    assert Dials(shift=3.0, clip_skip=2).text == "clip_skip=2 shift=3.0"
