from __future__ import annotations

import pytest

from drawthings.apps.openai.stream import Partials


@pytest.mark.parametrize(
    ("wanted", "steps", "previews", "sent"),
    [
        (0, 8, range(1, 9), []),
        (1, 8, range(1, 9), [4]),
        (3, 8, range(1, 9), [2, 4, 6]),
        (3, 20, range(1, 20, 2), [5, 11, 15]),
        # The server may send none before the second half.
        (3, 8, range(5, 9), [5, 6]),
        (3, 8, [8], [8]),
        (3, 4, [], []),
        (3, 0, [1, 2], []),
    ],
)
def test_a_picture_is_shown_as_often_as_was_asked_for_at_most(
    wanted: int, steps: int, previews: list[int], sent: list[int]
) -> None:
    partials = Partials(wanted)
    assert [step for step in previews if partials.due(0, step, steps)] == sent
    assert not sent or partials.number(0) == len(sent) - 1


def test_pictures_are_counted_apart() -> None:
    partials = Partials(1)
    assert [partials.due(place, 4, 8) for place in (0, 1, 0, 1)] == [True, True, False, False]
    assert (partials.number(0), partials.number(1)) == (0, 0)
