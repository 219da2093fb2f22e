from __future__ import annotations

import pytest

from drawthings.apps.openai.file import NOWHERE, piece


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        ("bytes=0-9", (0, 9)),
        ("bytes=90-", (90, 99)),
        ("bytes=90-500", (90, 99)),
        ("bytes=-10", (90, 99)),
        ("bytes=-500", (0, 99)),
        ("bytes=100-", NOWHERE),
        ("bytes=-0", NOWHERE),
        # All of it is a right answer to everything else.
        ("bytes=-", None),
        ("bytes=9-5", None),
        ("bytes=0-1,5-6", None),
        ("pages=1-2", None),
        ("bytes=" + "9" * 400 + "-", None),
    ],
)
def test_a_range_is_a_part_of_the_file(asked: str, part: tuple[int, int] | None) -> None:
    assert piece(asked, 100) == part
