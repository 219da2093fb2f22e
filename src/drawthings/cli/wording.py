"""Prompts with alternatives: ``{red|blue} fox`` and ``__colour__`` become one of what they stand for, and say which."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from drawthings.request.note import Note

if TYPE_CHECKING:
    from collections.abc import Mapping

SEEDS = 2**32


def chosen(words: str, given: Mapping[str, Any], settings: dict[str, Any]) -> tuple[str, tuple[Note, ...]]:
    """Choose one of the prompts that a prompt stands for, by the seed of the picture.

    Args:
        words: The prompt.
        given: All options; commands without ``--plain-prompt`` take every prompt as it is.
        settings: The settings so far. Where they have no seed and the prompt varies, they get a random one, so that the
            same words come again with it.

    Returns:
        The prompt to send, and notes that tell it.

    Raises:
        BadValue: There is no such folder of wildcards, or a file in it cannot be used.
    """
    if given.get("plain_prompt", True):
        return words, ()
    from drawthings.request.alternatives import read_template

    template = read_template(words, given.get("wildcards"))
    if not template.varies:
        return words, ()
    notes = []
    seed = settings.get("seed")
    if not isinstance(seed, int) or isinstance(seed, bool) or seed < 0:
        import secrets

        seed = settings["seed"] = secrets.randbelow(SEEDS)
        notes.append(Note("seed", "note", f"Seed {seed}, chosen at random."))
    wording = template.choose(seed)
    return wording.text, (*notes, Note("prompt", "note", f"Prompt: {wording.text}"))
