"""What a person may ask for: the keywords of the client's methods, and the same as one object."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypedDict

from drawthings.request.configuration import Configuration, Settings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from drawthings.request.hints import HintSource
    from drawthings.request.masks import MaskSource
    from drawthings.request.pictures import FramesSource, Mode, PictureSource

Device: TypeAlias = Literal["phone", "tablet", "laptop"]
Borders: TypeAlias = tuple[int, int, int, int]
"""Pixels to add on the left, at the top, on the right and at the bottom of a picture."""


class EditWanted(Settings, total=False):
    """The keywords of ``edit``: every setting, and what is no setting."""

    negative_prompt: str
    image_fit: Mode
    fit: bool
    check: bool
    hints: Mapping[str, HintSource | Sequence[HintSource]]
    keywords: Sequence[str]
    user: str
    device: Device


class PaintWanted(EditWanted, total=False):
    """The keywords of ``inpaint`` and ``outpaint``: those of ``edit``, and references."""

    references: Sequence[PictureSource]


class Wanted(PaintWanted, total=False):
    """The keywords of ``generate``, ``stream`` and ``prepare``: everything."""

    image: FramesSource | None
    mask: MaskSource | None
    borders: Borders | None


class UpscaleWanted(TypedDict, total=False):
    """The keywords of ``upscale``: nothing is painted, so only a few count."""

    model: str | None
    face_restoration: str | None
    user: str
    device: Device


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What a person asks for.

    Attributes:
        prompt: What the picture shows, or for an edit what is to change.
        negative_prompt: What it must not show.
        configuration: All settings at once, taken as they are; or None.
        settings: Single settings by name; they win over everything else.
        fit: Whether values off the grid are snapped (and told) instead of refused.
        check: Whether the client refuses what would hurt the server or quietly do something else.
        image: The picture to start from or to edit; several for a clip that is to begin with them.
        mask: What of the picture is repainted.
        borders: How much the picture grows on each side, for outpainting.
        hints: Control pictures by hint type.
        references: Further pictures that an edit model looks at ("Picture 2", "Picture 3" …).
        image_fit: How the picture is brought to the canvas: ``cover``, ``contain`` or ``stretch``.
        keywords: Keywords of textual inversions; None for those that the prompts hold.
        user: A name that the app shows in its list of jobs.
        device: What kind of machine asks, which only the app looks at.
        preferred_model: The model to take when none is named.
    """

    prompt: str
    negative_prompt: str = ""
    configuration: Configuration | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    fit: bool = False
    check: bool = True
    image: FramesSource | None = None
    mask: MaskSource | None = None
    borders: Borders | None = None
    hints: Mapping[str, HintSource | Sequence[HintSource]] = field(default_factory=dict)
    references: Sequence[PictureSource] = ()
    image_fit: Mode = "cover"
    keywords: Sequence[str] | None = None
    user: str = ""
    device: Device = "laptop"
    preferred_model: str | None = None

    def setting(self, name: str) -> Any:  # noqa: ANN401 - a setting may be anything
        """Return a setting that was given, singly or in the configuration, unchecked; None when it was not."""
        if name in self.settings or self.configuration is None:
            return self.settings.get(name)
        return getattr(self.configuration, name)

    @property
    def only_enlarges(self) -> bool:
        """Whether nothing is painted: at strength 0 a picture goes through face restoration and upscaler only.

        Source: ``generateImageOnly`` in ``LocalImageGenerator.swift``.
        """
        strength = self.setting("strength")
        given = isinstance(strength, int | float) and not isinstance(strength, bool)
        return given and strength == 0 and self.image is not None and self.mask is None and self.borders is None
