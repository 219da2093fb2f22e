"""What a request adds to its model besides LoRAs: controls, refiner, upscaler, face restoration, embeddings.

Each is a file that the server passes over without a word when it does not have it, does not know it, or cannot combine
it with the model. Here names become the server's own file names, and what would be passed over is refused or told.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from drawthings.errors import BadValue, ModelNotFound
from drawthings.request.choices import ControlInput
from drawthings.request.note import Note

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from drawthings.catalogue.catalogue import Catalogue
    from drawthings.catalogue.entries import ControlEntry, EmbeddingEntry, ModelEntry, UpscalerEntry
    from drawthings.request.parts import Control

INPUTS = {
    "custom": ControlInput.CUSTOM,
    "depth": ControlInput.DEPTH,
    "canny": ControlInput.CANNY,
    "scribble": ControlInput.SCRIBBLE,
    "pose": ControlInput.POSE,
    "normalbae": ControlInput.NORMAL_BAE,
    "color": ControlInput.COLOR,
    "lineart": ControlInput.LINEART,
    "softedge": ControlInput.SOFTEDGE,
    "seg": ControlInput.SEGMENTATION,
    "inpaint": ControlInput.INPAINT,
    "ip2p": ControlInput.INSTRUCT_PIX2PIX,
    "shuffle": ControlInput.SHUFFLE,
    "mlsd": ControlInput.MLSD,
    "tile": ControlInput.TILE,
    "blur": ControlInput.BLUR,
    "lowquality": ControlInput.LOW_QUALITY,
    "gray": ControlInput.GRAY,
}
"""What a control can be told to read, by hint type."""

AS_CUSTOM = ("canny", "normalbae", "lineart", "softedge", "seg", "mlsd", "tile", "blur", "lowquality", "gray")
"""Hint types that the server ignores and whose control nets read ``custom`` instead."""

UNION = "controlnetunion"
USUAL_FACTOR = 2
"""How many times larger a picture becomes when neither a factor nor an upscaler is named."""

_KINDS = {value: kind for kind, value in INPUTS.items()}
_OWN_HINT_ONLY = frozenset({"pose", "custom", "shuffle"})
"""What control nets read that cannot be made of the input picture."""

_REFERENCE_EDITORS = frozenset({"kontext", "kontext_kv", "qwenimage_edit_plus", "qwenimage_edit_2511"})


@dataclass(frozen=True, slots=True)
class Controls:
    """The controls of a request.

    Attributes:
        parts: As settings, with file names.
        entries: What the catalogue knows of each.
        notes: What was chosen, and what will not work.
    """

    parts: tuple[Control, ...]
    entries: tuple[ControlEntry, ...]
    notes: tuple[Note, ...]


@dataclass(frozen=True, slots=True)
class Feed:
    """What a request has that controls can read.

    Attributes:
        kinds: The hint types, as they were named.
        image: Whether there is an input picture.
    """

    kinds: tuple[str, ...]
    image: bool

    def reaches(self, kind: str) -> bool:
        """Return whether a control that reads a type gets anything."""
        customs = (kind for kind in self.kinds if kind == "custom" or kind in AS_CUSTOM)
        if kind in self.kinds or (kind != "shuffle" and any(customs)):
            return True
        return self.image and kind not in _OWN_HINT_ONLY


def resolve_controls(
    catalogue: Catalogue, given: Sequence[Control], model: ModelEntry, feed: Feed, *, check: bool = True
) -> Controls:
    """Find the controls of a request, and choose some for hints that nobody would look at.

    Args:
        catalogue: What the server has.
        given: The controls by any of their names.
        model: The model they act on.
        feed: What there is for them to read.
        check: Whether to refuse a control of another family; if not, the guard only tells it.

    Returns:
        The controls; without given ones, those that read the hints, each with a note.

    Raises:
        ModelNotFound: A name is unknown to the server.
        BadValue: A control is made for another family; the server would skip it without a word.
    """
    if not given:
        return _chosen(catalogue, model, feed)
    parts, entries, notes = [], [], []
    for part in given:
        entry = catalogue.control(part.file)
        if check and entry.known and model.known and entry.version != model.version:
            raise _other_family(catalogue, entry, model)
        part, told = _aimed(replace(part, file=entry.file), entry, feed)  # noqa: PLW2901 - the same control, settled
        notes += told
        if not entry.known:
            text = f"The server does not describe the control net {entry.file}, and skips such ones."
            notes.append(Note("control-undescribed", "warn", text))
        elif part.weight > 0 and not feed.reaches(control_kind(part, entry)):
            notes.append(_unfed(part, control_kind(part, entry)))
        parts.append(part)
        entries.append(entry)
    return Controls(tuple(parts), tuple(entries), tuple(notes))


def control_kind(part: Control, entry: ControlEntry) -> str:
    """Return the hint type that a control reads: what it is told to, else its own.

    Source: ``generateInjectedControls`` in ``LocalImageGenerator.swift``.
    """
    return _KINDS.get(part.input_override, entry.modifier)


def model_reads(model: ModelEntry, kind: str) -> bool:
    """Return whether a model itself looks at hints of a type, without a control net."""
    if kind == "shuffle":
        return model.modifier in _REFERENCE_EDITORS
    if kind == "audio":
        return model.version == "longcat_video_avatar_v1.5"
    return (kind, model.modifier) in {("depth", "depth"), ("custom", "canny"), ("canny", "canny")}


def resolve_files(catalogue: Catalogue, settings: Mapping[str, Any]) -> dict[str, str]:
    """Return refiner, upscaler and face restoration by their file names.

    Args:
        catalogue: What the server has.
        settings: The settings, in which these may stand under a friendly name.

    Raises:
        ModelNotFound: The server has no refiner or upscaler of that name.
    """
    found = {}
    refiner, upscaler, faces = (settings.get(name) for name in ("refiner_model", "upscaler", "face_restoration"))
    if isinstance(refiner, str) and refiner:
        found["refiner_model"] = catalogue.model(refiner).file
    if isinstance(upscaler, str) and upscaler:
        found["upscaler"] = catalogue.upscaler(upscaler).file
    if isinstance(faces, str) and faces:
        # The server does not describe these, so the list of its files is all there is to go by.
        start = faces.casefold()
        near = sorted(file for file in catalogue.files if file.casefold().startswith(start))
        found["face_restoration"] = near[0] if near else faces
    return found


def choose_upscaler(catalogue: Catalogue, factor: int | None) -> UpscalerEntry:
    """Choose an upscaler when none is named: one whose own factor is the wanted one, else any.

    Args:
        catalogue: What the server has.
        factor: How many times larger; None for the usual factor.

    Raises:
        ModelNotFound: The server lists none.
    """
    wanted = factor or USUAL_FACTOR
    fitting = [entry for entry in catalogue.upscalers if entry.scale_factor == wanted]
    for entry in (*fitting, *catalogue.upscalers):
        return entry
    raise ModelNotFound(
        f"No upscaler is named and none can be chosen. {catalogue.note or 'The server lists none.'}",
        hint="Name the upscaler's file, for example realesrgan_x2plus_f16.ckpt, or put one into the server's folder.",
        kind="upscaler",
    )


def find_embeddings(
    catalogue: Catalogue, given: Sequence[str] | None, prompts: Sequence[str], version: str
) -> tuple[tuple[str, ...], tuple[EmbeddingEntry, ...], list[Note]]:
    """Find the textual inversions of a request.

    Args:
        catalogue: What the server has.
        given: Keywords, or names of embeddings; None for those whose keyword is a word of the prompts.
        prompts: The prompts.
        version: The model's family; embeddings of others are not found by themselves.

    Returns:
        The keywords, what the catalogue knows of them, and notes.

    Raises:
        BadValue: A keyword is no text.
    """
    if given is None:
        entries = tuple(
            entry
            for entry in catalogue.embeddings
            if entry.version == version and entry.keyword and any(_has_word(text, entry.keyword) for text in prompts)
        )
        return tuple(entry.keyword for entry in entries), entries, []
    if isinstance(given, str) or not all(isinstance(word, str) and word.strip() for word in given):
        raise BadValue(
            f"{given!r} is no list of keywords.", hint="Give a list of words.", field="keywords", value=given
        )
    keywords, found, notes = [], [], []
    for word in given:
        match = next((entry for entry in catalogue.embeddings if word in {entry.keyword, entry.file, entry.name}), None)
        if match is None:
            text = f"The server lists no textual inversion for the keyword {word!r}."
            notes.append(Note("keyword-unknown", "warn", text))
        else:
            found.append(match)
        keywords.append(match.keyword if match is not None and match.keyword else word)
    return tuple(keywords), tuple(found), notes


def _has_word(text: str, word: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text, flags=re.IGNORECASE) is not None


def _chosen(catalogue: Catalogue, model: ModelEntry, feed: Feed) -> Controls:
    parts, entries, notes = [], [], []
    for kind in feed.kinds:
        if model_reads(model, kind):
            continue
        found = _for_kind(catalogue, model, kind)
        if found is None:
            text = (
                f"Nothing looks at the hint {kind}: {model.file} does not, and the server has no control net of that "
                f"kind for {model.version}."
            )
            notes.append(Note("hint-unused", "warn", text))
            continue
        part, entry = found
        text = f"The control net {entry.file} was chosen to look at the hint {kind}."
        notes.append(Note("control-chosen", "note", text))
        parts.append(part)
        entries.append(entry)
    return Controls(tuple(parts), tuple(entries), tuple(notes))


def _for_kind(catalogue: Catalogue, model: ModelEntry, kind: str) -> tuple[Control, ControlEntry] | None:
    from drawthings.request.parts import Control

    fitting = [entry for entry in catalogue.controls if entry.version == model.version and not entry.deprecated]
    for entry in fitting:
        if entry.modifier == kind:
            return Control(entry.file), entry
    for entry in fitting:
        if entry.control_type == UNION and kind in INPUTS:
            return Control(entry.file, input_override=INPUTS[kind]), entry
    return None


def _aimed(part: Control, entry: ControlEntry, feed: Feed) -> tuple[Control, list[Note]]:
    """Tell a control that can read several things to read the one there is."""
    several = entry.control_type == UNION and part.input_override is ControlInput.UNSPECIFIED
    kinds = [kind for kind in feed.kinds if kind in INPUTS]
    if not several or len(kinds) != 1:
        return part, []
    text = f"The control net {entry.file} reads several things; it is told to read {kinds[0]}."
    return replace(part, input_override=INPUTS[kinds[0]]), [Note("control-input", "note", text)]


def _unfed(part: Control, kind: str) -> Note:
    if kind == "none":
        text = (
            f"The control net {part.file} is not told what to read; give it an input_override, and a hint of that type."
        )
        return Note("control-unfed", "warn", text)
    image = "" if kind in _OWN_HINT_ONLY else " or an input picture"
    text = f"Nothing feeds the control net {part.file}, so it has no effect: give a hint {kind!r}{image}."
    return Note("control-unfed", "warn", text)


def _other_family(catalogue: Catalogue, entry: ControlEntry, model: ModelEntry) -> BadValue:
    names = tuple(other.file for other in catalogue.controls if other.version == model.version)[:3]
    fitting = f" Take one that fits: {', '.join(names)}." if names else ""
    return BadValue(
        f"The control net {entry.file} is made for {entry.version}, but {model.file} is {model.version}: the server "
        "would skip it without a word.",
        hint=f"Leave it out, or use another model.{fitting}",
        field="controls",
        value=entry.file,
        suggestions=names,
    )
