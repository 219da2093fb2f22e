"""The guard's rules about hints and controls: what nobody would look at, and what would trap."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drawthings.catalogue.specification import HINT_TYPES
from drawthings.request.choices import ControlInput
from drawthings.request.guard_codes import Finding, found
from drawthings.request.guard_situation import AVATAR, Tensor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drawthings.catalogue.entries import ControlEntry
    from drawthings.request.guard_situation import Situation
    from drawthings.request.parts import Control

READ_TYPES = frozenset({"depth", "scribble", "pose", "color", "custom", "shuffle", "audio"})
LISTS = frozenset({"shuffle", "pose", "audio"})
"""The types of which every tensor counts."""
EXACT = frozenset({"depth", "pose"})
"""The types that must have the size of the canvas."""
ZERO_TO_ONE = frozenset({"scribble", "pose"})
REFERENCE_MODIFIERS = frozenset({"kontext", "kontext_kv", "qwenimage_edit_plus", "qwenimage_edit_2511"})
REFERENCE_VERSIONS = frozenset({"flux1", "qwen_image", "flux2", "flux2_9b", "flux2_4b"})
REFERENCE_CONTROLS = frozenset(
    {"ipadapterplus", "ipadapterfull", "ipadapterfaceidplus", "pulid", "redux", "llava", "inject_kv"}
)
SOUND_FRAME = 5 * 1280
"""Numbers of sound for one frame of a clip: five tokens of 1280."""
SLACK = 0.01
_INPUTS = {
    ControlInput.NORMAL_BAE: "normalbae",
    ControlInput.SEGMENTATION: "seg",
    ControlInput.INSTRUCT_PIX2PIX: "ip2p",
    ControlInput.LOW_QUALITY: "lowquality",
}


def input_of(control: Control, entry: ControlEntry) -> str:
    """Return what a control reads: what its settings say, else its own kind."""
    if control.input_override is not ControlInput.UNSPECIFIED:
        return _INPUTS.get(control.input_override, control.input_override.label)
    own = entry.modifier
    return "" if own == "none" else own


def shows_references(s: Situation) -> bool:
    """Return whether references become part of what an edit model sees."""
    return s.modifier in REFERENCE_MODIFIERS and s.version in REFERENCE_VERSIONS


def looked_at(s: Situation, kind: str) -> bool:
    """Return whether anything looks at hints of a type.

    Source:
        ``LocalImageGenerator.generate``, ``generateInjectedControls``.
    """
    controls = s.acting_controls
    inputs = {input_of(control, entry) for control, entry in controls}
    unknown = any(not entry.known for _, entry in controls)
    adapters = any(entry.control_type in REFERENCE_CONTROLS for _, entry in controls)
    clip = s.version.startswith("wan_") and bool(controls)
    readers = {
        "shuffle": shows_references(s) or clip or adapters or "shuffle" in inputs,
        "custom": bool(controls) or s.modifier == "canny",
        "depth": "depth" in inputs or s.modifier == "depth",
        "audio": s.version == AVATAR,
    }
    return unknown or readers.get(kind, kind in inputs)


def hint_types(s: Situation) -> Iterator[Finding]:
    """A hint is of a type that is not read, or comes twice, or is empty."""
    seen = set()
    for hint in s.order.hints:
        kind = hint.kind
        if not hint.tensors:
            yield found("hint-empty", f"The {kind} hint holds nothing and is not sent.", "Leave it out.")
        elif kind not in HINT_TYPES:
            text = f"There is no hint type {kind!r}; the server would ignore it."
            yield found("hint-unknown-type", text, f"Use one of {', '.join(sorted(READ_TYPES))}.")
        elif kind not in READ_TYPES:
            text = f"The server never reads hints of the type {kind}."
            yield found(
                "hint-type-ignored", text, "Send it as custom, or give the image and let the control read that."
            )
        elif kind in seen:
            text = f"There are two hints of the type {kind}, and the server reads only the first."
            yield found("hint-twice", text, "Put all of their tensors into one.")
        elif len(hint.tensors) > 1 and kind not in LISTS:
            text = f"The {kind} hint holds {len(hint.tensors)} tensors, and the server reads only the first."
            yield found("hint-several-tensors", text, "Send one.")
        seen.add(kind)


def hint_readers(s: Situation) -> Iterator[Finding]:
    """A hint is one that nothing looks at."""
    if s.model is None:
        return
    for kind in {hint.kind for hint in s.order.hints if hint.tensors} & READ_TYPES:
        if looked_at(s, kind):
            continue
        if kind == "shuffle":
            text = f"{s.model.file} does not look at reference pictures, and no control in force does."
            fix = "Take an edit model (Qwen Image Edit, FLUX Kontext, FLUX.2 …), or add an IP-Adapter of its family."
            yield found("references-ignored", text, fix)
        else:
            text = f"Nothing looks at the {kind} hint: {s.model.file} does not, and no control in force does."
            yield found("hint-nobody-looks", text, f"Add a control that reads {kind}, or leave the hint out.")


def hint_tensors(s: Situation) -> Iterator[Finding]:
    """A hint's tensor has a form that the server traps on or distorts."""
    for hint in s.order.hints:
        if hint.kind not in READ_TYPES:
            continue
        counted = hint.tensors if hint.kind in LISTS else hint.tensors[:1]
        for blob, _ in counted:
            tensor = Tensor(blob)
            if tensor.flaw:
                text = f"A tensor of the {hint.kind} hint cannot be read: {tensor.flaw}"
                yield found("hint-unreadable", text, "Encode it again.")
            elif hint.kind != "audio":
                yield from _plane(s, hint.kind, tensor)


def _plane(s: Situation, kind: str, tensor: Tensor) -> Iterator[Finding]:
    values = tensor.values
    if values is None:  # pragma: no cover - told before
        return
    channels = 1 if kind == "depth" else 3
    rigid = kind == "scribble" and values.dtype != "float16"
    if rigid or tensor.picture(channels) is None or values.shape[0] != 1:
        text = (
            f"The {kind} hint is {list(values.shape)} of {values.dtype}; it must be [1, height, width, {channels}] of "
            "float16."
        )
        yield found("hint-shape", text, "Let the library encode it from a picture.")
        return
    if kind in EXACT and values.shape[1:3] != s.canvas:
        height, width = s.canvas
        text = f"The {kind} hint is {values.shape[2]}x{values.shape[1]} pixels, the canvas {width}x{height}."
        yield found("hint-size", text, "Send it at exactly the size of the canvas.")
    import numpy as np

    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    least = 0 if kind in ZERO_TO_ONE else -1
    if low < least - SLACK or high > 1 + SLACK:
        text = f"The {kind} hint holds numbers from {low:g} to {high:g}; the server expects {least} to 1."
        yield found("hint-range", text, "Scale it.")


def references(s: Situation) -> Iterator[Finding]:
    """A reference picture has no weight, or more of them are sent than are looked at."""
    for hint in s.order.hints:
        if hint.kind != "shuffle" or s.model is None:
            continue
        for number, (_, weight) in enumerate(hint.tensors, start=1):
            if weight > 0:
                continue
            if shows_references(s):
                text = f"Reference {number} has the weight {weight:g}: the words tell of it, the picture never sees it."
                yield found("reference-weight-zero", text, "Give it the weight 1.")
            else:
                text = f"Reference {number} has the weight {weight:g} and does nothing."
                yield found("reference-without-weight", text, "Give it the weight 1.")
        if hint.tensors and s.version == "qwen_image" and s.modifier == "kontext":
            text = f"The language side of {s.model.file} looks at the first picture only."
            yield found("references-one-seen", text, "Qwen Image Edit 2509 and 2511 look at all of them.")


def audio(s: Situation) -> Iterator[Finding]:
    """A model that moves a mouth gets no sound, or sound of the wrong length."""
    if s.version != AVATAR or s.family is None:
        return
    sound = next((hint for hint in s.order.hints if hint.kind == "audio" and hint.tensors), None)
    if sound is None:
        text = f"{s.settings.model} needs an audio hint, or it returns nothing."
        yield found("audio-missing", text, "Give two arrays of sound features as hints={'audio': ...}.")
        return
    frames = s.family.latent_frames(s.settings.num_frames)
    wanted = [5 * SOUND_FRAME, (frames - 1) * 8 * SOUND_FRAME]
    sizes = [0 if values is None else values.size for values in (Tensor(blob).values for blob, _ in sound.tensors)]
    if sizes != wanted:
        text = f"The audio hint holds tensors of {sizes} numbers; for {s.settings.num_frames} frames they are {wanted}."
        yield found("audio-length", text, "Fit the sound to the number of frames; the server returns nothing else.")


def control_files(s: Situation) -> Iterator[Finding]:
    """A control is not there, not known, or of another family."""
    for control, entry in s.controls:
        file = control.file
        if s.absent(file):
            text = f"The server has no control {file}; it would go on without it."
            yield found("control-missing", text, "`drawthings models list` shows the controls it has.")
        elif entry is None:
            text = f"The server does not describe the control {file} and would skip it."
            yield found("control-undescribed", text, "Put a custom_controlnet.json that does into its models folder.")
        elif entry.known and s.model is not None and entry.version != s.version:
            text = f"The control {file} is made for {entry.version}, but {s.model.file} is {s.version}; it is skipped."
            yield found("control-other-family", text, "Leave it out, or take a model of its family.")


def control_effects(s: Situation) -> Iterator[Finding]:
    """A control is switched off by its own settings."""
    for control, _ in s.controls:
        if not control.weight > 0:
            text = f"The control {control.file} has weight {control.weight:g} and does nothing."
            yield found("control-weight-zero", text, "Give it a weight above 0.")
        if control.guidance_start >= control.guidance_end:
            text = (
                f"The control {control.file} acts from {control.guidance_start:g} to {control.guidance_end:g} of the "
                "steps, which is nowhere."
            )
            yield found("control-empty-range", text, "Let it end after it starts.")


def control_inputs(s: Situation) -> Iterator[Finding]:
    """A control has nothing to read."""
    sent = {hint.kind for hint in s.order.hints if hint.tensors}
    if s.image is not None:
        sent.add("image")
    for control, entry in s.acting_controls:
        if not entry.known:
            continue
        kind = input_of(control, entry)
        if not kind and entry.control_type not in REFERENCE_CONTROLS:
            text = f"The control {control.file} reads several things, and the request does not say which."
            yield found("control-input-open", text, "Set its input_override.")
        elif not sent & _sources(kind, entry):
            text = f"The control {control.file} reads {kind or 'references'}, and nothing of the kind is sent."
            yield found("control-reads-nothing", text, f"Give {' or '.join(sorted(_sources(kind, entry)))}.")


def _sources(kind: str, entry: ControlEntry) -> set[str]:
    if entry.control_type in REFERENCE_CONTROLS or kind == "shuffle":
        return {"shuffle", "custom"}
    if entry.version.startswith("wan_"):
        return {"shuffle", "custom", "image"}
    if kind in {"inpaint", "ip2p"}:
        return {"image"}
    return {"pose", "custom"} if kind == "pose" else {kind, "custom", "image"}


RULES = (
    *(hint_types, hint_readers, hint_tensors, references, audio),
    *(control_files, control_effects, control_inputs),
)
