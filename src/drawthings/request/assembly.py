"""The pictures of a request as tensors, and everything about it put together as one order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from drawthings.errors import BadImage, BadMask, BadValue, UnknownChoice
from drawthings.request.build import DEVICES, Order, Override
from drawthings.request.note import Note

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from PIL import Image

    from drawthings.catalogue.catalogue import Catalogue
    from drawthings.catalogue.entries import ControlEntry, EmbeddingEntry, ModelEntry
    from drawthings.request.build import Hint
    from drawthings.request.configuration import Configuration
    from drawthings.request.frame import Placed
    from drawthings.request.masks import Codes
    from drawthings.request.selection import Selection
    from drawthings.request.wishes import Wishes

Pairs = dict[str, tuple[tuple[Any, float], ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pictures:
    """The pictures of a request, opened and sorted.

    Attributes:
        image: The picture to start from, without transparency, or None.
        more: Further ones, for a clip that is to begin with several.
        mask: The mask at the picture's size, or None.
        pairs: Control pictures and references by hint type, with their weights.
        as_image: The hint type that became the picture to start from, or None.
    """

    image: Image.Image | None
    mask: Codes | None
    pairs: Pairs
    as_image: str | None = None
    more: tuple[Image.Image, ...] = ()

    @property
    def size(self) -> tuple[int, int] | None:
        """Width and height of the picture to start from."""
        return None if self.image is None else self.image.size


@dataclass(frozen=True, slots=True, kw_only=True)
class Laid:
    """The tensors of the picture to start from and of its mask.

    Attributes:
        image: The picture's tensor, or None.
        mask: The mask's tensor, or None.
        cut: Width and height of the picture at the top left of the canvas, where the canvas has more; or None.
        placed: Where an outpainted picture lies, or None.
    """

    image: bytes | None = None
    mask: bytes | None = None
    cut: tuple[int, int] | None = None
    placed: Placed | None = None


def open_pictures(wishes: Wishes) -> Pictures:
    """Open the pictures a person gave.

    Raises:
        BadImage: One of them cannot be read, or there are several where there can be one only.
        BadMask: The mask is none, or has no picture that it could belong to.
        ConfigError: A hint type is unknown, or its pictures are not what it takes.
    """
    pairs: Pairs = {}
    if wishes.hints or wishes.references:
        pairs = _pairs(wishes)
    source, as_image = wishes.image, None
    for kind in [kind for kind in pairs if kind in {"inpaint", "ip2p"}]:
        if source is not None:
            raise BadValue(
                f"A control net for {kind} looks at the input picture, and there is one already.",
                hint="Leave the hint out, or give its picture as the input picture.",
                field="hints",
                value=kind,
            )
        ((source, _),) = pairs.pop(kind)
        as_image = kind
    if source is None:
        _check_alone(wishes)
        return Pictures(image=None, mask=None, pairs=pairs)
    from drawthings.request.masks import read_mask
    from drawthings.request.pictures import flatten, load_frames

    image, *more = (flatten(each) for each in load_frames(source))
    if more:
        _check_several(wishes, len(more) + 1)
    mask = None if wishes.mask is None else read_mask(wishes.mask, image.size)
    return Pictures(image=image, mask=mask, pairs=pairs, as_image=as_image, more=tuple(more))


def _check_alone(wishes: Wishes) -> None:
    """Refuse a mask or borders without a picture."""
    if wishes.mask is not None:
        raise BadMask(
            "There is a mask, but no picture that it could belong to; the server would not look at it.",
            hint="Give the picture too.",
        )
    if wishes.borders is not None:
        raise BadImage("There is no picture that could grow.", hint="Give the picture too.")


def _check_several(wishes: Wishes, count: int) -> None:
    """Refuse several pictures where only one makes sense; whether the model takes them the guard knows."""
    purposes = (
        ("A mask belongs", wishes.mask is not None),
        ("Borders belong", wishes.borders is not None),
        ("Enlarging without painting belongs", wishes.only_enlarges),
    )
    for what, wanted in purposes:
        if wanted:
            raise BadImage(f"{what} to one picture, and there are {count}.", hint="Give one picture.", field="image")


def _pairs(wishes: Wishes) -> Pairs:
    from drawthings.request.hints import hint_pairs

    pairs = hint_pairs(wishes.hints)
    references = tuple((source, 1.0) for source in wishes.references)
    if references:
        # The server looks at the first hint of a type only, so all references share one.
        pairs["shuffle"] = (*references, *pairs.get("shuffle", ()))
    return pairs


def lay(wishes: Wishes, pictures: Pictures, size: tuple[int, int]) -> Laid:
    """Bring picture and mask to the canvas, in step with each other.

    Args:
        wishes: How.
        pictures: The picture and its mask.
        size: Width and height of the canvas.

    Raises:
        BadMask: What is masked is lost on the way.
        ConfigError: Borders or the way of fitting make no sense.
    """
    image, mask = pictures.image, pictures.mask
    if image is None:
        return Laid()
    from drawthings.request.masks import fit_mask, mask_blob
    from drawthings.request.pictures import fit_picture, frames_blob, picture_blob

    if wishes.borders is not None:
        return _outpainted(wishes, image, mask, size)
    if wishes.only_enlarges and image.size != size and all(a <= b for a, b in zip(image.size, size, strict=True)):
        from drawthings.request.frame import laid_on

        padded = laid_on(image, (0, 0, *image.size), size, stretch_edges=True)
        return Laid(image=picture_blob(padded), cut=image.size)
    fitted = frames_blob([fit_picture(each, *size, wishes.image_fit) for each in (image, *pictures.more)])
    return Laid(image=fitted, mask=None if mask is None else mask_blob(fit_mask(mask, *size, wishes.image_fit)))


def _outpainted(wishes: Wishes, image: Image.Image, mask: Codes | None, size: tuple[int, int]) -> Laid:
    from drawthings.request.frame import check_borders, laid_on, place
    from drawthings.request.masks import grown_mask, mask_blob
    from drawthings.request.pictures import picture_blob

    placed = place(image.size, check_borders(wishes.borders or ()), size)
    canvas = laid_on(image, placed.box, size, stretch_edges=False)
    return Laid(image=picture_blob(canvas), mask=mask_blob(grown_mask(mask, placed.box, size)), placed=placed)


def lay_hints(wishes: Wishes, pictures: Pictures, size: tuple[int, int]) -> tuple[tuple[Hint, ...], list[Note]]:
    """Encode control pictures and references.

    Returns:
        The hints, and what is to be told about them.

    Raises:
        BadImage: A picture cannot be read, or is no such hint.
        BadValue: Two hints would be sent as the same type.
    """
    notes = []
    if pictures.as_image:
        text = f"The server ignores hints of the type {pictures.as_image}; it is sent as the input picture."
        notes.append(Note("hint-as-image", "note", text))
    if not pictures.pairs:
        return (), notes
    from drawthings.request.hints import EXTRACTED, Canvas, make_hints

    hints, told = make_hints(pictures.pairs, Canvas(*size, wishes.image_fit))
    beside = sorted(EXTRACTED & set(pictures.pairs)) if pictures.image is not None else []
    for kind in beside:
        text = f"With an input picture, a control net for {kind} makes its lines of that and not of the hint."
        notes.append(Note("hint-beside-image", "warn", text))
    return hints, notes + told


def assemble(
    wishes: Wishes,
    configuration: Configuration,
    laid: Laid,
    *,
    hints: tuple[Hint, ...],
    keywords: tuple[str, ...],
    override: Override,
) -> Order:
    """Put everything together.

    Raises:
        BadValue: The user's name is no text.
        UnknownChoice: There is no such device.
    """
    if wishes.device not in DEVICES:
        raise UnknownChoice(
            f"There is no device {wishes.device!r}.",
            hint=f"There are {', '.join(DEVICES)}.",
            field="device",
            value=wishes.device,
            suggestions=tuple(DEVICES),
        )
    check_text("user", wishes.user)
    return Order(
        prompt=wishes.prompt,
        negative_prompt=wishes.negative_prompt,
        configuration=configuration,
        image=laid.image,
        mask=laid.mask,
        hints=hints,
        override=override,
        keywords=keywords,
        user=wishes.user,
        device=wishes.device,
    )


def names_of_inputs(wishes: Wishes, order: Order) -> tuple[str, ...]:
    """Name the pictures that an order is made from: ``image``, ``mask``, kinds of hints.

    The mask of an outpainted picture follows from its borders and counts only where one was given beside them.
    """
    given = {"image": order.image is not None, "mask": wishes.mask is not None}
    return (*(name for name, there in given.items() if there), *(hint.kind for hint in order.hints))


def check_text(name: str, text: object) -> None:
    """Refuse what cannot be sent as text.

    Raises:
        BadValue: It is no text, or holds something that is no valid Unicode.
    """
    if not isinstance(text, str):
        raise BadValue(f"The {name} must be text, not {type(text).__name__}.", hint="Give a string.", field=name)
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise BadValue(
            f"The {name} has a character at position {error.start} that is no valid Unicode ({text[error.start]!a}).",
            hint="Remove it; it usually comes from a file read with the wrong encoding.",
            field=name,
        ) from error


def gather_override(
    catalogue: Catalogue,
    chosen: Selection,
    configuration: Configuration,
    controls: Sequence[ControlEntry],
    embeddings: Sequence[EmbeddingEntry],
) -> Override:
    """Collect the server's own specifications of all files in use, untouched."""
    models: list[ModelEntry] = [chosen.model]
    if configuration.refiner_model:
        models.append(catalogue.model(configuration.refiner_model))
    stages = [catalogue.find_model(file) for model in models for file in model.stage_models]
    every = [*models, *(stage for stage in stages if stage is not None)]
    upscaler = catalogue.find_upscaler(configuration.upscaler) if configuration.upscaler else None
    return Override(
        models=_specs({model.file: model.spec for model in every if model.known}),
        loras=_specs({lora.file: lora.spec for lora in chosen.loras if lora.known}),
        control_nets=_specs({control.file: control.spec for control in controls if control.known}),
        textual_inversions=_specs({entry.file: entry.spec for entry in embeddings if entry.known}),
        upscalers=(upscaler.spec,) if upscaler is not None and upscaler.known else (),
    )


def _specs(by_file: Mapping[str, Mapping[str, object]]) -> tuple[Mapping[str, object], ...]:
    return tuple(by_file.values())
