"""Prompts as people write them for other programs: LoRAs named inside, and what stands for nothing here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from drawthings.errors import BadValue
from drawthings.media.infotext import LORA_TAG
from drawthings.request.parts import Lora

if TYPE_CHECKING:
    from drawthings.catalogue.catalogue import Catalogue

HYPERNET_TAG = re.compile(r"<hypernet:[^<>\n]*>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Words:
    """A prompt, taken apart.

    Attributes:
        prompt: The words for the model.
        loras: The LoRAs that were named in it.
        notes: Sentences about what has no effect.
    """

    prompt: str
    loras: tuple[Lora, ...] = ()
    notes: tuple[str, ...] = ()


def read_prompt(text: str, catalogue: Catalogue) -> Words:
    """Take the tags out of a prompt.

    Args:
        text: The prompt, with ``<lora:name:weight>`` in it or not.
        catalogue: What the servers have; a LoRA may be named by file, by file without ending, or by friendly name.

    Raises:
        ModelNotFound: There is no such LoRA; the nearest are in ``suggestions``.
        ConfigError: A weight is no number, or beyond what makes sense.
    """
    loras = tuple(_lora(found[1].strip(), (found[2] or "").strip(), catalogue) for found in LORA_TAG.finditer(text))
    bare = HYPERNET_TAG.sub("", LORA_TAG.sub("", text))
    notes = ("Draw Things has no hypernetworks; their tags have no effect.",) if HYPERNET_TAG.search(text) else ()
    if bare == text:
        return Words(text)
    return Words(re.sub(r"[ \t]{2,}", " ", bare).strip(" ,\n\t"), loras, notes)


def _lora(name: str, weight: str, catalogue: Catalogue) -> Lora:
    entry = catalogue.lora(name)
    if not weight:
        return Lora(entry.file, 1.0 if entry.recommended_weight is None else entry.recommended_weight)
    try:
        number = float(weight)
    except ValueError:
        raise BadValue(
            f"The weight of LoRA {name!r} is {weight!r}, which is no number.",
            hint=f"Write <lora:{name}:0.8>.",
            field="prompt",
            value=weight,
        ) from None
    return Lora(entry.file, number)
