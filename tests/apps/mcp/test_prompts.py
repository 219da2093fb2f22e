from __future__ import annotations

import re

import pytest

from drawthings.apps.mcp.prompts import TEXTS, prompt, prompts
from drawthings.apps.mcp.tools import TOOLS
from drawthings.errors import BadValue, UnknownChoice


def test_each_is_listed_with_its_arguments() -> None:
    listed = {each.name: [argument.name for argument in each.arguments or []] for each in prompts()}
    assert listed == {"picture": ["subject"], "edit": ["image", "change"], "variations": ["idea"]}


@pytest.mark.parametrize("name", TEXTS)
def test_the_text_has_the_arguments_in_it_and_names_tools_that_exist(name: str) -> None:
    takes = TEXTS[name][1]
    made = prompt(name, {each: f"<{{change}} {each}>" for each in takes})
    (message,) = made.messages
    text = message.content.text  # type: ignore[union-attr] # these prompts are text
    assert all(f"<{{change}} {each}>" in text for each in takes)
    assert set(re.findall(r"[a-z]+_(?:image|models|video|job)\b", text)) <= set(TOOLS)


def test_a_missing_argument_is_named() -> None:
    with pytest.raises(BadValue, match="change"):
        prompt("edit", {"image": "x"})
    with pytest.raises(UnknownChoice, match="poem"):
        prompt("poem", {})
