"""What the options ask for, as the library takes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from drawthings.cli.complaint import Misuse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drawthings.request.parts import Control, Lora

SIMPLE = {
    "model": "model",
    "width": "width",
    "height": "height",
    "steps": "steps",
    "cfg": "guidance_scale",
    "seed": "seed",
    "sampler": "sampler",
    "strength": "strength",
    "batch": "batch_size",
    "batch_count": "batch_count",
    "upscaler": "upscaler",
}
"""Options that are settings under another name, or the same."""

BESIDE = ("image_fit", "keywords", "user", "device")
"""Options that the library takes beside the settings."""


def settings(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings that were given, and only those: ``--config``, then ``--set``, then options.

    Raises:
        ConfigError: One of them makes no sense.
        Misuse: Options contradict each other.
    """
    found = {**_from_config(given.get("config")), **_from_sets(given.get("sets", ()))}
    if given.get("size") is not None:
        other = next((name for name in ("width", "height") if given.get(name) is not None), None)
        if other:
            raise Misuse(f"--size {given['size']} says the {other} already.", "Give --size, or --width and --height.")
        found |= {"width": given["size"], "height": given["size"]}
    found |= {setting: given[option] for option, setting in SIMPLE.items() if given.get(option) is not None}
    if given.get("count") is not None:
        found |= _several(given["count"], given.get("batch"), given.get("batch_count"))
    loras = [_lora(text, given.get("lora_weight")) for text in given.get("lora", ())]
    if loras:
        found["loras"] = tuple(loras)
    elif given.get("lora_weight") is not None:
        raise Misuse(f"--lora-weight {given['lora_weight']:g} is for no LoRA.", "Name one with --lora FILE.")
    if given.get("controls"):
        found["controls"] = tuple(_control(text) for text in given["controls"])
    return found


def pictures(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is asked for beside the settings, as the library takes it: control pictures, references, who asks.

    Raises:
        ConfigError: One of them makes no sense.
    """
    found: dict[str, Any] = {}
    if given.get("hints"):
        from drawthings.cli.assignment import parse_hint

        hints: dict[str, list[tuple[str, float]]] = {}
        for text in given["hints"]:
            kind, file, weight = parse_hint(text)
            hints.setdefault(kind, []).append((file, weight))
        found["hints"] = hints
    if given.get("references"):
        found["references"] = given["references"]
    return found | {name: given[name] for name in BESIDE if given.get(name)}


def _several(count: int, batch: int | None, batch_count: int | None) -> dict[str, int]:
    """Return how so many pictures are asked for: one after the other, or in batches where that was said."""
    if batch_count is not None:
        raise Misuse(f"-n {count} says how many pictures, and --batch-count how many requests.", "Give one of them.")
    size = batch if batch is not None and batch > 0 else 1
    if count % size:
        above = count // size * size + size
        raise Misuse(f"-n {count} is no multiple of --batch {size}.", f"Use -n {above}, or leave --batch out.")
    return {"batch_count": count // size, "batch_size": 1 if batch is None else batch}


def _from_config(text: str | None) -> dict[str, Any]:
    if not text:
        return {}
    from drawthings.media.recollection import settings_from_file

    return dict(settings_from_file(text))


def _from_sets(pairs: tuple[str, ...]) -> dict[str, Any]:
    if not pairs:
        return {}
    from drawthings.cli.assignment import parse_assignment

    return dict(parse_assignment(pair) for pair in pairs)


def _lora(text: str, default_weight: float | None) -> Lora:
    """Read FILE[:WEIGHT[:MODE]]; ``--lora-weight`` counts for those without a weight of their own."""
    from dataclasses import replace

    from drawthings.request.parts import Lora

    lora = Lora.parse(text)
    if default_weight is None or lora.file != text:
        return lora
    return replace(lora, weight=default_weight)


def _control(text: str) -> Control:
    """Read FILE[:WEIGHT]."""
    from drawthings.cli.assignment import split_weight
    from drawthings.request.parts import Control

    file, weight = split_weight(text)
    return Control(file, weight)
