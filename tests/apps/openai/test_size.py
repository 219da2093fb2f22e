from __future__ import annotations

from typing import Any

import pytest

from drawthings.apps.http.values import Values
from drawthings.apps.openai.size import canvas
from drawthings.errors import ConfigError


@pytest.mark.parametrize(
    ("body", "size"),
    [
        ({}, None),
        ({"size": None}, None),
        ({"size": "auto"}, None),
        ({"size": "1024x1536"}, (1024, 1536)),
        ({"size": "1000X1000"}, (1024, 1024)),
        ({"size": "16:9"}, (1344, 768)),
        ({"size": "1:1"}, (1024, 1024)),
        ({"aspect_ratio": "3:2"}, (1344, 896)),
        ({"size": "512x512", "width": 640, "height": "768"}, (640, 768)),
    ],
)
def test_a_size_is_brought_to_the_grid(body: dict[str, Any], size: tuple[int, int] | None) -> None:
    found = canvas(Values(body), 1024)
    assert found == ({} if size is None else {"width": size[0], "height": size[1]})


def test_one_side_alone_leaves_the_other_open() -> None:
    assert canvas(Values({"width": 700}), 512) == {"width": 704}


@pytest.mark.parametrize(
    ("body", "key"),
    [
        ({"size": "large"}, "size"),
        ({"size": "0x0"}, "size"),
        ({"size": "99999x64"}, "size"),
        ({"size": "100:1"}, "size"),
        ({"size": "0:0"}, "size"),
        ({"size": 512}, "size"),
        ({"width": 10}, "width"),
        ({"height": "wide"}, "height"),
        ({"aspect_ratio": "square"}, "aspect_ratio"),
    ],
)
def test_what_is_no_size_is_refused_with_the_clients_own_key(body: dict[str, Any], key: str) -> None:
    with pytest.raises(ConfigError) as caught:
        canvas(Values(body), 512)
    assert caught.value.field == key
