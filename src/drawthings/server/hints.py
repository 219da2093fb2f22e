"""The hints of a request: control pictures and references, and whether anything looks at them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from drawthings.catalogue.specification import HINT_TYPES
from drawthings.request.choices import ControlInput
from drawthings.server.inputs import check_picture

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from drawthings._generated import imageService_pb2 as pb
    from drawthings.catalogue.entries import ControlEntry, ModelEntry
    from drawthings.request.parts import Control
    from drawthings.server.additions import Additions
    from drawthings.server.blobs import Blobs
    from drawthings.server.judge import Judge

READ_TYPES = frozenset({"depth", "scribble", "pose", "color", "custom", "shuffle", "audio"})
"""The types that are ever read; of the others the control nets take the image or a ``custom`` hint."""

LISTS = frozenset({"shuffle", "pose", "audio"})
"""The types of which every tensor counts; of the others the first."""

REFERENCE_MODIFIERS = frozenset({"kontext", "kontext_kv", "qwenimage_edit_plus", "qwenimage_edit_2511"})
REFERENCE_VERSIONS = frozenset({"flux1", "qwen_image", "flux2", "flux2_9b", "flux2_4b"})
REFERENCE_CONTROLS = frozenset(
    {"ipadapterplus", "ipadapterfull", "ipadapterfaceidplus", "pulid", "redux", "llava", "inject_kv"}
)
AVATAR = "longcat_video_avatar_v1.5"
SOUND_FRAME = 5 * 1280

_CHANNELS = {"depth": 1}
_EXACT = frozenset({"depth", "pose"})
_INPUT_TYPES = {
    ControlInput.NORMAL_BAE: "normalbae",
    ControlInput.SEGMENTATION: "seg",
    ControlInput.INSTRUCT_PIX2PIX: "ip2p",
    ControlInput.LOW_QUALITY: "lowquality",
}


@dataclass(frozen=True, kw_only=True)
class Hints:
    """What the hints come to.

    Attributes:
        references: The reference pictures in their order, with their weights.
        pictures: The control pictures by type.
        types: The types that were sent and are read.
        doomed: Whether the official server returns nothing because of them.

    Shapes:
        references (h, w, 3) float32, pictures (h, w, 1 or 3) float32.
    """

    references: tuple[tuple[NDArray[np.float32], float], ...] = ()
    pictures: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)
    types: tuple[str, ...] = ()
    doomed: bool = False


@dataclass(frozen=True, kw_only=True)
class Asker:
    """What in a generation could look at hints.

    Attributes:
        model: The model.
        modifier: The conditioning in force.
        controls: The controls that act.
        size: Height and width of the canvas.
        frames: Latent frames, of a model for clips.
    """

    model: ModelEntry
    modifier: str
    controls: tuple[tuple[Control, ControlEntry], ...]
    size: tuple[int, int]
    frames: int

    @classmethod
    def of(cls, model: ModelEntry, additions: Additions, size: tuple[int, int], frames: int) -> Asker:
        """Collect it."""
        modifier = additions.modifier(model)
        return cls(model=model, modifier=modifier, controls=additions.controls, size=size, frames=frames)

    def looks_at(self, kind: str) -> bool:
        """Return whether anything looks at hints of a type."""
        inputs = {input_of(control, entry) for control, entry in self.controls}
        types = {entry.control_type for _, entry in self.controls}
        match kind:
            case "shuffle":
                edits = self.modifier in REFERENCE_MODIFIERS and self.model.version in REFERENCE_VERSIONS
                wan = self.model.version.startswith("wan_") and bool(self.controls)
                return edits or wan or "shuffle" in inputs or bool(types & REFERENCE_CONTROLS)
            case "custom":
                return bool(self.controls) or self.modifier == "canny"
            case "depth":
                return "depth" in inputs or self.modifier == "depth"
            case "audio":
                return self.model.version == AVATAR
        return kind in inputs

    @property
    def edits_with_references(self) -> bool:
        """Whether references become part of what an edit model sees."""
        return self.modifier in REFERENCE_MODIFIERS and self.model.version in REFERENCE_VERSIONS


def read_hints(hints: Iterable[pb.HintProto], blobs: Blobs, judge: Judge, asker: Asker) -> Hints:
    """Read the hints.

    Args:
        hints: As they were sent.
        blobs: The tensors of the request.
        judge: Decides about flaws.
        asker: What could look at them.

    Raises:
        Refusal: The official server would crash on one, or pass it over and this one is strict.

    Source:
        `LocalImageGenerator.generate`, `generateInjectedControls`, `shuffleRGB`, `customRGB`.
    """
    references: tuple[tuple[NDArray[np.float32], float], ...] = ()
    pictures: dict[str, NDArray[np.float32]] = {}
    seen: list[str] = []
    heard = asker.model.version != AVATAR
    for hint in hints:
        kind = hint.hintType
        left_out = bool(hint.tensors) and all(blobs.left_out(part.tensor) for part in hint.tensors)
        if left_out or not _counts(hint, seen, judge, asker):
            continue
        seen.append(kind)
        tensors = _tensors(hint, blobs, judge)
        if kind == "audio":
            heard = _check_sound(tensors, judge, asker)
            continue
        planes = [(_plane(kind, tensor, judge, asker), weight) for tensor, weight in tensors]
        if kind == "shuffle":
            references = _references(planes, judge, asker)
        elif planes:
            pictures[kind] = planes[0][0]
    if not heard and "audio" not in seen:
        judge.silent(f"{asker.model.file} needs a hint of the type audio.", "returns no picture")
    return Hints(references=references, pictures=pictures, types=tuple(seen), doomed=not heard)


def _counts(hint: pb.HintProto, seen: Sequence[str], judge: Judge, asker: Asker) -> bool:
    """Decide whether a hint is read at all."""
    kind = hint.hintType
    if kind not in HINT_TYPES:
        judge.silent(f"There is no hint type {kind!r}; there are {', '.join(HINT_TYPES)}.", "ignores the hint")
    elif kind not in READ_TYPES:
        judge.silent(
            f"A hint of the type {kind} is never read; send it as custom, or as the image.", "ignores the hint"
        )
    elif kind in seen:
        judge.silent(
            f"There are two hints of the type {kind}; put all tensors into one.", "reads only the first of them"
        )
    elif not hint.tensors:
        judge.silent(f"The hint of the type {kind} holds no tensor.", "ignores the hint")
    elif not asker.looks_at(kind):
        what = f"{asker.model.file} does not, and no control in force does"
        judge.silent(f"Nothing looks at a hint of the type {kind}: {what}.", "ignores the hint")
    else:
        return True
    return False


def _tensors(hint: pb.HintProto, blobs: Blobs, judge: Judge) -> list[tuple[NDArray[Any], float]]:
    if len(hint.tensors) > 1 and hint.hintType not in LISTS:
        judge.silent(f"The hint of the type {hint.hintType} holds {len(hint.tensors)} tensors.", "reads the first only")
    counted = hint.tensors if hint.hintType in LISTS else hint.tensors[:1]
    found = []
    for number, part in enumerate(counted, start=1):
        tensor = blobs.tensor(f"Tensor {number} of the hint {hint.hintType}", part.tensor)
        if tensor is not None:
            found.append((tensor, part.weight))
    return found


def _plane(kind: str, tensor: NDArray[Any], judge: Judge, asker: Asker) -> NDArray[np.float32]:
    what = f"The {kind} hint"
    if kind == "scribble" and tensor.dtype != np.float16:
        judge.crash(f"{what} holds {tensor.dtype} numbers; it must hold float16, 1 for a stroke and 0 for none.")
    check_picture(judge, what, tensor, channels=_CHANNELS.get(kind, 3))
    if kind in _EXACT and tensor.shape[1:3] != asker.size:
        height, width = asker.size
        judge.silent(
            f"{what} is {tensor.shape[2]}x{tensor.shape[1]} pixels; it must have the size of the canvas, "
            f"{width}x{height}.",
            "distorts it",
        )
    plane: NDArray[np.float32] = np.nan_to_num(tensor[0].astype(np.float32))
    return plane


def _references(
    planes: list[tuple[NDArray[np.float32], float]], judge: Judge, asker: Asker
) -> tuple[tuple[NDArray[np.float32], float], ...]:
    for number, (_, weight) in enumerate(planes, start=1):
        if asker.edits_with_references and not weight > 0:
            judge.silent(
                f"Reference {number} of the hint shuffle has the weight {weight:g} (what is left out is 0).",
                "tells the language model of it, but the picture model never sees it",
            )
    return tuple(planes)


def _check_sound(tensors: list[tuple[NDArray[Any], float]], judge: Judge, asker: Asker) -> bool:
    """Tell whether the sound fits the clip: five tokens of 1280 numbers for each frame."""
    wanted = (5 * SOUND_FRAME, (asker.frames - 1) * 8 * SOUND_FRAME)
    sizes = tuple(tensor.size for tensor, _ in tensors)
    if sizes == wanted:
        return True
    told = ", ".join(map(str, sizes)) or "no"
    judge.silent(
        f"The audio hint holds {len(sizes)} tensors of {told} numbers; it must hold two, of {wanted[0]} and "
        f"{wanted[1]}, for a clip of this length.",
        "returns no picture",
    )
    return False


def input_of(control: Control, entry: ControlEntry) -> str:
    """Return what a control reads: what its settings say, else its own kind."""
    if control.input_override is not ControlInput.UNSPECIFIED:
        return _INPUT_TYPES.get(control.input_override, control.input_override.label)
    return entry.modifier
