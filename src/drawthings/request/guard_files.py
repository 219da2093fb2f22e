"""The guard's rules about files: models, LoRAs, upscalers and what the request says of them."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from drawthings.catalogue.entries import (
    ControlEntry,
    EmbeddingEntry,
    Entry,
    LoraEntry,
    ModelEntry,
    UpscalerEntry,
)
from drawthings.catalogue.families import SDXL_LINE
from drawthings.catalogue.specification import flaw_of
from drawthings.request.choices import LoraMode
from drawthings.request.guard_codes import Finding, found
from drawthings.request.guard_situation import UNKNOWN_VERSION, as_plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drawthings.request.guard_situation import Situation

LISTED = "`drawthings models list` shows what the server has."
KINDS: tuple[type[Entry], ...] = (ModelEntry, LoraEntry, ControlEntry, EmbeddingEntry, UpscalerEntry)


def model_file(s: Situation) -> Iterator[Finding]:
    """The model is not there, or nobody knows what it is."""
    file = s.settings.model
    if not file or s.absent(file):
        told = f"The server has no model {file}" if file else "The request names no model"
        yield found("model-missing", f"{told}; it would quietly use its default model.", LISTED)
    elif s.model is None:
        yield found(
            "model-undescribed",
            f"The server has {file} but does not describe it: a part is missing there, or it takes the file for Stable "
            "Diffusion 1.",
            "Put its parts, or a custom.json that describes it, into the server's models folder.",
        )


def model_parts(s: Situation) -> Iterator[Finding]:
    """An encoder or decoder of the model is not there."""
    if s.model is None or not s.model.known:
        return
    for part in s.model.required_files[1:]:
        if not s.absent(part):
            continue
        if s.model.edits and part == s.model.spec.text("clip_encoder"):
            text = f"The server lacks {part}, with which {s.model.file} looks at pictures; it would not look."
            yield found("vision-tower-missing", text, "Download it in the app, or upload it to the server.")
        else:
            text = f"The server lacks {part}, which {s.model.file} needs; it would put a wrong one in its place."
            yield found("model-part-missing", text, "Download it in the app, or upload it to the server.")


def lora_files(s: Situation) -> Iterator[Finding]:
    """A LoRA is not there, not known, or made for another family."""
    for lora, entry in s.loras:
        if s.absent(lora.file):
            text = f"The server has no LoRA {lora.file}; it would go on without it."
            yield found("lora-missing", text, "`drawthings models list` shows the LoRAs it has.")
        elif entry is None and s.model is not None and UNKNOWN_VERSION not in s.versions:
            yield found(
                "lora-undescribed",
                f"The server does not describe the LoRA {lora.file}; it would take it for one of Stable Diffusion 1 "
                "and skip it.",
                "Put a custom_lora.json that describes it into the server's models folder.",
            )
        elif entry is not None and not entry.known and UNKNOWN_VERSION not in s.versions:
            text = f"The server does not list what it has; if it does not know {lora.file}, it skips it without a word."
            yield found("lora-unknown-to-us", text, "Start the server with --model-browser.")
        elif entry is not None and entry.known and s.model is not None and entry.version not in s.versions:
            yield found(
                "lora-other-family",
                f"The LoRA {lora.file} is made for {entry.version}, but {s.model.file} is {s.version}; the server "
                "would skip it without a word.",
                "Leave it out, or take a model of its family.",
            )


def lora_effects(s: Situation) -> Iterator[Finding]:
    """A LoRA is switched off by its own settings."""
    for lora, _ in s.loras:
        if lora.weight == 0:
            yield found("lora-weight-zero", f"The LoRA {lora.file} has weight 0 and does nothing.", "Give it a weight.")
        if lora.mode is LoraMode.REFINER and not s.settings.refiner_model:
            text = f"The LoRA {lora.file} is for the refiner only, and there is no refiner."
            yield found("lora-mode-without-refiner", text, "Set its mode to all.")


def addition_parts(s: Situation) -> Iterator[Finding]:
    """A LoRA or control lacks a file of its own that it works with."""
    entries: list[Entry] = [entry for _, entry in s.loras if entry is not None]
    entries += [entry for _, entry in s.controls if entry is not None]
    for entry in entries:
        for part in entry.required_files[1:]:
            if s.files.get(part) is False:
                text = f"The server lacks {part}, which {entry.file} works with."
                yield found("addition-part-missing", text, "Download it in the app, or upload it to the server.")


def refiner_file(s: Situation) -> Iterator[Finding]:
    """The refiner is not there, not known, or of another family."""
    file = s.settings.refiner_model
    if not file:
        return
    if s.absent(file):
        yield found("refiner-missing", f"The server has no refiner {file}; it would go on without it.", LISTED)
    elif s.refiner is None:
        text = f"The server does not describe the refiner {file}; it would take it for Stable Diffusion 1."
        yield found("refiner-undescribed", text, "Take one that it lists.")
    elif s.model is not None and s.model.file == file:
        text = f"The refiner {file} is the model itself and changes nothing."
        yield found("refiner-is-the-model", text, "Leave it out.")
    elif s.model is not None and s.refiner.version != s.version and not {s.refiner.version, s.version} <= SDXL_LINE:
        text = f"The refiner {file} is {s.refiner.version}, but {s.model.file} is {s.version}; they do not share noise."
        yield found("refiner-other-family", text, "Take a refiner of the model's own family.")


def refiner_start(s: Situation) -> Iterator[Finding]:
    """The refiner does nothing, or everything."""
    if not s.settings.refiner_model:
        return
    if s.settings.refiner_start >= 1:
        text = "refiner_start is 1, so the refiner never takes over."
        yield found("refiner-never", text, "Set it below 1; 0.85 is usual.")
    elif s.settings.refiner_start <= 0:
        text = "refiner_start is 0, so the refiner does everything and the model nothing."
        yield found("refiner-from-start", text, "Set it above 0; 0.85 is usual.")


def upscaler_file(s: Situation) -> Iterator[Finding]:
    """The upscaler is not there, or not known."""
    file = s.settings.upscaler
    if not file:
        if s.settings.upscaler_scale_factor:
            text = f"upscaler_scale_factor={s.settings.upscaler_scale_factor} does nothing without an upscaler."
            yield found("upscale-factor-unused", text, "Name an upscaler.")
    elif s.absent(file):
        text = f"The server has no upscaler {file}; it would return the picture at its own size."
        yield found("upscaler-missing", text, "`drawthings models list` shows the upscalers it has.")
    elif s.entry(UpscalerEntry, file) is None:
        text = f"The server does not describe the upscaler {file}; it takes it for one of 4 times and 23 blocks."
        yield found("upscaler-undescribed", text, "Nothing, if it is one.")


def face_restoration(s: Situation) -> Iterator[Finding]:
    """The face restoration model is not there, or may not run."""
    file = s.settings.face_restoration
    if not file:
        return
    if s.absent(file):
        text = f"The server has no face restoration model {file}; it would go on without it."
        yield found("face-restoration-missing", text, "Leave it out, or put the file into the server's models folder.")
    else:
        text = "Servers on Linux have no face restoration and leave it out without a word."
        yield found("face-restoration-platform", text, "Nothing, on a Mac.")


def override_elements(s: Situation) -> Iterator[Finding]:
    """A specification that the request carries would be dropped."""
    for kind in KINDS:
        seen = set()
        for item in s.override_of(kind):
            name = item.get("file") or "without a file name"
            flaw = flaw_of(kind.wire_key, as_plain(item))
            if flaw:
                code = "override-incomplete" if flaw.startswith("has no ") else "override-wrong-choice"
                text = f"The override's {kind.kind} {name} {flaw}; the server would drop it without a word."
                yield found(code, text, "Send the specification exactly as the server listed it, or none.")
            if name in seen:
                text = f"The override describes the {kind.kind} {name} twice; the first description counts."
                yield found("override-twice", text, "Leave one out.")
            seen.add(name)


def override_losses(s: Situation) -> Iterator[Finding]:
    """A specification that the request carries says less than the server's own."""
    for kind in KINDS:
        for item in s.override_of(kind):
            own = s.listed(kind, str(item.get("file")))
            if own is None or flaw_of(kind.wire_key, as_plain(item)):
                continue
            lost = [key for key, value in own.spec.items() if value is not None and item.get(key) is None]
            changed = (item.get("modifier") or "none") != own.modifier
            fix = "Send the specification exactly as the server listed it, or none."
            if changed:
                text = (
                    f"The override gives {own.file} the modifier {item.get('modifier') or 'none'} instead of the "
                    f"server's {own.modifier}, and the override counts."
                )
                yield found("override-modifier-lost", text, fix)
            elif lost:
                text = f"The override of {own.file} lacks {', '.join(lost)}, which switches that off."
                yield found("override-trimmed", text, fix)


def keywords(s: Situation) -> Iterator[Finding]:
    """A textual inversion is asked for."""
    words = set(s.order.keywords)
    for entry in s.catalogue.embeddings:
        if entry.keyword and re.search(rf"(?<!\w){re.escape(entry.keyword)}(?!\w)", s.order.prompt):
            words.add(entry.keyword)
    if words or s.order.override.textual_inversions:
        names = ", ".join(json.dumps(word, ensure_ascii=False) for word in sorted(words)) or "they"
        text = f"gRPCServerCLI knows no textual inversions; {names} count as ordinary words there. The app knows them."
        yield found("keywords-ignored", text, "Nothing, with the app as server.")


RULES = (
    *(model_file, model_parts, lora_files, lora_effects, addition_parts, refiner_file, refiner_start),
    *(upscaler_file, face_restoration, override_elements, override_losses, keywords),
)
