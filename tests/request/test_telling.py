"""What was decided, as IPython and notebooks show it."""

from __future__ import annotations

from typing import Any

from drawthings.request.note import Note
from drawthings.request.plan import plan
from drawthings.request.wishes import Wishes
from smallserver import small_catalogue

SDXL = "juggernaut_xl_v9_q6p_q8p.ckpt"


class Printer:
    """Stands in for IPython's printer."""

    def __init__(self) -> None:
        self.written = ""

    def text(self, text: str) -> None:
        self.written += text


def printed(thing: Any) -> str:
    printer = Printer()
    thing._repr_pretty_(printer, cycle=False)
    return printer.written


def test_a_plan_is_a_few_lines() -> None:
    settings = {"model": SDXL, "width": 1024, "height": 768, "steps": 20, "seed": 7, "guidance_scale": 4.5}
    wishes = Wishes(prompt="a red fox", settings={**settings, "sampler": "DDIM", "batch_size": 2})
    made = plan(small_catalogue(), wishes)
    first, second, *notes = printed(made).splitlines()
    assert first == "a red fox"
    name = "juggernaut_xl_v9_q6p_q8p"
    assert second == f"{name} ({name}.ckpt), 1024x768, 20 steps, guidance 4.5, DDIM, seed 7, 2 results"
    assert notes == [f"- {note.text}" for note in made.notes]


def test_a_plan_without_words_says_so() -> None:
    assert printed(plan(small_catalogue(), Wishes(prompt=""))).startswith("(no prompt)\n")


def test_a_note_is_its_sentence_and_a_warning_says_that_it_is_one() -> None:
    assert printed(Note("a", "note", "A choice.")) == "A choice."
    assert printed(Note("b", "warn", "A risk.")) == "Warning: A risk."
