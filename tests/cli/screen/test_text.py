"""Text in cells."""

from __future__ import annotations

import pytest

from drawthings.cli.screen.text import cells, padded, printable, shortened


@pytest.mark.parametrize(
    ("text", "count"), [("", 0), ("fox", 3), ("赤狐", 4), ("é", 1), ("e\u0301", 1), ("a\u200db", 2), ("🦊", 2)]
)
def test_cells(text: str, count: int) -> None:
    assert cells(text) == count


@pytest.mark.parametrize(
    ("text", "most", "short"),
    [
        ("a red fox", 9, "a red fox"),
        ("a red fox", 8, "a red f…"),
        ("a red fox", 3, "a…"),
        ("a red fox", 1, "…"),
        ("a red fox", 0, ""),
        ("赤い狐", 5, "赤い…"),
        ("赤い狐", 4, "赤…"),
    ],
)
def test_what_is_too_long_is_cut(text: str, most: int, short: str) -> None:
    assert shortened(text, most) == short
    assert cells(short) <= most


def test_the_ellipsis_may_be_plain() -> None:
    assert shortened("a red fox", 6, ellipsis="...") == "a r..."


def test_nothing_commands_the_terminal() -> None:
    assert printable("a\x1b[2Jb\nc\x9bd\x07\u2028e") == "a [2Jb c d  e"


def test_padding_counts_cells() -> None:
    assert padded("狐", 4) == "狐  "
    assert padded("long", 2) == "long"
