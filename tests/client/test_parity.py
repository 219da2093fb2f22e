"""The two clients have the same methods with the same arguments."""

from __future__ import annotations

import inspect

import pytest

from drawthings import AsyncDrawThings, DrawThings

TWINS = {"aclose": "close", "__aenter__": "__enter__", "__aexit__": "__exit__"}


def methods(kind: type) -> dict[str, object]:
    return dict(inspect.getmembers(kind, inspect.isfunction))


def test_the_same_methods() -> None:
    assert {TWINS.get(name, name) for name in methods(AsyncDrawThings)} == set(methods(DrawThings))


@pytest.mark.parametrize("name", sorted(methods(AsyncDrawThings)))
def test_the_same_arguments(name: str) -> None:
    waiting = inspect.signature(getattr(AsyncDrawThings, name))
    blocking = inspect.signature(getattr(DrawThings, TWINS.get(name, name)))
    assert list(waiting.parameters.values()) == list(blocking.parameters.values())
    assert inspect.getdoc(getattr(DrawThings, TWINS.get(name, name))) or name.startswith("_")
